# SPDX-License-Identifier: MIT
# The benchmark of eBPF engines: make bench-nimble [UBPF=LIBRARY.so].

NB = tests/bench/nimble
NB_O = $(O)/bench/nimble
NB_OWN = $(patsubst $(NB)/kernels/%.c,%,$(wildcard $(NB)/kernels/*.c))
# Others' code, where there is its source.
NB_LINUX = $(wildcard /usr/src/linux-source-6.1.tar.xz)
NB_OTHER = $(if $(NB_LINUX),$(patsubst $(NB)/linux/%.c,%,$(wildcard $(NB)/linux/*.c)))
NB_NAMES = $(NB_OWN) $(NB_OTHER)
NB_FLAGS = -I $(NB)/kernels -I $(NB_O)/linux

$(NB_O)/linux/stamp: $(NB)/linux-kernels $(NB_LINUX)
	$(call say,TAKE,$(@D))
	$(Q)$< $(@D)
	$(Q)touch $@
$(NB_O)/kernels/linux_%.nx: $(NB)/linux/linux_%.c $(NB)/linux/linux.h \
		$(NB)/kernels/kernel.h $(NB_O)/linux/stamp $$(NIMBLE_SDK)
	$(call say,BPF,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(NIMBLE_CC) -g $(NB_FLAGS) $< -o $@
$(NB_O)/kernels/linux_%.o: $(NB)/linux/linux_%.c $(NB)/linux/linux.h \
		$(NB)/kernels/kernel.h $(NB_O)/linux/stamp
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -O2 $(NB_FLAGS) -I. -c $< -o $@

$(NB_O)/kernels/%.nx: $(NB)/kernels/%.c $(NB)/kernels/kernel.h $$(NIMBLE_SDK)
	$(call say,BPF,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(NIMBLE_CC) -g -I $(NB)/kernels $< -o $@
$(NB_O)/kernels/%.o: $(NB)/kernels/%.c $(NB)/kernels/kernel.h
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 $(WARN) -O2 -I. -c $< -o $@
$(NB_O)/%.o: $(NB)/%.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) $(if $(NB_LINUX),-DNB_LINUX) -MMD -MP -c $< -o $@

# Linux's interpreter, taken from Debian's package. Where that cannot be had, the
# other engines are compared all the same.
$(O)/setup/nimble-peers: toolchain/packages/nimble-peers toolchain/setup
	$(Q)toolchain/setup nimble-peers || \
		echo "bench-nimble: no linux-source package: peer not found;" \
			"rm $@ to try again" >&2
	$(Q)mkdir -p $(@D) && touch $@
NB_PEER = $(if $(NB_LINUX),linux_shim,linux_none)
$(NB_O)/linux_interpreter.inc: $(NB)/linux-interpreter $(NB_LINUX)
	$(Q)mkdir -p $(@D)
	$(Q)$< $@
$(NB_O)/linux_shim.o: $(NB)/linux_shim.c $(NB_O)/linux_interpreter.inc
	$(call say,CC,$@)
	$(Q)$(CC) -std=gnu11 -O2 -I. -w \
		-DLINUX_INTERPRETER='"$(abspath $(NB_O))/linux_interpreter.inc"' \
		-c $< -o $@

NIMBLE_BENCH = $(NB_O)/nimble-bench
$(NIMBLE_BENCH): $(NB_O)/bench.o $(NB_O)/engines.o $(NB_O)/budget.o \
		$(NB_O)/$(NB_PEER).o \
		$(NB_NAMES:%=$(NB_O)/kernels/%.o) \
		$(O)/toolchain/nimble/nxbuild.o $(O)/toolchain/nimble/file.o $$(NIMBLE_LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $^ -o $@ -ljansson -lm -ldl
# Stands in for uBPF in the test of the option.
$(NB_O)/fake-ubpf.so: $(NB)/fake_ubpf.c tests/fuzz/nimble/oracle.c \
		tests/fuzz/nimble/oracle_helpers.c
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -fPIC -shared $^ -o $@
TEST_NEEDS += $(NB_O)/fake-ubpf.so

NB_KERNELS = $(NB_NAMES:%=$(NB_O)/kernels/%.nx)

# Changes with the library that UBPF names, whose counts are in them, too.
$(NB_O)/counts.peer: always
	$(Q)mkdir -p $(@D)
	$(Q)peer="$(UBPF) $$(stat -c %Y "$(UBPF)" 2>/dev/null)"; \
		echo "$$peer" | cmp -s - $@ || echo "$$peer" >$@
.PHONY: always

$(NB_O)/counts: $(NIMBLE_BENCH) $(NB_KERNELS) $(NB)/count $(NB_O)/counts.peer
	$(call say,COUNT,$@)
	$(Q)$(NB)/count $(NIMBLE_BENCH) $(NB_O)/kernels >$@

.PHONY: bench-nimble
bench-nimble: $(NIMBLE_BENCH) $(NB_KERNELS) $(NB_O)/counts ## Compare eBPF engines [UBPF=LIBRARY.so]
	$(Q)UBPF=$(UBPF) $(NIMBLE_BENCH) $(NB_O)/kernels \
		--counts $(NB_O)/counts --json $(O)/bench/nimble.json

# The noise-free gate: counts of our own engines against the baseline.
.PHONY: bench-nimble-gate bench-nimble-baseline
bench-nimble-gate: $(NB_O)/counts ## Fail where an engine got over 3 % slower
	$(Q)$(NB)/gate $(NB_O)/counts >$(NB_O)/gate.out; status=$$?; \
		grep -v '^ok' $(NB_O)/gate.out; exit $$status
bench-nimble-baseline: $(NB_O)/counts
	$(Q)$(NB)/gate --update $(NB_O)/counts
-include $(wildcard $(NB_O)/*.d)
