# SPDX-License-Identifier: MIT
# Unit tests on the host. The kernel's policy code is compiled with the CPU and
# the memory of tests/unit/kernel/include/arch-impl/ in place of a machine's, and
# with the sanitizers on.

UNIT = $(O)/tests/unit
KERNEL_UNIT_CFLAGS = $(HOST_CFLAGS) -O1 -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined -Itests/unit/kernel/include -MMD -MP

$(UNIT)/kernel/%.o: %.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(KERNEL_UNIT_CFLAGS) -c -o $@ $<

# A test program and the sources that it tests.
page_alloc_test_SRC = kernel/mm/page_alloc.c kernel/mm/kmalloc.c
aspace_test_SRC = kernel/mm/page_alloc.c kernel/mm/kmalloc.c kernel/mm/area.c kernel/mm/area_tree.c \
	kernel/mm/aspace.c kernel/mm/fault.c kernel/arch/x86_64/user_tables.c \
	tests/unit/kernel/host_mmu.c
area_test_SRC = kernel/mm/area.c kernel/mm/area_tree.c kernel/mm/kmalloc.c
ring_test_SRC = kernel/ikc/ring_policy.c
signal_test_SRC = kernel/proc/signal.c kernel/mm/kmalloc.c
elf_test_SRC = kernel/exec/elf.c
format_test_SRC = kernel/lib/format.c
boot_check_test_SRC = kernel/core/boot_check.c
string_test_SRC =
runqueue_test_SRC = kernel/proc/runqueue.c kernel/mm/kmalloc.c
shootdown_test_SRC = kernel/mm/shootdown.c
slots_test_SRC = kernel/ikc/slots.c kernel/mm/kmalloc.c
wait_test_SRC = kernel/proc/wait.c
KERNEL_UNIT_TESTS = page_alloc_test area_test aspace_test ring_test signal_test elf_test \
	format_test boot_check_test string_test runqueue_test shootdown_test slots_test \
	wait_test

define kernel_unit_test
$(UNIT)/kernel/$(1): $(patsubst %.c,$(UNIT)/kernel/%.o, \
		tests/unit/kernel/$(1).c tests/unit/kernel/host.c \
		kernel/mm/page_alloc.c $($(1)_SRC))
	$$(call say,LD,$$@)
	$$(Q)$$(CC) $$(KERNEL_UNIT_CFLAGS) -o $$@ $$(sort $$^) -lcmocka -lpthread
endef
$(foreach t,$(KERNEL_UNIT_TESTS),$(eval $(call kernel_unit_test,$(t))))

TESTS += $(addprefix $(UNIT)/kernel/,$(KERNEL_UNIT_TESTS))
-include $(wildcard $(UNIT)/kernel/*/*/*.d $(UNIT)/kernel/*/*/*/*.d)
