/* SPDX-License-Identifier: MIT */
/* Files that the application has mapped, by numbers, for who reads /proc/self/maps. A child
 * has its parent's. Mapping or running one of a name again gives the same number; the table
 * ends with the process. */
#ifndef PROXY_FILES_H
#define PROXY_FILES_H

#include <stdint.h>
#include <sys/types.h>

struct mapped_file {
	dev_t dev;
	ino_t ino;
	const char *path;
};

/* LWK_PROXY_FILE; see slot.h. */
int64_t files_number(int fd, uint64_t offset);

/* The file of a number; or NULL. */
const struct mapped_file *files_get(uint32_t number);

/* In a child that was forked. */
void files_restart(void);

#endif
