#!/usr/bin/env python3
"""Each web program starts, says where it listens, answers, and ends at Ctrl-C.

    tests/programs.py

`replicated_registry -- --demo` needs `nats-server`.
"""

import os
import pathlib
import select
import signal
import subprocess
import sys
import urllib.request

# The package, its arguments behind a port of its own, and a path that is answered with 200.
PROGRAMS = [
    ("http_registry", ["--listen", "127.0.0.1:0", "--data", "target/programs"], "/healthz"),
    ("replicated_registry", ["--demo"], "/metrics"),
    ("sessions", ["--listen", "127.0.0.1:0"], "/count"),
    ("response_cache", ["--listen", "127.0.0.1:0"], "/a"),
]
PATIENCE = 60


def first_line(program):
    """The first line of its output. A program that says nothing is a failure, and no hang."""
    ready, _, _ = select.select([program.stdout], [], [], PATIENCE)
    return program.stdout.readline() if ready else ""


def mistake(program, path):
    """What is wrong with a program that runs, if anything is."""
    line = first_line(program)
    if not line.startswith("listening on http://"):
        return f"its first line is {line!r}"
    address = line.split()[2].rstrip(",")
    with urllib.request.urlopen(address + path, timeout=PATIENCE) as answer:
        if answer.status != 200:
            return f"{path} is answered with {answer.status}"
    program.send_signal(signal.SIGINT)
    code = program.wait(PATIENCE)
    return f"it ended with {code}" if code else None


def main():
    wrong = 0
    # As the tests are built, which have built the programs already.
    build = ["cargo", "test", "--quiet", "--no-run", "--tests", "-p", "web"]
    for name, _, _ in PROGRAMS:
        build += ["-p", name]
    subprocess.run(build, check=True)
    programs = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", "target")) / "debug"
    for name, arguments, path in PROGRAMS:
        command = [programs / name, *arguments]
        program = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            why = mistake(program, path)
        except (OSError, subprocess.TimeoutExpired) as problem:
            why = str(problem)
        finally:
            program.kill()
            program.wait()
        print(f"{name}: {why or 'starts, answers and ends'}")
        wrong += bool(why)
    sys.exit(wrong)


if __name__ == "__main__":
    main()
