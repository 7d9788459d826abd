#!/usr/bin/env bash
# The first command of the README, as a new user runs it: in a copy without a target folder.
# Says what it costs. Fails if it builds more crates than a newcomer should wait for.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TERM_COLOR=never
crates_at_most=50

command=$(sed -n 's/^\(cargo run --release -p registry\)  *#.*/\1/p' README.md)
[ -n "$command" ] || { echo "the README has no first command" >&2; exit 1; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
tar --exclude=./target --exclude=./.git -cf - . | tar -xf - -C "$scratch"
cd "$scratch"
export CARGO_TARGET_DIR=$scratch/target
cargo fetch --quiet
TIMEFORMAT='%U + %S seconds of processor time, %R seconds by the clock, the load included'
time $command 2> log || { cat log >&2; exit 1; }
crates=$(grep -c '^ *Compiling ' log)
echo "$crates crates compiled"
[ "$crates" -le "$crates_at_most" ] || { echo "at most $crates_at_most are meant to be" >&2; exit 1; }
