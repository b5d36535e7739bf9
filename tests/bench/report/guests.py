# SPDX-License-Identifier: MIT
"""Runs guests with the counting plugin, and reads what they leave."""
import csv
import os
import subprocess
import threading
import time
from dataclasses import dataclass, field

# What Linux would otherwise do more than it must; see docs/measuring.md.
FAIR = ["mitigations=off", "init_on_alloc=0", "randomize_kstack_offset=off",
        "norandmaps"]
ISOLATED = ["isolcpus=nohz,domain,managed_irq,1-2", "nohz_full=1-2",
            "rcu_nocbs=1-2"]
CPU_MODEL = "max,-erms,cx16=off"
TIME_LIMIT = 280


@dataclass
class Job:
    """One guest. kind: both (plain Linux, then the LWK), lwk, isolated or multi
    (both, with all CPUs at once)."""
    kind: str
    seed: int
    rows: list
    name: str = ""
    regions: list = field(default_factory=list)  # dicts, in order
    entries: list = field(default_factory=list)
    said: dict = field(default_factory=dict)  # "linux"/"lwk": lines
    raw: bytes = b""
    seconds: float = 0

    def __post_init__(self):
        self.name = self.name or f"{self.kind}-{self.seed}"

    @property
    def cpu_kinds(self):
        if self.kind == "isolated":
            return {1: "isolated"}
        return {1: "plain", 3: "lwk"}


class GuestFailed(Exception):
    pass


def command(job, build):
    where = os.path.abspath(f"{build}/bench/{job.name}.tsv")
    plugin = f"file={os.path.abspath(build)}/tests/bench/count.so,out={where}"
    multi = job.kind == "multi"
    cpus = 3 if job.kind == "isolated" else 4
    args = ["toolchain/guest", "--no-build",
            "--accel", "multi" if multi else "icount",
            "--seed", str(job.seed), "--cpus", str(cpus), "--memory", "2G",
            "--timeout", str(TIME_LIMIT),
            "--add", f"{build}/tests/bench/ops:/bench/ops",
            "--add", "tests/bench/guest/in-guest:/bench/in-guest",
            "--qemu-arg", "-cpu", "--qemu-arg", CPU_MODEL,
            "--qemu-arg", "-plugin",
            "--qemu-arg", plugin + (",exact=off" if multi else "")]
    for parameter in FAIR + (ISOLATED if job.kind == "isolated" else []):
        args += ["--append", parameter]
    what = {"isolated": "linux", "lwk": "lwk"}.get(job.kind, "both")
    return args + ["--", "/bench/in-guest", what] + job.rows, where


def read_counts(job, where):
    with open(where, "rb") as file:
        job.raw = file.read()
    lines = job.raw.decode().splitlines()
    table = [line for line in lines if not line.startswith("entry")]
    for row in csv.DictReader(table, delimiter="\t"):
        job.regions.append({key: int(value) for key, value in row.items()
                            if key != "what"})
    for line in lines:
        if line.startswith("entry"):
            job.entries.append([int(x) for x in line.split("\t")[1:]])


def read_output(job, text):
    lines = job.said.setdefault("guest", [])
    for line in text.splitlines():
        if line.startswith("@"):
            lines = job.said.setdefault(line[1:], [])
        else:
            lines.append(line.split())
    if "end" not in job.said:
        raise GuestFailed(f"{job.name}: the guest's script did not end:\n{text}")


def run(job, build):
    args, where = command(job, build)
    begin = time.monotonic()
    done = subprocess.run(args, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          errors="replace",
                          env=dict(os.environ, MARGAY_BUILD=build),
                          timeout=TIME_LIMIT + 60)
    job.seconds = time.monotonic() - begin
    if done.returncode:
        raise GuestFailed(f"{job.name}: the guest ended with status "
                          f"{done.returncode}:\n{done.stdout}{done.stderr}")
    with open(f"{build}/bench/{job.name}.out", "w", encoding="utf-8") as file:
        file.write(done.stdout)
    read_output(job, done.stdout)
    read_counts(job, where)


def run_all(jobs, build, say):
    """Several guests at once: counts do not depend on the host's load. Those
    with a thread for each CPU come last, one at a time."""
    waiting = [job for job in jobs if job.kind != "multi"]
    failures = []
    done = 0
    lock = threading.Lock()

    def work(queue):
        nonlocal done
        while True:
            with lock:
                if failures or not queue:
                    return
                job = queue.pop(0)
            try:
                run(job, build)
            except Exception as failure:  # shown by the caller's thread
                failures.append(failure)
                return
            with lock:
                done += 1
                say(f"guest {done} of {len(jobs)}: {job.name}, "
                    f"{job.seconds:.0f} s")

    os.makedirs(f"{build}/bench", exist_ok=True)
    threads = [threading.Thread(target=work, args=(waiting,))
               for _ in range(min(os.cpu_count() or 1, len(waiting)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    work([job for job in jobs if job.kind == "multi"])
    if failures:
        raise failures[0]
