/* SPDX-License-Identifier: MIT */
/* Error numbers, for schedulers of Linux's sched_ext. */
#ifndef EXT_LIB_SCX_ERRNO_H
#define EXT_LIB_SCX_ERRNO_H

#include "nimble/abi/errno.h"

#define ESRCH 3
#define EINTR 4
#define ENODEV 19
#define ETIMEDOUT 110

#endif
