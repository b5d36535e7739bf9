# SPDX-License-Identifier: MIT
# docs/hooks.md from nimble/abi/hooks.def: awk -f docs/hooks.awk nimble/abi/hooks.def
#
# An entry of the table may be on several lines; it ends with ")".
BEGIN {
	print "<!-- SPDX-License-Identifier: MIT -->"
	print "# Hooks"
	print ""
	print "Made by `make docs` from `nimble/abi/hooks.def`; do not edit."
	print ""
	print "An extension has a function for a hook: `HOOK(name) u64 f(struct nimble_ctx_name *ctx)`"
	print "(`ext/lib/nimble_ext.h`). Fields marked *inout* may be changed, and are taken over when the"
	print "function returns; the others are copies. Extensions on one hook run by rising order, equal ones"
	print "by the time of attaching; where a result decides, the first that says something is heard, and"
	print "one that means nothing is counted (`nimble show`) and passed over."
	print ""
	print "An application's extension sees what concerns its job, a trusted one (loaded by the"
	print "administrator) everything. A *task* hook runs in the context of the task, with interrupts on, and"
	print "may reach the task's memory; an *atomic* one has interrupts off; *call* is a direct call. All"
	print "checked extensions of a job share one budget an event (200,000 units for task and call, 4,096"
	print "for atomic), those of the administrator another."
	print ""
	print "A hook where nothing is attached costs its place in the kernel two instructions and a branch"
	print "that is not taken. `make bench` has rows for attached ones (docs/measuring.md)."
}

function arguments(text)
{
	sub(/^[A-Z_]*\(/, "", text)
	sub(/\)$/, "", text)
	gsub(/"[ \t]*"/, "", text)
	return text
}

function trim(text)
{
	gsub(/^[ \t]+|[ \t]+$/, "", text)
	return text
}

function section(name)
{
	if (name ~ /^sched_/)
		return "Operations of a scheduling policy"
	if (name ~ /^syscall/)
		return "System calls"
	if (name ~ /^task_/)
		return "Tasks"
	if (name ~ /fault|exception/)
		return "Faults"
	if (name == "irq" || name == "timer" || name == "message")
		return "Interrupts, timers, messages"
	return "Calls"
}

function begin_hook(text,   i, rest, where, level, who)
{
	i = index(text, "\"")
	rest = substr(text, i + 1)
	sub(/"[ \t]*$/, "", rest)
	split(substr(text, 1, i - 1), head, ",")
	name = trim(head[1])
	if (section(name) != last) {
		last = section(name)
		if (!(last in printed))
			order[++sections] = last
		printed[last] = 1
	}
	where = tolower(trim(head[2]))
	level = where == "task" ? "Task level" : where == "call" ? "Call level" : "Atomic level"
	who = trim(head[3]) == "APP" ? "applications, and trusted ones" : "trusted ones"
	body[last] = body[last] sprintf("\n### %s\n\n%s; for %s. Fires: %s.\n\n",
		name, level, who, rest)
	any = 0
}

function field(text, count,   part, n, times, way)
{
	n = split(text, part, ",")
	if (!any)
		body[last] = body[last] "| field | type | |\n|---|---|---|\n"
	any = 1
	times = count ? "[" trim(part[5]) "]" : ""
	way = trim(part[2]) == "INOUT" ? "inout" : "in"
	body[last] = body[last] sprintf("| `%s%s` | %s | %s |\n", trim(part[4]), times,
		trim(part[3]), way)
}

/^HOOK_/ { entry = "" }
/^HOOK_/ || entry != "" {
	entry = entry " " $0
	if (entry !~ /\)[ \t]*$/)
		next
	entry = trim(entry)
	gsub(/[ \t]+/, " ", entry)
	if (entry ~ /^HOOK_BEGIN/)
		begin_hook(arguments(entry))
	else if (entry ~ /^HOOK_FIELD/)
		field(arguments(entry), 0)
	else if (entry ~ /^HOOK_ARRAY/)
		field(arguments(entry), 1)
	entry = ""
}

END {
	for (i = 1; i <= sections; i++)
		printf "\n## %s\n%s", order[i], body[order[i]]
}
