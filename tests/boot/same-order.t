#!/bin/bash
# SPDX-License-Identifier: MIT
# The same policy gives the same order on the LWK and in the simulator, for loads that
# leave nothing to chance: who runs, and after whom. The guest counts time in instructions,
# so that nothing of this machine gets into its order. Loads have one CPU: that emulator has
# CPUs take turns, as long as no timer is due, so that one of two stands still for
# milliseconds.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh
build=${MARGAY_BUILD:-build}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A load's times differ by a millisecond or more wherever the order depends on them: on
# the LWK deciding and switching take some time, too. For the same reason each task ends
# with a burst: what takes no time is not to be seen in the simulator.
cat >"$work/turns" <<'EOF'
task long: run 31ms
task short at 2ms: run 7ms
task twice at 4ms: repeat 2 ( run 8ms sleep 21ms ) run 3ms
task late at 34ms: run 12ms
EOF
cat >"$work/levels" <<'EOF'
task base: run 42ms
task low at 1ms: run 6ms
task high at 3ms: repeat 2 ( run 4ms sleep 11ms ) run 4ms
task middle at 9ms: run 13ms
EOF
cat >"$work/dues" <<'EOF'
task slow: run 10ms sleep 23ms run 10ms
task quick at 3ms: repeat 3 ( run 2ms sleep 9ms ) run 2ms
task never: run 9ms
EOF
cat >"$work/pair" <<'EOF'
task ping cpus 0: repeat 3 ( run 2ms wake pong block ) run 1ms
task pong cpus 0: repeat 3 ( block run 3ms wake ping )
task other cpus 0 at 1ms: run 9ms
EOF
# NAME LOAD POLICY MAP...
cat >"$work/cases" <<'EOF'
round-robin turns rr
quantum-of-3-ms turns rr quantum[0]=3000000
two-that-wake-each-other pair rr
strict-priority levels prio priority[2]=1 priority[3]=7 priority[4]=3
no-priorities turns prio
earliest-deadline-first dues edf deadline[1]=29000000 deadline[2]=5000000
all-the-same-deadline turns edf deadline[1]=40000000 deadline[2]=40000000 deadline[3]=40000000 deadline[4]=40000000
EOF

# order: from "CPU NAME" lines the CPUs' orders, without idling, and who goes on once.
order()
{
	awk '$2 != "-" && last[$1] != $2 { all[$1] = all[$1] " " $2; last[$1] = $2 }
	     END { for (cpu in all) print cpu ":" all[cpu] }' | sort
}

# simulated LOAD POLICY MAP...
simulated()
{
	local load=$1 policy=$2 map maps=()

	shift 2
	for map; do
		maps+=(--map "$map")
	done
	"$build/bin/nimble-run" --no-maps --sim "$work/$load" \
		"$build/ext/app/$policy.nx" "${maps[@]}" |
		awk '/^$/ { exit } NR > 1 { for (i = 2; i <= NF; i++) print i - 2, $i }' |
		order
}

# played NAME: from what the guest has printed between two marks: tasks, the window in
# time, and the recording, "NS CPU PREVIOUS NEXT RUNNABLE".
played()
{
	awk -v name="$1" '$1 == "@case" { on = $2 == name; next } on' "$work/out" |
		sort -n -s -k 1,1 |
		awk '$1 == "task" { tasks[$3] = $2 }
		     $1 == "from" { from = $2; to = $4 }
		     $1 ~ /^[0-9]+$/ { ns[++n] = $1; cpu[n] = $2; next_[n] = $4 }
		     END { for (i = 1; i <= n; i++)
				if (ns[i] >= from && ns[i] <= to && next_[i] in tasks)
					print cpu[i], tasks[next_[i]] }' |
		order
}

cat >"$work/play" <<'EOF'
#!/bin/sh
# CASES: plays and records each, in the guest.
while read -r name load policy maps; do
	echo "@case $name"
	lwk sched record /tmp/run 60 &
	recorder=$!
	until nimble ls | grep -q record; do
		sleep 0.05
	done
	lwk run /load/sim-load "/load/$load" "/usr/lib/margay/ext/$policy.nx" $maps
	kill -INT $recorder
	wait $recorder
	cat /tmp/run
done </load/cases
EOF
chmod +x "$work/play"
cp "$build/tests/lwk/sim-load" "$work/"
timeout 900 toolchain/guest --no-build --accel icount --cpus 4 --timeout 850 --lwk \
	--add "$work:/load" -- /load/play >"$work/out" 2>"$work/err" </dev/null
is $? 0 "all loads are played"
[ "$tap_failed" = 0 ] || diag "$(tail -n 20 "$work/err")"
while read -r name load policy maps; do
	# Map entries are words.
	# shellcheck disable=SC2086
	want=$(simulated "$load" "$policy" $maps)
	like "$want" '^0: [a-z]+ [a-z]+ [a-z]+' "$name: the simulator has an order"
	is "$(played "$name")" "$want" "$name: and the LWK the same"
done <"$work/cases"
done_testing
