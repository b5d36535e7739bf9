# SPDX-License-Identifier: MIT
# The only Makefile: variables and the user's commands. What is built from a
# folder, and how, stands in that folder's build.mk; host-module/ also has the
# Kbuild that Linux's build system wants. All output goes to $(O).

O	?= build
# The same folder by one name, or the dependencies that the compiler has noted
# would speak of other files.
override O := $(patsubst $(CURDIR)/%,%,$(O))
# Debian packages fetched for the guest; `make clean` keeps them.
PACKAGES = $(O)/packages
# The flavour of Linux in the guest: 6.1-cloud, 6.1 or 6.12.
KERNEL	?= 6.1-cloud

CC	= gcc
WARN	= -Wall -Wextra -Werror -Wmissing-prototypes -Wstrict-prototypes \
	  -Wshadow -Wundef $(ANALYZER)
CFLAGS	?= -O2 -g
HOST_CFLAGS = -std=gnu11 $(WARN) $(CFLAGS) -I.

# `make V=1` prints each command in place of a line that says what it makes.
Q	= $(if $(V),,@)
silent	= $(findstring s,$(firstword -$(MAKEFLAGS)))
say	= $(if $(V)$(silent),,@printf '  %-7s %s\n' '$1' '$2')

# Each build.mk appends to these; see the targets below for their use.
ALL	=
# Programs that print TAP; what else make test must build first; the tests
# that take too long for every day.
TESTS	=
TEST_NEEDS =
TESTS_LONG =

.PHONY: all
all: ## Build everything that the guest needs

.SECONDEXPANSION:
.DELETE_ON_ERROR:
.SECONDARY:

# Installs the packages of one purpose, toolchain/packages/PURPOSE.
$(O)/setup/%: toolchain/packages/% toolchain/setup
	$(Q)toolchain/setup $*
	$(Q)mkdir -p $(@D) && touch $@

# Nothing can be built before its tools are there: make brings an included
# file up to date before it looks at anything else.
GOALS	= $(or $(MAKECMDGOALS),all)
SETUP	= $(if $(filter-out clean distclean help,$(GOALS)),build) \
	  $(if $(filter test test-% fuzz $(O)/tests/%,$(GOALS)),test) \
	  $(if $(filter fuzz,$(GOALS)),fuzz) \
	  $(if $(filter bench-nimble%,$(GOALS)),nimble-bench nimble-peers)
include $(foreach purpose,$(SETUP),$(O)/setup/$(purpose).mk)
$(O)/setup/%.mk: $(O)/setup/%
	$(Q)touch $@

include $(sort $(wildcard */build.mk */*/build.mk))

all: $$(ALL)

.PHONY: run
run: all ## Show it all, step by step, in a guest
	$(Q)MARGAY_BUILD=$(abspath $(O)) toolchain/guest --kernel $(KERNEL) \
		-- demo </dev/null

.PHONY: shell
shell: guest ## Boot a guest and give a prompt in it
	$(Q)MARGAY_BUILD=$(abspath $(O)) toolchain/guest --kernel $(KERNEL) --shell

.PHONY: debug
debug: all $(O)/setup/debug ## Boot an LWK under gdb (RUN="lwk run ..." to run something)
	$(Q)MARGAY_BUILD=$(abspath $(O)) toolchain/debug -- $(RUN)

.PHONY: test
test: $$(TESTS) $$(TEST_NEEDS) ## Run the tests (TESTS="..." runs those)
	$(Q)MARGAY_BUILD=$(abspath $(O)) TEST_TIMEOUT=1200 tests/run $(if $(V),-v) \
		$(filter-out tests/boot/%,$(TESTS)) $(filter tests/boot/%,$(TESTS))

.PHONY: test-long
test-long: $$(TESTS_LONG) $$(TEST_NEEDS) ## Run the long tests
	$(Q)MARGAY_BUILD=$(abspath $(O)) TEST_TIMEOUT=7200 tests/run \
		$(if $(V),-v) $(TESTS_LONG)

# Files under the rules of style and licence: those that git knows or would add.
LISTED	= git ls-files --cached --others --exclude-standard

.PHONY: check check-includes check-spdx check-format check-analyzer check-sparse
check: check-includes check-spdx check-format check-sparse check-analyzer ## Check borders, licences, format; static analysis

check-includes:
	$(call say,CHECK,who includes whom)
	$(Q)tests/check/includes

check-spdx:
	$(call say,CHECK,licence of each file)
	$(Q)$(LISTED) | tests/check/spdx

check-format: $(O)/setup/check
	$(call say,CHECK,format)
	$(Q)$(LISTED) '*.[ch]' | xargs clang-format --dry-run -Werror

# All user-space programs and the LWK, compiled once more with the analyzer.
check-analyzer:
	$(call say,CHECK,gcc -fanalyzer)
	+$(Q)$(MAKE) -s O=$(O)/analyzer PACKAGES=$(PACKAGES) \
		ANALYZER=-fanalyzer analyzed

.PHONY: analyzed
analyzed: $$(filter-out guest %.ko,$$(ALL))

.PHONY: format
format: $(O)/setup/check ## Bring all C files into the project's format
	$(Q)$(LISTED) '*.[ch]' | xargs clang-format -i

.PHONY: clean
clean: ## Remove what was built; keep the packages fetched for the guest
	$(Q)if [ -d $(O) ]; then \
		find $(O) -mindepth 1 -maxdepth 1 ! -path $(PACKAGES) \
			-exec rm -rf {} +; fi

.PHONY: distclean
distclean: ## Remove everything that make brought about
	$(Q)rm -rf $(O)

.PHONY: help
help: ## List these targets
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/\1|\2/p' $(MAKEFILE_LIST) | \
		while IFS='|' read -r target what; do \
			printf '  make %-12s %s\n' "$$target" "$$what"; done
