#!/usr/bin/env python3
"""The glossary (B4): each word that a chapter has in **bold**, where it first stands, is an entry
of docs/glossary.md, and each entry is a word that the other pages use. A word of one chapter is in
bold once."""

import re

from common import DOCS, Report, chapters, name, pages, prose, read

BOLD = re.compile(r"\*\*([^*]+)\*\*")
ENDINGS = re.compile(r"(ation|ion|ing|ies|ied|es|ed|s|e|y)$")


def stem(words):
    """A word without its ending, so that `publishes` is the entry `publish`."""
    stems = []
    for part in re.findall(r"\w+", words.casefold()):
        cut = ENDINGS.sub("", part)
        stems.append(cut if len(cut) > 2 else part.removesuffix("s"))
    return " ".join(stems)


def bold(text):
    """Words in bold, with the line where each begins. Numbers, the traps T1 to T18, the rules M1 to
    M10, the kinds of questions (`1. Predict`) and headings in a line (`Roles.`) are no words."""
    lines = dict(prose(text))
    body = "\n".join(lines.get(number, "") for number in range(1, max(lines, default=0) + 1))
    for found in BOLD.finditer(body):
        word = " ".join(found[1].split())
        if not re.match(r"[TM]?\d+($|\. )", word) and not word.endswith((".", ":", "?")):
            yield body.count("\n", 0, found.start()) + 1, word


def entries(text):
    """Words that the glossary explains: those in bold that begin a line, a row or an item."""
    found = {}
    for number, line in prose(text):
        if re.match(r"^(\| |[-*] )?\*\*", line):
            head = re.split(r"(?<=\*\*)[^,*]*?(?: is | are |: | \| |\. )", line)[0]
            for word in BOLD.findall(head):
                found[word.rstrip(".:,")] = number
    return found


def main():
    report = Report("glossary")
    page = DOCS / "glossary.md"
    explained = entries(read(page))
    stems = {stem(word) for word in explained}
    seen, used = 0, ""
    for other in pages():
        if other != page:
            used += " " + stem(" ".join(line for _, line in prose(read(other))))
    for chapter in chapters():
        here = set()
        for at, word in bold(read(chapter)):
            seen += 1
            place = f"{name(chapter)}:{at}"
            if stem(word) not in stems:
                report.wrong(place, f"the glossary has no **{word}**")
            if stem(word) in here:
                report.wrong(place, f"**{word}** is in bold a second time")
            here.add(stem(word))
    for word, at in explained.items():
        if f" {stem(word)} " not in f" {used} ":
            report.wrong(f"{name(page)}:{at}", f"no page uses {word!r}")
    if chapters() and not (explained and seen):
        report.wrong(name(page), "found no words")
    report.end(f"{len(explained)} entries, {seen} words in bold")


if __name__ == "__main__":
    main()
