"""The manual pages say what the programs' own tables say.

    test_manual.py ROOT PRINT_CONFIG      PRINT_CONFIG: prints the keys of consentd.yaml
"""

import pathlib
import re
import subprocess
import sys
import unittest

ROOT = PRINT_CONFIG = pathlib.Path()


class Configuration(unittest.TestCase):
    """consentd.yaml(5)."""

    def test_keys_are_those_of_the_table(self):
        printed = subprocess.run([PRINT_CONFIG], stdout=subprocess.PIPE, text=True, check=True).stdout
        page = (ROOT / "packaging/man/consentd.yaml.5.scd").read_text(encoding="utf-8")
        begin, end = "; printed from the table, begin\n", "; printed from the table, end\n"
        self.assertEqual(page.count(begin), 1)
        self.assertEqual(page.split(begin)[1].split(end)[0].strip(), printed.strip())


    def test_shipped_file_names_every_key(self):
        printed = subprocess.run([PRINT_CONFIG], stdout=subprocess.PIPE, text=True, check=True).stdout
        shipped = (ROOT / "packaging/consentd.yaml").read_text(encoding="utf-8")
        known = set(re.findall(r"^\*([\w-]+)\*:", printed, re.M))
        self.assertEqual(set(re.findall(r"^#?(\w+):", shipped, re.M)), known)

    def test_operations_stand_under_their_roles(self):
        table = (ROOT / "proto/ops.def").read_text(encoding="utf-8")
        known = {role.lower(): set(re.findall(rf"^OP\(\w+, (\w+), {role},", table, re.M))
                 for role in ("READER", "RECORDER", "AUDITOR", "ADMIN")}
        page = (ROOT / "packaging/man/consentd.yaml.5.scd").read_text(encoding="utf-8")
        section = page.split("# ROLES")[1].split("\n# ")[0]
        documented = {role: set(re.findall(r"\*(\w+)\*", text))
                      for role, text in re.findall(r"^\*(\w+)\*\n\t(.*)$", section, re.M)}
        self.assertEqual(documented, known)


class Daemon(unittest.TestCase):
    """consentd(8)."""

    def test_options_are_those_of_the_table(self):
        source = (ROOT / "daemon/run/options.c").read_text(encoding="utf-8")
        known = set(re.findall(r'^\s+\{"([\w-]+)", LETTER_', source, re.M))
        page = (ROOT / "packaging/man/consentd.8.scd").read_text(encoding="utf-8")
        section = page.split("# OPTIONS")[1].split("\n# ")[0]
        documented = set(re.findall(r"^\*--([\w-]+)\*", section, re.M))
        self.assertGreater(len(known), 5)
        self.assertEqual(documented, known)

    def test_exit_statuses_are_those_of_the_header(self):
        header = (ROOT / "daemon/run/options.h").read_text(encoding="utf-8")
        known = set(re.findall(r"EXIT_STATUS_\w+ = (\d+)", header))
        page = (ROOT / "packaging/man/consentd.8.scd").read_text(encoding="utf-8")
        section = page.split("# EXIT STATUS")[1].split("\n# ")[0]
        self.assertEqual(set(re.findall(r"^\*(\d+)\*$", section, re.M)), known)


if __name__ == "__main__":
    PRINT_CONFIG = pathlib.Path(sys.argv.pop(2))
    ROOT = pathlib.Path(sys.argv.pop(1))
    unittest.main(verbosity=2)
