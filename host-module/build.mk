# SPDX-License-Identifier: GPL-2.0
# The Linux module, once for each kernel flavour: their symbol versions differ.
# Linux's build system puts what it makes beside the sources, so each flavour
# has a folder of links to them.

HOST_MODULE_SOURCES = $(wildcard host-module/*.[ch] host-module/*.S) \
	host-module/Kbuild

# Calls Linux's build system in flavour $1's folder with the arguments $2.
host_module_make = $(MAKE) $(if $(V),,-s) -C \
	$(abspath $(PACKAGES)/$1/headers) M=$(abspath $(O)/host-module/$1) \
	MARGAY=$(CURDIR) O= CONFIG_DEBUG_INFO_BTF_MODULES= $2

$(O)/host-module/%/lwk.ko: $(HOST_MODULE_SOURCES) host-module/build.mk \
		$(wildcard kernel/abi/*.h) $(PACKAGES)/%/release
	$(call say,MODULE,$@)
	$(Q)rm -rf $(@D)
	$(Q)mkdir -p $(@D)
	$(Q)ln -s $(abspath $(HOST_MODULE_SOURCES)) $(@D)/
	+$(Q)$(call host_module_make,$*,modules)

ALL += $(O)/host-module/$(KERNEL)/lwk.ko
