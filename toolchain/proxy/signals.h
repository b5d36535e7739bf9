/* SPDX-License-Identifier: MIT */
/* Signals of the proxy: forwarded to the application, whose signals they are.
 *
 *   manager   all that can be caught; the handler sends them to the LWK
 *   workers   blocked, but for those that Linux raises for a call itself
 *             (SIGPIPE, SIGXFSZ: forwarded; SIGTTIN, SIGTTOU: left to stop the
 *             process, as they must not be blocked for Linux to raise them) and
 *             for faults in proxy_copy()
 *
 * The program on the LWK inherits what was ignored or blocked when the proxy started
 * (nohup, the shell's children in the background). The proxy still forwards these
 * signals, because the program may change that.
 *
 * SIGTSTP is forwarded, then stops the proxy. SIGCONT is forwarded after the proxy has
 * gone on. So the shell sees a stopped job, and the application stops at its next
 * delegated call, as with SIGSTOP, SIGTTIN and SIGTTOU; until then it goes on computing.
 * An application that handles SIGTSTP itself is stopped like any other. When a job that
 * was stopped by reading in the background is continued, it reads again at once, and may
 * stop again before a signal that was sent meanwhile (by a shell's `kill %1`) has reached
 * it: the next SIGCONT lets it. The application's own disposition of SIGTTIN and SIGTTOU
 * is not known here: it counts as the default.
 */
#ifndef PROXY_SIGNALS_H
#define PROXY_SIGNALS_H

#include <stdint.h>

/* Signals that are ignored and blocked, before signals_init() changes it. */
void signals_inherited(uint64_t *ignored, uint64_t *blocked);

/* Installs the handlers and blocks all signals. Called before threads and
 * processes exist. */
void signals_init(void);
/* The calling thread becomes the manager: unblocks signals. */
void signals_manager(void);
/* The calling thread becomes a worker. */
void signals_worker(void);

/* The application has set the action (enum lwk_signal_action) of a signal. If Linux
 * looks at the action, the proxy takes it over. 0 or -EINVAL. */
int signals_mirror(uint64_t signal, uint64_t action);
/* A new program: these are ignored, all others have the default action. */
void signals_mirror_all(uint64_t ignored);

/* Sends the signals that the LWK could not take before. The manager calls it
 * now and then. */
void signals_retry(void);

/* Ends the proxy as the signal ends a process, without a core file of its own;
 * 128 + signal as exit status where it does not end one. */
_Noreturn void signals_die(int signal);

#endif
