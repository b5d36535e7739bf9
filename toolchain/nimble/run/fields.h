/* SPDX-License-Identifier: MIT */
/* The fields of hook contexts by name, made from hooks.def. */
#ifndef TOOLCHAIN_NIMBLE_FIELDS_H
#define TOOLCHAIN_NIMBLE_FIELDS_H

#include <stddef.h>

struct ctx_field {
	const char *hook;
	const char *name;
	size_t offset, bytes, item; /* item: of an array's element */
	int inout;
};

/* Ended by one without a name. */
extern const struct ctx_field ctx_fields[];

#endif
