#!/usr/bin/env python3
"""Writes the stories that the book shows, from the models. `--check`: compares them.
`--stepper DIR`: writes those that the stepper shows to a folder, too.

A story stands between two comments:

    <!-- story: two_maps::two_misses_promote_together => 1, 2 → read{a:1 b:2} len 2 ; with: waits -->
    <!-- /story -->

The model is one of `cargo loom`, or `epoch/FILE::NAME` of `cargo loom-epoch`. Without `=>` the
first outcome is told. `with:` is `STORY_WITH` in `tests/loom/stories/mod.rs`. `mutant NAME` is
the story that a planted bug's red model prints.

Between `<!-- walkthrough -->` and `<!-- /walkthrough -->` stands what the walkthrough prints.
"""

import argparse
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
printed = {}


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


def run_model(model, form, parts):
    """What a model that passes prints."""
    suite, test = ("loom_epoch", model[6:]) if model.startswith("epoch/") else ("loom", model)
    environment = dict(os.environ, STORIES=form, STORY_WITH=parts)
    command = [program(suite), "--exact", test, "--nocapture"]
    run = subprocess.run(command, capture_output=True, text=True, env=environment)
    if run.returncode or "1 passed" not in run.stdout:
        sys.exit(f"{model} does not pass:\n{run.stdout}{run.stderr}")
    return run.stdout


def of_a_model(model, parts):
    """The outcomes of a model, and the story of each."""
    if (model, parts) not in told:
        printed = run_model(model, "text", parts)
        blocks = re.findall(r"^(\S.* → .*)\n\n((?:      .*\n|\s*\d+  .*\n)+)", printed, re.M)
        told[model, parts] = dict(reversed(blocks))
    return told[model, parts]


def run_mutants(names):
    """What the red models of these mutants print. They are built in one run."""
    files = {}
    for name in names:
        found = [os.path.basename(p)[:-6] for p in glob.glob(f"tests/mutants/{name}-*.patch")]
        if len(found) != 1:
            sys.exit(f"mutant {name}: {found}")
        files[name] = found[0]
    command = ["cargo", "run", "--quiet", "--release", "-p", "mutants", "--", *files.values()]
    environment = dict(os.environ, STORIES="json")
    subprocess.run(command, stdout=subprocess.DEVNULL, check=bool(files), env=environment)
    for name, file in files.items():
        with open(f"target/mutants/{file}.log") as log:
            printed[name] = log.read()


def of_a_mutant(name):
    story = printed[name].split("The schedule that led to this:\n\n", 1)
    if len(story) < 2:
        sys.exit(f"mutant {name} prints no story")
    return story[1].split("\nagain:", 1)[0]


def for_a_program(text, what):
    """The story in what a model prints, for a program to read."""
    found = re.search(r'^\{"model":.*$', text, re.M)
    if not found or not json.loads(found[0])["outcomes"]:
        sys.exit(f"no story of {what}")
    return found[0] + "\n"


def scenarios():
    """The scenarios of the stepper: name, model, mutant or none, what a schedule must have."""
    with open("examples/stepper/page/scenarios.txt") as file:
        for part in re.split(r"^== ", file.read(), flags=re.M)[1:]:
            name, *lines = part.splitlines()
            fields = [line.partition(": ") for line in lines]
            of = lambda field: [value for key, _, value in fields if key == field]
            withs = [value.partition(" => ")[0] for value in of("with")]
            yield name, of("model")[0], (of("mutant") or [None])[0], withs


def write_for_stepper(folder):
    """NAME.json has a schedule for each outcome, NAME.with-1.json those with the first `with`,
    NAME.broken.json the red one of the planted bug."""
    os.makedirs(folder, exist_ok=True)
    for name, model, mutant, withs in scenarios():
        files = {name: run_model(model, "json", "")}
        for number, parts in enumerate(withs, 1):
            files[f"{name}.with-{number}"] = run_model(model, "json", parts)
        if mutant:
            files[f"{name}.broken"] = printed[mutant]
        for file, text in files.items():
            with open(os.path.join(folder, file + ".json"), "w") as out:
                out.write(for_a_program(text, file))


def story(what):
    if what.startswith("mutant "):
        return of_a_mutant(what.split()[1])
    what, _, parts = what.partition(" ; with: ")
    model, _, outcome = what.partition(" => ")
    outcomes = of_a_model(model.strip(), parts.strip())
    for one in outcomes:
        if one.removesuffix("  (with an old value)") == (outcome.strip() or one):
            return outcomes[one]
    sys.exit(f"{model}: no such outcome, or no such steps: {outcome} {parts}\n{list(outcomes)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--stepper", metavar="DIR")
    arguments = parser.parse_args()
    differs = []
    pages = {}
    for path in sorted(glob.glob("docs/*.md")):
        with open(path) as file:
            pages[path] = file.read()
    whats = [what for page in pages.values() for _, what, _, _ in STORY.findall(page)]
    mutants = {what.split()[1] for what in whats if what.startswith("mutant ")}
    if arguments.stepper:
        mutants |= {mutant for _, _, mutant, _ in scenarios() if mutant}
    run_mutants(sorted(mutants))
    if arguments.stepper:
        write_for_stepper(arguments.stepper)
    for path, before in pages.items():
        block = lambda m: f"{m[1]}```text\n{story(m[2]).rstrip()}\n```\n{m[4]}"
        after = STORY.sub(block, before)
        # A test of the walkthrough compares this file with what it prints.
        with open("examples/walkthrough/tests/built_in.out") as file:
            walk = f"```text\n{file.read().rstrip()}\n```\n"
        after = WALKTHROUGH.sub(lambda m: m[1] + walk + m[3], after)
        if after != before:
            differs.append(path)
            if not arguments.check:
                with open(path, "w") as file:
                    file.write(after)
    if arguments.check and differs:
        sys.exit(f"stories that the models do not print any more: {', '.join(differs)}")
    print(f"{len(told)} models and {len(printed)} mutants told the stories")


if __name__ == "__main__":
    main()
