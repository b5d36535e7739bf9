#!/bin/sh
# SPDX-License-Identifier: MIT
# On the host, without the module: what `lwk`, `nimble` and the proxy say about
# wrong use, and their exit statuses.
cd "$(dirname "$0")" || exit 1
. ../tap.sh
bin=${MARGAY_BUILD:-../../build}/bin
[ ! -e /dev/lwk ] || {
	echo "1..0 # SKIP the module is loaded"
	exit 0
}

# refuses STATUS PATTERN COMMAND...: on stderr, and nothing on stdout.
refuses()
{
	expected=$1
	pattern=$2
	shift 2
	program=$1
	shift
	out=$("$bin/$program" "$@" 2>/tmp/commands.err)
	is $? "$expected" "$program $*: exit status $expected"
	is "$out" "" "$program $*: nothing on standard output"
	like "$(cat /tmp/commands.err)" "$pattern" "$program $*: says why"
}

# explains PATTERN COMMAND...: on stdout, with success.
explains()
{
	pattern=$1
	shift
	program=$1
	shift
	out=$("$bin/$program" "$@" 2>/tmp/commands.err)
	is $? 0 "$program $*: succeeds"
	is "$(cat /tmp/commands.err)" "" "$program $*: nothing on standard error"
	like "$out" "$pattern" "$program $*: explains"
}

# Help, for each command that the help lists.
for program in lwk nimble; do
	explains "^usage: $program COMMAND" $program --help
	explains "^usage: $program COMMAND" $program help
	refuses 2 "^usage: $program COMMAND" $program
	refuses 2 "there is no command \`nonsense\`" $program nonsense
	refuses 2 "there is no command \`nonsense\`" $program help nonsense
	commands=$("$bin/$program" --help | sed -n 's/^  \([a-z]*\) .*/\1/p')
	like "$commands" . "$program has commands"
	for command in $commands; do
		explains "^usage: $program $command" $program $command --help
		explains "^usage: $program $command" $program help $command
		refuses 2 "there is no option --nonsense" \
			$program $command --nonsense
	done
done
explains '^lwk \(Margay\)' lwk version

# A wrong name is answered by the right ones.
ext=$bin/../ext/app/syscount.nx
refuses 2 "context of syscall_entry has .*nr.*arg" nimble-run "$ext" --set foo=1
refuses 2 "the extension has syscall_entry" nimble-run "$ext" --hook foo
refuses 2 "map: EXT is missing" nimble map set
refuses 2 "map: MAP is missing" nimble map set rr
refuses 2 "attach: EXT is missing" nimble attach

# A dry run starts nothing.
for target in run shell debug; do
	dry=$(cd ../.. && env -u MAKELEVEL -u MAKEFLAGS timeout 60 make -n \
		O="${MARGAY_BUILD:-build}" $target </dev/null 2>&1)
	is $? 0 "make -n $target ends"
	like "$dry" 'toolchain/(guest|debug)' "make -n $target says what it would start"
done

# Wrong use.
refuses 2 "cpus LIST is missing.*example: lwk reserve" lwk reserve
refuses 2 "memory SIZE is missing" lwk reserve --cpus 1
refuses 2 "expected a size such as 512M" lwk reserve --memory much
refuses 2 "expected numbers and ranges" lwk reserve --cpus 3-1
refuses 2 "expected a number from 0 to 7" lwk status --instance 8
refuses 2 "needs a value" lwk boot --image
refuses 2 "what is \`extra\`" lwk status extra
refuses 2 "usage: lwk run" lwk run
refuses 2 "usage: lwk run" lwk run --cpu 1 --
refuses 2 "expected a number" lwk run --cpu x true
refuses 2 "usage: nimble load" nimble load
refuses 2 "expected number, hex, text or syscall" nimble show --keys x y
refuses 2 "no PCI device's name" lwk device add 0000:00:20.0
refuses 2 "no PCI device's name" lwk device remove 00:04
refuses 2 "say .lwk device add DEVICE" lwk device add
refuses 2 "say .lwk device add DEVICE" lwk device list 00:04.0
for what in nonsense mmio:0x1000 mmio:0x1000+ mmio:0x1000+0 mmio:x+1 device:04.0 \
	helper: helper:a-name-that-is-longer-than-31-characters; do
	refuses 2 "is not mmio:BASE\+BYTES" nimble grant x $what
done
refuses 2 "usage: lwk-proxy" lwk-proxy
refuses 2 "usage: lwk-proxy" lwk-proxy --cpu x true

# What is missing, and what to type.
module="lwk is not loaded: type .modprobe lwk"
refuses 1 "$module" lwk reserve --cpus 1-3 --memory 512M
refuses 1 "$module" lwk status
refuses 1 "$module" lwk status --json
refuses 1 "$module" lwk ps
refuses 1 "$module" lwk device list
refuses 1 "$module" lwk device add 00:04.0
refuses 1 "$module" nimble grant x device:0000:00:04.0
refuses 1 "$module" lwk log
refuses 1 "$module" lwk log -f
refuses 1 "$module" lwk shutdown
refuses 1 "$module" lwk release
refuses 69 "$module" lwk run true
refuses 69 "$module" lwk run --instance 3 true
refuses 1 "$module" nimble ls
refuses 1 "$module" nimble load x.nx
refuses 1 "no-such-image: No such file" lwk boot --image /no-such-image
refuses 1 "/dev/null: the file is empty" lwk boot --image /dev/null

# As a shell says it.
refuses 127 "no-such-program: command not found" lwk run no-such-program
refuses 127 "./no-such-program: no such file" lwk run ./no-such-program
refuses 126 "/: permission denied" lwk run /
refuses 126 "/etc/passwd: permission denied" lwk run /etc/passwd
mkfifo -m 755 /tmp/commands.fifo
refuses 126 "permission denied" lwk run /tmp/commands.fifo
rm /tmp/commands.fifo

# Options of the program are not ours; the stack limit does not matter.
refuses 69 "$module" lwk run true --help
refuses 69 "$module" lwk run -- true
ulimit -s unlimited 2>/dev/null
refuses 69 "$module" lwk run true
out=$(setarch -L "$bin/lwk-proxy" true 2>&1)
is $? 69 "the old address layout: exit status 69"
like "$out" "Linux has placed the proxy in the application's address range" \
	"the old address layout: says why"
rm -f /tmp/commands.err
done_testing
