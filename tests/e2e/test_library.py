"""libconsent with a real daemon: the main job, whole headers, outages, restarts, forks."""
import json
import os
import subprocess
import unittest

from support import Daemon, SEED_POLICY, ctl

SITE = "shop.example.org"
POLICY = """
site: shop.example.org
validity: {given: 6 months, refused: 6 months}
categories:
  measurement: {basis: audience_measurement, attest: {anonymous: true, own_use_only: true, cross_site: false, refresh: false}}
  sale: {basis: opt_out}
services:
  - {id: login, provider: Shop, function: Login, category: necessary,
     cookies: [{name: __Host-sid, purpose: To log in, max_age: 2 weeks}, {name: tmp, purpose: To go on}]}
  - {id: audience, provider: Shop, function: Counting, category: measurement,
     cookies: [{name: _pk_*, purpose: To count, max_age: 13 months, path: /stats}]}
  - {id: deals, provider: Shop, function: Deals, category: sale,
     cookies: [{name: deal, purpose: To sell, max_age: 1 months}]}
  - {id: chat, provider: Chat, function: Chat, category: first_party,
     cookies: [{name: chat, purpose: To talk, max_age: 1 hours, domain: example.org, path: /help}]}
  - {id: ads, provider: Ads, function: Ads, category: third_party,
     cookies: [{name: uid, purpose: To follow, max_age: 1 years, domain: ads.example}]}
"""
GONE = "; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT"


class Library:
    """One handle, in a process of its own."""

    def __init__(self, path):
        self.process = subprocess.Popen([os.environ["LIBRARY_PEER"]], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True,
                                        env=dict(os.environ, CONSENT_SOCKET=path))

    def call(self, command, subject, *words, site=SITE):
        line = "\t".join("-" if word is None else word for word in (command, site, subject, *words))
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().rstrip("\n").split("\t")

    def check(self, subject, cookie, *words, command="check"):
        """(answer, reason), and that no yes comes with a reason that means no."""
        answer, reason, *_ = self.call(command, subject, cookie, *words)
        return answer, reason

    def close(self):
        self.process.stdin.close()
        status = self.process.wait(60)
        self.process.stdout.close()
        assert status == 0, status


class Case(unittest.TestCase):
    def setUp(self):
        self.daemon = Daemon([POLICY])
        self.daemon.__enter__()
        self.addCleanup(self.daemon.__exit__, None, None, None)
        self.library = Library(self.daemon.path)
        self.addCleanup(self.library.close)


class MainJob(Case):
    def test_ask_give_check_withdraw(self):
        library = self.library
        self.assertEqual(library.check(None, "chat", "example.org"), ("no", "consent_unknown"))
        self.assertEqual(library.check(None, "__Host-sid"), ("yes", "exempt_necessary"))
        self.assertEqual(library.check(None, "nobody"), ("no", "undeclared_cookie"))
        self.assertEqual(library.check("s", "_pk_id"), ("yes", "exempt_audience_measurement"))
        error, revision, event, _ = library.call("record", "s", "banner", None, "chat=1", "ads=0")
        self.assertEqual((error, event), ("ok", "given"))
        self.assertEqual(library.call("check", "s", "chat", "example.org", None, revision),
                         ["yes", "consent_given", "chat", "3600", "-", "1", "ok"])
        self.assertEqual(library.check("s", "uid", "ads.example"), ("no", "consent_refused"))
        self.assertEqual(library.check("s", "uid"), ("no", "undeclared_cookie"))
        ahead = str(int(revision) + 1)
        self.assertEqual(library.check("s", "chat", "example.org", None, ahead), ("no", "stale"))
        self.assertEqual(library.call("show", "s"),
                         ["ok", "banner", "-", "chat=1", "ads=0"])
        self.assertEqual(library.call("withdraw", "s", "chat")[::2], ["ok", "withdrawn"])
        self.assertEqual(library.check("s", "chat", "example.org"), ("no", "consent_refused"))
        self.assertEqual(library.call("withdraw", "s", None)[0], "ok")
        self.assertEqual(library.check("s", "_pk_id"), ("no", "objection"))

    def test_global_privacy_control(self):
        for value, answer in ((None, ("yes", "opt_out_default")), ("1", ("no", "gpc_opt_out")),
                              ("01", ("yes", "opt_out_default"))):
            self.assertEqual(self.library.check("s", "deal", None, value), answer)

    def test_bind_and_erase(self):
        library = self.library
        library.call("record", "account", "settings", None, "chat=1")
        self.assertEqual(library.call("bind", "session", "account")[::2], ["ok", "bound"])
        self.assertEqual(library.check("session", "chat", "example.org"), ("yes", "consent_given"))
        self.assertEqual(library.call("show", "session")[:3], ["ok", "settings", "bound"])
        self.assertEqual(library.call("bind", "session", None)[0], "ok")
        self.assertEqual(library.check("session", "chat", "example.org"), ("no", "consent_unknown"))
        error, _, event, n_events = library.call("erase", "account")
        self.assertEqual((error, event), ("ok", "erased"))
        self.assertGreater(int(n_events), 0)
        self.assertEqual(library.call("show", "account")[0], "not_found")

    def test_an_event_id_is_one_event(self):
        first = self.library.call("record", "s", None, "id-1", "chat=1")
        self.assertEqual(self.library.call("record", "s", None, "id-1", "chat=1"), first)
        self.assertEqual(self.library.call("record", "s", None, "id-1", "chat=0")[0], "conflict")

    def test_what_the_daemon_refuses(self):
        self.assertEqual(self.library.call("record", "s", None, None, "nothing=1")[0],
                         "unknown_choice")
        self.assertEqual(self.library.call("record", "s", None, None, "login=0")[0], "invalid_value")
        self.assertEqual(self.library.call("record", "s", None, None, "chat=1", site="x.example")[0],
                         "unknown_site")
        self.assertEqual(self.library.call("check", "s", "chat", site="x.example")[:2],
                         ["no", "unknown_site"])
        self.assertEqual(self.library.call("sweep", "s", "chat=1", site="x.example"),
                         ["unknown_site"])


