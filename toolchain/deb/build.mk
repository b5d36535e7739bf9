# SPDX-License-Identifier: MIT
# make deb: Debian packages, and the source package that they are built from. Debian's
# tools want a folder debian/ at the top of the source, so the tree is copied and gets
# one there.

DEB = $(O)/deb
DEB_TREE = $(DEB)/margay-$(VERSION)

# The date of the last commit, so that the same tree makes the same packages.
deb_date = $(shell LC_ALL=C git log -1 --format=%cD 2>/dev/null || date -R)

.PHONY: deb-source
deb-source: $(O)/setup/deb
	$(call say,DEB,$(DEB_TREE))
	$(Q)rm -rf $(DEB) && mkdir -p $(DEB_TREE)
	$(Q)$(LISTED) | tar -c --verbatim-files-from -T - | tar -x -C $(DEB_TREE)
	$(Q)cp -R $(DEB_TREE)/toolchain/deb/debian $(DEB_TREE)/debian
	$(Q)sed -i -e 's/@version@/$(VERSION)/' -e 's/@date@/$(deb_date)/' \
		$(DEB_TREE)/debian/changelog

.PHONY: deb
deb: deb-source ## Build Debian packages below build/deb
	$(Q)cd $(DEB_TREE) && env -u MAKELEVEL -u MAKEFLAGS -u MFLAGS \
		dpkg-buildpackage --no-sign >$(abspath $(DEB))/log 2>&1 || \
		{ tail -n 30 $(abspath $(DEB))/log >&2; exit 1; }
	$(Q)ls $(DEB)/*.deb $(DEB)/*.dsc

TESTS_LONG += tests/boot/deb.t
