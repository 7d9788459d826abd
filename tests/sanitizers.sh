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
        grep -qrs --include='*.rs' "fn $name()" tests examples || { echo "no test $name to skip" >&2; exit 1; }
        printf -- '--skip\n%s\n' "$name"
    done
}

asan() {
    local skipped=(
        # Leaks on purpose.
        a_drain_that_is_leaked_leaks_the_rest_and_the_map_is_empty_all_the_same
        # Limits the address space, of which AddressSanitizer needs terabytes.
        a_load_that_there_is_no_memory_for_is_refused
    )
    local arguments
    arguments=$(skips "${skipped[@]}")
    mapfile -t skipped <<< "$arguments"
    export RUSTFLAGS="-Zsanitizer=address" ASAN_OPTIONS="detect_leaks=1:detect_stack_use_after_return=1"
    # All but one whose allocator keeps what is freed, which is a leak here, and those of
    # other builds and of features.
    local tests=() name
    for file in tests/*.rs tests/*/main.rs; do
        name=${file#tests/} name=${name%.rs} name=${name%/main}
        case $name in
            freed_memory | counted | loom | loom_epoch | lock_stats | metrics) ;;
            *) tests+=("$name") ;;
        esac
    done
    cargo +nightly test --target "$target" --no-fail-fast "${tests[@]/#/--test=}" -- "${skipped[@]}"
    cargo +nightly test --target "$target" --no-fail-fast -p choose -p registry -- "${skipped[@]}"
}

# What ThreadSanitizer does not see here:
# - What std does with atomics: its locks, channels and scopes order nothing, so of
#   the tests with threads only those are here that do without. Under the others it
#   reports what those put in order.
# - Fences. crossbeam-epoch does without where they matter, when it is built for
#   ThreadSanitizer (crossbeam-rs/crossbeam#663); std's Arc does not.
tsan() {
    # std is built without it, hence the other flag.
    export RUSTFLAGS="-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer"
    export TSAN_OPTIONS="suppressions=$PWD/tests/tsan.supp"
    cargo +nightly test --target "$target" --test races --test reclamation
    cargo +nightly test --target "$target" --test calls reads_do_not_wait::
}

# Small suites: memcheck runs one thread at a time, some thirty times slower. What
# is "still reachable" waited for the end of the process: garbage in the epoch's
# queue and its records of threads. "Possibly lost" are the same: crossbeam-epoch
# tags its pointers, and the allocator of `shapes` gives out the inside of blocks.
memcheck() {
    local upper=${target//-/_}
    upper=${upper^^}
    export "CARGO_TARGET_${upper}_RUNNER=valgrind --quiet --leak-check=full --errors-for-leak-kinds=definite,indirect --show-leak-kinds=definite,indirect --error-exitcode=1"
    cargo test --target "$target" --no-fail-fast --test go_tests --test no_gaps --test reclamation --test shapes
}

case $mode in
    asan) asan ;;
    tsan) tsan ;;
    valgrind) memcheck ;;
    *) echo "asan, tsan or valgrind, not $mode" >&2; exit 2 ;;
esac
