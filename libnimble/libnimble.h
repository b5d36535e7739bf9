/* SPDX-License-Identifier: MIT */
/* libnimble: insert extensions into an LWK, and inspect them, from C.
 *
 * A program that runs on an LWK manages the extensions of its own job by a
 * system call; a program on Linux (an administrator's) those of an instance, by
 * /dev/lwkN. The functions are the same. Where there is no LWK, NIMBLE_BACKEND=host in the
 * environment has extensions run inside the program, on the same engine: see below.
 *
 * 	struct libnimble *n;
 * 	uint32_t id;
 * 	int err = libnimble_open(&n, NULL);
 *
 * 	err = err ?: libnimble_load_file(n, "count.nx", 0, NULL, &id);
 * 	err = err ?: libnimble_attach(n, id, NIMBLE_ALL, 0);
 * 	if (err)
 * 		fprintf(stderr, "%s: %s\n", libnimble_error_name(err),
 * 			libnimble_message());
 *
 * Functions return 0 or -errno; the same numbers as the LWK's. After an error,
 * libnimble_message() has a sentence about this thread's last one. Several threads may
 * call all functions at once, except libnimble_close(). The caller frees what a function
 * allocates for it with free().
 *
 * Common errors: -ENOSYS: no LWK, and no device named; -ENOENT: no such extension, map,
 * entry or key; -EPERM: only for the administrator, or only for trusted extensions;
 * -ENXIO: the instance is not booted.
 */
#ifndef LIBNIMBLE_H
#define LIBNIMBLE_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/abi/nimble_ctl.h"

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

struct libnimble;

/* ---- Connections ------------------------------------------------------- */

/* device: a path such as "/dev/lwk0". NULL: what $NIMBLE_BACKEND says, which can be "host";
 * else $LIBNIMBLE_DEVICE; else the system call where this runs on an LWK; else the only
 * /dev/lwkN there is. -EINVAL: another $NIMBLE_BACKEND, or several /dev/lwkN.
 *
 * "host" is this process; a line on standard error says so, once. All connections of
 * the process see the same extensions, which end with it; a child of fork() has copies
 * of them that share their memory with the parent's. Images are checked and run as the
 * LWK does, one at a time, on one CPU; attaching works, but only hook call
 * (libnimble_call()) and hook service (ext_call()) fire. A policy is loaded, and
 * attaching it is -EOPNOTSUPP; a trusted extension is -EPERM. An extension reaches all
 * memory of the process, as on the LWK. */
int libnimble_open(struct libnimble **n, const char *device);
void libnimble_close(struct libnimble *n);
/* "lwk": by system call; "device"; "host": this process; "carrier". */
const char *libnimble_backend(const struct libnimble *n);
/* N of the /dev/lwkN that it goes to; -1: not by a device. */
int libnimble_instance(const struct libnimble *n);

/* Another carrier of the requests, for tests and tools. It returns 0 or
 * -errno, and does not keep ctl. */
struct libnimble_carrier {
	int (*call)(void *context, struct nimble_ctl *ctl);
	void *context;
};
int libnimble_open_carrier(struct libnimble **n,
			   const struct libnimble_carrier *carrier);

/* The reason why this thread's last failing call failed; never NULL. */
const char *libnimble_message(void);
/* "ENOENT" for -ENOENT (or ENOENT), and so on; "EUNKNOWN". */
const char *libnimble_error_name(int err);

/* ---- Extensions -------------------------------------------------------- */

/* Check and insert an image (.nx). flags: 0 or NIMBLE_TRUSTED. name: of this
 * copy, or NULL for the image's own. -ENOEXEC, -EINVAL, ...: refused, with the
 * reason in the message. */
int libnimble_load(struct libnimble *n, const void *image, size_t bytes,
		   uint32_t flags, const char *name, uint32_t *id);
int libnimble_load_file(struct libnimble *n, const char *path, uint32_t flags,
			const char *name, uint32_t *id);

/* entry: index in the extension's hook table, or NIMBLE_ALL. Extensions on one
 * hook run by rising order. */
int libnimble_attach(struct libnimble *n, uint32_t id, uint32_t entry,
		     int32_t order);
/* Attach a scheduling policy in place of the one that its job has, in one step: no
 * thread is ever without a policy. If the job has none, it does as libnimble_attach(). */
