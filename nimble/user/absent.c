/* SPDX-License-Identifier: MIT */
/* Helpers of the host that this program does not have, unless another file defines them:
 * -EPERM from those that say how it went, 0 from the others. */
#include "nimble/port.h"

#define RESULT_e ((uint64_t)(int64_t)-EPERM)
#define RESULT_i 0
#define RESULT_p 0
#define ABSENT_ENGINE(name, result)
#define ABSENT_HOST(name, result)                                             \
	__attribute__((weak)) uint64_t nimble_host_##name(NIMBLE_HELPER_ARGS) \
	{                                                                     \
		return result;                                                \
	}
#define HELPER(name, r, a, b, c, d, e, levels, who, supplier, what) \
	ABSENT_##supplier(name, RESULT_##r)
#include "nimble/abi/helpers.def"
