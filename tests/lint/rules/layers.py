"""Arrows point down only: what a folder may include, and who may touch which library."""

import re

import tree

SIDE = ("daemon/store", "daemon/access", "daemon/policy")
BELOW_COMMIT = ("proto", "daemon/base", *SIDE)

# folder -> the folders that its files may include, itself understood.
MAY_INCLUDE = {
    "proto": (),
    "daemon/base": ("proto",),
    "daemon/store": ("proto", "daemon/base"),
    "daemon/access": ("proto", "daemon/base"),
    "daemon/policy": ("proto", "daemon/base"),
    "daemon/commit": BELOW_COMMIT,
    "daemon/op": (*BELOW_COMMIT, "daemon/commit"),
    "daemon/net": (*BELOW_COMMIT, "daemon/commit", "daemon/op"),
    "daemon/run": (*BELOW_COMMIT, "daemon/commit", "daemon/op", "daemon/net"),
    "daemon": (*BELOW_COMMIT, "daemon/commit", "daemon/op", "daemon/net", "daemon/run"),
    "client/include": (),
    "client/src": ("proto", "client/include"),
    "client/ctl": ("proto", "client/include", "client/src"),
    "client/example": ("client/include",),
}

# system header -> the folders that may include it.
HEADERS = {
    "uv.h": ("daemon/net", "daemon/run", "daemon", "client/example"),
    "lmdb.h": ("daemon/store",),
    "msgpack.h": ("proto",),
    "yaml.h": ("daemon/base",),
    "systemd/": ("daemon/net", "daemon/run", "daemon"),
    "jansson.h": ("client/ctl",),
    "libsmartcols/": ("client/ctl",),
}

MDB_ERROR = re.compile(r"\bMDB_(KEYEXIST|NOTFOUND|PAGE_NOTFOUND|CORRUPTED|PANIC|VERSION_MISMATCH"
                       r"|INVALID|MAP_FULL|DBS_FULL|READERS_FULL|TLS_FULL|TXN_FULL|CURSOR_FULL"
                       r"|PAGE_FULL|MAP_RESIZED|INCOMPATIBLE|BAD_RSLOT|BAD_TXN|BAD_VALSIZE"
                       r"|BAD_DBI|SUCCESS)\b")
WRITE = re.compile(r"\b(ledger_(begin|append|drop_body|put_\w+|commit)"
                   r"|view_(begin|put|erase|commit))\s*\(")
WRITERS = ("daemon/store", "daemon/commit")
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')


def folder_of(path):
    """The folder of the table that holds the path, if one does; folders of proto/ are proto/."""
    folder = path.rsplit("/", 1)[0]
    return "proto" if folder.startswith("proto/") else folder if folder in MAY_INCLUDE else None


def check_include(root, path, folder, bracket, name):
    if bracket == "<":
        if name == "consent.h":
            return None if "client/include" in MAY_INCLUDE[folder] else \
                f"{folder} may not include the client library"
        for header, allowed in HEADERS.items():
            if (name == header or header.endswith("/") and name.startswith(header)) \
                    and folder not in allowed:
                return f"<{name}> belongs to {', '.join(allowed)}"
        return None
    if not (root / name).exists():
        return f'"{name}" is no path from the repository\'s root'
    target = folder_of(name)
    if target != folder and target not in MAY_INCLUDE[folder]:
        return f'"{name}" points up or sideways: {folder} may include ' \
               f'{", ".join(MAY_INCLUDE[folder]) or "nothing else"}'
    if name.endswith(".def") and folder != "proto":
        return f'"{name}": the tables are expanded in proto/ alone'
    return None


