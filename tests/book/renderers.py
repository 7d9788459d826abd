#!/usr/bin/env python3
"""Each page has the same headings, tables and code blocks in rustdoc, in the book and on
GitHub (L3). For GitHub: cmark-gfm, its renderer."""

import subprocess

from common import Html, Report, in_book, in_rustdoc, modules, name, read

# rustdoc writes typographic quotes and dashes.
PLAIN = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "…": "...", "–": "--", "—": "---"})


def plain(part):
    if isinstance(part, str):
        return part.translate(PLAIN)
    return tuple(plain(inner) for inner in part)


def on_github(page):
    extensions = [flag for name in ("table", "strikethrough") for flag in ("-e", name)]
    command = ["cmark-gfm", "--unsafe", *extensions, str(page)]
    return Html(subprocess.run(command, check=True, capture_output=True, text=True).stdout).parts


def book(page):
    return Html(read(in_book(page)), lambda tag, _: tag == "main").parts


def rustdoc(module):
    def is_text(tag, values):
        return tag == "div" and values.get("class") == "docblock"

    parts = Html(read(in_rustdoc(module)), is_text).parts
    # The page's name is rustdoc's first heading, so all others are one level lower.
    return [(f"h{int(kind[1]) - 1}" if kind[0] == "h" else kind, it) for kind, it in parts]


report, seen = Report("renderers"), 0
for module, page in modules().items():
    ours = [plain(part) for part in on_github(page)]
    seen += len(ours)
    for where, theirs in [("the book", book(page)), ("rustdoc", rustdoc(module))]:
        theirs = [plain(part) for part in theirs]
        if ours != theirs:
            pairs = zip(ours + [None] * len(theirs), theirs + [None] * len(ours))
            here, there = next((a, b) for a, b in pairs if a != b)
            report.wrong(name(page), f"GitHub has {here!r:.300},\n  {where} {there!r:.300}")
report.end(f"{seen} headings, tables and code blocks")
