"""The servers of the comparison, each on a Unix socket of its own in a temporary folder."""

import contextlib
import glob
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SITE = "www.example.org"
POLICY = ROOT / "packaging/policies/example.yaml"
COOKIE = "shoes_viewed"  # of a service that needs consent, found by a pattern: the long way
COOKIES = (COOKIE, "chat", "_pk_id", "variant")  # one of each basis that looks at the record
PATIENCE_S = 120
VIEW_LAG = 100_000  # events: a batch of the view that gathers, and one that is being applied


def fail(text):
    sys.exit(f"compare: {text}")


def output_of(*command, **more):
    """Standard output of a command that must succeed."""
    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, text=True, check=False,
                          **more)
    if done.returncode:
        fail(f"{' '.join(str(c) for c in command)} exited {done.returncode}")
    return done.stdout


def json_of(*command):
    return json.loads(output_of(*command))


def connects(path):
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as s:
        return s.connect_ex(str(path)) == 0


class Server:
    """A process that is there when its socket takes connections, and gone after stop()."""

    def start(self, name, path, *command, **more):
        self.socket = path
        self.process = subprocess.Popen([str(c) for c in command], stdout=subprocess.DEVNULL, **more)
        deadline = time.monotonic() + PATIENCE_S
        while not connects(path):
            if self.process.poll() is not None or time.monotonic() > deadline:
                fail(f"{name} did not start")
            time.sleep(0.002)

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        self.process.wait()


class Asked(Server):
    """What bench_ask speaks to: all keys are there, and any other reply than a hit's ends the run."""

    def ask(self, kind, clients, pipeline, seconds, n):
        return json_of(self.tools / "bench_ask", f"{self.kind}-{kind}", self.socket, clients, pipeline,
                       int(seconds * 1000), n)

    def load(self, n):
        self.ask("set", 4, 256, 0, n)


class Redis(Asked):
    """Without TCP and without snapshots; its writes wait for the disk."""

    kind = "redis"

    def __init__(self, folder, tools):
        self.tools, self.rates = tools, {}
        # Debian's redis-tools carries the server as redis-check-rdb; its name decides what it is.
        program = shutil.which("redis-server") or shutil.which("redis-check-rdb")
        server = folder / "redis-server"
        server.symlink_to(os.path.realpath(program))
        self.version = re.search(r"v=(\S+)", output_of(server, "--version")).group(1)
        data = folder / "redis"
        data.mkdir()
        self.start("redis-server", folder / "redis.sock", server, "--port", 0, "--unixsocket",
                   folder / "redis.sock", "--dir", data, "--save", "", "--appendonly", "yes",
                   "--appendfsync", "always", "--auto-aof-rewrite-percentage", 0, "--loglevel",
                   "warning", "--maxclients", 1000)

    def info(self):
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as s:
            s.connect(str(self.socket))
            s.sendall(b"INFO\r\n")
            replies = s.makefile("rb")
            text = replies.read(int(replies.readline()[1:])).decode()
        return dict(line.split(":", 1) for line in text.split("\r\n") if ":" in line)

    def benchmark(self, clients, pipeline, seconds, n):
        """GET as redis-benchmark asks it; which counts requests, so the first run is one second's."""
        case = clients, pipeline
        if case not in self.rates:
            self.rates[case] = self.gets(clients, pipeline, 10_000 * clients, n)["rate"]
        result = self.gets(clients, pipeline, int(self.rates[case] * seconds), n)
        self.rates[case] = result["rate"]
        return result

    def gets(self, clients, pipeline, requests, n):
        before = self.info()
        text = output_of("redis-benchmark", "-s", self.socket, "-r", n, "-n", requests, "-c", clients,
                         "-P", pipeline, "-t", "get", "--csv")
        after = self.info()
        hits, misses = (int(after[k]) - int(before[k]) for k in ("keyspace_hits", "keyspace_misses"))
        rate = float(text.strip().split("\n")[-1].replace('"', "").split(",")[1])
        return {"rate": rate, "hit_rate": hits / (hits + misses)}

    def bytes_a_key(self):
        info = self.info()
        keys = int(re.search(r"keys=(\d+)", info["db0"]).group(1))
        return (int(info["used_memory"]) - int(info["used_memory_startup"])) / keys


class Memcached(Asked):
    kind = "memcached"

    def __init__(self, folder, tools):
        self.tools = tools
        self.version = output_of("memcached", "--version").split()[-1]
        user = ("-u", "root") if os.geteuid() == 0 else ()
        self.start("memcached", folder / "memcached.sock", "memcached", "-s", folder / "memcached.sock",
                   "-m", 2048, *user)


