# SPDX-License-Identifier: MIT
# Measuring; see docs/measuring.md.

BENCH_O = $(O)/tests/bench
BENCH_PLUGIN_SRC = tests/bench/plugin/count.c tests/bench/plugin/decode.c
BENCH_GUEST_SRC = $(wildcard tests/bench/guest/*.c)

$(BENCH_O)/count.so: $(BENCH_PLUGIN_SRC) $(wildcard tests/bench/plugin/*.h) \
		kernel/abi/mark.h tests/bench/build.mk
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -fPIC -shared -fvisibility=hidden -o $@ \
		$(BENCH_PLUGIN_SRC)

$(BENCH_O)/ops: $(BENCH_GUEST_SRC) $(wildcard tests/bench/guest/*.h) \
		tests/bench/guest/rows.def kernel/abi/mark.h tests/bench/build.mk \
		$(O)/libnimble/libnimble.a
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -static -pthread -o $@ $(BENCH_GUEST_SRC) \
		$(O)/libnimble/libnimble.a

ALL += $(BENCH_O)/count.so $(BENCH_O)/ops
BENCH_NEEDS = guest $(BENCH_O)/count.so $(BENCH_O)/ops $(O)/setup/bench
BENCH_RUN = $(Q)MARGAY_BUILD=$(O) tests/bench/bench

.PHONY: bench bench-gate bench-baseline
bench: $(BENCH_NEEDS) ## Measure the LWK beside Linux (BENCH="row..." only those)
	$(BENCH_RUN) report -- $(foreach row,$(BENCH),'$(row)')

bench-gate: $(BENCH_NEEDS) ## Compare counts with tests/bench/baseline.json
	$(BENCH_RUN) gate

bench-baseline: $(BENCH_NEEDS) ## Make this tree's counts the baseline
	$(BENCH_RUN) baseline

$(BENCH_O)/decode_test: tests/bench/decode_test.c tests/bench/plugin/decode.c \
		tests/bench/plugin/decode.h tests/bench/build.mk
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -fsanitize=address,undefined -o $@ \
		$(filter %.c,$^) -lcmocka

TESTS += $(BENCH_O)/decode_test tests/bench/gate.t tests/bench/results.t
