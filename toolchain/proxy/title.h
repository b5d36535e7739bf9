/* SPDX-License-Identifier: MIT */
/* How the proxy appears on Linux: under the program's name, arguments and environment, as
 * ps, pgrep and the program itself (/proc/self/cmdline, environ) expect. */
#ifndef PROXY_TITLE_H
#define PROXY_TITLE_H

#include <stdint.h>

/* path: the program's; argv: its arguments, which are the last of the
 * proxy's own. Where Linux does not allow the change, the proxy's command
 * line stays. */
void title_set(const char *path, char **argv);

/* After an execve() on the LWK: the same of `bytes` of strings of the application, one
 * after another: path and arguments, which are arguments_bytes of them, and environment. */
void title_take(uint64_t strings, uint64_t bytes, uint64_t arguments_bytes);

/* The program gives itself another name, which is at that address. 0 or -errno. */
int64_t title_rename(uint64_t name);

#endif
