/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The log ring: text that the LWK writes and Linux reads.
 *
 * `written` counts all bytes ever written; byte n stands at text[n % size].
 * Writers (any CPU, any context) are serialised by a lock of the LWK's, write
 * the text, then `written` with release. A reader copies, reads `written`
 * again with acquire, and drops what may have been overwritten meanwhile. A
 * record is one line: "[seconds.microseconds] CPU N: text\n", with the time of Linux's
 * CLOCK_MONOTONIC and Linux's number of the CPU. A kernel address
 * is printed as <0xffffffff8....>; `lwk log` adds symbol and line.
 */
#ifndef LWK_ABI_LOG_H
#define LWK_ABI_LOG_H

#include "kernel/abi/types.h"

#define LWK_LOG_MAGIC 0x4c574b4cU /* "LWKL" */

struct lwk_log {
	uint32_t magic; /* module */
	uint32_t size; /* module: bytes of text[], a power of two */
	uint64_t written; /* LWK */
	uint64_t pad[6];
	char text[];
};
LWK_STATIC_ASSERT_SIZE(struct lwk_log, 64);

#endif
