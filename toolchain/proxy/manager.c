// SPDX-License-Identifier: MIT
/* What comes from the LWK; see manager.h. */
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "toolchain/proxy/device.h"
#include "toolchain/proxy/failure.h"
#include "toolchain/proxy/kick.h"
#include "toolchain/proxy/manager.h"
#include "toolchain/proxy/signals.h"
#include "toolchain/proxy/worker.h"

static _Noreturn void end(unsigned int status)
{
	if (WIFSIGNALED(status))
		signals_die(WTERMSIG(status));
	_exit(WEXITSTATUS(status));
}

_Noreturn void manager_run(void)
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
			end(event.value);
		if (event.type == LWK_EVENT_INTERRUPT)
			workers_interrupt(event.value);
	}
}
