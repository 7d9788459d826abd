#!/usr/bin/env bash
# A guard that a spawned task holds across an `.await` is one error, which names the marker. The
# error that docs/async.md prints is the one that its program has.
#
#     tests/errors.sh
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TERM_COLOR=never CARGO_INCREMENTAL=0

CARGO_TARGET_DIR=$(realpath -m "${CARGO_TARGET_DIR:-target}/errors-test")
export CARGO_TARGET_DIR
# Outside this repository, as cargo would take it for a member of the workspace.
program=$(mktemp -d)
trap 'rm -rf "$program"' EXIT
mkdir -p "$program/src/bin"
cat > "$program/Cargo.toml" <<TOML
[package]
name = "program"
version = "0.0.0"
edition = "2024"

[dependencies]
readmostly = { path = "$PWD" }
tokio = { version = "1", features = ["macros", "rt-multi-thread"] }

[workspace]
TOML

tried=0
# What a task does before and after an await: the name of the case, and its statements.
rejected() {
    cat > "$program/src/bin/$1.rs" <<RUST
#![allow(unused)]
use readmostly::{Ref, SyncMap, SyncSet};
use std::sync::Arc;

type Map = SyncMap<String, Arc<u32>>;
fn spawn<F: Future + Send + 'static>(_: F) {}
async fn wait() {}
async fn handler(map: Arc<Map>, set: Arc<SyncSet<String>>) {
    $2
}
fn main() {
    spawn(handler(Arc::default(), Arc::default()));
}
RUST
    if cargo check --quiet --manifest-path "$program/Cargo.toml" --bin "$1" 2> "$program/said"; then
        echo "$1: it compiles" >&2
        exit 1
    fi
    local errors named
    errors=$(grep -c '^error' "$program/said" || true)
    named=$(grep -c 'is not implemented for .*AGuardStaysOnItsThread' "$program/said" || true)
    # The second line says that the program could not be compiled.
    if [ "$errors" -ne 2 ] || [ "$named" -ne 1 ]; then
        cat "$program/said" >&2
        echo "$1: $((errors - 1)) errors, $named of them name the marker" >&2
        exit 1
    fi
    tried=$((tried + 1))
}

rejected ref 'let found = map.get("a"); wait().await; drop(found);'
rejected part 'let part = map.get("a").map(|found| Ref::map(found, |n| &**n)); wait().await; drop(part);'
rejected pinned 'let pinned = map.pin(); wait().await; drop(pinned);'
rejected under_a_pin 'let pinned = map.pin(); let found = pinned.get("a"); wait().await; drop(found);'
rejected iterator 'let iter = map.iter(); wait().await; drop(iter);'
rejected item 'for key in map.keys() { wait().await; drop(key); }'
rejected removal 'let mut gone = map.extract_if(|_, _| true); wait().await; drop(gone);'
rejected scrutinee 'match map.insert("a".into(), Arc::new(1)).is_some() { true => wait().await, _ => {} }'
rejected dropped_too_late 'let pinned = map.pin(); let n = pinned.len(); wait().await; drop(pinned);'
rejected set 'let found = set.get("a"); wait().await; drop(found);'
rejected pinned_set 'let pinned = set.pin(); wait().await; drop(pinned);'
echo "$tried programs, one error each"

# The first block of docs/async.md with this fence.
block() {
    sed -n "/^\`\`\`$1\$/,/^\`\`\`\$/p" docs/async.md | sed '1d; /^```$/,$d'
}
# Line breaks and indentation aside: the page breaks long lines.
words() { tr -s ' \n' ' '; }

block compile_fail > "$program/src/main.rs"
if cargo check --quiet --manifest-path "$program/Cargo.toml" --bin program 2> "$program/said"; then
    echo "docs/async.md: the program compiles" >&2
    exit 1
fi
said=$(words < "$program/said")
# Two parts: a note is left out between them.
first=$(block text | sed '/^note: /,$d' | words)
second=$(block text | sed -n '/^note: /,$p' | words)
for part in "$first" "$second"; do
    if [ "${#part}" -lt 100 ] || [[ "$said" != *"$part"* ]]; then
        cat "$program/said" >&2
        echo "docs/async.md prints another error: $part" >&2
        exit 1
    fi
done
echo "docs/async.md prints the error of its program"
