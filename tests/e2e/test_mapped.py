"""The decision map as an application meets it: no system call, daemons that stop, hang and go on, and a
map that grows."""
import os
import re
import signal
import subprocess
import time
import unittest

from support import Daemon, wait_for
from test_library import Library

SITE = "mapped.example"
POLICY = """
site: mapped.example
services:
  - {id: login, provider: Shop, function: Login, category: necessary,
     cookies: [{name: sid, purpose: To log in, max_age: 2 weeks}]}
  - {id: chat, provider: Chat, function: Chat, category: first_party,
     cookies: [{name: chat, purpose: To talk, max_age: 1 hours}]}
  - {id: ads, provider: Ads, function: Ads, category: third_party,
     cookies: [{name: ads, purpose: To sell, max_age: 1 years}]}
  - {id: video, provider: Tube, function: Videos, category: third_party,
     cookies: [{name: video, purpose: To play, max_age: 1 years}]}
"""
LEASE_S = 1.0
DEADLINE_S = 0.25
MARGIN_S = 1.5  # of a busy machine
N_WORKERS = 4
GIVEN, UNAVAILABLE, NECESSARY = ("yes", "consent_given"), ("no", "unavailable"), ("yes", "exempt_necessary")


def n_maps(pid):
    with open(f"/proc/{pid}/maps", encoding="utf-8") as f:
        return len(re.findall(r"memfd:consent-map", f.read()))


class Worker(Library):
    """A handle with the deadline of an application."""

    def __init__(self, path):
        os.environ["LIBRARY_PEER_DEADLINE_MS"] = str(int(DEADLINE_S * 1000))
        try:
            super().__init__(path)
        finally:
            del os.environ["LIBRARY_PEER_DEADLINE_MS"]

    def ask(self, cookie, subject="v"):
        answer, reason, *_ = self.call("check", subject, cookie, site=SITE)
        return answer, reason


class Case(unittest.TestCase):
    def setUp(self):
        self.daemon = Daemon([POLICY])
        self.daemon.__enter__()
        self.addCleanup(self.daemon.__exit__, None, None, None)
        with self.daemon.peer() as peer:
            peer.call("record", site=SITE, subject="v", choices={"chat": True, "ads": False})

    def workers(self, n=N_WORKERS):
        workers = [Worker(self.daemon.path) for _ in range(n)]
        for worker in workers:
            self.addCleanup(worker.close)
            self.assertEqual(worker.ask("chat"), GIVEN)
            self.assertEqual(worker.ask("sid"), NECESSARY)
            self.assertEqual(n_maps(worker.process.pid), 1)
        return workers

    def n_checks_served(self):
        with self.daemon.peer() as peer:
            return peer.call("stats")["counters"]["calls_check"]


class NoCalls(Case):
    """100,000 checks with every system call forbidden."""

    def run_program(self, *more):
        done = subprocess.run([os.environ["ZERO_CALLS"], SITE, "v", "100000", *more], timeout=120,
                              capture_output=True, text=True, check=False,
                              env=dict(os.environ, CONSENT_SOCKET=self.daemon.path))
        if done.returncode == 77:
            self.skipTest(done.stderr)
        return done

    def test_by_the_map(self):
        done = self.run_program()
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_the_socket_is_caught(self):
        self.assertEqual(self.run_program("--no-map").returncode, -signal.SIGSYS)


class Hangs(Case):
    def test_a_stopped_daemon_makes_all_unavailable_within_a_lease(self):
        workers = self.workers()
        self.daemon.send_signal(signal.SIGSTOP)
        stopped = time.monotonic()
        try:
            self.check_stopped(workers, stopped)
        finally:
            self.daemon.send_signal(signal.SIGCONT)
        for worker in workers:
            wait_for(lambda w=worker: w.ask("chat") == GIVEN, "the worker to recover", 10)
            self.assertIsNone(worker.process.poll())
            self.assertEqual(n_maps(worker.process.pid), 1)
        served = self.n_checks_served()
        for worker in workers:
            self.assertEqual([worker.ask("chat") for _ in range(50)], [GIVEN] * 50)
        self.assertEqual(self.n_checks_served(), served, "the map is used again")

    def check_stopped(self, workers, stopped):
        left = set(workers)
        while left:
            for worker in list(left):
                self.assertEqual(worker.ask("sid"), NECESSARY)
                if worker.ask("chat") == UNAVAILABLE:
                    left.remove(worker)
            # Workers are asked one after the other, and each may wait for its deadline, twice.
            patience = LEASE_S + MARGIN_S + 2 * DEADLINE_S * len(workers)
            self.assertLess(time.monotonic() - stopped, patience)
        until = time.monotonic() + 1.0
        while time.monotonic() < until:
            for worker in workers:
                for cookie in ("chat", "ads", "video", "nobody"):
                    self.assertEqual(worker.ask(cookie), UNAVAILABLE)
                self.assertEqual(worker.ask("sid"), NECESSARY)


