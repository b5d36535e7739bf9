# SPDX-License-Identifier: MIT
"""From samples to the list of results, which is report.json."""
import statistics
import subprocess
from collections import defaultdict
from dataclasses import dataclass

KINDS = ("plain", "isolated", "lwk")
EVENTS = ("entries", "cr3", "invlpg", "wrmsr", "ipi", "locked", "xsave")
STAGES = ("LWK entry", "slot", "wake", "proxy", "Linux", "return")
KEY = {"plain": "linux_plain", "isolated": "linux_isolated", "lwk": "lwk"}
STARTS = 5  # times that each side runs a command, by the guest's script
GIGA = 10 ** 9
RESERVED_KIB = 256 * 1024  # by the guest's script


@dataclass
class Row:
    number: int
    name: str
    unit: str
    scope: str
    is_command: bool
    text: str


def rows(build):
    listed = subprocess.run([f"{build}/tests/bench/ops", "--list"], text=True,
                            stdout=subprocess.PIPE, check=True).stdout
    found = []
    for line in listed.splitlines():
        number, name, unit, scope, what, text = line.split("\t")
        found.append(Row(int(number), name, unit, scope, what == "command",
                         text))
    return found


def value(row, sample):
    """What a region has cost, in the row's unit."""
    if row.unit == "detours":
        return sample["own_entries"]
    if row.unit == "entries_per_second":
        return sample["own_entries"] * GIGA / sample["own_user"]
    return sample[f"{row.scope}_user"] + sample[f"{row.scope}_kernel"]


def on_lwk(job, row, sample):
    return sample["cpu"] == 3 or row.name.startswith(("boot_", "reserve_")) or (
        row.is_command and sample["order"] >= STARTS)


def samples_of(jobs, row):
    """kind -> a list of samples for each job that has any."""
    found = defaultdict(list)
    for job in jobs:
        mine = defaultdict(list)
        here = [s for s in job.regions if s["id"] == row.number]
        for order, sample in enumerate(here):
            sample["order"] = order
            if job.kind == "isolated":
                kind = "isolated"
            elif job.kind == "lwk" or on_lwk(job, row, sample):
                kind = "lwk"
            else:
                kind = "plain"
            mine[kind].append(sample)
        for kind, samples in mine.items():
            found[kind].append(samples)
    return found


def median_of_medians(lists, of):
    medians = [statistics.median(of(s) for s in samples) for samples in lists]
    middle = statistics.median(medians)
    spread = (max(medians) - min(medians)) / middle if middle else 0.0
    return middle, spread, min(medians), max(medians)


def rounded(number):
    return int(number) if float(number).is_integer() else round(number, 4)


def describe_kind(entry, row, kind, lists):
    middle, spread, least, most = median_of_medians(
        lists, lambda s: value(row, s))
    entry["least"][kind] = rounded(least)
    entry["most"][kind] = rounded(most)
    entry[KEY[kind]] = rounded(middle)
    entry["spread"][kind] = round(spread, 5)
    entry["worst"][kind] = rounded(max(value(row, s) for l in lists for s in l))
    entry["samples"][kind] = sum(len(l) for l in lists)
    entry["wait"][kind] = rounded(median_of_medians(
        lists, lambda s: s[f"{row.scope}_wait"])[0])
    entry["events"][kind] = {
        event: rounded(median_of_medians(
            lists, lambda s: s[f"{row.scope}_{event}"])[0])
        for event in EVENTS}


def stages(lists):
    return {name: rounded(median_of_medians(
        lists, lambda s, i=i: s[f"stage{i}"])[0])
        for i, name in enumerate(STAGES)}


def ratio(a, b):
    if a == 0 and b == 0:
        return 1.0
    return round(a / b, 4) if a is not None and b else None


