/* SPDX-License-Identifier: MIT */
/* nimble-run --sim: the outcome as a Gantt chart, SVG. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "toolchain/nimble/sim/run.h"

#define LEFT 60
#define WIDTH 900
#define ROW 32
#define TOP 16
#define MARKS 10
#define LEGEND 22

/* Text in XML: names come from a file. */
static void put_text(FILE *to, const char *text)
{
	for (; *text; text++)
		switch (*text) {
		case '<':
			fputs("&lt;", to);
			break;
		case '&':
			fputs("&amp;", to);
			break;
		default:
			fputc(*text, to);
		}
}

/* Colours that differ, however many: steps of the golden angle. */
static unsigned int hue(uint32_t task)
{
	return (task * 137 + 210) % 360;
}

static double x_of(const struct sim_result *result, uint64_t ns)
{
	double whole = result->end_ns ? (double)result->end_ns : 1;

	return LEFT + WIDTH * (double)ns / whole;
}

static void draw_burst(FILE *to, const struct sim_load *load,
		       const struct sim_result *result,
		       const struct sim_switch *at, uint64_t end_ns)
{
	double x = x_of(result, at->at_ns), width = x_of(result, end_ns) - x;

	fprintf(to,
		"<rect x=\"%.2f\" y=\"%u\" width=\"%.2f\" height=\"%d\" fill=\"hsl(%u,60%%,70%%)\" stroke=\"#555\" stroke-width=\"0.5\"><title>",
		x, TOP + at->cpu * ROW + 2, width, ROW - 4, hue(at->task));
	put_text(to, load->task[at->task].name);
	fprintf(to, ", %.3f to %.3f ms</title></rect>\n",
		(double)at->at_ns / 1e6, (double)end_ns / 1e6);
	if (width < 8 * (double)strlen(load->task[at->task].name))
		return;
	fprintf(to, "<text x=\"%.2f\" y=\"%u\" text-anchor=\"middle\">",
		x + width / 2, TOP + at->cpu * ROW + ROW / 2 + 5);
	put_text(to, load->task[at->task].name);
	fputs("</text>\n", to);
}

static void draw_bursts(FILE *to, const struct sim_load *load,
			const struct sim_result *result)
{
	uint32_t i, j;

	for (i = 0; i < result->switches; i++) {
		if (result->at[i].task == SIM_NOBODY)
			continue;
		for (j = i + 1; j < result->switches; j++)
			if (result->at[j].cpu == result->at[i].cpu)
				break;
		draw_burst(to, load, result, &result->at[i],
			   j < result->switches ? result->at[j].at_ns
						: result->end_ns);
	}
}

static void draw_axes(FILE *to, const struct sim_load *load,
		      const struct sim_result *result)
{
	uint32_t i, bottom = TOP + load->cpus * ROW;

	for (i = 0; i < load->cpus; i++)
		fprintf(to, "<text x=\"4\" y=\"%u\">CPU %u</text>\n",
			TOP + i * ROW + ROW / 2 + 5, i);
	for (i = 0; i <= MARKS; i++) {
		uint64_t ns = result->end_ns / MARKS * i;
		double x = x_of(result, ns);

		fprintf(to,
			"<line x1=\"%.2f\" y1=\"%d\" x2=\"%.2f\" y2=\"%u\" stroke=\"#ccc\"/>\n"
			"<text x=\"%.2f\" y=\"%u\" text-anchor=\"middle\">%g</text>\n",
			x, TOP, x, bottom, x, bottom + 16, (double)ns / 1e6);
	}
	fprintf(to, "<text x=\"4\" y=\"%u\">ms</text>\n", bottom + 16);
}

void sim_draw(const struct sim_load *load, const struct sim_result *result,
	      const char *path)
{
	uint32_t height = TOP + load->cpus * ROW + LEGEND;
	FILE *to = fopen(path, "w");
	bool failed;

	if (to) {
		fprintf(to,
			"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%u\" font-family=\"sans-serif\" font-size=\"13\">\n"
			"<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
			LEFT + WIDTH + 30, height);
		draw_axes(to, load, result);
		draw_bursts(to, load, result);
		fputs("</svg>\n", to);
	}
	failed = !to || ferror(to);
	if (to && fclose(to))
		failed = true;
	if (failed) {
		fprintf(stderr, "nimble-run: cannot write %s: %s\n", path,
			strerror(errno));
		exit(2);
	}
}
