/* SPDX-License-Identifier: MIT */
/* nimble-dis: source, eBPF, threaded and machine code of an image, side by side. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nimble/user/user.h"
#include "toolchain/nimble/dis/disasm.h"
#include "toolchain/nimble/dis/machine.h"
#include "toolchain/nimble/file.h"

static const char usage[] =
	"usage: nimble-dis [OPTION]... FILE.nx\n"
	"Show an image: its source lines, eBPF instructions, the cells of "
	"threaded\n"
	"code that they become, and their machine code. A cell that several\n"
	"instructions share is a superoperator; its steps are joined by '+'. "
	"Jumps\n"
	"of machine code lead to the code of an instruction (-> 12), to the "
	"slow path\n"
	"(-> out), into the engine (-> engine) or to a byte of the same "
	"code (+20).\n"
	"\n"
	"  --engine checked|unchecked   (default: checked)\n"
	"  --source DIR                 where source files are (default: .)\n"
	"  --no-cells                   without the threaded code\n"
	"  --no-machine                 without the machine code\n"
	"  --no-super                   translate without superoperators\n"
	"  --help                       this text\n";

struct options {
	const char *image, *source;
	struct nimble_load_options load;
	bool unchecked, no_cells, no_machine;
};

static bool is_unchecked(const char *name)
{
	if (strcmp(name, "checked") && strcmp(name, "unchecked")) {
		fprintf(stderr,
			"nimble-dis: no engine %s: checked or unchecked\n",
			name);
		exit(2);
	}
	return name[0] == 'u';
}

static void parse(struct options *options, int argc, char **argv)
{
	static const struct option longs[] = {
		{"engine", 1, 0, 'e'},
		{"source", 1, 0, 's'},
		{"no-cells", 0, 0, 'c'},
		{"no-super", 0, 0, 'n'},
		{"help", 0, 0, 'h'},
		{"no-machine", 0, 0, 'm'},
		{0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", longs, NULL)) >= 0) {
		switch (option) {
		case 'e':
			options->unchecked = is_unchecked(optarg);
			break;
		case 's':
			options->source = optarg;
			break;
		case 'c':
			options->no_cells = true;
			break;
		case 'm':
			options->no_machine = true;
			break;
		case 'n':
			options->load.no_superoperators = true;
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

/* Print a column: as wide as the text, or as the column. */
static void print_cell(const struct nimble_ext *ext, uint32_t insn, int width)
{
	struct nimble_cell cell;
	int used = 0;
	uint32_t i;

	if (nimble_cell(ext, insn, &cell))
		return;
	if (cell.inside)
		used = printf(" |    '");
	else
		used = printf(" | %4u %s", cell.at, cell.handler);
	for (i = 0; !cell.inside && i + 1 < cell.words; i++)
		used += printf(" %" PRIx64, cell.operands[i]);
	printf("%*s", used < width ? width - used : 0, "");
}

/* The lines after the first have nothing in the other columns. */
static void print_machine(struct machine *m, uint32_t insn, int width)
{
	char(*lines)[MACHINE_TEXT];
	size_t i, count = machine_lines(m, insn, &lines);

	for (i = 0; i < count; i++)
		printf("%*s | %s%s", i ? width : 0, "", lines[i],
		       i + 1 < count ? "\n" : "");
}

/* The same image as threaded and as machine code. */
struct codes {
	struct nimble_ext *threaded, *machine;
	struct machine *text;
};

#define INSN_WIDTH 43 /* number and instruction */
#define CELL_WIDTH 48

static void print_code(const struct options *options, const struct codes *codes)
{
	const struct nimble_ext *ext = codes->threaded;
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
			print_cell(ext, i,
				   options->no_machine ? 0 : CELL_WIDTH);
		if (!options->no_machine)
			print_machine(codes->text, i,
				      INSN_WIDTH + (options->no_cells
							    ? 0
							    : CELL_WIDTH));
		putchar('\n');
		i += code[i].opcode == NX_OP_LDDW;
	}
}

static struct nimble_ext *load(struct options *options, const uint8_t *image,
			       size_t bytes, enum nimble_engine checked)
{
	struct nimble_diag diag;
	struct nimble_ext *ext;

	/* The unchecked twin of an engine comes right after it. */
	options->load.engine = checked + options->unchecked;
	if (!nimble_load(image, bytes, &options->load, &ext, &diag))
		return ext;
	print_diag(options->image, &diag);
	exit(2);
}

int main(int argc, char **argv)
{
	struct options options = {.source = ".",
				  .load = {.trusted = true, .id = 1}};
	const struct nimble_ext *ext;
	struct codes codes;
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
	codes.threaded =
		load(&options, image, bytes, NIMBLE_ENGINE_THREADED_CHECKED);
	codes.machine = load(&options, image, bytes, NIMBLE_ENGINE_CHECKED);
	codes.text = machine_open(codes.machine);
	if (!codes.text) {
		fputs("nimble-dis: no memory to disassemble in\n", stderr);
		return 2;
	}
	ext = codes.threaded;
	printf("%s, licence %s\n", nimble_name(ext), nimble_licence(ext));
	for (i = 0; i < nimble_entries(ext); i++)
		printf("hook %s: %s\n",
		       nimble_hook_info(nimble_entry_hook(ext, i))->name,
		       nimble_entry_function(ext, i));
	for (i = 0; i < nimble_maps(ext); i++) {
		struct nimble_map *m = nimble_map(codes.threaded, i);
		const struct nx_map *map = nimble_map_info(m);

		printf("map %u %s: type %u, key %u, value %u, entries %u\n", i,
		       nimble_map_name(m), map->type, map->key_bytes,
		       map->value_bytes, map->entries);
	}
	print_code(&options, &codes);
	machine_close(codes.text);
	nimble_unload(codes.threaded);
	nimble_unload(codes.machine);
	free(image);
	return end_output(0);
}
