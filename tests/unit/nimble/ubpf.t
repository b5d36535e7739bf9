#!/bin/bash
# SPDX-License-Identifier: MIT
# The benchmark's option UBPF: uBPF is not at hand, so a library that has its
# interface stands in; it shows that the option works, and nothing of uBPF's speed.
set -u
cd "$(dirname "$0")/../../.." || exit 1
. tests/tap.sh
build=${MARGAY_BUILD:-build}/bench/nimble
bench=("$build/nimble-bench" "$build/kernels" --rounds 1)

said=$(UBPF=$build/fake-ubpf.so "${bench[@]}" 2>&1)
like "$said" '^ns .* ubpf\b' "a column for uBPF"
like "$said" '^uBPF: times slower than checked +[0-9.]+' "and its ratio"
said=$(FAKE_UBPF_FAILS=1 UBPF=$build/fake-ubpf.so "${bench[@]}" 2>&1)
ok "a run that uBPF ends is no measurement" [ $? != 0 ]
like "$said" 'uBPF gives up on runqueue' "and is named"
said=$(UBPF=/nonexistent.so "${bench[@]}" 2>&1)
like "$said" '/nonexistent.so.*not found' "a library that is not there is named"
like "$said" '^checked: times slower than native' "the others are compared"
done_testing
