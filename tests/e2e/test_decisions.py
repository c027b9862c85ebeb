"""Every row of the table of decisions that can occur over the socket, each from a real daemon."""
import unittest

from support import Daemon, Refused

SITE = "shop.example"
POLICY = """
site: shop.example
validity: {given: 6 months, refused: 3 months}
categories:
  counting: {basis: audience_measurement, attest: {anonymous: true, own_use_only: true, cross_site: false, refresh: false}}
  profiling: {basis: audience_measurement, attest: {anonymous: true, own_use_only: true, cross_site: true, refresh: false}}
  ads: {basis: opt_out}
services:
  - {id: login, provider: Shop, function: Login, category: necessary,
     cookies: [{name: sid, purpose: To log in, max_age: 2 weeks}, {name: __Host-csrf, purpose: To be safe}]}
  - {id: matomo, provider: Shop, function: Counting, category: counting,
     cookies: [{name: _pk_*, purpose: To count, max_age: 13 months}]}
  - {id: graph, provider: Shop, function: Profiles, category: profiling,
     cookies: [{name: graph, purpose: To know, max_age: 1 months}]}
  - {id: deals, provider: Shop, function: Deals, category: ads,
     cookies: [{name: deal, purpose: To sell, max_age: 1 months}]}
  - {id: video, provider: Tube, function: Videos, category: third_party,
     cookies: [{name: vid, purpose: To play, max_age: 1 months},
               {name: tube, domain: tube.example, purpose: To play, max_age: 1 months}]}
"""
DAY, MONTH = 86400, 30 * 86400


