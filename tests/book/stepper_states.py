#!/usr/bin/env python3
"""The states of Go's sync.Map that docs/stepper.html shows: for each scenario of one thread,
tests/oracle/scenarios has what Go 1.23.9 returned and had inside after each call. The page shows
the same calls, with the same results, and the same state after each of them."""

import json
import re

from common import DOCS, ROOT, Report, name, read

PAGE = DOCS / "stepper.html"
TRACES = ROOT / "tests/oracle/scenarios"
# The kinds of steps, as the page has them.
CALL, RETURN = 0, 2
# A call of the page: the operation of the trace.
OPERATIONS = {"store": "swap", "delete": "load_and_delete"}
NEW = {"read": [], "amended": False, "dirty": None, "misses": 0}


def letter(key):
    return chr(ord("a") + key)


def table(entries):
    """A table of a trace as the page has it."""
    states = {"expunged": "X"}
    return [[letter(key), str(states.get(state, state))] for key, state in entries]


def state_of_go(line):
    dirty = None if line["dirty"] is None else table(line["dirty"])
    return table(line["read"]), line["amended"], dirty, line["misses"]


def state_shown(shown):
    """The page names the entry of a key too: another entry of the same key has another name."""

    def rows(entries):
        return [[key, p] for key, _, p in entries]

    dirty = None if shown["dirty"] is None else rows(shown["dirty"])
    return rows(shown["read"]), shown["amended"], dirty, shown["misses"]


def call_of_go(line):
    given = [letter(line["k"])] if "k" in line else []
    given += [str(line[field]) for field in ("v", "old", "new") if field in line]
    return f"{line['op']}({', '.join(given)})"


def call_shown(label):
    operation, given = label.split("(", 1)
    return f"{OPERATIONS.get(operation, operation)}({given}"


def result_of_go(line):
    """As a call of the models is told."""
    result = line["ret"]
    if line["op"] == "clear":
        return "cleared"
    if line["op"] == "compact":
        return f"purged {result}"
    if line["op"] == "range":
        return "{" + " ".join(f"{letter(key)}:{value}" for key, value in result) + "}"
    return "-" if result is None else str(result)


def differences(data, run, header, lines):
    """Yields what differs between a schedule and a trace."""
    strings, maps = data["strings"], data["maps"]
    before = lines[header["start"] - 1] if header["start"] else NEW
    shown, expected = state_shown(maps[run["start"]]), state_of_go(before)
    if shown != expected:
        yield f"starts with {shown}, and Go with {expected}"
    calls = [step for step in run["steps"] if step[1] == CALL]
    returns = [step for step in run["steps"] if step[1] == RETURN]
    lines = lines[header["start"] :]
    if not len(calls) == len(returns) == len(lines):
        yield f"{len(calls)} calls, {len(returns)} returns, and {len(lines)} of Go"
        return
    for number, (call, end, line) in enumerate(zip(calls, returns, lines), 1):
        map_after = maps[end[8]]
        for what, shown, expected in (
            ("is", call_shown(strings[call[2]]), call_of_go(line)),
            ("returns", strings[end[2]], "returns " + result_of_go(line)),
            ("leaves", state_shown(map_after), state_of_go(line)),
            ("leaves the mutex to", map_after["mutex"], None),
        ):
            if shown != expected:
                yield f"call {number} {what} {shown}, and in Go {expected}"


def main():
    report, calls = Report("states of the stepper"), 0
    block = r'<script type="application/json" id="data">(.*?)</script>'
    data = json.loads(re.search(block, read(PAGE), re.DOTALL)[1])
    traces = {trace.stem: trace for trace in TRACES.glob("*.jsonl")}
    alone = {shown["id"]: shown for shown in data["scenarios"] if shown["threads"] == 1}
    for scenario in sorted(alone.keys() - traces.keys()):
        report.wrong(name(PAGE), f"{scenario}: Go has not played it: tests/oracle/scenarios.txt")
    for scenario in sorted(traces.keys() - alone.keys()):
        report.wrong(name(traces[scenario]), "docs/stepper.html has no such scenario")
    for scenario in sorted(traces.keys() & alone.keys()):
        trace = traces[scenario]
        header, *lines = map(json.loads, read(trace).splitlines())
        if (header["format"], header["go"], header["ops"]) != (1, "go1.23.9", len(lines)):
            report.wrong(name(trace), "not a whole trace of Go 1.23.9")
            continue
        for run in alone[scenario]["runs"]:
            for difference in differences(data, run, header, lines):
                report.wrong(name(trace), f"{run['outcome']}: {difference}")
        calls += len(lines) - header["start"]
    if not calls:
        report.wrong(name(PAGE), "no call is compared")
    report.end(f"{len(alone)} scenarios, {calls} calls")


if __name__ == "__main__":
    main()
