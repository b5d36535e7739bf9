# SPDX-License-Identifier: MIT
# The `lwk` command.

LWK_CMD_O = $(O)/toolchain/lwk
LWK_CMD_OBJECTS = $(patsubst toolchain/lwk/%.c,$(LWK_CMD_O)/%.o,\
	$(wildcard toolchain/lwk/*.c)) \
	$(addprefix $(TOOLS_COMMON_O)/,cli.o explain.o syscalls.o)

$(LWK_CMD_O)/%.o: toolchain/lwk/%.c toolchain/lwk/build.mk
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(TOOLS_CFLAGS) -MMD -c -o $@ $<

$(O)/bin/lwk: $(LWK_CMD_OBJECTS)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -static -pthread -o $@ $^ \
		-ljansson -ldw -lelf -lz -llzma -lbz2

$(O)/tests/unit/test_lwk_parse: tests/unit/test_lwk_parse.c \
		$(LWK_CMD_O)/parse.o $(TOOLS_COMMON_O)/cli.o
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(TOOLS_CFLAGS) -o $@ $^ -lcmocka

TESTS += $(O)/tests/unit/test_lwk_parse tests/unit/commands.t
TEST_NEEDS += $(O)/bin/lwk $(O)/bin/lwk-proxy $(O)/bin/nimble
ALL += $(O)/bin/lwk
GUEST_FILES += $(O)/bin/lwk:/usr/bin/lwk
-include $(wildcard $(LWK_CMD_O)/*.d)
