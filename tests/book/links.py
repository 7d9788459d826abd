#!/usr/bin/env python3
"""Links. In the built book and in the documentation of the crate each link leads to a file
and to an anchor that are there (L1). The definitions of a link on GitHub, in the book and in
rustdoc name the same thing (L2). No link in a line leads from page to page: rustdoc has no
such file.

    tests/book/links.py             all of it
    tests/book/links.py pages       only what needs no built pages but their names
    tests/book/links.py built       only the links of the built pages
"""

import re
import sys
import urllib.parse

from common import (
    BOOK,
    DOCS,
    ROOT,
    RUSTDOC,
    Html,
    Report,
    definitions,
    in_book,
    modules,
    name,
    pages,
    prose,
    read,
    used_labels,
    without_code,
)

REPORT = Report("links")
PARTS = sys.argv[1:] or ["pages", "built"]
PARSED = {}


def parsed(path):
    if path not in PARSED:
        PARSED[path] = Html(read(path))
    return PARSED[path]


def check_built(tree, files):
    """Looks up each link of `files`. Returns how many there are."""
    seen = 0
    for file in files:
        for link in set(parsed(file).links):
            place = file.relative_to(tree)
            url = urllib.parse.urlsplit(link)
            if url.scheme or url.netloc or link in ("#", ""):
                continue
            seen += 1
            target = file
            if url.path:
                target = (file.parent / urllib.parse.unquote(url.path)).resolve()
                if target.is_dir():
                    target /= "index.html"
            if not target.exists():
                REPORT.wrong(place, f"dead link: {link}")
                continue
            anchor = urllib.parse.unquote(url.fragment)
            # Scripts read these: lines of a source, a scene of the stepper.
            lines = "src" in target.parts and re.fullmatch(r"\d+(-\d+)?", anchor)
            if not anchor or lines or target.name == "stepper.html" or target.suffix != ".html":
                continue
            # rustdoc writes its own ids as they stand in a link.
            if not {anchor, url.fragment} & parsed(target).ids:
                REPORT.wrong(place, f"dead anchor: {link}")
    return seen


def resolved(page, target):
    """A target on GitHub, as a path from the root, with its anchor."""
    path, _, anchor = target.partition("#")
    file = (page.parent / path).resolve() if path else page
    return file, anchor


def check_definitions():
    """Compares the definitions of each label. Returns how many there are."""
    rustdoc = definitions(read(ROOT / "src/docs/links.md"))
    generated = ROOT / "src/docs/generated-links.md"
    if generated.exists():
        for label, target in definitions(read(generated)).items():
            rustdoc.setdefault(label, target)
    book = definitions(read(DOCS / "book-links.md"))
    shown = modules()
    meanings, seen, all_used = {}, 0, set()
    for page in pages():
        text = read(page)
        defined, used = definitions(text), used_labels(text)
        all_used |= used
        for label in sorted(defined.keys() - used):
            REPORT.wrong(name(page), f"[{label}] is defined, and not used")
        for label in sorted(used & (rustdoc.keys() | book.keys()) - defined.keys()):
            REPORT.wrong(name(page), f"[{label}] is used, and not defined for GitHub")
        for label in sorted(defined.keys() & used):
            seen += 1
            target = defined[label]
            if target.startswith(("https://", "http://")):
                continue
            file, anchor = resolved(page, target)
            if not file.exists():
                REPORT.wrong(name(page), f"[{label}]: there is no {target}")
            elsewhere = meanings.setdefault(label, (name(page), file, anchor))
            of_the_crate = rustdoc.get(label, "").startswith("crate::") and not rustdoc[
                label
            ].startswith("crate::docs")
            if of_the_crate:
                # On GitHub: a page that explains the item, which may differ.
                if label not in book:
                    REPORT.wrong("docs/book-links.md", f"has no [{label}]")
                continue
            if elsewhere[1:] != (file, anchor):
                REPORT.wrong(name(page), f"[{label}] is another in {elsewhere[0]}")
            check_rustdoc(page, label, file, anchor, rustdoc.get(label), shown)
            if label in book and not book[label].startswith("../doc/src/"):
                REPORT.wrong("docs/book-links.md", f"[{label}] has the target of its page")
    for label in sorted(rustdoc.keys() - all_used):
        REPORT.wrong("src/docs", f"[{label}] is defined for rustdoc, and not used")
    return seen


def check_rustdoc(page, label, file, anchor, target, shown):
    """The definition for rustdoc names the page `file` and its `anchor`."""
    if target is None:
        REPORT.wrong("src/docs/links.md", f"has no [{label}] of {name(page)}")
    elif target.startswith("crate::docs"):
        module, _, heading = target.partition("#")
        if file.name == "stepper.html":
            same = heading == "the-stepper"
        else:
            same = (shown.get(module), heading) == (file, anchor)
        if not same:
            REPORT.wrong("src/docs/links.md", f"[{label}] is {target}, but in {name(page)} {file}")
    elif target.startswith("data:"):
        if file.suffix != ".svg":
            REPORT.wrong(name(page), f"[{label}] is a figure in rustdoc")
    elif not target.endswith(f"src/readmostly/{file.relative_to(ROOT / 'src')}.html"):
        REPORT.wrong(name(page), f"[{label}] is {target} in rustdoc")


def check_inline():
    for page in pages():
        for number, line in prose(read(page)):
            for target in re.findall(r"\]\(([^)\s]+)", without_code(line)):
                if not target.startswith(("#", "https://", "http://")):
                    place = f"{name(page)}:{number}"
                    REPORT.wrong(place, f"a link in the line: {target}; define it at the end")


def check_places():
    """Each page is in the book and in rustdoc."""
    for page in pages():
        if not in_book(page).exists():
            REPORT.wrong(name(page), "is not in docs/SUMMARY.md")
    for page in set(pages()) - set(modules().values()):
        REPORT.wrong(name(page), "has no module in src/docs")


def main():
    seen = []
    if "pages" in PARTS:
        check_inline()
        check_places()
        seen.append(f"{check_definitions()} labels")
    if "built" in PARTS:
        in_the_book = check_built(BOOK, sorted(BOOK.rglob("*.html")))
        in_the_crate = check_built(RUSTDOC, sorted((RUSTDOC / "readmostly").rglob("*.html")))
        if not (in_the_book and in_the_crate):
            REPORT.wrong("target", "found no links: build the book and the documentation first")
        seen.append(f"{in_the_book} links of the book, {in_the_crate} of rustdoc")
    REPORT.end(", ".join(seen))


if __name__ == "__main__":
    main()
