"""C is as clang-format leaves it."""

import re

import tree

STYLE = "BasedOnStyle: LLVM\nIndentWidth: 8\nTabWidth: 8\nUseTab: ForIndentation\n" \
    "BreakBeforeBraces: Linux\n"


def check(root, options):
    paths = tree.files(root, ".c", ".h")
    if not paths:
        return []
    status, output = tree.run(options.get("clang_format", "clang-format"), "--dry-run", "--Werror",
                              *paths, cwd=root)
    faults = [line for line in output.splitlines() if re.match(r"[^ ]+:\d+:\d+: error", line)]
    return faults or ([output] if status else [])


CLEAN = {".clang-format": STYLE, "a.c": "int f(int x)\n{\n\tx++;\n\treturn x;\n}\n"}

PLANTED = {
    "spaces for a tab": ({"a.c": "int f(int x)\n{\n\tx++;\n        return x;\n}\n"}, "a.c:"),
    "a brace of its own": ({"a.c": "int f(int x) {\n\tx++;\n\treturn x;\n}\n"}, "a.c:"),
}
