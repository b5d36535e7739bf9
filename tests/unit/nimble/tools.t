#!/bin/bash
# SPDX-License-Identifier: MIT
# nimble-cc, nimble-dis, nimble-run and the shipped extensions, as a user has
# them; what a program must print stands beside it.
set -u
cd "$(dirname "$0")/../../.."
build=${MARGAY_BUILD:-build}
bin=$build/bin
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0

# ok NAME WANTED-REGEX COMMAND...: its output has a line like that
ok()
{
	local name=$1 want=$2 output

	shift 2
	n=$((n + 1))
	output=$("$@" 2>&1)
	if grep -qE -- "$want" <<<"$output"; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name: nothing like \"$want\""
		head -n 20 <<<"$output" | sed 's/^/# /'
	fi
}

# bad NAME WANTED-REGEX COMMAND...: it says that, and exits with 2
bad()
{
	local name=$1 want=$2 output status

	shift 2
	n=$((n + 1))
	output=$(ulimit -v 4000000; timeout 20 "$@" 2>&1)
	status=$?
	if [ $status = 2 ] && grep -qE -- "$want" <<<"$output"; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name: status $status, or nothing like \"$want\""
		head -n 20 <<<"$output" | sed 's/^/# /'
	fi
}

app=$build/ext/app
ok 'syscount counts' '^counts\[39\] = 5$' \
	"$bin/nimble-run" "$app/syscount.nx" --set nr=39 --runs 5
ok 'sysdeny denies' '^result 0x2 ' "$bin/nimble-run" \
	"$build/ext/trusted/sysdeny.nx" --set nr=5 --map 'denied[5]=1'
ok 'loop is stopped, with its line' '^fault: budget exceeded.*loop.c:[0-9]+' \
	"$bin/nimble-run" "$build/tests/ext/loop.nx"
ok 'oob is stopped, with its line' \
	'^fault: read outside its memory.*oob.c:12' \
	"$bin/nimble-run" "$build/tests/ext/oob.nx"
ok 'oob unchecked is unwound' '^fault: processor exception.*oob.c:12' \
	"$bin/nimble-run" "$build/tests/ext/oob.nx" --engine unchecked
ok 'trace' 'r0 = \*\(u64 \*\)\(r1\+8\)' \
	"$bin/nimble-run" --trace "$app/syscount.nx"
ok 'profile by line' '^ +[0-9]+ +[0-9.]+%  syscount.c:[0-9]+' \
	"$bin/nimble-run" --profile "$app/syscount.nx"
ok 'dis shows source' 'syscount.c:1[0-9]' \
	"$bin/nimble-dis" --source ext/app "$app/syscount.nx"
ok 'dis shows superoperators' '\| +[0-9]+ [a-z0-9]+\+[a-z0-9+]+' \
	"$bin/nimble-dis" "$build/bench/nimble/kernels/sort.nx"
ok 'dis shows all three side by side' \
	'0  r0 = \*\(u64 \*\)\(r1\+8\) +\| +0 ldx64_n .*\| movq 8\(%rdi\), %r9$' \
	"$bin/nimble-dis" "$app/syscount.nx"
ok 'an instruction of several, with where it jumps' '^ +\| jbe? -> 4$' \
	"$bin/nimble-dis" "$app/syscount.nx"
ok 'and out of the code' '\| ja -> out$' "$bin/nimble-dis" "$app/syscount.nx"
ok 'the unchecked code has no checks' '\| lock addq %rsi, \(%r9\)$' \
	"$bin/nimble-dis" --engine unchecked --no-cells "$app/syscount.nx"
is "$("$bin/nimble-dis" --engine unchecked "$app/syscount.nx" | grep -c 'cmpq.*%rax')" 0 \
	'none at all'
# No part of the code is left out: what is shown is as long as the code.
is "$("$bin/nimble-dis" --no-cells "$build/bench/nimble/kernels/sort.nx" | grep -c '(bad)')" 0 \
	'all of it can be read'

