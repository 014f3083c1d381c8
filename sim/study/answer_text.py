"""The answer of a study that writes it itself, as `answer_fr.txt` and `answer_en.txt` in its folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sim.report.words import Language, Words

if TYPE_CHECKING:
    from sim.study.run import StudyResult

__all__ = ["answer_files", "answer_text"]


def answer_files(said: Mapping[Language, Sequence[str]]) -> dict[str, bytes]:
    """The files of an answer, by name."""
    return {
        f"answer_{language}.txt": ("\n".join(lines) + "\n").encode("utf-8")
        for language, lines in said.items()
    }


def answer_text(study: StudyResult, language: Language) -> list[str]:
    """The answer, failures, and where the rest is."""
    from sim.study.progress import duration
    from sim.study.run import shown

    words = Words(language)
    file = study.folder / f"answer_{language}.txt"
    lines = [""]
    if study.failed and not study.replications:
        from sim.study.answer import nothing_done

        lines += nothing_done(study.failed, words)
    elif file.is_file():
        lines += file.read_text(encoding="utf-8").rstrip("\n").split("\n")
    else:
        lines.append(words("Aucune simulation n'a abouti.", "No simulation was completed."))
    if study.failed and study.replications:
        lines += [
            "",
            words(f"Simulations en échec : {len(study.failed)}.", f"Failed runs: {len(study.failed)}."),
        ]
        lines += [f"  {failure.error}"[:160] for failure in study.failed[:4]]
        lines += [f"    {failure.command}" for failure in study.failed[:1]]
    spent = duration(study.seconds, language)
    count = words.number(study.replications)
    report = study.folder / "report.html"
    if report.is_file():
        lines += ["", words("Rapport : ", "Report: ") + str(shown(report))]
    else:
        lines.append("")
    return [
        *lines,
        words("Dossier : ", "Folder: ") + str(shown(study.folder)),
        words(f"Simulations : {count} ; durée : {spent}.", f"Simulations: {count}; time: {spent}."),
    ]
