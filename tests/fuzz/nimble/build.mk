# SPDX-License-Identifier: MIT
# Fuzzers of Nimble: libFuzzer with sanitizers, and the same by gcc on random
# bytes. Stencils are gcc's in both.

NF = tests/fuzz/nimble
NF_O = $(O)/fuzz/nimble
NF_CC = clang
NF_CFLAGS = -std=gnu11 -g -O1 -I. -Wall -Wno-unknown-warning-option \
	-fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=undefined \
	-DNIMBLE_SAMPLES='"$(NB_KERNELS)"'
NF_TAIL = $(addprefix $(NIMBLE_O)/,stencil_table.o entry.o)
NF_CORE = $(NIMBLE_CORE:%.c=$(NF_O)/%.o) \
	$(NIMBLE_HOST:%=$(NF_O)/nimble/user/%) \
	$(addprefix $(NF_O)/nimble/engine/,threaded_checked.o \
	threaded_unchecked.o)

$(NF_O)/nimble/engine/threaded_checked.o \
$(NF_O)/nimble/engine/threaded_unchecked.o: \
		nimble/engine/threaded.c | $(O)/setup/test
	$(call say,CLANG,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(NF_CC) $(NF_CFLAGS) -MMD -MP -c $< -o $@ \
		-DNIMBLE_CHECKED=$(if $(findstring unchecked,$@),0,1)
$(NF_O)/%.o: %.c | $(O)/setup/test
	$(call say,CLANG,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(NF_CC) $(NF_CFLAGS) -MMD -MP -c $< -o $@

NF_DIFF = oracle oracle_helpers generate diff
NF_TOOLS = nxbuild dis/disasm file
NF_LINK = $(NF_CC) -fsanitize=fuzzer,address,undefined
$(FUZZ)/nimble-diff.fuzz: $(NF_DIFF:%=$(NF_O)/$(NF)/%.o) \
		$(NF_TOOLS:%=$(NF_O)/toolchain/nimble/%.o) $(NF_CORE) $(NF_TAIL)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(NF_LINK) $^ -o $@
$(FUZZ)/nimble-load.fuzz: $(NF_O)/$(NF)/load.o $(NF_CORE) $(NF_TAIL) \
		$$(NF_SAMPLES)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) $(@D)/nimble-load.corpus
	$(Q)$(NF_LINK) $(filter %.o,$^) -o $@
	$(Q)cp $(NF_SAMPLES) $(@D)/nimble-load.corpus/

# By gcc: everything as it runs in the kernel, without sanitizers.
$(NF_O)/gcc/%.o: $(NF)/%.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -DNIMBLE_SAMPLES='"$(NB_KERNELS)"' \
		-MMD -MP -c $< -o $@
$(FUZZ)/nimble-gcc.fuzz: $(NF_DIFF:%=$(NF_O)/gcc/%.o) $(NF_O)/gcc/random_main.o \
		$(NF_TOOLS:%=$(NXTOOLS_O)/%.o) $(NIMBLE_LIB)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $^ -o $@

FUZZERS += $(FUZZ)/nimble-load.fuzz $(FUZZ)/nimble-diff.fuzz \
	$(FUZZ)/nimble-gcc.fuzz
NF_SAMPLES = $(NB_KERNELS) $(EXT_NX)

# Programs of csmith, too.
FUZZ_TESTS += $(NF)/csmith.t
FUZZ_NEEDS += $(NF_SAMPLES) $(NIMBLE_TOOLS) $(NIMBLE_SDK)
TEST_NEEDS += $(FUZZ_NEEDS)

-include $(wildcard $(NF_O)/*/*.d $(NF_O)/*/*/*.d $(NF_O)/*/*/*/*.d)
