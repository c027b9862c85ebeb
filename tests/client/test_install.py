"""The installed library as applications find it: pkg-config, CMake, shared, static, C and C++.

usage: test_install.py SOURCE BUILD CC CXX [SANITIZERS]
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

SOURCE, BUILD = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2]
CC, CXX = sys.argv[3], sys.argv[4]
SANITIZE = [f"-fsanitize={sys.argv[5]}"] if len(sys.argv) > 5 and sys.argv[5] else []
EXAMPLE = str(SOURCE / "client/example/may_i.c")
HEADER = (SOURCE / "client/include/consent.h").read_text(encoding="utf-8")
PUBLIC = set(re.findall(r"\b(consent_\w+)\(", re.sub(r"/\*.*?\*/", "", HEADER, flags=re.S)))
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]

# Names that the library uses inside, and that an application may use for itself.
OWN_NAMES = """
#include <consent.h>
int proto_decide(void); int client_call(void); int proto_encode(void); int proto_ops;
int proto_decide(void) { return 1; }
int client_call(void) { return 2; }
int proto_encode(void) { return 3; }
int main(void)
{
	struct consent_client *client;
	struct consent_visitor visitor = CONSENT_VISITOR_INIT;
	visitor.site = "example.org";
	if (consent_client_open(0, &client) != CONSENT_OK)
		return 2;
	bool allowed = consent_check(client, &visitor, "a", 0, 0);
	consent_client_close(client);
	return allowed ? 0 : 1;
}
"""

PLUS_PLUS = """
#include <consent.h>
#include <cstring>
int main()
{
	consent_client *client = nullptr;
	consent_client_options options = CONSENT_CLIENT_OPTIONS_INIT;
	consent_choices choices = CONSENT_CHOICES_INIT;
	struct consent_record record;
	consent_visitor visitor = CONSENT_VISITOR_INIT;
	options.name = "c++";
	visitor.site = "example.org";
	visitor.subject = "x";
	if (consent_client_open(&options, &client) != CONSENT_OK)
		return 2;
	consent_error error = consent_record(client, &visitor, &choices, nullptr);
	consent_error missing = consent_show(client, &visitor, &record);
	consent_client_close(client);
	return error == CONSENT_ERROR_INVALID_ARGUMENT && missing == CONSENT_ERROR_CONNECT ? 1 : 0;
}
"""

PROJECT = """
cmake_minimum_required(VERSION 3.25)
project(app C)
find_package(consent 0.1 REQUIRED)
add_executable(shared {example})
target_link_libraries(shared PRIVATE consent::consent)
add_executable(static {example})
target_link_libraries(static PRIVATE consent::consent_static)
"""


def run(*command, status=0, **more):
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False, **more)
    assert done.returncode == status, f"{command}: {done.returncode}\n{done.stdout}"
    return done.stdout


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="consent-install-")
        cls.at = pathlib.Path(cls.folder.name)
        cls.prefix = cls.at / "usr"
        for component in ("libconsent", "libconsent-dev"):
            run("cmake", "--install", BUILD, "--prefix", cls.prefix, "--component", component)
        cls.library = next(cls.prefix.glob("lib/**/libconsent.so")).parent
        cls.environment = {**os.environ, "PKG_CONFIG_PATH": str(cls.library / "pkgconfig"),
                           "LD_LIBRARY_PATH": str(cls.library),
                           "CONSENT_SOCKET": str(cls.at / "nobody")}

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def flags(self, *options):
        return run("pkg-config", *options, "consent", env=self.environment).split()

    def build(self, compiler, source, *flags):
        """A program of one file; its linker sees the flags behind it."""
        program = self.at / "program"
        run(compiler, *STRICT, *SANITIZE, str(source), *flags, "-o", program)
        return program

    def write(self, name, text):
        path = self.at / name
        path.write_text(text, encoding="utf-8")
        return path

    def says_no(self, program):
        said = run(program, "example.org", "some-session", "_ga", status=1, env=self.environment)
        self.assertEqual(said, "_ga: no, unavailable\n")

    def test_pkg_config_shared(self):
        self.says_no(self.build(CC, EXAMPLE, *self.flags("--cflags", "--libs")))

    def test_pkg_config_static(self):
        flags = self.flags("--cflags", "--libs", "--static")
        program = self.build(CC, EXAMPLE, "-Wl,-Bstatic", *flags, "-Wl,-Bdynamic")
        self.assertNotIn("libconsent", run("readelf", "-d", program))
        self.says_no(program)

    def test_names_of_the_archive(self):
        """Only the public ones can be seen, and an application may have the others."""
        archive = self.library / "libconsent.a"
        seen = re.findall(r"^[0-9a-f]+ [A-TV-Z] (\S+)$", run("nm", "-g", archive), re.M)
        self.assertEqual(set(seen), PUBLIC)
        source = self.write("own.c", OWN_NAMES)
        program = self.build(CC, source, *self.flags("--cflags"), archive, "-lsodium")
        run(program, status=1, env=self.environment)

    def test_c_plus_plus(self):
        source = self.write("plus.cc", PLUS_PLUS)
        program = self.build(CXX, source, *self.flags("--cflags", "--libs"))
        run(program, status=1, env=self.environment)

    def test_needs_libc_and_libsodium(self):
        dynamic = run("readelf", "-d", self.library / "libconsent.so")
        needed = re.findall(r"NEEDED.*\[(.*)\]", dynamic)
        own = sorted(name for name in needed if not re.match(r"lib(asan|ubsan|tsan)\.", name))
        self.assertEqual(own, ["libc.so.6", "libsodium.so.23"])
        self.assertIn("SONAME", dynamic)
        self.assertIn("[libconsent.so.0]", dynamic)

    def test_cmake(self):
        project = self.at / "project"
        project.mkdir()
        (project / "CMakeLists.txt").write_text(PROJECT.format(example=EXAMPLE), encoding="utf-8")
        run("cmake", "-G", "Ninja", "-S", project, "-B", project / "build",
            f"-DCMAKE_PREFIX_PATH={self.prefix}", f"-DCMAKE_C_COMPILER={CC}", f"-DCMAKE_C_FLAGS={' '.join(SANITIZE)}")
        run("cmake", "--build", project / "build")
        self.says_no(project / "build/shared")
        self.says_no(project / "build/static")

    def test_example_stands_with_the_documentation(self):
        examples = list(self.prefix.glob("share/doc/*/examples/may_i.c"))
        self.assertEqual(len(examples), 1)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
