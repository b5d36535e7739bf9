# SPDX-License-Identifier: MIT
# libnimble, static (programs of Linux and of an LWK) and shared. Both have the engine in
# them, for NIMBLE_BACKEND=host, and give no other name than libnimble's.

LIBNIMBLE_O = $(O)/libnimble
LIBNIMBLE = $(LIBNIMBLE_O)/libnimble.a
LIBNIMBLE_SONAME = libnimble.so.0
LIBNIMBLE_SHARED = $(LIBNIMBLE_O)/$(LIBNIMBLE_SONAME)
LIBNIMBLE_CFLAGS = $(HOST_CFLAGS) -D_GNU_SOURCE $(NIMBLE_PIC_FLAGS)

$(LIBNIMBLE_O)/%.o: libnimble/%.c libnimble/build.mk
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LIBNIMBLE_CFLAGS) -MMD -c -o $@ $<

LIBNIMBLE_OBJECTS = $(patsubst libnimble/%.c,$(LIBNIMBLE_O)/%.o,\
	$(wildcard libnimble/*.c))

$(LIBNIMBLE): $(LIBNIMBLE_OBJECTS) $$(NIMBLE_PIC)
	$(call say,AR,$@)
	$(Q)$(LD) -r -o $(@D)/all.o $^
	$(Q)objcopy -w --keep-global-symbol='libnimble_*' $(@D)/all.o
	$(Q)rm -f $@
	$(Q)ar rcs $@ $(@D)/all.o

$(LIBNIMBLE_SHARED): $(LIBNIMBLE_OBJECTS) $$(NIMBLE_PIC)
	$(call say,LD,$@)
	$(Q)echo '{ global: libnimble_*; local: *; };' >$@.map
	$(Q)$(CC) $(CFLAGS) -shared -Wl,-soname,$(LIBNIMBLE_SONAME) \
		-Wl,--version-script=$@.map -Wl,-z,defs -o $@ $^
	$(Q)ln -sf $(LIBNIMBLE_SONAME) $(@D)/libnimble.so

LIBNIMBLE_TESTS = $(addprefix $(O)/tests/unit/test_,libnimble libnimble_host)
$(LIBNIMBLE_TESTS): $(O)/%: %.c $(LIBNIMBLE)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -D_GNU_SOURCE -pthread -o $@ $< $(LIBNIMBLE) -lcmocka
$(O)/tests/unit/test_libnimble_host: $$(EXT_NX)

TESTS += $(LIBNIMBLE_TESTS)
ALL += $(LIBNIMBLE) $(LIBNIMBLE_SHARED)
-include $(wildcard $(LIBNIMBLE_O)/*.d)
