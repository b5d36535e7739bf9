# SPDX-License-Identifier: MIT
# Makes docs/syscalls.md from kernel/abi/syscall.def.
BEGIN {
	print "<!-- SPDX-License-Identifier: MIT -->"
	print "<!-- Made by `make docs` from kernel/abi/syscall.def. -->"
	print "# System calls"
	print ""
	print "| number | name | served | when a signal interrupts it |"
	print "|---|---|---|---|"
	how["RESTART"] = "restarted as SA_RESTART says"
	how["EINTR"] = "EINTR"
	how["NEVER"] = "does not block"
}
/^(LOCAL|LEAF|DELEGATED|ABSENT)\(/ {
	split($0, part, /[(,) ]+/)
	sub(/LEAF/, "LOCAL", part[1])
	count[part[1]]++
	if (part[1] == "LOCAL")
		print "| " part[2] " | " part[3] " | by the LWK | |"
	else if (part[1] == "DELEGATED")
		print "| " part[2] " | " part[3] " | by Linux | " how[part[4]] " |"
	else
		print "| " part[2] " | " part[3] " | " part[4] " | |"
}
END {
	printf "\n%d are served by the LWK, %d by Linux, %d are absent; ", \
		count["LOCAL"], count["DELEGATED"], count["ABSENT"]
	print "any other number is ENOSYS."
}