cat >"$work/lib.c" <<'END'
#include "ext/lib/nimble_ext.h"
static u64 calls;
static const u32 table[4] = {10, 20, 30, 40};
const char *const words[2] = {"no", "yes"};
u64 other(u64 i);
u64 other(u64 i)
{
	calls++;
	return table[i & 3] + (u64)words[i & 1][0] + calls;
}
END
cat >"$work/main.c" <<'END'
#include "ext/lib/nimble_ext.h"
LICENCE("MIT");
u64 other(u64 i);
u64 divide(s64 a, s64 b);
static s64 numbers[3] = {-100, 7, 0};
s64 *where = &numbers[1];
HOOK(call) u64 entry(struct nimble_ctx_call *ctx)
{
	char copy[40];
	s64 a = numbers[0], b = *where;

	__builtin_memset(copy, (int)ctx->args[0], sizeof(copy));
	return other(1) * 1000000 + (u64)(a / b + 100) * 1000 +
	       (u64)(a % b + 10) * 10 + (u64)copy[39];
}
END
# 20 + 'y' + 1 = 142; -100/7 = -14; -100%7 = -2; ctx 3
for cc in bpf-gcc clang; do
	if [ "$cc" = clang ] && ! command -v clang >/dev/null; then
		n=$((n + 1))
		echo "ok $n - two files by clang # SKIP no clang"
		continue
	fi
	# clang 14 has no signed division: give it the library's own.
	sed -e "s|a / b|$([ $cc = clang ] && echo '__divdi3(a, b)' || echo 'a / b')|" \
	    -e "s|a % b|$([ $cc = clang ] && echo '__moddi3(a, b)' || echo 'a % b')|" \
	    -e 's|^u64 divide.*|s64 __divdi3(s64 a, s64 b); s64 __moddi3(s64 a, s64 b);|' \
		"$work/main.c" >"$work/main_$cc.c"
	"$bin/nimble-cc" --cc=$cc -g "$work/main_$cc.c" "$work/lib.c" \
		-o "$work/$cc.nx"
	ok "two files, data, pointers, library by $cc" "\(142086083\)" \
		"$bin/nimble-run" "$work/$cc.nx" --set 'args[0]=3'
done

cat >"$work/atomic.c" <<'END'
#include "ext/lib/nimble_ext.h"
static u64 a = 100;
static u32 b = 7;
HOOK(call) u64 entry(struct nimble_ctx_call *ctx)
{
	u64 r = 0, old = 5;

	r = r * 3 + __sync_fetch_and_add(&a, 5); /* 100; 105 */
	r = r * 3 + __sync_sub_and_fetch(&a, 3); /* 102 */
	r = r * 3 + __atomic_or_fetch(&a, 1, 5); /* 103 */
	r = r * 3 + __sync_val_compare_and_swap(&a, 103, 9); /* 103; 9 */
	r = r * 3 + __sync_bool_compare_and_swap(&a, 8, 1); /* 0 */
	r = r * 3 + __sync_bool_compare_and_swap(&a, 9, 4); /* 1; 4 */
	r = r * 3 + __atomic_compare_exchange_n(&a, &old, 8, 0, 5, 5); /* 0 */
	r = r * 3 + old; /* 4 */
	r = r * 3 + __atomic_compare_exchange_n(&a, &old, 8, 0, 5, 5); /* 1 */
	r = r * 3 + __atomic_exchange_n(&b, 0xffffffff, 5); /* 7 */
	r = r * 3 + __sync_fetch_and_xor(&b, 0xf); /* 4294967295 */
	r = r * 3 + __atomic_and_fetch(&b, 0xff, 5); /* 240 */
	return r + __sync_fetch_and_or(&a, ctx->args[0]); /* 8 */
}
END
"$bin/nimble-cc" "$work/atomic.c" -o "$work/atomic.nx"
want=0
for x in 100 102 103 103 0 1 0 4 1 7 4294967295 240; do
	want=$((want * 3 + x))
done
ok 'atomic operations by the library' "\\($((want + 8))\\)" \
	"$bin/nimble-run" "$work/atomic.nx"

echo 'u64 missing(void);' >"$work/bad.c"
cat >>"$work/bad.c" <<'END'
HOOK(call) u64 entry(void *ctx) { return missing(); }
END
sed -i '1i #include "ext/lib/nimble_ext.h"' "$work/bad.c"
ok 'an undefined function is named, with its line' \
	'bad.c:3: undefined function missing' \
	"$bin/nimble-cc" "$work/bad.c" -o "$work/bad.nx"
