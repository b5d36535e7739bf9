/* SPDX-License-Identifier: MIT */
/* What an image imports: helpers by name, their signatures, and trust. */
#include "nimble/core/priv.h"

static bool may_import(const struct nimble_ext *ext,
		       const struct nimble_helper *helper)
{
	const struct nimble_load_options *o = &ext->options;

	return helper->app_allowed || o->trusted ||
	       (o->granted && o->granted(helper->name, o->owner));
}

/* Look a helper up and check that this extension may import it. */
static int import_helper(struct nimble_ext *ext, uint32_t index,
			 struct nimble_diag *diag)
{
	const struct nx_import *import = &ext->image.imports[index];
	const char *name = ext->image.strings + import->name;
	const char *signature = ext->image.strings + import->signature;
	const struct nimble_helper *helper;

	if (!*name)
		return 0;
	helper = nimble_helper_by_name(name);
	if (!helper)
		return nimble_refuse(diag, ENOENT, "there is no helper %s",
				     name);
	if (*signature && !nimble_same(signature, helper->signature))
		return nimble_refuse(
			diag, EINVAL,
			"helper %s has the signature %s here; the image was "
			"built for %s",
			name, helper->signature, signature);
	if (!may_import(ext, helper))
		return nimble_refuse(diag, EPERM,
				     "helper %s is for trusted extensions only",
				     name);
	ext->imports[index] = helper;
	return 0;
}

/* The first call of an import, or NIMBLE_NO_INSN. The code has not been checked
 * yet, but which slots say "call" can be seen in any. */
static uint32_t first_call(const struct nimble_image *image, uint32_t import)
{
	uint32_t i;

	for (i = 0; i < image->insns; i++)
		if (nimble_calls_helper(&image->code[i]) &&
		    (uint32_t)image->code[i].imm == import)
			return i;
	return NIMBLE_NO_INSN;
}

static int import_one(struct nimble_ext *ext, uint32_t index,
		      struct nimble_diag *diag)
{
	int error = import_helper(ext, index, diag);
	uint32_t call = error ? first_call(&ext->image, index) : NIMBLE_NO_INSN;

	if (call != NIMBLE_NO_INSN)
		nimble_diag_at(&ext->image, diag, call);
	return error;
}

int nimble_import(struct nimble_ext *ext, struct nimble_diag *diag)
{
	uint32_t i;
	int error = 0;

	for (i = 0; i < ext->image.nimports && !error; i++)
		error = import_one(ext, i, diag);
	return error;
}
