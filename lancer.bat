@echo off
rem Double-cliquer pour comparer 3 et 4 equipes ; le premier lancement installe tout (quelques minutes).
rem Double-click to compare 3 and 4 teams; the first run installs everything (a few minutes).
setlocal
cd /d "%~dp0"
set "PYTHONUTF8=1"
set "RUN=.venv\Scripts\python.exe"
if not exist "%RUN%" (
  py -3 -c "import sys; sys.exit(sys.version_info < (3, 11))" 2>nul && (py -3 -m venv .venv) || (python -c "import sys; sys.exit(sys.version_info < (3, 11))" 2>nul && python -m venv .venv)
)
if not exist "%RUN%" (
  echo Python 3.11 ou plus recent est necessaire. / Python 3.11 or later is needed.
  goto end
)
fc /b requirements.lock .venv\installed.lock >nul 2>nul
if errorlevel 1 (
  echo Installation... / Installing...
  "%RUN%" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock || goto end
  "%RUN%" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable . || goto end
  copy /y requirements.lock .venv\installed.lock >nul
)
"%RUN%" -m sim %*
:end
echo.
pause
