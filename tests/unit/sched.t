#!/bin/bash
# SPDX-License-Identifier: MIT
# lwk sched report: what it makes of a recording, as text, as a picture, and as trace
# events; each read by a program that knows the format.
cd "$(dirname "$0")" || exit 1
. ../tap.sh
lwk=${MARGAY_BUILD:-../../build}/bin/lwk
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Two CPUs, whose records come one ring full after the other. Task 8 goes from CPU 0 to
# CPU 1; what ran before the recording began is not known.
cat >"$work/run" <<'EOF'
# lwk sched 1
1000000 0 0 7 1
3000000 0 7 8 1
4500000 0 8 7 0
9000000 0 7 0 0
2000000 1 5 0 0
5000000 1 0 8 0
11000000 1 8 0 0
EOF

"$lwk" sched report "$work/run" >"$work/text"
is "$(sed '/^$/,$d' "$work/text" | awk '{ print $1, $2, $3, $4 }')" "ms CPU task for
0.000 0 7 2.000
2.000 0 8 1.500
3.500 0 7 4.500
4.000 1 8 6.000" "text: who ran where, from when on, how long"
is "$(sed '1,/^$/d' "$work/text" | awk '{ print $1, $2, $3, $4 }')" "task stays ms share
7 2 6.500 65.0%
8 2 7.500 75.0%" "and each task's share"

"$lwk" sched report "$work/run" svg >"$work/svg"
is "$(python3 - "$work/svg" <<'EOF'
import sys
import xml.etree.ElementTree as tree

root = tree.parse(sys.argv[1]).getroot()
space = "{http://www.w3.org/2000/svg}"
assert root.tag == space + "svg"
wide, high = float(root.get("width")), float(root.get("height"))
boxes = root.findall(space + "rect")
for box in boxes:
    x, y = float(box.get("x")), float(box.get("y"))
    assert 0 <= x and x + float(box.get("width")) <= wide
    assert 0 <= y and y + float(box.get("height")) <= high
for box in boxes:
    print(box.find(space + "title").text, int(float(box.get("y"))) // 28)
EOF
)" "task 7: 2.000 ms at 0.000 ms 0
task 8: 1.500 ms at 2.000 ms 0
task 7: 4.500 ms at 3.500 ms 0
task 8: 6.000 ms at 4.000 ms 1" "svg: a box for each stay, in its CPU's row, inside the picture"
is "$(grep -o 'hsl([0-9]*' "$work/svg" | sort -u | wc -l)" 2 "each task has a colour"

# As the Trace Event Format wants it, which Perfetto reads.
"$lwk" sched report "$work/run" json >"$work/json"
is "$(python3 - "$work/json" <<'EOF'
import json
import sys

trace = json.load(open(sys.argv[1]))
assert trace["displayTimeUnit"] in ("ms", "ns")
rows = {}
for event in trace["traceEvents"]:
    assert isinstance(event["name"], str) and isinstance(event["pid"], int)
    if event["ph"] == "M":
        assert event["name"] in ("process_name", "thread_name")
        if event["name"] == "thread_name":
            rows[event["pid"], event["tid"]] = event["args"]["name"]
        continue
    assert event["ph"] == "X" and event["tid"] > 0
    assert event["ts"] >= 0 and event["dur"] >= 0
    print(rows[event["pid"], event["tid"]], event["name"], event["ts"],
          event["dur"])
EOF
)" "CPU 0 task 7 0.0 2000.0
CPU 0 task 8 2000.0 1500.0
CPU 0 task 7 3500.0 4500.0
CPU 1 task 8 4000.0 6000.0" "json: complete events in microseconds, in rows that have names"

like "$("$lwk" sched report "$work/run" png 2>&1)" 'formats are text, svg and json' \
	"another format is none"
printf '# lwk sched 1\nfive\n' >"$work/bad"
like "$("$lwk" sched report "$work/bad" 2>&1)" 'not a switch: five' "a line that is none"
printf '# lwk sched 1\n' >"$work/empty"
like "$("$lwk" sched report "$work/empty" 2>&1)" 'nothing has run' "an empty recording"
printf '# lwk sched 1\n5 4000 1 2 0\n' >"$work/far"
like "$("$lwk" sched report "$work/far" 2>&1)" 'not a switch' "a CPU that cannot be"
done_testing
