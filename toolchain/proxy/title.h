/* SPDX-License-Identifier: MIT */
/* How the proxy appears on Linux: under the program's name and arguments, as ps,
 * pgrep and the program itself (/proc/self/comm, cmdline) expect. */
#ifndef PROXY_TITLE_H
#define PROXY_TITLE_H

#include <stdint.h>

/* path: of the program; argv: its arguments, the last of the proxy's own. Where
 * Linux does not allow it, the proxy's command line stays. */
void title_set(const char *path, char **argv);

/* After an execve() on the LWK: the same of `bytes` of strings of the application, one
 * after another, path and arguments. */
void title_take(uint64_t strings, uint64_t bytes);

#endif
