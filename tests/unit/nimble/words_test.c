/* SPDX-License-Identifier: MIT */
/* The checks count the words that the translator will need, from a table of their own:
 * here the two are compared, for each opcode that loads. */
#include "tests/unit/nimble/image.h"
#include "nimble/core/priv.h"

#define AT 2 /* where the instruction under test stands */

static const int32_t values[] = {
	0, 1, 8, 16, 32, 64, -1, BPF_ADD | BPF_FETCH, BPF_XCHG, BPF_CMPXCHG};

#define VALUES (sizeof(values) / sizeof(values[0]))

static struct nimble_ext *load_one(struct nx_insn insn,
				   enum nimble_engine engine)
{
	struct nimble_load_options options = {.engine = engine,
					      .trusted = true,
					      .id = 1,
					      .no_superinstructions = true};
	const struct nx_insn code[] = {
		MOV(0, 0),
		MOV(0, 0),
		insn,
		insn.opcode == NX_OP_LDDW ? I(0, 0, 0, 0, 1) : MOV(0, 0),
		MOV(0, 0),
		EXIT};
	struct nx_build build = {0};
	struct nimble_diag diag;
	struct nimble_ext *ext;
	size_t bytes;
	uint8_t *image;

	nx_import(&build, "this_cpu");
	nx_import(&build, "cpu_count");
	image = finish(&build, code, sizeof(code) / 8, &bytes);
	nimble_load(image, bytes, &options, &ext, &diag);
	free(image);
	return ext;
}

static bool fits(struct nx_insn insn, enum nimble_engine engine,
		 unsigned int *loaded)
{
	struct nimble_ext *ext = load_one(insn, engine);
	unsigned int most = nimble_most_words(insn.opcode);
	struct nimble_cell cell;

	if (!ext)
		return true;
	++*loaded;
	assert_int_equal(nimble_cell(ext, AT, &cell), 0);
	nimble_unload(ext);
	if (cell.words > most)
		print_message(
			"opcode %#x off %d imm %d: %u words, counted %u\n",
			insn.opcode, insn.off, insn.imm, cell.words, most);
	return cell.words <= most;
}

/* Fields that make an instruction another one, in all combinations. */
static unsigned int try_opcode(uint8_t opcode, enum nimble_engine engine)
{
	unsigned int off, imm, src, loaded = 0;

	for (off = 0; off < VALUES; off++)
		for (imm = 0; imm < VALUES; imm++)
			for (src = 0; src < 3; src++)
				assert_true(fits(I(opcode, src, src,
						   (int16_t)values[off],
						   values[imm]),
						 engine, &loaded) &&
					    fits(I(opcode, 0, src,
						   (int16_t)values[off],
						   values[imm]),
						 engine, &loaded));
	return loaded;
}

static void test_words(void **state)
{
	static const enum nimble_engine engines[] = {
		NIMBLE_ENGINE_CHECKED, NIMBLE_ENGINE_UNCHECKED,
		NIMBLE_ENGINE_GOTO_CHECKED, NIMBLE_ENGINE_GOTO_UNCHECKED};
	unsigned int e, opcode, known;

	(void)state;
	nimble_init();
	for (e = 0; e < 4; e++) {
		known = 0;
		for (opcode = 0; opcode < 256; opcode++)
			known += try_opcode((uint8_t)opcode, engines[e]) != 0;
		for (opcode = 0; opcode < 256; opcode++)
			known -= nimble_most_words((uint8_t)opcode) != 0;
		/* each one that the checks know was tried */
		assert_int_equal(known, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_words)};

	return cmocka_run_group_tests_name("nimble words", tests, NULL, NULL);
}
