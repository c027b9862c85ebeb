"""What libconsent.so exports is what its version script lists, and all of it is declared."""

import re

import tree

SCRIPT = "client/src/libconsent.map"
HEADER = "client/include/consent.h"


def listed(script):
    """The names under `global:` of a version script, none of them a pattern."""
    body = re.sub(r"/\*.*?\*/|#[^\n]*", "", script, flags=re.S)
    names = set()
    for part in re.findall(r"global:(.*?)(?:local:|\})", body, re.S):
        names |= {name.strip() for name in part.split(";") if name.strip()}
    return names


def exported(library):
    status, output = tree.run("nm", "-D", "--defined-only", "--format=posix", library)
    if status:
        raise SystemExit(output)
    names = {line.split()[0].split("@")[0] for line in output.splitlines() if line.split()[1] != "A"}
    return names


def check(root, options):
    library = options.get("library") or build(root, options)
    script = tree.text(root, SCRIPT)
    names, seen = listed(script), exported(library)
    declared = set(re.findall(r"\b(consent_\w+)\s*\(", tree.code(tree.text(root, HEADER))))
    faults = [f"{SCRIPT}:1: lists a pattern: {name}" for name in names if "*" in name]
    faults += [f"{SCRIPT}:1: {name} is exported and not listed" for name in sorted(seen - names)]
    faults += [f"{SCRIPT}:1: {name} is listed and not exported" for name in sorted(names - seen)]
    faults += [f"{HEADER}:1: {name} is exported and not declared" for name in sorted(seen - declared)]
    return faults


def build(root, options):
    """The planted tree's library, without its version script: everything in it is exported."""
    library = str(root / "lib.so")
    status, output = tree.run(options["cc"], "-shared", "-fPIC", "-w", "-o", library,
                              str(root / "lib.c"))
    if status:
        raise SystemExit(output)
    return library


CLEAN = {
    SCRIPT: "CONSENT_0 {\nglobal:\n\tconsent_check; /* x */\nlocal:\n\t*;\n};\n",
    HEADER: "int consent_check(int x);\n",
    "lib.c": "int consent_check(int x) { return x; }\n",
}

PLANTED = {
    "an export that is not listed": (
        {"lib.c": CLEAN["lib.c"] + "int proto_leak(void) { return 0; }\n"}, "proto_leak is exported"),
    "an entry that is not exported": (
        {"lib.c": "int consent_other;\n"}, "consent_check is listed and not exported"),
    "an export that no header declares": (
        {HEADER: "\n"}, "consent_check is exported and not declared"),
    "a pattern": ({SCRIPT: "X {\nglobal:\n\tconsent_*;\nlocal:\n\t*;\n};\n"}, "lists a pattern"),
}
