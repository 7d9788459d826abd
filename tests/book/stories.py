#!/usr/bin/env python3
"""Writes the stories that the book shows, from the models. `--check`: compares them.

A story stands between two comments:

    <!-- story: two_maps::two_misses_promote_together => 1, 2 → read{a:1 b:2} len 2 ; with: waits -->
    <!-- /story -->

The model is one of `cargo loom`, or `epoch/FILE::NAME` of `cargo loom-epoch`. Without `=>` the
first outcome is told. `with:` is `STORY_WITH` in `tests/loom/stories/mod.rs`. `mutant NAME` is
the story that a planted bug's red model prints.

Between `<!-- walkthrough -->` and `<!-- /walkthrough -->` stands what the walkthrough prints.
"""

import glob
import json
import os
import re
import subprocess
import sys

SUITES = {
    "loom": ["--cfg", "loom"],
    "loom_epoch": ["--cfg", "loom", "--cfg", "crossbeam_loom", "--cfg", "crossbeam_sanitize"],
}
STORY = re.compile(r"(<!-- story: (.*?) -->\n)(.*?)(<!-- /story -->)", re.S)
WALKTHROUGH = re.compile(r"(<!-- walkthrough -->\n)(.*?)(<!-- /walkthrough -->)", re.S)
programs = {}
told = {}


def program(suite):
    """The test program of a suite, built."""
    if suite not in programs:
        flags = json.dumps(SUITES[suite])
        target = "target/" + suite.replace("_", "-")
        command = ["cargo", "--config", f"build.rustflags={flags}", "test", "--profile", "loom"]
        command += ["--target-dir", target, "--test", suite, "--no-run"]
        command += ["--message-format=json"]
        environment = {k: v for k, v in os.environ.items() if "RUSTFLAGS" not in k}
        built = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=environment)
        messages = map(json.loads, built.stdout.splitlines())
        found = [m["executable"] for m in messages if m.get("executable")]
        programs[suite] = found[-1]
    return programs[suite]


def of_a_model(model, parts):
    """The outcomes of a model, and the story of each."""
    if (model, parts) not in told:
        suite, test = ("loom_epoch", model[6:]) if model.startswith("epoch/") else ("loom", model)
        environment = dict(os.environ, STORIES="text", STORY_WITH=parts)
        command = [program(suite), "--exact", test, "--nocapture"]
        run = subprocess.run(command, capture_output=True, text=True, env=environment)
        if run.returncode or "1 passed" not in run.stdout:
            sys.exit(f"{model} does not pass:\n{run.stdout}{run.stderr}")
        blocks = re.findall(r"^(\S.* → .*)\n\n((?:      .*\n|\s*\d+  .*\n)+)", run.stdout, re.M)
        told[model, parts] = dict(reversed(blocks))
    return told[model, parts]


def run_mutants(names):
    """The stories that the red models of these mutants print. They are built in one run."""
    files = {}
    for name in names:
        found = [os.path.basename(p)[:-6] for p in glob.glob(f"tests/mutants/{name}-*.patch")]
        if len(found) != 1:
            sys.exit(f"mutant {name}: {found}")
        files[name] = found[0]
    command = ["cargo", "run", "--quiet", "--release", "-p", "mutants", "--", *files.values()]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=bool(files))
    for name, file in files.items():
        with open(f"target/mutants/{file}.log") as log:
            text = log.read()
        story = text.split("The schedule that led to this:\n\n", 1)
        if len(story) < 2:
            sys.exit(f"mutant {name} prints no story")
        told[name] = story[1].split("\nagain:", 1)[0]


def story(what):
    if what.startswith("mutant "):
        return told[what.split()[1]]
    what, _, parts = what.partition(" ; with: ")
    model, _, outcome = what.partition(" => ")
    outcomes = of_a_model(model.strip(), parts.strip())
    for one in outcomes:
        if one.removesuffix("  (with an old value)") == (outcome.strip() or one):
            return outcomes[one]
    sys.exit(f"{model}: no such outcome, or no such steps: {outcome} {parts}\n{list(outcomes)}")


def main():
    check = sys.argv[1:] == ["--check"]
    differs = []
    pages = {}
    for path in sorted(glob.glob("docs/*.md")):
        with open(path) as file:
            pages[path] = file.read()
    whats = [what for page in pages.values() for _, what, _, _ in STORY.findall(page)]
    run_mutants(sorted({what.split()[1] for what in whats if what.startswith("mutant ")}))
    for path, before in pages.items():
        block = lambda m: f"{m[1]}```text\n{story(m[2]).rstrip()}\n```\n{m[4]}"
        after = STORY.sub(block, before)
        # A test of the walkthrough compares this file with what it prints.
        with open("examples/walkthrough/tests/built_in.out") as file:
            printed = f"```text\n{file.read().rstrip()}\n```\n"
        after = WALKTHROUGH.sub(lambda m: m[1] + printed + m[3], after)
        if after != before:
            differs.append(path)
            if not check:
                with open(path, "w") as file:
                    file.write(after)
    if check and differs:
        sys.exit(f"stories that the models do not print any more: {', '.join(differs)}")
    print(f"{len(told)} models and mutants told the stories of the book")


if __name__ == "__main__":
    main()
