# Hypervolume against evaluations, of every search in the database.
from attnsim_reports.style import GREY, SERIES, Margins, canvas
from attnsim_sweeps.drawing import Picture
from attnsim_sweeps.pareto import Box
from attnsim_sweeps.reading import Contents
from attnsim_sweeps.searching import History
from attnsim_sweeps.table import signed

STYLES = {"random": ":", "tpe": "--", "nsga2": "-"}


def progress(found: Contents, searches: list[History]) -> Picture | None:
    searches = [search for search in searches if search.evaluated]
    if not searches:
        return None
    box = Box(signed(found.sweep, found.feasible))
    figure, axes = canvas(860, 380, Margins(left=76, right=20, top=14, bottom=50))
    samplers = list(dict.fromkeys(search.sampler for search in searches))
    lowest = 1.0
    for search in searches:
        parts = search.hypervolumes(box)
        lowest = min(lowest, parts[len(parts) // 8])
        first = search is next(one for one in searches if one.sampler == search.sampler)
        axes.plot(range(1, len(parts) + 1), [100 * part for part in parts], linewidth=1.6,
                  color=SERIES[samplers.index(search.sampler)], linestyle=STYLES[search.sampler],
                  label=search.sampler if first else None)
    axes.axhline(95, color=GREY, linewidth=0.8)
    axes.set_ylim(max(0.0, 100 * lowest - 10), 101)
    axes.set_xlim(0, None)
    axes.set_xlabel("points simulated")
    axes.set_ylabel("hypervolume, % of all points'")
    axes.grid(True)
    axes.legend(loc="lower right", frameon=False)
    return Picture("search", "How fast a search finds the front",
                   "The volume that the points simulated so far dominate, as a part of what the front of all points in the "
                   "database dominates; logarithms of objectives, from the best value to a tenth beyond the front's worst. "
                   "The line is at 95 %.",
                   "Hypervolume against the number of simulated points for each search.", figure)
