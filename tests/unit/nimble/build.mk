# SPDX-License-Identifier: MIT
# Unit tests of Nimble on the host: cmocka programs and scripts, all TAP.

NU = tests/unit/nimble
NU_O = $(O)/tests/unit/nimble
NU_TESTS = $(patsubst $(NU)/%.c,$(NU_O)/%,$(wildcard $(NU)/*_test.c))

$(NU_O)/%: $(NU)/%.c $(NXTOOLS_O)/nxbuild.o $$(NIMBLE_LIB)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -MMD -MP -MF $@.d $< $(NXTOOLS_O)/nxbuild.o \
		$(NIMBLE_LIB) -o $@ -lcmocka -lpthread

# Linux's own schedulers. Where their source cannot be had, scx.t skips them.
$(O)/setup/scx: toolchain/packages/scx toolchain/setup
	$(Q)toolchain/setup scx || \
		echo "scx.t: no linux-source-6.12 package: Linux's schedulers" \
			"are not tested; rm $@ to try again" >&2
	$(Q)mkdir -p $(@D) && touch $@

NIMBLE_TESTS = $(NU_TESTS) $(wildcard $(NU)/*.t)
TESTS += $(NIMBLE_TESTS)
TEST_NEEDS += $(O)/setup/scx $(NB_O)/counts $(NIMBLE_TOOLS) $(EXT_NX) $(NB_KERNELS)

test-nimble: $(O)/setup/scx $$(NIMBLE_TESTS) $$(NIMBLE_TOOLS) $$(EXT_NX) $$(NIMBLE_KERNEL) \
		$$(FUZZ_NEEDS) $$(NB_KERNELS) $$(NB_O)/counts \
		$$(NB_O)/fake-ubpf.so ## Nimble's own tests only
	$(Q)MARGAY_BUILD=$(abspath $(O)) tests/run $(if $(V),-v) \
		$(NIMBLE_TESTS) $(NF)/csmith.t
-include $(wildcard $(NU_O)/*.d)
