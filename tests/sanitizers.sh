#!/usr/bin/env bash
# The tests under AddressSanitizer with LeakSanitizer (asan), ThreadSanitizer
# (tsan), or valgrind's memcheck (valgrind):
#
#     tests/sanitizers.sh asan
#
# Ends non-zero on any finding. asan and tsan need a nightly toolchain and nothing
# else: the standard library is the one that comes with it, not instrumented.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TERM_COLOR=never CARGO_INCREMENTAL=0
target=$(rustc -vV | sed -n 's/^host: //p')
mode=${1:?asan, tsan or valgrind}
# Each has a target directory of its own, below what is set.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/$mode"

# A mode's skips are names of tests; one that is there no more should not stay.
skips() {
    for name in "$@"; do
        grep -qrs "fn $name()" tests/*.rs || { echo "no test $name to skip" >&2; exit 1; }
        printf -- '--skip\n%s\n' "$name"
    done
}

asan() {
    local skipped=(
        # Leaks on purpose.
        a_drain_that_is_leaked_leaks_the_rest_and_the_map_is_empty_all_the_same
    )
    mapfile -t skipped < <(skips "${skipped[@]}")
    export RUSTFLAGS="-Zsanitizer=address" ASAN_OPTIONS="detect_leaks=1:detect_stack_use_after_return=1"
    # The tests of a program run the program.
    cargo +nightly build --target "$target" --examples
    cargo +nightly test --target "$target" --tests --no-fail-fast -- "${skipped[@]}"
}

# What ThreadSanitizer does not see here:
# - Fences. crossbeam-epoch does without them where they matter, when it is built
#   for ThreadSanitizer (crossbeam-rs/crossbeam#663).
# - What std itself does with atomics: see tests/tsan.supp.
tsan() {
    local tests=(
        across_keys beyond_go dropped_exactly_once go_tests no_deadlock odd_places
        panics reads_do_not_wait reclamation shapes soak
    )
    # std's atomics are not instrumented, hence the other flag.
    export RUSTFLAGS="-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer"
    export TSAN_OPTIONS="suppressions=$PWD/tests/tsan.supp"
    cargo +nightly test --target "$target" --no-fail-fast "${tests[@]/#/--test=}"
}

# Small suites: memcheck runs one thread at a time, some thirty times slower.
# "Still reachable" is what waits for the end of the process: garbage in the
# epoch's queue, its records of threads, and std's own.
memcheck() {
    local tests=(go_tests no_gaps reclamation dropped_exactly_once)
    export CARGO_TARGET_${target//-/_}_RUNNER=
    local runner="valgrind --quiet --leak-check=full --errors-for-leak-kinds=definite,indirect,possible --show-leak-kinds=definite,indirect,possible --error-exitcode=1"
    local name=${target//-/_}
    export "CARGO_TARGET_${name^^}_RUNNER=$runner"
    cargo test --target "$target" --no-fail-fast "${tests[@]/#/--test=}"
}

case $mode in
    asan) asan ;;
    tsan) tsan ;;
    valgrind) memcheck ;;
    *) echo "asan, tsan or valgrind, not $mode" >&2; exit 2 ;;
esac
