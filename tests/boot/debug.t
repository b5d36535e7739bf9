#!/bin/bash
# SPDX-License-Identifier: MIT
# gdb on a lightweight kernel: back traces end where a thread came into the kernel, and
# the commands of toolchain/gdb/lwk.py tell what there is.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh

command -v gdb >/dev/null || {
	echo "1..0 # SKIP no gdb: toolchain/setup debug"
	exit 0
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Prints the part of $said between the lines that say `mark NAME` and the next mark.
part()
{
	sed -n "/^mark $1\$/,/^mark/p" <<<"$said" | grep -v '^mark'
}

# One program sleeps again and again, another makes system calls.
programs='nimble load --attach /usr/lib/margay/ext/syscount.nx
lwk run busybox sh -c "while :; do busybox sleep 5; done" &
exec lwk run busybox sh -c "while :; do busybox true; done"'

# The id of the thread that sleeps.
cat >"$work/sleeper.py" <<'END'
def sleeper():
    return next(int(t["id"]) for p in processes() for t in threads(p)
                if call_name(int(p["page"]["last_syscall"])) == "clock_nanosleep")
END

said=$(GDB='gdb -q -batch
	-ex "break sys_clock_nanosleep" -ex continue -ex delete
	-ex "break delegate_as_is" -ex continue -ex "echo mark call\n" -ex backtrace
	-ex delete -ex "tbreak trap_dispatch" -ex continue
	-ex "echo mark trap\n" -ex backtrace
	-ex "echo mark ps\n" -ex "lwk ps" -ex "echo mark threads\n" -ex "lwk threads"
	-ex "echo mark cpus\n" -ex "lwk cpus"
	-ex "echo mark extensions\n" -ex "lwk extensions"
	-ex "thread 1" -ex "echo mark linux\n" -ex "lwk ps"
	-ex "echo mark bt\n" -ex "source '"$work"'/sleeper.py"
	-ex "python gdb.execute(\"lwk bt %d\" % on_lwk(sleeper))"
	-ex "echo mark none\n" -ex "lwk bt 1"' \
	timeout 280 toolchain/debug --cpus 3 -- sh -c "$programs" 2>&1)

bottom=$(part call | grep '^#' | tail -n 1)
like "$(part call)" '^#0 +delegate_as_is ' "a back trace begins where the breakpoint is"
like "$bottom" 'syscall_entry \(\) at kernel/arch/x86_64/syscall_entry.S' \
	"it ends at the entry of system calls"
bottom=$(part trap | grep '^#' | tail -n 1)
like "$bottom" '(trap_from_user|arch_start|image_start|syscall_entry|thread_begin) \(\) at ' \
	"one through an interrupt ends where the kernel was entered"
like "$(part ps)" '^[0-9]+ +0 +[0-9]+ +1 +clock_nanosleep +busybox ' "lwk ps"
is "$(part linux | grep -c clock_nanosleep)" 1 "from a CPU of Linux, too"
like "$(part threads)" '^[0-9]+ +[0-9]+ +blocked +[01] +busybox ' "lwk threads"
like "$(part cpus)" '^1 +3 +[0-9]+ ' "lwk cpus"
like "$(part extensions)" '^1 +syscount +- +no +1 +attached ' "lwk extensions"
like "$(part bt)" '^#0 .*switch_to' "lwk bt: where a thread sleeps"
like "$(part bt)" ' sys_clock_nanosleep ' "in which call"
like "$(part bt | grep '^#' | tail -n 1)" 'syscall_entry' "and it ends as well"
like "$said" 'there is no thread 1$' "lwk bt of no thread"
like "$(env -u MAKELEVEL -u MAKEFLAGS make -n debug 2>&1 | tail -n 1)" 'toolchain/debug' "make -n debug boots nothing"
[ "$tap_failed" = 0 ] || diag "$said"
done_testing
