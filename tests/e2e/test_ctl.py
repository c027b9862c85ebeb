"""consentctl against the real daemon: every command, every format, every exit code."""
import csv
import io
import json
import os
import pty
import socket
import subprocess
import tempfile
import threading
import unittest

import support

SITE = "shop.example"
POLICY = """\
site: shop.example
validity: {given: 6 months, refused: 6 months}
services:
  - id: login
    provider: Shop
    function: Login
    category: necessary
    cookies:
      - {name: sid, max_age: 2 weeks, purpose: To stay logged in}
  - id: comfort
    provider: Shop
    function: Comfort
    category: first_party
    cookies:
      - {name: seen, max_age: 1 month, purpose: To show what was seen}
  - id: ads
    provider: Ads Ltd.
    function: Ads
    category: third_party
    cookies:
      - {name: ad_*, max_age: 1 year, purpose: To choose ads}
"""
EXAMPLE_SITE = "www.example.org"
FORMATS = ("table", "json", "jsonl", "csv")


def rows_of(text):
    """The rows of a CSV output as dictionaries."""
    return list(csv.DictReader(io.StringIO(text)))


class Ctl(unittest.TestCase):
    """A daemon for all tests of a class; each test has subjects of its own."""

    @classmethod
    def setUpClass(cls):
        cls.daemon = support.Daemon(policies=[support.EXAMPLE_POLICY])
        try:
            cls.daemon.start()
            cls.policy_path = cls.daemon.write("shop.yaml", POLICY)
            status, _, stderr = cls.ctl("policy", "apply", cls.policy_path)
            assert status == 0, stderr
        except BaseException:
            cls.daemon.__exit__(AssertionError)
            raise

    @classmethod
    def tearDownClass(cls):
        cls.daemon.__exit__(None)

    @classmethod
    def ctl(cls, *args, **more):
        return support.ctl(*args, socket_path=cls.daemon.path, **more)

    def run_ctl(self, *args, status=0, **more):
        """Runs it, expects that exit status, and returns its output; on failure its errors."""
        got, stdout, stderr = self.ctl(*args, **more)
        self.assertEqual(got, status, f"{args}: {stdout}{stderr}")
        return stdout if status in (0, 1) and stdout else stderr

    def json(self, *args, status=0):
        return json.loads(self.run_ctl(*args, "--format", "json", status=status))


class Check(Ctl):
    def test_exit_codes_are_the_answer(self):
        self.run_ctl("check", SITE, "c1", "sid")
        self.run_ctl("check", SITE, "c1", "seen", status=1)
        self.run_ctl("check", SITE, "c1", "sid", "seen", status=1)
        self.run_ctl("give", SITE, "c1", "first_party")
        self.run_ctl("check", SITE, "c1", "sid", "seen")

    def test_json_is_the_answer_with_the_cookies(self):
        answer = self.json("check", SITE, "c2", "sid", "ad_7", "nobody", status=1)
        self.assertEqual([d["cookie"] for d in answer["decisions"]], ["sid", "ad_7", "nobody"])
        self.assertEqual([d["reason"] for d in answer["decisions"]],
                         ["exempt_necessary", "consent_unknown", "undeclared_cookie"])
        self.assertEqual(answer["decisions"][0]["max_age"], 14 * 86400)
        self.assertEqual(answer["policy_revision"], 1)
        self.assertIs(answer["ask"], True)

    def test_the_other_formats(self):
        table = self.run_ctl("check", SITE, "c3", "sid", "seen", status=1).splitlines()
        self.assertEqual(table[0].split(), ["COOKIE", "ALLOWED", "REASON", "SERVICE", "MAX_AGE"])
        self.assertEqual(table[1].split(), ["sid", "yes", "exempt_necessary", "login", "2", "weeks"])
        self.assertEqual(table[2].split()[:3], ["seen", "no", "consent_unknown"])
        self.assertIn("ask: yes", table[3])
        lines = self.run_ctl("check", SITE, "c3", "sid", "seen", "--format", "jsonl", status=1)
        self.assertEqual([json.loads(line)["allowed"] for line in lines.splitlines()], [True, False])
        rows = rows_of(self.run_ctl("check", SITE, "c3", "sid", "seen", "--format", "csv", status=1))
        self.assertEqual(rows[0], {"cookie": "sid", "allowed": "true", "reason": "exempt_necessary",
                                   "service": "login", "max_age": "1209600"})

    def test_csv_lines_end_as_rfc_4180_wants_it(self):
        done = subprocess.run([support.CONSENTCTL, "--socket", self.daemon.path, "policy", "list",
                               "--format", "csv"], stdout=subprocess.PIPE, check=True)
        self.assertEqual(done.stdout.count(b"\r\n"), 3)
        self.assertEqual(done.stdout.count(b"\n"), 3)

    def test_a_visitor_without_an_id(self):
        answer = self.json("check", EXAMPLE_SITE, "-", "variant", "_pk_id")
        self.assertEqual([d["reason"] for d in answer["decisions"]],
                         ["opt_out_default", "exempt_audience_measurement"])

    def test_gpc_domain_and_revision(self):
        answer = self.json("check", EXAMPLE_SITE, "-", "variant", "--gpc", status=1)
        self.assertEqual(answer["decisions"][0]["reason"], "gpc_opt_out")
        answer = self.json("check", EXAMPLE_SITE, "-", "uid", status=1)
        self.assertEqual(answer["decisions"][0]["reason"], "undeclared_cookie")
        answer = self.json("check", EXAMPLE_SITE, "-", "uid", "--domain", "cdn.ads.example", status=1)
        self.assertEqual(answer["decisions"][0]["service"], "adnetwork")
        answer = self.json("check", SITE, "c4", "seen", "--revision", "999999999", status=1)
        self.assertEqual(answer["decisions"][0]["reason"], "stale")

    def test_an_unknown_site_is_a_no(self):
        answer = self.json("check", "nowhere.example", "c5", "sid", status=1)
        self.assertEqual(answer["decisions"][0]["reason"], "unknown_site")
        self.assertNotIn("policy_revision", answer)


