// SPDX-License-Identifier: MIT
/* Events from the LWK; see manager.h. */
#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "toolchain/common/syscalls.h"
#include "toolchain/proxy/device.h"
#include "toolchain/proxy/failure.h"
#include "toolchain/proxy/kick.h"
#include "toolchain/proxy/manager.h"
#include "toolchain/proxy/signals.h"
#include "toolchain/proxy/worker.h"

/* The program may have failed because a call is absent. */
static void say_absent(const uint64_t absent[LWK_ABSENT_WORDS])
{
	char text[512];
	int n = 0;

	for (uint32_t nr = 0; nr < LWK_ABSENT_WORDS * 64; nr++)
		if (absent[nr / 64] >> nr % 64 & 1 && n < (int)sizeof(text))
			n += snprintf(text + n, sizeof(text) - n, " %s",
				      syscall_name(nr));
	if (n)
		dprintf(STDERR_FILENO,
			"lwk: the program failed, and has made system calls that are absent on an LWK:%s\n",
			text);
}

static _Noreturn void end(const struct lwk_event *event, int first)
{
	unsigned int status = event->value;

	if (first && status)
		say_absent(event->absent);
	if (WIFSIGNALED(status))
		signals_die(WTERMSIG(status));
	_exit(WEXITSTATUS(status));
}

_Noreturn void manager_run(int first)
{
	struct lwk_event event;
	int err;

	kick_detach();
	signals_manager();
	for (;;) {
		signals_retry();
		err = device_event(&event);
		if (err == -EINTR)
			continue;
		if (err || event.type == LWK_EVENT_FAILED)
			failure_by(err ? LWK_END_FAILED : event.value);
		if (event.type == LWK_EVENT_EXIT)
			end(&event, first);
		if (event.type == LWK_EVENT_INTERRUPT)
			workers_interrupt(event.value);
	}
}
