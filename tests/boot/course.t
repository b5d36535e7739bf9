#!/bin/bash
# SPDX-License-Identifier: MIT
# What docs/tutorial.md has typed for a guest, as it is written there, with the policy that
# stands on the page.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh
top=$PWD
build=$(readlink -f "${MARGAY_BUILD:-build}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The file that stands behind its name.
awk '/^`second\.c`:$/ { on = 1; next }
     on && /^    / { print substr($0, 5); next }
     on && /^$/ { print; next }
     on && !/^    / { exit }' docs/tutorial.md | sed '/^\$ /,$d' >"$work/second.c"
"$build/bin/nimble-cc" -g "$work/second.c" -o "$work/second.nx"
is $? 0 "the page's policy compiles"

# The commands of its last part: lines of a block that are not output.
awk '/^## / { on = $0 == "## On the LWK"; next }
     on && /^    / { print substr($0, 5) }' docs/tutorial.md >"$work/commands"
like "$(cat "$work/commands")" '^toolchain/guest --lwk --add second.nx' "the page has a command"
ln -s "$top/toolchain" "$work/toolchain"
out=$(cd "$work" && MARGAY_BUILD=$build timeout 900 bash commands 2>&1 </dev/null)
is $? 0 "typed as it is written, it succeeds"
diag "$out"
like "$out" '^second\.nx$' "the program has run"
like "$out" 'second: attached' "under the policy"
done_testing
