"""How choices combine: every rule, from a real daemon."""
import unittest

from support import Daemon, Refused

SITE = "shop.example"
HEAD = """
site: shop.example
validity: {given: 6 months, refused: 3 months}
categories:
  statistics: {basis: audience_measurement, attest: {anonymous: true, own_use_only: true, cross_site: false, refresh: false}}
  ads: {basis: opt_out}
services:
  - {id: login, provider: Shop, function: Login, category: necessary,
     cookies: [{name: sid, purpose: To log in, max_age: 2 weeks}]}
  - {id: matomo, provider: Shop, function: Counting, category: statistics,
     cookies: [{name: _pk_*, purpose: To count, max_age: 13 months}]}
  - {id: deals, provider: Shop, function: Deals, category: ads,
     cookies: [{name: deal, purpose: To sell, max_age: 1 months}]}
  - {id: chat, provider: Shop, function: Chat, category: first_party,
     cookies: [{name: chat, purpose: To talk, max_age: 1 months}]}
"""
VIDEO = """
  - {id: video, provider: PROVIDER, function: FUNCTION, category: third_party,
     cookies: [{name: vid, purpose: To play, max_age: 1 months}]}
  - {id: maps, provider: Maps, function: Maps, category: third_party,
     cookies: [{name: map, purpose: To find, max_age: 1 months}]}
"""


def policy(provider="Tube", function="Videos", validity=None):
    text = HEAD + VIDEO.replace("PROVIDER", provider).replace("FUNCTION", function)
    return text.replace("{given: 6 months, refused: 3 months}", validity) if validity else text


DAY, MONTH = 86400, 30 * 86400


