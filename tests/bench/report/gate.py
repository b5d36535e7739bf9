# SPDX-License-Identifier: MIT
"""Counts against the committed baseline.

Both are medians over several seeds. Where the seeds differ, since chance has a
part in what Linux does beside us, the baseline, which is of more seeds, keeps
the least and the most of them, and only what lies more than LIMIT beyond those
counts as a change."""
import json

LIMIT = 0.03
FILE = "tests/bench/baseline.json"


class BadBaseline(Exception):
    pass


def load():
    """The baseline, or an exception that says what is wrong with it."""
    try:
        with open(FILE, encoding="ascii") as file:
            base = json.load(file)
        for row in base["rows"].values():
            if not all(isinstance(row[key], (int, float))
                       for key in ("lwk", "least", "most")):
                raise TypeError("a count is no number")
        if not isinstance(base["linux"], str):
            raise TypeError("linux is no name")
    except OSError as why:
        raise BadBaseline(f"no baseline: {why}; `make bench-baseline` makes "
                          "one") from why
    except (ValueError, KeyError, TypeError, AttributeError) as why:
        raise BadBaseline(f"{FILE} is no baseline: {why!r}") from why
    return base


def make(entries, settings):
    return {"linux": settings["guest kernel"],
            "rows": {e["name"]: {"lwk": e["lwk"], "least": e["least"]["lwk"],
                                 "most": e["most"]["lwk"]}
                     for e in entries if e["lwk"] is not None}}


def save(entries, settings):
    with open(FILE, "w", encoding="ascii") as file:
        json.dump(make(entries, settings), file, indent=1)
        file.write("\n")


def change(old, new):
    if old == new:
        return 0.0
    return (new - old) / old if old else float("inf")


def compare(base, entries, settings):
    """Lines for the user, and whether it passes."""
    now = make(entries, settings)
    lines, bad, better = [], False, False
    if base["linux"] != now["linux"]:
        lines.append(f"note: the baseline is of Linux {base['linux']}, "
                     f"this is {now['linux']}")
    for name, old in base["rows"].items():
        new = now["rows"].get(name)
        if new is None:
            lines.append(f"FAIL {name}: was {old['lwk']}, now it does not run")
            bad = True
            continue
        delta = change(old["lwk"], new["lwk"])
        rise = change(old["most"], new["lwk"])
        fall = change(old["least"], new["lwk"])
        what = f"{name}: {old['lwk']} -> {new['lwk']} ({100 * delta:+.1f} %)"
        if rise > LIMIT:
            lines.append(f"FAIL {what}")
            bad = True
        elif fall < -LIMIT:
            lines.append(f"better {what}")
            better = True
    fresh = [name for name in now["rows"] if name not in base["rows"]]
    if fresh:
        lines.append(f"new: {', '.join(fresh)}")
    if (better or fresh) and not bad:
        lines.append("improved: commit it by `make bench-baseline`, so that "
                     "it is kept")
    return lines, not bad
