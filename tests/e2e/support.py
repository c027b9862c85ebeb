"""What end-to-end tests share: a real daemon in a directory of its own, and a peer that knows only
PROTOCOL.md and Python's msgpack.

A test is a unittest module that ctest runs with these in its environment: CONSENTD, CONSENTCTL
(programs), FAKE_CLOCK_LIB (a library to preload), SOURCE_DIR.
"""
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

import msgpack

PATIENCE = 60.0
FULL = os.environ.get("CONSENT_TEST_FULL", "") == "1"
SOURCE_DIR = os.environ.get("SOURCE_DIR", os.path.dirname(os.path.dirname(os.path.dirname(__file__))))
CONSENTD = os.environ.get("CONSENTD", "consentd")
CONSENTCTL = os.environ.get("CONSENTCTL", "consentctl")
SEED_POLICY = os.path.join(SOURCE_DIR, "packaging/policies/public.opendatasoft.com.yaml")
EXAMPLE_POLICY = os.path.join(SOURCE_DIR, "packaging/policies/example.yaml")


def wait_for(condition, what, patience=PATIENCE):
    """Waits until condition() is true; fails with `what` when it never is."""
    deadline = time.monotonic() + patience
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain for {what}")
        time.sleep(0.005)
    return value


class Refused(Exception):
    """An error reply."""

    def __init__(self, error):
        super().__init__(f"{error['code']}: {error['message']}")
        self.code, self.message = error["code"], error["message"]


class Peer:
    """One connection. Requests may be pipelined with send(); receive() gives (msgid, error, result)."""

    def __init__(self, path, timeout=PATIENCE):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(timeout)
        try:
            self.socket.connect(path)
        except OSError:
            self.socket.close()
            raise
        self.unpacker = msgpack.Unpacker(raw=False, max_buffer_size=4 << 20)
        self.next_id = 0

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, method, /, **params):
        self.next_id += 1
        self.send_bytes(msgpack.packb([0, self.next_id, method, [params]]))
        return self.next_id

    def send_bytes(self, data):
        self.socket.sendall(data)

    def receive(self):
        """The next reply; None when the daemon has closed the connection."""
        while True:
            for kind, msgid, error, result in self.unpacker:
                assert kind == 1
                return msgid, error, result
            data = self.socket.recv(1 << 16)
            if not data:
                return None
            self.unpacker.feed(data)

    def call(self, method, /, **params):
        """One request and its result; raises Refused."""
        sent = self.send(method, **params)
        reply = self.receive()
        assert reply is not None, "the daemon closed the connection"
        msgid, error, result = reply
        assert msgid == sent, f"reply to {msgid}, sent {sent}"
        if error is not None:
            raise Refused(error)
        return result

    def reason(self, site, subject, cookie, **more):
        """The reason of a check of one cookie; checks that `allowed` goes with it."""
        if subject is not None:
            more["subject"] = subject
        decision = self.call("check", site=site, cookies=[cookie], **more)["decisions"][0]
        allowed = decision["reason"] in ALLOWED_REASONS
        assert decision["allowed"] is allowed, decision
        return decision["reason"]


ALLOWED_REASONS = {"exempt_necessary", "exempt_audience_measurement", "consent_given", "opt_out_default"}


class Daemon:
    """A real consentd in a temporary directory. Use it with `with`."""

    def __init__(self, policies=(), args=(), fake_clock=False, env=None):
        self.dir = tempfile.mkdtemp(prefix="consentd-e2e-")
        self.data = os.path.join(self.dir, "data")
        self.path = os.path.join(self.dir, "sock")
        self.log_path = os.path.join(self.dir, "log")
        self.args = list(args)
        self.env = dict(os.environ, **(env or {}))
        self.process = None
        self.policies = []
        for i, policy in enumerate(policies):
            self.policies.append(self.write(f"policy{i}.yaml", policy) if "\n" in policy else policy)
        if fake_clock:
            self.clock_path = os.path.join(self.dir, "clock")
            self.set_clock(0)
            self.env["FAKE_CLOCK"] = self.clock_path
            self.env["LD_PRELOAD"] = os.environ["FAKE_CLOCK_LIB"]
            self.env["ASAN_OPTIONS"] = self.env.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"

    def write(self, name, text):
        path = os.path.join(self.dir, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def set_clock(self, offset_s):
        """Lets the daemon's wall clock be `offset_s` seconds ahead."""
        with open(self.clock_path, "r+b" if os.path.exists(self.clock_path) else "wb") as f:
            f.write(struct.pack("=q", offset_s))

    def command(self):
        command = [CONSENTD, "--data", self.data, "--socket", self.path]
        for policy in self.policies:
            command += ["--policy", policy]
        return command + self.args

    def start(self, ready=True):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, env=self.env)
        if ready:
            wait_for(self.answers, "the daemon to answer")
        return self

    def answers(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the daemon ended with {self.process.returncode}:\n{self.log()}")
        if not os.path.exists(self.path):
            return False
        try:
            with Peer(self.path) as peer:
                peer.call("hello")
            return True
        except OSError:
            return False

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def peer(self):
        return Peer(self.path)

    def send_signal(self, number):
        self.process.send_signal(number)

    def stop(self, number=signal.SIGTERM):
        """Ends the daemon; returns its exit status, which an orderly stop makes 0."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.send_signal(number)
        status = self.process.wait(PATIENCE)
        self.process = None
        return status

    def restart(self):
        status = self.stop()
        assert status == 0, f"the daemon stopped with {status}:\n{self.log()}"
        return self.start()

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise

    def __exit__(self, kind, *_):
        status = self.stop()
        if kind is not None:
            sys.stderr.write(self.log()[-8000:])
        shutil.rmtree(self.dir, ignore_errors=True)
        if kind is None and status not in (0, None):
            raise AssertionError(f"the daemon stopped with {status}")


def ctl(*args, socket_path=None, stdin=None, env=None):
    """Runs consentctl; returns (exit status, stdout, stderr)."""
    command = [CONSENTCTL] + (["--socket", socket_path] if socket_path else []) + list(args)
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=PATIENCE,
                          env=dict(os.environ, **(env or {})))
    return done.returncode, done.stdout, done.stderr