echo 'int x = ;' >"$work/syntax.c"
ok 'compile errors have file and line' 'syntax.c:1:' \
	"$bin/nimble-cc" "$work/syntax.c" -o "$work/bad.nx"
echo 'int x;' >"$work/none.c"
ok 'no hooks is said' 'no hooks' \
	"$bin/nimble-cc" "$work/none.c" -o "$work/none.nx"
run=("$bin/nimble-run" "$app/syscount.nx")
head -c 100 /dev/zero >"$work/long"
: >"$work/empty"
for i in {1..70}; do
	sets+=(--set "nr=$i")
	maps+=(--map "counts[$i]=$i")
done
for option in budget runs; do
	bad "--$option wants a number" "--$option wants" \
		"${run[@]}" --$option 12x
	bad "--$option wants one that may be" "--$option wants" \
		"${run[@]}" --$option -1
done
bad '--runs 0' '--runs wants' "${run[@]}" --runs 0
bad '--set with no number' '--set wants' "${run[@]}" --set nr=abc
bad '--set with no index' '--set wants' "${run[@]}" --set 'args[x]=1'
bad '--set behind an array' 'the context of syscall_entry has' "${run[@]}" --set 'args[6]=1'
bad '--map with more behind' '--map wants' "${run[@]}" --map 'counts[1]=2x'
bad 'too many --set' 'too many' "${run[@]}" "${sets[@]}"
bad 'too many --map' 'too many' "${run[@]}" "${maps[@]}"
bad 'two images' 'one image' "${run[@]}" "$app/syscount.nx"
bad 'a context that is too long' 'has 72 bytes' \
	"${run[@]}" --ctx "$work/long"
bad 'a context that is a directory' 'cannot read .*: Is a directory' \
	"${run[@]}" --ctx /tmp
ok 'a short context' '^ctx nr = 0x0$' "${run[@]}" --ctx "$work/empty"
for tool in dis run; do
	bad "nimble-$tool of nothing" 'No such file' "$bin/nimble-$tool" /none
	bad "nimble-$tool of a directory" 'Is a directory' \
		"$bin/nimble-$tool" /tmp
	bad "nimble-$tool of a file without end" 'File too large' \
		"$bin/nimble-$tool" /dev/zero
	bad "nimble-$tool of an empty file" 'ends inside its header' \
		"$bin/nimble-$tool" "$work/empty"
	bad "nimble-$tool to a full disk" 'No space left' sh -c \
		'exec "$0" "$1" >/dev/full' "$bin/nimble-$tool" "$app/syscount.nx"
done
bad 'nimble-dis of two images' 'one image' \
	"$bin/nimble-dis" "$app/syscount.nx" "$app/prio.nx"
bad 'nimble-dis --engine' 'no engine foo' \
	"$bin/nimble-dis" --engine foo "$app/syscount.nx"

# What is no vector fails, with its line; the others are run.
cat >"$work/vectors.jsonl" <<'END'
{"name":"right","code":"b7000000010000009500000000000000","result":"0x1"}
{"name":"wrong","code":"b7000000020000009500000000000000","result":"0x1"}
{"name":"refused","code":"b7000000010000009500000000000000","error":"x"}
{"name":"null","code":"79100000000000009500000000000000","result":"0x0"}
{"name":"odd","code":"b70","result":"0x1"}
{"name":"space","code":"b7000000 10000009500000000000000","result":"0x1"}
{"name":"word","code":"b7000000000000009500000000000000","result":"zero"}
{"name":"number","code":"b7000000010000009500000000000000","result":1}
not even JSON
[]
END
for engine in checked unchecked threaded threaded-unchecked traced; do
	ok "vectors that are none, $engine" '^1 passed, 9 failed$' \
		"$bin/nimble-run" --vectors "$work/vectors.jsonl" \
		--engine $engine
done
for i in 5 6 7 8 9 10; do
	ok "line $i is no vector" "jsonl:$i: no vector" \
		"$bin/nimble-run" --vectors "$work/vectors.jsonl"
done
bad 'no vectors' 'no vectors' "$bin/nimble-run" --vectors "$work/empty"
bad 'vectors of a directory' 'Is a directory' "$bin/nimble-run" --vectors /tmp
bad 'vectors of nothing' 'No such file' "$bin/nimble-run" --vectors /none

