/* SPDX-License-Identifier: MIT */
/* Signals of the proxy: forwarded to the application, whose signals they are.
 *
 *   manager   all that can be caught; the handler sends them to the LWK
 *   workers   blocked, but for those that Linux raises for a call itself
 *             (SIGPIPE, SIGXFSZ: forwarded; SIGTTIN, SIGTTOU: left to stop the
 *             process, as they must not be blocked for Linux to raise them) and
 *             for faults in proxy_copy()
 *
 * What was ignored or blocked when the proxy started (nohup, the shell's children
 * in the background) the program inherits on the LWK; the proxy forwards all the
 * same, as the program may change its mind.
 *
 * SIGTSTP is forwarded, then stops the proxy; the same for SIGCONT after it has
 * gone on. So the shell sees a stopped job, and the application stops at its
 * next delegated call, as with SIGSTOP, SIGTTIN and SIGTTOU; what it computes
 * until then goes on. An application that handles SIGTSTP itself is
 * stopped like any other. When a job that was stopped by reading in the background
 * is continued, it reads again at once, and may stop again before a signal that
 * was sent meanwhile (by a shell's `kill %1`) has reached it: the next SIGCONT
 * lets it. The application's own disposition of SIGTTIN and
 * SIGTTOU is not known here: it counts as the default.
 */
#ifndef PROXY_SIGNALS_H
#define PROXY_SIGNALS_H

#include <stdint.h>

/* Signals that are ignored and blocked, before signals_init() changes it. */
void signals_inherited(uint64_t *ignored, uint64_t *blocked);

/* Before threads and processes exist: installs the handlers, blocks all. */
void signals_init(void);
/* The calling thread becomes the manager: unblocks. */
void signals_manager(void);
/* The calling thread becomes a worker. */
void signals_worker(void);

/* The application has set the action (enum lwk_signal_action) of a signal: where Linux
 * looks at it, it becomes the proxy's. 0 or -EINVAL. */
int signals_mirror(uint64_t signal, uint64_t action);
/* A new program: these are ignored, all others have the default action. */
void signals_mirror_all(uint64_t ignored);

/* For the manager, now and then: sends what the LWK could not take. */
void signals_retry(void);

/* Ends the proxy as the signal ends a process, without a core file of its own;
 * 128 + signal as exit status where it does not end one. */
_Noreturn void signals_die(int signal);

#endif
