# Numbers and findings in words: units, names for people, and what limits a run.
from itertools import combinations

from attnsim_reports.results import Run, Unit

UNIT_NAMES = {"array_2d": "2D array", "array_1d": "1D array", "dram": "DRAM", "buffer": "Buffer", "links": "Links",
              "registers": "Registers", "static": "Static", "total": "Total"}


def unit_name(name: str) -> str:
    return UNIT_NAMES.get(name, name.replace("_", " "))


def in_sentence(name: str) -> str:
    return "the " + unit_name(name)


def significant(value: float, digits: int = 3) -> str:
    """"6.96e9", "0.0123", "138", "1,024": whole numbers below 100,000 in full, the rest to some digits."""
    if value == 0:
        return "0"
    if value == int(value) and abs(value) < 1e5:
        return f"{int(value):,}"
    if 1e-3 <= abs(value) < 1e5:
        text = f"{value:.{digits}g}"
        return f"{float(text):,.0f}" if "e" in text else text
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def scaled(value: float, units: list[tuple[float, str]], digits: int = 4) -> str:
    """The value in the largest unit that it reaches; `units` from large to small."""
    for size, unit in units:
        if abs(value) >= size:
            return f"{significant(value / size, digits)} {unit}"
    size, unit = units[-1]
    return f"{significant(value / size, digits)} {unit}"


