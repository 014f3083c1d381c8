"""The first screen of a study that writes its answer in words and has no page of its own."""

from __future__ import annotations

from sim.report.reading import Reading
from sim.report.sections.answer import question
from sim.report.sentences import not_calibrated
from sim.report.view import Block, Lines, Paragraph, Section

__all__ = ["told_section"]


def told_section(reading: Reading) -> Section:
    """The first screen from `answer_fr.txt` or `answer_en.txt`: its first line is the question or the day."""
    words = reading.words
    lines = reading.folder.told(words.language)
    title = lines[0].rstrip(".") if lines else question(reading)
    blocks: list[Block] = []
    listed: list[tuple[str, str]] = []
    for line in lines[1:]:
        if line.startswith("  "):
            listed.append(("", line.strip()))
            continue
        if listed:
            blocks.append(Lines(tuple(listed)))
            listed = []
        if line.strip():
            blocks.append(Paragraph(line.strip(), "answer" if blocks else "lead"))
    if listed:
        blocks.append(Lines(tuple(listed)))
    said = not_calibrated(words)
    if not any(said in line for line in lines):
        blocks.append(Paragraph(said, "warning"))
    return Section("reponse", title, tuple(blocks))
