#!/usr/bin/env python3
"""Puts docs/book-links.md in front of each page. Of two definitions of a link the first counts."""

import json
import pathlib
import re
import sys


def define(items, links):
    for item in items:
        chapter = item.get("Chapter") if isinstance(item, dict) else None
        if chapter and chapter["path"]:
            up = "../" * chapter["path"].count("/")
            here = re.sub(r"(?m)^(\[.*\]: )", lambda name: name[1] + up, links)
            chapter["content"] = here + "\n" + chapter["content"]
        if chapter:
            define(chapter["sub_items"], links)


if sys.argv[1:2] == ["supports"]:
    sys.exit(0)
context, book = json.load(sys.stdin)
source = pathlib.Path(context["root"], context["config"]["book"]["src"])
define(book["items"], (source / "book-links.md").read_text(encoding="utf-8"))
json.dump(book, sys.stdout)
