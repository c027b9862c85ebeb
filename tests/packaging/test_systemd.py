"""The units, users and directories that are installed, as systemd's own tools see them offline.

    test_systemd.py STAGE      STAGE: where cmake --install put its files
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

STAGE = pathlib.Path()
UNITS = "usr/lib/systemd/system"
# The exposure, times ten, that `systemd-analyze security` may find at most. 0.4 is what is left
# to a program that has a root directory, a Unix socket and files of its own.
EXPOSURE = 4


def run(*command, **environment):
    """Exit status and merged output."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, env={**os.environ, **environment})
    return done.returncode, done.stdout


class Units(unittest.TestCase):
    """consentd.socket and consentd.service."""

    def setUp(self):
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="consent-units."))
        for name in ("consentd.socket", "consentd.service"):
            shutil.copy(STAGE / UNITS / name, self.scratch)
        # Its program is in the stage, not yet where the unit says.
        self.edit("consentd.service", "ExecStart=", f"ExecStart={STAGE}")

    def tearDown(self):
        shutil.rmtree(self.scratch)

    def edit(self, name, old, new):
        unit = self.scratch / name
        text = unit.read_text()
        self.assertIn(old, text)
        unit.write_text(text.replace(old, new))

    def verify(self):
        """What systemd has to say; it calls some faults ignored and exits 0."""
        return run("systemd-analyze", "verify", "--man=no", "consentd.service", "consentd.socket",
                   SYSTEMD_UNIT_PATH=f"{self.scratch}:")

    def test_verify_has_nothing_to_say(self):
        self.assertEqual(self.verify(), (0, ""))

    def test_verify_sees_a_misspelt_key(self):
        self.edit("consentd.socket", "SocketMode=", "SocketMod=")
        self.assertIn("Unknown key", self.verify()[1])

    def test_verify_sees_a_missing_program(self):
        self.edit("consentd.service", "sbin/consentd ", "sbin/consentdd ")
        self.assertIn("not executable", self.verify()[1])

    def security(self):
        return run("systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE}",
                   str(self.scratch / "consentd.service"))

    def test_exposure_is_low(self):
        status, output = self.security()
        self.assertEqual(status, 0, output)

    def test_exposure_can_be_too_high(self):
        self.edit("consentd.service", "PrivateNetwork=yes", "PrivateNetwork=no")
        self.assertNotEqual(self.security()[0], 0)

    def test_peers_keep_their_uids(self):
        text = (STAGE / UNITS / "consentd.service").read_text()
        self.assertEqual(re.findall(r"^PrivateUsers=(.*)$", text, re.M), ["no"])

    def test_program_and_configuration_are_where_the_unit_says(self):
        text = (STAGE / UNITS / "consentd.service").read_text()
        program, option, config = re.search(r"^ExecStart=(.*)$", text, re.M).group(1).split()
        self.assertTrue(os.access(STAGE / program.lstrip("/"), os.X_OK), program)
        self.assertEqual(option, "--config")
        self.assertTrue((STAGE / config.lstrip("/")).is_file(), config)


class System(unittest.TestCase):
    """Users and directories, made in a root directory of their own."""

    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="consent-root."))
        (self.root / "etc").mkdir()
        for name in ("sysusers.d", "tmpfiles.d"):
            (self.root / "usr/lib" / name).mkdir(parents=True)
            shutil.copy(STAGE / "usr/lib" / name / "consentd.conf", self.root / "usr/lib" / name)

    def tearDown(self):
        shutil.rmtree(self.root)

    def test_users(self):
        status, output = run("systemd-sysusers", f"--root={self.root}")
        self.assertEqual(status, 0, output)
        users = (self.root / "etc/passwd").read_text()
        self.assertRegex(users, r"(?m)^consentd:.*:/var/lib/consentd:.*nologin$")
        self.assertRegex((self.root / "etc/group").read_text(), r"(?m)^consent:")

    @unittest.skipIf(os.geteuid() != 0, "only root can give a directory to root")
    def test_directory_of_the_socket(self):
        status, output = run("systemd-tmpfiles", f"--root={self.root}", "--create")
        self.assertEqual((status, output), (0, ""))
        found = (self.root / "run/consentd").stat()
        self.assertEqual((found.st_mode & 0o7777, found.st_uid), (0o755, 0))


if __name__ == "__main__":
    STAGE = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main(verbosity=2)
