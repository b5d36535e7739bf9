// SPDX-License-Identifier: MIT
/* Grants; see libnimble.h. */
#include <stdlib.h>

#include "libnimble/libnimble_priv.h"

static int change(struct libnimble *n, uint32_t op, uint32_t id,
		  const struct nimble_grant *what)
{
	struct nimble_ctl ctl = {
		.op = op,
		.ext_id = id,
		.in = (uintptr_t)what,
		.in_bytes = sizeof(*what),
	};

	return nimble_send(n, &ctl);
}

int libnimble_grant(struct libnimble *n, uint32_t id,
		    const struct nimble_grant *what)
{
	return change(n, NIMBLE_OP_GRANT, id, what);
}

int libnimble_revoke(struct libnimble *n, uint32_t id,
		     const struct nimble_grant *what)
{
	return change(n, NIMBLE_OP_REVOKE, id, what);
}

int libnimble_grants(struct libnimble *n, uint32_t id,
		     struct nimble_grant **list, size_t *count)
{
	struct nimble_ctl ctl = {.op = NIMBLE_OP_GRANTS, .ext_id = id};
	struct nimble_grant *out;
	void *answer;
	size_t used;
	int err = nimble_receive(n, &ctl, &answer, &used);

	*list = NULL;
	*count = 0;
	if (err)
		return err;
	out = answer;
	*count = used / sizeof(*out);
	for (size_t i = 0; i < *count; i++)
		out[i].name[NIMBLE_NAME_BYTES - 1] = 0;
	if (*count)
		*list = out;
	else
		free(out);
	return 0;
}
