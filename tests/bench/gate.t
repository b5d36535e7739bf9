#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The gate's rules, on made-up counts."""
import json
import os
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

from report import gate  # noqa: E402

SETTINGS = {"guest kernel": "6.1"}
count = 0


def ok(condition, name):
    global count
    count += 1
    print(f"{'ok' if condition else 'not ok'} {count} - {name}")


def entries(**rows):
    return [{"name": name, "lwk": lwk, "least": {"lwk": lwk},
             "most": {"lwk": lwk}}
            for name, lwk in rows.items()]


def compare(**rows):
    lines, passed = gate.compare(gate.load(), entries(**rows), SETTINGS)
    return "\n".join(lines), passed


def refuses(text):
    with open(gate.FILE, "w", encoding="ascii") as file:
        file.write(text)
    try:
        gate.load()
    except gate.BadBaseline as why:
        return gate.FILE in str(why)
    return False


with tempfile.TemporaryDirectory() as folder:
    gate.FILE = f"{folder}/no/baseline.json"
    try:
        gate.load()
        ok(False, "a baseline that is not there is an error")
    except gate.BadBaseline as why:
        ok("make bench-baseline" in str(why),
           "a baseline that is not there is an error")
    gate.FILE = f"{folder}/baseline.json"
    ok(all(refuses(text) for text in (
        "", "{", "[]", "{}", '{"linux": "6.1", "rows": []}',
        '{"linux": 6, "rows": {}}',
        '{"linux": "6.1", "rows": {"getpid": {"lwk": 1, "least": 1}}}',
        '{"linux": "6.1", "rows": {"getpid": {"lwk": "1", "least": 1, '
        '"most": 1}}}')), "so is a file that is none")
    gate.save(entries(getpid=1000, noise=0, thread=None), SETTINGS)
    with open(gate.FILE, encoding="ascii") as file:
        names = set(json.load(file)["rows"])
    ok(names == {"getpid", "noise"},
       "absent rows are in no baseline")
    ok(compare(getpid=1000, noise=0) == ("", True), "the same passes silently")
    ok(compare(getpid=1030, noise=0) == ("", True), "3 % more passes")
    text, passed = compare(getpid=1031, noise=0)
    ok(not passed and "FAIL getpid: 1000 -> 1031" in text,
       "more than 3 % fails and names the row")
    text, passed = compare(getpid=1000, noise=1)
    ok(not passed and "FAIL noise" in text, "more than nothing fails")
    text, passed = compare(noise=0)
    ok(not passed and "FAIL getpid" in text, "a row that vanished fails")
    text, passed = compare(getpid=900, noise=0)
    ok(passed and "make bench-baseline" in text,
       "an improvement asks for a new baseline")
    text, passed = compare(getpid=1000, noise=0, thread=9)
    ok(passed and "new: thread" in text and "bench-baseline" in text,
       "a new row asks for a new baseline")
    wide = entries(cold=1000)
    wide[0]["least"]["lwk"], wide[0]["most"]["lwk"] = 900, 1100
    gate.save(wide, SETTINGS)
    ok(compare(cold=1130) == ("", True), "what seeds differ by is no rise")
    ok(not compare(cold=1140)[1], "3 % beyond the highest seed is")
    ok("better cold" in compare(cold=870)[0], "3 % below the lowest is better")
    gate.save(entries(getpid=1000, noise=0), SETTINGS)
    SETTINGS["guest kernel"] = "6.2"
    ok("note: the baseline is of Linux 6.1" in compare(getpid=1000, noise=0)[0],
       "another Linux is named")
print(f"1..{count}")
