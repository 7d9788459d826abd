#!/usr/bin/env python3
"""Each assertion of `tests/commonly_said.rs` can fail.

    python3 tests/book/turned_round.py

Makes a package in `target/turned-round` with two test files: `tests/commonly_said.rs` as it is,
and the same with a copy of each test for each of its assertions. In the copy that assertion is
turned round: `assert_eq!` becomes `assert_ne!`, and `assert!(x)` becomes `assert!(!(x))`. All of
this is built once and run once. Every test as it is has to pass. Every copy has to fail.

The rows of `docs/10-commonly-said.md` that are about Go's history are turned round here as well:
each check of `gos_source.py` has to pass on the source that it names, and to fail on another.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

# No `__pycache__` in the repository.
sys.dont_write_bytecode = True
import gos_source  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
TESTS = "tests/commonly_said.rs"
PAGE = "docs/10-commonly-said.md"
PACKAGE = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "turned-round"

# A string, a character, or a comment: what brackets and commas do not count in.
OPAQUE = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])\'|//[^\n]*', re.DOTALL)
CLOSES = {"(": ")", "[": "]", "{": "}"}
MANIFEST = """[package]
name = "turned-round"
version = "0.0.0"
edition = "2024"

[dependencies]
readmostly = {{ path = "{root}" }}

[workspace]
"""


def end_of(text, start):
    """The place behind the bracket that closes the one at `start`, and the commas between."""
    open_brackets, commas, at = [], [], start
    while True:
        opaque = OPAQUE.match(text, at)
        if opaque:
            at = opaque.end()
            continue
        if text[at] in CLOSES:
            open_brackets.append(CLOSES[text[at]])
        elif open_brackets and text[at] == open_brackets[-1]:
            open_brackets.pop()
            if not open_brackets:
                return at + 1, commas
        elif text[at] == "," and len(open_brackets) == 1:
            commas.append(at)
        at += 1


def tests_of(source):
    """The name of each test, and its text."""
    for head in re.finditer(r"^#\[test\]\nfn (\w+)\(\) ", source, re.MULTILINE):
        end, _ = end_of(source, head.end())
        yield head.group(1), source[head.start() : end]


def turned_round(test):
    """`test`, once for each of its assertions, with that assertion turned round."""
    for found in re.finditer(r"\bassert(_eq|_ne)?!\(", test):
        bracket = found.end() - 1
        end, commas = end_of(test, bracket)
        inside = test[bracket + 1 : end - 1]
        if found.group(1):
            other = {"_eq": "_ne", "_ne": "_eq"}[found.group(1)]
            turned = f"assert{other}!({inside})"
        else:
            split = (commas[0] if commas else end - 1) - bracket - 1
            turned = f"assert!(!({inside[:split]}){inside[split:]})"
        yield test[: found.start()] + turned + test[end:]


def write_package(source):
    """Writes the package. Returns the names of the tests, and those of the copies by test."""
    for folder in ("tests", "src", "docs"):
        (PACKAGE / folder).mkdir(parents=True, exist_ok=True)
    (PACKAGE / "Cargo.toml").write_text(MANIFEST.format(root=ROOT))
    # So that the same versions are built, if some were built before.
    if (ROOT / "Cargo.lock").exists():
        shutil.copy(ROOT / "Cargo.lock", PACKAGE)
    shutil.copy(ROOT / PAGE, PACKAGE / PAGE)
    shutil.copy(ROOT / TESTS, PACKAGE / TESTS)
    (PACKAGE / "src/lib.rs").write_text("")
    copies, text = {}, [source]
    for name, test in tests_of(source):
        copies[name] = []
        for number, turned in enumerate(turned_round(test), 1):
            copy = f"{name}_turned_{number}"
            copies[name].append(copy)
            text.append(turned.replace(f"fn {name}(", f"fn {copy}(", 1))
    (PACKAGE / "tests/turned_round.rs").write_text("\n\n".join(text) + "\n")
    return copies


def results():
    """Runs the tests of the package: what became of each."""
    command = ["cargo", "test", "--no-fail-fast", "--test", "turned_round"]
    environment = dict(os.environ, CARGO_TERM_COLOR="never", RUST_BACKTRACE="0")
    environment["CARGO_TARGET_DIR"] = str(PACKAGE / "target")
    run = subprocess.run(command, cwd=PACKAGE, env=environment, text=True, capture_output=True)
    found = dict(re.findall(r"^test (\w+) \.\.\. (ok|FAILED)$", run.stdout, re.MULTILINE))
    if not found:
        sys.exit(run.stdout + run.stderr)
    return found


def main():
    source = (ROOT / TESTS).read_text()
    copies = write_package(source)
    found = results()
    wrong = [f"{name} does not pass" for name in copies if found.get(name) != "ok"]
    wrong += [f"{name} asserts nothing" for name, all_of in copies.items() if not all_of]
    every = [copy for all_of in copies.values() for copy in all_of]
    wrong += [f"{copy} does not fail" for copy in every if found.get(copy) != "FAILED"]
    strangers = set(found) - set(copies) - set(every)
    wrong += [f"{name} is no test of {TESTS}" for name in sorted(strangers)]
    checks, wrong_there = gos_source.run_all((ROOT / PAGE).read_text())
    wrong += wrong_there
    if wrong:
        sys.exit("\n".join(wrong))
    print(f"{len(copies)} tests pass, and fail with each of {len(every)} assertions turned round")
    print(f"{checks} checks of Go's source pass, and fail on another source")


if __name__ == "__main__":
    main()
