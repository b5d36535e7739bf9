# SPDX-License-Identifier: MIT
# The engine as a user-space library, and as the kernel compiles it.

NIMBLE_CORE = $(wildcard nimble/core/*.c)
NIMBLE_O = $(O)/nimble

# Handlers jump from one to the next, each for itself: no thunks for that.
NIMBLE_THREADED_FLAGS = -fno-gcse -fno-crossjumping -mindirect-branch=keep

# Stencils: compiled once, for the kernel's code model, and taken apart; the same table
# is in both builds of the engine. Free registers are rax and r11.
NIMBLE_STENCIL_FLAGS = -std=gnu11 $(WARN) -O2 -I. -fomit-frame-pointer \
	-mno-red-zone -mgeneral-regs-only -mcmodel=kernel -fno-pic \
	-ffunction-sections -fno-ipa-icf -fno-stack-protector \
	-fno-reorder-blocks-and-partition -fno-align-functions \
	-fno-align-jumps -fno-align-labels -fcf-protection=none \
	-fno-asynchronous-unwind-tables -fno-analyzer \
	$(addprefix -ffixed-,di si dx cx bx bp r8 r9 r10 r12 r13 r14 r15)
NIMBLE_STENCIL = $(NIMBLE_O)/stencil
$(NIMBLE_O)/stencils.o: nimble/engine/stencils.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(NIMBLE_STENCIL_FLAGS) -MMD -MP -c $< -o $@
$(NIMBLE_STENCIL)/table.c: $(NIMBLE_STENCIL)/stencil $(NIMBLE_O)/stencils.o
	$(call say,STENCIL,$@)
	$(Q)$^ $@

# Everything but what the backend needs said is the caller's: $(1) is the
# directory, $(2) the flags.
define nimble_objects
$(1)/core/%.o: nimble/core/%.c
	$$(call say,CC,$$@)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(CC) $(2) -MMD -MP -c $$< -o $$@
$(1)/stencil_table.o: $(NIMBLE_STENCIL)/table.c
	$$(call say,CC,$$@)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(CC) $(2) -MMD -MP -c $$< -o $$@
$(1)/traced_none.o: nimble/engine/traced_none.c
	$$(call say,CC,$$@)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(CC) $(2) -MMD -MP -c $$< -o $$@
$(1)/threaded_checked.o $(1)/threaded_unchecked.o: nimble/engine/threaded.c
	$$(call say,CC,$$@)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(CC) $(2) $$(NIMBLE_THREADED_FLAGS) -MMD -MP -c $$< -o $$@ \
		-DNIMBLE_CHECKED=$$(if $$(findstring unchecked,$$@),0,1)
$(1)/entry.o: nimble/engine/entry_x86_64.S nimble/engine/run.h
	$$(call say,CC,$$@)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(CC) $(2) -c $$< -o $$@
endef
nimble_list = $(patsubst nimble/core/%.c,$(1)/core/%.o,$(NIMBLE_CORE)) \
	$(addprefix $(1)/,threaded_checked.o threaded_unchecked.o \
	stencil_table.o entry.o)

$(eval $(call nimble_objects,$(NIMBLE_O),$(HOST_CFLAGS)))
# What stands in for the kernel in user space.
NIMBLE_HOST = $(addsuffix .o,port code step layout absent)
NIMBLE_USER = $(call nimble_list,$(NIMBLE_O)) \
	$(NIMBLE_HOST:%=$(NIMBLE_O)/user/%)

$(NIMBLE_O)/user/%.o: nimble/user/%.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -MMD -MP -c $< -o $@

# Once more for libnimble, whose code may lie anywhere.
NIMBLE_PIC_O = $(O)/nimble-pic
NIMBLE_PIC_FLAGS = -fPIC -fvisibility=hidden
NIMBLE_PIC = $(call nimble_list,$(NIMBLE_PIC_O)) \
	$(NIMBLE_HOST:%=$(NIMBLE_PIC_O)/user/%)
$(eval $(call nimble_objects,$(NIMBLE_PIC_O),$(HOST_CFLAGS) $(NIMBLE_PIC_FLAGS)))
$(NIMBLE_PIC_O)/user/%.o: nimble/user/%.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) $(NIMBLE_PIC_FLAGS) -MMD -MP -c $< -o $@

# With the traced engine.
NIMBLE_LIB = $(NIMBLE_O)/engine.a
$(NIMBLE_LIB): $(NIMBLE_USER)
	$(call say,AR,$@)
	$(Q)rm -f $@
	$(Q)ar rcs $@ $^

# As the kernel compiles it: proves that nothing of a libc is needed.
NIMBLE_GCC_INCLUDE := $(shell $(CC) -print-file-name=include)
NIMBLE_KERNEL_FLAGS = -std=gnu11 $(WARN) -O2 -g -I. -ffreestanding -nostdinc \
	-isystem $(NIMBLE_GCC_INCLUDE) -mcmodel=kernel -fno-pic -mno-red-zone \
	-mgeneral-regs-only -fno-stack-protector -fcf-protection=none \
	-fno-asynchronous-unwind-tables $(SMALL_IMAGE)
# As KERNEL_RARE: what an extension comes and goes by, but for its translation.
NIMBLE_RARE = arena code ext hooks image import info inspect say text tier trap
$(NIMBLE_RARE:%=$(O)/nimble-kernel/core/%.o): NIMBLE_KERNEL_FLAGS += -Os
$(eval $(call nimble_objects,$(O)/nimble-kernel,$$(NIMBLE_KERNEL_FLAGS)))
NIMBLE_KERNEL = $(call nimble_list,$(O)/nimble-kernel) \
	$(O)/nimble-kernel/traced_none.o

NIMBLE_ALL = $(NIMBLE_LIB) $(NIMBLE_KERNEL)
ALL += $(NIMBLE_ALL)

# Everything of Nimble, and nothing of the kernel or the guest.
.PHONY: nimble test-nimble
nimble: $$(NIMBLE_ALL) $$(NIMBLE_SDK) $$(NIMBLE_TOOLS) $$(EXT_NX) ## Build Nimble
-include $(wildcard $(O)/nimble/*.d $(O)/nimble/*/*.d $(O)/nimble-kernel/*.d \
	$(O)/nimble-kernel/*/*.d $(O)/nimble-pic/*.d $(O)/nimble-pic/*/*.d)
