"""Shell passes shellcheck, Python compiles, and what has a `#!` can be executed."""

import ast
import os

import tree


def check_python(root, path):
    try:
        ast.parse(tree.text(root, path), path)
    except SyntaxError as fault:
        return [f"{path}:{fault.lineno}: {fault.msg}"]
    return []


def check(root, options):
    shell, python = tree.scripts(root)
    faults = []
    for path in python:
        faults += check_python(root, path)
    if shell:
        status, output = tree.run(options.get("shellcheck", "shellcheck"), "-x", "-f", "gcc",
                                  *shell, cwd=root)
        faults += output.splitlines() if status else []
    for path in shell + python:
        if tree.text(root, path).startswith("#!") and not os.access(root / path, os.X_OK):
            faults.append(f"{path}:1: has a #! and cannot be executed")
    return faults


CLEAN = {"a.sh": "#!/bin/bash\necho \"$1\"\n", "b": "#!/usr/bin/python3\nprint(1)\n"}

PLANTED = {
    "an unquoted variable": ({"a.sh": "#!/bin/bash\nrm $1\n"}, "SC2086"),
    "an unquoted variable in a program without suffix": ({"c": "#!/bin/sh\nrm $1\n"}, "SC2086"),
    "a program that cannot be executed": (
        {"b": ("#!/usr/bin/python3\n", 0o644)}, "cannot be executed"),
    "Python that is none": ({"b": "#!/usr/bin/python3\nprint(\n"}, "b:2:"),
}
