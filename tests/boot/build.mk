# SPDX-License-Identifier: MIT
# Tests that boot guests. GUEST_TESTS, appended to by other folders, are files
# for the guest suite's /tests: tests (NAME.t, or NAME.multi.t for a guest whose
# CPUs run at once), scripts or built programs, and what they need beside them.

$(O)/tests/boot/leave-log: tests/boot/leave-log.c kernel/abi/log.h
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -static -o $@ $<

GUEST_TESTS += tests/tap.sh tests/boot/suite-in-guest \
	tests/boot/linux.t tests/boot/linux.multi.t

# A folder of links, made anew whenever one of the files has changed.
$(O)/tests/guest: $$(GUEST_TESTS) tests/boot/build.mk
	$(Q)rm -rf $@ && mkdir -p $@
	$(Q)ln -s $(abspath $(filter-out %/build.mk,$^)) $@/

# Played by it, and by nimble-run.
TEST_NEEDS += $(O)/tests/lwk/sim-load
TESTS += tests/boot/same-order.t tests/boot/course.t
TESTS += tests/boot/rebuild.t tests/boot/guest.t tests/boot/ends.t tests/boot/resize.t tests/boot/debug.t \
	tests/boot/suite.t tests/boot/kernels.t
TESTS_LONG += tests/boot/policy-long.t tests/boot/random-long.t tests/boot/trace-long.t \
	tests/boot/suite-kernels.t tests/boot/cycles-50.t
TEST_NEEDS += guest $(O)/setup/debug $(O)/tests/boot/leave-log $(O)/tests/guest
