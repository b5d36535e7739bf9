// SPDX-License-Identifier: MIT
/* Symbols by libelf, lines by libdw; see symbols.h. */
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <gelf.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/abi/layout.h"
#include "toolchain/lwk/symbols.h"

struct symbol {
	uint64_t address, bytes;
	const char *name;
};

struct symbols {
	Elf *elf;
	Dwarf *dwarf; /* NULL: no debugging information */
	struct symbol *symbol; /* sorted by address */
	size_t count;
};

/* ---- Opening ----------------------------------------------------------- */

static int by_address(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	return (x->address > y->address) - (x->address < y->address);
}

static int is_code_or_data(const GElf_Sym *sym)
{
	unsigned int type = GELF_ST_TYPE(sym->st_info);

	return sym->st_shndx != SHN_UNDEF && sym->st_shndx != SHN_ABS &&
	       (type == STT_FUNC || type == STT_NOTYPE || type == STT_OBJECT);
}

/* Assembly gives no sizes: such a symbol extends to the end of its section. */
static uint64_t size_of(Elf *elf, const GElf_Sym *sym)
{
	Elf_Scn *section = elf_getscn(elf, sym->st_shndx);
	GElf_Shdr head;
	uint64_t end;

	if (sym->st_size || !section || !gelf_getshdr(section, &head))
		return sym->st_size;
	end = head.sh_addr + head.sh_size;
	return sym->st_value < end ? end - sym->st_value : 0;
}

static int read_table(struct symbols *symbols, Elf_Scn *section,
		      const GElf_Shdr *head)
{
	Elf_Data *data = elf_getdata(section, NULL);
	size_t count;
	GElf_Sym sym;

	if (!data || !head->sh_entsize)
		return -1;
	count = head->sh_size / head->sh_entsize;
	symbols->symbol = calloc(count, sizeof(*symbols->symbol));
	if (!symbols->symbol)
		return -1;
	for (size_t i = 0; i < count && gelf_getsym(data, i, &sym); i++) {
		const char *name =
			elf_strptr(symbols->elf, head->sh_link, sym.st_name);

		if (name && *name && is_code_or_data(&sym))
			symbols->symbol[symbols->count++] =
				(struct symbol){sym.st_value,
						size_of(symbols->elf, &sym),
						name};
	}
	qsort(symbols->symbol, symbols->count, sizeof(*symbols->symbol),
	      by_address);
	return 0;
}

static int read_symbols(struct symbols *symbols)
{
	Elf_Scn *section = NULL;
	GElf_Shdr head;

	while ((section = elf_nextscn(symbols->elf, section)))
		if (gelf_getshdr(section, &head) && head.sh_type == SHT_SYMTAB)
			return read_table(symbols, section, &head);
	return -1;
}

/* The image has no debugging information where a file beside it has it. */
static int open_image(const char *path)
{
	char real[PATH_MAX], full[PATH_MAX + sizeof(".debug")];
	int fd = -1;

	if (realpath(path, real)) {
		snprintf(full, sizeof(full), "%s.debug", real);
		fd = open(full, O_RDONLY | O_CLOEXEC);
	}
	return fd < 0 ? open(path, O_RDONLY | O_CLOEXEC) : fd;
}

static struct symbols *read_image(int fd)
{
	struct symbols *symbols = calloc(1, sizeof(*symbols));

	if (!symbols)
		return NULL;
	if (elf_version(EV_CURRENT) == EV_NONE)
		goto free;
	symbols->elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	if (!symbols->elf || elf_kind(symbols->elf) != ELF_K_ELF ||
	    read_symbols(symbols))
		goto end;
	symbols->dwarf = dwarf_begin_elf(symbols->elf, DWARF_C_READ, NULL);
	return symbols;
end:
	elf_end(symbols->elf);
free:
	free(symbols);
	return NULL;
}

struct symbols *symbols_open(const char *path)
{
	int fd = open_image(path);
	struct symbols *symbols = fd < 0 ? NULL : read_image(fd);

	if (fd >= 0)
		close(fd);
	return symbols;
}

/* ---- Looking up -------------------------------------------------------- */

/* The last that begins at or before the address. */
static const struct symbol *find(const struct symbols *symbols,
				 uint64_t address)
{
	size_t low = 0, high = symbols->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (symbols->symbol[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &symbols->symbol[low - 1] : NULL;
}

/* Many units of the LWK have no address ranges table, so this looks at all. */
static Dwarf_Line *find_line(Dwarf *dwarf, uint64_t address)
{
	Dwarf_CU *unit = NULL;
	Dwarf_Die die, none;
	uint8_t type;

	while (dwarf_get_units(dwarf, unit, &unit, NULL, &type, &die, &none) ==
	       0)
		if (dwarf_haspc(&die, address) == 1)
			return dwarf_getsrc_die(&die, address);
	return NULL;
}

static int describe_line(struct symbols *symbols, uint64_t address, char *text,
			 size_t room)
{
	Dwarf_Line *line = NULL;
	const char *file;
	int number = 0;

	if (symbols->dwarf)
		line = find_line(symbols->dwarf, address);
	if (!line || dwarf_lineno(line, &number))
		return 0;
	file = dwarf_linesrc(line, NULL, NULL);
	if (!file)
		return 0;
	while (strncmp(file, "./", 2) == 0)
		file += 2;
	return snprintf(text, room, " %s:%d", file, number);
}

int symbols_describe(struct symbols *symbols, uint64_t address, char *text,
		     size_t room)
{
	const struct symbol *symbol = find(symbols, address);
	uint64_t offset;
	int n;

	if (!symbol || address - symbol->address > symbol->bytes)
		return 0;
	offset = address - symbol->address;
	n = snprintf(text, room, "%s+0x%" PRIx64, symbol->name, offset);
	if (n < 0 || (size_t)n >= room)
		return n < 0 ? 0 : (int)room - 1;
	/* In a back trace addresses are behind the call that they return to. */
	n += describe_line(symbols, offset ? address - 1 : address, text + n,
			   room - n);
	return (size_t)n < room ? n : (int)room - 1;
}

/* ---- The log ----------------------------------------------------------- */

/* The length of "<0x...>" at `at`, with an address of the image; or 0. */
static size_t image_address(const char *at, uint64_t *address)
{
	char *end;

	if (strncmp(at, "<0x", 3) != 0)
		return 0;
	*address = strtoull(at + 1, &end, 16);
	if (*end != '>' || *address < LWK_IMAGE_BASE ||
	    *address >= LWK_IMAGE_BASE + LWK_IMAGE_MAX)
		return 0;
	return end + 1 - at;
}

void symbols_resolve(struct symbols *symbols, const char *line, char *text,
		     size_t room)
{
	size_t used = 0;

	while (*line && used + 1 < room) {
		uint64_t address;
		size_t bytes = symbols ? image_address(line, &address) : 0;
		int n;

		if (!bytes || used + bytes + 1 >= room) {
			text[used++] = *line++;
			continue;
		}
		memcpy(text + used, line, bytes - 1);
		used += bytes - 1;
		line += bytes - 1; /* the '>' comes last */
		text[used] = ' ';
		n = symbols_describe(symbols, address, text + used + 1,
				     room - used - 1);
		if (n)
			used += n + 1;
	}
	text[used] = 0;
}
