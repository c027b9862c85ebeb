"""What cmake --install leaves behind: every file at its place in Debian, and no other.

    test_files.py STAGE ROOT LIBDIR      LIBDIR: of libraries below /usr, "lib/x86_64-linux-gnu"
"""

import os
import pathlib
import re
import stat
import subprocess
import sys
import unittest

STAGE = ROOT = pathlib.Path()
LIBDIR = ""

PROGRAMS = {"usr/bin/consentctl", "usr/sbin/consentd"}
FILES = {
    "etc/consentd/consentd.yaml",
    "usr/include/consent.h",
    "usr/lib/systemd/system/consentd.service",
    "usr/lib/systemd/system/consentd.socket",
    "usr/lib/sysusers.d/consentd.conf",
    "usr/lib/tmpfiles.d/consentd.conf",
    "usr/share/bash-completion/completions/consentctl",
    "usr/share/fish/vendor_completions.d/consentctl.fish",
    "usr/share/zsh/vendor-completions/_consentctl",
    "usr/share/consentd/policies/example.yaml",
    "usr/share/consentd/policies/public.opendatasoft.com.yaml",
    "usr/share/doc/consentd/DESIGN.md",
    "usr/share/doc/consentd/LICENSE",
    "usr/share/doc/consentd/NEWS.md",
    "usr/share/doc/consentd/PROTOCOL.md",
    "usr/share/doc/consentd/README.md",
    "usr/share/doc/consentd/map.h",
    "usr/share/doc/consentd/examples/filter.c",
    "usr/share/doc/consentd/examples/loop_epoll.c",
    "usr/share/doc/consentd/examples/loop_libuv.c",
    "usr/share/doc/consentd/examples/may_i.c",
    "usr/share/man/man1/consentctl.1",
    "usr/share/man/man5/consentd-policy.5",
    "usr/share/man/man5/consentd.yaml.5",
    "usr/share/man/man8/consentd.8",
}
# Below LIBDIR; the name of the last depends on the kind of build.
LIBRARIES = {
    "libconsent.a", "libconsent.so", "libconsent.so.0", "libconsent.so.0.1.0",
    "pkgconfig/consent.pc",
    "cmake/consent/consentConfig.cmake", "cmake/consent/consentConfigVersion.cmake",
    "cmake/consent/consentTargets.cmake", "cmake/consent/consentTargets-*.cmake",
}


def staged():
    found = set()
    for folder, _, names in os.walk(STAGE):
        found |= {os.path.relpath(os.path.join(folder, name), STAGE) for name in names}
    return found


def output_of(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=True).stdout


class Files(unittest.TestCase):
    def test_each_is_where_debian_expects_it(self):
        found = {path.replace("consentTargets-debug", "consentTargets-*")
                 .replace("consentTargets-release", "consentTargets-*") for path in staged()}
        wanted = FILES | PROGRAMS | {f"usr/{LIBDIR}/{name}" for name in LIBRARIES}
        self.assertEqual(sorted(found - wanted), [], "not expected")
        self.assertEqual(sorted(wanted - found), [], "missing")

    def test_policies_have_a_directory(self):
        folder = STAGE / "etc/consentd/policies.d"
        self.assertTrue(folder.is_dir())
        self.assertEqual(list(folder.iterdir()), [])

    def test_only_programs_can_be_executed_and_only_the_owner_may_write(self):
        for path in sorted(staged()):
            mode = os.stat(STAGE / path).st_mode
            self.assertFalse(mode & (stat.S_IWGRP | stat.S_IWOTH | stat.S_ISUID | stat.S_ISGID), path)
            self.assertTrue(mode & stat.S_IROTH, path)
            if ".so" not in path:
                self.assertEqual(bool(mode & stat.S_IXUSR), path in PROGRAMS, path)

    def test_nothing_knows_where_it_was_built(self):
        place = str(ROOT).encode()
        for path in sorted(staged()):
            content = (STAGE / path).read_bytes()
            # The sanitizers' own tables of places know no prefix map.
            if b"__ubsan" not in content:
                self.assertNotIn(place, content, path)

    def test_programs_look_for_libraries_in_the_system_alone(self):
        for path in PROGRAMS:
            self.assertNotRegex(output_of("readelf", "-d", STAGE / path), r"R(UN)?PATH")


class Documents(unittest.TestCase):
    def test_links_lead_somewhere(self):
        n_links = 0
        for document in sorted((STAGE / "usr/share/doc/consentd").glob("*.md")):
            text = document.read_text(encoding="utf-8")
            for target in re.findall(r"\]\(([^)#:]+)\)", text):
                n_links += 1
                self.assertTrue((document.parent / target).exists(), f"{document.name}: {target}")
        self.assertGreater(n_links, 8)

    def test_nothing_but_links_differs_from_the_source(self):
        for source in ("README.md", "daemon/DESIGN.md", "proto/PROTOCOL.md", "packaging/NEWS.md"):
            installed = STAGE / "usr/share/doc/consentd" / pathlib.Path(source).name
            texts = [re.sub(r"\]\([^)]*\)", "]()", path.read_text(encoding="utf-8"))
                     for path in (ROOT / source, installed)]
            self.assertEqual(*texts, source)


class Programs(unittest.TestCase):
    def test_versions_agree(self):
        wanted = output_of(STAGE / "usr/sbin/consentd", "--version").split()[-1]
        self.assertEqual(output_of(STAGE / "usr/bin/consentctl", "--version").split()[-1], wanted)
        news = (STAGE / "usr/share/doc/consentd/NEWS.md").read_text(encoding="utf-8")
        self.assertIn(f"\n## {wanted}\n", news)
        package = (STAGE / f"usr/{LIBDIR}/pkgconfig/consent.pc").read_text(encoding="utf-8")
        self.assertIn(f"Version: {wanted}\n", package)

    def test_shipped_policies_and_configuration_are_valid(self):
        for path in sorted(staged()):
            if path.endswith(".yaml"):
                output_of(STAGE / "usr/sbin/consentd", "--check", STAGE / path)


class Completions(unittest.TestCase):
    def test_bash_takes_its_own(self):
        path = STAGE / "usr/share/bash-completion/completions/consentctl"
        self.assertIn("consentctl", output_of("bash", "-c", f"source {path} && complete -p consentctl"))

    def test_each_knows_the_commands(self):
        for path in ("bash-completion/completions/consentctl", "zsh/vendor-completions/_consentctl",
                     "fish/vendor_completions.d/consentctl.fish"):
            text = (STAGE / "usr/share" / path).read_text(encoding="utf-8")
            for word in ("check", "withdraw", "history", "bench"):
                self.assertIn(word, text, path)


if __name__ == "__main__":
    LIBDIR = sys.argv.pop(3)
    ROOT = pathlib.Path(sys.argv.pop(2)).resolve()
    STAGE = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main(verbosity=2)
