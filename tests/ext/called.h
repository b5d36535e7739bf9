/* SPDX-License-Identifier: MIT */
/* args[0] of a direct call, for a program and called.c. */
#ifndef TESTS_EXT_CALLED_H
#define TESTS_EXT_CALLED_H

enum {
	CALLED_STORE, /* args[2] under args[1], in array and hash */
	CALLED_RECORD, /* args[1] into the ring */
	CALLED_SHARE, /* args[2] at offset args[1] of the arena */
	CALLED_SERVICE, /* args[2] = what adder says of args[1..3] */
	CALLED_WHO, /* args[1] = task, args[2] = process */
	CALLED_READ, /* args[2] = what lies at args[1] */
	CALLED_FOR_EVER,
	CALLED_NOTHING,
};

#endif
