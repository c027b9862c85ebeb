"""README.md shows the figures that tests/bench/figures.json holds."""

import json
import pathlib
import sys

import tree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "bench"))

import figures

README, FIGURES = "README.md", "tests/bench/figures.json"


def check(root, options):
    text = tree.text(root, README)
    try:
        wanted = figures.in_readme(text, json.loads(tree.text(root, FIGURES)))
    except ValueError as fault:
        return [f"{README}:1: its figures: {fault}"]
    if text != wanted:
        return [f"{README}:1: its figures are not those of {FIGURES}: tests/bench/compare --readme {FIGURES}"]
    return []


SHOWN = {"machine": {"machine": "a fast one"},
         "rows": [{"what": "a check", "unit": "ns", "ours": 100, "theirs": 150, "peer": "promise",
                   "ratio": 1.5, "goal": 1}]}
CLEAN = {README: "# x\n" + figures.BEGIN + figures.as_markdown(SHOWN) + figures.END,
         FIGURES: figures.as_json(SHOWN)}

PLANTED = {
    "another figure": ({README: CLEAN[README].replace("150", "151")}, "README.md:1: its figures are not"),
    "newer figures": ({FIGURES: CLEAN[FIGURES].replace("150", "151")}, "README.md:1: its figures are not"),
    "no place for figures": ({README: "# x\n"}, "README.md:1: its figures:"),
}
