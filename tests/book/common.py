"""What the checks of the book share: the pages, and their parts."""

import html.parser
import os
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
TARGET = ROOT / os.environ.get("CARGO_TARGET_DIR", "target")
BOOK = TARGET / "book"
RUSTDOC = TARGET / "doc"

# These define the book, and are no pages of it.
NO_PAGES = {"SUMMARY.md", "book-links.md"}


def pages():
    """All pages of `docs/`, sorted."""
    found = [*DOCS.glob("*.md"), *(DOCS / "reference").glob("*.md")]
    return sorted(page for page in found if page.name not in NO_PAGES)


def chapters():
    """The pages to be read from front to back, in order."""
    return sorted(DOCS.glob("[0-9][0-9]-*.md")) + [
        page for page in [DOCS / "break-it.md"] if page.exists()
    ]


def modules():
    """The pages that rustdoc shows: {path of the module: page}."""
    found = {}
    for file in sorted((ROOT / "src/docs").glob("*.rs")):
        owner = "crate::docs" + ("" if file.stem == "mod" else f"::{file.stem}")
        module = r'include_str!\("([./]*/docs/[^"]+)"\)\]\n(?:#\[.*\]\n)*pub mod (\w+) \{\}'
        for path, module_name in re.findall(module, read(file)):
            found[f"{owner}::{module_name}"] = (file.parent / path).resolve()
    return found


def in_rustdoc(module):
    """The file of a module in target/doc."""
    return RUSTDOC.joinpath("readmostly", *module.split("::")[1:], "index.html")


def in_book(page):
    return BOOK / page.relative_to(DOCS).with_suffix(".html")


def name(page):
    return str(page.relative_to(ROOT))


def read(page):
    return page.read_text(encoding="utf-8")


FENCE = re.compile(r"^\s*(```+)\s*([^`]*)$")


def split(text):
    """The lines of `text`, each as (number, kind, line). The kind of a line of prose is
    None. The kind of a line in a code block is what stands behind the fence."""
    fence = None
    for number, line in enumerate(text.splitlines(), 1):
        mark = FENCE.match(line)
        if fence is None and mark:
            fence = mark
        elif fence is not None and mark and not mark[2].strip() and mark[1] >= fence[1]:
            fence = None
        else:
            yield number, fence[2].strip() if fence else None, line


def prose(text):
    """Lines outside code blocks: (number, line)."""
    return [(number, line) for number, kind, line in split(text) if kind is None]


def without_code(line):
    return re.sub(r"(`+)(.*?)\1", "``", line)


def definitions(text):
    """Links that are defined: {label: target}. The first definition counts."""
    found = {}
    for _, line in prose(text):
        match = re.match(r"^\[([^\]]+)\]: (\S.*)$", line)
        if match:
            found.setdefault(folded(match[1]), match[2].strip())
    return found


def folded(label):
    """Labels are compared without regard to case and white space."""
    return " ".join(label.split()).casefold()


def used_labels(text):
    """Labels of links and pictures, in full: `[text][label]`, or in short: `[label]`."""
    lines = [line for _, line in prose(text) if not re.match(r"^\[[^\]]+\]: ", line)]
    body = "\n".join(lines)
    full = re.findall(r"\]\[([^\]]+)\]", body)
    short = re.findall(r"(?<!\])\[((?:[^\[\]]|`[^`]*`)+)\](?![\[(])", body)
    return {folded(label) for label in full + short}


class Html(html.parser.HTMLParser):
    """Ids, links, headings, tables and code blocks of a page. `inside` limits headings,
    tables and blocks to the element with this attribute."""

    def __init__(self, text, inside=None):
        super().__init__(convert_charrefs=True)
        self.ids, self.links, self.parts = set(), [], []
        self.inside, self.depth = inside, 0
        self.open, self.text, self.row, self.table = None, "", None, None
        # mdBook hides these lines of a block, which it adds itself.
        self.boring = 0
        self.feed(text)

    VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if self.boring or "boring" in (values.get("class") or "").split():
            self.boring += 1
        for key in ("id", "name"):
            if values.get(key) and (key == "id" or tag == "a"):
                self.ids.add(values[key])
        for key in ("href", "src"):
            if values.get(key) is not None and tag != "base":
                self.links.append(values[key])
        if self.inside is None or self.depth:
            if tag not in self.VOID:
                self.depth += 1
        elif self.inside(tag, values):
            self.depth = 1
        if not self.is_inside():
            return
        if re.fullmatch("h[1-6]", tag) or tag == "pre":
            self.open, self.text = tag, ""
        elif tag == "table":
            self.table = []
        elif tag == "tr" and self.table is not None:
            self.row = []
        elif tag in ("td", "th") and self.row is not None:
            self.open, self.text = tag, ""

    def is_inside(self):
        return self.inside is None or self.depth > 0

    def handle_data(self, data):
        if self.open and not self.boring:
            self.text += data

    def handle_endtag(self, tag):
        self.boring -= self.boring > 0
        if self.is_inside():
            text = self.text.strip()
            if tag == self.open and re.fullmatch("h[1-6]", tag):
                # rustdoc and mdBook put an anchor in the heading.
                self.parts.append((tag, words(text.removeprefix("§"))))
            elif tag == self.open == "pre":
                self.parts.append(("code", self.text.strip("\n")))
            elif tag == self.open and tag in ("td", "th"):
                self.row.append(words(text))
            elif tag == "tr" and self.row is not None:
                self.table.append(tuple(self.row))
                self.row = None
            elif tag == "table" and self.table is not None:
                self.parts.append(("table", tuple(self.table)))
                self.table = None
            if tag == self.open:
                self.open = None
        if self.depth and tag not in self.VOID:
            self.depth -= 1


def words(text):
    return " ".join(text.split())


class Report:
    """Collects mistakes. Ends the process with a line that says how much was looked at."""

    def __init__(self, title):
        self.title, self.mistakes = title, []

    def wrong(self, place, message):
        self.mistakes.append(f"{place}: {message}")

    def end(self, seen):
        for mistake in self.mistakes:
            print(mistake, file=sys.stderr)
        state = f"{len(self.mistakes)} mistakes" if self.mistakes else "right"
        print(f"{self.title}: {seen}: {state}")
        sys.exit(bool(self.mistakes))
