"""A check by the map is as good as one that is asked of the only copy of the truth.

Processes check, others give, withdraw, erase, bind and unbind, and add subjects all the time, while
the daemon is killed and started, hangs, its disk is full now and then, and policies change. linear.c says
how answers are judged. Daemons that do it wrong must be caught.
"""
import os
import random
import signal
import struct
import subprocess
import sys
import time
import unittest

from support import FULL, Daemon, wait_for

SITE = "linear.example"
POLICY = """
site: linear.example
categories:
  sale: {basis: opt_out}
services:
  - {id: login, provider: Shop, function: Login, category: necessary,
     cookies: [{name: sid, purpose: To log in, max_age: 1 hours}]}
  - {id: service_a, provider: A, function: A, category: first_party,
     cookies: [{name: a, purpose: To be asked about, max_age: AGE days}]}
  - {id: service_b, provider: B, function: B, category: third_party,
     cookies: [{name: b, purpose: To be asked about, max_age: 1 months}]}
  - {id: service_c, provider: C, function: C, category: sale,
     cookies: [{name: c, purpose: To be asked about, max_age: 1 months}]}
"""
N_READERS, N_WRITERS = 4, 8
N_KILLS, N_CHECKS = (100, 10_000_000) if FULL else (3, 100_000)
FULL_DISK_AFTER = 40  # writes of pages; a group makes one or a few
LATE_PUBLISH = os.environ.get("CONSENTD_LATE_PUBLISH")


class Campaign:
    """A daemon, and the program that checks and writes."""

    def __init__(self, program=None):
        self.daemon = Daemon()
        if program:
            self.daemon.command = lambda: [program] + Daemon.command(self.daemon)[1:]
        self.rate_path = self.daemon.write("full_disk", "\0" * 8)
        self.daemon.env["FULL_DISK"] = self.rate_path
        self.daemon.env["LD_PRELOAD"] = os.environ["FULL_DISK_LIB"]
        self.daemon.env["ASAN_OPTIONS"] = self.daemon.env.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
        self.age = 1
        self.program = None
        self.first_lines = self.map_lines = 0

    def __enter__(self):
        self.daemon.__enter__()
        try:
            self.apply_policy()
            self.note_lines()
            self.program = subprocess.Popen(
                [os.environ["LINEAR"], self.daemon.path, str(N_READERS), str(N_WRITERS)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, *error):
        if self.program:
            self.program.kill()
            self.program.communicate()
        self.daemon.__exit__(*error)

    def fill_disk(self, after):
        with open(self.rate_path, "r+b") as f:
            f.write(struct.pack("=Q", after))

    def apply_policy(self):
        """Another max_age: the policy's generation moves, and no choice is asked again."""
        self.age = self.age % 9 + 1
        with self.daemon.peer() as peer:
            peer.call("policy_apply", yaml=POLICY.replace("AGE", str(self.age)))

    def say(self, command):
        self.program.stdin.write(command + "\n")
        self.program.stdin.flush()
        return {name: int(value) for name, value in
                (word.split("=") for word in self.program.stdout.readline().split())}

    def counts(self):
        return self.say("?")

    def wait_for_more(self, name, n):
        n += self.counts()[name]
        wait_for(lambda: self.counts()[name] >= n, f"{n} {name}")

    def work(self):
        """Some time of an ordinary life, with a disk that fills up and a policy that changes."""
        self.wait_for_more("written", 50)
        self.fill_disk(FULL_DISK_AFTER)
        self.wait_for_more("written", 100)
        self.fill_disk(0)
        self.apply_policy()
        self.wait_for_more("written", 20 + random.randrange(100))
        self.note_lines()

    def note_lines(self):
        with self.daemon.peer() as peer:
            self.map_lines = max(self.map_lines, peer.call("stats")["counters"]["map_lines"])
        self.first_lines = self.first_lines or self.map_lines

    def hang(self):
        """The daemon stands still, with writes under way, for less or more than a lease."""
        self.daemon.send_signal(signal.SIGSTOP)
        time.sleep(random.random() * 1.5)
        self.daemon.send_signal(signal.SIGCONT)
        self.wait_for_more("written", 20)

    def kill(self):
        time.sleep(random.random() * 0.3)
        self.daemon.send_signal(signal.SIGKILL)
        self.daemon.process.wait()

    def end(self):
        """Lets the program end; returns its exit status and its last counts."""
        counts = self.say("end")
        return self.program.wait(120), counts


class Linear(unittest.TestCase):
    def test_every_answer_is_right(self):
        began = time.monotonic()
        with Campaign() as campaign:
            for n in range(N_KILLS):
                campaign.work()
                if n % 3 == 1:
                    campaign.hang()
                campaign.kill()
                campaign.daemon.start()
                if n % 4 == 3:
                    campaign.work()
                    campaign.daemon.restart()
            campaign.work()
            wait_for(lambda: campaign.counts()["mapped"] >= N_CHECKS, "the checks", 3600)
            status, counts = campaign.end()
        print(f"linear: {N_KILLS} kills, {time.monotonic() - began:.0f} s, {campaign.map_lines} lines, "
              f"{counts}", file=sys.stderr)
        self.assertEqual((status, counts["wrong_yes"], counts["wrong_no"]), (0, 0, 0))
        self.assertGreaterEqual(counts["mapped"], N_CHECKS)
        self.assertGreater(counts["mapped"], 10 * counts["asked"], "the map was hardly used")
        self.assertGreater(counts["failed"], 0, "no write failed")
        self.assertGreater(campaign.map_lines, campaign.first_lines, "the map did not grow")


class Control(unittest.TestCase):
    """What must be caught, or the test above shows nothing."""

    def run_until_wrong(self, campaign, turn):
        for _ in range(20):
            turn(campaign)
            if campaign.counts()["wrong_yes"] > 0:
                break
        print(f"linear: caught {campaign.counts()}", file=sys.stderr)
        status, counts = campaign.end()
        self.assertEqual(status, 1)
        self.assertGreater(counts["wrong_yes"], 0)

    def test_publish_after_reply(self):
        with Campaign(program=LATE_PUBLISH) as campaign:
            self.run_until_wrong(campaign, lambda c: c.wait_for_more("written", 300))

    def test_no_lease_wait_at_start(self):
        def turn(campaign):
            campaign.wait_for_more("written", 100)
            campaign.kill()
            # Both of what a daemon takes away before, or leaves after, an orderly end.
            with open(campaign.daemon.data + "/clean", "wb"):
                pass
            os.unlink(campaign.daemon.path)
            campaign.daemon.start()

        with Campaign() as campaign:
            self.run_until_wrong(campaign, turn)


if __name__ == "__main__":
    unittest.main()
