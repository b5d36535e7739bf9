# SPDX-License-Identifier: GPL-2.0
# The Linux module, once for each kernel flavour: their symbol versions differ.
# Linux's build system puts what it makes beside the sources, so each flavour
# has a folder of links to them.

HOST_MODULE_SOURCES = $(wildcard host-module/*.[ch] host-module/*/*.[ch] \
	host-module/*/*.S) host-module/Kbuild

# Puts links to all sources into the folder $1, in folders as here.
host_module_links = for source in $(HOST_MODULE_SOURCES:host-module/%=%); do \
		mkdir -p $1/$$(dirname $$source) && \
		ln -s $(CURDIR)/host-module/$$source $1/$$source || exit 1; done

# Calls Linux's build system of flavour $1 for the sources in the folder $2
# with the arguments $3.
host_module_make = $(MAKE) $(if $(V),,-s) -C \
	$(abspath $(PACKAGES)/$1/headers) M=$(abspath $2) \
	MARGAY=$(CURDIR) O= CONFIG_DEBUG_INFO_BTF_MODULES= $3

$(O)/host-module/%/lwk.ko: $(HOST_MODULE_SOURCES) host-module/build.mk \
		$(wildcard kernel/abi/*.h) $(PACKAGES)/%/release
	$(call say,MODULE,$@)
	$(Q)rm -rf $(@D)
	$(Q)$(call host_module_links,$(@D))
	+$(Q)$(call host_module_make,$*,$(@D),modules)

# Sparse sees each file as it is compiled, so this compiles them once more.
check-sparse: $(O)/setup/check $(PACKAGES)/$(KERNEL)/release
	$(call say,CHECK,sparse on the module)
	$(Q)rm -rf $(O)/sparse
	$(Q)$(call host_module_links,$(O)/sparse)
	+$(Q)$(call host_module_make,$(KERNEL),$(O)/sparse,C=2 \
		CF=-Wsparse-error modules)

ALL += $(O)/host-module/$(KERNEL)/lwk.ko
