#!/usr/bin/env bash
# Nothing of the stories is in an ordinary build: a program has no function of `sync::…::story`,
# and none that is there to call one. Hooks for stories stand on the paths of the map, also on
# those of look-ups, so they must be nothing.
#
#     tests/no_stories.sh
set -euo pipefail
cd "$(dirname "$0")/.."
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")

# The symbols of a program, one a line.
symbols() { nm -C "$1"; }
# Those of stories: `sync::real::story::looked`, `Locked<K, V>::tell`, `Table<K, V>::told`.
of_stories() { grep -E '\bsync::[a-z]+::story\b|readmostly::.*::(tell|told)\b' || [ $? = 1 ]; }

cargo build --quiet --release -p registry
all=$(symbols "$target/release/registry")
# Without symbols of the crate at all, this check would find nothing in any program.
grep -q 'readmostly::' <<< "$all" || { echo "the program has no symbols of the crate" >&2; exit 1; }
# What stands for a hook that is left must be found.
planted='0000000000001000 t readmostly::sync::real::story::looked'
[ "$(of_stories <<< "$planted")" = "$planted" ] || { echo "this check finds nothing" >&2; exit 1; }

found=$(of_stories <<< "$all")
[ -z "$found" ] || { echo "of stories, in an ordinary build:" >&2; echo "$found" >&2; exit 1; }
echo "none of $(wc -l <<< "$all") symbols is of a story"
