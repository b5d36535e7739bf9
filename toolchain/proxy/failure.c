// SPDX-License-Identifier: MIT
/* When the LWK is gone; see failure.h. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "toolchain/common/explain.h"
#include "toolchain/proxy/failure.h"

static const struct lwk_slot_page *slots;
static char message[64]; /* made beforehand: a handler may not */
static int said;

void failure_init(unsigned int instance, const struct lwk_slot_page *page)
{
	slots = page;
	snprintf(message, sizeof(message),
		 "lwk: lwk%u has failed; see `lwk log`\n", instance);
}

int failure_is_slot_page(const void *address)
{
	uintptr_t at = (uintptr_t)address, page = (uintptr_t)slots;

	return page && at >= page && at < page + sizeof(*slots);
}

_Noreturn void failure(void)
{
	ssize_t written;

	if (__atomic_exchange_n(&said, 1, __ATOMIC_RELAXED))
		for (;;)
			pause(); /* another thread is about to exit */
	written = write(STDERR_FILENO, message, strlen(message));
	(void)written; /* to nobody, perhaps */
	_exit(EXIT_FAILED);
}