int libnimble_replace(struct libnimble *n, uint32_t id);
int libnimble_detach(struct libnimble *n, uint32_t id, uint32_t entry);
/* Detaches it first. */
int libnimble_remove(struct libnimble *n, uint32_t id);

/* Run hook call of an extension of this program's job, or of the administrator's, with these
 * arguments, which it may change: a system call of the LWK's own, or, once this process has
 * opened backend "host", inside it. -ENOSYS: this is Linux. -ENOENT: it has no such hook,
 * or is not attached to it; -EFAULT, -EIO: it was unwound, now or before; -EPROTO: its
 * result means nothing; -EINTR: a signal came between two system calls that it wanted
 * made. */
int libnimble_call(uint32_t id, uint64_t args[8]);

/* All extensions that the caller may see, or that are the administrator's and it may
 * call, by id. *list is NULL where there are none. */
int libnimble_list(struct libnimble *n, struct nimble_info **list,
		   size_t *count);
/* The id of the extension with a name, or of a decimal number. -ENOENT;
 * -EEXIST: several have the name. */
int libnimble_find(struct libnimble *n, const char *name, uint32_t *id);

/* One extension in full; its hooks follow it in the same memory. */
int libnimble_show(struct libnimble *n, uint32_t id,
		   struct nimble_detail **detail);
const struct nimble_hook_record *
libnimble_hooks(const struct nimble_detail *detail);

/* "loaded", "attached", "faulted"; "unknown". */
const char *libnimble_state_name(uint32_t state);

/* ---- Grants ------------------------------------------------------------ */

/* Let an extension that is not trusted, or a job (what->pid: one of its processes),
 * use registers, a device, or a helper for trusted ones; take that back. Only for the
 * administrator. It ends with the extension or the job, and with the device. A device
 * that reaches memory by itself reaches all memory: granting one trusts the extension
 * or job with the machine. -ENODEV: the LWK has no such device or registers; -EEXIST:
 * it is granted already; -ENOENT: no such extension, process, or grant; -ENOSPC: there
 * are too many. */
int libnimble_grant(struct libnimble *n, uint32_t id,
		    const struct nimble_grant *what);
int libnimble_revoke(struct libnimble *n, uint32_t id,
		     const struct nimble_grant *what);
/* All grants of an extension and its job; pid is 1 in those of the job. *list is NULL
 * where there are none. */
int libnimble_grants(struct libnimble *n, uint32_t id,
		     struct nimble_grant **list, size_t *count);

/* ---- Policies ---------------------------------------------------------- */

/* The threads that a policy schedules: those of the program's job, if the program has
 * loaded it; those of all jobs that have no policy of their own, if the administrator
 * has. */
enum libnimble_scope {
	LIBNIMBLE_SCOPE_JOB,
	LIBNIMBLE_SCOPE_INSTANCE,
};

/* Attach a policy for these threads, and no others; replace: in place of the present one.
 * -EPERM: this extension is not for that scope; -EBUSY: there is one, and replace is 0;
 * what its operation init says. */
int libnimble_attach_policy(struct libnimble *n, uint32_t id,
			    enum libnimble_scope scope, int replace);

/* How a policy ended the last time. The LWK keeps it until the policy is attached again or
 * the extension removed. Texts are for people, and may be empty. */
struct libnimble_exit {
	uint32_t kind; /* enum nimble_exit_kind, nimble/abi/sched.h */
	uint32_t line; /* of the source, where it faulted; 0 = unknown */
	uint32_t insn; /* of its code, where it faulted */
	uint64_t code; /* a word of its own */
	char reason[NIMBLE_REASON_BYTES]; /* the kind */
	char message[NIMBLE_EXIT_BYTES]; /* the reason */
	char dump[NIMBLE_DUMP_BYTES]; /* its own dump */
	char file[NIMBLE_FILE_BYTES]; /* of the source */
};

/* -ENOENT, too, where its policy has not ended. */
int libnimble_exit_record(struct libnimble *n, uint32_t id,
			  struct libnimble_exit *record);

/* ---- Events ------------------------------------------------------------ */

/* Take an event of one of the extensions that this process (not another one of its
 * job) has loaded and not removed; if several things happened to it, they are one
 * event. -EAGAIN: there is none. If wait is not 0, it waits for one; -EINTR: a signal
 * came. -EOPNOTSUPP, or -EINVAL: by a device. */
