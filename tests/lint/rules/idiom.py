"""What the language allows and the project does not: hidden structs, stray macros, forbidden calls."""

import re

import tree

TYPEDEF = re.compile(r"\btypedef\b([^;{]*)")
CALL = r"(?<![\w.>])({})\s*\("

# folder -> (functions that it never calls, why).
FORBIDDEN_CALLS = (
    ("proto/", "malloc|calloc|realloc|reallocarray|strdup|strndup|free|fopen|printf|fprintf"
               "|open|openat|read|write|socket|send|recv|time|clock_gettime",
     "proto/ does no I/O, allocates nothing and has no clock"),
    ("proto/", r"log_\w+", "proto/ never logs"),
    ("daemon/policy/", r"log_\w+|printf|fprintf", "the policy never logs"),
    ("daemon/store/", r"log_\w+|printf|fprintf", "the store never logs"),
    ("client/src/", r"log_\w+|printf|fprintf|vfprintf|perror|syslog|abort|exit|_exit|signal|sigaction|raise",
     "the library never logs, ends the process or touches signals"),
    ("daemon/", "strcpy|strcat|sprintf|vsprintf|gets|alloca|strtok|rand|atoi|atol", "unsafe or imprecise"),
    ("client/", "strcpy|strcat|sprintf|vsprintf|gets|alloca|strtok|rand|atoi|atol", "unsafe or imprecise"),
    ("proto/", "strcpy|strcat|sprintf|vsprintf|gets|alloca|strtok|rand|atoi|atol", "unsafe or imprecise"),
)
CALLS = [(folder, re.compile(CALL.format(names)), why) for folder, names, why in FORBIDDEN_CALLS]
CONSTRUCTOR = re.compile(r"__attribute__\s*\(\(\s*(constructor|destructor)")
PASTE = re.compile(r"##")


def check_typedefs(path, source):
    for match in TYPEDEF.finditer(source):
        body = match.group(1)
        number = source.count("\n", 0, match.start()) + 1
        if re.match(r"\s*(struct|union|enum)\b", body) and "(" not in body:
            yield f"{path}:{number}: a typedef hides a {body.split()[0]}"
        elif "(" in body and not re.search(r"\b\w+_fn\b", body):
            yield f"{path}:{number}: a function's type ends in _fn"


def check_lines(path, source):
    for number, line in tree.lines(source):
        for folder, call, why in CALLS:
            match = path.startswith(folder) and call.search(line)
            if match:
                yield f"{path}:{number}: {match.group(1)}(): {why}"
        if CONSTRUCTOR.search(line) and path.startswith("client/"):
            yield f"{path}:{number}: the library runs no code before main"
        if PASTE.search(line) and not path.startswith(("proto/", "tests/")):
            yield f"{path}:{number}: token pasting belongs to the tables' expanders in proto/"


def check_opening(path, text):
    if not text.startswith(("/*", "//")):
        yield f"{path}:1: opens without saying what lives there"


def check_guard(path, source):
    guard = "CONSENT_H" if path == "client/include/consent.h" else re.sub(r"\W", "_", path).upper()
    if path.endswith(".h") and not re.search(rf"^#ifndef {guard}\n#define {guard}$", source, re.M):
        yield f"{path}:1: its guard is {guard}"


def check(root, options):
    faults = []
    for path in tree.files(root, ".c", ".h", ".def"):
        text = tree.text(root, path)
        source = tree.code(text)
        faults += [*check_typedefs(path, source), *check_lines(path, source),
                   *check_opening(path, text), *check_guard(path, source)]
        if path.endswith(".def") and not path.startswith("proto/"):
            faults.append(f"{path}:1: tables for X-macros live in proto/")
    return faults


CLEAN = {
    "proto/span.h": "/* Spans. */\n#ifndef PROTO_SPAN_H\n#define PROTO_SPAN_H\ntypedef int (*span_each_fn)(void *ctx);\nint a(int x);\n#endif\n",
    "proto/tables.h": "/* Tables. */\n#ifndef PROTO_TABLES_H\n#define PROTO_TABLES_H\n#define OP(NAME) PROTO_OP_##NAME,\n#endif\n",
    "proto/rpc.c": "/* typedef struct { int malloc; } x; */\nint f(struct r *r) { return r->read(1); }\n",
    "daemon/net/conn.c": "/* Logs. */\nvoid f(void) { log_error(\"typedef struct x\"); }\n",
}

PLANTED = {
    "a typedef of a struct": ({"proto/x.h": "/* x */\ntypedef struct x x;\n"}, "hides a struct"),
    "a typedef of an enum with its body": (
        {"daemon/x.h": "/* x */\ntypedef enum {\n\tA,\n} x;\n"}, "x.h:2: a typedef hides a enum"),
    "a function's type without _fn": (
        {"daemon/x.h": "/* x */\ntypedef void (*callback)(void);\n"}, "ends in _fn"),
    "an allocation in proto": ({"proto/x.c": "/* x */\nvoid *p = malloc(1);\n"}, "malloc()"),
    "a clock in proto": ({"proto/x.c": "/* x */\nint t = time(0);\n"}, "time()"),
    "a log line in the store": ({"daemon/store/x.c": "/* x */\nlog_error(1);\n"}, "never logs"),
    "a log line in the library": ({"client/src/x.c": "/* x */\nfprintf(stderr);\n"}, "never logs"),
    "an abort in the library": ({"client/src/x.c": "/* x */\nabort();\n"}, "abort()"),
    "a constructor in the library": (
        {"client/src/x.c": "/* x */\n__attribute__((constructor)) void f(void);\n"}, "before main"),
    "an X-macro outside proto": ({"daemon/x.c": "/* x */\n#define A(n) n##_b\n"}, "token pasting"),
    "a table outside proto": ({"daemon/x.def": "/* x */\n"}, "live in proto/"),
    "a header with another's guard": (
        {"daemon/x.h": "/* x */\n#ifndef DAEMON_Y_H\n#define DAEMON_Y_H\n#endif\n"}, "its guard is DAEMON_X_H"),
    "a file without an opening": ({"daemon/x.c": "#include <stdio.h>\n"}, "opens without"),
}
