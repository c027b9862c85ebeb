"""Where things are: nothing stray at the top, a CMakeLists.txt and a README where they belong,
and one name for one operation everywhere."""

import re

import tree

TOP = {"daemon", "client", "proto", "tests", "packaging", "CMakeLists.txt", "README.md",
       "CMakePresets.json", "LICENSE"}
PROGRAMS = {"consentd": "packaging/man/consentd.8.scd", "consentctl": "packaging/man/consentctl.1.scd"}
# What an operation must have. The rest of its places depends on the operation: the library and
# the CLI join some of them under one verb.
PLACES = ("proto/message/{}.h", "daemon/op/{}.c", "tests/daemon/op/test_{}.c")


def check(root, options):
    faults = []
    for path in sorted(p.name for p in root.iterdir()):
        if path not in TOP and not path.startswith(".") and path not in tree.SKIPPED:
            faults.append(f"{path}:1: does not belong at the top")
    for program, page in PROGRAMS.items():
        if not (root / page).exists():
            faults.append(f"{page}:1: {program} has no man page")
    for operation in re.findall(r"^OP\(\w+, (\w+),", tree.text(root, "proto/ops.def"), re.M):
        for place in PLACES:
            if not (root / place.format(operation)).exists():
                faults.append(f"{place.format(operation)}:1: {operation} is missing there")
    return faults


CLEAN = {
    "LICENSE": "MIT\n", ".gitignore": "build/\n", "build/x.o": "\n",
    "proto/ops.def": "/* OP(NAME, name, …) */\nOP(CHECK, check, READER, \"x\")\n",
    **{page: "x\n" for page in PROGRAMS.values()},
    **{place.format("check"): "/* x */\n" for place in PLACES},
}

PLANTED = {
    "a file at the top": ({"notes.txt": "x\n"}, "does not belong"),
    "a folder at the top": ({"lib/x.c": "x\n"}, "does not belong"),
    "an operation without a place in the daemon": (
        {"proto/ops.def": "OP(GRANTS, grants, READER, \"x\")\n"}, "daemon/op/grants.c:1:"),
}
