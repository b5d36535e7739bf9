/* SPDX-License-Identifier: MIT */
/* What the proxy reads of its own entry in /proc. No malloc(): a thread that forks would
 * hold its lock. */
#ifndef PROXY_PROC_READ_H
#define PROXY_PROC_READ_H

#include <stddef.h>
#include <stdint.h>

/* Read a file whole, as far as there is room, with a zero behind. How many bytes. */
size_t proc_read(const char *path, char *text, size_t room);

/* Fields of /proc/self/stat by their numbers in proc(5), from PROC_STAT_FIRST on (the name
 * may hold anything). 0, or -1. */
#define PROC_STAT_FIRST 4
#define PROC_STAT_FIELDS 53
int proc_read_stat(uint64_t field[PROC_STAT_FIELDS]);

#endif
