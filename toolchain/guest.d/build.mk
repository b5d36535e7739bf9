# SPDX-License-Identifier: MIT
# What toolchain/guest boots: kernels from Debian's packages, fetched when a
# flavour is first asked for, and a root file system for each.
# GUEST_FILES, appended to by other folders, are HOSTPATH:GUESTPATH pairs that
# go into it, HOSTPATH something that make can build.

GUEST_KERNELS = 6.1-cloud 6.1 6.12
GUEST_FETCH = toolchain/guest.d/fetch
BUSYBOX = $(PACKAGES)/busybox-static/root/bin/busybox

# Kept when the tools change: fetching is for the user to repeat (distclean).
$(PACKAGES)/%/release: | $(O)/setup/guest
	$(call say,FETCH,Linux $* for the guest)
	$(Q)$(GUEST_FETCH) kernel $* $(PACKAGES)
$(BUSYBOX): | $(O)/setup/guest
	$(call say,FETCH,busybox for the guest)
	$(Q)$(GUEST_FETCH) package busybox-static $(PACKAGES)
	$(Q)touch $@

GUEST_BIN = $(O)/toolchain/guest.d
GUEST_CFLAGS = $(HOST_CFLAGS) -D_GNU_SOURCE

$(GUEST_BIN)/agent: toolchain/guest.d/agent.c toolchain/guest.d/frame.c
$(GUEST_BIN)/stream: toolchain/guest.d/stream.c toolchain/guest.d/frame.c
$(GUEST_BIN)/pause-loop: toolchain/guest.d/pause-loop.c
$(GUEST_BIN)/find-logs: toolchain/guest.d/find-logs.c kernel/abi/log.h
$(GUEST_BIN)/agent $(GUEST_BIN)/pause-loop: GUEST_CFLAGS += -static -s
$(GUEST_BIN)/%: toolchain/guest.d/frame.h toolchain/guest.d/build.mk
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(GUEST_CFLAGS) -o $@ $(filter %.c,$^)

GUEST_FILES += toolchain/guest.d/init:/init toolchain/guest.d/demo:/usr/bin/demo \
	$(GUEST_BIN)/agent:/sbin/agent \
	$(GUEST_BIN)/pause-loop:/sbin/pause-loop

guest_hostpaths = $(foreach pair,$(GUEST_FILES),$(firstword $(subst :, ,$(pair))))

$(O)/guest/%/initrd.cpio: toolchain/guest.d/image $(BUSYBOX) \
		$(PACKAGES)/%/release $(O)/host-module/%/lwk.ko \
		$$(guest_hostpaths)
	$(call say,IMAGE,$@)
	$(Q)mkdir -p $(@D)
	$(Q)toolchain/guest.d/image $@ $(PACKAGES)/$* $(BUSYBOX) \
		$(O)/host-module/$*/lwk.ko:/lib/modules/lwk.ko $(GUEST_FILES)

# What toolchain/guest makes before each boot.
.PHONY: guest
guest: $(O)/guest/$(KERNEL)/initrd.cpio $(GUEST_BIN)/stream \
		$(GUEST_BIN)/find-logs

ALL += guest $(addprefix $(GUEST_BIN)/,agent stream pause-loop find-logs)
