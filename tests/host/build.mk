# SPDX-License-Identifier: MIT
# Tests of the module: its pure files on the host, the whole in a guest with the
# stub as LWK.

STUB = $(O)/tests/host/stub.elf
STUB_SOURCES = $(wildcard tests/host/stub/*.c) tests/host/stub/entry.S
STUB_CFLAGS = -std=gnu11 $(WARN) -O2 -g -I. -ffreestanding -fno-pic -no-pie \
	-nostdlib -static -mcmodel=kernel -mno-red-zone -mgeneral-regs-only \
	-fno-stack-protector -fno-asynchronous-unwind-tables

$(STUB): $(STUB_SOURCES) tests/host/stub/stub.lds tests/host/build.mk \
		$(wildcard tests/host/stub/*.h kernel/abi/*.h)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(STUB_CFLAGS) -Wl,-T,tests/host/stub/stub.lds \
		-Wl,--build-id=none -Wl,-z,max-page-size=4096 -o $@ \
		$(STUB_SOURCES)

# In the guest: NAME.c becomes /tests/module-NAME.t.
MODULE_TESTS = cycles control booting process pages failure race.multi
MODULE_TEST_FILES = $(MODULE_TESTS:%=$(O)/tests/host/module-%.t)

$(O)/tests/host/module-%.t: tests/host/%.c tests/host/peer.c tests/host/tap.c \
		tests/host/peer.h tests/host/stub/stub.h tests/host/build.mk \
		$(wildcard kernel/abi/*.h)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -D_GNU_SOURCE -static -pthread -o $@ \
		$(filter %.c,$^)

# The same program where all CPUs run at once.
$(O)/tests/host/module-%.multi.t: $(O)/tests/host/module-%.t
	$(Q)cp $< $@

GUEST_TESTS += $(STUB) $(MODULE_TEST_FILES)

# ---- On the host: the pure files ---------------------------------------------

image_test_PURE = boot/image.c
region_test_PURE = partition/region.c
tables_test_PURE = boot/pagetable.c boot/layout.c partition/region.c
walk_test_PURE = proxy/walk.c partition/region.c
walk_test_MODEL = tests/unit/host/memory.c
ringidx_test_PURE =
HOST_UNIT_TESTS = image_test region_test tables_test walk_test ringidx_test
HOST_UNIT_CFLAGS = $(HOST_CFLAGS) -O1 -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined

$(O)/tests/unit/host/%: tests/unit/host/%.c $$($$*_MODEL) \
		$$(addprefix host-module/,$$($$*_PURE)) tests/host/build.mk \
		$(wildcard tests/unit/host/*.h host-module/*.h host-module/*/*.h \
		kernel/abi/*.h)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(HOST_UNIT_CFLAGS) -o $@ $(filter %.c,$^) -lcmocka

TESTS += $(HOST_UNIT_TESTS:%=$(O)/tests/unit/host/%)

image_FUZZ = tests/fuzz/image.c host-module/boot/image.c
walk_FUZZ = tests/fuzz/walk.c tests/unit/host/memory.c host-module/proxy/walk.c \
	host-module/partition/region.c
FUZZERS += $(O)/tests/fuzz/image.fuzz $(O)/tests/fuzz/walk.fuzz
TESTS_LONG += tests/host/cycles-long.t
