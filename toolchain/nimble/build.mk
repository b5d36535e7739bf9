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

$(BIN)/nimble-cc: $(addprefix $(NXTOOLS_O)/,nimble_cc.o link.o link_read.o \
		link_reloc.o link_hook.o link_scx.o \
		link_scx_maps.o link_scx_code.o link_set.o members.o argument.o lines.o nxbuild.o supervise.o)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $^ -o $@ -ldw -lelf

$(BIN)/nimble-run: $(addprefix $(NXTOOLS_O)/,nimble_run.o run_maps.o run_watch.o \
		sim_load.o sim_print.o sim_draw.o \
		vectors.o fields.o nxbuild.o disasm.o file.o) \
		$(NIMBLE_LIB)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $^ -o $@ -ljansson

$(BIN)/nimble-dis: $(addprefix $(NXTOOLS_O)/,nimble_dis.o disasm.o file.o) \
		$(NIMBLE_LIB)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $^ -o $@

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
$(NXTOOLS_O)/nxbuild.o $(NXTOOLS_O)/link.o $(NXTOOLS_O)/link_read.o \
	$(NXTOOLS_O)/link_reloc.o $(NXTOOLS_O)/vectors.o: | $(O)/setup/nimble
-include $(wildcard $(NXTOOLS_O)/*.d)

include tests/bench/nimble/build.mk
include tests/fuzz/nimble/build.mk
include tests/unit/nimble/build.mk
