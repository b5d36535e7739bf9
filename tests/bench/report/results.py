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

    @property
    def is_lwks(self):
        """Linux has nothing like it."""
        return self.name.startswith(("boot_", "reserve_", "release_"))


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


def on_lwk(row, sample):
    return sample["cpu"] == 3 or row.is_lwks or (
        row.is_command and sample["order"] >= STARTS)


def samples_in(job, row):
    """kind -> its samples, in order."""
    found = defaultdict(list)
    here = [s for s in job.regions if s["id"] == row.number]
    for order, sample in enumerate(here):
        sample["order"] = order
        if job.kind == "isolated":
            kind = "isolated"
        elif job.kind == "lwk" or on_lwk(row, sample):
            kind = "lwk"
        else:
            kind = "plain"
        found[kind].append(sample)
    return found


def samples_of(jobs, row):
    """kind -> a list of samples for each job that has any."""
    found = defaultdict(list)
    for job in jobs:
        for kind, samples in samples_in(job, row).items():
            found[kind].append(samples)
    return found


def median_of_medians(lists, of):
    """Also how far the seeds' medians lie apart, as a part of it: None where
    there is one seed."""
    medians = [statistics.median(of(s) for s in samples) for samples in lists]
    middle = statistics.median(medians)
    least, most = min(medians), max(medians)
    spread = ((most - least) / (middle or most or 1) if len(medians) > 1
              else None)
    return middle, spread, least, most


def rounded(number):
    return int(number) if float(number).is_integer() else round(number, 4)


def describe_kind(entry, row, kind, lists):
    middle, spread, least, most = median_of_medians(
        lists, lambda s: value(row, s))
    entry["least"][kind] = rounded(least)
    entry["most"][kind] = rounded(most)
    entry[KEY[kind]] = rounded(middle)
    entry["spread"][kind] = spread if spread is None else round(spread, 5)
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
    """None where one is absent, or only `b` is nothing."""
    if a == 0 and b == 0:
        return 1.0
    return round(a / b, 4) if a is not None and b else None


def verdict(a, b, margin=0.005):
    """What `a` does against `b`; less is better."""
    if a is None or b is None:
        return ""
    return ("LOSES" if a > b * (1 + margin) else
            "wins" if a < b * (1 - margin) else "ties")


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
        take_words(entry, job)
        if row.name in job.rows:
            miss_counts(entry, job, row)
    return entry


def where_of(kind):
    return "lwk" if kind == "lwk" else "linux"


def take_words(entry, job):
    """What the guest said of a row beside its counts."""
    for kind in job.kinds:
        for words in job.said.get(where_of(kind), []):
            if words[:2] == ["absent", entry["name"]]:
                entry["absent"][kind] = " ".join(words[2:])
            elif words == ["failed", entry["name"]]:
                entry["failed"].append(f"{job.name}, {where_of(kind)}")


def miss_counts(entry, job, row):
    """A row that has left no counts and no reason has failed."""
    found = samples_in(job, row)
    for kind in job.kinds:
        failure = f"{job.name}, {where_of(kind)}"
        if not (found[kind] or kind in entry["absent"] or
                failure in entry["failed"] or
                (row.is_lwks and kind != "lwk")):
            entry["failed"].append(failure)


def said(jobs, where, *first):
    """The last words of lines that begin with `first`, as numbers."""
    found = []
    for job in jobs:
        for words in job.said.get(where, []):
            if tuple(words[:len(first)]) == first and len(words) > len(first):
                found.append(int(words[len(first)]))
    return found


def figure(jobs, name, unit, text, of):
    """of(jobs, where): the figure's samples, on Linux or the LWK."""
    isolated = [job for job in jobs if job.kind == "isolated"]
    others = [job for job in jobs if job.kind != "isolated"]
    entry = {"name": name, "unit": unit, "text": text}
    for kind, samples in (("plain", of(others, "linux")),
                          ("isolated", of(isolated, "linux")),
                          ("lwk", of(others, "lwk"))):
        entry[KEY[kind]] = (rounded(statistics.median(samples)) if samples
                            else None)
    entry["lwk_over_plain"] = ratio(entry["lwk"], entry["linux_plain"])
    entry["lwk_over_isolated"] = ratio(entry["lwk"], entry["linux_isolated"])
    return entry


def words_of(*first):
    return lambda jobs, where: said(jobs, where, *first)


def lwks(samples):
    return lambda jobs, where: samples if where == "lwk" else []


def loaded_bytes(image):
    """As the module counts (host-module/boot/image.c): from the first segment's start to
    the last one's end in memory, what is between and zero included, in whole pages."""
    text = subprocess.run(["readelf", "-lW", image], text=True,
                          stdout=subprocess.PIPE, check=True).stdout
    loads = [(int(words[2], 16), int(words[5], 16))
             for words in map(str.split, text.splitlines())
             if words[:1] == ["LOAD"]]
    end = max(at + size for at, size in loads)
    return -(-(end - min(at for at, _ in loads)) // 4096) * 4096


def memory(jobs, build):
    """Sizes; not instructions."""
    free = [int(words[3]) for job in jobs
            for words in job.said.get("lwk", [])
            if words[:1] == ["managed"] and len(words) == 4]
    used = [RESERVED_KIB - f for f in free]
    # Alone, and beside the program, by turns.
    left = said(jobs, "lwk", "free")
    taken = [alone - beside for alone, beside in zip(left[::2], left[1::2])]
    return [
        figure(jobs, "image_file", "bytes",
               "the LWK's image, a file with symbols", words_of("image")),
        figure(jobs, "image_memory", "bytes", "the same as loaded, without them",
               lwks([loaded_bytes(f"{build}/kernel/lwk.elf")])),
        figure(jobs, "instance_memory", "KiB",
               "memory of an LWK without programs, image included",
               lwks(used)),
        figure(jobs, "process_memory", "KiB",
               "resident memory of a small static program",
               words_of("resident")),
        figure(jobs, "process_total", "KiB",
               "all that busybox sleep takes of an LWK, page tables and "
               "kernel objects included", lwks(taken)),
        figure(jobs, "proxy_memory", "KiB", "its proxy on Linux",
               words_of("proxy"))]


def times(jobs, names, prefix=""):
    """Nanoseconds of the guest's clock, where a row is a command."""
    found = []
    for name in names:
        if name.startswith("boot_"):
            found.append(figure(jobs, f"{prefix}{name}_ready_ns", "ns",
                                "from the module's call to a running LWK",
                                words_of("ready", name)))
        found.append(figure(jobs, f"{prefix}{name}_ns", "ns",
                            "the command, start to end",
                            words_of("took", name)))
    return found


def reality(job, wanted):
    """Ratios of times and of counts, with all CPUs at once."""
    found = []
    for row in wanted:
        entry = describe(row, [job])
        found.append(dict(
            figure([job], f"multi_{row.name}", "cycles", row.text,
                   words_of("time", row.name)),
            count_ratio=entry["lwk_over_plain"]))
    return found