# links NAME WANTED-REGEX ONE TWO: two sources, linked, and run if they can be
links()
{
	printf '#include "ext/lib/nimble_ext.h"\nLICENCE("MIT");\n%s\n' \
		"$3" >"$work/one.c"
	printf '#include "ext/lib/nimble_ext.h"\n%s\n' "$4" >"$work/two.c"
	ok "$1" "$2" sh -c '"$0/nimble-cc" "$1/one.c" "$1/two.c" \
		-o "$1/both.nx" && "$0/nimble-run" "$1/both.nx"' "$bin" "$work"
}
entry='HOOK(call) u64 entry(struct nimble_ctx_call *ctx)'
links 'a variable that is defined twice' \
	'two.c: x is defined in .*one.c, too' \
	"int x = 1; $entry { return x; }" 'int x = 2;'
links 'a function that is defined twice' 'f is defined in .*one.c, too' \
	"u64 f(void); u64 f(void) { return 1; } $entry { return f(); }" \
	'u64 f(void); u64 f(void) { return 2; }'
links 'static ones of one name' '^result 0x3 ' \
	"static int x = 1; u64 f(void); $entry { return x + f(); }" \
	'static int x = 2; u64 f(void); u64 f(void) { return x; }'
links 'a weak one gives way' '^result 0x2 ' \
	"__attribute__((weak)) int x = 1; $entry { return x; }" 'int x = 2;'
links 'a weak one alone' '^result 0x1 ' \
	"__attribute__((weak)) int x = 1; $entry { return x; }" ''
links 'a library function of our own' '^result 0x7 ' \
	"u64 __udivdi3(u64 a, u64 b); $entry { return __udivdi3(1, 2); }" \
	'u64 __udivdi3(u64 a, u64 b); u64 __udivdi3(u64 a, u64 b) { return 7; }'
links 'a map that is defined twice' 'map m is defined in .*one.c, too' \
	"MAP_ARRAY(m, u64, 4); $entry { return m[0]; }" 'MAP_ARRAY(m, u64, 4);'
