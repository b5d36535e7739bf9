# SPDX-License-Identifier: MIT
# For guest tests that need an LWK: one is brought up and taken down again.
. ./tap.sh

# lwk_up [BOOT-OPTION...]: all CPUs but 0 and half of the memory. Each is booted
# with $LWK_BOOT_OPTIONS, too.
lwk_up()
{
	lwk_cpus_before=$(cat /sys/devices/system/cpu/online)
	lwk reserve --cpus "1-$(($(nproc) - 1))" --memory 256M &&
		lwk boot $LWK_BOOT_OPTIONS "$@" || {
		fail "the LWK comes up"
		lwk log 2>&1 | sed 's/^/# /'
		done_testing
		exit 1
	}
}

# lwk_down: shut it down; everything must be Linux's again. The log is shown
# where a test has failed.
lwk_down()
{
	[ "$tap_failed" = 0 ] || lwk log 2>&1 | sed 's/^/# log: /'
	ok "the LWK shuts down" lwk shutdown
	ok "and is released" lwk release
	is "$(cat /sys/devices/system/cpu/online)" "$lwk_cpus_before" \
		"all CPUs are Linux's again"
	done_testing
}

# users_come, users_go: the guest has users member and second, in group lwk, and other.
users_come()
{
	cp /etc/group /tmp/group.before
	cp /etc/passwd /tmp/passwd.before
	echo 'lwk:x:77:member,second' >>/etc/group
	echo 'member:x:1000:1000::/tmp:/bin/sh' >>/etc/passwd
	echo 'second:x:1002:1002::/tmp:/bin/sh' >>/etc/passwd
	echo 'other:x:1001:1001::/tmp:/bin/sh' >>/etc/passwd
}
users_go()
{
	cp /tmp/group.before /etc/group
	cp /tmp/passwd.before /etc/passwd
}

# wait_for SECONDS COMMAND...: until the command succeeds.
wait_for()
{
	wait_tries=$(($1 * 20))
	shift
	while [ $wait_tries -gt 0 ]; do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.05
		wait_tries=$((wait_tries - 1))
	done
	return 1
}

# adopt WHERE COMMAND...: the TAP that a program prints becomes ours.
adopt()
{
	adopted_on=$1
	shift
	"$@" >/tmp/tap.out 2>&1
	adopted_status=$?
	while read -r word rest; do
		case $word in
		ok) pass "$adopted_on: ${rest#*- }" ;;
		not) fail "$adopted_on: ${rest#*- }" ;;
		1..*) ;;
		'#') diag "$rest" ;;
		*) diag "$word $rest" ;;
		esac
	done </tmp/tap.out
	is $adopted_status 0 "$adopted_on: the program ends well"
}

# lwk_asleep PID: does it wait, in the LWK, for a signal or a time?
lwk_asleep()
{
	lwk ps | grep -q "^lwk[0-9]* *$1 .* sleeping"
}

# as_on_linux LINUX LWK: two outputs are the same, a test for each line.
as_on_linux()
{
	while read -r line; do
		read -r other <&3
		is "$other" "$line" "as Linux: $line"
	done <"$1" 3<"$2"
	is "$(wc -l <"$2")" "$(wc -l <"$1")" "as many lines"
}
