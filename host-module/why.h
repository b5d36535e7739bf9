/* SPDX-License-Identifier: GPL-2.0 */
/* The sentence in which a failing call says what refused. */
#ifndef LWK_WHY_H
#define LWK_WHY_H

#include <linux/kernel.h>
#include "kernel/abi/ioctl.h"

/* Writes the sentence to why[LWK_WHY_BYTES], unless that is NULL; returns err. */
#define lwk_why(why, err, ...)                                      \
	({                                                          \
		char *why_ = (why);                                 \
		if (why_)                                           \
			snprintf(why_, LWK_WHY_BYTES, __VA_ARGS__); \
		(err);                                              \
	})

#endif
