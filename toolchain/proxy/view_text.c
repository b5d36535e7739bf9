// SPDX-License-Identifier: MIT
/* The texts of files of /proc, as proc(5) and Linux's fs/proc have them. No malloc(): a
 * thread that forks would hold its lock. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "kernel/abi/layout.h"
#include "toolchain/proxy/files.h"
#include "toolchain/proxy/proc_read.h"
#include "toolchain/proxy/view.h"

#define NS_PER_TICK 10000000 /* USER_HZ is 100 */
#define OWN_MAPS_BYTES (4UL << 20)
#define STATUS_BYTES 8192

/* ---- Writing ----------------------------------------------------------- */

struct text {
	int fd;
	size_t used;
	char buffer[4096];
};

static void flush(struct text *t)
{
	for (size_t at = 0; at < t->used;) {
		ssize_t n = write(t->fd, t->buffer + at, t->used - at);

		if (n < 0 && errno != EINTR)
			break;
		at += n > 0 ? (size_t)n : 0;
	}
	t->used = 0;
}

static int say(struct text *t, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* At most half of the buffer at once; returns how many bytes. */
static int say(struct text *t, const char *format, ...)
{
	size_t room = sizeof(t->buffer) / 2;
	va_list args;
	int n;

	if (t->used >= room)
		flush(t);
	va_start(args, format);
	n = vsnprintf(t->buffer + t->used, room, format, args);
	va_end(args);
	t->used += (size_t)n < room ? (size_t)n : room - 1;
	return n;
}

/* ---- maps -------------------------------------------------------------- */

/* Where names begin in a line: show_map_vma() there. */
#define NAME_COLUMN 73

static const char *name_without_file(const struct view *v,
				     const struct lwk_view_area *a)
{
	if (a->flags & LWK_VIEW_KERNEL)
		return a->flags & LWK_VIEW_EXEC ? "[vdso]" : "[vvar]";
	if (a->flags & LWK_VIEW_STACK)
		return "[stack]";
	if (a->start < v->head->brk && a->end > v->head->brk_start)
		return "[heap]";
	return "";
}

static int say_range(struct text *t, const struct lwk_view_area *a,
		     uint64_t start, uint64_t end)
{
	return say(t, "%08" PRIx64 "-%08" PRIx64 " %c%c%c%c ", start, end,
		   a->flags & LWK_VIEW_READ ? 'r' : '-',
		   a->flags & LWK_VIEW_WRITE ? 'w' : '-',
		   a->flags & LWK_VIEW_EXEC ? 'x' : '-',
		   a->flags & LWK_VIEW_SHARED ? 's' : 'p');
}

static void say_area(struct text *t, const struct view *v,
		     const struct lwk_view_area *a)
{
	const struct mapped_file *f = files_get(a->file);
	const char *name = f ? f->path : name_without_file(v, a);
	int column = say_range(t, a, a->start, a->end);

	if (!f && a->flags & LWK_VIEW_SHARED)
		name = "/dev/zero (deleted)";
	column += say(t, "%08" PRIx64 " %02x:%02x %ju ", a->offset,
		      f ? major(f->dev) : 0, f ? minor(f->dev) : 0,
		      f ? (uintmax_t)f->ino : 0);
	if (*name)
		say(t, "%*s%s", column < NAME_COLUMN ? NAME_COLUMN - column : 0,
		    "", name);
	say(t, "\n");
}

/* What Linux says of its own mappings in the area: all but their rights. */
static void say_linux_area(struct text *t, const struct lwk_view_area *a,
			   const char *own)
{
	uint64_t start, end;
	int rest;

	for (; own && *own; own = strchr(own, '\n'), own += own != NULL) {
		const char *line_end = strchr(own, '\n');

		if (!line_end || sscanf(own, "%" SCNx64 "-%" SCNx64 " %*s %n",
					&start, &end, &rest) != 2)
			return;
		if (start < a->start || end > a->end)
			continue;
		say_range(t, a, start, end);
		say(t, "%.*s\n", (int)(line_end - own - rest), own + rest);
	}
}

static void write_maps(struct text *t, const struct view *v)
{
	char *own = mmap(NULL, OWN_MAPS_BYTES, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (own == MAP_FAILED)
		own = NULL;
	else
		proc_read("/proc/self/maps", own, OWN_MAPS_BYTES);
	for (uint32_t i = 0; i < v->head->areas; i++)
		if (v->area[i].flags & LWK_VIEW_LINUX)
			say_linux_area(t, &v->area[i], own);
		else
			say_area(t, v, &v->area[i]);
	if (own)
		munmap(own, OWN_MAPS_BYTES);
}

/* ---- Sizes ------------------------------------------------------------- */

struct sizes { /* bytes */
	uint64_t all, data, stack, text;
};

static struct sizes sizes_of(const struct view *v)
{
	struct sizes s = {};

	for (uint32_t i = 0; i < v->head->areas; i++) {
		const struct lwk_view_area *a = &v->area[i];
		uint64_t bytes = a->end - a->start;

		s.all += bytes;
		if (a->flags & LWK_VIEW_STACK)
			s.stack += bytes;
		else if (a->flags & LWK_VIEW_EXEC)
			s.text += bytes;
		else if ((a->flags & (LWK_VIEW_WRITE | LWK_VIEW_SHARED)) ==
			 LWK_VIEW_WRITE)
			s.data += bytes;
	}
	return s;
}

static void write_statm(struct text *t, const struct view *v)
{
	struct sizes s = sizes_of(v);

	say(t, "%ju %ju 0 %ju 0 %ju 0\n", (uintmax_t)(s.all / LWK_PAGE_SIZE),
	    (uintmax_t)(v->head->resident_bytes / LWK_PAGE_SIZE),
	    (uintmax_t)(s.text / LWK_PAGE_SIZE),
	    (uintmax_t)((s.data + s.stack) / LWK_PAGE_SIZE));
}

/* ---- stat -------------------------------------------------------------- */

/* One who asks runs. */
static char state_of(const struct view *v)
{
	return v->subject->sleeps && (v->is_thread || v->head->threads == 1) &&
			       v->subject->id != v->head->thread
		       ? 'S'
		       : 'R';
}

static void write_stat(struct text *t, const struct view *v)
{
	const struct lwk_view_thread *s = v->subject;
	uint64_t f[PROC_STAT_FIELDS] = {};
	uint64_t ns = v->is_thread ? s->run_ns : v->head->run_ns;

	proc_read_stat(f);
	f[14] = ns / NS_PER_TICK;
	f[15] = 0;
	f[16] = v->head->children_ns / NS_PER_TICK;
	f[17] = 0;
	f[18] = (uint64_t)(20 + s->nice);
	f[19] = (uint64_t)(int64_t)s->nice;
	f[20] = v->head->threads;
	f[23] = sizes_of(v).all;
	f[24] = v->head->resident_bytes / LWK_PAGE_SIZE;
	f[26] = f[27] = f[29] = f[30] = 0;
	f[28] = v->head->stack_start;
	f[31] = s->pending | (v->is_thread ? 0 : v->head->pending);
	f[32] = s->blocked;
	f[33] = v->head->ignored;
	f[34] = v->head->caught;
	for (unsigned int i = 31; i <= 34; i++)
		f[i] &= 0x7fffffff;
	f[39] = s->cpu;
	f[45] = f[46] = 0;
	f[47] = v->head->brk_start;
	f[48] = v->head->arguments;
	f[49] = f[50] = v->head->arguments_end;
	f[51] = v->head->environment_end;
	say(t, "%u (%.16s) %c", s->id, s->name, state_of(v));
	for (unsigned int i = PROC_STAT_FIRST; i < PROC_STAT_FIELDS; i++)
		say(t, i == 25 || i == 28 || i >= 47 ? " %ju" : " %jd",
		    (intmax_t)f[i]);
	say(t, "\n");
}

/* ---- status ------------------------------------------------------------ */

/* As "0-2,5". */
static void say_list(struct text *t, uint64_t mask)
{
	const char *between = "";

	for (unsigned int first = 0; first < 64; first++) {
		unsigned int last = first;

		if (!(mask >> first & 1))
			continue;
		while (last < 63 && mask >> (last + 1) & 1)
			last++;
		say(t, first == last ? "%s%u" : "%s%u-%u", between, first,
		    last);
		between = ",";
		first = last;
	}
}

/* The value of one line; 0: it is the proxy's, and right. */
static int say_value(struct text *t, const struct view *v, const char *key,
		     const char *old)
{
	const struct lwk_view_thread *s = v->subject;
	const struct lwk_view *h = v->head;
	struct sizes size = sizes_of(v);
	const struct {
		const char *key;
		uint64_t bytes;
	} memory[] = {
		{"VmPeak", size.all},
		{"VmSize", size.all},
		{"VmHWM", h->peak_bytes},
		{"VmRSS", h->resident_bytes},
		{"RssAnon", h->resident_bytes},
		{"RssFile", 0},
		{"RssShmem", 0},
		{"VmData", size.data},
		{"VmStk", size.stack},
		{"VmExe", size.text},
		{"VmLib", 0},
		{"VmLck", 0},
		{"VmPin", 0},
		{"VmSwap", 0},
	};
	const struct {
		const char *key;
		uint64_t set;
	} signals[] = {
		{"SigPnd", s->pending}, {"ShdPnd", h->pending},
		{"SigBlk", s->blocked}, {"SigIgn", h->ignored},
		{"SigCgt", h->caught},
	};

	for (size_t i = 0; i < sizeof(memory) / sizeof(memory[0]); i++)
		if (!strcmp(key, memory[i].key))
			return say(t, "%8ju kB",
				   (uintmax_t)(memory[i].bytes >> 10));
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (!strcmp(key, signals[i].key))
			return say(t, "%016" PRIx64, signals[i].set);
	if (!strcmp(key, "Name"))
		return say(t, "%.16s", s->name);
	if (!strcmp(key, "State"))
		return say(t,
			   state_of(v) == 'R' ? "R (running)" : "S (sleeping)");
	if (!strcmp(key, "Pid"))
		return say(t, "%u", s->id);
	if (!strcmp(key, "Threads"))
		return say(t, "%u", h->threads);
	if (!strcmp(key, "SigQ"))
		return say(t, "%u%s", h->queued, old + strcspn(old, "/"));
	if (!strcmp(key, "Cpus_allowed"))
		return say(t, "%" PRIx64, s->affinity);
	if (!strcmp(key, "Cpus_allowed_list")) {
		say_list(t, s->affinity);
		return 1;
	}
	return 0;
}

static void write_status(struct text *t, const struct view *v)
{
	char own[STATUS_BYTES], *line, *rest;

	proc_read("/proc/self/status", own, sizeof(own));
	for (line = strtok_r(own, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		char *colon = strchr(line, ':');
		const char *old = colon ? colon + 1 : "";

		if (!colon)
			continue;
		*colon = 0;
		old += strspn(old, "\t");
		say(t, "%s:\t", line);
		if (!say_value(t, v, line, old))
			say(t, "%s", old);
		say(t, "\n");
	}
}

/* ---- The rest ---------------------------------------------------------- */

static void write_comm(struct text *t, const struct view *v)
{
	say(t, "%.16s\n", v->subject->name);
}

static void write_auxv(struct text *t, const struct view *v)
{
	uint64_t bytes = v->head->auxv_bytes;

	flush(t);
	if (bytes > sizeof(t->buffer) || v->head->auxv >= LWK_APP_END ||
	    proxy_copy(t->buffer, (const void *)v->head->auxv, bytes))
		return;
	t->used = bytes;
}

static const struct {
	const char *name;
	void (*write)(struct text *t, const struct view *v);
} files[] = {
	{"maps", write_maps},	{"status", write_status}, {"stat", write_stat},
	{"statm", write_statm}, {"comm", write_comm},	  {"auxv", write_auxv},
};

#define FILES (sizeof(files) / sizeof(files[0]))

int view_knows(const char *name)
{
	for (size_t i = 0; i < FILES; i++)
		if (!strcmp(name, files[i].name))
			return 1;
	return 0;
}

int view_write(const struct view *v, const char *name)
{
	struct text t = {.fd = v->fd};

	for (size_t i = 0; i < FILES; i++)
		if (!strcmp(name, files[i].name)) {
			files[i].write(&t, v);
			flush(&t);
			return 0;
		}
	return -ENOENT;
}
