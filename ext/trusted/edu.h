/* SPDX-License-Identifier: MIT */
/* What the driver edu.c and programs agree on: arguments of its direct call.
 *
 *	args[0]		enum edu_request
 *	args[1]...	see there; results come back in args[1], too
 *	args[0] on return: 0, or -errno: ENODEV: there is no such device; EINVAL; EFAULT:
 *			memory of the program that it has not touched before; ETIMEDOUT
 */
#ifndef EXT_TRUSTED_EDU_H
#define EXT_TRUSTED_EDU_H

#define EDU_BYTES 2048 /* of one transfer, at most */
#define EDU_ROOM 4095 /* of the device's own memory, that can be used */

enum edu_request {
	EDU_IDENTIFY, /* args[1] = what it says it is */
	EDU_INVERT, /* args[1] = ~args[1], of 32 bits: is it alive? */
	EDU_FACTORIAL, /* args[1] = args[1]!, modulo 2^32; sleeps meanwhile */
	/* args[1] = address in the program, args[2] = bytes, args[3] = offset in the
	 * device's memory; sleeps until the device has copied them. */
	EDU_WRITE,
	EDU_READ,
	EDU_INTERRUPTS, /* args[1] = how many interrupts it has handled */
	EDU_RAISE, /* have it interrupt, for nothing */
};

#endif