links 'an alignment that is kept' '^result 0x0 ' \
	"static char a = 1; static u64 b __attribute__((aligned(64)));
	$entry { u64 p = (u64)&b; a++; b++; __asm__(\"\" : \"+r\"(p));
	return p % 64; }" ''
links 'one that is not' 'aligned to 128 bytes; at most 64' \
	"static u64 b __attribute__((aligned(128))); $entry { return b++; }" ''
links 'more than 4 GiB' 'section .*big.* has 4294967360 bytes' \
	"static char big[(1ull << 32) + 64]; $entry { return big[0]++; }" ''
links 'a hook that there is not' \
	'one.c: there is no hook sched_pick; hooks are .*sched_enqueue' \
	'HOOK(sched_pick) u64 entry(struct nimble_ctx_call *ctx) { return 0; }' ''
links 'log_values prints a tag and three values' \
	': trace [0x]*7: [0x]*1 [0x]*2 [0x]*3$' \
	"$entry { return log_values(7, 1, 2, 3); }" ''
links 'floating point' 'one.c:4: no floating point: ' \
	"HOOK(call) u64 entry(struct nimble_ctx_call *ctx)
	{ return (double)ctx->args[0] * 1.5; }" ''
# Each compiler says what it compiled for; what it cannot know is let be.
for cc in bpf-gcc clang; do
	if [ $cc = clang ] && ! command -v clang >/dev/null; then
		for i in 1 2; do
			n=$((n + 1))
			echo "ok $n - by clang # SKIP no clang"
		done
		continue
	fi
	compile="'$bin/nimble-cc' --cc=$cc '$work/one.c' -o '$work/one.nx'"
	printf '#include "ext/lib/nimble_ext.h"\n%s\n' >"$work/one.c" \
		'HOOK(sched_tick) u64 f(struct nimble_ctx_syscall_entry *ctx)
		{ return ctx->nr; }'
	ok "another hook's context, by $cc" \
		'f takes struct nimble_ctx_syscall_entry, but hook sched_tick' \
		sh -c "$compile"
	printf '#include "ext/lib/nimble_ext.h"\n%s\n' >"$work/one.c" \
		'HOOK(sched_tick) u64 f(const struct nimble_ctx_sched_tick *ctx)
		{ return ctx->task; }
		HOOK(call) u64 g(u64 *args) { return args[1]; }'
	ok "the right context, by $cc" '^in order$' \
		sh -c "$compile && echo in order"
done
if command -v clang >/dev/null; then
	cat >"$work/table.c" <<'END'
#include "ext/lib/nimble_ext.h"
static u64 f(u64 x) { return x + 1; }
static u64 g(u64 x) { return x + 2; }
static u64 (*const table[])(u64) = {f, g};
HOOK(call) u64 entry(struct nimble_ctx_call *ctx)
{
	return table[ctx->args[0] & 1](3);
}
END
	ok 'a table of functions' \
		'data holds the address of .text.f, which is no data' \
		"$bin/nimble-cc" --cc=clang "$work/table.c" -o "$work/bad.nx"
else
	n=$((n + 1))
	echo "ok $n - a table of functions # SKIP no clang"
fi
# An object that is damaged, in each place in turn, is linked or refused.
"$bin/nimble-cc" -g -c "$work/lib.c" -o "$work/lib.o"
cat >"$work/damage.pl" <<'END'
my ($cc, $object, $out) = @ARGV;
local $/;
open(my $in, '<:raw', $object) or die;
my $good = <$in>;
my $headers = unpack('Q<', substr($good, 40, 8));
my @places = (0 .. 63, $headers .. length($good) - 1);
for my $at (grep { $_ % 3 == 0 } @places) {
	my $bad = $good;
	substr($bad, $at, 1) ^= "\x81";
	open(my $file, '>:raw', "$out.o") or die;
	print $file $bad;
	close $file;
	my $status = system("timeout 10 '$cc' -g '$out.o' -o '$out' 2>/dev/null");
	print "byte $at: status $status\n" if $status != 0 && $status != 256;
}
print "all tried\n";
END
ok 'damaged objects' '^same$' sh -c 'perl "$0" "$@" >"$3.said"
	cat "$3.said"; [ "$(cat "$3.said")" = "all tried" ] && echo same' \
	"$work/damage.pl" "$bin/nimble-cc" "$work/lib.o" "$work/damaged"

cp "$work/none.c" "$work/keep.c"
ok 'a source is not overwritten' 'keep.c is an input' \
	"$bin/nimble-cc" "$work/keep.c" -o "$work/keep.c"
ok 'it is as it was' '^same$' \
	sh -c "cmp '$work/none.c' '$work/keep.c' && echo same"
for frame in 0 -8 4097 12k ''; do
	ok "--frame='$frame'" '--frame is a number of bytes up to 4096' \
		"$bin/nimble-cc" --frame="$frame" "$work/lib.c" -o "$work/f.nx"
done
ok '-c with two sources' '-c takes one source: what of .*lib.c' \
	"$bin/nimble-cc" -c "$work/main.c" "$work/lib.c" -o "$work/f.o"
ok 'an image that does not fit' 'cannot write the image: No space left' \
	"$bin/nimble-cc" "$work/main_bpf-gcc.c" "$work/lib.c" -o /dev/full

# Nothing is left of a run, however it ends: with a compiler's error, with the
# linker's, by a signal (which finds the compiler waiting for its source).
mkdir "$work/tmp"
mkfifo "$work/waits.c"
for source in syntax bad main_bpf-gcc; do
	TMPDIR=$work/tmp "$bin/nimble-cc" "$work/$source.c" "$work/lib.c" \
		-o "$work/left.nx" >"$work/said" 2>&1
done
env TMPDIR="$work/tmp" "$bin/nimble-cc" "$work/waits.c" -o "$work/left.nx" \
	2>"$work/said" &
exec 3>"$work/waits.c" # open once the compiler has opened it
ok 'a run has a directory of its own' '^nimble-cc-' ls "$work/tmp"
kill -TERM $!
exec 3>&-
wait $!
ok 'a signal ends nimble-cc as it ends others' '^143$' echo $?
ok 'nothing is left of a run' '^0$' sh -c "ls -A '$work/tmp' | wc -l"
for tool in cc dis run; do
	ok "nimble-$tool --help" "^usage: nimble-$tool" \
		"$bin/nimble-$tool" --help
done
echo "1..$n"
