#!/bin/sh
# Plays the scenarios of scenarios.txt, and writes a trace of each to a folder:
#
#   GO=path/to/go sh scenarios.sh OUTDIR
#
# Files are named SCENARIO.jsonl.
set -eu

if [ $# -ne 1 ]; then
	echo "usage: scenarios.sh OUTDIR" >&2
	exit 2
fi
here=$(dirname -- "$0")
export GOTOOLCHAIN="${GOTOOLCHAIN:-local}"

mkdir -p -- "$1"
tmp=$(mktemp -d)
trap 'rm -rf -- "$tmp"' EXIT
"${GO:-go}" build -C "$here" -o "$tmp/oracle" .
"$tmp/oracle" -scenarios "$here/scenarios.txt" "$1"
