# SPDX-License-Identifier: MIT
# Tests of the LWK in a guest: shell scripts, and static programs that they run.

LWK_TEST_PROGRAMS = crash wait-status local-calls spin ctrl-c old-entries \
	sigwait proxy-calls job storm edges futex processes raw-call leaf clocks \
	hostile-rbp hog until flood random-calls timer-race \
	random-drive sent stuck proc-self others

$(O)/tests/lwk/%: tests/lwk/%.c tests/lwk/say.h tests/lwk/build.mk
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 $(WARN) -O1 -g -static -I. -o $@ $(filter %.c,$^)

$(O)/tests/lwk/random-calls: tests/lwk/random-arguments.c tests/lwk/random-calls.h \
	kernel/abi/syscall.def

# The programs of the fuzzer, which is told which helpers there are by the oracle.
$(O)/tests/lwk/random-images: tests/lwk/random-images.c \
		$(addprefix tests/fuzz/nimble/,generate.c oracle.c oracle_helpers.c) \
		toolchain/nimble/nxbuild.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 $(WARN) -O1 -g -static -pthread -I. -o $@ $^
GUEST_TESTS += $(O)/tests/lwk/random-images

LWK_NIMBLE_PROGRAMS = app-ext device policy hooks library starve greedy

$(LWK_NIMBLE_PROGRAMS:%=$(O)/tests/lwk/%): $(O)/tests/lwk/%: tests/lwk/%.c \
		$(O)/libnimble/libnimble.a
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -static -o $@ $^

# The files that the engine is tested with in user space, those of ../shared if present.
$(O)/tests/lwk/nimble-files: tests/lwk/nimble-files.c tests/unit/nimble/escapes.h \
		$(O)/toolchain/nimble/nxbuild.o $(O)/libnimble/libnimble.a
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -static -o $@ $(filter-out %.h,$^) -ljansson
GUEST_TESTS += $(O)/tests/lwk/nimble-files $(wildcard tests/vectors/*.jsonl \
	$(firstword $(wildcard ../shared/vectors ../../shared/vectors))/*.jsonl)
# What examples/Makefile builds where it is installed, as example-NAME.
EXAMPLES = $(filter-out calls,$(patsubst examples/%.c,%,$(filter-out %.ext.c,$(wildcard examples/*.c))))
$(EXAMPLES:%=$(O)/tests/lwk/example-%): $(O)/tests/lwk/example-%: examples/%.c \
		examples/example.h $(O)/libnimble/libnimble.a
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -static -o $@ $(filter-out %.h,$^)
GUEST_TESTS += $(EXAMPLES:%=$(O)/tests/lwk/example-%)

# The reader of loads is the simulator's.
$(O)/tests/lwk/sim-load: tests/lwk/sim-load.c $(O)/libnimble/libnimble.a \
		$(addprefix toolchain/nimble/,sim/load.c file.c)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -static -o $@ \
		$(filter %.c,$^) $(filter %.a,$^)

GUEST_TESTS += $(LWK_NIMBLE_PROGRAMS:%=$(O)/tests/lwk/%) \
	tests/lwk/lwk.sh tests/lwk/policy-long.sh $(wildcard tests/lwk/*.t) \
	$(LWK_TEST_PROGRAMS:%=$(O)/tests/lwk/%)
# Something to keep a CPU busy with, for the demonstration and the shell.
GUEST_FILES += $(O)/tests/lwk/spin:/usr/bin/spin

# Linux's own schedulers, where their source is installed (toolchain/setup scx); nothing
# of it is in the tree.
SCX_SOURCE = $(wildcard /usr/src/linux-source-6.12.tar.xz)
# What its loader would set.
SCX_SET_central = --set nr_cpu_ids=3
SCX_O = $(O)/tests/scx
SCX_NX = $(if $(SCX_SOURCE),$(foreach s,simple central qmap,$(SCX_O)/linux_$s.nx))
$(SCX_O)/source: $(SCX_SOURCE)
	$(call say,TAR,$@)
	$(Q)rm -rf $@ && mkdir -p $@
	$(Q)tar -xf $< -C $@ --strip-components=3 --wildcards \
		'*/tools/sched_ext/scx_*'
	$(Q)touch $@
$(SCX_O)/linux_%.nx: $(SCX_O)/source $$(NIMBLE_SDK)
	$(call say,BPF,$@)
	$(Q)$(NIMBLE_CC) --scx -g $(SCX_SET_$*) $</scx_$*.bpf.c -o $@
GUEST_TESTS += $(SCX_NX)
