# SPDX-License-Identifier: MIT
# The `lwk` command.

LWK_CMD_O = $(O)/toolchain/lwk
LWK_CMD_OBJECTS = $(patsubst toolchain/lwk/%.c,$(LWK_CMD_O)/%.o,\
	$(wildcard toolchain/lwk/*.c)) \
	$(addprefix $(TOOLS_COMMON_O)/,cli.o explain.o live.o pci.o syscalls.o \
	table.o)

$(LWK_CMD_O)/%.o: toolchain/lwk/%.c toolchain/lwk/build.mk
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(TOOLS_CFLAGS) -MMD -c -o $@ $<

$(O)/bin/lwk: $(LWK_CMD_OBJECTS) $(O)/libnimble/libnimble.a
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -static -pthread -o $@ $^ \
		-ljansson -ldw -lelf -lz -llzma -lbz2

$(O)/tests/unit/test_lwk_parse: tests/unit/test_lwk_parse.c \
		$(LWK_CMD_O)/parse.o $(TOOLS_COMMON_O)/cli.o
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(TOOLS_CFLAGS) -o $@ $^ -lcmocka

# With an image that stands where an LWK does, and one without source lines.
$(O)/tests/unit/test_lwk_symbols: tests/unit/test_lwk_symbols.c \
		$(LWK_CMD_O)/symbols.o $(O)/tests/unit/test_lwk_symbols.sample
	$(call say,CC,$@)
	$(Q)$(CC) $(TOOLS_CFLAGS) -o $@ $(filter %.c %.o,$^) -lcmocka -ldw -lelf
$(O)/tests/unit/test_lwk_symbols.sample: tests/unit/symbols_sample.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -O0 -mcmodel=kernel -fno-pic -no-pie -nostdlib \
		-Wl,-Ttext=0xffffffff80000000,-e,sample_first,--build-id=none \
		-o $@ $<
	$(Q)objcopy --strip-debug $@ $(@:.sample=.stripped)

TESTS += $(O)/tests/unit/test_lwk_parse $(O)/tests/unit/test_lwk_symbols \
	tests/unit/commands.t tests/unit/sched.t
TEST_NEEDS += $(O)/bin/lwk $(O)/bin/lwk-proxy $(O)/bin/nimble
ALL += $(O)/bin/lwk
GUEST_FILES += $(O)/bin/lwk:/usr/bin/lwk
-include $(wildcard $(LWK_CMD_O)/*.d)
