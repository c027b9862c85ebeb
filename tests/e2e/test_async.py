"""libconsent without waiting, with a real daemon: over the socket and through the decision map."""
import os
import select
import signal
import subprocess
import time
import unittest

from support import Daemon, SEED_POLICY, wait_for

SITE = "shop.example.org"
POLICY = """
site: shop.example.org
validity: {given: 6 months, refused: 6 months}
services:
  - {id: login, provider: Shop, function: Login, category: necessary,
     cookies: [{name: sid, purpose: To log in, max_age: 2 weeks}]}
  - {id: chat, provider: Chat, function: Chat, category: first_party,
     cookies: [{name: chat, purpose: To talk, max_age: 1 hours}]}
"""


class Loop:
    """One handle in a loop, in a process of its own."""

    def __init__(self, path, *options):
        self.process = subprocess.Popen([os.environ["ASYNC_PEER"], SITE, *options],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env=dict(os.environ, CONSENT_SOCKET=path))
        self.n_lines = 0

    def ask(self, *lines):
        """Sends all lines at once; the answers in the order of the lines."""
        text = "".join("\t".join(line) + "\n" for line in lines)
        self.process.stdin.write(text)
        self.process.stdin.flush()
        answers = {}
        for _ in lines:
            number, *answer = self.process.stdout.readline().rstrip("\n").split("\t")
            assert int(number) not in answers, number
            answers[int(number)] = answer
        first, self.n_lines = self.n_lines + 1, self.n_lines + len(lines)
        return [answers[i] for i in range(first, self.n_lines + 1)]

    def answers_at_once(self, *line):
        """Whether a line is answered in a moment; the answer is dropped then, else take() has it."""
        self.process.stdin.write("\t".join(line) + "\n")
        self.process.stdin.flush()
        if not select.select([self.process.stdout], [], [], 0.1)[0]:
            return False
        self.take()
        return True

    def take(self):
        """The answer to the next line."""
        self.n_lines += 1
        number, *answer = self.process.stdout.readline().rstrip("\n").split("\t")
        assert int(number) == self.n_lines, number
        return answer

    def check(self, subject, cookie):
        return tuple(self.ask(("check", subject, cookie))[0][1:])

    def close(self):
        self.process.stdin.close()
        status = self.process.wait(60)
        self.process.stdout.close()
        assert status == 0, status


class Case(unittest.TestCase):
    OPTIONS = ()

    def setUp(self):
        self.daemon = Daemon([POLICY])
        self.daemon.__enter__()
        self.addCleanup(self.daemon.__exit__, None, None, None)
        self.loop = Loop(self.daemon.path, *self.OPTIONS)
        self.addCleanup(self.loop.close)
        self.peer = self.daemon.peer()
        self.addCleanup(self.peer.close)

    def n_checks(self):
        """Checks that the daemon has been asked over a socket."""
        return self.peer.call("stats")["counters"]["calls_check"]


class Socket(Case):
    OPTIONS = ("no_map",)

    def test_many_visitors_at_once(self):
        ask = self.loop.ask
        written = ask(*[("record", f"s{i}", f"chat={i % 2}") for i in range(200)])
        self.assertEqual({line[0] for line in written}, {"ok"})
        self.assertEqual(len({line[2] for line in written}), 200, "each its own revision")
        answers = ask(*[("check", f"s{i}", "chat") for i in range(200)])
        for i, answer in enumerate(answers):
            self.assertEqual(answer, ["ok", "yes", "consent_given"] if i % 2 else
                             ["ok", "no", "consent_refused"])

    def test_bind_and_withdraw(self):
        ask = self.loop.ask
        self.assertEqual(ask(("record", "account", "chat=1"))[0][:2], ["ok", "given"])
        self.assertEqual(ask(("bind", "session", "account"))[0][:2], ["ok", "bound"])
        self.assertEqual(self.loop.check("session", "chat"), ("yes", "consent_given"))
        self.assertEqual(ask(("withdraw", "session"))[0][:2], ["ok", "withdrawn"])
        self.assertEqual(self.loop.check("account", "chat"), ("no", "consent_refused"))
        self.assertEqual(ask(("record", "s", "nothing=1"))[0][0], "unknown_choice")
        self.assertEqual(self.loop.check("s", "sid"), ("yes", "exempt_necessary"))

    def test_restarts_with_one_descriptor(self):
        descriptor = self.loop.ask(("fd",))
        self.loop.ask(("record", "s", "chat=1"))
        for _ in range(3):
            self.daemon.restart()
            self.assertEqual(self.loop.check("s", "chat"), ("yes", "consent_given"))
        # What is necessary is known once the policy came over this connection, too: it was asked for
        # before this check was, so it is there before the answer.
        self.loop.check("s", "chat")
        self.assertEqual(self.daemon.stop(), 0)
        self.assertEqual(self.loop.check("s", "chat"), ("no", "unavailable"))
        self.assertEqual(self.loop.check("s", "sid"), ("yes", "exempt_necessary"))
        self.assertEqual(self.loop.ask(("withdraw", "s"))[0][0], "connect")
        self.daemon.start()
        self.assertEqual(self.loop.check("s", "chat"), ("yes", "consent_given"))
        self.assertEqual(self.loop.ask(("fd",)), descriptor)

    def test_kills_under_load_lose_nothing(self):
        for round_ in range(5):
            lines = [("record", f"r{round_}-{i}", "chat=1") for i in range(100)]
            self.loop.process.stdin.write("".join("\t".join(line) + "\n" for line in lines))
            self.loop.process.stdin.flush()
            time.sleep(0.02 * round_)
            self.daemon.stop(signal.SIGKILL)
            self.daemon.start()
            acknowledged = set()
            for _ in lines:
                number, error, *_ = self.loop.process.stdout.readline().rstrip("\n").split("\t")
                if error == "ok":
                    acknowledged.add(int(number) - self.loop.n_lines - 1)
            self.loop.n_lines += len(lines)
            for i in acknowledged:
                self.assertEqual(self.loop.check(f"r{round_}-{i}", "chat"),
                                 ("yes", "consent_given"))


