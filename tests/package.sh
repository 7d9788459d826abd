#!/usr/bin/env bash
# The published package: what is in it, and that it is enough for those who use it. Its
# examples run, and a program that depends on it builds, from the unpacked file alone.
#
#     tests/package.sh
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TERM_COLOR=never CARGO_INCREMENTAL=0
# The book is part of it: rustdoc shows its chapters (14 files, some 70 KiB compressed) and
# its figures (11 KiB).
files_at_most=170
kib_at_most=400

# That of the checkout: what the package depends on is built there already.
CARGO_TARGET_DIR=$(realpath -m "${CARGO_TARGET_DIR:-target}")
export CARGO_TARGET_DIR
rm -f "$CARGO_TARGET_DIR"/package/*.crate
cargo package --package readmostly --no-verify --allow-dirty --quiet

archive=("$CARGO_TARGET_DIR"/package/readmostly-*.crate)
kib=$(($(wc -c < "${archive[0]}") / 1024))
files=$(tar -tzf "${archive[0]}" | wc -l)
echo "$files files, $kib KiB compressed"
if [ "$files" -gt "$files_at_most" ] || [ "$kib" -ge "$kib_at_most" ]; then
    echo "at most $files_at_most files and $kib_at_most KiB are meant to be published" >&2
    exit 1
fi
# The first name below the package's folder. Cargo adds the names that it needs itself.
wanted='^(src|docs|README\.md|CHANGELOG\.md|LICENSE-.*|Cargo\.(toml|toml\.orig|lock)|\.cargo_vcs_info\.json)$'
if tar -tzf "${archive[0]}" | cut -d/ -f2 | sort -u | grep -Ev "$wanted"; then
    echo "these are not meant to be published" >&2
    exit 1
fi

# Outside this repository, as cargo would take the package for a member of the workspace.
unpacked=$(mktemp -d)
trap 'rm -rf "$unpacked"' EXIT
mkdir -p "$unpacked/program/src"
tar -xzf "${archive[0]}" -C "$unpacked" --strip-components=1
cat > "$unpacked/program/Cargo.toml" <<'TOML'
[package]
name = "program"
edition = "2024"

[dependencies]
readmostly = { path = ".." }

[workspace]
TOML
cat > "$unpacked/program/src/main.rs" <<'RUST'
use readmostly::SyncMap;
use std::sync::LazyLock;

static TYPES: LazyLock<SyncMap<&str, &str>> = LazyLock::new(SyncMap::new);

fn main() {
    assert!(TYPES.insert("html", "text/html").is_none());
    assert_eq!(TYPES.get("html").as_deref(), Some(&"text/html"));
}
RUST
cargo run --quiet --manifest-path "$unpacked/program/Cargo.toml"
cd "$unpacked"
cargo test --doc --all-features --quiet
