# SPDX-License-Identifier: GPL-2.0
# The vDSO: build/kernel/vdso/vdso.so, a shared object that the kernel's image holds.

VDSO_CFLAGS = -std=gnu11 $(WARN) -O2 -fPIC -ffreestanding -mgeneral-regs-only \
	-fno-stack-protector -fcf-protection=none -fomit-frame-pointer \
	-fno-jump-tables $(KERNEL_INCLUDES) -MMD -MP

$(O)/kernel/vdso/vdso.o: kernel/vdso/vdso.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(VDSO_CFLAGS) -c -o $@ $<

$(O)/kernel/vdso/vdso.so: $(O)/kernel/vdso/vdso.o kernel/vdso/vdso.lds
	$(call say,LD,$@)
	$(Q)$(LD) -shared -s -soname linux-vdso.so.1 --hash-style=both --build-id \
		--eh-frame-hdr -Bsymbolic -z noexecstack --no-undefined \
		-z max-page-size=4096 -T kernel/vdso/vdso.lds -o $@ $<

-include $(O)/kernel/vdso/vdso.d
