/* SPDX-License-Identifier: MIT */
/* Opening an image: every field is distrusted before anything uses it. */
/*
 * After nimble_image_open() the sections lie inside the copy, counts are
 * within their limits, string offsets are inside the strings and those end
 * with a NUL, tables that must be sorted are. What the code does with all of
 * it is check.c's business.
 */
#include "nimble/core/priv.h"

int nimble_refuse(struct nimble_diag *diag, int error, const char *format, ...)
{
	va_list args;

	diag->error = -error;
	diag->insn = NIMBLE_NO_INSN;
	diag->line = 0;
	diag->file[0] = 0;
	va_start(args, format);
	nimble_vformat(diag->message, sizeof(diag->message), format, args);
	va_end(args);
	return -error;
}

void nimble_diag_at(const struct nimble_image *image, struct nimble_diag *diag,
		    uint32_t insn)
{
	const char *file;

	diag->insn = insn;
	if (!nimble_image_line(image, insn, &file, &diag->line))
		nimble_format(diag->file, sizeof(diag->file), "%s", file);
}

int nimble_refuse_at(const struct nimble_image *image, struct nimble_diag *diag,
		     uint32_t insn, const char *format, ...)
{
	va_list args;

	nimble_refuse(diag, EINVAL, "");
	nimble_diag_at(image, diag, insn);
	va_start(args, format);
	nimble_vformat(diag->message, sizeof(diag->message), format, args);
	va_end(args);
	return -EINVAL;
}

static const struct section_rule {
	const char *name;
	uint32_t item;
	uint32_t most; /* items */
} section_rules[NX_SECTIONS] = {
	[NX_SEC_CODE] = {"code", sizeof(struct nx_insn), NX_MAX_INSNS},
	[NX_SEC_RODATA] = {"read-only data", 1, NX_MAX_DATA},
	[NX_SEC_DATA] = {"data", 1, NX_MAX_DATA},
	[NX_SEC_RELOCS] = {"relocation", sizeof(struct nx_reloc), 65536},
	[NX_SEC_MAPS] = {"map", sizeof(struct nx_map), NX_MAX_MAPS},
	[NX_SEC_HOOKS] = {"hook", sizeof(struct nx_hook), NX_MAX_HOOKS},
	[NX_SEC_IMPORTS] = {"import", sizeof(struct nx_import), NX_MAX_IMPORTS},
	[NX_SEC_FUNCS] = {"function", sizeof(struct nx_func), NX_MAX_FUNCS},
	[NX_SEC_LINES] = {"line", sizeof(struct nx_line), 4 * NX_MAX_INSNS},
	[NX_SEC_STRINGS] = {"string", 1, 1 << 20},
	[NX_SEC_POLICY] = {"policy", sizeof(struct nimble_policy), 1},
	[NX_SEC_OBJECTS] = {"object", sizeof(struct nx_object), 65536},
	[NX_SEC_REFS] = {"reference", sizeof(struct nx_ref), NX_MAX_INSNS},
};

static int check_section(const struct nx_header *header, unsigned int id,
			 struct nimble_diag *diag)
{
	const struct section_rule *rule = &section_rules[id];
	const struct nx_section *section = &header->section[id];

	if (section->offset % 8)
		return nimble_refuse(diag, ENOEXEC,
				     "the %s section is not aligned to 8 bytes",
				     rule->name);
	if (section->bytes && section->offset < sizeof(*header))
		return nimble_refuse(diag, ENOEXEC,
				     "the %s section overlaps the header",
				     rule->name);
	if (section->offset > header->total_bytes ||
	    section->bytes > header->total_bytes - section->offset)
		return nimble_refuse(diag, ENOEXEC,
				     "the %s section ends outside the image",
				     rule->name);
	if (section->bytes % rule->item)
		return nimble_refuse(diag, ENOEXEC,
				     "the %s section has half an entry",
				     rule->name);
	if (section->bytes / rule->item > rule->most)
		return nimble_refuse(diag, E2BIG,
				     "the %s section has more than %u entries",
				     rule->name, rule->most);
	return 0;
}

static int check_header(const struct nx_header *header, size_t count,
			struct nimble_diag *diag)
{
	unsigned int id;
	int error;

	if (count < sizeof(*header))
		return nimble_refuse(diag, ENOEXEC,
				     "the image ends inside its header");
	if (header->magic != NX_MAGIC)
		return nimble_refuse(diag, ENOEXEC, "this is no .nx image");
	if (header->version != NX_VERSION)
		return nimble_refuse(
			diag, ENOEXEC,
			"image version %u; this engine takes version %u",
			header->version, NX_VERSION);
	if (header->header_bytes != sizeof(*header))
		return nimble_refuse(diag, ENOEXEC,
				     "the header says it has %u bytes, not %u",
				     header->header_bytes,
				     (unsigned int)sizeof(*header));
	if (header->total_bytes != count)
		return nimble_refuse(diag, ENOEXEC,
				     "the image has %u bytes but says %u",
				     (unsigned int)count, header->total_bytes);
	if (header->flags)
		return nimble_refuse(diag, ENOEXEC, "unknown flags %x",
				     header->flags);
	if (header->frame_bytes < 16 || header->frame_bytes > NX_MAX_FRAME ||
	    header->frame_bytes % 16)
		return nimble_refuse(
			diag, ENOEXEC,
			"%u bytes of stack frame: want 16 to %u, by 16",
			header->frame_bytes, NX_MAX_FRAME);
	for (id = 0; id < NX_SECTIONS; id++) {
		error = check_section(header, id, diag);
		if (error)
			return error;
	}
	if (header->bss_bytes > NX_MAX_DATA)
		return nimble_refuse(diag, E2BIG, "bss is larger than %u bytes",
				     NX_MAX_DATA);
	return 0;
}

