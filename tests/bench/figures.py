"""The rows of the comparison, and how they are printed: as text, as JSON, as README's section.

A row is met when its ratio reaches its goal. Of a rate the ratio is ours / theirs, of a cost
theirs / ours; a promise in absolute figures is a peer, too. Goal 0: for information.
"""

import json
import math

PROMISE = "promise"

# key: (what, unit, peer, whether more is better, goal). {small}, {middle} and {large} are numbers of
# subjects, 10,000, 1,000,000 and 10,000,000 in the full run.
ROWS = {
    "mapped": ("mapped check, {small} subjects", "ns", PROMISE, False, 1),
    "mapped_get": ("mapped check, {small} subjects", "ns", "Redis GET", False, 60),
    "probe_small": ("mapped check, {small} subjects", "ns", "bare probe", False, 0.5),
    "probe_middle": ("mapped check, {middle} subjects", "ns", "bare probe", False, 0.5),
    "probe_large": ("mapped check, {large} subjects", "ns", "bare probe", False, 0.5),
    "calls": ("mapped checks without a system call", "%", PROMISE, True, 1),
    "growth": ("cost of a mapped check, {large} beside {small} subjects", "times", "bare probe", False, 1),
    "one_get": ("socket check, 1 client", "/s", "Redis GET", True, 1.1),
    "one_tool": ("socket check, 1 client", "/s", "Redis, redis-benchmark GET", True, 1),
    "one_ping": ("socket check, 1 client", "/s", "ping-pong", True, 0.7),
    "many_get": ("socket check, 50 clients, 64 in flight", "/s", "Redis GET", True, 1.5),
    "many_tool": ("socket check, 50 clients, 64 in flight", "/s", "Redis, redis-benchmark GET", True, 1.2),
    "batch_get": ("decisions, 16 a check, 50 clients, 64 in flight", "/s", "Redis GET", True, 5),
    "write_1": ("durable write, 1 client", "/s", "Redis SET, appendfsync always", True, 0.65),
    "write_50": ("durable write, 50 clients", "/s", "Redis SET, appendfsync always", True, 1),
    "write_128": ("durable write, 128 clients", "/s", "Redis SET, appendfsync always", True, 1.3),
    "p99_1": ("99th percentile of a durable write, 1 client", "ms", PROMISE, False, 1),
    "p99_50": ("99th percentile of a durable write, 50 clients", "ms", PROMISE, False, 1),
    "p99_128": ("99th percentile of a durable write, 128 clients", "ms", PROMISE, False, 1),
    "map_bytes": ("memory of the map, averaged over growth to {middle}", "B a subject", PROMISE, False, 1),
    "disk_bytes": ("disk, {middle} subjects with one event", "B a subject", PROMISE, False, 1),
    "wait": ("longest write while the map grows, {large} subjects", "ms", PROMISE, False, 1),
    "start": ("ready after kill -9, {middle} subjects", "s", PROMISE, False, 1),
    "wait_control": ("longest write while it does not grow", "ms", "while it grows", False, 0),
    "alone_small": ("mapped check alone, {small} subjects", "ns", "bare probe alone", False, 0),
    "alone_middle": ("mapped check alone, {middle} subjects", "ns", "bare probe alone", False, 0),
    "alone_large": ("mapped check alone, {large} subjects", "ns", "bare probe alone", False, 0),
    "lmdb": ("mapped check, {middle} subjects", "ns", "LMDB get in process", False, 0),
    "one_memcached": ("socket check, 1 client", "/s", "memcached get", True, 0),
    "many_memcached": ("socket check, 50 clients, 64 in flight", "/s", "memcached get", True, 0),
    "batch_mget": ("decisions, 16 a check, 50 clients, 64 in flight", "/s", "Redis MGET, 16 keys", True, 0),
    "one_postgres": ("socket check, 1 client", "/s", "PostgreSQL, prepared SELECT", True, 0),
    "write_128_p99": ("99th percentile of a durable write, 128 clients", "ms", "Redis SET", False, 0),
    "redis_bytes": ("memory of the map, averaged over growth to {middle}", "B a subject", "Redis, 3-byte values", False, 0),
}


def significant(value, digits=4):
    """The value with so many digits: a measurement has no more."""
    if value == 0 or not math.isfinite(value):
        return value
    rounded = round(value, digits - 1 - math.floor(math.log10(abs(value))))
    return int(rounded) if rounded == int(rounded) else rounded


def row(key, ours, theirs, sizes):
    """One row of the JSON."""
    what, unit, peer, more_is_better, goal = ROWS[key]
    names = {name: f"{n:,}" for name, n in sizes.items()}
    ratio = ours / theirs if more_is_better else theirs / ours
    return {"what": what.format(**names), "unit": unit, "ours": significant(ours),
            "theirs": significant(theirs), "peer": peer, "ratio": significant(ratio), "goal": goal}


def is_met(line):
    return line["ratio"] >= line["goal"]


def quantity(value, unit):
    text = f"{value:,}" if isinstance(value, int) or abs(value) < 1000 else f"{value:,.0f}"
    return f"{text}{unit}" if unit in ("/s", "%") else f"{text} {unit.split(' ')[0]}"


def cells(line):
    goal = "-" if line["goal"] == 0 else f"{line['goal']:g}"
    mark = "" if is_met(line) else " (missed)"
    return (line["what"], quantity(line["ours"], line["unit"]), quantity(line["theirs"], line["unit"]),
            line["peer"], f"{line['ratio']:g}", goal + mark)


HEADINGS = ("", "consentd", "beside", "of", "ratio", "goal")


def as_text(figures):
    table = [HEADINGS, *(cells(line) for line in figures["rows"])]
    widths = [max(len(line[i]) for line in table) for i in range(len(HEADINGS))]
    lines = [f"{name}: {value}" for name, value in figures["machine"].items()] + [""]
    for line in table:
        lines.append("  ".join(c.ljust(w) if i in (0, 3) else c.rjust(w)
                               for i, (c, w) in enumerate(zip(line, widths))).rstrip())
    return "\n".join(lines) + "\n"


def as_json(figures):
    """One row a line, so that a change of the figures can be read."""
    rows = ",\n".join("  " + json.dumps(line, ensure_ascii=False) for line in figures["rows"])
    machine = json.dumps(figures["machine"], ensure_ascii=False, indent=2).replace("\n", "\n ")
    return f'{{\n "machine": {machine},\n "rows": [\n{rows}\n ]\n}}\n'


BEGIN, END = "<!-- bench -->\n", "<!-- end -->\n"


def as_markdown(figures):
    """What stands between README's marks."""
    lines = [f"- {name}: {value}" for name, value in figures["machine"].items()] + [""]
    lines.append("| " + " | ".join(HEADINGS) + " |")
    lines.append("|---|--:|--:|---|--:|--:|")
    lines += ["| " + " | ".join(cells(line)) + " |" for line in figures["rows"]]
    return "\n".join(lines) + "\n"


def in_readme(text, figures):
    """README.md with the figures between its marks. ValueError where it has none."""
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return before + BEGIN + as_markdown(figures) + END + after
