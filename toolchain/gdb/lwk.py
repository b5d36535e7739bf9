# SPDX-License-Identifier: MIT
# gdb's commands about a lightweight kernel: `help lwk` there. toolchain/debug loads
# them; docs/debugging.md says how to use them.
import gdb

WORD = 8
# What switch_stacks() (kernel/arch/x86_64/switch.S) leaves on a stack, upwards.
SAVED = ["r15", "r14", "r13", "r12", "rbx", "rbp", "rip"]


def value(text):
    return gdb.parse_and_eval(text)


def entries(head, kind, member):
    """The structures `kind` in the list `head`, linked by `member`."""
    offset = next(f.bitpos // 8 for f in gdb.lookup_type(kind).fields()
                  if f.name == member)
    pointer = gdb.lookup_type(kind).pointer()
    node = head["next"]
    while int(node) != int(head.address):
        yield (int(node) - offset, gdb.Value(int(node) - offset).cast(pointer))
        node = node["next"]


def text_of(array):
    return array.string(errors="replace")


def processes():
    for _, process in entries(value("processes"), "struct process", "all"):
        yield process


def threads(process):
    for _, thread in entries(process["threads"], "struct thread", "member"):
        yield thread


def cpus():
    for i in range(int(value("boot->cpu_count"))):
        yield value("cpus[%d]" % i)


def running():
    """The CPU that each running thread is on, by the thread's address."""
    return {int(cpu["current"]): cpu for cpu in cpus()}


def state(thread, on):
    if int(thread) in on:
        return "running"
    name = str(thread["state"].cast(gdb.lookup_type("enum thread_state")))
    return name.replace("THREAD_", "").lower()


def call_name(number):
    limit = int(value("sizeof(name_at) / sizeof(name_at[0])"))
    if number >= limit or not int(value("name_at[%d]" % number)):
        return str(number)
    return value("(const char *)&'dispatch.c'::names + name_at[%d]" %
                 number).string()


def table(rows):
    widths = [max(len(str(row[i])) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  ".join(str(cell).ljust(width)
                        for cell, width in zip(row, widths)).rstrip())


def on_lwk(function):
    """Run function where the kernel's memory is mapped: on one of its CPUs. The
    selected one comes back."""
    chosen = gdb.selected_thread()
    if chosen is None:
        raise gdb.GdbError("nothing is being debugged")
    try:
        candidates = [chosen] + [t for t in gdb.selected_inferior().threads()
                                 if t.num != chosen.num]
        for candidate in candidates:
            candidate.switch()
            try:
                known = int(value("boot")) != 0 and \
                    int(value("boot->cpu_count")) > 0
            except gdb.error:
                continue
            if known:
                return function()
        raise gdb.GdbError("no CPU is a lightweight kernel's: is one booted?")
    finally:
        chosen.switch()


class Lwk(gdb.Command):
    """About the lightweight kernel: its processes, threads, CPUs and extensions."""

    def __init__(self):
        super().__init__("lwk", gdb.COMMAND_STATUS, prefix=True)


class Shown(gdb.Command):
    """A command without arguments that prints a table."""

    def __init__(self, name):
        super().__init__("lwk " + name, gdb.COMMAND_STATUS)

    def invoke(self, argument, from_tty):
        if argument:
            raise gdb.GdbError("this command takes no argument")
        on_lwk(lambda: table(self.rows()))


class Ps(Shown):
    """Processes: PID, user, job, threads, last system call, name."""

    def rows(self):
        rows = [["PID", "UID", "JOB", "THREADS", "LAST CALL", "NAME", "AT"]]
        for p in processes():
            rows.append([int(p["pid"]), int(p["uid"]), int(p["job"]["id"]),
                         int(p["thread_count"]),
                         call_name(int(p["page"]["last_syscall"])),
                         text_of(p["page"]["name"]),
                         "(struct process *)%#x" % int(p)])
        return rows


class Threads(Shown):
    """Threads: ID, process, state, the CPU that it runs on or is queued at, name."""

    def rows(self):
        on = running()
        rows = [["TID", "PID", "STATE", "CPU", "NAME", "AT"]]
        for p in processes():
            for t in threads(p):
                rows.append([int(t["id"]), int(p["pid"]), state(t, on),
                             int(t["cpu"]["index"]), text_of(t["name"]),
                             "(struct thread *)%#x" % int(t)])
        return rows


class Cpus(Shown):
    """CPUs: the kernel's number, gdb's thread, queue length, what runs."""

    def rows(self):
        rows = [["CPU", "GDB THREAD", "QUEUED", "WORK", "SWITCHES", "RUNS"]]
        for cpu in cpus():
            current = cpu["current"]
            runs = "idle"
            if int(current) and int(current["proc"]):
                runs = "thread %d (%s) of process %d" % (
                    int(current["id"]), text_of(current["name"]),
                    int(current["proc"]["pid"]))
            # QEMU's threads are numbered from 1, by APIC ids.
            rows.append([int(cpu["index"]), int(cpu["apic_id"]) + 1,
                         int(cpu["runnable_count"]), "%#x" % int(cpu["work"]),
                         int(cpu["context_switches"]), runs])
        return rows


class Extensions(Shown):
    """Extensions: number, name, whose, entries that are attached, state."""

    def rows(self):
        rows = [["ID", "NAME", "JOB", "TRUSTED", "HOOKS", "STATE", "AT"]]
        for _, e in entries(value("extensions"), "struct extension", "node"):
            engine = e["engine"]
            count = sum(1 for i in range(int(e["entry"].type.range()[1]) + 1)
                        if e["entry"][i]["attached"])
            failed = int(engine["failed"]) != 0
            rows.append([int(e["id"]), text_of(e["name"]),
                         int(e["owner"]["job"]) or "-",
                         "yes" if e["trusted"] else "no", count,
                         "failed" if failed else
                         "attached" if count else "loaded",
                         "(struct extension *)%#x" % int(e)])
        return rows


class Backtrace(gdb.Command):
    """lwk bt TID: where a thread that does not run waits in the kernel."""

    def __init__(self):
        super().__init__("lwk bt", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        arguments = gdb.string_to_argv(argument)
        if len(arguments) != 1 or not arguments[0].isdigit():
            raise gdb.GdbError("give the id of a thread; `lwk threads` has them")
        on_lwk(lambda: self.show(int(arguments[0])))

    def show(self, wanted):
        on = running()
        for p in processes():
            for t in threads(p):
                if int(t["id"]) != wanted:
                    continue
                if int(t) in on:
                    raise gdb.GdbError(
                        "it runs: `thread %d` and then `bt`" %
                        (int(on[int(t)]["apic_id"]) + 1))
                self.walk(int(t["arch"]["kernel_rsp"]))
                return
        raise gdb.GdbError("there is no thread %d" % wanted)

    def walk(self, rsp):
        """Lend this CPU's registers to the sleeper for one back trace."""
        kept = {name: int(value("(unsigned long)$" + name))
                for name in SAVED + ["rsp"]}
        word = gdb.lookup_type("unsigned long").pointer()
        saved = gdb.Value(rsp).cast(word)
        lent = {name: int(saved[i]) for i, name in enumerate(SAVED)}
        lent["rsp"] = rsp + WORD * len(SAVED)
        try:
            self.load(lent)
            gdb.execute("backtrace")
        finally:
            self.load(kept)

    def load(self, registers):
        for name, content in registers.items():
            gdb.execute("set $%s = %#x" % (name, content), to_string=True)


Lwk()
Ps("ps")
Threads("threads")
Cpus("cpus")
Extensions("extensions")
Backtrace()
