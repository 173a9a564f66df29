# What a mask leaves of the points, what its tiles compute besides, and what share of the time that takes.
from dataclasses import dataclass

from attnsim_reports.results import Json, Run, Unit
from attnsim_reports.words import in_sentence, percent, significant


@dataclass(frozen=True)
class Block:
    """A group of Einsums that runs through the mask's ranks; `points` are those that the mask leaves."""
    name: str
    einsums: list[str]
    points: int
    computed: int
    cut: int

    @property
    def of_computed(self) -> float:
        return self.points / self.computed if self.computed else 1


@dataclass(frozen=True)
class Spent:
    """What a unit does in a share of the time."""
    what: str
    share: float


def blocks(run: Run) -> list[Block]:
    points = run.get("mask.points")
    return [Block(one["name"], one["einsums"], points, one["computed_points"], one["cut_points"])
            for one in run.list_at("mask.blocks")]


def sentences(run: Run) -> list[str]:
    points, total = run.get("mask.points"), run.get("mask.all_points")
    text = (f"The mask leaves {percent(points / total if total else 0)} of all points: "
            f"{significant(points)} of {significant(total)}.")
    found = blocks(run)
    if not points or not found:
        return [text]
    extra = [one.computed / points - 1 for one in found]
    least, most = min(extra), max(extra)
    if most == 0:
        return [text, "Tiles cover it exactly, so that nothing else is computed."]
    span = percent(most) if least == most else f"{percent(least)} to {percent(most)}"
    return [text, f"Tiles that it cuts are computed whole: {span} more points than it leaves."]


def unit_of(run: Run) -> Unit | None:
    """The one that spends most cycles on Einsums of the mask."""
    masked = {einsum for block in blocks(run) for einsum in block.einsums}
    cycles: dict[str, int] = {}
    for one in run.list_at("einsums"):
        if one["name"] in masked:
            cycles[one["unit"]] = cycles.get(one["unit"], 0) + one["cycles"]
    return run.unit(max(cycles, key=lambda name: cycles[name])) if cycles else None


def spent(run: Run, unit: Unit | None) -> list[Spent]:
    """Where the unit's time goes."""
    if unit is None or not run.cycles:
        return []
    of_computed = {einsum: block.of_computed for block in blocks(run) for einsum in block.einsums}
    inside = beside = 0.0
    for one in run.list_at("einsums"):
        if one["unit"] == unit.name and one["name"] in of_computed:
            inside += one["cycles"] * of_computed[one["name"]]
            beside += one["cycles"] * (1 - of_computed[one["name"]])
    rows = [("Points that the mask leaves", inside), ("Other points of tiles that it cuts", beside),
            ("Other Einsums", unit.busy - inside - beside),
            ("Waits, first and last tiles, other groups", run.cycles - unit.busy)]
    return [Spent(what, cycles / run.cycles) for what, cycles in rows]


def mask(run: Run) -> Json | None:
    """What the page says of a mask; nothing for a run without one."""
    if run.get("mask.points") is None:
        return None
    unit = unit_of(run)
    return {"sentences": sentences(run), "blocks": blocks(run), "spent": spent(run, unit),
            "unit": in_sentence(unit.name) if unit else ""}
