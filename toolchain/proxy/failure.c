// SPDX-License-Identifier: MIT
/* When the LWK is gone; see failure.h. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "toolchain/common/explain.h"
#include "toolchain/proxy/device.h"
#include "toolchain/proxy/failure.h"

static const struct lwk_slot_page *slots;
/* Indexed by enum lwk_end_cause. Formatted beforehand, because a signal
 * handler may not. */
static char message[2][64];
static int said;

void failure_init(unsigned int instance, const struct lwk_slot_page *page)
{
	slots = page;
	snprintf(message[LWK_END_FAILED], sizeof(message[0]),
		 "lwk: lwk%u has failed; see `lwk log`\n", instance);
	snprintf(message[LWK_END_FORCED], sizeof(message[0]),
		 "lwk: lwk%u was shut down by force\n", instance);
}

void failure_moved(const struct lwk_slot_page *page)
{
	slots = page;
}

int failure_is_slot_page(const void *address)
{
	uintptr_t at = (uintptr_t)address, page = (uintptr_t)slots;

	return page && at >= page &&
	       at < page + LWK_SLOT_PAGES * sizeof(*slots);
}

_Noreturn void failure_by(uint32_t cause)
{
	const char *text = message[cause == LWK_END_FORCED];
	ssize_t written;

	if (__atomic_exchange_n(&said, 1, __ATOMIC_RELAXED))
		for (;;)
			pause(); /* another thread is about to exit */
	written = write(STDERR_FILENO, text, strlen(text));
	(void)written; /* the error cannot be reported */
	_exit(EXIT_FAILED);
}

/* After the device has reported an end, this event comes first. */
_Noreturn void failure(void)
{
	struct lwk_event event;
	int err;

	do
		err = device_event(&event);
	while (err == -EINTR);
	failure_by(err ? LWK_END_FAILED : event.value);
}
