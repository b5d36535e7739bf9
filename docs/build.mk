# SPDX-License-Identifier: MIT
# What in docs/ is made from something else, and kept in the repository so that
# it can be read there.

.PHONY: docs check-docs
docs: docs/syscalls.md docs/hooks.md ## Make the generated parts of the documentation

docs/syscalls.md: kernel/abi/syscall.def docs/syscalls.awk
	$(call say,DOC,$@)
	$(Q)awk -f docs/syscalls.awk $< > $@

docs/hooks.md: nimble/abi/hooks.def docs/hooks.awk
	$(call say,DOC,$@)
	$(Q)awk -f docs/hooks.awk $< > $@

# Graphviz; not needed to build or test.
docs/architecture.svg: docs/architecture.dot
	$(call say,DOC,$@)
	$(Q)dot -Tsvg $< -o $@

check: check-docs
check-docs:
	$(call say,CHECK,generated documentation)
	$(Q)awk -f docs/syscalls.awk kernel/abi/syscall.def | \
		cmp -s - docs/syscalls.md || \
		{ echo "docs/syscalls.md is out of date: type make docs"; exit 1; }
	$(Q)awk -f docs/hooks.awk nimble/abi/hooks.def | \
		cmp -s - docs/hooks.md || \
		{ echo "docs/hooks.md is out of date: type make docs"; exit 1; }
