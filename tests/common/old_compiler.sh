# For the scripts that source it: a copy of the crate that the oldest supported
# compiler can test, as some of what only benchmarks and examples need is newer.

# Copies the crate to the folder named, and takes back what is too new.
copy_for_old_compiler() {
    local folder=$1
    mkdir -p "$folder"
    # What was copied before may have been deleted since.
    find "$folder" -mindepth 1 -maxdepth 1 -exec rm -rf {} +
    tar --exclude=./target --exclude=./.git -cf - . | tar -xf - -C "$folder"
    # The benchmarks' own: 0.8 needs Rust 1.86.
    sed -i '/^criterion = /d' "$folder/Cargo.toml"
    # An example's: later ones are written in a newer Rust than they say.
    (cd "$folder" && "${CARGO:-cargo}" update --quiet comfy-table --precise 7.1.4)
}

# Finds a compiler of the version named, and sets what makes cargo use it: RUSTC, if that is
# set already; or rustup's, which it installs; or Debian's, which it unpacks into the folder
# named and does not install. Fails where there is none of the three.
find_old_compiler() {
    local version=$1 folder=$2
    [ -z "${RUSTC:-}" ] || return 0
    if command -v rustup > /dev/null &&
        rustup toolchain install "$version" --profile minimal > /dev/null 2>&1; then
        export RUSTUP_TOOLCHAIN=$version
        return 0
    fi
    unpack_debians_compiler "$version" "$folder" || return 1
    RUSTC=$folder/usr/bin/rustc RUSTDOC=$folder/usr/bin/rustdoc
    LD_LIBRARY_PATH=$folder/usr/lib:$folder/usr/lib/$(uname -m)-linux-gnu
    export RUSTC RUSTDOC LD_LIBRARY_PATH
}

unpack_debians_compiler() {
    local version=$1 folder=$2 full archive
    command -v apt-get > /dev/null && command -v dpkg > /dev/null || return 1
    full=$(apt-cache madison rustc-web | awk -v v="$version." 'index($3, v) == 1 { print $3; exit }')
    [ -n "$full" ] || return 1
    mkdir -p "$folder"
    (cd "$folder" && apt-get download "rustc-web=$full" "libstd-rust-web-dev=$full" \
        "libstd-rust-web-$version=$full" libllvm19) > /dev/null 2>&1 || return 1
    for archive in "$folder"/*.deb; do
        dpkg -x "$archive" "$folder"
    done
}