class Ends(Case):
    def test_an_orderly_stop_is_seen_at_once(self):
        workers = self.workers()
        served = time.monotonic()
        self.assertEqual(self.daemon.stop(), 0)
        for worker in workers:
            self.assertEqual(worker.ask("chat"), UNAVAILABLE, "the map is RETIRED")
            self.assertEqual(worker.ask("sid"), NECESSARY)
        self.daemon.start()
        for worker in workers:
            self.assertEqual(worker.ask("chat"), GIVEN)
            wait_for(lambda w=worker: w.ask("chat") == GIVEN and n_maps(w.process.pid) == 1,
                     "the new daemon's map", 10)
        self.assertGreater(time.monotonic(), served)

    def test_a_killed_daemon_is_noticed_when_its_lease_is_over(self):
        workers = self.workers()
        self.daemon.send_signal(signal.SIGKILL)
        self.daemon.process.wait()
        killed = time.monotonic()
        for worker in workers:
            wait_for(lambda w=worker: w.ask("chat") == UNAVAILABLE, "the end of the lease")
            self.assertLess(time.monotonic() - killed, LEASE_S + MARGIN_S)
        self.daemon.start()
        for worker in workers:
            wait_for(lambda w=worker: w.ask("chat") == GIVEN, "the new daemon", 10)
        wait_for(lambda: all(w.ask("chat") == GIVEN and n_maps(w.process.pid) == 1 for w in workers),
                 "the new map", 10)


class OtherData(Case):
    """A worker knows a daemon by its socket: the next one there may have other data."""

    def kill_and_refuse(self):
        worker, = self.workers(1)
        self.daemon.send_signal(signal.SIGKILL)
        self.daemon.process.wait()
        self.daemon.data = self.daemon.dir + "/other"
        self.daemon.start()
        with self.daemon.peer() as peer:
            peer.call("record", site=SITE, subject="v", choices={"chat": False})
        self.assertEqual(worker.ask("chat"), ("no", "consent_refused"))

    def test_new_data(self):
        self.kill_and_refuse()

    def test_data_that_was_left_in_order(self):
        data = self.daemon.data
        self.assertEqual(self.daemon.stop(), 0)
        self.daemon.data = self.daemon.dir + "/other"
        self.daemon.start()
        self.assertEqual(self.daemon.stop(), 0)
        self.daemon.data = data
        self.daemon.start()
        self.kill_and_refuse()


class Grows(Case):
    def test_old_tables_are_unmapped(self):
        workers = self.workers()
        with self.daemon.peer() as peer:
            lines = peer.call("stats")["counters"]["map_lines"]
            for round_ in range(4):
                for i in range(1000):
                    peer.send("record", site=SITE, subject=f"s{round_}-{i}", choices={"chat": True})
                for _ in range(1000):
                    self.assertIsNone(peer.receive()[1])
                for worker in workers:
                    self.assertEqual(worker.ask("chat", f"s{round_}-999"), GIVEN)
                    self.assertEqual(worker.ask("chat"), GIVEN)
                    wait_for(lambda w=worker: w.ask("chat") == GIVEN and n_maps(w.process.pid) == 1,
                             "the old table to go", 10)
            self.assertGreater(peer.call("stats")["counters"]["map_lines"], 4 * lines)


class Withdraws(Case):
    def test_a_withdrawal_is_seen_by_the_next_check_of_everybody(self):
        workers = self.workers()
        with self.daemon.peer() as peer:
            for n in range(50):
                given = n % 2 == 1
                peer.call("record", site=SITE, subject="v", choices={"chat": given})
                want = GIVEN if given else ("no", "consent_refused")
                self.assertEqual([worker.ask("chat") for worker in workers], [want] * len(workers))

    def test_a_policy_that_asks_again_is_seen_by_the_next_check(self):
        workers = self.workers()
        self.daemon.policies[0] = self.daemon.write("policy0.yaml", POLICY.replace(
            "id: chat,", "id: chat, material: 2,"))
        self.daemon.send_signal(signal.SIGHUP)
        with self.daemon.peer() as peer:
            wait_for(lambda: peer.call("check", site=SITE, subject="v", cookies=["chat"])["decisions"][0]
                     ["reason"] == "consent_unknown", "the new policy")
        for worker in workers:
            self.assertEqual(worker.ask("chat"), ("no", "consent_unknown"))


if __name__ == "__main__":
    unittest.main()
