"""cppcheck finds nothing, in the sources that the build compiles and with its flags."""

import json
import os
import pathlib

import tree

HERE = pathlib.Path(__file__).resolve().parent.parent
# Excluded, each for its reason.
SUPPRESSED = (
    "missingIncludeSystem",  # systems' headers are not read; cppcheck brings models of them
    "duplicateAssignExpression",  # two cursors that begin at one place are no slip
    "uninitvar",             # takes a struct that is filled through a pointer for one that is not;
                             # gcc and clang-tidy look for it with more care
    "nullPointerRedundantCheck",  # takes a comparison with a pointer that may be NULL for a test
    "unmatchedSuppression",  # a suppression beside the code may serve one build and not another
)


def check(root, options):
    build = options.get("build") or compile_commands(root)
    suppressions = [f"--suppress={name}" for name in SUPPRESSED]
    status, output = tree.run(
        "cppcheck", f"--project={build}/compile_commands.json", f"--library={HERE}/macros.cfg",
        "--enable=warning,performance,portability", "--inline-suppr", "--std=c11", "--quiet",
        "--error-exitcode=3", f"-j{os.cpu_count()}",
        "--template={file}:{line}: {id}: {message}", "--template-location=", *suppressions)
    if status not in (0, 3):
        raise SystemExit(output)
    return [line for line in output.splitlines() if line.strip()] if status else []


def compile_commands(root):
    """The planted tree's build folder: it compiles all that is planted."""
    commands = [{"directory": str(root), "command": f"cc -c {path}", "file": path}
                for path in tree.files(root, ".c")]
    (root / "compile_commands.json").write_text(json.dumps(commands))
    return root


CLEAN = {
    "a.c": "#include <stdlib.h>\nint f(const char *t)\n{\n\treturn t ? atoi(t) : 0;\n}\n",
    "test_a.c": "TestSuite(a, .init = setup);\n\nTest(a, b)\n{\n\tg(1);\n}\n",
}

PLANTED = {
    "a leak": (
        {"b.c": "#include <stdlib.h>\nvoid f(void)\n{\n\tchar *p = malloc(3);\n\tif (p)\n\t\tp[0] = 1;\n}\n"},
        "b.c:7: memleak"),
    "an index past the end": ({"b.c": "int f(void)\n{\n\tint a[2];\n\treturn a[2];\n}\n"}, "b.c:4: "),
}
