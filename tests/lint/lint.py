"""Runs one lint rule on the tree, or on planted trees that it must refuse.

    lint.py RULE [KEY=VALUE ...]             check the tree at the repository's root
    lint.py RULE --planted [KEY=VALUE ...]   prove that the rule can fail

A rule is a module rules/RULE.py with

    check(root, options)  -> a list of faults, each "path:line: what is wrong"
    CLEAN                 {path: text}: a small tree that has no fault
    PLANTED               {why: ({path: text}, words)}: CLEAN with these files has a fault whose
                          text holds the words

The rules hold what no compiler does: STYLE of the code, layers, what leaves the library.
"""

import importlib
import pathlib
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def plant(root, files):
    """Writes files below root; one with a `#!` can be executed, unless it is told (text, mode)."""
    for path, text in files.items():
        text, mode = text if isinstance(text, tuple) else \
            (text, 0o755 if text.startswith("#!") else 0o644)
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        target.chmod(mode)


def faults_of(rule, files, options):
    """What the rule says about a tree of these files alone."""
    with tempfile.TemporaryDirectory(prefix="consent-lint.") as directory:
        root = pathlib.Path(directory)
        plant(root, files)
        return rule.check(root, options)


def check_planted(rule, options):
    """Whether the rule passes what is clean and catches everything planted."""
    good = True
    for fault in faults_of(rule, rule.CLEAN, options):
        print(f"the clean tree is refused: {fault}")
        good = False
    for why, (files, words) in rule.PLANTED.items():
        faults = faults_of(rule, {**rule.CLEAN, **files}, options)
        caught = any(words in fault for fault in faults)
        print(f"{'caught' if caught else 'NOT CAUGHT'}: {why}")
        if not caught:
            print("".join(f"    said instead: {fault}\n" for fault in faults), end="")
            good = False
    return good


def main(arguments):
    names = [a for a in arguments if "=" not in a and a != "--planted"]
    if len(names) != 1:
        sys.exit(__doc__)
    options = dict(a.split("=", 1) for a in arguments if "=" in a)
    rule = importlib.import_module("rules." + names[0])
    if "--planted" in arguments:
        sys.exit(0 if check_planted(rule, options) else 1)
    faults = rule.check(ROOT, options)
    for fault in faults:
        print(fault)
    print(f"{names[0]}: {len(faults)} faults" if faults else f"{names[0]}: clean")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    main(sys.argv[1:])
