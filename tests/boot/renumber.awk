# SPDX-License-Identifier: MIT
# Makes one TAP stream of several programs' (as suite-in-guest prints them: each
# between "@begin NAME" and "@end STATUS"), with the program's name before its
# tests' names. n is the number of the last test so far; the new one is written
# to the file count.

function result(word, text)
{
	printf "%s %d - %s: %s\n", word, ++n, name, text
}

/^@begin / {
	name = $2
	planned = -1
	seen = 0
	next
}

/^@end / {
	if ($2 != 0)
		result("not ok", "ended with status " $2)
	else if (planned != seen)
		result("not ok", "planned " planned " tests, ran " seen)
	name = ""
	next
}

name != "" && /^1\.\.[0-9]+/ {
	planned = substr($1, 4) + 0
	if (planned == 0)
		result("ok", "nothing to run # SKIP " $0)
	next
}

name != "" && /^(not )?ok / {
	word = /^not/ ? "not ok" : "ok"
	sub(/^(not )?ok *[0-9]* *-? */, "")
	seen++
	result(word, $0)
	next
}

{ print "# " $0 }

END {
	if (name != "")
		result("not ok", "did not end")
	print n + 0 >count
}
