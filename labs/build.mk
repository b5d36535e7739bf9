# SPDX-License-Identifier: MIT
# The course: docs/tutorial.md, and exercises that are graded.

.PHONY: lab
lab: $$(NIMBLE_SDK) $$(NIMBLE_TOOLS) $(O)/labs/meet ## Grade a lab (N=1 to 5; LAB=mine.c: not labs/N/lab.c)
	$(Q)MARGAY_BUILD=$(O) labs/grade $(or $(N),1) $(LAB)

# Calls a barrier from several threads at once, for lab 5.
$(O)/labs/meet: labs/5/meet.c $$(NIMBLE_LIB) $(O)/toolchain/nimble/file.o
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) $< $(O)/toolchain/nimble/file.o $(NIMBLE_LIB) \
		-o $@ -lpthread
TEST_NEEDS += $(O)/labs/meet
TESTS_LONG += tests/labs/fresh.t
