/* SPDX-License-Identifier: MIT */
/* nimble-dis: source, eBPF and threaded code of an image, side by side. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nimble/user/user.h"
#include "toolchain/nimble/disasm.h"
#include "toolchain/nimble/file.h"

static const char usage[] =
	"usage: nimble-dis [OPTION]... FILE.nx\n"
	"Show an image: its source lines, eBPF instructions, and the cells of\n"
	"threaded code that they become. A cell that several instructions "
	"share\n"
	"is a superinstruction; its steps are joined by '+'.\n"
	"\n"
	"  --engine checked|unchecked   (default: checked)\n"
	"  --source DIR                 where source files are (default: .)\n"
	"  --no-cells                   without the threaded code\n"
	"  --no-super                   translate without superinstructions\n"
	"  --help                       this text\n";

struct options {
	const char *image, *source;
	struct nimble_load_options load;
	bool no_cells;
};

static enum nimble_engine engine_by_name(const char *name)
{
	if (!strcmp(name, "checked"))
		return NIMBLE_ENGINE_CHECKED;
	if (!strcmp(name, "unchecked"))
		return NIMBLE_ENGINE_UNCHECKED;
	fprintf(stderr, "nimble-dis: no engine %s: checked or unchecked\n",
		name);
	exit(2);
}

static void parse(struct options *options, int argc, char **argv)
{
	static const struct option longs[] = {
		{"engine", 1, 0, 'e'},	 {"source", 1, 0, 's'},
		{"no-cells", 0, 0, 'c'}, {"no-super", 0, 0, 'n'},
		{"help", 0, 0, 'h'},	 {0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", longs, NULL)) >= 0) {
		switch (option) {
		case 'e':
			options->load.engine = engine_by_name(optarg);
			break;
		case 's':
			options->source = optarg;
			break;
		case 'c':
			options->no_cells = true;
			break;
		case 'n':
			options->load.no_superinstructions = true;
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		default:
			fputs("Try nimble-dis --help\n", stderr);
			exit(2);
		}
	}
	options->image = argv[optind];
	if (!options->image) {
		fputs("nimble-dis: no image; try nimble-dis --help\n", stderr);
		exit(2);
	}
	if (argc - optind > 1) {
		fprintf(stderr, "nimble-dis: one image, not also %s\n",
			argv[optind + 1]);
		exit(2);
	}
}

/* Print a line of a source file, if it can be found. */
static void print_source(const struct options *options, const char *file,
			 uint32_t line)
{
	char path[4096], text[512];
	uint32_t n;
	FILE *in;

	printf("; %s:%u", file, line);
	snprintf(path, sizeof(path), "%s/%s", options->source, file);
	in = fopen(path, "r");
	for (n = 0; in && n < line; n++)
		if (!fgets(text, sizeof(text), in))
			break;
	if (in && n == line)
		printf("\t%s", text + strspn(text, " \t"));
	else
		putchar('\n');
	if (in)
		fclose(in);
}

static void print_cell(const struct nimble_ext *ext, uint32_t insn)
{
	struct nimble_cell cell;
	uint32_t i;

	if (nimble_cell(ext, insn, &cell))
		return;
	if (cell.inside) {
		printf(" |    '");
		return;
	}
	printf(" | %4u %s", cell.at, cell.handler);
	for (i = 0; i + 1 < cell.words; i++)
		printf(" %" PRIx64, cell.operands[i]);
}

static void print_code(const struct options *options,
		       const struct nimble_ext *ext)
{
	uint32_t i, count, line, last = 0;
	const struct nx_insn *code = nimble_code(ext, &count);
	char text[128], file[96];

	for (i = 0; i < count; i++) {
		const char *function = nimble_function_at(ext, i);

		if (function)
			printf("\n%s:\n", function);
		if (!nimble_source(ext, i, file, sizeof(file), &line) &&
		    (line != last || function)) {
			print_source(options, file, line);
			last = line;
		}
		disasm(text, sizeof(text), &code[i], i, ext);
		printf("%5u  %-36s", i, text);
		if (!options->no_cells)
			print_cell(ext, i);
		putchar('\n');
		i += code[i].opcode == NX_OP_LDDW;
	}
}

int main(int argc, char **argv)
{
	struct options options = {.source = ".",
				  .load = {.trusted = true, .id = 1}};
	struct nimble_diag diag;
	struct nimble_ext *ext;
	unsigned int i;
	size_t bytes;
	uint8_t *image;

	parse(&options, argc, argv);
	nimble_init();
	image = read_file(options.image, &bytes);
	if (!image) {
		perror(options.image);
		return 2;
	}
	if (nimble_load(image, bytes, &options.load, &ext, &diag)) {
		print_diag(options.image, &diag);
		return 2;
	}
	printf("%s, licence %s\n", nimble_name(ext), nimble_licence(ext));
	for (i = 0; i < nimble_entries(ext); i++)
		printf("hook %s: %s\n",
		       nimble_hook_info(nimble_entry_hook(ext, i))->name,
		       nimble_entry_function(ext, i));
	for (i = 0; i < nimble_maps(ext); i++) {
		const struct nx_map *map = nimble_map_info(nimble_map(ext, i));

		printf("map %u %s: type %u, key %u, value %u, entries %u\n", i,
		       nimble_map_name(nimble_map(ext, i)), map->type,
		       map->key_bytes, map->value_bytes, map->entries);
	}
	print_code(&options, ext);
	nimble_unload(ext);
	free(image);
	return end_output(0);
}