int libnimble_event(struct libnimble *n, struct nimble_event_record *event,
		    int wait);

/* A descriptor for poll() and read(): each read of sizeof(struct nimble_event_record)
 * bytes gives one event. There is one for the process, whichever connection asks, from
 * the first call until the process ends; it stays open when the connection is closed,
 * and takes all events, so that libnimble_event() sees none. The caller does not close
 * it. A thread of the library fills it, which belongs to the job and its policy like
 * every other thread; a child of fork() asks for a descriptor of its own. Returns the
 * descriptor, or -errno. */
int libnimble_event_fd(struct libnimble *n);

/* ---- Statistics -------------------------------------------------------- */

/* Totals since it was loaded. */
struct libnimble_statistics {
	uint64_t runs;
	uint64_t time_ns; /* in it */
	uint64_t charged; /* budget used; see docs/nimble.md */
	uint64_t faults;
	uint64_t skipped; /* its CPU was inside it already */
	uint64_t memory_bytes;
};

int libnimble_statistics(struct libnimble *n, uint32_t id,
			 struct libnimble_statistics *statistics);
/* Converts cycles of its clock to time. */
uint64_t libnimble_time_ns(const struct nimble_info *info, uint64_t cycles);

/* ---- Maps -------------------------------------------------------------- */

int libnimble_maps(struct libnimble *n, uint32_t id,
		   struct nimble_map_info **maps, size_t *count);
/* The index of a map, by its name or decimal number, and its description;
 * info may be NULL. */
int libnimble_find_map(struct libnimble *n, uint32_t id, const char *name,
		       uint32_t *map, struct nimble_map_info *info);

/* Sizes are those of nimble_map_info: a key of key_bytes; a value of value_bytes
 * times `values` (per-CPU maps have one for each CPU). -EINVAL for others. */
int libnimble_map_lookup(struct libnimble *n, uint32_t id, uint32_t map,
			 const void *key, size_t key_bytes, void *value,
			 size_t value_bytes);
int libnimble_map_update(struct libnimble *n, uint32_t id, uint32_t map,
			 const void *key, size_t key_bytes, const void *value,
			 size_t value_bytes);
int libnimble_map_delete(struct libnimble *n, uint32_t id, uint32_t map,
			 const void *key, size_t key_bytes);
/* The key after `key`, or the first where that is NULL. -ENOENT: that was
 * the last. If the map changes meanwhile, keys may be missed or come twice. */
int libnimble_map_next(struct libnimble *n, uint32_t id, uint32_t map,
		       const void *key, void *next, size_t key_bytes);

/* Map a ring buffer or an arena into this program, which must run on the LWK (or
 * is the "host"); munmap() ends it. An arena's contents are addressed by offsets from its start.
 * It stays when the extension goes. -EOPNOTSUPP: another type, or by a device. */
int libnimble_map_mmap(struct libnimble *n, uint32_t id, uint32_t map,
		       void **address, size_t *bytes);

/* Take the oldest record out of a mapped ring buffer: its bytes are copied
 * to `to`, cut off at room. Returns their number, which may be larger than
 * room; -EAGAIN: there is none; -EPROTO: the memory holds no ring buffer
 * (the extension can write it, too). One consumer at a time; it needs no
 * lock and no system call. */
int libnimble_ring_read(void *ring, void *to, size_t room);
/* Take records out of a ring buffer by requests, also by a device: as many whole ones as
 * fit into room, which libnimble_ring_next() tells apart. For a ring that no program has
 * mapped. *used is 0 where there is none. */
int libnimble_ring_take(struct libnimble *n, uint32_t id, uint32_t map,
			void *to, size_t room, size_t *used);
/* The record at *at of those taken, and its bytes; *at becomes the place of the next
 * one. NULL: there are no more. */
const void *libnimble_ring_next(const void *taken, size_t used, size_t *at,
				size_t *bytes);
/* The number of records that did not fit, since the extension was loaded. */
uint64_t libnimble_ring_dropped(const void *ring);

/* "array", "hash", "per-CPU array", "ring buffer", "arena", "queue"; "unknown". */
const char *libnimble_map_type_name(uint32_t type);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