def seconds(value: float) -> str:
    return scaled(value, [(1, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")])


def byte_count(value: float) -> str:
    return scaled(value, [(1e15, "PB"), (1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1, "B")], 3)


def binary_bytes(value: float) -> str:
    return scaled(value, [(2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"), (1, "B")])


def joules(picojoules: float) -> str:
    units = [(1e6, "MJ"), (1e3, "kJ"), (1, "J"), (1e-3, "mJ"), (1e-6, "µJ"), (1e-9, "nJ"), (1e-12, "pJ")]
    return scaled(picojoules * 1e-12, units, 3)


def area(square_micrometres: float) -> str:
    return scaled(square_micrometres, [(1e6, "mm²"), (1, "µm²")], 3)


def hertz(value: float) -> str:
    return scaled(value, [(1e9, "GHz"), (1e6, "MHz"), (1e3, "kHz"), (1, "Hz")])


def percent(fraction: float, decimals: int = 1) -> str:
    smallest = 10.0 ** -decimals
    if 0 < 100 * fraction < smallest / 2:
        return f"<{smallest:g} %"
    return f"{100 * fraction:.{decimals}f} %"


def ratio(value: float) -> str:
    """"6.72x"; three digits and no exponent, however large."""
    return f"{value:,.0f}x" if value >= 100 else f"{value:.3g}x"


def tokens(value: int) -> str:
    for size, unit in ((2**20, "M"), (2**10, "K")):
        if value >= size and value % size == 0:
            return f"{value // size}{unit}"
    return str(value)


def plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def cause(channel: str) -> str:
    """A stall's channel as a reason: "slots of K" are what K's readers free, "LM -> RM" is LM's result."""
    if channel.startswith("slots of "):
        return f"free slots of {channel.removeprefix('slots of ')}"
    producer, arrow, consumer = channel.partition(" -> ")
    return f"{producer} (for {consumer})" if arrow else channel


def lengths(run: Run) -> str:
    queries, keys = run.get("workload.seq_len"), run.get("workload.kv_len")
    if keys is None:
        return ""
    if run.get("workload.phase") == "decode":
        return f"decode at {tokens(keys)} tokens"
    return f"{tokens(keys)} tokens" if queries == keys else f"{tokens(queries)} queries, {tokens(keys)} keys"


def scope(run: Run) -> str:
    """What of the model ran beyond one layer's attention: "1 layer", "32 layers and head"."""
    layers = run.get("layers")
    if layers is None or run.get("scope") not in ("layer", "model"):
        return ""
    return plural(layers, "layer") + (" and head" if run.get("scope") == "model" else "")


def subtitle(run: Run) -> str:
    batch = run.get("workload.batch")
    parts = [run.get("workload.name"), run.get("attention.name"), lengths(run), f"batch {batch}" if batch else "",
             scope(run), run.get("arch.name"), f"mapping {run.get('mapping.name')}", f"{run.get('engine')} engine"]
    return "\u00a0· ".join(part for part in parts if part)


def labels(runs: list[Run]) -> list[str]:
    """A short name for each run, never the same twice: the fewest features that tell the runs apart."""
    columns = [[str(run.get(path)) for run in runs] for path in ("mapping.name", "arch.name", "workload.name")]
    columns += [[lengths(run) for run in runs], [f"batch {run.get('workload.batch')}" for run in runs]]
    columns += [[str(run.get(path)) for run in runs] for path in ("attention.name", "scope", "engine")]
    differing = [column for column in columns if len(set(column)) > 1]
    for count in range(1, len(differing) + 1):
        for chosen in combinations(differing, count):
            names = [" · ".join(parts) for parts in zip(*chosen, strict=True)]
            if len(set(names)) == len(names):
                return names
    parts = zip(*differing, strict=True) if differing else [()] * len(runs)
    return [" · ".join((f"run {index}", *part)) for index, part in enumerate(parts, start=1)]


def stall_sentence(unit: Unit, cycles: int) -> str:
    causes = [f"{percent(spent / cycles)} for {cause(channel)}" for channel, spent in list(unit.stalls.items())[:2]]
    return f"The {unit_name(unit.name)} waits {percent(unit.stalled / cycles)} of the time: " + ", ".join(causes) + "."


def bound_sentence(run: Run) -> str:
    gap = float(run.get("bound.gap"))
    limiter = in_sentence(run.limiter)
    at_bound = f"{limiter[0].upper()}{limiter[1:]} limits this run."
    unit = run.unit(run.limiter)
    if unit is not None and gap < 0.02 and unit.busy < 0.99 * float(run.get("bound.lower_bound_cycles")):
        return ("The latency is " + ("the" if gap < 0.0005 else f"{percent(gap, 2)} above the") + " lower bound: "
                "groups of Einsums run one after another, each as long as its busiest unit works. "
                f"Most of it is work of {limiter}, {percent(unit.busy / run.cycles)} of the time.")
    if gap < 0.0005:
        return f"{at_bound} The latency is its busy time, the lower bound: everything else hides behind it."
    if gap < 0.02:
        return f"{at_bound} The latency is {percent(gap, 2)} above the lower bound, the time that its work alone takes."
    return (f"{limiter[0].upper()}{limiter[1:]} has the most work, but the latency is {percent(gap)} above the lower "
            "bound: no unit is busy all the time, and waiting, not work, limits this run.")


def verdict(run: Run) -> list[str]:
    """What limits a run, in plain words."""
    sentences = [bound_sentence(run)]
    unit = run.unit(run.limiter)
    if unit is not None and run.cycles and unit.stalled / run.cycles >= 0.005:
        sentences.append(stall_sentence(unit, run.cycles))
    circuit = run.get("bound.critical_circuit")
    if circuit and circuit.get("steps"):
        epochs = max(1, int(circuit.get("epochs", 1)))
        latency = sum(step["cycles"] for step in circuit["steps"] if not step.get("unit"))
        sentence = (f"The critical circuit, the chain of work that repeats and sets the pace, takes "
                    f"{significant(circuit['cycles'] / epochs, 4)} cycles a tile")
        if latency:
            sentence += f"; {percent(latency / circuit['cycles'], 0)} of them are latencies between units"
        sentences.append(sentence + ".")
    if others := [one for one in run.units if one.name != run.limiter and run.cycles]:
        rest = ", ".join(f"{unit_name(one.name)} {percent(one.busy / run.cycles)}" for one in others)
        sentences.append(f"The other units are busy for this share of the time: {rest}.")
    return sentences
