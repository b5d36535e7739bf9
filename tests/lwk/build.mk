# SPDX-License-Identifier: MIT
# Tests of the LWK in a guest: shell scripts, and static programs that they run.

LWK_TEST_PROGRAMS = crash wait-status local-calls spin ctrl-c old-entries \
	sigwait proxy-calls job storm edges futex processes raw-call leaf clocks \
	hostile-rbp hog until flood

$(O)/tests/lwk/%: tests/lwk/%.c tests/lwk/say.h tests/lwk/build.mk
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 $(WARN) -O1 -g -static -I. -o $@ $<

LWK_NIMBLE_PROGRAMS = app-ext policy hooks

$(LWK_NIMBLE_PROGRAMS:%=$(O)/tests/lwk/%): $(O)/tests/lwk/%: tests/lwk/%.c \
		$(O)/libnimble/libnimble.a
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -static -o $@ $^

GUEST_TESTS += $(LWK_NIMBLE_PROGRAMS:%=$(O)/tests/lwk/%) \
	tests/lwk/lwk.sh $(wildcard tests/lwk/*.t) \
	$(LWK_TEST_PROGRAMS:%=$(O)/tests/lwk/%)
# Something to keep a CPU busy with, for the demonstration and the shell.
GUEST_FILES += $(O)/tests/lwk/spin:/usr/bin/spin
