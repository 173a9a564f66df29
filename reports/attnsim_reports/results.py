# Reads result.json: checks what the report needs, and names what the figures ask for.
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

Json = dict[str, Any]

NUMBER = (int, float)
REQUIRED: dict[str, tuple[type, ...]] = {
    "arch.name": (str,), "workload.name": (str,), "attention.name": (str,), "mapping.name": (str,), "engine": (str,),
    "cycles": (int,), "seconds": NUMBER, "frequency_hz": NUMBER, "dram_bytes.read": NUMBER, "dram_bytes.write": NUMBER,
    "utilization": (dict,), "units": (list,), "bound.lower_bound_cycles": NUMBER, "bound.limiter": (str,),
    "bound.gap": NUMBER,
}


class ResultError(Exception):
    """A result that cannot be read; its text is one line that names the file and the key."""


def look_up(data: Json, path: str) -> Any:
    """The value at keys joined by dots; None where one is missing or null."""
    value: Any = data
    for key in path.split("."):
        if not isinstance(value, dict) or key not in value:
            return None
        value = value[key]
    return value


@dataclass(frozen=True)
class Unit:
    name: str
    pes: int
    busy: int
    stalls: dict[str, int]  # cause (a channel) -> cycles, the longest first

    @property
    def stalled(self) -> int:
        return sum(self.stalls.values())


@dataclass(frozen=True)
class Run:
    data: Json

    def get(self, path: str) -> Any:
        return look_up(self.data, path)

    def list_at(self, path: str) -> list[Json]:
        value = self.get(path)
        return value if isinstance(value, list) else []

    @property
    def cycles(self) -> int:
        return int(self.data["cycles"])

    @property
    def seconds(self) -> float:
        return float(self.data["seconds"])

    @property
    def dram_bytes(self) -> int:
        return int(self.get("dram_bytes.read") + self.get("dram_bytes.write"))

    @cached_property
    def units(self) -> list[Unit]:
        units = []
        for unit in self.data["units"]:
            stalls = sorted(unit.get("stall_cycles", {}).items(), key=lambda entry: -entry[1])
            units.append(Unit(unit["name"], int(unit.get("pes", 1)), int(unit["busy_cycles"]), dict(stalls)))
        return units

    def unit(self, name: str) -> Unit | None:
        return next((unit for unit in self.units if unit.name == name), None)

    @property
    def limiter(self) -> str:
        return str(self.get("bound.limiter"))

    @property
    def peak_maccs_per_second(self) -> float | None:
        """One MACC a cycle in every PE of the 2D array."""
        unit = self.unit("array_2d")
        return unit.pes * float(self.data["frequency_hz"]) if unit else None

    @property
    def tensor_maccs(self) -> float | None:
        """MACCs of tensor products on the 2D array: their busy PE-cycles, one MACC each."""
        unit, share = self.unit("array_2d"), self.get("utilization.array_2d_macc")
        return None if unit is None or share is None else share * unit.pes * self.cycles

    @property
    def intensity(self) -> float | None:
        """Tensor-product MACCs a byte of DRAM traffic."""
        maccs = self.tensor_maccs
        return None if not maccs or not self.dram_bytes else maccs / self.dram_bytes

    def components(self, key: str) -> dict[str, float]:
        """Energy or area by component without the total; empty where it is not modelled."""
        value = self.get(key)
        if not isinstance(value, dict):
            return {}
        return {name: float(part) for name, part in value.items() if name != "total" and isinstance(part, NUMBER)}


def check(data: Any, file: Path, where: str) -> Run:
    if not isinstance(data, dict):
        raise ResultError(f"{file}: {where or 'the document'}: must be a result, a JSON object")
    for path, types in REQUIRED.items():
        value = look_up(data, path)
        full = f"{where}.{path}" if where else path
        if value is None:
            raise ResultError(f"{file}: {full}: missing; it must be a result of simulate run or compare")
        if not isinstance(value, types) or isinstance(value, bool):
            raise ResultError(f"{file}: {full}: must be {' or '.join(one.__name__ for one in types)} (got {value!r})")
    return Run(data)


def read_runs(file: Path) -> list[Run]:
    """The results of a file: one object, or an array of them."""
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ResultError(f"{file}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise ResultError(f"{file}: is not JSON ({error})") from error
    if not isinstance(data, list):
        return [check(data, file, "")]
    if not data:
        raise ResultError(f"{file}: holds no result")
    return [check(entry, file, f"[{index}]") for index, entry in enumerate(data)]
