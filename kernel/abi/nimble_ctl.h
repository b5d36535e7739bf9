/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Control of extensions: one structure, two carriers.
 *
 *   system call LWK_SYS_NIMBLE_CTL(struct nimble_ctl *) of an application on
 *   the LWK: extensions of its own job, never trusted
 *   ioctl LWK_IOC_NIMBLE on /dev/lwkN from Linux: LIST, SHOW, MAPS, MAP_LOOKUP
 *   and MAP_NEXT with access to the device; the rest with CAP_SYS_ADMIN
 *
 * `in` and `out` are addresses of the caller. The module copies them through
 * the control window: the structure at the message's offset, with `in` and `out`
 * rewritten as offsets in the window. The LWK checks everything again.
 *
 * Returns 0 or -errno. `message` then holds one sentence about what was wrong
 * (with instruction and source line for an image); out_used is how much of
 * `out` was written, or would be needed (-ENOSPC).
 */
#ifndef LWK_ABI_NIMBLE_CTL_H
#define LWK_ABI_NIMBLE_CTL_H

#include "kernel/abi/types.h"

#define NIMBLE_CTL_VERSION 1
/* A number that Linux does not use; ENOSYS on Linux. */
#define LWK_SYS_NIMBLE_CTL 0x4d00

#define NIMBLE_CTL_MAX_IN (512u << 10)
#define NIMBLE_CTL_MAX_OUT (256u << 10)
#define NIMBLE_NAME_BYTES 32
#define NIMBLE_MESSAGE_BYTES 192

enum nimble_op {
	NIMBLE_OP_NONE = 0,
	/* in = .nx image; name; flags NIMBLE_TRUSTED. Gives ext_id. */
	NIMBLE_OP_LOAD = 1,
	/* ext_id; index = entry of its hook table or NIMBLE_ALL; order: lower
	 * runs first where several are on one hook. */
	NIMBLE_OP_ATTACH = 2,
	NIMBLE_OP_DETACH = 3, /* ext_id; index or NIMBLE_ALL */
	NIMBLE_OP_REMOVE = 4, /* ext_id; detaches first */
	NIMBLE_OP_LIST = 5, /* out = struct nimble_info[] */
	NIMBLE_OP_SHOW = 6, /* ext_id; out = struct nimble_detail */
	NIMBLE_OP_MAPS = 7, /* ext_id; out = struct nimble_map_info[] */
	NIMBLE_OP_MAP_LOOKUP = 8, /* ext_id, index = map; in = key; out = value */
	NIMBLE_OP_MAP_UPDATE = 9, /* ext_id, index; in = key, then value */
	NIMBLE_OP_MAP_DELETE = 10, /* ext_id, index; in = key */
	/* ext_id, index; in = key, or empty for the first; out = next key;
	 * -ENOENT at the end. */
	NIMBLE_OP_MAP_NEXT = 11,
};

#define NIMBLE_TRUSTED 0x1 /* LOAD: unchecked, trusted helpers; ioctl only */
#define NIMBLE_ALL 0xffffffffU

struct nimble_ctl {
	uint32_t version; /* user: NIMBLE_CTL_VERSION */
	uint32_t instance; /* user: N of /dev/lwkN; 0 in the system call */
	uint32_t op; /* user: enum nimble_op */
	uint32_t flags; /* user */
	uint32_t ext_id; /* user; LWK for LOAD */
	uint32_t index; /* user */
	int32_t order; /* user */
	uint32_t pad;
	uint64_t in; /* user: address; module: offset in the window */
	uint64_t in_bytes; /* user */
	uint64_t out; /* user: address; module: offset in the window */
	uint64_t out_bytes; /* user */
	uint64_t out_used; /* LWK */
	char name[NIMBLE_NAME_BYTES]; /* user */
	char message[NIMBLE_MESSAGE_BYTES]; /* LWK */
};
LWK_STATIC_ASSERT_SIZE(struct nimble_ctl, 296);

#endif
