/* SPDX-License-Identifier: MIT */
/* Which CPUs of an LWK hang. */
#ifndef LWK_HEALTH_H
#define LWK_HEALTH_H

#include <jansson.h>

#include "toolchain/lwk/lwk.h"

struct health {
	unsigned int count; /* of CPUs that handle no messages */
	struct lwk_cpu_entry cpu[LWK_MAX_CPUS];
};

/* Asks the CPUs of a running instance, which may take seconds where some hang. Returns
 * how many hang; 0, too, where they cannot be asked. */
unsigned int health_ask(unsigned int instance, struct health *h);

/* A line for each of them. */
void health_print(const struct options *o, unsigned int instance,
		  const struct health *h);
json_t *health_json(const struct health *h);

#endif
