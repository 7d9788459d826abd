#!/usr/bin/env python3
"""Checks the figures of the documentation.

    tests/book/figures.py                        F1, F2, F3
    tests/book/figures.py --browser chromium     and F4: no overlap, no text that is cut off
    tests/book/figures.py --browser chromium --screenshots DIR

F1  The files in docs/figures are what the program `figures` draws.
F2  Lines have a contrast of 3:1 to what is under them, text has 4.5:1.
F3  Each text alternative has at least 40 characters, and names the states that the figure
    shows: in the figure, and in each chapter that shows the figure.
F4  At a width of 360 pixels, as the browser lays it out: text has at least 13 pixels, stays
    inside the figure and inside its box, does not overlap other text, and no line crosses it.

`--screenshots` writes each figure as it looks on a light and on a dark page of 360 pixels.
"""

import argparse
import html
import json
import math
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
DOCS = ROOT / "docs"
FIGURES = DOCS / "figures"
NAMES = [
    "readers-that-write",
    "two-maps",
    "word-p",
    "life-of-a-key",
    "decision-path",
    "misses-over-time",
    "epochs",
    "message-passing",
    "store-buffering",
    "who-owns-what",
    "time-line",
]
# rustdoc embeds each figure in the page that shows it.
LARGEST = 12 * 1024
SHORTEST_TEXT = 40
PHONE = 360
SVG = "{http://www.w3.org/2000/svg}"


# F1


def output_equals_files():
    command = ["cargo", "run", "--quiet", "--release", "-p", "figures", "--", "--check"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return [] if ended.returncode == 0 else [f"F1: {ended.stderr.strip()}"]


# F2


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    parts = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one, other):
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


class Surfaces:
    """The filled boxes that have been drawn so far. The last one covers those before it."""

    def __init__(self):
        self.boxes = []

    def add(self, x, y, width, height, fill):
        self.boxes.append((x, y, x + width, y + height, fill))

    def under(self, x, y):
        for left, top, right, bottom, fill in reversed(self.boxes):
            if left < x < right and top < y < bottom:
                return fill
        return None


def number(element, name):
    return float(element.get(name))


def corners(way):
    """The points of a path of straight lines. Of a curve: its first point."""
    found = re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", way)
    return [(float(x), float(y)) for x, y in found]


def between(points):
    """Some points of each line through `points`."""
    for (x1, y1), (x2, y2) in zip(points, points[1:]):
        for share in (0.3, 0.5, 0.7):
            yield x1 + share * (x2 - x1), y1 + share * (y2 - y1)


def edge_of(x, y, width, height):
    """Points just outside the four edges of a box."""
    middle_x, middle_y = x + width / 2, y + height / 2
    return [
        (middle_x, y - 1),
        (middle_x, y + height + 1),
        (x - 1, middle_y),
        (x + width + 1, middle_y),
    ]


def contrasts(name, figure):
    """Every stroke, every filled sign and every text, against what is under it."""
    problems, surfaces = [], Surfaces()

    def demand(least, colour, points, what):
        for x, y in points:
            ground = surfaces.under(x, y)
            if ground is None:
                continue  # The border of the panel: the page is under it.
            if ground.startswith("url"):
                problems.append(f"F2: {name}: {what} stands on a hatched box")
            elif contrast(colour, ground) < least:
                had = contrast(colour, ground)
                problems.append(f"F2: {name}: {what}: {colour} on {ground} has {had:.2f}:1")

    for element in figure:
        kind = element.tag.removeprefix(SVG)
        stroke, fill = element.get("stroke"), element.get("fill", "#000000")
        if kind == "rect":
            box = [number(element, key) for key in ("x", "y", "width", "height")]
            panel = surfaces.boxes[0][4] if surfaces.boxes else None
            if stroke:
                demand(3, stroke, edge_of(*box), "a border")
            elif fill != panel:
                demand(3, fill, edge_of(*box), "a sign")
            surfaces.add(*box, fill)
            if stroke and fill.startswith("#"):
                demand(3, stroke, [(box[0] + box[2] / 2, box[1] + 2)], "a border, to its inside")
        elif kind == "path":
            points = corners(element.get("d"))
            if stroke:
                demand(3, stroke, list(between(points)) or points, "a line")
            else:
                middle = [sum(axis) / len(points) for axis in zip(*points)]
                demand(3, fill, [middle], "the head of an arrow")
        elif kind == "circle":
            demand(3, fill, [(number(element, "cx"), number(element, "cy"))], "a disc")
        elif kind == "text":
            place = (number(element, "x"), number(element, "y") - 4)
            # A text that begins or ends at its point: look inside it.
            beside = {"middle": 0, "end": -5}.get(element.get("text-anchor"), 5)
            demand(4.5, fill, [(place[0] + beside, place[1])], f"the text {element.text!r}")
        elif kind == "defs":
            strokes = [line.get("stroke") for line in element.iter(f"{SVG}path")]
            panel = surfaces.boxes[0][4] if surfaces.boxes else "#FBFAF5"
            if any(contrast(stroke, panel) < 3 for stroke in strokes):
                problems.append(f"F2: {name}: the hatching is too pale")
    return problems


