/* SPDX-License-Identifier: GPL-2.0 */
/* Carrying an ioctl's structure in and out, the same for both devices. */
#ifndef LWK_COMMAND_H
#define LWK_COMMAND_H

#include <linux/types.h>

/* The beginning of every structure. */
struct lwk_command_head {
	u32 version;
	u32 instance;
};

struct lwk_command {
	unsigned int cmd;
	bool needs_admin; /* CAP_SYS_ADMIN */
	/* args is a copy of the user's structure, whose version was checked.
	 * It is copied back on failure, too; then only `why` and similar
	 * fields may have changed. owner: what lwk_command_run() got. */
	long (*run)(void *owner, void *args);
};

#define LWK_COMMAND_ANY_INSTANCE (-1)

/* Finds cmd in a table that ends with cmd 0, and runs it. instance is the one
 * that the structure must name. */
long lwk_command_run(const struct lwk_command *table, int instance, void *owner,
		     unsigned int cmd, void __user *arg);

#endif
