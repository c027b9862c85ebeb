"""Every header compiles alone; the public one as C11, gnu17 and C++, without a warning."""

import concurrent.futures
import os
import shlex
import tempfile

import tree

PUBLIC = "client/include/"
WARNINGS = ("-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only")


def ways(path, options):
    """The compilers and languages that must take the header."""
    cc, cxx = options["cc"], options["cxx"]
    flags = shlex.split(options.get("cflags", "").replace(";", " "))
    if path.startswith(PUBLIC):
        # No flag of the project: an application has none of them.
        return [(cc, "-xc", "-std=gnu17"), (cc, "-xc", "-std=c11"),
                (cxx, "-xc++", "-std=c++11"), (cxx, "-xc++", "-std=c++17")]
    return [(cc, "-xc", "-std=gnu17", "-D_GNU_SOURCE", *flags)]


def compile_alone(root, path, way):
    name = "consent.h" if path == PUBLIC + "consent.h" else path
    include = f"#include <{name}>" if path.startswith(PUBLIC) else f'#include "{name}"'
    with tempfile.NamedTemporaryFile("w", suffix=".c") as file:
        # Twice, so that a missing guard is found; a declaration, since ISO C wants one.
        file.write(f"{include}\n{include}\nextern int consent_lint;\n")
        file.flush()
        status, output = tree.run(way[0], *way[1:], *WARNINGS, f"-I{root}/{PUBLIC}",
                                  *(() if path.startswith(PUBLIC) else (f"-I{root}",)), file.name)
    return f"{path}:1: not alone as {' '.join(way[1:3])}: {output.strip()}" if status else None


def check(root, options):
    jobs = [(path, way) for path in tree.files(root, ".h") for way in ways(path, options)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return [f for f in pool.map(lambda job: compile_alone(root, *job), jobs) if f]


CLEAN = {
    "client/include/consent.h": "#ifndef A\n#define A\n#include <stddef.h>\nint f(size_t n);\n#endif\n",
    "proto/span.h": "#ifndef B\n#define B\n#include <stdint.h>\nstruct s {\n\tuint8_t x;\n};\n#endif\n",
}

PLANTED = {
    "a header that leans on another": ({"proto/x.h": "int f(uint8_t x);\n"}, "proto/x.h:1: not alone"),
    "a header without a guard": ({"proto/x.h": "struct s {\n\tint x;\n};\n"}, "redefinition"),
    "a public header that is not C++": (
        {"client/include/consent.h": "int f(int class);\n"}, "not alone as -xc++"),
    "a public header that is not C11": (
        {"client/include/consent.h": "struct e {\n};\n"}, "not alone as -xc -std=c11"),
    "a public header that needs a private one": (
        {"client/include/consent.h": "#include \"proto/span.h\"\n"}, "not alone"),
}
