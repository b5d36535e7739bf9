# SPDX-License-Identifier: MIT
"""The report as a page: the tables, and plots by gnuplot."""
import html
import math
import re
import subprocess

from report import table

COLOURS = {"plain": "#c0504d", "isolated": "#4f81bd", "lwk": "#2e8b57"}
TITLES = {"plain": "plain Linux", "isolated": "isolated Linux", "lwk": "LWK"}
HEAD = """set terminal svg size {width},{height} font 'sans,11' background 'white'
set border 3
set tics nomirror out
set key above
"""


def gnuplot(name, script):
    """An <svg> element. The page holds several, and an id may be there only
    once: each gets the plot's name."""
    done = subprocess.run(["gnuplot"], input=script, text=True, check=True,
                          stdout=subprocess.PIPE)
    svg = done.stdout[done.stdout.index("<svg"):]
    return re.sub(r"""(\bid=['"]|href=['"]#|url\(#)""", rf"\1{name}_", svg)


def block(name, lines):
    return f"${name} << EOD\n" + "\n".join(lines) + "\nEOD\n"


def bars(entries):
    """Costs, a logarithmic scale."""
    rows = [e for e in entries if e["unit"] == "instructions" and
            e["linux_plain"]]
    if not rows:
        return ""
    data = [" ".join([e["name"].replace("_", "\\\\_")] + [
        str(e[key] if e[key] else "NaN")
        for key in ("linux_plain", "linux_isolated", "lwk")]) for e in rows]
    plots = ", ".join(
        f"$costs using {column}:xtic(1) title '{TITLES[kind]}' "
        f"linecolor rgb '{COLOURS[kind]}'"
        for column, kind in ((2, "plain"), (3, "isolated"), (4, "lwk")))
    return gnuplot("costs", HEAD.format(width=1000, height=480) + block("costs", data) +
                   "set style data histograms\nset style fill solid\n"
                   "set logscale y\nset yrange [0.5:]\nset format y '10^{%L}'\n"
                   "set ylabel 'instructions'\nset grid y\n"
                   "set xtics rotate by 40 right\n"
                   f"plot {plots}\n")


def decades(detours):
    """A range of whole powers of ten around all lengths; never a narrow one."""
    lengths = [length for points in detours.values() for _, length in points]
    least, most = min(lengths, default=100), max(lengths, default=100)
    least = max(min(least, 100), 1)
    return (f"{10 ** math.floor(math.log10(least))}:"
            f"{10 ** max(math.floor(math.log10(max(most, 1))) + 1, 5)}")


def scatter(detours):
    """Kernel entries of one second of user code: when, and how long."""
    blocks, plots = "", []
    for kind, points in detours.items():
        lines = [f"{at / 1e6} {length}" for at, length in points]
        blocks += block(kind, lines or ["NaN NaN"])
        plots.append(f"${kind} using 1:2 with points pointtype 7 pointsize 0.6 "
                     f"linecolor rgb '{COLOURS[kind]}' "
                     f"title '{TITLES[kind]}: {len(points)}'")
    if not plots:
        return ""
    return gnuplot("detours", HEAD.format(width=1000, height=360) + blocks +
                   "set logscale y\nset xrange [0:1000]\n"
                   f"set yrange [{decades(detours)}]\n"
                   "set xlabel 'millions of instructions of user code'\n"
                   "set ylabel 'instructions of the detour'\nset grid y\n"
                   f"plot {', '.join(plots)}\n")


def histogram(detours):
    """How many detours are how long: bins of a tenth of a decade."""
    blocks, plots = "", []
    for kind, points in detours.items():
        lines = [str(length) for _, length in points]
        blocks += block(kind, lines or ["NaN"])
        plots.append(f"${kind} using (10 ** (floor(log10($1) * 10) / 10.0)):(1) "
                     "smooth frequency with impulses linewidth 6 "
                     f"linecolor rgb '{COLOURS[kind]}' "
                     f"title '{TITLES[kind]}'")
    if not plots:
        return ""
    return gnuplot("lengths", HEAD.format(width=1000, height=320) + blocks +
                   f"set logscale xy\nset xrange [{decades(detours)}]\n"
                   "set yrange [0.5:]\n"
                   "set xlabel 'instructions of the detour'\n"
                   f"set ylabel 'detours'\nplot {', '.join(plots)}\n")


def page(parts, detours, settings):
    text = "\n".join(table.text(parts))
    figures = [("Costs", bars(parts["rows"])),
               ("Noise: detours (kernel entries) in 10^9 instructions of user code",
                scatter(detours)),
               ("Their lengths", histogram(detours))]
    body = "".join(f"<h2>{title}</h2>\n{svg}\n" for title, svg in figures
                   if svg)
    about = "".join(f"<dt>{html.escape(k)}</dt><dd>{html.escape(str(v))}</dd>"
                    for k, v in settings.items())
    rows = "".join(f"<dt>{e['name']}</dt><dd>{html.escape(e['text'])}</dd>"
                   for e in parts["rows"])
    return ("<!DOCTYPE html>\n<html lang='en'><meta charset='utf-8'>"
            "<title>Margay and Linux, side by side</title>"
            "<style>body{font-family:sans-serif;margin:2em;max-width:75em}"
            "pre{font-size:85%}dt{font-weight:bold}</style>\n"
            "<h1>Margay and Linux, side by side</h1>\n"
            f"{body}<h2>Tables</h2><pre>{html.escape(text)}</pre>"
            f"<h2>Rows</h2><dl>{rows}</dl>"
            f"<h2>Settings</h2><dl>{about}</dl></html>\n")
