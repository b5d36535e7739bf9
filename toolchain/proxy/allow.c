// SPDX-License-Identifier: MIT
/* The table of calls that a worker may make; see allow.h. */
#include "toolchain/proxy/allow.h"

#define CALLS 512

/* Calls that the LWK serves itself, and still sends to Linux in some cases:
 * time where Linux's clock is not the TSC, limits of other processes, signals to
 * them. getrusage() and times() give what the proxy
 * used, which is the application's share of Linux. Who the process is, and times, where an
 * extension wants Linux to be asked. */
#define PROXY_ALSO(X)                                      \
	X(39, "") /* getpid */                             \
	X(102, "") /* getuid */                            \
	X(104, "") /* getgid */                            \
	X(107, "") /* geteuid */                           \
	X(108, "") /* getegid */                           \
	X(110, "") /* getppid */                           \
	X(62, "--") /* kill */                             \
	X(96, "oo") /* gettimeofday */                     \
	X(98, "-o") /* getrusage */                        \
	X(100, "o") /* times */                            \
	X(129, "--i") /* rt_sigqueueinfo */                \
	X(140, "--") /* getpriority, of others */          \
	X(141, "---") /* setpriority, of others */         \
	X(142, "-i") /* sched_setparam, of others */       \
	X(143, "-o") /* sched_getparam */                  \
	X(144, "--i") /* sched_setscheduler */             \
	X(145, "-") /* sched_getscheduler */               \
	X(148, "-o") /* sched_rr_get_interval */           \
	X(157, "-----") /* prctl, some */                  \
	X(201, "o") /* time */                             \
	X(203, "--i") /* sched_setaffinity, of others */   \
	X(204, "--o") /* sched_getaffinity */              \
	X(228, "-o") /* clock_gettime */                   \
	X(229, "-o") /* clock_getres */                    \
	X(234, "---") /* tgkill */                         \
	X(297, "---i") /* rt_tgsigqueueinfo */             \
	X(302, "--io") /* prlimit64, of another process */ \
	X(314, "-i-") /* sched_setattr, of others */       \
	X(315, "-o--") /* sched_getattr */

/* The same of calls that may block. */
#define PROXY_ALSO_BLOCKING(X) X(202, "b--ib-") /* futex in Linux's memory */

#define LWK_CLASS_NEVER true
#define LWK_CLASS_RESTART false
#define LWK_CLASS_EINTR false

#define LOCAL(number, name, letters)
#define ABSENT(number, name, error)
#define DELEGATED(number, name, restart, letters) \
	[number] = {letters, LWK_CLASS_##restart},
#define ALSO(number, letters) [number] = {letters, true},
#define ALSO_BLOCKING(number, letters) [number] = {letters, false},

static const struct allowed_call table[CALLS] = {
#include "kernel/abi/syscall.def"
	PROXY_ALSO(ALSO) PROXY_ALSO_BLOCKING(ALSO_BLOCKING)};

static const struct allowed_call refused;

const struct allowed_call *allow_call(uint64_t nr)
{
	return nr < CALLS ? &table[nr] : &refused;
}
