#!/usr/bin/env python3
"""Definitions of links that follow from others, so that nobody writes them by hand:

- docs/book-links.md: for mdBook, where the items of the crate and its source are in the
  documentation of the crate, as src/docs/links.md names them;
- src/docs/generated-links.md: for rustdoc, the figures as `data:` URIs, the scenes of the
  stepper, and files of the source.

Without an argument: says which file is out of date. With `--write`: writes both. Needs the
documentation in target/doc (`cargo doc --no-deps --all-features`).
"""

import re
import sys
import urllib.parse

from common import DOCS, ROOT, RUSTDOC, Report, definitions, pages, read

# In rustdoc a page can have no file beside it, so it says where the stepper is.
STEPPER = "crate::docs::book#the-stepper"


def labels(text):
    """Labels as they are written, with their targets."""
    return re.findall(r"(?m)^\[([^\]]+)\]: (\S+)", text)


def item(path):
    """Where rustdoc has the item `crate::…`, below target/doc: a type, a function, a module,
    or a method of a type."""
    parts = path.split("::")[1:]
    crate = RUSTDOC / "readmostly"
    for owner, member in [(parts, None), (parts[:-1], parts[-1])]:
        if not owner:
            continue
        folder = crate.joinpath(*owner[:-1])
        if member is None and (folder / owner[-1] / "index.html").exists():
            return f"readmostly/{'/'.join(owner)}/index.html"
        files = [f for f in folder.glob(f"*.{owner[-1]}.html") if f.name.count(".") == 2]
        if files:
            page = files[0].relative_to(RUSTDOC).as_posix()
            if member is None:
                return page
            kinds = ("method", "variant", "structfield", "associatedtype", "tymethod")
            for kind in kinds:
                if f'id="{kind}.{member}"' in read(files[0]):
                    return f"{page}#{kind}.{member}"
    return None


def of_the_crate(report):
    """{label: `crate::…`} of the items in src/docs/links.md."""
    found = {}
    for label, target in labels(read(ROOT / "src/docs/links.md")):
        if target.startswith("crate::") and not target.startswith("crate::docs"):
            found[label] = item(target)
            if found[label] is None:
                report.wrong("src/docs/links.md", f"target/doc has no {target}")
    return found


def named(prefix):
    """Labels of the pages whose targets are below `prefix`: {label: path}."""
    found = {}
    for page in pages():
        for label, target in labels(read(page)):
            path = (page.parent / target.split("#")[0]).resolve()
            if path.is_relative_to(ROOT / prefix):
                found[label] = path.relative_to(ROOT).as_posix()
    return dict(sorted(found.items()))


def source(path):
    return f"src/readmostly/{path.removeprefix('src/')}.html"


def picture(svg):
    """A `data:` URI. Percents, not base64: the package is compressed, and base64 hides
    what repeats."""
    text = re.sub(r">\s+<", "><", re.sub(r"<!--.*?-->", "", svg, flags=re.S)).strip()
    text = re.sub(r"\s+", " ", text).replace('"', "'")
    return "data:image/svg+xml," + urllib.parse.quote(text, safe="/:='=,;-.!*+$@?&")


def generated(report):
    head = "<!-- tests/book/definitions.py --write -->\n\n"
    book = [f"[{label}]: ../doc/{page}" for label, page in of_the_crate(report).items()]
    rustdoc = []
    for label, path in named("docs/figures").items():
        if not (ROOT / path).exists():
            report.wrong(path, "there is no such figure")
            continue
        rustdoc.append(f"[{label}]: {picture(read(ROOT / path))}")
    for label, path in named("docs/stepper.html").items():
        rustdoc.append(f"[{label}]: {STEPPER}")
    for label, path in named("src").items():
        if not (RUSTDOC / source(path)).exists():
            report.wrong(path, "target/doc has no such source")
        # From readmostly/docs/book/CHAPTER/index.html.
        rustdoc.append(f"[{label}]: ../../../../{source(path)}")
        book.append(f"[{label}]: ../doc/{source(path)}")
    yield DOCS / "book-links.md", head + "\n".join(book) + "\n"
    yield ROOT / "src/docs/generated-links.md", head + "\n".join(rustdoc) + "\n"


def main():
    report = Report("generated definitions")
    lines = 0
    for path, text in generated(report):
        lines += len(definitions(text))
        if "--write" in sys.argv[1:]:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or read(path) != text:
            report.wrong(path.relative_to(ROOT), "out of date: tests/book/definitions.py --write")
    report.end(f"{lines} definitions")


if __name__ == "__main__":
    main()
