# SPDX-License-Identifier: GPL-2.0
# The LWK: build/kernel/lwk.elf, one freestanding image.

KERNEL_SRC := $(wildcard kernel/arch/x86_64/*.[cS] kernel/core/*.c \
	kernel/lib/*.c kernel/mm/*.c kernel/proc/*.c kernel/time/*.c \
	kernel/ikc/*.c kernel/exec/*.[cS] kernel/entry/*.c kernel/syscall/*.c kernel/nimble/*.c)
KERNEL_SRC := $(filter-out %/asm_offsets.c,$(KERNEL_SRC))
KERNEL_OBJ := $(patsubst %,$(O)/%.o,$(basename $(KERNEL_SRC)))

# Constants of Linux's user interface (errno, mmap, auxv, signals) come from its
# uapi headers; no C library is used.
KERNEL_INCLUDES = -nostdinc -isystem $(shell $(CC) -print-file-name=include) \
	-idirafter /usr/include -idirafter /usr/include/x86_64-linux-gnu \
	-I. -Ikernel/arch/x86_64/include -I$(O)/kernel
# No vector registers: they hold the program's. No red zone: interrupts use the
# same stack. Frame pointers: back traces.
KERNEL_CFLAGS = -std=gnu11 $(WARN) -O2 -g -ffreestanding -fno-builtin \
	-mcmodel=kernel -fno-pic -fno-pie -mno-red-zone -mgeneral-regs-only \
	-fno-stack-protector -fcf-protection=none -fno-omit-frame-pointer \
	-fno-asynchronous-unwind-tables -fno-strict-aliasing \
	-fno-common $(SMALL_IMAGE) $(KERNEL_INCLUDES) -MMD -MP

# What no one uses is left out. Places that are jumped to, but for functions, stand where
# they fall: to align them costs room, and instructions.
SMALL_IMAGE = -ffunction-sections -fdata-sections -fno-align-jumps \
	-fno-align-loops -fno-align-labels
# Compiled for size: what comes once for a boot, a program, an extension or a signal, or
# asks Linux anyway.
KERNEL_RARE = $(wildcard kernel/core/*.c kernel/exec/*.c) \
	$(addprefix kernel/arch/x86_64/,auxv.c boot.c code.c \
	features.c hardware.c mce.c signal_frame.c stacks.c tables.c) \
	$(addprefix kernel/ikc/,device.c from_linux.c) kernel/lib/format.c \
	$(addprefix kernel/mm/,aspace_fork.c lend.c remap.c) \
	$(addprefix kernel/nimble/,code_pool.c notices.c \
	port.c registry.c request.c) \
	$(addprefix kernel/proc/,fork.c futex_robust.c itimer.c job.c process.c \
	signal.c signal_send.c) \
	$(addprefix kernel/syscall/,sys_cred.c sys_exec.c sys_proc.c sys_signal.c \
	sys_time.c sys_timer.c)
$(KERNEL_RARE:%.c=$(O)/%.o): KERNEL_CFLAGS += -Os

$(O)/kernel/asm_offsets.h: kernel/arch/x86_64/asm_offsets.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(KERNEL_CFLAGS) -MF $(O)/kernel/asm_offsets.d -MT $@ -S -o - $< | \
		sed -n 's/^@#define/#define/p' > $@

# Leaf calls are over in three instructions; a frame would double that.
$(O)/kernel/syscall/leaf.o: KERNEL_CFLAGS += -fomit-frame-pointer

$(O)/kernel/%.o: kernel/%.c | $(O)/kernel/asm_offsets.h
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(KERNEL_CFLAGS) -c -o $@ $<

$(O)/kernel/%.o: kernel/%.S $(O)/kernel/asm_offsets.h
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(KERNEL_CFLAGS) -c -o $@ $<

$(O)/kernel/lwk.elf: $(KERNEL_OBJ) $$(NIMBLE_KERNEL) kernel/arch/x86_64/lwk.lds
	$(call say,LD,$@)
	$(Q)$(LD) -nostdlib -static --gc-sections -z max-page-size=4096 -z noexecstack \
		--no-warn-rwx-segments -T kernel/arch/x86_64/lwk.lds -o $@ \
		$(KERNEL_OBJ) $(NIMBLE_KERNEL)

# What is installed to be booted, without names and lines, which are beside it.
$(O)/kernel/boot.elf: $(O)/kernel/lwk.elf
	$(call say,STRIP,$@)
	$(Q)objcopy --strip-all $< $@

ALL += $(O)/kernel/lwk.elf $(O)/kernel/boot.elf
GUEST_FILES += $(O)/kernel/boot.elf:/usr/lib/margay/lwk.elf \
	$(O)/kernel/lwk.elf:/usr/lib/margay/lwk.elf.debug

$(O)/kernel/exec/vdso_image.o: $(O)/kernel/vdso/vdso.so

-include $(KERNEL_OBJ:.o=.d) $(O)/kernel/asm_offsets.d
