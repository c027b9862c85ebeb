"""packaging/quickstart on the programs of this build: it succeeds, and it can fail.

    test_quickstart.py ROOT BUILD
"""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = BUILD = pathlib.Path()


def alive(pid):
    """Whether the process runs; one that waits to be reaped does not."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Quickstart(unittest.TestCase):
    def setUp(self):
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="consent-quickstart."))

    def tearDown(self):
        shutil.rmtree(self.scratch)

    def quickstart(self, build, *options):
        environment = {**os.environ, "TMPDIR": str(self.scratch), "HOME": "/nonexistent"}
        environment.pop("CONSENT_SOCKET", None)
        done = subprocess.run([ROOT / "packaging/quickstart", "--build", build, *options],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False, env=environment)
        return done.returncode, done.stdout

    def test_every_answer_is_right_and_nothing_is_left(self):
        status, output = self.quickstart(BUILD)
        self.assertEqual(status, 0, output)
        self.assertRegex(output, r"all \d+ answers are what they must be")
        self.assertNotIn("\x1b", output)
        self.assertEqual(list(self.scratch.iterdir()), [])

    def test_a_wrong_answer_ends_it(self):
        lying = self.scratch / "build"
        for folder in ("daemon", "client/ctl", "client/example"):
            (lying / folder).mkdir(parents=True)
        (lying / "daemon/consentd").symlink_to(BUILD / "daemon/consentd")
        (lying / "client/example/consent-filter").symlink_to(BUILD / "client/example/consent-filter")
        ctl = lying / "client/ctl/consentctl"
        ctl.write_text("#!/bin/bash\nset -o pipefail\n"
                       f"'{BUILD}/client/ctl/consentctl' \"$@\" | sed s/consent_refused/consent_given/\n")
        ctl.chmod(0o755)
        status, output = self.quickstart(lying)
        self.assertEqual(status, 1, output)
        self.assertIn("quickstart: the answer must hold: variant", output)
        shutil.rmtree(lying)
        self.assertEqual(list(self.scratch.iterdir()), [])

    def test_keep_leaves_the_daemon_running(self):
        status, output = self.quickstart(BUILD, "--keep")
        self.assertEqual(status, 0, output)
        pid = int(re.search(r"^  kill (\d+);", output, re.M).group(1))
        place = re.search(r"CONSENT_SOCKET=(\S+)", output).group(1)
        try:
            ctl = [BUILD / "client/ctl/consentctl", "--socket", place]
            self.assertEqual(subprocess.run([*ctl, "status"], stdout=subprocess.DEVNULL,
                                            check=False).returncode, 0)
        finally:
            os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + 30
        while alive(pid) and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertFalse(alive(pid))


if __name__ == "__main__":
    BUILD = pathlib.Path(sys.argv.pop(2)).resolve()
    ROOT = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main(verbosity=2)
