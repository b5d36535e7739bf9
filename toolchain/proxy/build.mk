# SPDX-License-Identifier: MIT
# lwk-proxy: a static-PIE without a break; see main.c and layout.h for why.

PROXY_O = $(O)/toolchain/proxy
PROXY_SOURCES = $(wildcard toolchain/proxy/*.c)
# Signal handlers and the window are reached by address: no shadow stack.
PROXY_CFLAGS = $(HOST_CFLAGS) -D_GNU_SOURCE -fPIE -pthread

PROXY_OBJECTS = $(patsubst toolchain/proxy/%.c,$(PROXY_O)/%.o,$(PROXY_SOURCES)) \
	$(PROXY_O)/window.o $(TOOLS_COMMON_O)/explain.o \
	$(TOOLS_COMMON_O)/syscalls.o

$(PROXY_O)/%.o: toolchain/proxy/%.c toolchain/proxy/build.mk
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(PROXY_CFLAGS) -MMD -c -o $@ $<
$(PROXY_O)/window.o: toolchain/proxy/window.S toolchain/proxy/build.mk
	$(call say,AS,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -I. -MMD -c -o $@ $<

$(O)/bin/lwk-proxy: $(PROXY_OBJECTS)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -static-pie -pthread -o $@ $^

ALL += $(O)/bin/lwk-proxy
GUEST_FILES += $(O)/bin/lwk-proxy:/usr/bin/lwk-proxy
-include $(wildcard $(PROXY_O)/*.d)

# Its tests: everything but the device and main(), on a device of their own.
PROXY_TESTED = $(filter-out %/main.o %/device.o %/nobrk.o,$(PROXY_OBJECTS))
PROXY_TESTS = $(addprefix $(O)/tests/unit/,test_proxy_worker \
	test_proxy_worker_spin test_proxy_kick test_proxy_dispatch)

$(O)/tests/unit/test_proxy_worker_spin: HOST_CFLAGS += -DSPIN_US=20
$(O)/tests/unit/test_proxy_worker_spin: tests/unit/test_proxy_worker.c
$(filter-out %_spin,$(PROXY_TESTS)): $(O)/tests/unit/%: tests/unit/%.c
$(PROXY_TESTS): tests/unit/fake_device.c \
		tests/unit/fake_device.h $(PROXY_TESTED)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -D_GNU_SOURCE -pthread -o $@ \
		$(filter %.c %.o,$^) -lcmocka

TESTS += $(PROXY_TESTS)
