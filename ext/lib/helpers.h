/* SPDX-License-Identifier: MIT */
/* Prototypes of the helpers; what each does stands in helpers.def. */
#ifndef EXT_LIB_HELPERS_H
#define EXT_LIB_HELPERS_H

#include "nimble/abi/mapdef.h"
#include "nimble/abi/types.h"

#define RESULT_i nx_u64
#define RESULT_a void *
#define RESULT_p void *
#define RESULT_e nx_s64
#define FIRST__ void
#define FIRST_i nx_u64
#define FIRST_m const struct nimble_map_def *
#define FIRST_r const struct nimble_map_def *
#define FIRST_q const struct nimble_map_def *
#define FIRST_b const void *
#define FIRST_w void *
#define FIRST_a void *
#define THEN__
#define THEN_i , nx_u64
#define THEN_n , nx_u64
#define THEN_k , const void *
#define THEN_V , const void *
#define THEN_W , void *
#define THEN_b , const void *
#define THEN_w , void *
#define THEN_a , void *
#define HELPER(name, r, a, b, c, d, e, levels, who, supplier, what) \
	RESULT_##r name(FIRST_##a THEN_##b THEN_##c THEN_##d THEN_##e);
#include "nimble/abi/helpers.def"
#undef HELPER

#endif
