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

elf_FUZZ = tests/fuzz/elf.c kernel/syscall/elf.c
FUZZERS += $(FUZZ)/elf.fuzz

TESTS += tests/fuzz/fuzz.t
TEST_NEEDS += $(FUZZERS)
-include $(wildcard $(FUZZ)/*.d)
