#!/usr/bin/env bash
# The oldest compiler that Cargo.toml names: the library with every feature and with
# none, the programs, and all tests are built, without a warning. Not `choose`: one of
# the maps that it compares needs a newer compiler.
#
#     tests/msrv.sh
#     tests/msrv.sh run        # the tests, too
#     tests/msrv.sh library    # the library alone
#
# RUSTC, RUSTDOC and CARGO may name a toolchain of that version. Otherwise it is rustup's, or
# Debian's (package rustc-web). Where none can be had, the script says that this version is
# untested, and ends well.
set -euo pipefail
cd "$(dirname "$0")/.."
source tests/common/old_compiler.sh
version=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
export CARGO_TERM_COLOR=never CARGO_INCREMENTAL=0 RUSTFLAGS="-D warnings"
# A target directory of its own, below what is set.
CARGO_TARGET_DIR=$(realpath -m "${CARGO_TARGET_DIR:-target}/msrv")
export CARGO_TARGET_DIR

if ! find_old_compiler "$version" "$CARGO_TARGET_DIR/compiler"; then
    echo "Rust $version is untested: neither rustup nor Debian's packages bring it here"
    exit
fi
found=$("${RUSTC:-rustc}" --version)
case $found in
    "rustc $version."*) ;;
    *) echo "this is $found, not $version" >&2; exit 1 ;;
esac

copy_for_old_compiler "$CARGO_TARGET_DIR/crate"
cd "$CARGO_TARGET_DIR/crate"
"${CARGO:-cargo}" build --lib
if [ "${1:-}" = library ]; then
    "${CARGO:-cargo}" build --lib --all-features
    exit
fi
"${CARGO:-cargo}" test --workspace --exclude choose --all-features --tests --no-run
if [ "${1:-}" = run ]; then
    "${CARGO:-cargo}" test --workspace --exclude choose --all-features --tests
fi