class Postgres(Server):
    """With a table of subjects by number, and more memory than it needs for them."""

    @staticmethod
    def programs():
        """The newest version's, or None."""
        found = glob.glob("/usr/lib/postgresql/*/bin/pgbench")
        found = [path for path in found if os.path.exists(os.path.join(os.path.dirname(path), "initdb"))]
        return pathlib.Path(max(found, key=lambda p: int(p.split("/")[4]))).parent if found else None

    def __init__(self, folder, n):
        self.bin, self.folder = self.programs(), folder / "postgres"
        self.folder.mkdir(mode=0o755)
        self.version = output_of(self.bin / "postgres", "--version").split()[2]
        # It refuses to be root.
        self.more = {"cwd": "/", "stderr": subprocess.DEVNULL}
        if os.geteuid() == 0:
            self.more["user"] = self.more["group"] = "postgres"
            self.more["extra_groups"] = ()
            shutil.chown(self.folder, "postgres", "postgres")
        data = self.folder / "data"
        output_of(self.bin / "initdb", "-D", data, "-A", "trust", "-U", "bench", "--no-sync", "-E", "UTF8",
                  "--locale", "C", **self.more)
        self.start("postgres", self.folder / ".s.PGSQL.5432", self.bin / "postgres", "-D", data, "-k",
                   self.folder, "-c", "listen_addresses=", "-c", "shared_buffers=1GB", **self.more)
        self.sql("CREATE TABLE consent (subject bigint PRIMARY KEY, choices bytea)",
                 f"INSERT INTO consent SELECT n, '\\x787878' FROM generate_series(0, {n - 1}) n",
                 "VACUUM ANALYZE consent")
        self.script = self.folder / "select.sql"
        self.script.write_text(f"\\set n random(0, {n - 1})\nSELECT choices FROM consent WHERE subject = :n;\n")

    def sql(self, *statements):
        deadline = time.monotonic() + PATIENCE_S
        command = [self.bin / "psql", "-q", "-h", self.folder, "-U", "bench", "-d", "postgres"]
        while subprocess.run([*command, "-c", "SELECT 1"], stdout=subprocess.DEVNULL, check=False,
                             **self.more).returncode:
            if time.monotonic() > deadline:
                fail("PostgreSQL takes no connection")
            time.sleep(0.1)
        for statement in statements:
            output_of(*command, "-c", statement, **self.more)

    def selects(self, clients, seconds):
        """A second, with as many threads as clients, up to two."""
        text = output_of(self.bin / "pgbench", "-h", self.folder, "-U", "bench", "-n", "-M", "prepared",
                         "-c", clients, "-j", min(clients, 2), "-T", max(1, round(seconds)), "-f",
                         self.script, "postgres", **self.more)
        return {"rate": float(re.search(r"^tps = ([0-9.]+)", text, re.M).group(1))}

    def stop(self, how=signal.SIGINT):
        super().stop(how)


class Consentd(Server):
    """The daemon with the shipped example policy, and consentctl."""

    def __init__(self, folder, build, name="consentd"):
        self.ctl, self.daemon = build / "client/ctl/consentctl", build / "daemon/consentd"
        self.tools = build / "tests/bench"
        self.data, self.path = folder / f"{name}.data", folder / f"{name}.sock"
        self.version = output_of(self.daemon, "--version").split()[-1]
        self.n_subjects = 0
        self.run()

    def run(self):
        self.start("consentd", self.path, self.daemon, "--data", self.data, "--socket", self.path,
                   "--policy", POLICY, stderr=subprocess.DEVNULL)

    def command(self, *words):
        return [str(w) for w in (self.ctl, "--socket", self.path, *words)]

    def counters(self):
        return json_of(*self.command("stats", "--format", "json"))["counters"]

    def bench(self, clients, pipeline, seconds, *options):
        return json_of(*self.command(
            "bench", SITE, "--clients", clients, "--pipeline", pipeline, "--seconds",
            max(1, round(seconds)), "--subjects", self.n_subjects, "--format", "json", *options))

    def load(self, n):
        """Records the subjects; a short run of checks verifies every decision about them."""
        self.n_subjects = n
        result = self.bench(16, 16, 1, "--yes", "--cookie", COOKIE)
        if result["hit_rate"] != 1:
            fail(f"consentd knows {result['hit_rate']:.1%} of the subjects")

    def checks(self, clients, pipeline, seconds, *options):
        return self.bench(clients, pipeline, seconds, "--no-preload", *(options or ("--cookie", COOKIE)))

    def writes(self, clients, seconds):
        """Durable changes. Those that the view could not keep up with are not counted."""
        self.settle()
        result = self.bench(clients, 1, seconds, "--no-preload", "--write")
        lag = self.counters()["view_lag"]
        done = result["requests"] - max(lag - VIEW_LAG, 0)
        return {**result, "rate": done / result["seconds"], "view_lag": lag}

    def settle(self):
        """Waits until the view has applied every event."""
        deadline = time.monotonic() + PATIENCE_S
        while self.counters()["view_lag"]:
            if time.monotonic() > deadline:
                fail("the view does not catch up")
            time.sleep(0.02)

    def tool(self, name, *words):
        return json_of(self.tools / f"bench_{name}", self.path, SITE, *words)

    def shared_bytes(self):
        """What the kernel counts of the daemon's shared memory: its maps, the one in the making too."""
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(re.search(r"^RssShmem:\s*(\d+) kB", text, re.M).group(1)) * 1024

    def disk_bytes(self):
        return sum(p.stat().st_blocks * 512 for p in self.data.rglob("*") if p.is_file())


class Watch(threading.Thread):
    """Looks, while the map grows, at how many subjects it holds and what they take."""

    def __init__(self, daemon):
        super().__init__(daemon=True)
        self.daemon_process, self.samples, self.over = daemon, [], threading.Event()

    def run(self):
        while not self.over.wait(0.02):
            shared = self.daemon_process.shared_bytes()
            self.samples.append((self.daemon_process.counters()["records"], shared))

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()

    def bytes_a_subject(self, least):
        """The average over the number of subjects, from `least` on."""
        points = [(n, shared / n) for n, shared in sorted(self.samples) if n >= least]
        area = sum((b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in zip(points, points[1:]))
        if len(points) < 4 or points[-1][0] == points[0][0]:
            fail("the map grew faster than anybody could watch")
        return area / (points[-1][0] - points[0][0])
