"""Words that nothing in the tree may hold: unfinished work, paths of one machine, stray bytes."""

import re

import tree

UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK|WI" r"P|st" r"ub)\b")
MACHINE = re.compile(r"(?<![\w.$}])/(wo" r"rk|ro" r"ot|home/\w+)/|/tm" r"p/wt\b")
BINARY = (".bin", ".png", ".mdb", ".gz")


def check(root, options):
    faults = []
    for path in tree.files(root):
        if path.endswith(BINARY) or path.startswith(("tests/golden/", "tests/fuzz/corpus/")):
            continue
        try:
            source = tree.text(root, path)
        except UnicodeDecodeError:
            faults.append(f"{path}:1: is not UTF-8")
            continue
        if source and not source.endswith("\n"):
            faults.append(f"{path}:1: has no newline at its end")
        for number, line in tree.lines(source):
            if UNFINISHED.search(line):
                faults.append(f"{path}:{number}: unfinished: {UNFINISHED.search(line).group(0)}")
            if MACHINE.search(line):
                faults.append(f"{path}:{number}: a path of one machine: {MACHINE.search(line).group(0)}")
            if line.rstrip() != line:
                faults.append(f"{path}:{number}: space at the end of the line")
    return faults


CLEAN = {
    "a.c": "/* A hackney of methods: mkdtemp(\"/tmp/x.XXXXXX\"), $X/wo" "rk/, todo. */\n",
    "b.md": "The path of a cookie, e.g. /account/, or /run/consentd.\n",
}

PLANTED = {
    "something to be done": ({"a.c": "/* TO" "DO: later */\n"}, "unfinished"),
    "something to be fixed": ({"x.yaml": "# FIX" "ME\n"}, "unfinished"),
    "a home directory": ({"x.sh": "cd /ro" "ot/consentd\n"}, "a path of one machine"),
    "a working directory": ({"x.md": "see /wo" "rk/consentd\n"}, "a path of one machine"),
    "no newline at the end": ({"x.md": "x"}, "no newline"),
    "space at the end of a line": ({"x.md": "x \n"}, "space at the end"),
}
