"""The daemon as systemd runs it: socket activation, readiness, reload, watchdog, orderly stop."""
import os
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import unittest

from support import CONSENTD, PATIENCE, SEED_POLICY, Daemon, Peer, wait_for

SITE = "public.opendatasoft.com"


class Supervised(Daemon):
    """A daemon that tells us what it would tell systemd."""

    def __init__(self, watchdog_ms=None):
        self.messages = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.messages.settimeout(PATIENCE)
        super().__init__([SEED_POLICY])
        place = os.path.join(self.dir, "notify")
        self.messages.bind(place)
        self.env["NOTIFY_SOCKET"] = place
        self.env.pop("WATCHDOG_PID", None)
        if watchdog_ms:
            self.env["WATCHDOG_USEC"] = str(watchdog_ms * 1000)

    def told(self, wanted):
        """Receives until a message has the line."""
        while wanted not in self.messages.recv(4096).decode().split("\n"):
            pass

    def __exit__(self, *what):
        try:
            super().__exit__(*what)
        finally:
            self.messages.close()


class Activation(unittest.TestCase):
    """systemd-socket-activate listens, and starts the daemon at the first connection."""

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="consentd-activation-")
        self.path = os.path.join(self.dir, "sock")
        self.data = os.path.join(self.dir, "data")
        self.process = subprocess.Popen(
            ["systemd-socket-activate", "-l", self.path, "-E", f"PATH={os.environ['PATH']}",
             CONSENTD, "--data", self.data, "--policy", SEED_POLICY],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: os.path.exists(self.path), "the socket")

    def tearDown(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.dir)

    def test_first_connection_starts_it_and_waits_for_it(self):
        self.assertFalse(os.path.exists(self.data))
        with Peer(self.path) as peer:
            self.assertIn("reader", peer.call("hello")["roles"])
            self.assertEqual(peer.reason(SITE, None, "sessionid"), "exempt_necessary")
            self.assertEqual(peer.reason(SITE, None, "_ga"), "undeclared_cookie")
        with Peer(self.path) as another:
            another.call("hello")

    def test_stop_leaves_the_socket_to_its_owner(self):
        with Peer(self.path) as peer:
            peer.call("hello")
            self.process.send_signal(signal.SIGTERM)
            self.assertEqual(self.process.wait(PATIENCE), 0)
        self.assertTrue(stat.S_ISSOCK(os.stat(self.path).st_mode))


class Notification(unittest.TestCase):
    def test_ready_comes_when_it_answers_and_stopping_before_the_end(self):
        with Supervised() as daemon:
            daemon.told("READY=1")
            daemon.send_signal(signal.SIGTERM)
            daemon.told("STOPPING=1")
            self.assertEqual(daemon.process.wait(PATIENCE), 0)

    def test_reload_is_told_and_ready_again(self):
        with Supervised() as daemon:
            daemon.told("READY=1")
            daemon.send_signal(signal.SIGHUP)
            daemon.told("RELOADING=1")
            daemon.told("READY=1")

    def test_watchdog_is_answered_again_and_again(self):
        with Supervised(watchdog_ms=400) as daemon:
            for _ in range(3):
                daemon.told("WATCHDOG=1")

    def test_watchdog_is_not_answered_unasked(self):
        with Supervised() as daemon:
            daemon.told("READY=1")
            daemon.send_signal(signal.SIGTERM)
            daemon.process.wait(PATIENCE)
            daemon.messages.setblocking(False)
            rest = b""
            try:
                while True:
                    rest += daemon.messages.recv(4096) + b"\n"
            except BlockingIOError:
                pass
            self.assertNotIn(b"WATCHDOG", rest)


if __name__ == "__main__":
    unittest.main()
