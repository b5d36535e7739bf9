# SPDX-License-Identifier: MIT
"""Runs guests with the counting plugin, and reads what they leave."""
import csv
import os
import signal
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
TIME_LIMIT = 420  # for a host that does other things as well
PATIENCE = 60  # for the start of a guest and its end


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
        """Of the CPUs where programs are measured."""
        return {"isolated": {1: "isolated"}, "lwk": {3: "lwk"}}.get(
            self.kind, {1: "plain", 3: "lwk"})

    @property
    def kinds(self):
        return tuple(self.cpu_kinds.values())


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
            "--add", f"{build}/tests/ext/hooks.nx:/bench/hooks.nx",
            "--qemu-arg", "-cpu", "--qemu-arg", CPU_MODEL,
            "--qemu-arg", "-plugin",
            "--qemu-arg", plugin + (",exact=off" if multi else "")]
    if any(row.startswith("device_") for row in job.rows):
        args += ["--qemu-arg", "-device",
                 "--qemu-arg", "edu,dma_mask=0xffffffff"]
    for parameter in FAIR + (ISOLATED if job.kind == "isolated" else []):
        args += ["--append", parameter]
    what = {"isolated": "linux", "lwk": "lwk"}.get(job.kind, "both")
    return args + ["--", "/bench/in-guest", what] + job.rows, where


def read_counts(job, where):
    with open(where, "rb") as file:
        job.raw = file.read()
    lines = job.raw.decode().splitlines()
    if not lines or lines.pop() != "end":
        raise GuestFailed(f"{job.name}: the counts in {where} are cut off")
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


def end(guest):
    """toolchain/guest ends its emulator when it is asked to end."""
    guest.terminate()
    return guest.communicate()


class Runner:
    """Runs jobs, several guests at once: counts do not depend on the host's
    load. Those with a thread for each CPU come last, one at a time."""

    def __init__(self, jobs, build, say):
        self.build, self.say = build, say
        self.count = len(jobs)
        self.multi = [job for job in jobs if job.kind == "multi"]
        self.waiting = [job for job in jobs if job.kind != "multi"]
        self.done = 0
        self.lock = threading.Lock()  # guards the rest
        self.failure = None
        self.guests = set()

    def start(self, args):
        with self.lock:
            if self.failure:
                raise self.failure
            guest = subprocess.Popen(
                args, stdin=subprocess.DEVNULL, text=True, errors="replace",
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                env=dict(os.environ, MARGAY_BUILD=self.build))
            self.guests.add(guest)
            return guest

    def wait(self, guest):
        try:
            return guest.communicate(timeout=TIME_LIMIT + PATIENCE)
        except subprocess.TimeoutExpired:
            return end(guest)
        finally:
            with self.lock:
                self.guests.discard(guest)

    def run(self, job):
        args, where = command(job, self.build)
        output = f"{self.build}/bench/{job.name}.out"
        for old in (where, output):
            if os.path.exists(old):
                os.remove(old)
        begin = time.monotonic()
        guest = self.start(args)
        said, errors = self.wait(guest)
        job.seconds = time.monotonic() - begin
        if guest.returncode:
            raise GuestFailed(f"{job.name}: the guest ended with status "
                              f"{guest.returncode}:\n{said}{errors}")
        with open(output, "w", encoding="utf-8") as file:
            file.write(said)
        read_output(job, said)
        read_counts(job, where)

    def work(self, queue):
        while True:
            with self.lock:
                if self.failure or not queue:
                    return
                job = queue.pop(0)
            try:
                self.run(job)
            except Exception as failure:  # shown by the caller's thread
                with self.lock:
                    self.failure = self.failure or failure
                return
            with self.lock:
                self.done += 1
                self.say(f"guest {self.done} of {self.count}: {job.name}, "
                         f"{job.seconds:.0f} s")

    def stop(self):
        """No more guests; those that run end. They do so at once, and a second
        Ctrl-C does not keep us from waiting for that. (Of threads, join() may
        return too early once an interrupt has broken it off.)"""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with self.lock:
            self.failure = self.failure or GuestFailed("interrupted")
            guests = list(self.guests)
        for guest in guests:
            guest.terminate()
        for guest in guests:
            guest.wait()

    def run_all(self):
        threads = [threading.Thread(target=self.work, args=(queue,))
                   for queue in [self.waiting] * (os.cpu_count() or 1)]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                thread.join()
            if self.multi:
                last = threading.Thread(target=self.work, args=(self.multi,))
                threads = [last]
                last.start()
                last.join()
        except KeyboardInterrupt:
            self.stop()
            raise
        if self.failure:
            raise self.failure


def run_all(jobs, build, say):
    Runner(jobs, build, say).run_all()


def same(a, b):
    """Whether two guests have left the same, to the last sample."""
    return a.raw == b.raw and a.said == b.said


def prove_method(first, again, build, say):
    """The same run twice. QEMU's main loop may run a timer one turn of a CPU
    sooner on a busy host, rarely; then a third run has to agree with one of
    them to the last sample. What came of it, and whether that will do."""
    if same(first, again):
        return "identical to the last sample", True
    third = Job(first.kind, first.seed, first.rows, name=f"{first.name}-third")
    run_all([third], build, say)
    agree = [job.name for job in (first, again) if same(job, third)]
    return (f"DIFFERENT; a third agrees with {agree[0] if agree else 'neither'}",
            bool(agree))
