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
