# SPDX-License-Identifier: MIT
# Fuzzers (libFuzzer, with the sanitizers). FUZZERS, appended to by other
# folders, are build/tests/fuzz/NAME.fuzz, each made from the files in
# NAME_FUZZ; tests/fuzz/fuzz.t runs them all.

FUZZ = $(O)/tests/fuzz
FUZZ_CFLAGS = -std=gnu11 -O1 -g -I. -Itests/unit/kernel/include -D_GNU_SOURCE -Wall -Wextra -Werror \
	-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined

$(FUZZ)/%.fuzz: $$($$*_FUZZ) $(O)/setup/test
	$(call say,CLANG,$@)
	$(Q)mkdir -p $(@D)
	$(Q)clang $(FUZZ_CFLAGS) -MMD -MP -MF $@.d -o $@ $(filter %.c,$^)

elf_FUZZ = tests/fuzz/elf.c kernel/exec/elf.c
FUZZERS += $(FUZZ)/elf.fuzz

# What is fuzzed: all of it in make test, a little; in make fuzz, FUZZ_SECONDS
# for each fuzzer, FUZZ_JOBS of them at a time, and CSMITH programs of csmith.
FUZZ_TESTS += tests/fuzz/fuzz.t
TESTS += $(FUZZ_TESTS)
TEST_NEEDS += $(FUZZERS)

FUZZ_SECONDS ?= 600
FUZZ_JOBS ?= $(shell nproc)
CSMITH	?= 300

.PHONY: fuzz
fuzz: $$(FUZZERS) $$(FUZZ_NEEDS) ## Fuzz it all (FUZZ_SECONDS=600 each, CSMITH=300 programs)
	$(Q)MARGAY_BUILD=$(abspath $(O)) FUZZ_SECONDS=$(FUZZ_SECONDS) \
		FUZZ_JOBS=$(FUZZ_JOBS) CSMITH=$(CSMITH) \
		TEST_TIMEOUT=$$((3600 + 8 * $(FUZZ_SECONDS) + 20 * $(CSMITH))) \
		tests/run -v $(FUZZ_TESTS)
-include $(wildcard $(FUZZ)/*.d)
