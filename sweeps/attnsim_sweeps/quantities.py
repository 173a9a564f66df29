# Numbers with units, as simulate reads them: 64K, 16MiB and 400GiB are 1024-based, 16MB and 400GB 1000-based.
import re
from fractions import Fraction
from functools import lru_cache

UNITS = {"": 1, "B": 1}
UNITS |= {unit: 1024 ** power for power, letter in enumerate("KMGT", start=1) for unit in (letter, f"{letter}iB")}
UNITS |= {f"{letter}B": 1000 ** power for power, letter in enumerate("KMGT", start=1)}
NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_QUANTITY = re.compile(rf"([+-]?)({NUMBER})\s*([KMGT]?(?:iB|B)?)")


def exact(text: str) -> Fraction | None:
    """The number that a text stands for; None where it stands for none."""
    match = _QUANTITY.fullmatch(text.strip())
    if match is None or match.group(3) not in UNITS:
        return None
    value = Fraction(match.group(2)) * UNITS[match.group(3)]
    return -value if match.group(1) == "-" else value


def number(text: str) -> float | None:
    value = exact(text)
    return None if value is None else float(value)


@lru_cache(maxsize=65536)
def canonical(text: str) -> str:
    """One text for equal numbers: 4MiB and 4194304 are the same value."""
    value = exact(text)
    return text.strip() if value is None else str(value)


def in_units(value: Fraction) -> str:
    """A value of a range or of powers of two as text: whole numbers as such, else the shortest float."""
    return str(value.numerator) if value.denominator == 1 else repr(float(value))


def short(text: str) -> str:
    """For axes of pictures: 1048576 -> 1M, 400000000000 -> 400e9; texts as they are."""
    value = exact(text)
    if value is None or value == 0 or not re.fullmatch(r"[\d.]+(e\d+)?", text.strip()):
        return text
    for letter, power in (("T", 4), ("G", 3), ("M", 2), ("K", 1)):
        scaled = value / 1024 ** power
        if 1 <= scaled < 1024 and scaled.denominator == 1:
            return f"{scaled.numerator}{letter}"
    return text if "e" in text else f"{float(value):.6g}"