class Headers(Case):
    def test_filter(self):
        self.library.call("record", "s", None, None, "chat=1", "measurement=0")
        values = ["__Host-sid=1; Max-Age=9999999; Secure; Path=/", "tmp=1; Max-Age=60; HttpOnly",
                  "chat=1; Domain=.Example.org; Max-Age=9999", "chat=1", "_pk_id=1", "_pk_id=; Max-Age=0",
                  "uid=1; Domain=cdn.ads.example", "nobody=1", "deal=1; Max-Age=60"]
        self.assertEqual(self.library.call("filter", "s", *values), [
            "ok",
            "exempt_necessary", "__Host-sid=1; Max-Age=1209600; Secure; Path=/",
            "exempt_necessary", "tmp=1; HttpOnly",
            "consent_given", "chat=1; Domain=.Example.org; Max-Age=3600",
            "consent_given", "chat=1",  # the site is a subdomain of what is declared
            "objection", "-",
            "none", "_pk_id=; Max-Age=0",
            "consent_unknown", "-",
            "undeclared_cookie", "-",
            "opt_out_default", "deal=1; Max-Age=60"])

    def test_sweep(self):
        cookies = "__Host-sid=1; chat=1; _pk_id=1; _pk_ses=2; uid=3; nobody=4; deal=5"
        self.assertEqual(self.library.call("sweep", "s", cookies),
                         ["ok", "chat=; Path=/help; Domain=example.org" + GONE])
        self.library.call("record", "s", None, None, "*=0", "chat=1")
        self.assertEqual(self.library.call("sweep", "s", cookies),
                         ["ok", "_pk_id=; Path=/stats" + GONE, "_pk_ses=; Path=/stats" + GONE,
                          "deal=; Path=/" + GONE])

    def test_mode_report(self):
        peer = self.daemon.peer()
        self.addCleanup(peer.close)
        policy = POLICY.replace("site: shop.example.org", "site: new.example.org")
        peer.call("policy_apply", yaml=policy + "mode: report\n")
        filtered = ("filter", "s", "nobody=1; Max-Age=60", "__Host-sid=1; Max-Age=99999999")
        self.assertEqual(self.library.call(*filtered, site="new.example.org"),
                         ["ok", "undeclared_cookie", "nobody=1; Max-Age=60",
                          "exempt_necessary", "__Host-sid=1; Max-Age=99999999"])
        self.assertEqual(self.library.call("sweep", "s", "chat=1", site="new.example.org"), ["ok"])
        peer.call("policy_apply", yaml=policy)
        self.assertEqual(self.library.call(*filtered, site="new.example.org"),
                         ["ok", "undeclared_cookie", "-",
                          "exempt_necessary", "__Host-sid=1; Max-Age=1209600"])
        self.assertEqual(self.library.call("sweep", "s", "chat=1", site="new.example.org"),
                         ["ok", "chat=; Path=/help; Domain=example.org" + GONE])


