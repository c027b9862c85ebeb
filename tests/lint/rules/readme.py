"""README.md: its links lead somewhere, and its C is the example's, its policy is valid."""

import re
import tempfile

import tree

EXAMPLE = "client/example/may_i.c"


def check(root, options):
    text = tree.text(root, "README.md")
    faults = []
    for number, line in tree.lines(text):
        for target in re.findall(r"\]\(([^)#:]+)\)", line):
            if not (root / target).exists():
                faults.append(f"README.md:{number}: leads to {target}, which is not there")
    example = tree.text(root, EXAMPLE)
    shown = re.findall(r"^```c\n(.*?)^```$", text, re.M | re.S)
    if shown != [example[example.index("#include"):]]:
        faults.append(f"README.md:1: its C is not that of {EXAMPLE}")
    for policy in re.findall(r"^```yaml\n(.*?)^```$", text, re.M | re.S):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write(policy)
            file.flush()
            status, output = tree.run(options["daemon"], "--check", file.name)
        faults += [f"README.md:1: its policy: {output.strip()}"] if status else []
    return faults


CLEAN = {
    "README.md": "See [this](client/example/may_i.c) and [that](https://example.org).\n\n"
                 "```c\n#include <consent.h>\n```\n",
    EXAMPLE: "/* x */\n#include <consent.h>\n",
}

PLANTED = {
    "a dead link": ({"README.md": CLEAN["README.md"] + "[x](proto/X.md)\n"}, "README.md:6: leads to proto/X.md"),
    "a policy that is none": (
        {"README.md": CLEAN["README.md"] + "```yaml\nsite: www.example.org\nmood: good\n```\n"},
        "its policy: "),
    "another example": ({EXAMPLE: "/* x */\n#include <consent.h>\nint x;\n"}, "its C is not"),
}
