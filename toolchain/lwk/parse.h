/* SPDX-License-Identifier: MIT */
/* Values on the command line. All return 0, or -1 where the text is none. */
#ifndef LWK_PARSE_H
#define LWK_PARSE_H

#include <stdint.h>

#include "kernel/abi/ioctl.h"
#include "toolchain/common/cli.h" /* parse_number() */

#define PARSE_MAX_CPU (LWK_CPUMASK_WORDS * 64)

/* Bytes: a decimal number, and K, M, G or T for powers of 1,024 (KiB and kB are
 * accepted as the same). Not 0. */
int parse_size(const char *text, uint64_t *bytes);
/* CPUs as 1-3,5: numbers and ranges, not empty. */
int parse_cpus(const char *text, uint64_t mask[LWK_CPUMASK_WORDS]);

/* The opposite; the texts are cut to `room`. */
void format_size(uint64_t bytes, char *text, int room);
void format_cpus(const uint64_t mask[LWK_CPUMASK_WORDS], char *text, int room);
unsigned int count_cpus(const uint64_t mask[LWK_CPUMASK_WORDS]);

#endif
