"""Files of at most 500 lines, functions of at most 80, at most 5 parameters."""

import json

import tree

FILE_LINES = 500
FUNCTION_LINES = 80
PARAMETERS = 5


def n_parameters(signature):
    """Counts what stands between the commas of the outer parentheses; `...` is none."""
    depth, parameters = 0, [""]
    for c in signature.strip()[1:-1]:
        depth += (c in "([{") - (c in ")]}")
        if c == "," and depth == 0:
            parameters.append("")
        else:
            parameters[-1] += c
    return sum(1 for p in parameters if p.strip() not in ("", "void", "..."))


def functions(root, paths, options):
    """Definitions and prototypes as Universal Ctags sees them."""
    _, output = tree.run(options.get("ctags", "ctags"), "--languages=C", "--langmap=C:.c.h",
                         "--kinds-C=fp", "--fields=+neS", "--output-format=json", "--sort=no",
                         "-f", "-", "-L", "-", cwd=root, stdin="\n".join(paths))
    return [json.loads(line) for line in output.splitlines() if line.startswith("{")]


def check(root, options):
    faults = []
    paths = tree.files(root, ".c", ".h")
    for path in paths:
        n_lines = tree.text(root, path).count("\n")
        if n_lines > FILE_LINES:
            faults.append(f"{path}:{n_lines}: {n_lines} lines, at most {FILE_LINES}")
    for tag in functions(root, paths, options):
        where = f"{tag['path']}:{tag['line']}: {tag['name']}"
        n_lines = tag.get("end", tag["line"]) - tag["line"] + 1
        if n_lines > FUNCTION_LINES:
            faults.append(f"{where}: {n_lines} lines, at most {FUNCTION_LINES}")
        n = n_parameters(tag.get("signature", "()"))
        if n > PARAMETERS:
            faults.append(f"{where}: {n} parameters, at most {PARAMETERS}")
    return faults


def function(n_lines):
    return "int f(void)\n{\n" + "\tg();\n" * (n_lines - 3) + "}\n"


CLEAN = {
    "long.c": "int x;\n" * FILE_LINES,
    "function.c": function(FUNCTION_LINES),
    "parameters.h": "int f(int a, int b, int (*c)(int, int), int d, const char *e, ...);\n",
}

PLANTED = {
    "one line too many": ({"long.c": "int x;\n" * (FILE_LINES + 1)}, "501 lines"),
    "one line too many in a function": ({"function.c": function(FUNCTION_LINES + 1)}, "f: 81 lines"),
    "one parameter too many": (
        {"parameters.c": "int f(int a, int b, int (*c)(int, int), int d,\n\tint e, int g)\n{\n}\n"},
        "f: 6 parameters"),
    "one parameter too many in a prototype": (
        {"parameters.h": "int f(int a, int b, int c, int d, int e, int g);\n"}, "f: 6 parameters"),
}
