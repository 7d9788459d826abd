#!/usr/bin/env python3
"""Code blocks (B1). Each block of Rust is a test as it stands: none is ignored, and no line is
hidden, because GitHub shows it. Each line of a block of `sh` is a command that
`tests/book/commands.tsv` lists, with who runs it:

- `ci`: the command stands in `.ci/run`.
- `here`: `tests/book/commands.py` runs it in the checkout.
- `copy`: the same, in a copy of the checkout, because it changes files.
- `models`: `cargo loom` with a name. `.ci/run` runs all models; here the name has to be that of
  at least one.
- `long`: nobody runs it. Only for pages that are no chapters.
"""

import re

from common import ROOT, Report, chapters, name, pages, read, split


def commands(text):
    """The commands of a page: (number, command), without comments and broken lines."""
    waiting = ""
    for number, kind, line in split(text):
        if kind != "sh":
            continue
        line = waiting + re.sub(r"(^|\s)#.*", "", line).strip()
        if line.endswith("\\"):
            waiting = line[:-1]
            continue
        waiting = ""
        if line:
            yield number, line


def listed():
    """Who runs each command: {command: (runner, what its output has)}."""
    found = {}
    for line in read(ROOT / "tests/book/commands.tsv").splitlines():
        if line and not line.startswith("#"):
            runner, command, *output = line.split("\t")
            found[command] = (runner, output)
    return found


def check_commands(report):
    runners, used, seen = listed(), set(), 0
    run_by_ci = [line.strip() for line in read(ROOT / ".ci/run").splitlines()]
    run_by_ci = {line.removeprefix("run_tests ") for line in run_by_ci}
    for page in pages():
        for number, command in commands(read(page)):
            seen += 1
            used.add(command)
            place = f"{name(page)}:{number}"
            runner, _ = runners.get(command, (None, None))
            if runner is None:
                report.wrong(place, f"tests/book/commands.tsv does not list: {command}")
            elif runner == "long" and page in chapters():
                report.wrong(place, f"a chapter has a command that nobody runs: {command}")
            elif runner == "ci" and command not in run_by_ci:
                report.wrong(place, f".ci/run does not have: {command}")
            elif runner not in ("ci", "here", "copy", "models", "long"):
                report.wrong("tests/book/commands.tsv", f"{runner} is no runner: {command}")
    for command in runners.keys() - used:
        report.wrong("tests/book/commands.tsv", f"no page has: {command}")
    return seen


def check_rust(report):
    seen = 0
    read_in_order = chapters()
    for page in pages():
        for number, kind, line in split(read(page)):
            place = f"{name(page)}:{number}"
            if kind is None:
                continue
            words = re.split(r"[,\s]+", kind)
            if "ignore" in words or "no_run" in words:
                report.wrong(place, "a block of Rust that is not run")
            is_rust = kind == "" or words[0] in ("rust", "compile_fail", "should_panic")
            if is_rust and re.match(r"\s*#(\s|$)", line):
                report.wrong(place, f"a hidden line: {line}")
            if kind == "" and page in read_in_order:
                report.wrong(place, "a block of a chapter that does not say its language")
            seen += 1
    return seen


def main():
    report = Report("blocks")
    lines = check_rust(report)
    seen = check_commands(report)
    report.end(f"{lines} lines in blocks, {seen} commands")


if __name__ == "__main__":
    main()