class Choices(unittest.TestCase):
    def setUp(self):
        self.daemon = Daemon(fake_clock=True)
        self.daemon.__enter__()
        self.addCleanup(self.daemon.__exit__, None, None, None)
        self.peer = self.daemon.peer()
        self.addCleanup(self.peer.close)
        self.apply(policy())
        self.now = 0

    def apply(self, text):
        return self.peer.call("policy_apply", yaml=text)

    def pass_time(self, seconds):
        self.now += seconds
        self.daemon.set_clock(self.now)

    def record(self, choices, subject="s", **more):
        return self.peer.call("record", site=SITE, subject=subject, choices=choices, **more)

    def show(self, subject="s"):
        return self.peer.call("show", site=SITE, subject=subject)["record"]

    def reason(self, cookie, subject="s"):
        return self.peer.reason(SITE, subject, cookie)

    def refused(self, code, method, /, **params):
        with self.assertRaises(Refused) as refused:
            self.peer.call(method, **params)
        self.assertEqual(refused.exception.code, code)
        return refused.exception.message

    def test_the_most_specific_name_wins_whatever_the_order(self):
        for i, order in enumerate([["*", "third_party", "video"], ["video", "third_party", "*"],
                                   ["third_party", "video", "*"]]):
            given = {"*": False, "third_party": True, "video": False}
            choices = self.record({name: given[name] for name in order}, f"s{i}")["record"]["choices"]
            self.assertEqual(choices, {"matomo": "refused", "deals": "refused", "chat": "refused",
                                       "video": "refused", "maps": "given"})

    def test_necessary_is_ignored_and_cannot_be_refused(self):
        self.assertEqual(self.record({"necessary": True, "login": True, "chat": True})["record"]["choices"],
                         {"chat": "given"})
        for name in ["necessary", "login"]:
            message = self.refused("invalid_value", "record", site=SITE, subject="s", choices={name: False})
            self.assertIn(name, message)

    def test_unknown_names_are_refused_whole(self):
        message = self.refused("unknown_choice", "record", site=SITE, subject="new",
                               choices={"chat": True, "vidoe": True})
        self.assertIn("vidoe", message)
        self.refused("not_found", "show", site=SITE, subject="new")

    def test_services_that_are_not_named_keep_their_state(self):
        self.record({"chat": True, "matomo": False})
        self.assertEqual(self.record({"video": False})["record"]["choices"],
                         {"chat": "given", "matomo": "refused", "video": "refused"})

    def test_what_was_shown_decides_what_is_decided(self):
        self.apply(policy(provider="Reel"))
        result = self.record({"*": True}, policy_revision=1)
        self.assertNotIn("video", result["record"]["choices"])
        self.assertEqual(result["record"]["choices"]["maps"], "given")
        self.assertEqual(self.reason("vid"), "consent_unknown")
        event = self.peer.call("history", site=SITE, subject="s")["events"][0]
        self.assertEqual(event["policy_revision"], 1)
        self.assertEqual(self.show()["policy_revision"], 2)
        self.refused("not_found", "record", site=SITE, subject="s", choices={"*": True}, policy_revision=3)

    def test_validity_is_renewed_only_by_naming_all_that_is_given(self):
        start = self.record({"chat": True})["record"]["given_until"]
        self.pass_time(30 * DAY)
        self.assertEqual(self.record({"video": True})["record"]["given_until"], start)
        renewed = self.record({"video": True, "chat": True, "maps": False})["record"]["given_until"]
        self.assertAlmostEqual(renewed, start + 30 * DAY, delta=60)

    def test_a_lapsed_yes_is_not_renewed_by_another(self):
        self.record({"chat": True})
        self.pass_time(6 * MONTH)
        self.assertEqual(self.reason("chat"), "consent_expired")
        self.assertEqual(self.record({"video": True})["record"]["choices"], {"video": "given"})
        self.assertEqual(self.reason("chat"), "consent_unknown")

    def test_refused_until_is_the_later_of_old_and_new(self):
        first = self.record({"chat": False})["record"]["refused_until"]
        self.apply(policy(validity="{given: 6 months, refused: 1 months}"))
        self.assertEqual(self.record({"video": False})["record"]["refused_until"], first)
        self.pass_time(2 * MONTH + DAY)
        self.assertAlmostEqual(self.record({"maps": False})["record"]["refused_until"], first + DAY, delta=60)

    def test_a_later_policy_never_lengthens_a_stored_time(self):
        until = self.record({"chat": True})["record"]["given_until"]
        self.apply(policy(validity="{given: 12 months, refused: 12 months}"))
        self.assertEqual(self.show()["given_until"], until)
        self.assertEqual(self.record({"video": True})["record"]["given_until"], until)

    def test_the_event_says_what_happened(self):
        def event(choices, subject="s"):
            return self.record(choices, subject)["event"]
        self.assertEqual(event({"matomo": False}, "a"), "objected")
        self.assertEqual(event({"deals": False}, "b"), "refused")
        self.assertEqual(event({"chat": False, "matomo": False}, "c"), "refused")
        self.assertEqual(event({"chat": True, "video": False}), "given")
        self.assertEqual(event({"chat": False, "maps": True}), "withdrawn")
        self.assertEqual(event({"chat": True}), "given")
        self.pass_time(2 * DAY)
        self.assertEqual(event({"chat": True}), "renewed")
        self.pass_time(6 * MONTH)
        self.assertEqual(event({"chat": False}), "refused", "the yes had lapsed")

    def test_identical_choices_within_a_day_write_nothing(self):
        first = self.record({"chat": True, "video": False})
        self.assertEqual(self.record({"video": False, "chat": True})["revision"], first["revision"])
        self.assertEqual(len(self.peer.call("history", site=SITE, subject="s")["events"]), 1)
        self.pass_time(DAY + 60)
        self.assertGreater(self.record({"chat": True, "video": False})["revision"], first["revision"])

    def test_a_repeated_event_id_is_recognised(self):
        first = self.record({"chat": True}, event_id="e-1", method="banner")
        self.record({"chat": False})
        again = self.record({"chat": True}, event_id="e-1", method="banner")
        self.assertEqual(again["revision"], first["revision"])
        self.assertEqual(self.reason("chat"), "consent_refused", "the retry changes nothing")
        self.refused("conflict", "record", site=SITE, subject="s", choices={"chat": False}, event_id="e-1",
                     method="banner")
        self.assertGreater(self.record({"chat": True}, "other", event_id="e-1")["revision"],
                           first["revision"], "ids are a subject's own")

    def test_a_repeated_event_id_is_recognised_in_the_queue(self):
        sent = [self.peer.send("record", site=SITE, subject="q", choices={"chat": True}, event_id="q-1")
                for _ in range(20)]
        replies = dict((msgid, (error, result)) for msgid, error, result in
                       (self.peer.receive() for _ in sent))
        self.assertEqual({replies[i][1]["revision"] for i in sent}, {replies[sent[0]][1]["revision"]})
        self.assertEqual(len(self.peer.call("history", site=SITE, subject="q")["events"]), 1)

    def test_a_material_change_asks_again_for_that_service_alone(self):
        self.record({"*": True})
        applied = self.apply(policy(function="Moving pictures"))
        self.assertEqual((applied["asked_again"], applied["material"], applied["changed"]),
                         ([], [], ["video"]))
        self.assertEqual(self.reason("vid"), "consent_given", "changing a text asks nobody")
        self.assertFalse(self.peer.call("check", site=SITE, subject="s", cookies=["sid"])["ask"])
        applied = self.apply(policy(provider="Reel"))
        self.assertEqual((applied["asked_again"], applied["material"]), (["video"], ["video"]))
        self.assertEqual(self.reason("vid"), "consent_unknown")
        for cookie in ["map", "chat"]:
            self.assertEqual(self.reason(cookie), "consent_given")
        self.assertTrue(self.peer.call("check", site=SITE, subject="s", cookies=["sid"])["ask"])

    def test_another_policy_and_back_revives_nothing(self):
        for subject in ["refuses", "gives", "silent"]:
            self.record({"*": True}, subject)
        self.apply(policy(provider="Reel"))
        self.record({"video": False}, "refuses")
        self.record({"chat": False}, "gives")
        self.apply(policy())
        self.assertEqual(self.reason("vid", "refuses"), "consent_unknown")
        self.assertEqual(self.reason("vid", "gives"), "consent_unknown", "any write clears other bits")
        self.assertEqual(self.reason("vid", "silent"), "consent_given", "it is what was agreed to")
        self.daemon.restart()
        with self.daemon.peer() as peer:
            self.assertEqual(peer.reason(SITE, "refuses", "vid"), "consent_unknown")

    def test_bound_sessions_follow_their_account(self):
        def bind(session, account):
            return self.peer.call("bind", site=SITE, subject=session, account=account)
        self.record({"video": True}, "account")
        bind("one", "account")
        bind("two", "account")
        self.assertEqual(self.reason("vid", "one"), "consent_given")
        self.assertTrue(self.show("one")["bound"])
        revision = self.record({"video": False}, "one")["revision"]
        self.assertEqual([self.reason("vid", s) for s in ["one", "two", "account"]], ["consent_refused"] * 3)
        self.assertEqual(self.peer.call("history", site=SITE, subject="two")["events"][0]["revision"], revision)
        bind("one", None)
        self.assertFalse(self.show("one")["bound"])
        self.assertEqual(self.reason("vid", "one"), "consent_refused", "no yes comes back")

    def test_the_newer_record_becomes_the_accounts(self):
        self.record({"video": True, "chat": True}, "account")
        self.pass_time(10)
        self.record({"video": False}, "session")
        self.peer.call("bind", site=SITE, subject="session", account="account")
        self.assertEqual(self.show("account")["choices"], {"video": "refused"})

    def test_chains_of_bindings_are_conflicts(self):
        self.peer.call("bind", site=SITE, subject="session", account="account")
        self.refused("conflict", "bind", site=SITE, subject="x", account="session")
        self.refused("conflict", "bind", site=SITE, subject="account", account="x")
        self.refused("missing_field", "bind", site=SITE, subject="session")

    def test_erasing(self):
        self.record({"video": True}, "account")
        self.peer.call("bind", site=SITE, subject="one", account="account")
        self.peer.call("bind", site=SITE, subject="two", account="account")
        self.assertEqual(self.peer.call("erase", site=SITE, subject="one")["events"], 1)
        self.assertEqual(self.reason("vid", "one"), "consent_unknown")
        self.assertEqual(self.reason("vid", "two"), "consent_given")
        self.peer.call("erase", site=SITE, subject="account")
        for subject in ["two", "account"]:
            self.assertEqual(self.reason("vid", subject), "consent_unknown")
            self.refused("not_found", "show", site=SITE, subject=subject)
        self.assertEqual(self.peer.call("list", site=SITE)["records"], [])


if __name__ == "__main__":
    unittest.main()
