# SPDX-License-Identifier: MIT
# What the commands and the proxy share.

TOOLS_COMMON_O = $(O)/toolchain/common
TOOLS_CFLAGS = $(HOST_CFLAGS) -D_GNU_SOURCE

$(TOOLS_COMMON_O)/%.o: toolchain/common/%.c toolchain/common/build.mk
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(TOOLS_CFLAGS) -fPIE -MMD -c -o $@ $<

-include $(wildcard $(TOOLS_COMMON_O)/*.d)
