"""The comparison runs through, whatever it measures: time decides no test.

    test_compare.py BUILD_FOLDER [--figures]

Skipped (77) where a peer is not installed. --figures: only what needs none.
"""

import json
import pathlib
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import figures
import peers

KEYS = ["what", "unit", "ours", "theirs", "peer", "ratio", "goal"]
SIZES = {"small": 10, "middle": 100, "large": 1000}


def check_figures():
    """A ratio says how much better we are, whatever the unit."""
    cost = figures.row("mapped_get", 100, 6000, SIZES)
    assert (cost["ratio"], figures.is_met(cost)) == (60, True), cost
    rate = figures.row("one_get", 100, 200, SIZES)
    assert (rate["ratio"], figures.is_met(rate)) == (0.5, False), rate
    assert figures.row("probe_small", 100, 50, SIZES)["what"] == "mapped check, 10 subjects"
    shown = {"machine": {"machine": "x"}, "rows": [cost, rate]}
    assert json.loads(figures.as_json(shown)) == shown
    readme = figures.in_readme("a\n" + figures.BEGIN + "old\n" + figures.END + "b\n", shown)
    assert "old" not in readme and "(missed)" in readme and figures.in_readme(readme, shown) == readme


def check_run(build):
    """Every row, with figures that are figures."""
    done = subprocess.run([HERE / "compare", "--quick", "--json", "--build", build, "--sizes",
                           "500,3000,6000", "--mapped-ms", "20"], stdout=subprocess.PIPE, check=False)
    assert done.returncode == 0, done.returncode
    result = json.loads(done.stdout)
    assert list(result) == ["machine", "rows"]
    assert len(result["rows"]) == len(figures.ROWS)
    for row in result["rows"]:
        assert list(row) == KEYS, row
        assert all(row[key] > 0 for key in ("ours", "theirs", "ratio")), row
        assert row["goal"] >= 0, row


def main():
    check_figures()
    if "--figures" in sys.argv:
        return
    if not (shutil.which("redis-server") or shutil.which("redis-check-rdb")) \
            or not shutil.which("memcached") or not peers.Postgres.programs():
        print("Redis, memcached or PostgreSQL is not installed: packaging/install-deps bench")
        sys.exit(77)
    check_run(sys.argv[1])


if __name__ == "__main__":
    main()