def describe(row, jobs):
    entry = {"name": row.name, "unit": row.unit, "text": row.text,
             "linux_plain": None, "linux_isolated": None, "lwk": None,
             "lwk_over_plain": None, "lwk_over_isolated": None,
             "spread": {}, "least": {}, "most": {}, "worst": {},
             "samples": {}, "wait": {}, "events": {}, "absent": {},
             "failed": []}
    found = samples_of(jobs, row)
    for kind in KINDS:
        if kind in found:
            describe_kind(entry, row, kind, found[kind])
    entry["lwk_over_plain"] = ratio(entry["lwk"], entry["linux_plain"])
    entry["lwk_over_isolated"] = ratio(entry["lwk"], entry["linux_isolated"])
    if row.name.startswith("read_zero") and "lwk" in found:
        entry["stages"] = stages(found["lwk"])
    for job in jobs:
        for where, lines in job.said.items():
            kind = "lwk" if where == "lwk" else job.cpu_kinds[1]
            for words in lines:
                if words[:2] == ["absent", row.name]:
                    entry["absent"][kind] = " ".join(words[2:])
                elif words == ["failed", row.name]:
                    entry["failed"].append(f"{job.name}, {where}")
    return entry


def said(jobs, where, *first):
    """The last words of lines that begin with `first`, as numbers."""
    found = []
    for job in jobs:
        for words in job.said.get(where, []):
            if tuple(words[:len(first)]) == first and len(words) > len(first):
                found.append(int(words[len(first)]))
    return found


def figure(name, unit, text, plain, lwk):
    middle = [rounded(statistics.median(x)) if x else None for x in (plain, lwk)]
    return {"name": name, "unit": unit, "text": text, "linux_plain": middle[0],
            "linux_isolated": None, "lwk": middle[1],
            "lwk_over_plain": ratio(middle[1], middle[0]),
            "lwk_over_isolated": None}


def loaded_bytes(build):
    sizes = subprocess.run(["size", f"{build}/kernel/lwk.elf"], text=True,
                           stdout=subprocess.PIPE, check=True).stdout
    return [int(sizes.splitlines()[1].split()[3])]


def memory(jobs, build):
    """Sizes; not instructions."""
    free = [int(words[3]) for job in jobs
            for words in job.said.get("lwk", [])
            if words[:1] == ["managed"] and len(words) == 4]
    used = [RESERVED_KIB - f for f in free]
    # Alone, and beside the program, by turns.
    left = said(jobs, "lwk", "free")
    taken = [alone - beside for alone, beside in zip(left[::2], left[1::2])]
    return [f for f in (
        figure("image_file", "bytes", "the LWK's image, a file with symbols",
               [], said(jobs, "lwk", "image")),
        figure("image_memory", "bytes", "its code and data in memory", [],
               loaded_bytes(build)),
        figure("instance_memory", "KiB",
               "memory of an LWK without programs, image included", [], used),
        figure("process_memory", "KiB",
               "resident memory of a small static program",
               said(jobs, "linux", "resident"), said(jobs, "lwk", "resident")),
        figure("process_total", "KiB",
               "all that busybox sleep takes of an LWK, page tables and "
               "kernel objects included", [], taken),
        figure("proxy_memory", "KiB", "its proxy on Linux", [],
               said(jobs, "lwk", "proxy"))) if f["lwk"] is not None]


def times(jobs, names, prefix=""):
    """Nanoseconds of the guest's clock, where a row is a command."""
    found = []
    for name in names:
        ready = said(jobs, "lwk", "ready", name)
        took = said(jobs, "lwk", "took", name)
        if ready:
            found.append(figure(f"{prefix}{name}_ready_ns", "ns",
                                "from the module's call to a running LWK", [],
                                ready))
        if took:
            found.append(figure(f"{prefix}{name}_ns", "ns",
                                "the command, start to end",
                                said(jobs, "linux", "took", name), took))
    return found


def reality(job, wanted):
    """Ratios of times and of counts, with all CPUs at once."""
    found = []
    for row in wanted:
        entry = describe(row, [job])
        plain = said([job], "linux", "time", row.name)
        lwk = said([job], "lwk", "time", row.name)
        if plain and lwk:
            found.append(dict(
                figure(f"multi_{row.name}", "cycles", row.text, plain, lwk),
                count_ratio=entry["lwk_over_plain"]))
    return found
