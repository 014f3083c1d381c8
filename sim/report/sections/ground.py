"""What the figures stand on: assumptions, what is not known, the method, how to do it again."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from sim.report.frames import has, number
from sim.report.method_sentences import day_method, study_method
from sim.report.reading import Reading
from sim.report.sections.assumed import assumption_line, drawn
from sim.report.view import Block, Cell, Code, Lines, Paragraph, Section, Table
from sim.report.words import Words

__all__ = ["accessibility_section", "assumptions_section", "method_section", "unknown_section"]

# Words of a command line that say where and how, not what.
_OF_A_MACHINE = ("outputs=", "run.workers=", "run.executor=", "run.resume=", "run.dask")


def assumptions_section(reading: Reading) -> Section | None:
    """Every assumption with its value, range, source and confidence."""
    words = reading.words
    table = reading.folder.table("assumptions")
    if not has(table, "path", "value"):
        return Section(
            "hypotheses",
            words("Les hypothèses", "Assumptions"),
            (
                Paragraph(
                    words(
                        "Le registre des hypothèses n'est pas joint à cette étude.",
                        "The register of assumptions does not come with this study.",
                    )
                ),
            ),
        )
    rows: list[list[Cell | str]] = []
    counts: dict[str, int] = {}
    for row in table.to_dict("records"):
        level = _text(row.get("confidence"))
        counts[level] = counts.get(level, 0) + 1
        label = _text(row.get(words("label_fr", "label_en"))) or _text(row.get("path"))
        low, high = _value(reading, row.get("low")), _value(reading, row.get("high"))
        rows.append(
            [
                label,
                Cell(_value(reading, row.get("value")), number=True),
                words.unit(_text(row.get("unit"))),
                Cell(words(f"{low} à {high}", f"{low} to {high}") if low and high else "–", number=True),
                level or "–",
                _source(reading, _text(row.get("source")), _text(row.get("note"))),
            ]
        )
    total = len(rows)
    start = assumption_line(reading) if drawn(reading) else ""
    lead = words(
        f"{total} paramètres. A : texte officiel ou données lues directement ({counts.get('A', 0)}) ; B : "
        f"source secondaire ({counts.get('B', 0)}) ; "
        f"C : déduit ou supposé ({counts.get('C', 0)}). Ce qui est C attend d'être mesuré.",
        f"{total} parameters. A: official text or data read directly ({counts.get('A', 0)}); B: secondary "
        f"source ({counts.get('B', 0)}); "
        f"C: derived or assumed ({counts.get('C', 0)}). What is C waits to be measured.",
    )
    return Section(
        "hypotheses",
        words("Les hypothèses, leur source, leur confiance", "Assumptions, their source, their confidence"),
        (
            *([Paragraph(start)] if start else []),
            Paragraph(lead),
            Table(
                caption=words("Toutes les hypothèses", "All assumptions"),
                headers=(
                    words("Hypothèse", "Assumption"),
                    words("Valeur", "Value"),
                    words("Unité", "Unit"),
                    words("Fourchette", "Range"),
                    words("Confiance", "Confidence"),
                    words("Source", "Source"),
                ),
                rows=rows,
            ),
        ),
    )


def _source(reading: Reading, source: str, note: str) -> Cell:
    """The source, which is in French, and its note, most often in French and English beside a slash."""
    parts = note.split(" / ")
    if len(parts) != 2:
        return Cell(" – ".join(text for text in (source, note) if text) or "–", language="fr")
    return Cell(source or "–", language="fr", lines=(("", reading.words(*parts)),))


def _text(value: Any) -> str:
    return "" if value is None or str(value) == "nan" else str(value)


def _value(reading: Reading, value: Any) -> str:
    found = number(value)
    if found is None:
        return _text(value)
    decimals = (
        0 if found == int(found) else next((d for d in range(1, 5) if abs(round(found, d) - found) < 1e-9), 4)
    )
    return reading.words.number(found, decimals)


def unknown_section(reading: Reading) -> Section:
    """What is not known."""
    words = reading.words
    items = (
        (
            words("La fréquentation réelle", "Real attendance"),
            words(
                "La fréquentation de la cellule n'a pas été trouvée : le modèle est réglé sur des cas "
                "comparables.",
                "The cell's attendance was not found: the model is set on comparable cases.",
            ),
        ),
        (
            words("La durée d'un accompagnement", "How long help takes"),
            words(
                "Aucune source ; la moyenne et sa dispersion sont des hypothèses, avec leur fourchette.",
                "No source; the mean and its spread are assumptions, with their range.",
            ),
        ),
        (
            words("Jusqu'où les habitants se déplacent", "How far residents travel"),
            words(
                "Aucun paramètre publié pour les services publics français ; l'attrait d'un lieu diminue "
                "avec les minutes en voiture, selon une hypothèse.",
                "No published parameter for French public services; a place attracts less with minutes "
                "by car, by assumption.",
            ),
        ),
        (
            words("Les demandes à domicile", "Home requests"),
            words("Leur nombre et leur durée sont supposés.", "Their number and length are assumed."),
        ),
        (
            words("Sans voiture", "Without a car"),
            words(
                "Les distances sont en voiture ; qui n'en a pas est moins bien servi que ces chiffres ne "
                "le disent.",
                "Distances are by car; who has none is less well served than these figures say.",
            ),
        ),
        (
            words("Les objectifs", "Targets"),
            words(
                "La délibération ne fixe ni fréquentation, ni attente, ni délai à atteindre.",
                "The deliberation sets no target for attendance, wait or lead time.",
            ),
        ),
    )
    return Section("inconnues", words("Ce que nous ignorons", "What we do not know"), (Lines(items),))


def method_section(reading: Reading) -> Section:
    """The method in ten sentences, or fewer for one day; its limits; the line that does it again."""
    words, folder = reading.words, reading.folder
    manifest = folder.manifest
    n = _replications(reading)
    times = _times(n, words)
    of_a_day = folder.setting("study.kind") == "absence"
    sentences = day_method(folder, times, words) if of_a_day else study_method(folder.horizon, times, words)
    blocks: list[Block] = [Lines(tuple(("", s) for s in sentences), numbered=True)]
    command, inside = _command(manifest, folder.path)
    blocks.append(
        Paragraph(
            words(
                "Pour refaire cette étude, une ligne à taper dans le dossier de l'étude :",
                "To do this study again, one line to type in the study's folder:",
            )
            if inside
            else words("Pour refaire cette étude, une ligne :", "To do this study again, one line:")
        )
    )
    blocks.append(Code(command))
    facts = [
        (words("Graine", "Seed"), str(manifest.get("seed", folder.setting("run.seed", "–")))),
    ]
    if n:
        of = words("Simulations", "Simulations")
        of = of if of_a_day else words("Simulations par scénario", "Simulations per scenario")
        facts.append((of, times))
    commit = _nested(manifest, "git", "commit") or manifest.get("git_commit")
    if commit:
        facts.append((words("Version du code", "Code version"), str(commit)[:12]))
    wall = number(manifest.get("wall_time_s") or manifest.get("wall_time"))
    if wall is not None:
        facts.append(
            (
                words("Durée du calcul", "Computing time"),
                words(f"{words.number(wall, 1)} s", f"{words.number(wall, 1)} s"),
            )
        )
    blocks.append(Lines(tuple(facts)))
    title = (
        words("La méthode en quelques phrases", "The method in a few sentences")
        if of_a_day
        else words("La méthode en dix phrases", "The method in ten sentences")
    )
    return Section("methode", title, tuple(blocks))


def _replications(reading: Reading) -> tuple[int, int] | None:
    """Fewest and most simulations of a scenario or design; none in a calibration, which draws nothing."""
    if reading.folder.setting("study.kind") == "calibration":
        return None
    designs = reading.folder.table("designs")
    counts = [number(row.get("n")) for row in reading.summary.values()]
    if has(designs, "n"):
        counts = [number(value) for value in designs["n"]]
    known = [int(n) for n in counts if n]
    if has(designs, "n") and known:
        return min(known), max(known)
    most = max(known) if known else int(reading.folder.setting("run.replications") or 0)
    return (most, most) if most else None


def _times(counts: tuple[int, int] | None, words: Words) -> str:
    if counts is None:
        return ""
    least, most = (words.number(n) for n in counts)
    return least if least == most else words(f"de {least} à {most}", f"{least} to {most}")


def _nested(mapping: dict[str, Any], *keys: str) -> Any:
    node: Any = mapping
    for key in keys:
        node = node.get(key) if isinstance(node, dict) else None
    return node


def _command(manifest: dict[str, Any], folder: Path) -> tuple[str, bool]:
    """The line that does the study again, and whether it is for the study's own folder.

    As it was typed, less the place of its results and how many processes it used; from the settings of the
    study where it names a place of one machine, or while the study is being written.
    """
    given = manifest.get("command_line") or manifest.get("command")
    typed = given if isinstance(given, list) else shlex.split(str(given)) if given else []
    kept = [str(word) for word in typed if not str(word).startswith(_OF_A_MACHINE)]
    if kept and not any(Path(word.partition("=")[2] or word).is_absolute() for word in kept):
        return shlex.join(kept), False
    inside = not folder.is_relative_to(Path.cwd())
    settings = Path("settings.yaml") if inside else folder.relative_to(Path.cwd()) / "settings.yaml"
    return shlex.join(["python", "-m", "sim", f"settings={settings.as_posix()}"]), inside


def accessibility_section(reading: Reading) -> Section:
    """The accessibility statement."""
    words = reading.words
    return Section(
        "accessibilite",
        words("Accessibilité", "Accessibility"),
        (
            Paragraph(
                words(
                    "Cette page vise la conformité au RGAA 4.1 et aux WCAG 2.2 niveau AA. Chaque "
                    "graphique est doublé d'une phrase qui dit ce qu'il montre et d'un tableau de ses "
                    "chiffres ; "
                    "aucune information ne passe par la seule couleur ; tout se fait au clavier ; rien "
                    "ne bouge sans que vous le demandiez.",
                    "This page aims at RGAA 4.1 and WCAG 2.2 level AA. Each chart comes with a sentence "
                    "that says what it shows and a table of its figures; "
                    "no information is carried by colour alone; everything works from the keyboard; "
                    "nothing moves unless you ask.",
                )
            ),
            Paragraph(
                words(
                    "Contrôle : axe-core dans Chromium, en français et en anglais, en clair et en "
                    "sombre, sans défaut relevé sur les études de référence. "
                    "Aucun audit par un tiers ni essai par des personnes utilisant un lecteur d'écran "
                    "n'a encore eu lieu : l'état de conformité est donc « non établi ».",
                    "Check: axe-core in Chromium, in French and English, light and dark, with no fault "
                    "found on the reference studies. "
                    "No third-party audit nor trial by people who use a screen reader has yet taken "
                    "place: the state of conformity is therefore “not established”.",
                )
            ),
        ),
    )
