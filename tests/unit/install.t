#!/bin/bash
# SPDX-License-Identifier: MIT
# make install into an empty root; the examples build there from nothing of the tree.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

ok "make install" env -u MAKELEVEL -u MAKEFLAGS make -s \
	O="${MARGAY_BUILD:-build}" PREFIX=/opt/margay DESTDIR="$root" install
at=$root/opt/margay
is "$(find "$root" -mindepth 1 -maxdepth 2 -printf '%P ')" "opt opt/margay " \
	"below its prefix and nowhere else"
cp -R "$at/share/doc/margay/examples" "$root/examples"
export PATH=$at/bin:$PATH PKG_CONFIG_PATH=$at/lib/pkgconfig \
	PKG_CONFIG_SYSROOT_DIR=$root
said=$(cd "$root/examples" && env -u MAKELEVEL -u MAKEFLAGS make 2>&1)
is $? 0 "the examples build"
[ "$tap_failed" = 0 ] || diag "$said"
ok "an extension" [ -s "$root/examples/calls.nx" ]
like "$(nimble-run "$root/examples/calls.nx" 2>&1)" . "which runs without a kernel"
ok "and an application" [ -x "$root/examples/calls" ]
like "$("$root/examples/calls" "$root/examples/calls.nx" 2>&1)" 'does not run on an LWK' \
	"which says that this is none"
is "$(NIMBLE_BACKEND=host "$root/examples/calls" "$root/examples/calls.nx" 2>"$root/said")" \
	"0 calls counted
1 direct call" "NIMBLE_BACKEND=host runs the extension in the program itself"
like "$(cat "$root/said")" 'NIMBLE_BACKEND=host: .* inside this process' "and says so"
ok "the example links with the shared library" gcc $(pkg-config --cflags libnimble) \
	-o "$root/shared" "$root/examples/calls.c" $(pkg-config --libs libnimble)
like "$(readelf -d "$root/shared")" 'NEEDED.*libnimble.so.0' "by its soname"
like "$(LD_LIBRARY_PATH=$at/lib NIMBLE_BACKEND=host "$root/shared" \
	"$root/examples/calls.nx" 2>&1)" '1 direct call' "and runs with it"
is "$(nm -g --defined-only "$at/lib/libnimble.a" | grep -c ' [TDBR] [^l]')" 0 \
	"the library defines no names but its own"
is "$(pkg-config --modversion libnimble)" "$(lwk version | sed 's/.* //')" \
	"pkg-config has the version of the commands"
for command in lwk nimble nimble-cc nimble-dis nimble-run; do
	page=$at/share/man/man1/$command.1
	like "$(cat "$page")" "^$command .- [a-z]" "$command has a manual page"
	like "$(sed 's/\\-/-/g' "$page")" "^usage: $command" "with what its help says"
done
for command in $(lwk --help | sed -n 's/^  \([a-z]*\) .*/\1/p'); do
	like "$(cat "$at/share/man/man1/lwk.1")" "^.SH lwk $command" "lwk $command is in it"
done
like "$(cat "$at/share/man/man3/libnimble.3")" 'libnimble_load_file' \
	"the library's page has its functions"

# complete WORD...: what bash offers for the last word.
complete_words()
{
	bash -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
		_margay "$1"; echo "${COMPREPLY[*]}"' bash \
		"$at/share/bash-completion/completions/lwk" "$@"
}
is "$(complete_words lwk sh)" shutdown "bash completes commands"
is "$(complete_words lwk shutdown --f)" --force "and their options"
is "$(complete_words nimble at)" attach "nimble's too"
done_testing
