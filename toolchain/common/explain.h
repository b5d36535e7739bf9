/* SPDX-License-Identifier: MIT */
/* Messages about what is wrong with an instance, and what to type next. The commands
 * and the proxy share them. */
#ifndef TOOLCHAIN_EXPLAIN_H
#define TOOLCHAIN_EXPLAIN_H

/* Exit statuses of the commands. */
enum {
	EXIT_USAGE = 2,
	EXIT_UNAVAILABLE = 69, /* `lwk run`: the program was not started */
	EXIT_FAILED = 70, /* the LWK failed under it */
};

#define EXPLAIN_BYTES 512

/* err: -errno of opening /dev/lwkN or of a command to it, or of a command to
 * /dev/lwk about instance N; why: what the module said, or "" or NULL. The text
 * is put into `text` and returned. */
const char *explain_instance(unsigned int instance, int err, const char *why,
			     char text[EXPLAIN_BYTES]);

/* err: of opening /dev/lwk. */
const char *explain_control(int err, char text[EXPLAIN_BYTES]);

#endif