static const void *section(const struct nimble_image *image, unsigned int id,
			   uint32_t *items)
{
	const struct nx_section *found = &image->header->section[id];

	*items = found->bytes / section_rules[id].item;
	return (const uint8_t *)image->copy + found->offset;
}

static void find_sections(struct nimble_image *image)
{
	image->code = section(image, NX_SEC_CODE, &image->insns);
	image->rodata = section(image, NX_SEC_RODATA, &image->rodata_bytes);
	image->data = section(image, NX_SEC_DATA, &image->data_bytes);
	image->relocs = section(image, NX_SEC_RELOCS, &image->nrelocs);
	image->maps = section(image, NX_SEC_MAPS, &image->nmaps);
	image->hooks = section(image, NX_SEC_HOOKS, &image->nhooks);
	image->imports = section(image, NX_SEC_IMPORTS, &image->nimports);
	image->funcs = section(image, NX_SEC_FUNCS, &image->nfuncs);
	image->lines = section(image, NX_SEC_LINES, &image->nlines);
	image->strings = section(image, NX_SEC_STRINGS, &image->strings_bytes);
	image->policy = section(image, NX_SEC_POLICY, &image->npolicies);
}

static bool string_ok(const struct nimble_image *image, uint32_t offset)
{
	return offset < image->strings_bytes;
}

static int check_names(const struct nimble_image *image,
		       struct nimble_diag *diag)
{
	bool ok = string_ok(image, image->header->name) &&
		  string_ok(image, image->header->licence);
	uint32_t i;

	for (i = 0; i < image->nmaps; i++)
		ok &= string_ok(image, image->maps[i].name);
	for (i = 0; i < image->nhooks; i++)
		ok = ok && string_ok(image, image->hooks[i].hook) &&
		     string_ok(image, image->hooks[i].function);
	for (i = 0; i < image->nimports; i++)
		ok = ok && string_ok(image, image->imports[i].name) &&
		     string_ok(image, image->imports[i].signature);
	for (i = 0; i < image->nfuncs; i++)
		ok &= string_ok(image, image->funcs[i].name);
	for (i = 0; i < image->nlines; i++)
		ok &= string_ok(image, image->lines[i].file);
	return ok ? 0
		  : nimble_refuse(diag, ENOEXEC,
				  "a name lies outside the strings");
}

static int check_tables(const struct nimble_image *image,
			struct nimble_diag *diag)
{
	uint32_t i;

	if (!image->insns)
		return nimble_refuse(diag, ENOEXEC, "the image has no code");
	if (!image->strings_bytes || image->strings[0] ||
	    image->strings[image->strings_bytes - 1])
		return nimble_refuse(diag, ENOEXEC,
				     "the strings do not start and end with 0");
	for (i = 0; i < image->nhooks; i++)
		if (image->hooks[i].insn >= image->insns)
			return nimble_refuse(diag, ENOEXEC,
					     "hook %u starts outside the code",
					     i);
	for (i = 0; i < image->nfuncs; i++)
		if (image->funcs[i].insn >= image->insns ||
		    (i && image->funcs[i].insn < image->funcs[i - 1].insn))
			return nimble_refuse(diag, ENOEXEC,
					     "function %u is out of order", i);
	for (i = 0; i < image->nlines; i++)
		if (image->lines[i].insn >= image->insns ||
		    (i && image->lines[i].insn < image->lines[i - 1].insn))
			return nimble_refuse(diag, ENOEXEC,
					     "line entry %u is out of order",
					     i);
	return check_names(image, diag);
}

int nimble_image_open(struct nimble_image *image, const void *bytes,
		      size_t count, struct nimble_diag *diag)
{
	struct nx_header header;
	int error;

	if (count >= sizeof(header))
		memcpy(&header, bytes, sizeof(header));
	error = check_header(&header, count, diag);
	if (error)
		return error;
	image->copy_bytes = count;
	image->copy = nimble_port_alloc(count);
	if (!image->copy)
		return nimble_refuse(diag, ENOMEM, "no memory for the image");
	memcpy(image->copy, bytes, count);
	/* The bytes may have changed since they were checked. */
	memcpy(image->copy, &header, sizeof(header));
	image->header = image->copy;
	find_sections(image);
	error = check_tables(image, diag);
	if (error)
		nimble_image_close(image);
	return error;
}

void nimble_image_close(struct nimble_image *image)
{
	if (image->copy)
		nimble_port_free(image->copy, image->copy_bytes);
	image->copy = NULL;
}

int nimble_image_line(const struct nimble_image *image, uint32_t insn,
		      const char **file, uint32_t *line)
{
	uint32_t low = 0, high = image->nlines;

	/* The last entry at or before insn. */
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (image->lines[middle].insn <= insn)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return -ENOENT;
	*file = image->strings + image->lines[low - 1].file;
	*line = image->lines[low - 1].line;
	return 0;
}
