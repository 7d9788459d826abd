#!/usr/bin/env bash
# Each exercise of the book is red until it is solved, and green with its solution.
#
#     tests/book/exercises.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
export CARGO_TERM_COLOR=never RUST_BACKTRACE=0

# The tests and how each of them ended, one a line: `chapter_03::name FAILED`.
ended() {
    sed -n 's/^test \(chapter_[0-9]*::[^ ]*\) \.\.\. \(ok\|FAILED\)$/\1 \2/p' "$1" | sort
}

output=$(mktemp)
trap 'rm -f "$output"' EXIT

echo "the solutions are green"
cargo test -p exercises --features solutions > "$output" 2>&1 || { cat "$output"; exit 1; }
green=$(ended "$output")

echo "without them each test is red"
if cargo test -p exercises --no-fail-fast > "$output" 2>&1; then
    cat "$output"
    exit 1
fi
red=$(ended "$output")
# The parts of the output that name a todo!(): one part a test.
unsolved=$(awk '/^---- .* stdout ----$/ { seen = 0 }
    /^not yet implemented/ && !seen++ { parts++ }
    END { print parts + 0 }' "$output")

if [ -z "$green" ] || [ "$(sed "s/ ok\$/ FAILED/" <<< "$green")" != "$red" ]; then
    printf 'not the same tests, or not all of them are red:\n%s\n\n%s\n' "$green" "$red" >&2
    exit 1
fi
tests=$(wc -l <<< "$red")
if [ "$unsolved" != "$tests" ]; then
    echo "$tests tests are red, but $unsolved because of a todo!()" >&2
    exit 1
fi
for chapter in 01 02 03 04 05 06 07 08 09 10 11; do
    grep -q "^chapter_$chapter::" <<< "$red" || { echo "no test of chapter $chapter" >&2; exit 1; }
done
echo "$tests tests in 11 chapters"
