#!/usr/bin/env bash
# The tests on 32 bits, where an address, a length and a counter of the map's have
# half the room:
#
#     tests/thirty_two_bits.sh
#     tests/thirty_two_bits.sh --test linearizable    # or what else cargo test takes
#
# Ends non-zero if a test fails. Needs a std for i686-unknown-linux-gnu beside the
# compiler, and a C compiler that links with -m32 (in Debian: gcc-multilib). RUSTC,
# RUSTDOC and CARGO may name a toolchain other than the usual. From 1.85 on any will
# do.
set -euo pipefail
cd "$(dirname "$0")/.."
source tests/common/old_compiler.sh
export CARGO_TERM_COLOR=never CARGO_INCREMENTAL=0
target=i686-unknown-linux-gnu
# A target directory of its own, below what is set.
CARGO_TARGET_DIR=$(realpath -m "${CARGO_TARGET_DIR:-target}/thirty-two")
export CARGO_TARGET_DIR

libraries=$("${RUSTC:-rustc}" --print target-libdir --target "$target")
[ -d "$libraries" ] || { echo "the compiler has no std for $target" >&2; exit 1; }

copy_for_old_compiler "$CARGO_TARGET_DIR/crate"
cd "$CARGO_TARGET_DIR/crate"
# Without arguments all that the oldest compiler can build, but not the examples of the
# documentation: they are compiled for the target, and test no more of the map there.
[ $# -gt 0 ] || set -- --workspace --exclude choose --tests
"${CARGO:-cargo}" test --target "$target" --no-fail-fast "$@"
