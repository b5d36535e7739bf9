# SPDX-License-Identifier: MIT
# nimble-cc, nimble-dis, nimble-run, and what extensions are compiled with:
# $(O)/bin and beside it $(O)/sdk.

BIN = $(O)/bin
SDK = $(O)/sdk
NXTOOLS_O = $(O)/toolchain/nimble
NIMBLE_CC = $(BIN)/nimble-cc
NIMBLE_RUN = $(BIN)/nimble-run

$(NXTOOLS_O)/%.o: toolchain/nimble/%.c
	@mkdir -p $(@D)
	$(CC) $(HOST_CFLAGS) -MMD -MP -c $< -o $@

$(BIN)/nimble-cc: $(addprefix $(NXTOOLS_O)/,nimble_cc.o link.o lines.o \
		nxbuild.o)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $^ -o $@ -ldw -lelf

$(BIN)/nimble-run: $(addprefix $(NXTOOLS_O)/,nimble_run.o vectors.o fields.o \
		nxbuild.o) \
		$(NIMBLE_LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $^ -o $@ -ljansson

# The headers that an extension can include, under the names of the tree.
SDK_HEADERS = $(patsubst %,$(SDK)/include/%,$(wildcard nimble/abi/*.h \
	nimble/abi/*.def ext/lib/*.h))
$(SDK)/include/%: %
	@mkdir -p $(@D)
	cp $< $@
$(SDK)/runtime.o: ext/lib/runtime.c $(NIMBLE_CC) $(SDK_HEADERS)
	$(NIMBLE_CC) -c $< -o $@
NIMBLE_SDK = $(NIMBLE_CC) $(SDK_HEADERS) $(SDK)/runtime.o

ALL += $(NIMBLE_SDK) $(NIMBLE_RUN)
-include $(wildcard $(NXTOOLS_O)/*.d)
