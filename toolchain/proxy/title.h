/* SPDX-License-Identifier: MIT */
/* How the proxy appears on Linux: under the program's name and arguments, as ps,
 * pgrep and the program itself (/proc/self/comm, cmdline) expect. */
#ifndef PROXY_TITLE_H
#define PROXY_TITLE_H

/* path: of the program; argv: its arguments, the last of the proxy's own. Where
 * Linux does not allow it, the proxy's command line stays. */
void title_set(const char *path, char **argv);

#endif
