/* SPDX-License-Identifier: MIT */
/* For programs that print a line for each call, the same on Linux and on the LWK. */
#ifndef TESTS_LWK_SAY_H
#define TESTS_LWK_SAY_H

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* What a call gave: its error's text where it is negative, or its number. */
static inline void say(const char *what, long ret)
{
	if (ret < 0)
		printf("%s: %s\n", what, strerror(errno));
	else
		printf("%s: %ld\n", what, ret);
	fflush(stdout);
}

#endif
