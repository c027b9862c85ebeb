"""What the rules share: the project's files, and C without its comments and strings."""

import os
import re
import subprocess

# Not the project's text: what a build makes, and what git and editors keep.
SKIPPED = {".git", "build", ".cache", "__pycache__"}

TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def files(root, *suffixes, under=""):
    """Paths below root/under that end in one of the suffixes (all, when there is none)."""
    found = []
    for folder, folders, names in os.walk(root / under):
        folders[:] = sorted(f for f in folders if f not in SKIPPED)
        for name in sorted(set(names) - SKIPPED):
            path = os.path.relpath(os.path.join(folder, name), root)
            if not suffixes or path.endswith(suffixes):
                found.append(path)
    return sorted(found)


def text(root, path):
    return (root / path).read_text(encoding="utf-8")


def code(source, strings=False):
    """C with comments (and string literals, unless asked for) blanked; lines stay where they are."""

    def blank(match):
        token = match.group(0)
        if token[0] in "\"'" and strings:
            return token
        return re.sub(r"[^\n]", " ", token)

    return TOKEN.sub(blank, source)


def lines(source):
    return enumerate(source.split("\n"), 1)


def run(*command, cwd=None, stdin=None):
    """Exit status and merged output of a command."""
    done = subprocess.run(command, cwd=cwd, input=stdin, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode, done.stdout


def scripts(root):
    """Shell scripts and Python programs, by their first line or their suffix."""
    shell, python = [], []
    for path in files(root):
        try:
            with open(root / path, encoding="utf-8") as file:
                first = file.readline(128)
        except (UnicodeDecodeError, OSError):
            continue
        if path.endswith(".py") or re.match(r"#!.*\bpython3?\b", first):
            python.append(path)
        elif path.endswith((".sh", ".bash")) or re.match(r"#!.*\b(ba|da)?sh\b", first):
            shell.append(path)
    return shell, python
