#!/usr/bin/env python3
"""Each check of the book finds the mistakes that it is for. In a copy of the pages, one mistake
is planted at a time. Needs the book and the documentation, as tests/book.sh builds them."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from common import BOOK, ROOT, RUSTDOC, TARGET, Report, read

CITED = 'See `map.go:346 "if e.p.CompareAndSwap(p, i)"`.\n'
PYTHON = [sys.executable]
TRACES = "tests/oracle/scenarios"


def append(text):
    return lambda page: page.write_text(read(page) + text, encoding="utf-8")


def replace(old, new):
    def change(page):
        text = read(page)
        assert old in text, (page, old)
        page.write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


# A chapter and a glossary, which agree.
CHAPTER = "# 1. Words\n\nA **bucket** is a word.\n\n```text\nx\n```\n"
WORDS = {"docs/01-words.md": CHAPTER, "docs/glossary.md": "# Glossary\n\n**bucket**: a slot.\n"}

ANSWERS = "<details><summary>Answer</summary>\n\nx\n\n</details>\n\n" * 3
EXERCISE = "Exercise: `cargo test -p exercises chapter_01`\n"
QUESTIONS = {
    "docs/01-words.md": f"# 1. Words\n\n## Check yourself\n\n{ANSWERS}{EXERCISE}",
    "examples/exercises/src/lib.rs": "mod chapter_01;\n",
}
NO_COMMANDS = {"tests/book/commands.tsv": ""}

# The check, files to write first, the file with the mistake, the mistake, what the check says.
# Without a mistake: the check has to pass.
CASES = [
    ("blocks.py", {}, None, None, None),
    ("blocks.py", {}, "docs/moving.md", append("\n```rust,ignore\nlet x;\n```\n"), "not run"),
    ("blocks.py", {}, "docs/moving.md", append("\n```\n# use std::fs;\n```\n"), "a hidden line"),
    ("blocks.py", {}, "docs/moving.md", append("\n```sh\ncargo frob\n```\n"), "does not list"),
    ("blocks.py", {}, "tests/book/commands.tsv", append("ci\tcargo frob\n"), "no page has"),
    ("blocks.py", WORDS, "docs/01-words.md", append("```\nx\n```\n"), "its language"),
    ("commands.py", NO_COMMANDS, "tests/book/commands.tsv", append("here\tfalse\n"), "ended with 1"),
    ("commands.py", NO_COMMANDS, "tests/book/commands.tsv", append("here\techo a\tb\n"), "has no 'b'"),
    ("commands.py", NO_COMMANDS, "tests/book/commands.tsv", append("here\ttrue\tred\n"), "ended with 0"),
    ("commands.py", NO_COMMANDS, "tests/book/commands.tsv", append("copy\trm book.toml\n"), None),
    ("commands.py", NO_COMMANDS, "tests/book/commands.tsv", append("copy\tfalse\n"), "with 1"),
    ("commands.py", NO_COMMANDS, "tests/book/commands.tsv", append("models\ttrue\n"), "no model"),
    ("go.py target/go", {}, "docs/moving.md", append(CITED), None),
    ("go.py target/go", {}, "docs/moving.md", append(CITED.replace("346", "347")), "stands on [346"),
    ("go.py target/go", {}, "docs/moving.md", append(CITED.replace("map.go", "mop.go")), "no such file"),
    ("go.py target/go", {}, "docs/moving.md", append("`map.go:346`\n"), "without a piece"),
    ("words.py", WORDS, None, None, None),
    ("words.py", WORDS, "docs/01-words.md", append("A **pin**.\n"), "has no **pin**"),
    ("words.py", WORDS, "docs/01-words.md", append("A **bucket**.\n"), "a second time"),
    ("words.py", WORDS, "docs/glossary.md", append("\n**zebra**: x.\n"), "no page uses"),
    ("forms.py", {}, None, None, None),
    ("forms.py", WORDS, "docs/01-words.md", append(""), "is not `Check yourself`"),
    ("forms.py", QUESTIONS, "docs/01-words.md", append(""), None),
    ("forms.py", QUESTIONS, "docs/01-words.md", append("\n![x][fig-x]\n"), "without a description"),
    ("forms.py", QUESTIONS, "docs/01-words.md", replace("1. Words", "2. Words"), "first line"),
    ("forms.py", QUESTIONS, "docs/01-words.md", replace("<details>", ""), "2 questions"),
    ("forms.py", QUESTIONS, "docs/01-words.md", replace("_01", "_02"), "no line: Exercise"),
    ("forms.py", QUESTIONS, "examples/exercises/src/lib.rs", replace("_01", ""), "has no chapter_01"),
    ("definitions.py", {}, None, None, None),
    ("definitions.py", {}, "docs/book-links.md", append("[x]: y\n"), "out of date"),
    ("definitions.py", {}, "src/docs/links.md", append("[x]: crate::Gone\n"), "has no crate"),
    ("links.py built", {}, None, None, None),
    ("links.py pages", {}, "docs/moving.md", append("[a](memory.md)\n"), "a link in the line"),
    ("links.py pages", {}, "docs/moving.md", append("\n[gone]: memory.md\n"), "not used"),
    ("links.py pages", {}, "docs/moving.md", append("\n[gone]\n\n[gone]: x.md\n"), "there is no x.md"),
    ("links.py pages", {}, "docs/moving.md", append("\n[light pins]\n"), "not defined for GitHub"),
    ("links.py pages", {}, "docs/scenes.md", lambda page: page.write_text("# X\n"), "not in docs/SUMM"),
    (
        "links.py pages",
        {},
        "src/docs/links.md",
        replace("docs::memory#light-pins", "docs::memory#protocol"),
        "[light pins] is crate::docs::memory#protocol",
    ),
    ("links.py pages", {}, "docs/moving.md", replace("]: memory.md\n", "]: choosing.md\n"), "another"),
    (
        "links.py built",
        {},
        "target/book/moving.html",
        replace("</main>", '<a href="gone.html">x</a></main>'),
        "dead link: gone.html",
    ),
    (
        "links.py built",
        {},
        "target/book/moving.html",
        replace("</main>", '<a href="memory.html#gone">x</a></main>'),
        "dead anchor: memory.html#gone",
    ),
    ("renderers.py", {}, None, None, None),
    ("renderers.py", {}, "target/book/moving.html", replace("</td>", "!</td>"), "the book ("),
    ("renderers.py", {}, "docs/moving.md", append("\n## One more\n"), "None"),
    ("stepper_states.py", {}, None, None, None),
    *(
        ("stepper_states.py", {}, f"{TRACES}/{trace}.jsonl", plant, says)
        for trace, plant, says in (
            ("left-out", replace('"expunged"', '"nil"'), "call 1 leaves"),
            ("clear", replace('"dirty":[]', '"dirty":null'), "call 1 leaves"),
            ("first-keys", replace('"misses":1', '"misses":2'), "call 3 leaves"),
            ("walk", replace('"v":3', '"v":5'), "call 2 is swap(c, 3)"),
            ("compact", replace('"compact","ret":1', '"compact","ret":2'), "call 1 returns"),
            ("known-key", replace('"start":2', '"start":3'), "starts with"),
            ("known-key", replace('"start":2', '"start":2,"go":"go1.24"'), "not a whole trace"),
            ("walk", pathlib.Path.unlink, "Go has not played it"),
            ("gone", pathlib.Path.touch, "no such scenario"),
        )
    ),
    ("stepper_states.py", {}, "docs/stepper.html", replace('"returns 2"', '"returns 7"'), "call 4"),
    ("search.mjs target/book", {}, None, None, None),
    (
        "search.mjs target/book",
        {},
        "target/book/searchindex",
        lambda page: page.write_text(re.sub("LoadOrStore", "Load0rStore", read(page))),
        "finds no LoadOrStore",
    ),
]


def copy(to):
    """The pages and what the checks look at."""
    for folder in ("docs", "src/docs", "tests/book", TRACES, ".ci"):
        shutil.copytree(ROOT / folder, to / folder)
    shutil.copytree(ROOT / "src", to / "src", dirs_exist_ok=True)
    for file in ("README.md", "book.toml"):
        shutil.copy(ROOT / file, to)
    (to / "examples/exercises/src").mkdir(parents=True)
    shutil.copy(ROOT / "examples/exercises/src/lib.rs", to / "examples/exercises/src")
    (to / "target").mkdir()
    shutil.copytree(BOOK, to / "target/book")
    (to / "target/doc").symlink_to(RUSTDOC)
    (to / "target/go").symlink_to(TARGET / "go")


def run(check, root):
    name, *arguments = check.split()
    program = PYTHON if name.endswith(".py") else ["node"]
    command = [*program, f"tests/book/{name}", *arguments]
    environment = {**os.environ, "CARGO_TARGET_DIR": str(root / "target")}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)




def touched(place, first, file):
    """The files that a case may change."""
    files = [place / path for path in first]
    if first in (WORDS, QUESTIONS):
        # Its pages alone.
        files += [*(place / "docs").glob("[0-9]*.md"), place / "docs/break-it.md"]
    # The book's search index has a number in its name.
    planted = [*place.glob(f"{file}*"), place / file][0] if file else None
    return files + [planted] * bool(file), planted


report = Report("checks that can fail")
with tempfile.TemporaryDirectory() as temporary:
    place = pathlib.Path(temporary)
    copy(place)
    for check, first, file, plant, says in CASES:
        files, planted = touched(place, first, file)
        before = {path: path.read_bytes() if path.exists() else None for path in files}
        if first in (WORDS, QUESTIONS):
            for path in files:
                path.unlink(missing_ok=True)
        for path, text in first.items():
            (place / path).write_text(text, encoding="utf-8")
        if planted:
            plant(planted)
        done = run(check, place)
        said = done.stdout + done.stderr
        if says is None and done.returncode != 0:
            report.wrong(check, f"fails without a mistake: {said[-1000:]}")
        elif says is not None and (done.returncode == 0 or says not in said):
            report.wrong(check, f"{file}: does not say {says!r}, but: {said[-1000:]}")
        for path, text in before.items():
            path.unlink(missing_ok=True)
            if text is not None:
                path.write_bytes(text)
report.end(f"{len(CASES)} cases")
