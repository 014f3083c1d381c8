# What people and the continuous integration type. Every target makes what it needs and is quick the second time.
# Without make (Windows): see README, or double-click lancer.bat.

PYTHON ?= $(firstword $(foreach p,python3 python3.13 python3.12 python3.11 python,$(if $(shell $(p) -c \
	'import sys; print("yes" if sys.version_info >= (3, 11) else "")' 2>/dev/null),$(p))))
VENV := .venv
RUN := $(VENV)/bin/python
PIP := $(RUN) -m pip --disable-pip-version-check --quiet --quiet
ARGS ?=
.DEFAULT_GOAL := help
.PHONY: help compare test check bench profile lock clean
.DELETE_ON_ERROR:

help:
	@echo 'make compare   answer "3 or 4 teams?" on the real territory (first run: installs everything)'
	@echo 'make test      the whole test-suite'
	@echo 'make bench     benchmarks beside other engines; writes docs/performance.md'
	@echo 'make profile   where the time of a replication goes'
	@echo 'make lock      renew the locked dependencies'
	@echo 'make clean     remove the environment and caches, never outputs/'

$(RUN):
	@test -n '$(PYTHON)' || { echo 'Python 3.11 or later is needed and was not found.' >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo 'The module venv is missing: on Debian, apt install python3-venv.' >&2; exit 2; }

# $(1): lock file. The project is installed as a pointer to this checkout; its dependencies are the locked ones.
define install
	@echo 'Installing $(1)...' >&2
	@$(PIP) install --require-hashes -r $(1)
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@
endef

$(VENV)/run.stamp: requirements.lock pyproject.toml | $(RUN)
	$(call install,requirements.lock)

$(VENV)/dev.stamp: requirements-dev.lock pyproject.toml | $(RUN)
	$(call install,requirements-dev.lock)

$(VENV)/bench.stamp: requirements-bench.lock $(VENV)/dev.stamp
	$(call install,requirements-bench.lock)

compare: $(VENV)/run.stamp
	@$(RUN) -m sim $(ARGS)

check: $(VENV)/dev.stamp
	$(RUN) -m ruff format --check .
	$(RUN) -m ruff check .
	$(RUN) -m mypy

test: check
	$(RUN) -m pytest -n auto --dist worksteal -p no:benchmark $(ARGS)

bench: $(VENV)/bench.stamp
	$(RUN) -m pytest benchmarks --benchmark-only --benchmark-columns=min,median,iqr,rounds $(ARGS)
	$(RUN) -m benchmarks.performance

profile: $(VENV)/bench.stamp
	$(RUN) -m benchmarks.profile $(ARGS)

# Plain names, versions and hashes; no address of any registry.
LOCK := $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-annotate --custom-compile-command 'make lock' pyproject.toml --extra cluster --extra build

lock: $(VENV)/dev.stamp
	$(LOCK) $(ARGS) --output-file requirements.lock
	$(LOCK) $(ARGS) --extra test --constraint requirements.lock --output-file requirements-dev.lock
	$(LOCK) $(ARGS) --extra test --extra bench --constraint requirements-dev.lock --output-file requirements-bench.lock

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .benchmarks
	find sim tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