class Records(Ctl):
    def test_give_refuse_withdraw_show(self):
        given = self.json("give", SITE, "r1", "comfort", "--method", "banner", "--surface", "/home",
                          "--language", "fr", "--attribute", "version=3", "--attribute", "a=b=c")
        self.assertEqual(given["event"], "given")
        self.assertEqual(given["record"]["choices"], {"comfort": "given"})
        refused = self.json("refuse", SITE, "r1", "third_party")
        self.assertEqual(refused["event"], "refused")
        self.assertGreater(refused["revision"], given["revision"])
        withdrawn = self.json("withdraw", SITE, "r1")
        self.assertEqual(withdrawn["event"], "withdrawn")
        record = self.json("show", SITE, "r1")
        self.assertEqual(record["choices"], {"comfort": "refused", "ads": "refused"})
        self.assertEqual(record["revision"], withdrawn["revision"])
        self.assertIs(record["bound"], False)
        events = self.json("history", SITE, "r1")["events"]
        self.assertEqual([e["event"] for e in events], ["withdrawn", "refused", "given"])
        self.assertEqual(events[2]["attributes"], {"version": "3", "a": "b=c"})
        self.assertEqual((events[2]["method"], events[2]["surface"], events[2]["language"]),
                         ("banner", "/home", "fr"))

    def test_every_format(self):
        for command in (("give", SITE, "r2", "*"), ("refuse", SITE, "r2", "*"),
                        ("give", SITE, "r2", "ads"), ("withdraw", SITE, "r2", "ads"),
                        ("show", SITE, "r2"), ("history", SITE, "r2")):
            for kind in FORMATS:
                output = self.run_ctl(*command, "--format", kind)
                if kind == "table":
                    self.assertIn("revision", output.lower())
                elif kind == "json":
                    json.loads(output)
                elif kind == "jsonl":
                    self.assertTrue(all(json.loads(line) for line in output.splitlines()))
                else:
                    self.assertGreater(int(rows_of(output)[0]["revision"]), 0)

    def test_tables_show_times_in_utc(self):
        self.run_ctl("give", SITE, "r3", "*")
        table = dict(line.split(None, 1) for line in self.run_ctl("show", SITE, "r3").splitlines())
        record = self.json("show", SITE, "r3")
        self.assertRegex(table["given_until"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual(record["given_until"] - record["created_at"], 180 * 86400)
        self.assertEqual(table["refused_until"], "-")
        self.assertEqual(table["choices.ads"], "given")
        table = dict(line.split(None, 1) for line in self.run_ctl("give", SITE, "r3", "*").splitlines())
        self.assertRegex(table["record.given_until"], r"^\d{4}-\d\d-\d\dT")

    def test_the_same_event_id_is_one_event(self):
        first = self.json("give", SITE, "r4", "*", "--event-id", "e1")
        self.assertEqual(self.json("give", SITE, "r4", "*", "--event-id", "e1")["revision"],
                         first["revision"])
        self.assertIn("conflict", self.run_ctl("refuse", SITE, "r4", "*", "--event-id", "e1", status=5))

    def test_history_has_pages(self):
        for names in (["*"], ["ads"], ["comfort"]):
            self.run_ctl("give", SITE, "r5", *names)
            self.run_ctl("withdraw", SITE, "r5", *names)
        events = self.json("history", SITE, "r5")["events"]
        self.assertEqual(len(events), 6)
        page = self.json("history", SITE, "r5", "--limit", "2")["events"]
        self.assertEqual(page, events[:2])
        page = self.json("history", SITE, "r5", "--before", str(page[-1]["revision"]))["events"]
        self.assertEqual(page, events[2:])

    def test_what_is_not_there_is_a_no(self):
        self.assertIn("not_found", self.run_ctl("show", SITE, "nobody", status=1))

    def test_what_is_not_valid(self):
        self.assertIn("unknown_choice", self.run_ctl("give", SITE, "r6", "comfrt", status=5))
        self.assertIn("unknown_site", self.run_ctl("give", "nowhere.example", "r6", "*", status=5))
        self.run_ctl("give", SITE, "r6", "*", "--policy-revision", "77", status=1)
        self.assertIn("256", self.run_ctl("show", SITE, "x" * 257, status=5))
        self.assertIn("NAME=VALUE",
                      self.run_ctl("give", SITE, "r6", "*", "--attribute", "x", status=2))
        for command in (["give", SITE, "-", "*"], ["refuse", SITE, "-", "*"], ["withdraw", SITE, "-"],
                        ["show", SITE, "-"], ["history", SITE, "-"], ["erase", SITE, "-", "--yes"],
                        ["bind", SITE, "-", "a"], ["bind", SITE, "s", "-"],
                        ["list", SITE, "--subject", "-"], ["export", SITE, "--subject", "-"]):
            self.assertIn("without an id", self.run_ctl(*command, status=2))
        self.run_ctl("show", SITE, "r6", status=1)

    def test_what_is_necessary_makes_no_record(self):
        answer = self.json("give", SITE, "g-necessary", "necessary")
        self.assertEqual(answer["record"]["choices"], {})
        self.assertEqual(answer["record"]["created_at"], 0)
        self.run_ctl("show", SITE, "g-necessary", status=1)

    def test_bind_and_unbind(self):
        self.run_ctl("give", SITE, "session", "*")
        self.assertGreater(self.json("bind", SITE, "session", "account")["revision"], 0)
        self.assertIs(self.json("show", SITE, "session")["bound"], True)
        self.run_ctl("withdraw", SITE, "account")
        self.run_ctl("check", SITE, "session", "seen", status=1)
        self.run_ctl("bind", SITE, "session", "--unbind")
        self.assertIn("either", self.run_ctl("bind", SITE, "session", status=2))
        self.assertIn("either", self.run_ctl("bind", SITE, "session", "a", "--unbind", status=2))

    def test_erase(self):
        self.run_ctl("give", SITE, "r7-session", "*")
        self.run_ctl("give", SITE, "r7", "*")
        self.run_ctl("withdraw", SITE, "r7")
        self.run_ctl("bind", SITE, "r7-session", "r7")
        dry = self.json("erase", SITE, "r7-session", "--dry-run")
        self.assertEqual((dry["events"], dry["dry_run"]), (2, True), "none of its account's")
        self.assertEqual(self.json("erase", SITE, "r7-session")["events"], 2)
        events = self.json("erase", SITE, "r7", "--dry-run")["events"]
        self.assertEqual(self.json("show", SITE, "r7")["choices"]["ads"], "refused")
        self.assertEqual(self.json("erase", SITE, "r7")["events"], events)
        self.run_ctl("show", SITE, "r7", status=1)

    def test_nothing_that_was_written_reaches_the_terminal(self):
        self.run_ctl("give", SITE, "r8", "*", "--surface", "a\x1b[2J\u202eb\n=")
        for kind in FORMATS:
            output = self.run_ctl("history", SITE, "r8", "--format", kind)
            self.assertNotIn("\x1b", output)
            self.assertNotIn("\u202e", output)
        self.assertIn("a\\x1b[2J\\u202eb\\n=", self.run_ctl("history", SITE, "r8"))
        self.assertEqual(self.json("history", SITE, "r8")["events"][0]["surface"], "a\x1b[2J\u202eb\n=")
        self.run_ctl("give", SITE, "r9", "*", "--surface", '=HYPERLINK("x")')
        row = rows_of(self.run_ctl("history", SITE, "r9", "--format", "csv"))[0]
        self.assertEqual(row["surface"], '\'=HYPERLINK("x")')


class Listings(Ctl):
    N = 250

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with cls.daemon.peer() as peer:
            for i in range(cls.N):
                peer.send("record", site=SITE, subject=f"l{i}", choices={"*": i % 5 != 0})
            for _ in range(cls.N):
                _, error, _ = peer.receive()
                assert error is None, error

    def test_a_page_and_the_next(self):
        page = self.json("list", SITE)
        self.assertEqual(len(page["records"]), 100)
        after = self.json("list", SITE, "--after", page["next"], "--limit", "1000")
        self.assertEqual(len(after["records"]), self.N - 100)
        self.assertNotIn("next", after)
        digests = [r["digest"] for r in page["records"] + after["records"]]
        self.assertEqual(len(set(digests)), self.N)

    def test_all_in_every_format(self):
        args = ("list", SITE, "--all", "--limit", "100", "--format")
        self.assertEqual(len(json.loads(self.run_ctl(*args, "json"))["records"]), self.N)
        self.assertEqual(len(self.run_ctl(*args, "jsonl").splitlines()), self.N)
        self.assertEqual(len(rows_of(self.run_ctl(*args, "csv"))), self.N)
        table = self.run_ctl(*args, "table").splitlines()
        self.assertEqual(len([line for line in table if line.startswith("DIGEST")]), 1)
        self.assertEqual(len(table), self.N + 1)

    def test_by_state_and_subject(self):
        given = self.json("list", SITE, "--state", "given", "--all")["records"]
        refused = self.json("list", SITE, "--state", "refused", "--all")["records"]
        self.assertEqual((len(given), len(refused)), (self.N * 4 // 5, self.N // 5))
        one = self.json("list", SITE, "--subject", "l7")["records"]
        self.assertEqual(len(one), 1)
        self.assertEqual(one[0]["choices"], {"comfort": "given", "ads": "given"})
        self.assertEqual(self.json("list", SITE, "--subject", "nobody")["records"], [])
        self.run_ctl("list", SITE, "--state", "happy", status=2)
        self.assertIn("unknown_site", self.run_ctl("list", "nowhere.example", status=5))

    def test_export(self):
        lines = self.run_ctl("export", SITE, "--limit", "100").splitlines()
        self.assertEqual(len(lines), self.N)
        self.assertTrue(all(len(json.loads(line)["events"]) == 1 for line in lines))
        document = json.loads(self.run_ctl("export", SITE, "--format", "json"))
        self.assertEqual(document["records"], [json.loads(line) for line in lines])
        one = self.run_ctl("export", SITE, "--subject", "l7")
        self.assertEqual(json.loads(one)["events"][0]["event"], "given")
        for kind in ("table", "csv"):
            self.assertIn("jsonl or json", self.run_ctl("export", SITE, "--format", kind, status=2))
        self.assertIn("unknown_site", self.run_ctl("export", "nowhere.example", status=5))


class Policies(Ctl):
    def policy(self, name, text):
        return self.daemon.write(name, text)

    def apply(self, name, text):
        return self.json("policy", "apply", self.policy(name, text))

    def test_apply_says_what_it_changes(self):
        first = self.apply("a1.yaml", POLICY.replace(SITE, "a.example"))
        self.assertEqual((first["site"], first["policy_revision"]), ("a.example", 1))
        self.assertEqual(sorted(first["added"]), ["ads", "comfort", "login"])
        changed = POLICY.replace(SITE, "a.example").replace("Ads Ltd.", "Other Ltd.")
        dry = self.json("policy", "apply", self.policy("a2.yaml", changed), "--dry-run")
        self.assertEqual((dry["material"], dry["asked_again"]), (["ads"], ["ads"]))
        self.assertIn("Ads Ltd.", self.run_ctl("policy", "show", "a.example"))
        self.assertEqual(self.apply("a2.yaml", changed)["policy_revision"], 2)
        self.assertIn("Other Ltd.", self.run_ctl("policy", "show", "a.example"))
        self.assertIn("Ads Ltd.", self.run_ctl("policy", "show", "a.example", "--policy-revision", "1"))
        self.run_ctl("policy", "show", "a.example", "--policy-revision", "3", status=1)

    def test_every_format(self):
        self.apply("f1.yaml", POLICY.replace(SITE, "f.example"))
        self.apply("f2.yaml", POLICY.replace(SITE, "f.example").replace("seen", "looked"))
        path = self.policy("f3.yaml", POLICY.replace(SITE, "f.example"))
        for command, status in ((("policy", "apply", path, "--dry-run"), 0),
                                (("policy", "check", path), 0), (("policy", "show", "f.example"), 0),
                                (("policy", "list"), 0), (("policy", "diff", "f.example", path), 1),
                                (("policy", "diff", "f.example", "1", "2"), 1),
                                (("status",), 0), (("stats",), 0), (("stats", "f.example"), 0)):
            for kind in FORMATS:
                output = self.run_ctl(*command, "--format", kind, status=status)
                self.assertTrue(output, command)
                if kind == "json":
                    json.loads(output)
                elif kind == "jsonl":
                    self.assertTrue(all(json.loads(line) for line in output.splitlines()))
                elif kind == "csv":
                    self.assertTrue(rows_of(output), output)

    def test_show_is_the_file_byte_for_byte(self):
        self.assertEqual(self.run_ctl("policy", "show", SITE), POLICY)
        shown = self.json("policy", "show", SITE)
        self.assertEqual(shown["yaml"], POLICY)
        self.assertEqual(shown["validity"], {"given": 180 * 86400, "refused": 180 * 86400})
        self.assertEqual({s["id"] for s in shown["services"]}, {"login", "comfort", "ads"})
        self.assertRegex(shown["digest"], "^[0-9a-f]{64}$")

    def test_standard_input(self):
        status, stdout, stderr = self.ctl("policy", "apply", "-", "--format", "json",
                                          stdin=POLICY.replace(SITE, "stdin.example"))
        self.assertEqual(status, 0, stderr)
        self.assertEqual(json.loads(stdout)["site"], "stdin.example")

    def test_faults_name_the_file_line_and_column(self):
        path = self.policy("bad.yaml", POLICY.replace("category: necessary", "category: nonsense")
                           .replace("max_age: 1 month", "max_age: often"))
        for command in ("check", "apply"):
            faults = self.run_ctl("policy", command, path, status=5).splitlines()
            self.assertEqual(len(faults), 2, faults)
            self.assertTrue(all(f.startswith(path + ":") for f in faults), faults)
            self.assertRegex(faults[0][len(path):], r"^:7:\d+: ")
        self.assertIn("cannot open", self.run_ctl("policy", "check", "/nowhere.yaml", status=5))
        self.assertIn("empty", self.run_ctl("policy", "check", self.policy("empty.yaml", ""), status=5))
        large = self.policy("large.yaml", "#" * (1 << 18) + "\n")
        self.assertIn("too large", self.run_ctl("policy", "apply", large, status=5))

    def test_a_policy_from_a_file_stays_the_files(self):
        with open(support.EXAMPLE_POLICY, encoding="utf-8") as f:
            path = self.policy("example.yaml", f.read().replace("mode: report", "mode: enforce"))
        self.assertIn("conflict", self.run_ctl("policy", "apply", path, status=5))

    def test_diff(self):
        self.apply("d1.yaml", POLICY.replace(SITE, "d.example"))
        same = self.policy("d2.yaml", POLICY.replace(SITE, "d.example"))
        self.assertEqual(self.ctl("policy", "diff", "d.example", same), (0, "", ""))
        other = POLICY.replace(SITE, "d.example").replace("Ads Ltd.", "Other Ltd.")
        output = self.run_ctl("policy", "diff", "d.example", self.policy("d3.yaml", other), status=1)
        self.assertIn("\n-    provider: Ads Ltd.\n+    provider: Other Ltd.\n", output)
        self.assertRegex(output, r"\nmaterial +ads\nasked_again +ads\n")
        self.apply("d3.yaml", other)
        output = self.run_ctl("policy", "diff", "d.example", "1", "2", status=1)
        self.assertTrue(output.startswith("--- revision 1\n+++ revision 2\n"), output)
        self.assertIn("\n-    provider: Ads Ltd.\n+    provider: Other Ltd.\n", output)
        self.assertEqual(self.json("policy", "diff", "d.example", "1", "2", status=1)["material"], ["ads"])
        self.run_ctl("policy", "diff", "d.example", "1", "1")
        self.run_ctl("policy", "diff", "d.example", "1", "9", status=1)
        self.assertIn("revision", self.run_ctl("policy", "diff", "d.example", "1", "x", status=2))
        self.assertIn("not of", self.run_ctl("policy", "diff", SITE, same, status=5))

    def test_render(self):
        page = self.run_ctl("policy", "render", EXAMPLE_SITE)
        self.assertIn("<table", page)
        self.assertIn("Cookies on example.org", page)
        self.assertIn("Les cookies", self.run_ctl("policy", "render", EXAMPLE_SITE, "--language", "fr"))
        for kind in ("html", "markdown", "text"):
            self.assertIn("Ad Network Inc.", self.run_ctl("policy", "render", EXAMPLE_SITE, "--format", kind))
        document = json.loads(self.run_ctl("--format", "json", "policy", "render", EXAMPLE_SITE))
        self.assertEqual(document["page"].rstrip("\n"), page.rstrip("\n"))
        self.assertIn("html", self.run_ctl("policy", "render", EXAMPLE_SITE, "--format", "pdf", status=2))
        self.assertIn("unknown_site", self.run_ctl("policy", "render", "nowhere.example", status=5))

    def test_list(self):
        sites = {s["site"]: s for s in self.json("policy", "list")["sites"]}
        self.assertEqual(sites[SITE]["source"], "api")
        self.assertEqual((sites[SITE]["services"], sites[SITE]["cookies"]), (3, 3))
        self.assertEqual(sites[EXAMPLE_SITE]["source"], support.EXAMPLE_POLICY)

    def test_status(self):
        status = self.json("status")
        self.assertEqual(status["roles"], ["reader", "recorder", "auditor", "admin"])
        self.assertEqual(status["protocol"], 1)
        self.assertGreaterEqual(status["sites"], 2)
        for key in ("version", "records", "revision", "view_lag"):
            self.assertIn(key, status)

    def test_stats_count_what_was_denied(self):
        self.run_ctl("check", SITE, "s1", "stranger12345", status=1)
        self.run_ctl("check", SITE, "s1", "stranger12345", status=1)
        stats = self.json("stats", SITE)
        self.assertIn({"site": SITE, "name": "stranger#", "count": 2}, stats["undeclared"])
        rows = rows_of(self.run_ctl("stats", "--format", "csv"))
        self.assertIn({"kind": "undeclared", "site": SITE, "name": "stranger#", "count": "2"}, rows)
        self.assertTrue([r for r in rows if r["kind"] == "counter" and r["name"] == "revision"])
        self.assertTrue([r for r in rows if r["kind"] == "denied"])


class Bench(Ctl):
    def bench(self, *args, status=0):
        return self.json("bench", *args, "--seconds", "1", "--subjects", "500", "--clients", "4",
                         status=status)

    def test_checks_find_what_was_recorded(self):
        for args in ((), ("--pipeline", "16"), ("--clients", "1"), ("--threads", "2"),
                     ("--clients", "1", "--pipeline", "300")):
            result = self.bench(SITE, *args)
            self.assertEqual((result["errors"], result["unexpected"]), (0, 0))
            self.assertEqual(result["hit_rate"], 1)
            self.assertTrue(result["verified"])
            self.assertEqual(result["allowed"] + result["denied"], result["requests"])
            self.assertGreater(result["allowed"], 0)
            self.assertGreater(result["denied"], 0)
            self.assertGreaterEqual(result["seconds"], 1)
            self.assertLessEqual(result["p50_us"], result["p90_us"])
            self.assertLessEqual(result["p99_9_us"], result["max_us"])

    def test_asks_for_no_cookie_that_nobody_declares(self):
        self.bench(SITE)
        self.bench(SITE, "--write")
        names = [row["name"] for row in self.json("stats", SITE)["undeclared"]]
        self.assertNotIn("any", names)

    def test_batches(self):
        result = self.bench(SITE, "--cookie", "seen", "--cookie", "ad_1", "--batch", "16")
        self.assertEqual(result["batch"], 16)
        self.assertEqual(result["allowed"] + result["denied"], 16 * result["requests"])

    def test_map_asks_nobody(self):
        for args in ((), ("--threads", "2"), ("--batch", "16", "--cookie", "seen", "--cookie", "ad_1")):
            before = self.json("stats")["counters"]["calls_check"]
            result = self.json("bench", SITE, "--map", "--seconds", "1", "--subjects", "500", *args)
            self.assertEqual((result["mode"], result["errors"], result["unexpected"]), ("map", 0, 0))
            self.assertEqual((result["asked"], result["hit_rate"]), (0, 1))
            self.assertLess(self.json("stats")["counters"]["calls_check"] - before, 10)
            self.assertEqual(result["allowed"] + result["denied"], result["batch"] * result["requests"])
            self.assertLessEqual(result["p50_us"], result["max_us"])

    def test_map_goes_with_no_connections(self):
        for args in (("--write",), ("--clients", "2"), ("--pipeline", "2")):
            self.assertIn("--map", self.run_ctl("bench", SITE, "--map", *args, status=2))

    def test_map_sees_a_wrong_decision(self):
        output = self.run_ctl("bench", SITE, "--map", "--cookie", "nobody", "--seconds", "1",
                              "--subjects", "10", status=7)
        self.assertIn("not what follows", output)

    def test_writes_change_something_each(self):
        before = self.json("status")["revision"]
        result = self.bench(SITE, "--write", "--pipeline", "8")
        self.assertEqual((result["errors"], result["unexpected"]), (0, 0))
        self.assertGreaterEqual(self.json("status")["revision"], before + result["requests"])

    def test_writes_without_preload_learn_what_was_chosen(self):
        self.bench(SITE, "--write", "--pipeline", "8")
        before = self.json("status")["revision"]
        result = self.bench(SITE, "--write", "--no-preload", "--pipeline", "8", "--threads", "2")
        self.assertEqual((result["errors"], result["unexpected"]), (0, 0))
        self.assertEqual(self.json("status")["revision"], before + result["requests"])

    def test_without_preload(self):
        self.bench(SITE)
        result = self.bench(SITE, "--no-preload")
        self.assertEqual((result["hit_rate"], result["verified"]), (1, False))
        result = self.json("bench", SITE, "--no-preload", "--seconds", "1", "--subjects", "1000000000")
        self.assertLess(result["hit_rate"], 0.5)

    def test_a_wrong_decision_is_seen(self):
        """With a cookie that nothing declares no decision is what it must be."""
        output = self.run_ctl("bench", SITE, "--cookie", "nobody", "--seconds", "1", "--subjects", "10",
                              "--clients", "2", "--format", "json", status=7)
        self.assertIn("not what follows", output)

    def test_a_site_is_found(self):
        self.assertIn(self.bench()["site"], (SITE, EXAMPLE_SITE))

    def test_what_cannot_be_measured(self):
        self.assertIn("unknown_site", self.run_ctl("bench", "nowhere.example", status=5))
        self.run_ctl("bench", SITE, "--clients", "0", status=2)
        self.run_ctl("bench", SITE, "--pipeline", "1025", status=2)
        self.run_ctl("bench", SITE, "--write", "--subjects", "2", "--clients", "3", status=2)


class Seed(Ctl):
    """A site where everything is necessary still has something to measure."""

    @classmethod
    def setUpClass(cls):
        cls.daemon = support.Daemon(policies=[support.SEED_POLICY]).start()

    def test_bench_without_anything_to_consent_to(self):
        status, stdout, stderr = self.ctl("bench", "--seconds", "1", "--clients", "2", "--format", "json")
        self.assertEqual(status, 0, stderr)
        self.assertIn("nothing to consent to", stderr)
        self.assertIn("no write changes", self.run_ctl("bench", "--write", status=1))
        result = json.loads(stdout)
        self.assertEqual((result["preloaded"], result["hit_rate"], result["denied"]), (False, None, 0))
        self.assertEqual(self.json("status")["records"], 0)


class Terminal(Ctl):
    """What differs when a person sits there."""

    def run_at_terminal(self, *args, typed="", env=None):
        """Everything goes to a pseudo-terminal. Returns the exit status and what it showed."""
        leader, follower = pty.openpty()
        process = subprocess.Popen([support.CONSENTCTL, "--socket", self.daemon.path, *args],
                                   stdin=follower, stdout=follower, stderr=follower,
                                   env={**os.environ, "TERM": "xterm", "NO_COLOR": "", **(env or {})})
        os.close(follower)
        os.write(leader, typed.encode())
        shown = b""
        try:
            while data := os.read(leader, 65536):
                shown += data
        except OSError:
            pass
        os.close(leader)
        return process.wait(support.PATIENCE), shown.decode()

    def test_erase_asks(self):
        self.run_ctl("give", SITE, "t1", "*")
        status, shown = self.run_at_terminal("erase", SITE, "t1", typed="n\n")
        self.assertEqual(status, 1, shown)
        self.assertIn("[y/N]", shown)
        self.run_ctl("show", SITE, "t1")
        status, shown = self.run_at_terminal("erase", SITE, "t1", typed="y\n")
        self.assertEqual(status, 0, shown)
        self.run_ctl("show", SITE, "t1", status=1)

    def test_yes_answers(self):
        self.run_ctl("give", SITE, "t2", "*")
        status, shown = self.run_at_terminal("erase", SITE, "t2", "--yes")
        self.assertEqual(status, 0, shown)
        self.assertNotIn("[y/N]", shown)

    def test_apply_asks_where_visitors_would_notice(self):
        path = self.daemon.write("t.yaml", POLICY.replace(SITE, "t.example"))
        status, shown = self.run_at_terminal("policy", "apply", path)
        self.assertEqual(status, 0, shown)
        path = self.daemon.write("t.yaml", POLICY.replace(SITE, "t.example").replace("Ads Ltd.", "X"))
        status, shown = self.run_at_terminal("policy", "apply", path, typed="n\n")
        self.assertEqual(status, 1, shown)
        self.assertIn("1 change materially", shown)
        self.assertEqual(self.json("policy", "show", "t.example")["policy_revision"], 1)

    def test_colours(self):
        check = ("check", SITE, "t3", "sid")
        self.assertIn("\x1b[", self.run_at_terminal(*check)[1])
        self.assertNotIn("\x1b[", self.run_at_terminal(*check, "--no-color")[1])
        self.assertNotIn("\x1b[", self.run_at_terminal(*check, env={"NO_COLOR": "1"})[1])
        self.assertNotIn("\x1b[", self.run_at_terminal(*check, env={"TERM": "dumb"})[1])


class Failures(Ctl):
    def test_help_and_version(self):
        self.assertIn("policy apply", support.ctl("help")[1])
        self.assertIn("Usage: consentctl check", support.ctl("check", "--help")[1])
        self.assertIn("policy diff", support.ctl("policy", "--help")[1])
        self.assertEqual(support.ctl("policy", "render", "--help")[1].count("--format FORMAT"), 1)
        self.assertRegex(support.ctl("--version")[1], r"^consentctl \d+\.\d+\.\d+\n$")
        for shell in ("bash", "zsh", "fish"):
            self.assertIn("consentctl", support.ctl("completion", shell)[1])

    def test_usage(self):
        for args in ((), ("chekc",), ("check",), ("check", SITE), ("check", SITE, "a", "b", "--x"),
                     ("--nope",), ("policy",), ("policy", "aply"), ("show", SITE, "a", "b"),
                     ("completion", "tcsh"), ("help", "nothing"), ("list", SITE, "--limit", "x")):
            status, stdout, stderr = self.ctl(*args)
            self.assertEqual((status, stdout), (2, ""), args)
            self.assertTrue(stderr.startswith("consentctl: "), stderr)

    def test_nobody_listens(self):
        status, _, stderr = support.ctl("status", socket_path=self.daemon.path + ".not")
        self.assertEqual(status, 3)
        self.assertIn("is consentd running?", stderr)
        status, _, _ = support.ctl("bench", SITE, socket_path=self.daemon.path + ".not")
        self.assertEqual(status, 3)

    def test_the_socket_comes_from_the_environment(self):
        status, _, stderr = support.ctl("status", env={"CONSENT_SOCKET": self.daemon.path})
        self.assertEqual(status, 0, stderr)
        status, _, _ = support.ctl("status", socket_path=self.daemon.path,
                                   env={"CONSENT_SOCKET": "/nowhere"})
        self.assertEqual(status, 0)

    def test_what_cannot_be_a_socket(self):
        for command in (["status"], ["bench", SITE, "--yes"], ["check", SITE, "s", "sid"]):
            for path, reason in (("", "empty"), ("/" + "x" * 107, "at most 107")):
                status, _, stderr = support.ctl(*command, "--socket", path)
                self.assertEqual(status, 2, stderr)
                self.assertIn("--socket is", stderr)
                self.assertIn(reason, stderr)
            for path, reason in (("/" + "x" * 107, "at most 107"), (b"/tmp/\xff", "not UTF-8")):
                status, _, stderr = support.ctl(*command, env={"CONSENT_SOCKET": path})
                self.assertEqual(status, 2, stderr)
                self.assertIn("CONSENT_SOCKET is", stderr)
                self.assertIn(reason, stderr)
        status, _, _ = support.ctl("status", "--socket", "/" + "x" * 106)
        self.assertEqual(status, 3)
        status, _, stderr = support.ctl("help", "check", env={"CONSENT_SOCKET": b"\xff"})
        self.assertEqual(status, 0, stderr)

    def test_what_is_printed_never_goes_to_the_daemon(self):
        for closed, status in ((">&-", 7), ("<&- 2>&-", 0), ("<&- >&-", 7), ("<&- >&- 2>&-", 7)):
            done = subprocess.run(["sh", "-c", 'exec "$0" "$@" ' + closed, support.CONSENTCTL, "--socket",
                                   self.daemon.path, "status"], capture_output=True, text=True, check=False,
                                  timeout=support.PATIENCE)
            self.assertEqual(done.returncode, status, closed)

    def test_nobody_answers(self):
        with tempfile.TemporaryDirectory(prefix="consent-ctl-") as directory:
            path = os.path.join(directory, "sock")
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(path)
                listener.listen()
                status, _, stderr = support.ctl("status", "--timeout", "100", socket_path=path)
        self.assertEqual(status, 6, stderr)
        self.assertIn("--timeout", stderr)

    def serve_one_page(self, listener):
        """A daemon that hangs up when it is asked for the second page, as often as it is asked."""
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                unpacker = support.msgpack.Unpacker(raw=False)
                while data := connection.recv(65536):
                    unpacker.feed(data)
                    requests = list(unpacker)
                    if any("after" in params[0] for _, _, _, params in requests):
                        break
                    for _, msgid, method, _ in requests:
                        result = {"records": [self.record()], "next": "abc"} if method == "export" else \
                            {"version": "0", "protocol": 1, "roles": [], "limits": {}}
                        connection.sendall(support.msgpack.packb([1, msgid, None, result]))

    def test_an_export_that_breaks_off_says_where(self):
        with tempfile.TemporaryDirectory(prefix="consent-ctl-") as directory:
            path = os.path.join(directory, "sock")
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(path)
                listener.listen()
                thread = threading.Thread(target=self.serve_one_page, args=(listener,))
                thread.start()
                status, stdout, stderr = support.ctl("export", SITE, socket_path=path)
                listener.shutdown(socket.SHUT_RDWR)
                thread.join()
        self.assertEqual(status, 7, stderr)
        self.assertEqual(len(stdout.splitlines()), 1)
        self.assertIn("stopped after 1 records; --after abc goes on", stderr)

    @staticmethod
    def record():
        return {"digest": b"\1" * 16, "choices": {}, "given_until": 0, "refused_until": 0,
                "created_at": 1, "updated_at": 1, "revision": 1, "policy_revision": 1,
                "bound": False, "events": []}

    def test_a_reader_that_goes_away_is_no_fault(self):
        with subprocess.Popen([support.CONSENTCTL, "help"], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as process:
            process.stdout.close()
            self.assertEqual(process.stderr.read(), b"")

    def test_the_output_cannot_be_written(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([support.CONSENTCTL, "--socket", self.daemon.path, "status"],
                                  stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(done.returncode, 7)
        self.assertIn("could not be written", done.stderr)

    @unittest.skipUnless(os.geteuid() == 0, "takes root to become somebody else")
    def test_without_roles(self):
        os.chmod(self.daemon.dir, 0o755)
        os.chmod(self.daemon.path, 0o666)

        def run(*args):
            return subprocess.run([support.CONSENTCTL, "--socket", self.daemon.path, *args], user=65534,
                                  group=65534, extra_groups=[], capture_output=True, text=True,
                                  check=False, env={"PATH": os.environ.get("PATH", "")})

        try:
            done = run("show", SITE, "x")
        except PermissionError:
            self.skipTest("the program is out of reach of another user")
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("auditor", done.stderr)
        self.assertEqual(run("check", SITE, "x", "sid").returncode, 4)
        self.assertEqual(run("policy", "check", support.EXAMPLE_POLICY).returncode, 4)
        self.assertIn("takes the role admin", " ".join(run("help", "policy", "check").stdout.split()))
        status = run("status", "--format", "json")
        self.assertEqual(status.returncode, 0, status.stderr)
        self.assertEqual(json.loads(status.stdout)["roles"], [])
        self.assertIn("not shown", status.stderr)


if __name__ == "__main__":
    unittest.main()
