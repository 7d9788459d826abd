#!/usr/bin/env bash
# The book shows what is so: its links, code, commands, citations and words. Builds the book
# (target/book) and the documentation of the crate (target/doc), which link to each other.
#
#     tests/book.sh            all checks
#     tests/book.sh tools      are the tools there that they need?
#     tests/book.sh install    installs them, on Debian, as root
#
# In CI, as root, missing tools are installed.
set -uo pipefail
cd "$(dirname "$0")/.."
source tests/common/tools.sh
export CARGO_TERM_COLOR=never CARGO_INCREMENTAL=0 PYTHONDONTWRITEBYTECODE=1
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
export CARGO_TARGET_DIR=$target
export PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"

mdbook_version=0.5.4
# A debug build: it takes half the time, and the book is small.
mdbook_install="cargo install mdbook --version $mdbook_version --locked --debug
    --no-default-features --features search"

# Each tool, and the command that installs it.
tools=(
    "python3|apt-get install -y python3"
    "pip|apt-get install -y python3-pip"
    "node|apt-get install -y nodejs"
    "playwright-core|npm install --silent --prefix $target/node playwright-core@1 axe-core@4"
    "cmark-gfm|apt-get install -y cmark-gfm"
    "chromium|apt-get install -y chromium"
    "mdbook|$mdbook_install"
)

is_there() {
    case $1 in
        # Another version writes other pages.
        mdbook) [ "$(mdbook --version 2> /dev/null)" = "mdbook v$mdbook_version" ] ;;
        playwright-core) [ -d "$target/node/node_modules/playwright-core" ] ;;
        pip) python3 -m pip --version > /dev/null 2>&1 ;;
        *) command -v "$1" > /dev/null ;;
    esac
}
need_tools "${1:-}"
[ "${1:-}" != tools ] || exit 0

passed=0 failed=0
# Runs a command, and says what it has shown.
check() {
    local what=$1 begin=$SECONDS
    shift
    if "$@"; then
        passed=$((passed + 1))
        echo "ok: $what ($((SECONDS - begin)) s)"
    else
        failed=$((failed + 1))
        echo "FAILED: $what: $*" >&2
    fi
}

# A page of private items could be left from an earlier build.
build_documentation() {
    rm -rf "$target/doc/readmostly" "$target/doc/src"
    RUSTDOCFLAGS="-D warnings" cargo doc --quiet --no-deps --all-features
}

# mdBook only warns about some mistakes.
build_book() {
    local said
    said=$(mdbook build --dest-dir "$target/book" 2>&1) || { echo "$said" >&2; return 1; }
    if grep -E 'WARN|ERROR' <<< "$said" >&2; then return 1; fi
}

# The copies of the crate that are broken here depend on what was built for the models already.
share_dependencies() {
    local copy suite
    for copy in "$target/mutants/crate/target" "$target/tour/crate/target"; do
        for suite in loom loom-epoch; do
            [ -d "target/$suite" ] && [ ! -e "$copy/$suite" ] || continue
            mkdir -p "$copy" && cp -a "target/$suite" "$copy/"
        done
    done
}
share_dependencies

# What programs write into docs/ is what they write now.
check "figures are drawn by their program, and legible" \
    python3 tests/book/figures.py --browser chromium
check "stories are those that the models print" \
    python3 tests/book/stories.py --check --stepper "$target/stepper/stories"
check "the stepper shows these stories" \
    cargo run --quiet --release -p stepper -- --data "$target/stepper/stories" --check
check "the stepper works in a browser" node tests/book/stepper_check.mjs
check "the stepper shows the states of Go" python3 tests/book/stepper_states.py

# The pages.
check "the documentation is built" build_documentation
check "definitions of links are up to date" python3 tests/book/definitions.py
check "the book is built" build_book
check "links lead somewhere, and to the same" python3 tests/book/links.py
check "three renderers show the same" python3 tests/book/renderers.py
check "the search finds Go's names" node tests/book/search.mjs "$target/book"
check "chapters have their parts" python3 tests/book/forms.py
check "code is run" python3 tests/book/blocks.py
check "commands of the book run as written" python3 tests/book/commands.py
check "Go has the lines that are cited" python3 tests/book/go.py "$target/go"
check "the glossary has the words" python3 tests/book/words.py
check "the checks find mistakes" python3 tests/book/checks_can_fail.py

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