class Decisions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon(policies=[POLICY], fake_clock=True)
        cls.daemon.__enter__()
        cls.peer = cls.daemon.peer()

    @classmethod
    def tearDownClass(cls):
        cls.peer.close()
        cls.daemon.__exit__(None, None, None)

    def setUp(self):
        # The time floor forbids going back: each test begins where the last one ended.
        self.subject = self.id()

    now = 0

    def pass_time(self, seconds):
        Decisions.now += seconds
        self.daemon.set_clock(Decisions.now)

    def record(self, **choices):
        return self.peer.call("record", site=SITE, subject=self.subject, choices=choices)["revision"]

    def reason(self, cookie, **more):
        return self.peer.reason(SITE, self.subject, cookie, **more)

    def check(self, cookies, **params):
        return self.peer.call("check", site=SITE, cookies=cookies, **params)

    def test_unknown_site_is_a_decision_and_no_error(self):
        result = self.peer.call("check", site="nowhere.example", subject="s", cookies=["a", "b"])
        self.assertEqual([d["reason"] for d in result["decisions"]], ["unknown_site"] * 2)
        self.assertFalse(any(d["allowed"] for d in result["decisions"]))

    def test_undeclared_cookie_is_denied_and_counted(self):
        self.assertEqual(self.reason("nobody_declared_me"), "undeclared_cookie")
        rows = self.peer.call("stats", site=SITE)["undeclared"]
        self.assertIn("nobody_declared_me", [row["name"] for row in rows])

    def test_necessary_is_exempt_with_and_without_a_subject(self):
        self.assertEqual(self.reason("sid"), "exempt_necessary")
        self.assertEqual(self.peer.reason(SITE, None, "sid"), "exempt_necessary")
        self.assertEqual(self.peer.reason(SITE, None, "sid", revision=1 << 62), "exempt_necessary")

    def test_a_decision_names_service_and_max_age(self):
        decisions = self.check(["sid", "__Host-csrf", "_pk_id.1"])["decisions"]
        self.assertEqual([d["service"] for d in decisions], ["login", "login", "matomo"])
        self.assertEqual([d.get("max_age") for d in decisions], [14 * DAY, None, 13 * MONTH])

    def test_stale_when_the_revision_is_not_applied(self):
        revision = self.record(video=True)
        self.assertEqual(self.reason("vid", revision=revision), "consent_given")
        for cookie in ["vid", "_pk_id", "graph", "deal"]:
            self.assertEqual(self.reason(cookie, revision=revision + 1), "stale")
        self.assertEqual(self.reason("nothing", revision=revision + 1), "undeclared_cookie")

    def test_audience_measurement_is_exempt_until_an_objection_that_never_lapses(self):
        self.assertEqual(self.peer.reason(SITE, None, "_pk_ses"), "exempt_audience_measurement")
        self.assertEqual(self.reason("_pk_ses"), "exempt_audience_measurement")
        self.record(matomo=False)
        self.assertEqual(self.reason("_pk_ses"), "objection")
        self.pass_time(36 * MONTH)
        self.assertEqual(self.reason("_pk_ses"), "objection")
        self.record(matomo=True)
        self.assertEqual(self.reason("_pk_ses"), "exempt_audience_measurement")

    def test_audience_measurement_that_lacks_a_condition_needs_consent(self):
        self.assertEqual(self.reason("graph"), "consent_unknown")
        self.record(graph=True)
        self.assertEqual(self.reason("graph"), "consent_given")
        self.record(graph=False)
        self.assertEqual(self.reason("graph"), "consent_refused")

    def test_consent_given_until_its_validity_ends(self):
        self.assertEqual(self.reason("vid"), "consent_unknown")
        self.record(video=True)
        self.assertEqual(self.reason("vid"), "consent_given")
        self.pass_time(6 * MONTH - 60)
        self.assertEqual(self.reason("vid"), "consent_given")
        self.pass_time(60)
        self.assertEqual(self.reason("vid"), "consent_expired")

    def test_consent_refused_until_its_validity_ends(self):
        self.record(video=False)
        self.assertEqual(self.reason("vid"), "consent_refused")
        self.pass_time(3 * MONTH - 60)
        self.assertEqual(self.reason("vid"), "consent_refused")
        self.pass_time(60)
        self.assertEqual(self.reason("vid"), "consent_unknown")

    def test_opt_out_by_default_by_header_and_by_choice(self):
        self.assertEqual(self.reason("deal"), "opt_out_default")
        self.assertEqual(self.reason("deal", gpc=True), "gpc_opt_out")
        self.assertEqual(self.reason("deal", gpc="1"), "gpc_opt_out")
        for header in ["0", "", "true", "1 ", "11"]:
            self.assertEqual(self.reason("deal", gpc=header), "opt_out_default", repr(header))
        self.record(deals=True)
        self.assertEqual(self.reason("deal", gpc=True), "consent_given", "an explicit yes stands above it")
        self.pass_time(6 * MONTH)
        self.assertEqual(self.reason("deal", gpc=True), "gpc_opt_out")
        self.assertEqual(self.reason("deal"), "opt_out_default")
        self.record(deals=False)
        self.pass_time(36 * MONTH)
        self.assertEqual(self.reason("deal"), "consent_refused", "it never lapses")

    def test_a_clock_set_back_revives_nothing(self):
        self.record(video=True)
        self.pass_time(6 * MONTH)
        self.record(graph=True)
        self.daemon.set_clock(Decisions.now - 5 * MONTH)
        try:
            self.assertEqual(self.reason("vid"), "consent_unknown", "what had lapsed was cleared")
            other = self.subject + "-other"
            revision = self.peer.call("record", site=SITE, subject=other, choices={"video": True})["revision"]
            event = self.peer.call("history", site=SITE, subject=other)["events"][0]
            self.assertEqual(event["revision"], revision)
            before = self.peer.call("history", site=SITE, subject=self.subject)["events"][0]
            self.assertGreaterEqual(event["at"], before["at"], "time in the ledger never runs back")
        finally:
            self.daemon.set_clock(Decisions.now)

    def test_ask_while_something_is_unknown_or_expired(self):
        self.assertTrue(self.check(["sid"])["ask"])
        self.record(video=True)
        self.assertTrue(self.check(["sid"], subject=self.subject)["ask"], "graph is unknown")
        self.record(graph=False)
        self.assertFalse(self.check(["sid"], subject=self.subject)["ask"], "opt-out is not asked for")
        self.pass_time(3 * MONTH)
        self.assertTrue(self.check(["sid"], subject=self.subject)["ask"], "the refusal is over")
        self.record(graph=False)
        self.pass_time(2 * MONTH)
        self.record(graph=False)
        self.assertFalse(self.check(["sid"], subject=self.subject)["ask"])
        self.pass_time(MONTH)
        self.assertTrue(self.check(["sid"], subject=self.subject)["ask"], "the yes is over")

    def test_domains_tell_cookies_apart(self):
        self.record(video=True)
        self.assertEqual(self.reason("tube"), "undeclared_cookie")
        for domain in ["tube.example", ".tube.example", "WWW.Tube.Example"]:
            self.assertEqual(self.reason("tube", domain=domain), "consent_given", domain)
        for domain in ["example", "nottube.example", "tube.example.org"]:
            self.assertEqual(self.reason("tube", domain=domain), "undeclared_cookie", domain)
        self.assertEqual(self.reason("vid", domain="shop.example"), "consent_given")
        self.assertEqual(self.reason("vid", domain="tube.example"), "undeclared_cookie")

    def test_decisions_come_in_request_order_and_alike_for_grants(self):
        self.record(video=True, matomo=False)
        cookies = ["vid", "sid", "_pk_a", "deal", "graph", "what"]
        reasons = [d["reason"] for d in self.check(cookies, subject=self.subject)["decisions"]]
        self.assertEqual(reasons, ["consent_given", "exempt_necessary", "objection", "opt_out_default",
                                   "consent_unknown", "undeclared_cookie"])
        grants = self.peer.call("grants", site=SITE, subject=self.subject)
        bits = {s["id"]: s["bit"] for s in self.peer.call("policy_get", site=SITE)["services"]}

        def has(mask, service):
            return bool(mask[bits[service] // 8] >> bits[service] % 8 & 1)
        self.assertTrue(has(grants["decided"], "video") and has(grants["given"], "video"))
        self.assertTrue(has(grants["decided"], "matomo") and not has(grants["given"], "matomo"))
        self.assertFalse(has(grants["decided"], "graph"))

    def test_an_empty_subject_is_no_subject(self):
        with self.assertRaises(Refused) as refused:
            self.check(["vid"], subject="")
        self.assertEqual(refused.exception.code, "invalid_value")
        self.assertIn("subject", refused.exception.message)


if __name__ == "__main__":
    unittest.main()
