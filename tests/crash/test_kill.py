"""No acknowledged write is lost, however often the daemon is killed.

Many writes are in flight on several connections while SIGKILL falls. What was acknowledged must be
there afterwards; what was not is sent again under its event_id, and must not happen twice. At the
end the prev links must reach every event of the ledger, and a view that is deleted must come back
with the same content.
"""
import random
import selectors
import shutil
import signal
import time
import unittest

import msgpack

from support import FULL, Daemon, Peer, wait_for

SITE = "shop.example"
POLICY = """
site: shop.example
services:
  - {id: video, provider: Tube, function: Videos, category: third_party,
     cookies: [{name: vid, purpose: To play, max_age: 1 months}]}
  - {id: chat, provider: Shop, function: Chat, category: first_party,
     cookies: [{name: chat, purpose: To talk, max_age: 1 months}]}
"""
N_SUBJECTS = 100_000 if FULL else 4_000
N_KILLS = 20 if FULL else 5
N_CONNECTIONS = 8
DEPTH = 64


class Write:
    """One write that is to be acknowledged: a subject's n-th choice."""

    def __init__(self, subject, n):
        self.subject, self.n = subject, n
        self.given = random.random() < 0.5 if n == 0 else None
        self.event_id = f"{subject}/{n}"

    def params(self):
        choices = {"video": self.given, "chat": not self.given}
        return {"site": SITE, "subject": self.subject, "choices": choices, "event_id": self.event_id}


class Line:
    """One connection with its writes in flight."""

    def __init__(self, path, selector):
        self.peer = Peer(path)
        self.flying = {}
        self.selector = selector
        selector.register(self.peer.socket, selectors.EVENT_READ, self)

    def fill(self, todo):
        sent = []
        while todo and len(self.flying) + len(sent) < DEPTH:
            sent.append(todo.pop())
        for write in sent:
            self.peer.next_id += 1
            self.flying[self.peer.next_id] = write
        ids = range(self.peer.next_id - len(sent) + 1, self.peer.next_id + 1)
        self.peer.send_bytes(b"".join(
            msgpack.packb([0, i, "record", [w.params()]]) for i, w in zip(ids, sent)))

    def replies(self):
        """(write, result) of what has arrived; None when the connection is gone."""
        data = self.peer.socket.recv(1 << 16)
        if not data:
            return None
        self.peer.unpacker.feed(data)
        replies = []
        for _, msgid, error, result in self.peer.unpacker:
            assert error is None, error
            replies.append((self.flying.pop(msgid), result))
        return replies

    def close(self):
        self.selector.unregister(self.peer.socket)
        self.peer.close()


class Campaign:
    """Writes everything, through all kills; knows what was acknowledged."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.selector = selectors.DefaultSelector()
        self.todo = [Write(f"subject-{i}", 0) for i in range(N_SUBJECTS)]
        random.shuffle(self.todo)
        self.acknowledged = {}  # subject → [(revision, given), …]
        self.n_acknowledged = self.n_repeated = 0
        self.lines = []

    def connect(self):
        self.lines = [Line(self.daemon.path, self.selector) for _ in range(N_CONNECTIONS)]

    def note(self, write, result):
        record = result["record"]["choices"]
        assert record["video"] == ("given" if write.given else "refused"), (write.params(), result)
        self.acknowledged.setdefault(write.subject, []).append((result["revision"], write.given))
        self.n_acknowledged += 1
        # Every fifth subject changes its mind, once.
        if write.n == 0 and self.n_acknowledged % 5 == 0:
            again = Write(write.subject, 1)
            again.given = not write.given
            self.todo.append(again)

    def lost(self, line):
        """A connection is gone: what flew is of unknown fate, and is sent again."""
        self.n_repeated += len(line.flying)
        self.todo += line.flying.values()
        line.close()
        self.lines.remove(line)

    def run_until(self, n_acknowledged):
        while self.n_acknowledged < n_acknowledged and (self.todo or any(l.flying for l in self.lines)):
            for line in self.lines:
                line.fill(self.todo)
            for key, _ in self.selector.select(timeout=60):
                for write, result in key.data.replies():
                    self.note(write, result)

    def kill(self):
        """SIGKILL while writes fly; replies that were sent before still count."""
        for line in self.lines:
            line.fill(self.todo)
        time.sleep(random.random() * 0.01)
        assert any(line.flying for line in self.lines), "nothing in flight"
        self.daemon.send_signal(signal.SIGKILL)
        self.daemon.process.wait()
        for line in list(self.lines):
            try:
                while (replies := line.replies()) is not None:
                    for write, result in replies:
                        self.note(write, result)
            except ConnectionError:
                pass
            self.lost(line)
        self.daemon.start()
        self.connect()


def export(daemon):
    """All records with all their events, by digest."""
    records, after = {}, {}
    with daemon.peer() as peer:
        while True:
            page = peer.call("export", site=SITE, limit=1000, **after)
            for row in page["records"]:
                known = records.setdefault(row["digest"], row)
                if known is not row:
                    known["events"] += row["events"]
            if "next" not in page:
                return records
            after = {"after": page["next"]}


class Kill(unittest.TestCase):
    def test_acknowledged_writes_survive(self):
        print(f"{N_SUBJECTS} subjects, {N_KILLS} kills")
        seed = random.randrange(1 << 32)
        print("seed", seed)
        random.seed(seed)
        with Daemon(policies=[POLICY]) as daemon:
            campaign = Campaign(daemon)
            campaign.connect()
            for i in range(N_KILLS):
                campaign.run_until(N_SUBJECTS * (i + 1) // (N_KILLS + 1))
                campaign.kill()
            campaign.run_until(1 << 60)
            for line in list(campaign.lines):
                line.close()
            print(f"{campaign.n_acknowledged} acknowledged, {campaign.n_repeated} sent again")
            self.assertEqual(len(campaign.acknowledged), N_SUBJECTS)
            self.check_decisions(daemon, campaign)
            before = self.check_ledger(daemon, campaign)
            self.check_view_is_rebuilt(daemon, before)

    def check_decisions(self, daemon, campaign):
        with daemon.peer() as peer:
            subjects = list(campaign.acknowledged.items())
            for at in range(0, len(subjects), 200):
                batch = subjects[at:at + 200]
                for subject, _ in batch:
                    peer.send("check", site=SITE, subject=subject, cookies=["vid", "chat"])
                for subject, acknowledged in batch:
                    _, error, result = peer.receive()
                    given = max(acknowledged)[1]
                    self.assertIsNone(error)
                    self.assertEqual([d["allowed"] for d in result["decisions"]], [given, not given],
                                     subject)

    def check_ledger(self, daemon, campaign):
        records = export(daemon)
        with daemon.peer() as peer:
            head = peer.call("stats")["counters"]["revision"]
        revisions = [e["revision"] for r in records.values() for e in r["events"]]
        self.assertEqual(sorted(revisions), list(range(1, head + 1)),
                         "the prev links reach every event, and each once")
        acknowledged = {revision for l in campaign.acknowledged.values() for revision, _ in l}
        self.assertEqual(len(acknowledged), campaign.n_acknowledged, "a revision belongs to one write")
        self.assertLessEqual(acknowledged, set(revisions))
        self.assertEqual(head, campaign.n_acknowledged, "what was sent again happened once")
        return records

    def check_view_is_rebuilt(self, daemon, before):
        self.assertEqual(daemon.stop(), 0)
        shutil.rmtree(daemon.data + "/view")
        daemon.start()
        self.assertEqual(export(daemon), before)


if __name__ == "__main__":
    unittest.main()
