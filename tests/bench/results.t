#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""From what guests leave to the report, on made-up counts."""
import os
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

from report import guests, results, table  # noqa: E402

FIELDS = ["user", "kernel", "wait", *results.EVENTS]
HEAD = "\t".join(["what", "id", "cpu"] +
                 [f"{scope}_{f}" for scope in ("own", "all") for f in FIELDS] +
                 [f"stage{i}" for i in range(6)])
GETPID = results.Row(2, "getpid", "instructions", "own", False, "getpid")
count = 0


def ok(condition, name):
    global count
    count += 1
    print(f"{'ok' if condition else 'not ok'} {count} - {name}")


def line(cpu, user, kernel, wait=0):
    counts = [user, kernel, wait] + [0] * len(results.EVENTS)
    return "\t".join(map(str, ["region", 2, cpu] + 2 * counts + 6 * [0]))


def job(kind, seed, lines, said=""):
    made = guests.Job(kind, seed, ["getpid"])
    with tempfile.NamedTemporaryFile("w") as file:
        file.write("\n".join([HEAD, *lines, "end"]) + "\n")
        file.flush()
        guests.read_counts(made, file.name)
    guests.read_output(made, said + "@end\n")
    return made


def refuses(act):
    try:
        act()
    except guests.GuestFailed:
        return True
    return False


jobs = [job("both", 1, [line(1, 5, 295), line(1, 5, 295), line(1, 5, 900),
                        line(3, 5, 155, 7)]),
        job("both", 2, [line(1, 5, 305), line(3, 5, 155, 9)]),
        job("both", 3, [line(1, 5, 325), line(3, 5, 155, 9)]),
        job("isolated", 1, [line(1, 5, 595)])]
entry = results.describe(GETPID, jobs)
ok((entry["linux_plain"], entry["linux_isolated"], entry["lwk"]) ==
   (310, 600, 160), "medians of the seeds' medians, each kind apart")
ok(entry["lwk_over_plain"] == round(160 / 310, 4) and
   entry["lwk_over_isolated"] == round(160 / 600, 4), "ratios")
ok(entry["spread"]["plain"] == round(30 / 310, 5) and
   entry["spread"]["lwk"] == 0, "the spread is that of the seeds")
ok(entry["worst"]["plain"] == 905, "the worst sample is kept")
ok(entry["spread"]["isolated"] is None, "one seed has no spread")
ok(results.median_of_medians([[0], [0], [5]], int)[1] == 1,
   "a seed that differs from nothing is no spread of nothing")
ok(entry["wait"]["lwk"] == 9, "wait loops are apart")
text = "\n".join(table.costs([entry]))
ok("wins" in text and "LOSES" not in text, "a row that wins says so")
entry["lwk"] = 372
ok("LOSES" in "\n".join(table.costs([entry])), "a row that loses says so")
nothing = dict(entry, lwk=1, linux_plain=0, lwk_over_plain=None)
ok(results.ratio(1, 0) is None and
   "LOSES" in "\n".join(table.costs([nothing])),
   "also where Linux has nothing, and there is no ratio")

absent = results.describe(GETPID, [
    job("both", 1, [line(1, 5, 295)], "@lwk\nabsent getpid Not there\n")])
ok(absent["lwk"] is None and absent["absent"] == {"lwk": "Not there"} and
   " absent" in "\n".join(table.costs([absent])), "an absent row is reported")
failed = results.describe(GETPID, [
    job("both", 1, [line(1, 5, 295)], "@lwk\nfailed getpid\n")])
ok(failed["failed"] == ["both-1, lwk"], "so is a row that failed")
silent = results.describe(GETPID, [job("both", 1, [line(1, 5, 295)], "@lwk\n"),
                                   job("isolated", 1, [])])
ok(silent["failed"] == ["both-1, lwk", "isolated-1, linux"],
   "one that leaves neither counts nor a reason has failed")

took = [job("both", 1, [], "@linux\ntook start 100\n@lwk\ntook start 500\n"),
        job("isolated", 1, [], "@linux\ntook start 200\n")]
start, = results.times(took, ["start"])
ok((start["linux_plain"], start["linux_isolated"], start["lwk"],
    start["lwk_over_isolated"]) == (100, 200, 500, 2.5),
   "times of plain and isolated Linux are apart")
ok("LOSES" in "\n".join(table.figures([start])), "times that lose say so")
at_once = dict(start, name="multi_start", lwk=119, count_ratio=1.1)
ok("ties" in "\n".join(table.multi([at_once])),
   "20 % are no difference with all CPUs at once")

one, other = (job("both", 1, [line(1, 5, n)]) for n in (295, 296))
ok(guests.same(one, job("both", 1, [line(1, 5, 295)])) and
   not guests.same(one, other), "runs that differ by one are not the same")
ok(not guests.same(one, job("both", 1, [line(1, 5, 295)], "@lwk\n")),
   "nor are those that say something else")


def proof(*third):
    """What is said where a first and a second run differ."""
    def run_all(jobs, build, say):
        jobs[0].raw, jobs[0].said = third
    real, guests.run_all = guests.run_all, run_all
    try:
        return guests.prove_method(one, other, "", print)
    finally:
        guests.run_all = real


said, proven = guests.prove_method(one, one, "", print)
ok(proven and "identical" in said, "the same run twice proves the method")
said, proven = proof(other.raw, other.said)
ok(proven and "DIFFERENT" in said, "a third that agrees with one does, named")
said, proven = proof(b"", {})
ok(not proven and "neither" in said, "three that differ disprove it")

with tempfile.NamedTemporaryFile("w") as cut:
    cut.write("\n".join([HEAD, line(1, 5, 295)]))
    cut.flush()
    ok(refuses(lambda: guests.read_counts(guests.Job("both", 1, []),
                                          cut.name)),
       "counts that are cut off are refused")
ok(refuses(lambda: guests.read_output(guests.Job("both", 1, []), "@lwk\n")),
   "so is a script that did not end")
print(f"1..{count}")
