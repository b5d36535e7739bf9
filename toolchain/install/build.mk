# SPDX-License-Identifier: MIT
# make install: what people use, below $(DESTDIR)$(PREFIX). The module is built for the
# kernel that it is loaded into, and is not among it.

PREFIX	?= /usr/local
DESTDIR	?=
# One place says it: toolchain/lwk/main.c.
VERSION = $(shell sed -n 's/.*define MARGAY_VERSION "\(.*\)"/\1/p' toolchain/lwk/main.c)

INSTALL_AT = $(DESTDIR)$(PREFIX)
INSTALL_COMMANDS = lwk nimble nimble-cc nimble-dis nimble-run
INSTALL_HEADERS = libnimble/libnimble.h kernel/abi/nimble_ctl.h kernel/abi/types.h \
	nimble/abi/map.h nimble/abi/types.h ext/app/active.h ext/trusted/edu.h
MAN_PAGES = $(INSTALL_COMMANDS:%=$(O)/man/%.1) $(O)/man/libnimble.3

# Manual pages are made from what the commands say of themselves, and the header.
$(O)/man/%.1: $(O)/bin/% toolchain/install/man
	$(call say,MAN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)toolchain/install/man $< >$@
$(O)/man/libnimble.3: libnimble/libnimble.h toolchain/install/man
	$(call say,MAN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)toolchain/install/man $< >$@

INSTALL_NEEDS = $(INSTALL_COMMANDS:%=$(O)/bin/%) $(O)/bin/lwk-proxy $(MAN_PAGES) \
	$(O)/kernel/lwk.elf $(LIBNIMBLE) $(LIBNIMBLE_SHARED) \
	$(NIMBLE_SDK) $(EXT_SHIPPED)
TEST_NEEDS += $(MAN_PAGES)

.PHONY: install installable
installable: $$(INSTALL_NEEDS)
install: $$(INSTALL_NEEDS) ## Install commands, library, headers, manual (PREFIX, DESTDIR)
	$(Q)install -d $(addprefix $(INSTALL_AT)/,bin libexec/margay lib/margay/ext \
		lib/pkgconfig share/man/man1 share/man/man3 \
		share/bash-completion/completions share/doc/margay)
	$(Q)install $(INSTALL_COMMANDS:%=$(O)/bin/%) $(INSTALL_AT)/bin
	$(Q)install $(O)/bin/lwk-proxy $(INSTALL_AT)/libexec/margay
	$(Q)install -m 644 $(O)/kernel/lwk.elf $(INSTALL_AT)/lib/margay
	$(Q)install -m 644 $(EXT_SHIPPED) $(INSTALL_AT)/lib/margay/ext
	$(Q)rm -rf $(INSTALL_AT)/lib/margay/sdk
	$(Q)cp -R $(O)/sdk $(INSTALL_AT)/lib/margay
	$(Q)install -m 644 $(LIBNIMBLE) $(LIBNIMBLE_SHARED) $(INSTALL_AT)/lib
	$(Q)ln -sf $(LIBNIMBLE_SONAME) $(INSTALL_AT)/lib/libnimble.so
	$(Q)for header in $(INSTALL_HEADERS); do \
		install -D -m 644 $$header $(INSTALL_AT)/include/margay/$$header; done
	$(Q)sed -e 's,@prefix@,$(PREFIX),' -e 's,@version@,$(VERSION),' \
		toolchain/install/libnimble.pc.in \
		>$(INSTALL_AT)/lib/pkgconfig/libnimble.pc
	$(Q)install -m 644 $(filter %.1,$(MAN_PAGES)) $(INSTALL_AT)/share/man/man1
	$(Q)install -m 644 $(filter %.3,$(MAN_PAGES)) $(INSTALL_AT)/share/man/man3
	$(Q)for command in lwk nimble; do install -m 644 toolchain/install/completion \
		$(INSTALL_AT)/share/bash-completion/completions/$$command; done
	$(Q)cp -R examples $(INSTALL_AT)/share/doc/margay

TESTS += tests/unit/install.t
