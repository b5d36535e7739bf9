/* SPDX-License-Identifier: MIT */
/* A directory for what a program needs only while it runs. */
#ifndef TOOLCHAIN_NIMBLE_SUPERVISE_H
#define TOOLCHAIN_NIMBLE_SUPERVISE_H

/*
 * Go on in a child, in which TMPDIR is a directory of its own; the parent stays behind,
 * waits for it and all that it starts, removes the directory, and ends as the child did:
 * by its status, or by its signal. SIGHUP, SIGINT and SIGTERM to the parent end them all
 * first. Returns, in the child, the directory. The messages of failures begin with
 * `prog`; exit status 1 then. The caller is the only thread.
 */
const char *supervised_directory(const char *prog);

#endif