# F3


def texts(told):
    """The text alternatives in the figures."""
    problems = []
    for name in NAMES:
        file = FIGURES / f"{name}.svg"
        figure = ElementTree.parse(file).getroot()
        entry = told[name]
        if figure.findtext(f"{SVG}title") != entry["title"]:
            problems.append(f"F3: {name}: the title is not that of alt.json")
        if figure.findtext(f"{SVG}desc") != entry["desc"]:
            problems.append(f"F3: {name}: the desc is not that of alt.json")
        problems += text_says(f"{name}.svg", entry["desc"], entry["words"])
        if file.stat().st_size > LARGEST:
            problems.append(f"{name}: {file.stat().st_size} bytes, at most {LARGEST} are allowed")
        problems += contrasts(name, figure)
    return problems


def text_says(where, text, words):
    problems = []
    if len(text) < SHORTEST_TEXT:
        problems.append(f"F3: {where}: the text alternative {text!r} is too short")
    missing = [word for word in words if word.lower() not in text.lower()]
    if missing:
        problems.append(f"F3: {where}: the text alternative does not say: {', '.join(missing)}")
    return problems


def chapters(told):
    """The text alternatives in the chapters."""
    problems, shown = [], set()
    pages = sorted(DOCS.glob("*.md"))
    for page in pages:
        text = page.read_text()
        for alt, name in re.findall(r"!\[([^\]]*)\]\[fig-([\w-]+)\]", text):
            where = f"docs/{page.name}, figure {name}"
            if name not in told:
                problems.append(f"F3: {where}: there is no such figure")
                continue
            shown.add(name)
            problems += text_says(where, " ".join(alt.split()), told[name]["words"])
            if f"\n[fig-{name}]: figures/{name}.svg\n" not in text + "\n":
                problems.append(f"F3: {where}: the link does not lead to figures/{name}.svg")
    # The chapters have numbers.
    if any(re.match(r"\d\d-", page.name) for page in pages):
        missing = [name for name in NAMES if name not in shown]
        problems += [f"F3: no chapter shows the figure {name}" for name in missing]
    return problems


# F4

