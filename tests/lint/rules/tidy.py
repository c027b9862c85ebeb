"""clang-tidy finds nothing, with the checks of .clang-tidy.

It is slow: without CONSENT_TEST_FULL only files that differ from the last commit are looked at.
"""

import concurrent.futures
import json
import os
import shutil

import tree

SKIP = 77  # what ctest takes for "skipped"


def changed(root):
    """Files that git sees as changed or new."""
    _, output = tree.run("git", "status", "--porcelain", "--untracked-files=all", cwd=root)
    return {line[3:].split(" -> ")[-1] for line in output.splitlines()}


def compiled(build, root):
    """The project's own sources that the build compiles."""
    with open(f"{build}/compile_commands.json", encoding="utf-8") as file:
        paths = {os.path.relpath(command["file"], root) for command in json.load(file)}
    return sorted(p for p in paths if p.startswith(("proto/", "daemon/", "client/")))


def tidy(root, build, path):
    # The build is gcc's: its warnings' names are not all clang's.
    _, output = tree.run("clang-tidy", "--quiet", "-p", str(build),
                         "--extra-arg=-Wno-unknown-warning-option", path, cwd=root)
    return [line for line in output.splitlines() if ": error: " in line or ": warning: " in line]


def check(root, options):
    if shutil.which("clang-tidy") is None:
        print("clang-tidy is not installed: packaging/install-deps full")
        raise SystemExit(SKIP)
    build = options.get("build") or compile_commands(root)
    paths = compiled(build, root)
    if "build" in options and not os.environ.get("CONSENT_TEST_FULL"):
        paths = [p for p in paths if p in changed(root)]
        print("only what differs from the last commit; all of it with packaging/test --full")
    print(f"{len(paths)} files")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        faults = [f for found in pool.map(lambda p: tidy(root, build, p), paths) for f in found]
    # A header's faults come with each of its users.
    return sorted(set(faults))


def compile_commands(root):
    commands = [{"directory": str(root), "command": f"cc -c {path}", "file": str(root / path)}
                for path in tree.files(root, ".c")]
    (root / "compile_commands.json").write_text(json.dumps(commands))
    return root


CLEAN = {
    ".clang-tidy": "Checks: 'clang-analyzer-*,bugprone-*'\nWarningsAsErrors: '*'\n",
    "proto/a.c": "int f(const int *p)\n{\n\treturn p ? *p : 0;\n}\n",
}

PLANTED = {
    "a null pointer read": (
        {"proto/a.c": "int f(int *p)\n{\n\tif (p)\n\t\treturn 0;\n\treturn *p;\n}\n"},
        "NullDereference"),
    "sizeof of a pointer": (
        {"proto/a.c": "#include <string.h>\nvoid f(char *p)\n{\n\tmemset(p, 0, sizeof(p));\n}\n"},
        "proto/a.c:4:"),
}
