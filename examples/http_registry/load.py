#!/usr/bin/env python3
"""Measures http_registry with each of its maps: reads by wrk while flags change.

Each round starts the program anew with each map, in turns that rotate. It puts the flags,
then changes some of them at a steady rate from a process of its own, while wrk reads random
flags over connections that stay open. wrk, that process and the program share the machine.

Needs wrk (Debian: apt install wrk) and `cargo build --release -p http_registry`.
"""

import argparse
import http.client
import json
import multiprocessing
import os
import pathlib
import random
import statistics
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
MAPS = ["sync", "rwlock", "dashmap"]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    target = os.environ.get("CARGO_TARGET_DIR", HERE.parent.parent / "target")
    program = pathlib.Path(target) / "release" / "http_registry"
    parser.add_argument("--program", default=program, help="default: %(default)s")
    parser.add_argument("--rounds", type=int, default=7, help="default: %(default)s")
    parser.add_argument("--seconds", type=int, default=5, help="of reads; default: %(default)s")
    parser.add_argument("--connections", type=int, default=32, help="default: %(default)s")
    parser.add_argument("--flags", type=int, default=1000, help="default: %(default)s")
    parser.add_argument("--changes", type=int, default=100, help="a second; default: %(default)s")
    return parser.parse_args()


def put(connection, number, value):
    body = json.dumps({"value": value, "padding": "x" * 40})
    headers = {"Content-Type": "application/json"}
    connection.request("PUT", f"/v1/flags/flag-{number}", body, headers)
    answer = connection.getresponse()
    answer.read()
    assert answer.status in (200, 201), answer.status


def change(address, flags, rate, go_on, made):
    """Changes random flags at a steady rate. What is late is made up for."""
    connection = http.client.HTTPConnection(address)
    chosen = random.Random(2)
    begin = time.monotonic()
    while go_on.is_set():
        put(connection, chosen.randrange(flags), made.value)
        made.value += 1
        time.sleep(max(0, begin + made.value / rate - time.monotonic()))


def measure(options, kind):
    """One round with one map."""
    with tempfile.TemporaryDirectory() as data:
        command = [options.program, "--listen", "127.0.0.1:0", "--data", data, "--map", kind]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            return read(options, server.stdout.readline().split()[-1], server.pid)
        finally:
            server.terminate()
            server.wait()


def processor_time(process):
    """The seconds that a process has had a processor (Linux)."""
    fields = pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def read(options, url, server):
    address = url.removeprefix("http://")
    connection = http.client.HTTPConnection(address)
    for number in range(options.flags):
        put(connection, number, -1)
    go_on, made = multiprocessing.Event(), multiprocessing.Value("q", 0)
    go_on.set()
    work = (address, options.flags, options.changes, go_on, made)
    writer = multiprocessing.Process(target=change, args=work)
    writer.start()
    before, begin, worked = made.value, time.monotonic(), processor_time(server)
    result = wrk(options, url)
    result["work"] = (processor_time(server) - worked) * 1e6 / result["requests"]
    result["changes"] = (made.value - before) / (time.monotonic() - begin)
    go_on.clear()
    writer.join()
    assert result["errors"] == 0 and writer.exitcode == 0, result
    result["rate"] = result["requests"] * 1e6 / result["microseconds"]
    return result


def wrk(options, url):
    command = ["wrk", "--threads", "1", "--connections", str(options.connections)]
    command += ["--duration", f"{options.seconds}s", "--script", str(HERE / "load.lua"), url]
    environment = dict(os.environ, FLAGS=str(options.flags))
    out = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    line = next(line for line in out.stdout.splitlines() if line.startswith("RESULT "))
    return json.loads(line.removeprefix("RESULT "))


def spread(values, digits):
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{middle:,.{digits}f} ({low:,.{digits}f} to {high:,.{digits}f})"


def main():
    options = arguments()
    results = {kind: [] for kind in MAPS}
    for number in range(options.rounds):
        turn = number % len(MAPS)
        for kind in MAPS[turn:] + MAPS[:turn]:
            result = measure(options, kind)
            results[kind].append(result)
            print(
                f"round {number + 1}, {kind}: {result['rate']:,.0f} requests a second, "
                f"p99 {result['p99'] / 1000:.2f} ms, {result['work']:.2f} us of processor time "
                f"a request, {result['changes']:.0f} changes a second, "
                f"load average {os.getloadavg()[0]:.1f}",
                flush=True,
            )
    print(f"\n{os.cpu_count()} processors. Medians of {options.rounds} rounds (least to most).\n")
    print("| map | requests a second | p50, ms | p99, ms | µs of processor time a request | changes a second |")
    print("|---|---|---|---|---|---|")
    for kind, rounds in results.items():
        column = {name: [result[name] for result in rounds] for name in rounds[0]}
        p50, p99 = ([us / 1000 for us in column[name]] for name in ("p50", "p99"))
        cells = [spread(column["rate"], 0), spread(p50, 2), spread(p99, 2), spread(column["work"], 2)]
        print(f"| `{kind}` | {' | '.join(cells)} | {spread(column['changes'], 0)} |")


if __name__ == "__main__":
    main()
