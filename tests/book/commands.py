#!/usr/bin/env python3
"""Runs each command of the book that `tests/book/commands.tsv` marks with `here`, as it is
written, in the checkout. It has to succeed, unless it is to be red, and its output has the
words that are listed behind it: `red` as the first of them means that it fails."""

import subprocess

from blocks import listed
from common import ROOT, Report, chapters

report, seen = Report("commands"), 0
for command, (runner, output) in listed().items():
    if runner != "here":
        continue
    seen += 1
    red = output[:1] == ["red"]
    run = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True)
    said = run.stdout + run.stderr
    if (run.returncode != 0) != red:
        report.wrong(command, f"ended with {run.returncode}\n{said[-2000:]}")
    for words in output[red:]:
        if words not in said:
            report.wrong(command, f"its output has no {words!r}\n{said[-2000:]}")
if chapters() and not seen:
    report.wrong("tests/book/commands.tsv", "found no command to run")
report.end(f"{seen} commands")
