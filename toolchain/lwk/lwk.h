/* SPDX-License-Identifier: MIT */
/* The `lwk` command: what its parts share. */
#ifndef LWK_LWK_H
#define LWK_LWK_H

#include <stdint.h>
#include <stdio.h>

#include "kernel/abi/ioctl.h"
#include "toolchain/common/cli.h"
#include "toolchain/common/explain.h"

/* All options of all commands; a command's table entry in main.c says which
 * it takes. */
struct options {
	unsigned int instance; /* LWK_INSTANCE_ANY where not given */
	uint64_t cpus[LWK_CPUMASK_WORDS];
	int cpus_given;
	uint64_t memory; /* bytes; 0 where not given */
	int node; /* -1 = any */
	int cpu; /* -1 = the module chooses */
	const char *image; /* NULL where not given */
	const char *ext[LWK_BOOT_MAX_EXT];
	unsigned int ext_count;
	int no_app_ext, threaded, json, follow, raw, force, panic;
	int once, batch;
	uint64_t count; /* 0 = not given */
	double seconds; /* 0 = not given */
	char **args; /* what follows the options, NULL-terminated */
};

/* The commands: exit statuses. */
int cmd_reserve(struct options *o);
int cmd_boot(struct options *o);
int cmd_status(struct options *o);
int cmd_run(struct options *o);
int cmd_ps(struct options *o);
int cmd_log(struct options *o);
int cmd_shutdown(struct options *o);
int cmd_trace(struct options *o);
int cmd_sched(struct options *o);
int cmd_top(struct options *o);
int cmd_device(struct options *o);
int cmd_release(struct options *o);

/* ---- instance.c -------------------------------------------------------- */

/* Open /dev/lwk, or /dev/lwkN; where that fails, say why and what to do, and
 * exit. load: load the module first where it is not there. */
int open_control(int load);
int open_instance(unsigned int instance);

/* Bit N: instance N is reserved. Without access to /dev/lwk, the names in /dev tell. */
uint32_t instances_reserved(void);

/* The instance that was named; or the only one; or 0 where there is none.
 * Exits where there are several. */
unsigned int choose_instance(const struct options *o);

/* ioctl(): 0 or -errno. */
int command(int fd, unsigned long request, void *args);

/* Say what refused; returns EXIT_FAILURE. err is -errno. */
int refused(unsigned int instance, int err, const char *why);

/* ---- progress.c -------------------------------------------------------- */

/* If stderr is a terminal, a line there says what takes so long, from 2
 * seconds on; progress_end() removes it. */
void progress_begin(const char *what);
void progress_end(void);

/* ---- image.c ----------------------------------------------------------- */

/* Puts the image to boot, or that of a running instance (to look up
 * symbols), into `path`. It is the first of: the one named; $LWK_IMAGE; for
 * a running instance, the one that it was booted from; the one installed;
 * the one built. NULL: there is none. */
const char *image_to_boot(const struct options *o, char *path, size_t bytes);
const char *image_booted(const struct options *o, unsigned int instance,
			 char *path, size_t bytes);
/* Remember and forget what an instance was booted from. */
void image_remember(unsigned int instance, const char *path);

/* A file next to the command, or in the folder `beside` next to the
 * command's folder. */
const char *find_beside(const char *name, const char *beside, char *path,
			size_t bytes);

#endif
