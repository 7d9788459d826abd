#!/usr/bin/env python3
"""Runs commands of the book as they are written: those that `tests/book/commands.tsv` marks with
`here`, `copy` or `models` (see `blocks.py`). A command has to succeed, unless `red` is listed
behind it. Its output has the words that are listed then."""

import shutil
import subprocess
import tempfile

from blocks import listed
from common import ROOT, Report, chapters


def mistake(command, output, place):
    """What is wrong with `command`, if anything is."""
    red = output[:1] == ["red"]
    run = subprocess.run(["bash", "-c", command], cwd=place, capture_output=True, text=True)
    said = run.stdout + run.stderr
    if (run.returncode != 0) != red:
        return f"ended with {run.returncode}\n{said[-2000:]}"
    missing = [words for words in output[red:] if words not in said]
    return f"its output has no {missing[0]!r}\n{said[-2000:]}" if missing else None


def names_no_model(command):
    """Asks the built models for those that the command would run."""
    run = subprocess.run([*command.split(), "--list"], cwd=ROOT, capture_output=True, text=True)
    if run.returncode != 0:
        return f"ended with {run.returncode}\n{run.stderr[-2000:]}"
    return None if ": test" in run.stdout else "names no model"


def main():
    report, seen = Report("commands"), 0
    with tempfile.TemporaryDirectory() as copy:
        # Not below the checkout: `git apply` would look there for its files.
        skipped = shutil.ignore_patterns("target", ".git")
        shutil.copytree(ROOT, copy, ignore=skipped, symlinks=True, dirs_exist_ok=True)
        for command, (runner, output) in listed().items():
            if runner == "models":
                wrong = names_no_model(command)
            elif runner in ("here", "copy"):
                wrong = mistake(command, output, ROOT if runner == "here" else copy)
            else:
                continue
            seen += 1
            if wrong:
                report.wrong(command, wrong)
    if chapters() and not seen:
        report.wrong("tests/book/commands.tsv", "found no command to run")
    report.end(f"{seen} commands")


if __name__ == "__main__":
    main()