def check(root, options):
    faults = []
    for top in ("proto", "daemon", "client"):
        for path in tree.files(root, ".c", ".h", ".def", under=top):
            folder = folder_of(path)
            if folder is None:
                faults.append(f"{path}:1: lies in no folder of the layers")
                continue
            source = tree.text(root, path)
            for number, line in tree.lines(tree.code(source, strings=True)):
                match = INCLUDE.match(line)
                fault = match and check_include(root, path, folder, *match.groups())
                if fault:
                    faults.append(f"{path}:{number}: {fault}")
            for number, line in tree.lines(tree.code(source)):
                if MDB_ERROR.search(line) and path != "daemon/store/error.c":
                    faults.append(f"{path}:{number}: MDB_* errors end in daemon/store/error.c")
                if WRITE.search(line) and folder not in WRITERS:
                    faults.append(f"{path}:{number}: writes to the store; only the committer does")
    return faults


CLEAN = {
    "proto/span.h": '#include <stdint.h>\n',
    "proto/tables.h": '#include "proto/ops.def"\n',
    "proto/ops.def": 'OP(A)\n',
    "daemon/base/error.h": '#include "proto/span.h"\n',
    "daemon/base/yaml.h": '#include <yaml.h>\n',
    "daemon/store/error.c": '#include <lmdb.h>\nint a = MDB_NOTFOUND;\n',
    "daemon/store/view.h": '#include "daemon/base/error.h"\n',
    "daemon/policy/policy.h": '#include "daemon/base/error.h"\n',
    "daemon/commit/commit.h": '#include "daemon/store/view.h"\n/* "daemon/net/conn.h" */\n',
    "daemon/commit/queue.c": 'int f(void) { return view_put(a, b); }\n',
    "daemon/op/op.h": '#include "daemon/commit/commit.h"\n',
    "daemon/net/conn.h": '#include <uv.h>\n#include "daemon/op/op.h"\n',
    "daemon/main.c": '#include "daemon/net/conn.h"\n',
    "client/include/consent.h": '#include <stddef.h>\n',
    "client/src/call.h": '#include <consent.h>\n#include "proto/span.h"\n',
    "client/ctl/main.c": '#include "client/src/call.h"\n',
    "client/example/gate.c": '#include <consent.h>\n',
}

PLANTED = {
    "proto includes the daemon": (
        {"proto/span.h": '#include "daemon/base/error.h"\n'}, "proto/span.h:1: "),
    "the store includes the committer": (
        {"daemon/store/view.h": '\n#include "daemon/commit/commit.h"\n'}, "daemon/store/view.h:2: "),
    "the store includes the policy": (
        {"daemon/store/view.h": '#include "daemon/policy/policy.h"\n'}, "points up or sideways"),
    "an operation includes the connection": (
        {"daemon/op/op.h": '#include "daemon/net/conn.h"\n'}, "points up or sideways"),
    "the client includes the daemon": (
        {"client/src/call.h": '#include "daemon/base/error.h"\n'}, "points up or sideways"),
    "the example includes what is private": (
        {"client/example/gate.c": '#include "client/src/call.h"\n'}, "points up or sideways"),
    "the daemon includes the client library": (
        {"daemon/op/op.h": '#include <consent.h>\n'}, "may not include the client"),
    "an include from the same folder": (
        {"daemon/commit/queue.c": '#include "commit.h"\n'}, "no path from"),
    "libuv in an operation": ({"daemon/op/op.h": '#include <uv.h>\n'}, "<uv.h> belongs"),
    "LMDB in the committer": ({"daemon/commit/queue.c": '#include <lmdb.h>\n'}, "<lmdb.h> belongs"),
    "an LMDB error past the store's error.c": (
        {"daemon/store/view.c": 'int a = MDB_MAP_FULL;\n'}, "end in daemon/store/error.c"),
    "an operation that writes": (
        {"daemon/op/record.c": 'int f(void) { return ledger_append(l, e); }\n'}, "only the committer"),
    "a table expanded outside proto": (
        {"daemon/op/table.c": '#include "proto/ops.def"\n'}, "in proto/ alone"),
    "a folder that has no layer": ({"daemon/util/x.c": '\n'}, "no folder of the layers"),
}