LAYOUT = """
const problems = [];
for (const figure of document.querySelectorAll('svg')) {
  const say = text => problems.push(figure.id + ': ' + text);
  const view = figure.viewBox.baseVal;
  const texts = [...figure.querySelectorAll('text')];
  const boxes = texts.map(text => text.getBBox());
  const rects = [...figure.querySelectorAll('rect')].map(rect => rect.getBBox());
  const inside = (a, b, by) => a.x >= b.x + by && a.x + a.width <= b.x + b.width - by
    && a.y >= b.y && a.y + a.height <= b.y + b.height;
  texts.forEach((text, i) => {
    const box = boxes[i], words = '"' + text.textContent + '"';
    const pixels = parseFloat(getComputedStyle(text).fontSize) * figure.clientWidth / view.width;
    if (pixels < 13) say(words + ' has ' + pixels + ' pixels');
    if (!inside(box, { x: 0, y: 0, width: view.width, height: view.height }, 6))
      say(words + ' leaves the figure');
    const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    rects.forEach(rect => {
      const holds = rect.x < middle.x && middle.x < rect.x + rect.width
        && rect.y < middle.y && middle.y < rect.y + rect.height;
      const small = rect.width < 40 && rect.height < 20;
      if (holds && !small && !inside(box, rect, 2)) say(words + ' leaves its box');
      const ink = { x: box.x, y: box.y + 3, width: box.width, height: box.height - 6 };
      const apart = rect.x + rect.width <= ink.x || ink.x + ink.width <= rect.x
        || rect.y + rect.height <= ink.y || ink.y + ink.height <= rect.y;
      if (!holds && !apart) say(words + ' runs into a box');
    });
    for (let j = 0; j < i; j++) {
      const a = box, b = boxes[j], high = 2;
      if (a.x < b.x + b.width && b.x < a.x + a.width && a.y + high < b.y + b.height - high
        && b.y + high < a.y + a.height - high)
        say(words + ' overlaps "' + texts[j].textContent + '"');
    }
  });
  for (const path of figure.querySelectorAll(':scope > path')) {
    const length = path.getTotalLength();
    for (let along = 0; along <= length; along += 1) {
      const point = path.getPointAtLength(along);
      const hit = boxes.findIndex(box => box.x - 1 < point.x && point.x < box.x + box.width + 1
        && box.y + 3 < point.y && point.y < box.y + box.height - 3);
      if (hit >= 0) { say('a line crosses "' + texts[hit].textContent + '"'); break; }
    }
  }
}
document.body.textContent = JSON.stringify(problems);
"""


def chromium(browser, profile, *arguments):
    command = [
        browser,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        f"--user-data-dir={profile}",
        *arguments,
    ]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if ended.returncode != 0:
        sys.exit(f"{browser} failed: {ended.stderr.strip()}")
    return ended.stdout


def layout(browser, folder):
    """Asks the browser where the texts of all figures stand."""
    figures = []
    for name in NAMES:
        svg = (FIGURES / f"{name}.svg").read_text()
        svg = svg.replace("<svg ", f'<svg id="{name}" style="width:{PHONE}px;height:auto" ', 1)
        figures.append(svg)
    page = folder / "layout.html"
    body = "\n".join(figures)
    page.write_text(f"<!doctype html><meta charset=utf-8><body>{body}<script>{LAYOUT}</script>")
    dom = chromium(browser, folder / "profile", "--dump-dom", page.as_uri())
    answer = re.search(r"<body>(.*)</body>", dom, re.DOTALL)
    if answer is None:
        sys.exit(f"{browser} gave no answer")
    return [f"F4: {problem}" for problem in json.loads(html.unescape(answer[1]))]


def screenshots(browser, folder, target):
    target.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        figure = FIGURES / f"{name}.svg"
        view = ElementTree.parse(figure).getroot().get("viewBox").split()
        height = math.ceil(float(view[3])) + 16
        for look, ground in [("light", "#ffffff"), ("dark", "#14191f")]:
            page = folder / f"{name}.html"
            page.write_text(
                f'<!doctype html><body style="margin:0;padding:8px 0;background:{ground}">'
                f'<img src="{figure.as_uri()}" style="max-width:{PHONE}px">'
            )
            chromium(
                browser,
                folder / "profile",
                f"--window-size={PHONE},{height}",
                f"--screenshot={target / f'{name}-{look}.png'}",
                page.as_uri(),
            )


def main():
    parser = argparse.ArgumentParser(description="Checks the figures of the documentation.")
    parser.add_argument("--browser", help="the name of a Chromium: checks the layout, too")
    parser.add_argument("--screenshots", type=Path, help="where to write pictures of the figures")
    arguments = parser.parse_args()
    told = json.loads((FIGURES / "alt.json").read_text())
    problems = output_equals_files()
    if list(told) != NAMES:
        problems.append(f"alt.json names other figures: {', '.join(told)}")
    else:
        problems += texts(told) + chapters(told)
    if arguments.browser:
        with tempfile.TemporaryDirectory() as folder:
            problems += layout(arguments.browser, Path(folder))
            if arguments.screenshots:
                screenshots(arguments.browser, Path(folder), arguments.screenshots.resolve())
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