class Outage(Case):
    def test_necessary_cookies_stay(self):
        library = self.library
        library.call("record", "s", None, None, "chat=1")
        self.assertEqual(library.check("s", "chat", "example.org"), ("yes", "consent_given"))
        self.assertEqual(self.daemon.stop(), 0)
        self.assertEqual(library.check("s", "__Host-sid"), ("yes", "exempt_necessary"))
        self.assertEqual(library.check("s", "listed"), ("yes", "exempt_necessary"))
        for cookie, domain in (("chat", "example.org"), ("_pk_id", None), ("deal", None), ("nobody", None)):
            self.assertEqual(library.check("s", cookie, domain), ("no", "unavailable"))
        self.assertEqual(library.call("record", "s", None, None, "chat=0")[0], "connect")
        self.assertEqual(library.call("sweep", "s", "_pk_id=1"), ["connect"])
        self.daemon.start()
        self.assertEqual(library.check("s", "chat", "example.org"), ("yes", "consent_given"))
        self.assertEqual(library.check("s", "listed"), ("no", "undeclared_cookie"))

    def test_a_restart_between_two_calls_is_not_noticed(self):
        for given in ("0", "1", "0"):
            self.assertEqual(self.library.call("record", "s", None, None, f"chat={given}")[0], "ok")
            self.daemon.restart()
            answer = ("yes", "consent_given") if given == "1" else ("no", "consent_refused")
            self.assertEqual(self.library.check("s", "chat", "example.org"), answer)
            self.daemon.restart()

    def test_a_child_has_its_own_connection(self):
        self.library.call("record", "s", None, None, "chat=1")
        for _ in range(3):
            self.assertEqual(self.library.check("s", "chat", "example.org", command="fork"),
                             ("yes", "consent_given"))
            self.assertEqual(self.library.check("s", "chat", "example.org"), ("yes", "consent_given"))


class Counts(Case):
    """What a mapped application tries to set shows in `consentctl stats`."""

    def stats(self):
        status, out, error = ctl("stats", SITE, "--format", "json", socket_path=self.daemon.path)
        self.assertEqual(status, 0, error)
        stats = json.loads(out)
        return stats["counters"], stats["denied"], stats["undeclared"]

    def ask(self, n):
        for i in range(n):
            self.library.check(None, f"stranger{i}")
            self.library.check(None, "chat", "example.org")
            self.library.check(None, "tmp")

    def expect(self, n):
        counters, denied, undeclared = self.stats()
        self.assertIn({"site": SITE, "name": "stranger#", "count": n}, undeclared)
        self.assertIn({"site": SITE, "reason": "undeclared_cookie", "count": n}, denied)
        self.assertIn({"site": SITE, "reason": "consent_unknown", "count": n}, denied)
        self.assertEqual(counters["reason_exempt_necessary"], n)
        self.assertEqual(counters["decisions"], 3 * n)
        self.assertGreater(counters["calls_report"], 0)
        return counters

    def test_flush(self):
        self.ask(100)
        self.assertEqual(self.library.call("flush", None), ["ok"])
        n_reports = self.expect(100)["calls_report"]
        self.assertEqual(self.library.call("flush", None), ["ok"])
        self.assertEqual(self.expect(100)["calls_report"], n_reports)

    def test_a_call_that_asks_takes_them_along(self):
        self.ask(100)
        self.assertEqual(self.library.call("record", "s", None, None, "chat=1")[0], "ok")
        self.expect(100)

    def test_they_wait_for_a_daemon_that_is_down(self):
        self.ask(100)
        before = self.stats()[0]["decisions"]  # what a daemon that was late had to be asked for
        self.assertEqual(self.daemon.stop(), 0)
        self.assertEqual(self.library.call("flush", None), ["connect"])
        self.daemon.start()
        self.assertEqual(self.library.call("flush", None), ["ok"])
        self.assertEqual(self.stats()[0]["decisions"], 300 - before)

    def test_a_child_does_not_report_its_parents(self):
        self.ask(100)
        self.library.check(None, "tmp", command="fork")
        self.assertEqual(self.library.call("flush", None), ["ok"])
        counters = self.stats()[0]
        self.assertIn(counters["decisions"], (300, 301))
        self.assertEqual(counters["reason_consent_unknown"], 100)


class Example(unittest.TestCase):
    """The program of the documentation, with the policy of the documentation."""

    def test_may_i(self):
        def ask(cookie):
            done = subprocess.run([os.environ["EXAMPLE_MAY_I"], "public.opendatasoft.com", "s", cookie],
                                  capture_output=True, text=True, check=False,
                                  env=dict(os.environ, CONSENT_SOCKET=daemon.path))
            return done.returncode, done.stdout
        with Daemon([SEED_POLICY]) as daemon:
            self.assertEqual(ask("django_language"), (0, "django_language: yes, exempt_necessary\n"))
            self.assertEqual(ask("_ga"), (1, "_ga: no, undeclared_cookie\n"))


if __name__ == "__main__":
    unittest.main()
