# SPDX-License-Identifier: MIT
# What to say when a guest failed: why, its console, the lightweight kernels'
# logs; and the exit status of the whole.

# Prints why the guest stopped, as far as its console tells.
why_stopped()
{
	if grep -q 'Kernel panic' "$run/console"; then
		echo panicked
	else
		echo "switched itself off"
	fi
}

report()
{
	local status=$1

	shift
	{
		echo "guest: $*"
		echo "guest: ---- console ----"
		tr -d '\r' <"$run/console" 2>/dev/null
		lwk_logs
		echo "guest: ---- end ----"
	} >&2
	exit "$status"
}

lwk_logs()
{
	:
}
