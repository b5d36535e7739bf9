/* SPDX-License-Identifier: MIT */
/* The extension that a row measures. */
#ifndef BENCH_ATTACHED_H
#define BENCH_ATTACHED_H

#include "libnimble/libnimble.h"

#define EXT_DIR "/usr/lib/margay/ext/"

/* The connection, and the extension. */
extern struct libnimble *lib;
extern uint32_t id;

/* Make the connection: 0, or -errno; -ENOSYS: this is Linux, where such rows are absent. */
int open_lwk(void);
/* The same, load an extension of a file, and attach it. */
int attach(const char *path);
/* Remove it, and close the connection. */
void detach(void);

#endif
