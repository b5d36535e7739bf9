/* SPDX-License-Identifier: MIT */
/* What ext/app/active.c and its programs agree on: the arguments of a direct call.
 *
 *	args[0]  what: enum active_operation
 *	args[1]  of one word: whose (a rank); of a collective: the caller's own rank
 *	args[2]  of one word: its byte in that rank's piece of the arena "memory"; of a
 *		 collective: how many ranks there are
 *	args[3]  the value; what was found, or the sum, afterwards
 *	args[4]  0 afterwards, or what is wrong (-errno)
 *	args[5]  0; a call that a signal has ended is made again as it was left
 */
#ifndef EXT_APP_ACTIVE_H
#define EXT_APP_ACTIVE_H

enum active_operation {
	ACTIVE_PUT = 1, /* store a word */
	ACTIVE_GET, /* read one */
	ACTIVE_ADD, /* add to one; what was there before */
	ACTIVE_POST, /* store a word, and do not wait until it is */
	ACTIVE_SUM, /* all ranks come, and each gets the sum of their values */
};

/* Rank r is served by CPU r (as the LWK numbers them), and owns this piece. */
#define ACTIVE_RANKS 16
#define ACTIVE_BYTES 4096

#endif
