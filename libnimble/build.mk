# SPDX-License-Identifier: MIT
# libnimble.a, to link statically into programs of Linux and of an LWK.

LIBNIMBLE_O = $(O)/libnimble
LIBNIMBLE = $(LIBNIMBLE_O)/libnimble.a
LIBNIMBLE_OBJECTS = $(patsubst libnimble/%.c,$(LIBNIMBLE_O)/%.o,\
	$(wildcard libnimble/*.c))

$(LIBNIMBLE_O)/%.o: libnimble/%.c libnimble/build.mk
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -D_GNU_SOURCE -fPIC -MMD -c -o $@ $<

$(LIBNIMBLE): $(LIBNIMBLE_OBJECTS)
	$(call say,AR,$@)
	$(Q)rm -f $@
	$(Q)ar rcs $@ $^

$(O)/tests/unit/test_libnimble: tests/unit/test_libnimble.c $(LIBNIMBLE)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -D_GNU_SOURCE -pthread -o $@ $^ -lcmocka

TESTS += $(O)/tests/unit/test_libnimble
ALL += $(LIBNIMBLE)
-include $(wildcard $(LIBNIMBLE_O)/*.d)
