/* SPDX-License-Identifier: MIT */
/* A scheduler's own copy of how it ended, in a variable that tools can read. */
#ifndef EXT_LIB_SCX_USER_EXIT_INFO_H
#define EXT_LIB_SCX_USER_EXIT_INFO_H

#include "bpf/bpf_core_read.h"

enum uei_sizes {
	UEI_REASON_LEN = 128,
	UEI_MSG_LEN = 1024,
	UEI_DUMP_DFL_LEN = NIMBLE_EXIT_DUMP_BYTES,
};

struct user_exit_info {
	int kind;
	s64 exit_code;
	char reason[UEI_REASON_LEN];
	char msg[UEI_MSG_LEN];
};

/* The dump is in the policy's exit record. */
#define UEI_DEFINE(name) struct user_exit_info name
#define UEI_RECORD(name, from)                                                 \
	({                                                                     \
		bpf_probe_read_kernel_str(                                     \
			(name).reason, sizeof((name).reason), (from)->reason); \
		bpf_probe_read_kernel_str((name).msg, sizeof((name).msg),      \
					  (from)->msg);                        \
		(name).exit_code = (from)->exit_code;                          \
		(void)__sync_val_compare_and_swap(&(name).kind, 0,             \
						  (from)->kind);               \
	})

#endif
