# SPDX-License-Identifier: MIT
# The shipped extensions, and those that tests break things with.

EXT_SHIPPED = $(patsubst %.c,$(O)/%.nx,$(wildcard ext/app/*.c ext/trusted/*.c))
EXT_NX = $(EXT_SHIPPED) $(patsubst %.c,$(O)/%.nx,$(wildcard tests/ext/*.c))

$(O)/ext/%.nx: ext/%.c $$(NIMBLE_SDK)
	$(call say,BPF,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(NIMBLE_CC) -g $< -o $@
# In the style of Linux's sched_ext.
$(O)/tests/ext/%.bpf.nx: tests/ext/%.bpf.c $$(NIMBLE_SDK)
	$(call say,BPF,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(NIMBLE_CC) --scx -g $< -o $@
$(O)/tests/ext/%.nx: tests/ext/%.c $$(NIMBLE_SDK)
	$(call say,BPF,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(NIMBLE_CC) -g -I . $< -o $@

ALL += $(EXT_NX)
GUEST_FILES += $(foreach nx,$(EXT_SHIPPED),$(nx):/usr/lib/margay/ext/$(notdir $(nx)))
GUEST_TESTS += $(EXT_NX)
