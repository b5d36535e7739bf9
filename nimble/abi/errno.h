/* SPDX-License-Identifier: MIT */
/* The error numbers Nimble returns, negated; Linux's values, all of them. */
#ifndef NIMBLE_ABI_ERRNO_H
#define NIMBLE_ABI_ERRNO_H

#ifndef EPERM
#define EPERM 1
#define ENOENT 2
#define EINTR 4
#define EIO 5
#define E2BIG 7
#define ENOEXEC 8
#define EAGAIN 11
#define ENOMEM 12
#define EACCES 13
#define EFAULT 14
#define EBUSY 16
#define EEXIST 17
#define ENODEV 19
#define EINVAL 22
#define ENOSPC 28
#define ERANGE 34
#define EDEADLK 35
#define ENOSYS 38
#define EOPNOTSUPP 95
#define ETIMEDOUT 110
#endif

#endif
