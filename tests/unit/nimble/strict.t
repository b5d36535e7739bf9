#!/bin/bash
# SPDX-License-Identifier: MIT
# nimble-run --strict: an access outside of the object that its pointer was made for is
# found, however far it goes and whatever lies there; one inside is not.
cd "$(dirname "$0")/../../.." || exit 1
. tests/tap.sh

build=${MARGAY_BUILD:-build}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/objects.c" <<'END'
#include "ext/lib/nimble_ext.h"

LICENCE("MIT");

struct pair {
	u8 a[8];
	u64 b;
};
MAP_ARRAY(slots, u64, 4);
MAP_HASH(table, u32, struct pair, 8);
MAP_RING(ring, 4096);
static u8 first[8] = {1}, second[8] = {2};
static const u8 constant[6] = "hello";
static u8 *kept;

static void __attribute__((noinline)) poke(u8 *p, u64 at, u64 write)
{
	volatile u8 *q = p + at;

	if (write)
		*q = 7;
	else
		(void)*q;
}

static u8 *value_of(u32 key)
{
	struct pair zero = {0};

	map_update(MAP(table), &key, &zero);
	return map_lookup(MAP(table), &key);
}

HOOK(call)
u64 run(struct nimble_ctx_call *ctx)
{
	u8 array[16] = {0}, *p = array;

	poke(second, 0, 1);
	switch (ctx->args[0]) {
	case 1:
		p = first;
		break;
	case 2:
		p = value_of(1);
		break;
	case 3:
		p = (u8 *)slots;
		break;
	case 4:
		p = (u8 *)constant;
		break;
	case 5:
		p = (u8 *)ctx;
		break;
	case 6:
		kept = first;
		asm volatile("" : : : "memory");
		p = kept;
		break;
	}
	if (!p)
		return 1;
	poke(p, ctx->args[1], ctx->args[2]);
	if (ctx->args[3])
		ring_output(MAP(ring), p, ctx->args[3]);
	return 0;
}
END
cat >"$work/good.c" <<'END'
#include "ext/lib/nimble_ext.h"

LICENCE("MIT");

struct node {
	struct node *next;
	u64 value;
};
MAP_ARRAY(sums, u64, 8);
static struct node nodes[16], *list;
static const u64 weights[8] = {1, 2, 3, 4, 5, 6, 7, 8};

static u64 __attribute__((noinline)) sum(const struct node *n)
{
	u64 total = 0;

	for (; n; n = n->next)
		total += n->value;
	return total;
}

/* From the last one down, and from the end. */
static u64 __attribute__((noinline)) backwards(const u64 *end, u64 count)
{
	u64 total = 0;

	while (count--)
		total += *--end;
	return total;
}

HOOK(call)
u64 run(struct nimble_ctx_call *ctx)
{
	u64 frame[8], total = 0;
	u32 i;

	for (i = 0; i < 16; i++) {
		nodes[i].value = i + ctx->args[0];
		nodes[i].next = list;
		list = &nodes[i];
	}
	mem_copy(frame, weights, sizeof(frame));
	for (i = 0; i < 8; i++) {
		sums[i] += frame[7 - i];
		total += sums[i];
	}
	total += backwards(frame + 8, 8) + backwards(weights + 8, 8);
	return total + sum(list);
}
END
for name in objects good; do
	"$build/bin/nimble-cc" -g "$work/$name.c" -o "$work/$name.nx" ||
		fail "$name.c is compiled"
done

# strict WHICH AT WRITE [BYTES]: its first line
strict()
{
	"$build/bin/nimble-run" --strict --no-maps --set "args[0]=$1" \
		--set "args[1]=$2" --set "args[2]=$3" --set "args[3]=${4:-0}" \
		"$work/objects.nx" 2>&1 | head -n 1
}

# object WHICH NAME SIZE: read and written inside, just outside, and far outside
object()
{
	where='instruction [0-9]+, objects.c:2[0-9]$'
	for write in 0 1; do
		what=$([ $write = 1 ] && echo write || echo read)
		like "$(strict "$1" 0 $write)" '^result 0x0 ' "$2: a $what of the first byte"
		like "$(strict "$1" $(($3 - 1)) $write)" '^result 0x0 ' "of the last"
		like "$(strict "$1" "$3" $write)" \
			"^strict: $what of 1 byte, 0 bytes behind the end of $2, which has $4 bytes, $where" \
			"of the one behind it"
		like "$(strict "$1" 10000 $write)" \
			"^strict: $what of 1 byte, $((10000 - $3)) bytes behind the end of $2, which has $4 bytes, $where" \
			"of one far behind it"
		like "$(strict "$1" -9000 $write)" \
			"^strict: $what of 1 byte, $((9000 - ($4 - $3))) bytes before the start of $2, which has $4 bytes, $where" \
			"of one far before it"
	done
}
frame=$(strict 0 16 0 | sed 's/.*which has \([0-9]*\) bytes.*/\1/')
object 0 'the frame of run' 16 "$frame"
object 1 'object first' 8 8
object 2 'a value of map table' 16 16
object 3 'map slots' 32 32
object 6 'object first' 8 8
like "$(strict 1 -1 1)" '1 byte before the start of object first,' "just before an object"
like "$(strict 4 6 0)" '0 bytes behind the end of object constant, which has 6 bytes' \
	"behind a constant"
like "$(strict 5 10000 0)" 'behind the end of the context,' "behind the context"
like "$(strict 1 0 0 8)" '^result' "a helper reads all of an object"
like "$(strict 1 0 0 9)" \
	'^strict: read of 9 bytes by ring_output, 0 bytes behind the end of object first' \
	"and no more"

like "$("$build/bin/nimble-run" --strict --runs 3 --no-maps "$work/good.nx" 2>&1)" '^fault: budget|^result' \
	"a program without a mistake runs"
is "$("$build/bin/nimble-run" --strict --no-maps "$work/good.nx" 2>&1)" \
	"$("$build/bin/nimble-run" --no-maps --engine traced "$work/good.nx" 2>&1)" "as without --strict"
"$build/bin/nimble-run" --strict --no-maps --set 'args[1]=99' "$work/objects.nx" >/dev/null
is $? 1 "what is found is exit status 1"
"$build/bin/nimble-cc" "$work/objects.c" -o "$work/bare.nx"
like "$("$build/bin/nimble-run" --strict "$work/bare.nx" 2>&1)" 'compile it with nimble-cc -g' \
	"an image that does not name its objects is refused"
like "$("$build/bin/nimble-run" --strict --trace "$work/objects.nx" 2>&1)" 'goes without' \
	"options that do not go together"

# What comes with the engine makes no mistake on what it is given here.
for image in "$build"/ext/*/*.nx; do
	said=$("$build/bin/nimble-run" --strict --no-maps "$image" 2>&1)
	case $said in
	*strict:* | nimble-run:*) fail "${image##*/}: $said" ;;
	*) pass "${image##*/}" ;;
	esac
done
done_testing
