/* SPDX-License-Identifier: MIT */
/* How the proxy appears on Linux: under the program's name and arguments, as ps,
 * pgrep and the program itself (/proc/self/comm, cmdline) expect. */
#ifndef PROXY_TITLE_H
#define PROXY_TITLE_H

#include <stdint.h>

/* path: the program's; argv: its arguments, which are the last of the
 * proxy's own. Where Linux does not allow the change, the proxy's command
 * line stays. */
void title_set(const char *path, char **argv);

/* The same after an execve() on the LWK. The application's memory has `bytes` bytes of
 * strings, one after another: path and arguments. */
void title_take(uint64_t strings, uint64_t bytes);

#endif
