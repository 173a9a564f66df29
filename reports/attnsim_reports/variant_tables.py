# The page that compares all variants: tables of its cells in Markdown.
from attnsim_reports.variant_cells import ARCH, DENSITIES, PHASES, Found, default_cell
from attnsim_reports.variant_published import Published
from attnsim_reports.words import binary_bytes, byte_count, joules, percent, ratio, significant, tokens, unit_name

CLASSES = ["dense-softmax", "softmax-replacement", "static-sparse", "linear-kernel", "gated-or-decayed-recurrence",
           "delta-or-test-time-regression"]
WAITS = 0.05  # from this gap over the bound on, waiting is named beside the unit

Cells = dict[str, Found]


def found_of(cells: Cells, row: str, phase: str, length: int) -> Found | None:
    return cells.get(default_cell(row, phase, length).key())


def limits(found: Found) -> str:
    """What takes longest, and how much of the time even that waits."""
    name = unit_name(found.figures["limiter"])
    gap = found.figures["gap"]
    return f"{name}, waits {percent(gap / (1 + gap), 0)}" if gap >= WAITS else name


def value(found: Found | None, text) -> str:
    if found is None:
        return "-"
    return text(found) if found.figures else f"*{found.reason}*"


def table(head: list[str], lines: list[list[str]]) -> str:
    rows = [head, ["---"] * len(head), *lines]
    return "".join("| " + " | ".join(row) + " |\n" for row in rows)


def class_order(name: str) -> tuple[int, str]:
    return (CLASSES.index(name) if name in CLASSES else len(CLASSES), name)


def groups(rows: dict[str, str]) -> list[tuple[str, list[str]]]:
    """Rows by class, the classes in their order. `rows`: name to class."""
    names = sorted(set(rows.values()), key=class_order)
    return [(name, sorted(row for row, of in rows.items() if of == name)) for name in names]


def of_phase(cells: Cells, rows: dict[str, str], phase: str, lengths: dict[str, int], columns) -> str:
    """One table: each row's columns at each length. `columns`: (title, text of a found cell)."""
    head = ["variant", *(f"{title} at {name}" for name in lengths for title, _ in columns)]
    lines = []
    for class_name, members in groups(rows):
        lines.append([f"**{class_name}**", *[""] * (len(head) - 1)])
        for row in members:
            found = [found_of(cells, row, phase, length) for length in lengths.values()]
            if any(one is not None for one in found):
                lines.append([f"`{row}`", *(value(one, text) for one in found for _, text in columns)])
    return table(head, lines)


def states(cells: Cells, rows: dict[str, str], lengths: dict[str, int]) -> str:
    lines = []
    for class_name, members in groups(rows):
        lines.append([f"**{class_name}**", "", "", ""])
        for row in members:
            found = [one for length in lengths.values() for phase in PHASES
                     if (one := found_of(cells, row, phase, length)) is not None and one.figures]
            if found:
                figures = found[-1].figures
                lines.append([f"`{row}`", str(figures["passes"]), binary_bytes(figures["state_bytes"]),
                              "yes" if figures["grows_with"] else "no"])
    return table(["variant", "passes", "state", "grows"], lines)


def speed_up(cells: Cells, one: Published) -> float | None:
    ours, baseline = cells.get(one.cell.key()), cells.get(one.baseline.key())
    if ours is None or baseline is None or not ours.figures or not baseline.figures:
        return None
    return baseline.figures["cycles"] / ours.figures["cycles"]


def claims(cells: Cells, published: list[Published]) -> str:
    lines = []
    for one in published:
        ours = speed_up(cells, one)
        lines.append([f"`{one.name}`", f"{one.cell.phase} at {tokens(one.cell.tokens)}", one.text(),
                      ratio(ours) if ours else "*not run*", one.where, one.why])
    return table(["variant", "here", "published", "ours", "measured on", "why they differ"], lines)


def not_run(cells: Cells, rows: dict[str, str], lengths: dict[str, int]) -> str:
    lines = []
    for row in sorted(rows):
        for phase in PHASES:
            for name, length in lengths.items():
                found = found_of(cells, row, phase, length)
                if found is not None and not found.figures:
                    lines.append([f"`{row}`", f"{phase} at {name}", found.reason, found.message.replace("|", "/")])
    return table(["variant", "where", "why", "the command's words"], lines) if lines else "All cells run.\n"


def page(cells: Cells, rows: dict[str, str], lengths: dict[str, int], published: list[Published], command: str,
         workload: str) -> str:
    cost = [("cycles", lambda one: significant(one.figures["cycles"])), ("limited by", limits)]
    densities = ", ".join(f"`{row}` {density}" for row, density in DENSITIES.items())
    traffic = [("DRAM", lambda one: byte_count(one.figures["dram_bytes"])),
               ("energy", lambda one: joules(one.figures["energy_pj"]))]
    text = f"""# All variants on one architecture
Made by `{command}`; cells that have run once are kept in `comparison.jsonl` (with `--again` all run anew).

Every variant on `{ARCH}`, one layer's attention of one sequence, `{workload}`, each with its default parameters under a
derived mapping or, where its Einsums are `fusemax_1pass`'s, FuseMax's. Prefill computes all tokens, decode one token after
so many. Rows that carry a state from token to token decode on that state, at any length alike. Variants for images and
pools take the same shapes, so that all compare. Where data decide which points are visited, the part that
is selected is given ({densities}); selections of keys by rank are made as they are. Words in italics are
why a cell has no figures; the last section has the command's own.

"""
    for phase in PHASES:
        text += f"## {phase.capitalize()}\n![Time over plain softmax attention, {phase}]({phase}.png)\n\n"
        text += of_phase(cells, rows, phase, lengths, cost) + "\n"
        text += of_phase(cells, rows, phase, lengths, traffic) + "\n"
    text += """## Growth with the length
![Cycles over the length](growth.png)

## State
What must stay on chip from step to step for one query (of rows with a state of their own: the state of a head), at 16 bits
a word; `grows`: with the length. Passes are those over the rank with most of them.

"""
    text += states(cells, rows, lengths) + "\n"
    if published:
        text += """## Published speed-ups
![Published speed-ups and ours](published.png)

Over causal softmax attention (`gqa_causal`) with the same lengths and heads, one layer's attention. The hardware is never the
same: ours is an array of 256 by 256 PEs, theirs are GPUs.

"""
        text += claims(cells, published) + "\n"
    return text + "## Cells that do not run\n" + not_run(cells, rows, lengths)
