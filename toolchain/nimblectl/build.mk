# SPDX-License-Identifier: MIT
# The `nimble` command.

NIMBLECTL_O = $(O)/toolchain/nimblectl
NIMBLECTL_OBJECTS = $(patsubst toolchain/nimblectl/%.c,$(NIMBLECTL_O)/%.o,\
	$(wildcard toolchain/nimblectl/*.c)) \
	$(addprefix $(TOOLS_COMMON_O)/,cli.o explain.o live.o pci.o syscalls.o \
	table.o)

$(NIMBLECTL_O)/%.o: toolchain/nimblectl/%.c toolchain/nimblectl/build.mk
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(TOOLS_CFLAGS) -MMD -c -o $@ $<

$(O)/bin/nimble: $(NIMBLECTL_OBJECTS) $(LIBNIMBLE)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -static -o $@ $^ -ljansson

ALL += $(O)/bin/nimble
GUEST_FILES += $(O)/bin/nimble:/usr/bin/nimble
-include $(wildcard $(NIMBLECTL_O)/*.d)
