#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest: Debian's static busybox, unmodified, gives on the LWK what it
# gives on Linux.
. ./lwk.sh

# same NAME COMMAND...: output and status.
same()
{
	same_name=$1
	shift
	"$@" >/tmp/linux.out 2>&1
	linux_status=$?
	lwk run "$@" >/tmp/lwk.out 2>&1
	is $? $linux_status "$same_name: status"
	if cmp -s /tmp/linux.out /tmp/lwk.out; then
		pass "$same_name: output"
	else
		fail "$same_name: output" "$(diff /tmp/linux.out /tmp/lwk.out | head -5)"
	fi
}

lwk_up
cd /tmp
awk 'BEGIN { srand(1); for (i = 0; i < 1000000; i++) printf "%08d\n", rand() * 100000000 }' >numbers
head -n 50000 numbers >some
[ "$(wc -c <numbers)" -ge 9000000 ] || fail "10 MB to sort"

same "uname -a" busybox uname -a
same "md5sum" busybox md5sum /bin/busybox
same "sha256sum" busybox sha256sum /bin/busybox
same "ls -lR /" busybox ls -lR /bin /dev /tests
same "ls of nothing" busybox ls /nonexistent
same "sort of 10 MB" busybox sort numbers
same "wc" busybox wc some
same "grep" busybox grep -c 123 some
same "awk" busybox awk '{ s += $1 } END { print s }' some
same "gzip" busybox gzip -c /bin/busybox
same "date" busybox date +%Y-%m-%d
same "id" busybox id
same "pwd" busybox pwd
same "env" busybox env
same "false" busybox false
same "test of a file" busybox test -f some

is "$(echo hello | lwk run busybox cat)" hello "standard input"
is "$(lwk run busybox sh -c 'echo $0 $1' a b 2>/dev/null)" "a b" "builtins of a shell"
lwk run busybox cat /nonexistent 2>err >out
is "$(cat err)" "cat: can't open '/nonexistent': No such file or directory" \
	"standard error"
is "$(GREETING=hi lwk run busybox env | grep ^GREETING=)" GREETING=hi \
	"the environment"
lwk run /nonexistent/program 2>/dev/null
is $? 127 "a program that is not there: 127"
echo text >notelf
chmod +x notelf
lwk run ./notelf 2>/dev/null
is $? 126 "a file that is no program: 126"
is "$(lwk run -- busybox echo -- --help)" "-- --help" "options are the program's"
rm -f numbers some out err notelf
lwk_down
