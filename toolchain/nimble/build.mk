# SPDX-License-Identifier: MIT
# nimble-cc, nimble-dis, nimble-run, and what extensions are compiled with:
# $(O)/bin and beside it $(O)/sdk.

BIN = $(O)/bin
SDK = $(O)/sdk
NXTOOLS_O = $(O)/toolchain/nimble
NIMBLE_CC = $(BIN)/nimble-cc
NIMBLE_RUN = $(BIN)/nimble-run

$(NXTOOLS_O)/%.o: toolchain/nimble/%.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -MMD -MP -c $< -o $@

$(BIN)/nimble-cc: $(patsubst toolchain/nimble/%.c,$(NXTOOLS_O)/%.o,\
		$(wildcard toolchain/nimble/cc/*.c)) $(NXTOOLS_O)/nxbuild.o
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $^ -o $@ -ldw -lelf

# The tool that takes the engine's stencils apart; it only runs here.
NIMBLE_STENCIL_TOOL = $(patsubst toolchain/nimble/%.c,$(NXTOOLS_O)/%.o,\
	$(wildcard toolchain/nimble/stencil/*.c))
$(NIMBLE_STENCIL)/stencil: $(NIMBLE_STENCIL_TOOL) $(NIMBLE_O)/core/ops.o
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $^ -o $@ -lelf

$(BIN)/nimble-run: $(patsubst toolchain/nimble/%.c,$(NXTOOLS_O)/%.o,\
		$(wildcard toolchain/nimble/run/*.c toolchain/nimble/sim/*.c)) \
		$(addprefix $(NXTOOLS_O)/,nxbuild.o dis/disasm.o file.o) $(NIMBLE_LIB)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $^ -o $@ -ljansson

$(BIN)/nimble-dis: $(addprefix $(NXTOOLS_O)/,dis/nimble_dis.o dis/machine.o dis/disasm.o file.o) \
		$(NIMBLE_LIB)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $^ -o $@ -lcapstone

# The headers that an extension can include, under the names of the tree.
SDK_HEADERS = $(patsubst %,$(SDK)/include/%,$(wildcard nimble/abi/*.h \
	nimble/abi/*.def ext/app/*.h ext/lib/*.h ext/lib/scx/*.h ext/lib/scx/*/*.h))
$(SDK)/include/%: %
	$(Q)mkdir -p $(@D)
	$(Q)cp $< $@
$(SDK)/%.o: ext/lib/%.c $(NIMBLE_CC) $(SDK_HEADERS)
	$(call say,BPF,$@)
	$(Q)$(NIMBLE_CC) $(if $(findstring /scx.,$@),--scx) -c $< -o $@
NIMBLE_SDK = $(NIMBLE_CC) $(SDK_HEADERS) $(SDK)/runtime.o \
	$(SDK)/runtime_atomic.o $(SDK)/scx.o

NIMBLE_TOOLS = $(NIMBLE_CC) $(NIMBLE_RUN) $(BIN)/nimble-dis
ALL += $(NIMBLE_SDK) $(NIMBLE_TOOLS)
$(addprefix $(NXTOOLS_O)/,nxbuild.o cc/link.o cc/link_read.o cc/link_reloc.o \
	run/vectors.o dis/machine.o): | $(O)/setup/nimble
-include $(wildcard $(NXTOOLS_O)/*.d $(NXTOOLS_O)/*/*.d)

include tests/bench/nimble/build.mk
include tests/fuzz/nimble/build.mk
include tests/unit/nimble/build.mk
