#!/usr/bin/env bash
# Takes the stories that the stepper shows from the models, and writes them to a folder:
#
#   examples/stepper/stories.sh target/stepper/stories
#   examples/stepper/stories.sh target/stepper/stories two-misses    # of one scenario
#
# ID.json has one schedule for each outcome of the scenario ID, ID.with-1.json one with the text
# of its first `with`, ID.broken.json the red one of its planted bug. A bug is planted in a copy
# of the tree, under target/stepper/tree.
set -euo pipefail
folder=$(mkdir -p "$1" && cd "$1" && pwd)
only=${2-}
cd "$(dirname "$0")/../.."
root=$PWD
copy=$root/target/stepper/tree

# Prints the story of the model $2, in the tree $1. A red model ends with a failure: its story
# is what is wanted.
story() {
    (cd "$1" && STORIES=json cargo story --exact "$2" 2>"$folder/errors.txt" || true) |
        grep -o '{"model":.*' | head -1
}

# Writes what it reads to the file $1, unless it is nothing.
keep() {
    local text
    text=$(cat)
    if [ -z "$text" ]; then
        cat "$folder/errors.txt" >&2
        echo "no story for $1" >&2
        return 1
    fi
    printf '%s\n' "$text" >"$folder/$1.json"
    echo "$1: ${#text} bytes"
}

# The scenario that has just been read.
id='' model='' mutant='' withs=()
take() {
    [ -n "$id" ] || return 0
    [ -z "$only" ] || [ "$only" = "$id" ] || return 0
    story "$root" "$model" | keep "$id"
    local number=0 with
    for with in "${withs[@]}"; do
        number=$((number + 1))
        STORY_WITH=$with story "$root" "$model" | keep "$id.with-$number"
    done
    [ -n "$mutant" ] || return 0
    # The patch is taken back afterwards, so that only what it changes is built again.
    local patch=("$root"/tests/mutants/"$mutant"-*.patch)
    export GIT_CEILING_DIRECTORIES=$root/target/stepper
    (cd "$copy" && git apply "${patch[0]}")
    story "$copy" "$model" | keep "$id.broken"
    (cd "$copy" && git apply -R "${patch[0]}")
}

rm -rf "$copy"
mkdir -p "$copy"
# With a target folder of its own, which stays: cargo takes two trees for one if they share it.
mkdir -p "$copy-target"
ln -s "$copy-target" "$copy/target"
# Cargo finds the configuration of the tree around it, and would add a second one to that.
git ls-files -z | grep -zv '^\.cargo/' | xargs -0 cp --parents -t "$copy"
while IFS= read -r line <&3; do
    case $line in
        '== '*) take; id=${line#== } model='' mutant='' withs=() ;;
        'model: '*) model=${line#model: } ;;
        'mutant: '*) mutant=${line#mutant: } ;;
        'with: '*) line=${line#with: }; withs+=("${line%% => *}") ;;
    esac
done 3<examples/stepper/page/scenarios.txt
take
