# SPDX-License-Identifier: MIT
"""The report as text."""
from report.results import EVENTS, STAGES, verdict

REALITY_MARGIN = 0.2  # of times with all CPUs at once
UNITS = {"instructions": "", "entries_per_second": "/s", "detours": ""}


def number(x):
    if x is None:
        return "-"
    if isinstance(x, float) and not x.is_integer():
        return f"{x:,.2f}"
    return f"{int(x):,}"


def cell(entry, key, kind):
    if entry[key] is None:
        return "absent" if kind in entry.get("absent", {}) else "-"
    return number(entry[key])


def ratio(r):
    return "-" if r is None else f"{r:.3f}" if r < 10 else f"{r:.1f}"


def spread(entry):
    spreads = [s for s in entry["spread"].values() if s is not None]
    return f"{100 * max(spreads):.1f} %" if spreads else "-"


def costs(entries):
    form = "{:<20} {:>13} {:>13} {:>13} {:>9} {:<6} {:>9} {:<6} {:>7}"
    yield form.format("", "plain Linux", "isolated", "LWK", "LWK/plain", "",
                      "LWK/isol.", "", "spread")
    for e in entries:
        yield form.format(
            e["name"] + UNITS.get(e["unit"], ""),
            cell(e, "linux_plain", "plain"),
            cell(e, "linux_isolated", "isolated"), cell(e, "lwk", "lwk"),
            ratio(e["lwk_over_plain"]), verdict(e["lwk"], e["linux_plain"]),
            ratio(e["lwk_over_isolated"]),
            verdict(e["lwk"], e["linux_isolated"]), spread(e)).rstrip()


def absences(entries):
    where = {"plain": "plain Linux", "isolated": "isolated Linux",
             "lwk": "the LWK"}
    yield ""
    for e in entries:
        for kind, why in e["absent"].items():
            yield f"{e['name']:<20} on {where[kind]}: {why}"


def three(by_kind, get):
    return "/".join(number(get(by_kind[k])) if k in by_kind else "-"
                    for k in ("plain", "isolated", "lwk"))


def events(entries):
    form = "{:<20}" + " {:>13}" * len(EVENTS) + " {:>16}"
    yield form.format("plain/isolated/LWK", *EVENTS, "wait loops")
    for e in entries:
        if not e["events"]:
            continue
        cells = [three(e["events"], lambda x, ev=ev: x[ev]) for ev in EVENTS]
        yield form.format(e["name"], *cells,
                          three(e["wait"], lambda x: x)).rstrip()


def stages(entries):
    with_stages = [e for e in entries if any(e.get("stages", {}).values())]
    if not with_stages:
        return
    form = "{:<20}" + " {:>10}" * len(STAGES) + " {:>10}"
    yield form.format("instructions", *STAGES, "sum")
    for e in with_stages:
        of = e["stages"]
        yield form.format(e["name"], *[number(of[s]) for s in STAGES],
                          number(sum(of.values())))


def worst(entries):
    form = "{:<20} {:>16} {:>16} {:>16}"
    yield form.format("", "plain Linux", "isolated", "LWK")
    for e in entries:
        if e["name"] in ("quantum", "mixed", "mixed_delegated"):
            yield form.format(e["name"], *[number(e["worst"].get(k)) for k in
                                           ("plain", "isolated", "lwk")])


def timed(entry):
    args = (REALITY_MARGIN,) if entry["name"].startswith("multi_") else ()
    return verdict(entry["lwk"], entry["linux_plain"], *args)


def figures(entries):
    form = "{:<24} {:>13} {:>13} {:>13} {:>9} {:<6} {:<5}  {}"
    yield form.format("", "plain Linux", "isolated", "LWK", "LWK/plain", "",
                      "unit", "").rstrip()
    for e in entries:
        yield form.format(e["name"], number(e["linux_plain"]),
                          number(e["linux_isolated"]), number(e["lwk"]),
                          ratio(e["lwk_over_plain"]), timed(e), e["unit"],
                          e["text"])


def multi(entries):
    form = "{:<24} {:>14} {:>14} {:>12} {:<6} {:>12}"
    yield form.format("", "plain Linux", "LWK", "time ratio", "",
                      "count ratio")
    for e in entries:
        yield form.format(e["name"][len("multi_"):], number(e["linux_plain"]),
                          number(e["lwk"]), ratio(e["lwk_over_plain"]),
                          timed(e),
                          ratio(e["count_ratio"]))


SECTIONS = (
    ("Instructions (median; delegated calls: sum of all CPUs; less is better)",
     "rows", costs),
    ("Absent", "rows", absences),
    ("Where a delegated call's instructions go", "rows", stages),
    ("Events beside them, and instructions in wait loops", "rows", events),
    ("Worst sample", "rows", worst),
    ("Sizes and times", "figures", figures),
    ("Reality check: all CPUs at once, cycles of the host (20 % margin)",
     "multi", multi),
)


def text(parts):
    for title, which, make in SECTIONS:
        lines = list(make(parts[which])) if parts[which] else []
        if len(lines) > 1:
            yield ""
            yield title
            yield from filter(None, lines)
