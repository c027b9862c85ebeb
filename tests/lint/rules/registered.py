"""Nothing is forgotten: every source is compiled, and every test is run, by some CMakeLists.txt."""

import re

import tree

FOLDERS = ("proto", "daemon", "client", "tests")
# Sources that only lint reads, or that are text to the tests themselves.
ELSEWHERE = ("tests/lint/", "tests/golden/", "tests/fuzz/corpus/")


def named(root, path):
    """Whether the CMakeLists.txt of the folder, or of one above it, names the file or globs it."""
    folder, name = path.rsplit("/", 1)
    stem, suffix = name.rsplit(".", 1)
    # A suite may be a word of a foreach() that a prefix and the suffix are put around.
    word = rf"(?<![\w-])(test_|fuzz_)?{re.escape(re.sub('^(test|fuzz)_', '', stem))}(?![\w-])"
    while folder:
        lists = root / folder / "CMakeLists.txt"
        if lists.exists():
            text = lists.read_text(encoding="utf-8")
            if re.search(word, text) or re.search(rf"GLOB[^)]*\*\.{suffix}", text):
                return True
        folder = folder.rpartition("/")[0]
    return False


def check(root, options):
    faults = []
    for top in FOLDERS:
        for path in tree.files(root, ".c", under=top):
            if not path.startswith(ELSEWHERE) and not named(root, path):
                faults.append(f"{path}:1: no CMakeLists.txt compiles it")
    for path in tree.files(root, ".py", under="tests"):
        if "/test_" in path and not named(root, path):
            faults.append(f"{path}:1: no CMakeLists.txt runs it")
    return faults


CLEAN = {
    "proto/CMakeLists.txt": "consent_library(proto SOURCES rules.c message/all.c)\n",
    "proto/rules.c": "\n", "proto/message/all.c": "\n",
    "tests/proto/CMakeLists.txt": "foreach(name digest)\n consent_test(test_${name} …)\n",
    "tests/proto/test_digest.c": "\n",
    "tests/golden/n_example.c": "\n",
}

PLANTED = {
    "a source that is not compiled": ({"proto/rule.c": "\n"}, "proto/rule.c:1: no CMakeLists.txt compiles"),
    "a test that is not built": ({"tests/proto/test_map.c": "\n"}, "test_map.c:1: no CMakeLists.txt compiles"),
    "a program that is not run": ({"tests/e2e/test_x.py": "\n"}, "test_x.py:1: no CMakeLists.txt runs"),
}
