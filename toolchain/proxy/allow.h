/* SPDX-License-Identifier: MIT */
/* Which calls a worker may make, and what their arguments are: the proxy's half
 * of kernel/abi/syscall.def and also.def. */
#ifndef PROXY_ALLOW_H
#define PROXY_ALLOW_H

#include <stdbool.h>
#include <stdint.h>

struct allowed_call {
	const char *args; /* letters of syscall.def; NULL = not allowed */
	bool quick; /* does not block: restart class NEVER */
};

/* Never NULL. args is NULL where the call is not allowed. */
const struct allowed_call *allow_call(uint64_t nr);

#endif