class Mapped(Case):
    def mapped(self):
        """Waits until checks are looked up."""
        def looked_up():
            self.loop.check("nobody", "chat")
            before = self.n_checks()
            self.loop.check("nobody", "chat")
            return self.n_checks() == before
        wait_for(looked_up, "the decision map")

    def test_takes_the_map_and_sees_every_change(self):
        self.assertEqual(self.loop.check("s", "chat"), ("no", "consent_unknown"))
        self.mapped()
        before = self.n_checks()
        for i in range(50):
            given = i % 2
            self.loop.ask(("record", "s", f"chat={given}"))
            self.assertEqual(self.loop.check("s", "chat"),
                             ("yes", "consent_given") if given else ("no", "consent_refused"))
        self.assertEqual(self.n_checks(), before)

    def test_follows_a_policy(self):
        self.loop.ask(("record", "s", "chat=1"))
        self.mapped()
        self.assertEqual(self.loop.check("s", "new"), ("no", "undeclared_cookie"))
        other = self.daemon.peer()
        self.addCleanup(other.close)
        changed = POLICY.replace("site: shop", "site: other")
        other.call("policy_apply", yaml=changed)
        self.assertEqual(self.loop.check("s", "chat"), ("yes", "consent_given"))
        self.mapped()
        self.assertEqual(self.loop.check("s", "chat"), ("yes", "consent_given"))

    def test_survives_restarts_and_kills(self):
        self.loop.ask(("record", "s", "chat=1"))
        for number in (signal.SIGTERM, signal.SIGKILL):
            self.mapped()
            self.daemon.stop(number)
            self.daemon.start()
            self.peer.close()
            self.peer = self.daemon.peer()
            self.addCleanup(self.peer.close)
            self.assertEqual(self.loop.check("s", "chat"), ("yes", "consent_given"))

    def test_a_stopped_daemon_is_a_no(self):
        self.loop.ask(("record", "s", "chat=1"))
        self.mapped()
        self.loop.close()
        self.loop = Loop(self.daemon.path)
        self.mapped()
        os.kill(self.daemon.process.pid, signal.SIGSTOP)
        try:
            while self.loop.answers_at_once("check", "s", "chat"):
                pass  # the lease holds
        finally:
            os.kill(self.daemon.process.pid, signal.SIGCONT)
        self.assertEqual(self.loop.take(), ["ok", "yes", "consent_given"],
                         "asked over the socket, and answered when it goes on")
        self.mapped()


class Examples(unittest.TestCase):
    """The programs of the documentation, with the policy of the documentation."""

    def test_loops(self):
        visitors = [f"v{i}" for i in range(20)]
        with Daemon([SEED_POLICY]) as daemon:
            for program in os.environ["EXAMPLE_LOOPS"].split(":"):
                for cookie, answer in (("django_language", "yes, exempt_necessary"),
                                       ("_ga", "no, undeclared_cookie")):
                    done = subprocess.run([program, "public.opendatasoft.com", cookie, *visitors],
                                          capture_output=True, text=True, check=True, timeout=60,
                                          env=dict(os.environ, CONSENT_SOCKET=daemon.path))
                    self.assertEqual(sorted(done.stdout.splitlines()),
                                     sorted(f"{v}: {answer}" for v in visitors))
        for program in os.environ["EXAMPLE_LOOPS"].split(":"):
            done = subprocess.run([program, "public.opendatasoft.com", "x", *visitors],
                                  capture_output=True, text=True, check=True, timeout=60,
                                  env=dict(os.environ, CONSENT_SOCKET="/nowhere"))
            self.assertEqual(sorted(done.stdout.splitlines()),
                             sorted(f"{v}: no, unavailable" for v in visitors))


if __name__ == "__main__":
    unittest.main()
