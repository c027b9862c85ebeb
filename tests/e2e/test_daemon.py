"""The daemon as a process: how it starts, reloads, stops, whom it refuses, and what it tells systemd."""
import json
import os
import pwd
import resource
import signal
import socket
import subprocess
import tempfile
import time
import unittest

from support import CONSENTD, FULL, PATIENCE, Daemon, Peer, Refused, wait_for

POLICY = """\
site: example.org
categories:
  necessary: {basis: necessary, title: Necessary}
  statistics: {basis: consent, title: Statistics}
services:
  - {id: login, provider: Us, function: Login, category: necessary,
     cookies: [{name: sessionid, purpose: To stay logged in, max_age: 2 weeks}]}
  - {id: counter, provider: Us, function: Counting, category: statistics,
     cookies: [{name: _count, purpose: To count visits, max_age: 1 month}]}
"""
OTHER_UID = 64001
ALL_ROLES = ["reader", "recorder", "auditor", "admin"]


def run(*args, env=None):
    """Runs consentd to its end; returns (status, stdout, stderr)."""
    done = subprocess.run([CONSENTD, *args], capture_output=True, text=True, timeout=PATIENCE,
                          env=dict(os.environ, **(env or {})), check=False)
    return done.returncode, done.stdout, done.stderr


def as_other(uid, groups, function):
    """What `function` returns (JSON) when another user runs it; the exception's text where it raises."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setgroups(groups)
            os.setgid(uid)
            os.setuid(uid)
            result = function()
        except BaseException as e:  # pylint: disable=broad-except
            result = f"{type(e).__name__}: {e}"
        os.write(writing, json.dumps(result).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as f:
        result = json.loads(f.read())
    os.waitpid(pid, 0)
    return result


class StartAndStop(unittest.TestCase):
    def test_needs_neither_configuration_nor_much(self):
        with Daemon([POLICY]) as daemon:
            with daemon.peer() as peer:
                self.assertEqual(peer.reason("example.org", None, "sessionid"), "exempt_necessary")
            self.assertEqual(os.stat(daemon.path).st_mode & 0o777, 0o660)
            self.assertEqual(daemon.stop(), 0)
            self.assertFalse(os.path.exists(daemon.path), "the socket is gone with the daemon")
            self.assertIn("stopped", daemon.log())

    @unittest.skipIf(os.geteuid() != 0, "only root can become somebody else")
    def test_needs_no_root(self):
        with tempfile.TemporaryDirectory() as directory:
            os.chown(directory, OTHER_UID, OTHER_UID)
            path = os.path.join(directory, "sock")
            with subprocess.Popen([CONSENTD, "--data", os.path.join(directory, "data"),
                                   "--socket", path], user=OTHER_UID, group=OTHER_UID,
                                  extra_groups=[], stderr=subprocess.PIPE, text=True) as process:
                self.assertIn("0 sites", process.stderr.readline())
                self.assertIn("ready", process.stderr.readline())
                self.assertEqual(os.stat(path).st_uid, OTHER_UID)

                def roles():
                    with Peer(path) as peer:
                        return sorted(peer.call("hello")["roles"])
                self.assertEqual(as_other(OTHER_UID, [], roles), sorted(ALL_ROLES))
                self.assertEqual(roles(), sorted(ALL_ROLES), "root holds all everywhere")
                process.terminate()
                self.assertEqual(process.wait(PATIENCE), 0)

    def test_without_descriptors_no_file_takes_their_numbers(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "sock")
            with subprocess.Popen(["sh", "-c", 'exec "$0" "$@" <&- >&- 2>&-', CONSENTD, "--data",
                                   os.path.join(directory, "data"), "--socket", path]) as process:
                def answers():
                    if not os.path.exists(path):
                        return False
                    with Peer(path) as peer:
                        return peer.call("hello")
                wait_for(answers, "the daemon to answer")
                for fd in range(3):
                    self.assertEqual(os.readlink(f"/proc/{process.pid}/fd/{fd}"), "/dev/null")
                process.terminate()
                self.assertEqual(process.wait(PATIENCE), 0)

    def test_few_descriptors_make_few_connections(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200))
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "sock")
            with subprocess.Popen([CONSENTD, "--data", os.path.join(directory, "data"),
                                   "--socket", path], preexec_fn=limit, stderr=subprocess.PIPE,
                                  text=True) as process:
                self.assertIn("enough for 136 connections", process.stderr.readline())
                while "ready" not in process.stderr.readline():
                    pass
                peers = [Peer(path) for _ in range(136)]
                for peer in peers:
                    peer.call("hello")
                with Peer(path) as waiting:
                    sent = waiting.send("hello")
                    waiting.socket.settimeout(0.2)
                    with self.assertRaises(TimeoutError):
                        waiting.receive()
                    waiting.socket.settimeout(PATIENCE)
                    peers.pop().close()
                    self.assertEqual(waiting.receive()[0], sent)
                for peer in peers:
                    peer.close()
                process.terminate()
                self.assertEqual(process.wait(PATIENCE), 0)

    def test_both_signals_stop_it(self):
        with Daemon() as daemon:
            self.assertEqual(daemon.stop(signal.SIGINT), 0)

    def test_signals_without_end_do_not_cut_it_short(self):
        """Also those that come when all but the store is closed."""
        for number in [signal.SIGTERM, signal.SIGINT, signal.SIGTERM, signal.SIGHUP] * (5 if FULL else 2):
            with Daemon([POLICY]) as daemon:
                with daemon.peer() as peer:
                    peer.call("record", site="example.org", subject="s", choices={"*": True})
                daemon.send_signal(signal.SIGTERM)
                while daemon.process.poll() is None:
                    daemon.send_signal(number)
                self.assertEqual(daemon.stop(), 0)
                self.assertIn("stopped", daemon.log())

    def test_descriptors_at_the_least_and_one_below(self):
        for n in (65, 100, 126, 127):
            daemon = Daemon([POLICY])
            command = ["prlimit", f"--nofile={n}:{n}", *daemon.command()]
            daemon.command = lambda command=command: command
            with daemon, daemon.peer() as peer:
                peer.call("record", site="example.org", subject="s", choices={"*": True})
                self.assertIn(f"enough for {n - 64} connections", daemon.log())
        with tempfile.TemporaryDirectory() as data:
            done = subprocess.run(["prlimit", "--nofile=64:64", CONSENTD, "--data", data],
                                  capture_output=True, text=True, timeout=PATIENCE, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("at least 65 are needed", done.stderr)

    def test_records_outlive_it(self):
        with Daemon([POLICY]) as daemon:
            with daemon.peer() as peer:
                peer.call("record", site="example.org", subject="s", choices={"*": True})
            daemon.restart()
            with daemon.peer() as peer:
                self.assertEqual(peer.reason("example.org", "s", "_count"), "consent_given")

    def test_second_daemon_on_the_same_data(self):
        with Daemon([POLICY]) as daemon:
            status, _, log = run("--data", daemon.data, "--socket", daemon.path + "2")
            self.assertEqual(status, 1)
            self.assertIn(daemon.data, log)
            self.assertIn("another daemon", log)
            self.assertTrue(daemon.answers())
            self.assertFalse(os.path.exists(daemon.path + "2"))

    def test_second_daemon_on_the_same_socket(self):
        with Daemon([POLICY]) as daemon:
            status, _, log = run("--data", daemon.data + "2", "--socket", daemon.path)
            self.assertEqual(status, 1)
            self.assertIn(daemon.path, log)
            self.assertIn("another daemon", log)
            self.assertTrue(daemon.answers())

    def test_stale_socket_is_taken_over(self):
        with Daemon([POLICY]) as daemon:
            self.assertEqual(daemon.stop(signal.SIGKILL), -signal.SIGKILL)
            self.assertTrue(os.path.exists(daemon.path))
            daemon.start()
            self.assertTrue(daemon.answers())

    def test_somebody_elses_socket_is_left_alone(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "sock")
            with socket.socket(socket.AF_UNIX) as other:
                other.bind(path)
                other.listen()
                status, _, log = run("--data", os.path.join(directory, "data"), "--socket", path)
            self.assertEqual(status, 1)
            self.assertIn("answers at the socket", log)
            self.assertTrue(os.path.exists(path))

    def test_socket_path_that_is_too_long(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "x" * 100)
            status, _, log = run("--data", os.path.join(directory, "data"), "--socket", path)
            self.assertEqual(status, 1)
            self.assertIn("107 are possible", log)

    def test_stopping_answers_what_is_queued(self):
        """Every write is either acknowledged, and then there, or refused, or never begun."""
        n = 3000
        with Daemon([POLICY]) as daemon:
            with daemon.peer() as peer:
                acknowledged = []
                try:
                    for i in range(n):
                        if i == n // 2:
                            daemon.send_signal(signal.SIGTERM)
                        peer.send("record", site="example.org", subject=f"s{i}",
                                  choices={"*": True})
                except BrokenPipeError:
                    pass  # it takes no more
                try:
                    while (reply := peer.receive()) is not None:
                        msgid, error, _ = reply
                        if error is None:
                            acknowledged.append(msgid - 1)
                        else:
                            self.assertEqual(error["code"], "shutting_down")
                except ConnectionResetError:
                    pass  # requests that it had not read
            self.assertEqual(daemon.stop(), 0)
            self.assertGreater(len(acknowledged), 0)
            daemon.start()
            with daemon.peer() as peer:
                for i in acknowledged:
                    self.assertEqual(peer.reason("example.org", f"s{i}", "_count"), "consent_given")

    def test_a_peer_that_never_reads_does_not_hold_it_up(self):
        with Daemon([POLICY]) as daemon, daemon.peer() as peer:
            peer.socket.setblocking(False)
            try:
                while True:
                    peer.send("policy_get", site="example.org")
            except BlockingIOError:
                pass
            before = time.monotonic()
            self.assertEqual(daemon.stop(), 0)
            self.assertLess(time.monotonic() - before, 30)


    def test_a_second_signal_cuts_peers_that_never_read(self):
        with Daemon([POLICY]) as daemon, daemon.peer() as peer:
            peer.socket.setblocking(False)
            try:
                while True:
                    peer.send("policy_get", site="example.org")
            except BlockingIOError:
                pass
            daemon.send_signal(signal.SIGTERM)
            wait_for(lambda: "stopping" in daemon.log(), "the first signal to be seen")
            self.assertEqual(daemon.stop(), 0)
            self.assertNotIn("cut", daemon.log())

    def test_wrong_and_missing_key(self):
        with Daemon([POLICY]) as daemon:
            key = os.path.join(daemon.data, "key")
            self.assertEqual(daemon.stop(), 0)
            with open(key, "rb") as f:
                right = f.read()
            with open(key, "wb") as f:
                f.write(bytes(32))
            self.assertEqual(run("--data", daemon.data, "--socket", daemon.path)[0], 1)
            os.unlink(key)
            status, _, log = run("--data", daemon.data, "--socket", daemon.path)
            self.assertEqual(status, 1)
            self.assertIn("put the key back", log)
            self.assertFalse(os.path.exists(key), "none is made in its place")
            with open(key, "wb") as f:
                os.chmod(key, 0o600)
                f.write(right)
            daemon.start()


class CommandLine(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)

    def file(self, name, text):
        path = os.path.join(self.directory.name, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def test_version_and_help(self):
        status, out, _ = run("--version")
        self.assertEqual(status, 0)
        self.assertRegex(out, r"^consentd \d+\.\d+\.\d+\n$")
        status, out, _ = run("--help")
        self.assertEqual(status, 0)
        self.assertIn("--policy FILE", out)

    def test_usage(self):
        for args in (["--no-such"], ["policy.yaml"], ["--check"], ["--data"]):
            status, out, err = run(*args)
            self.assertEqual(status, 2, args)
            self.assertEqual(out, "")
            self.assertNotEqual(err, "")

    def test_check(self):
        good = self.file("good.yaml", POLICY)
        config = self.file("config.yaml", "log_level: info\n")
        bad = self.file("bad.yaml", "data: here\nlog_level: loud\nno_such: 1\n")
        status, out, _ = run("--check", good, config)
        self.assertEqual(status, 0, out)
        status, out, _ = run("--check", good, bad)
        self.assertEqual(status, 5)
        for line in (1, 2, 3):
            self.assertIn(f"{bad}:{line}:", out)

    def test_faulty_configuration(self):
        config = self.file("config.yaml", "data: here\nlog_level: loud\n")
        status, _, log = run("--config", config)
        self.assertEqual(status, 5)
        self.assertIn(f"{config}:1:7: ", log)
        self.assertIn(f"{config}:2:", log)

    def test_configuration_that_cannot_be_read(self):
        status, _, log = run("--config", os.path.join(self.directory.name, "none.yaml"))
        self.assertEqual(status, 5)
        self.assertIn("No such file", log)

    def test_faulty_policy(self):
        policy = self.file("policy.yaml", POLICY.replace("basis: consent", "basis: maybe"))
        data = os.path.join(self.directory.name, "data")
        path = os.path.join(self.directory.name, "sock")
        status, _, log = run("--data", data, "--socket", path, "--policy", policy)
        self.assertEqual(status, 5)
        self.assertIn(f"{policy}:4:", log)
        self.assertFalse(os.path.exists(path))

    def test_two_policies_of_one_site(self):
        one, two = self.file("one.yaml", POLICY), self.file("two.yaml", POLICY)
        data = os.path.join(self.directory.name, "data")
        status, _, log = run("--data", data, "--socket", data + ".sock", "--policy", one,
                             "--policy", two)
        self.assertEqual(status, 5)
        self.assertIn(f"{two}: example.org is declared by {one} already", log)

    def test_policies_of_a_directory(self):
        os.mkdir(os.path.join(self.directory.name, "policies.d"))
        self.file("policies.d/b.yaml", POLICY)
        self.file("policies.d/a.yaml", POLICY.replace("example.org", "example.net"))
        self.file("policies.d/.hidden.yaml", "{")
        self.file("policies.d/notes.txt", "{")
        with Daemon(args=["--policies", os.path.join(self.directory.name, "policies.d")]) as daemon:
            with daemon.peer() as peer:
                sites = {s["site"]: s for s in peer.call("policy_list")["sites"]}
        self.assertEqual(set(sites), {"example.net", "example.org"})
        self.assertTrue(sites["example.org"]["source"].endswith("/policies.d/b.yaml"))


class Reload(unittest.TestCase):
    def revision(self, daemon):
        with daemon.peer() as peer:
            return peer.call("policy_list")["sites"][0]["policy_revision"]

    def rewrite(self, daemon, text):
        with open(daemon.policies[0], "w", encoding="utf-8") as f:
            f.write(text)
        daemon.send_signal(signal.SIGHUP)

    def test_good(self):
        with Daemon([POLICY]) as daemon:
            before = self.revision(daemon)
            self.rewrite(daemon, POLICY.replace("_count", "_tally"))
            wait_for(lambda: self.revision(daemon) > before, "the new policy")
            with daemon.peer() as peer:
                self.assertEqual(peer.reason("example.org", None, "_tally"), "consent_unknown")
                self.assertEqual(peer.reason("example.org", None, "_count"), "undeclared_cookie")

    def test_unchanged_changes_nothing(self):
        with Daemon([POLICY]) as daemon:
            before = self.revision(daemon)
            for i in range(3):
                daemon.send_signal(signal.SIGHUP)
                wait_for(lambda: daemon.log().count("reloaded") > i, "the reload")
            self.assertEqual(self.revision(daemon), before)
            daemon.restart()
            self.assertEqual(self.revision(daemon), before)

    def test_the_last_of_many_in_a_row_counts(self):
        with Daemon([POLICY]) as daemon:
            for i in range(20):
                self.rewrite(daemon, POLICY.replace("_count", f"_count{i}"))
            with daemon.peer() as peer:
                wait_for(lambda: peer.reason("example.org", None, "_count19") == "consent_unknown",
                         "the last policy")

    def test_bad(self):
        with Daemon([POLICY]) as daemon:
            before = self.revision(daemon)
            self.rewrite(daemon, POLICY.replace("max_age: 2 weeks", "max_age: long")
                         .replace("max_age: 1 month", "max_age: longer"))
            wait_for(lambda: "nothing was changed" in daemon.log(), "the reload to be refused")
            path = os.path.realpath(daemon.policies[0])
            self.assertIn(f"{path}:7:", daemon.log())
            self.assertIn(f"{path}:9:", daemon.log())
            self.assertEqual(self.revision(daemon), before)
            self.rewrite(daemon, POLICY.replace("To count visits", "To count"))
            wait_for(lambda: self.revision(daemon) > before, "the repaired policy")

    def test_one_bad_file_holds_the_others_back(self):
        other = POLICY.replace("example.org", "example.net")
        with Daemon([POLICY, other]) as daemon:
            with open(daemon.policies[1], "w", encoding="utf-8") as f:
                f.write("site: example.net\n")
            self.rewrite(daemon, POLICY.replace("_count", "_tally"))
            wait_for(lambda: "nothing was changed" in daemon.log(), "the reload to be refused")
            with daemon.peer() as peer:
                self.assertEqual(peer.reason("example.org", None, "_tally"), "undeclared_cookie")


@unittest.skipIf(os.geteuid() != 0, "only root can connect as somebody else")
class Roles(unittest.TestCase):
    """The peer is another user, who can reach the socket."""

    def daemon(self, config):
        daemon = Daemon([POLICY])
        os.chmod(daemon.dir, 0o711)
        daemon.args = ["--config", daemon.write("consentd.yaml", config)]
        return daemon

    def try_all(self, daemon):
        """Which of one method a role may be called."""
        calls = {
            "reader": ("check", {"site": "example.org", "cookies": ["_count"]}),
            "recorder": ("record", {"site": "example.org", "subject": "x", "choices": {"*": True}}),
            "auditor": ("show", {"site": "example.org", "subject": "x"}),
            "admin": ("erase", {"site": "example.org", "subject": "x"}),
        }

        def ask():
            allowed = []
            with Peer(daemon.path) as peer:
                for role, (method, params) in calls.items():
                    try:
                        peer.call(method, **params)
                        allowed.append(role)
                    except Refused as e:
                        if e.code != "forbidden":
                            allowed.append(role)
                        elif role not in e.message:
                            return f"{e.message} does not name {role}"
            return allowed
        return ask

    def test_strangers_cannot_even_connect(self):
        with self.daemon("log_level: info\n") as daemon:
            self.assertIn("PermissionError", as_other(OTHER_UID, [], self.try_all(daemon)))

    def test_whom_the_socket_lets_in_holds_nothing_yet(self):
        with self.daemon("socket: {mode: 0666}\n") as daemon:
            self.assertEqual(as_other(OTHER_UID, [], self.try_all(daemon)), [])

    def test_group_of_the_socket(self):
        with self.daemon("socket: {group: 64123}\n") as daemon:
            self.assertEqual(as_other(OTHER_UID, [64123], self.try_all(daemon)),
                             ["reader", "recorder"])
            self.assertIn("PermissionError", as_other(OTHER_UID, [], self.try_all(daemon)))

    def test_granted_to_users_and_groups(self):
        config = ("socket: {mode: 0666}\n"
                  "roles:\n"
                  "  - {user: 64001, roles: [reader]}\n"
                  "  - {group: 64500, roles: [auditor, admin]}\n")
        with self.daemon(config) as daemon:
            self.assertEqual(as_other(64001, [], self.try_all(daemon)), ["reader"])
            self.assertEqual(as_other(64001, [64500], self.try_all(daemon)),
                             ["reader", "auditor", "admin"])
            self.assertEqual(as_other(64002, [], self.try_all(daemon)), [])

    def test_user_by_name(self):
        config = "socket: {mode: 0666}\nroles: [{user: daemon, roles: [recorder]}]\n"
        with self.daemon(config) as daemon:
            self.assertEqual(as_other(pwd.getpwnam("daemon").pw_uid, [], self.try_all(daemon)),
                             ["recorder"])

    def test_hello_says_which(self):
        def ask():
            with Peer(daemon.path) as peer:
                return peer.call("hello")["roles"]
        with self.daemon("socket: {mode: 0666}\nroles: [{user: 64001, roles: [auditor]}]\n") as daemon:
            self.assertEqual(as_other(OTHER_UID, [], ask), ["auditor"])

    def test_reload_reaches_those_who_are_connected(self):
        with self.daemon("socket: {mode: 0666}\n") as daemon:
            def ask():
                with Peer(daemon.path) as peer:
                    before = peer.call("hello")["roles"]
                    daemon.write("consentd.yaml", "socket: {mode: 0666}\n"
                                 "roles: [{user: 64001, roles: [reader]}]\n")
                    os.write(wake[1], b"x")
                    wait_for(lambda: peer.call("hello")["roles"] != before, "the new roles")
                    return [before, peer.call("hello")["roles"]]
            wake = os.pipe()
            path = os.path.join(daemon.dir, "consentd.yaml")
            os.chown(path, OTHER_UID, -1)
            reloader = os.fork()
            if reloader == 0:
                os.read(wake[0], 1)
                os.kill(daemon.process.pid, signal.SIGHUP)
                os._exit(0)
            self.assertEqual(as_other(OTHER_UID, [], ask), [[], ["reader"]])
            os.waitpid(reloader, 0)

    def test_a_bad_reload_keeps_the_roles(self):
        config = "socket: {mode: 0666}\nroles: [{user: 64001, roles: [reader]}]\n"
        with self.daemon(config) as daemon:
            daemon.write("consentd.yaml", config.replace("reader", "owner"))
            daemon.send_signal(signal.SIGHUP)
            wait_for(lambda: "nothing was changed" in daemon.log(), "the reload to be refused")
            self.assertEqual(as_other(OTHER_UID, [], self.try_all(daemon)), ["reader"])


if __name__ == "__main__":
    unittest.main()
