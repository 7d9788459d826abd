#!/usr/bin/env python3
"""The form of a chapter: its number is that of its file; it ends with `## Check yourself`, where
3 to 5 questions have folded answers, and with an exercise that examples/exercises has. Each
picture says in words what it shows."""

import re

from common import ROOT, Report, chapters, name, pages, prose, read

# Shorter texts name a picture, and do not describe it.
ALTERNATIVE_AT_LEAST = 40


def mistakes(number, text):
    """What is wrong with the chapter `number`."""
    if not text.startswith(f"# {number}. "):
        yield f"the first line is not `# {number}. …`"
    sections = re.split(r"(?m)^## ", text)
    if not sections[-1].startswith("Check yourself\n"):
        yield "the last section is not `Check yourself`"
    answers = len(re.findall(r"(?m)^<details><summary>", sections[-1]))
    if not 3 <= answers <= 5:
        yield f"{answers} questions with a folded answer, not 3 to 5"
    exercise = f"chapter_{number:02}"
    if f"`cargo test -p exercises {exercise}`" not in sections[-1]:
        yield f"no line: Exercise: `cargo test -p exercises {exercise}`"
    files = (ROOT / "examples/exercises").rglob("*.rs")
    if not any(exercise in read(file) or exercise in file.name for file in files):
        yield f"examples/exercises has no {exercise}"


def pictures(text):
    """The texts that stand for pictures."""
    body = "\n".join(line for _, line in prose(text))
    return [" ".join(found.split()) for found in re.findall(r"!\[([^\]]*)\]", body)]


def main():
    report, seen = Report("forms"), 0
    for chapter in chapters():
        if chapter.name[0].isdigit():
            for mistake in mistakes(int(chapter.name[:2]), read(chapter)):
                report.wrong(name(chapter), mistake)
    for page in pages():
        for text in pictures(read(page)):
            seen += 1
            if len(text) < ALTERNATIVE_AT_LEAST:
                report.wrong(name(page), f"a picture without a description: {text!r}")
    report.end(f"{len(chapters())} chapters, {seen} pictures")


if __name__ == "__main__":
    main()
