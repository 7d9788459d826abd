#!/usr/bin/env python3
"""Compares how many executions each model explored with `tests/executions.tsv`: what is recorded
for the stories must not change what loom explores.

    cargo loom | tee models.log
    tests/executions.py loom models.log           # compares
    tests/executions.py loom models.log --write   # after a change of a model or of the map
"""

import re
import sys
from pathlib import Path

FILE = Path(__file__).with_name("executions.tsv")


def explored(log):
    """Per model: its counts, in their order. A test may explore several models."""
    counts = {}
    # On one thread, libtest has written the test's name into the line already.
    for count, model in re.findall(r"^(?:test \S+ \.\.\.)? *(\d+) executions  (\S+)$", log, re.M):
        counts.setdefault(model, []).append(count)
    return {model: " ".join(sorted(found, key=int)) for model, found in counts.items()}


def main():
    suite, log = sys.argv[1], Path(sys.argv[2]).read_text()
    rows = [line.split("\t") for line in FILE.read_text().splitlines() if line[:1] != "#"]
    head = [line for line in FILE.read_text().splitlines() if line[:1] == "#"]
    expected = {model: counts for other, model, counts in rows if other == suite}
    found = explored(log)
    if "--write" in sys.argv:
        rows = [row for row in rows if row[0] != suite]
        rows += [[suite, model, counts] for model, counts in found.items()]
        FILE.write_text("\n".join(head + ["\t".join(row) for row in sorted(rows)]) + "\n")
        return
    wrong = 0
    for model in sorted(expected.keys() | found.keys()):
        before, now = expected.get(model), found.get(model)
        if before != now:
            wrong += 1
            print(f"{model}: {before} executions before, {now} now", file=sys.stderr)
    print(f"{suite}: {len(found)} models, {wrong} with another number of executions")
    sys.exit(wrong > 0 or not found)


if __name__ == "__main__":
    main()
