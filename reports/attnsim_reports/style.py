# How figures look: palette, sizes in CSS pixels, and inline SVG with an alternative text.
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

# Okabe and Ito's palette, told apart with any colour vision (jfly.uni-koeln.de/color, 2008), without its yellow.
BLUE, ORANGE, GREEN, VERMILLION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PURPLE, SKY, BLACK, GREY, PALE = "#CC79A7", "#56B4E9", "#222222", "#8A8A8A", "#E6E6E6"
SERIES = [BLUE, ORANGE, GREEN, VERMILLION, PURPLE, SKY, BLACK]
MARKERS = ["o", "s", "^", "D", "v", "P", "X"]

WIDE, NARROW = 860, 352  # widths of the two variants: a desktop's column, a phone's

SETTINGS = {
    "font.size": 12, "axes.titlesize": 12, "axes.labelsize": 12, "xtick.labelsize": 11, "ytick.labelsize": 12,
    "legend.fontsize": 11, "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": GREY,
    "axes.axisbelow": True, "axes.titlelocation": "left", "axes.titleweight": "bold", "grid.color": PALE,
    "xtick.color": BLACK, "ytick.color": BLACK, "text.color": BLACK, "axes.labelcolor": BLACK, "hatch.linewidth": 0.6,
    "svg.fonttype": "none", "font.family": "DejaVu Sans",
}


@dataclass(frozen=True)
class Chart:
    """A figure of the report. `draw` gets the width in pixels; `description` says what the figure shows."""
    key: str
    title: str
    description: str
    caption: str
    draw: Callable[[int], Figure]


@dataclass(frozen=True)
class Margins:
    left: int = 90
    right: int = 14
    top: int = 8
    bottom: int = 44


def canvas(width: int, height: int, margins: Margins) -> tuple[Figure, Axes]:
    """A figure of that many pixels (72 to the inch, so that a point is a pixel) with one axes inside the margins."""
    figure = Figure(figsize=(width / 72, height / 72), dpi=72)
    axes = figure.add_axes((margins.left / width, margins.bottom / height,
                            (width - margins.left - margins.right) / width,
                            (height - margins.top - margins.bottom) / height))
    return figure, axes


def beside(axes: Axes, x: float, y: float, text: str) -> None:
    """A bar's value, some pixels right of its end."""
    axes.annotate(text, (x, y), (5, 0), textcoords="offset points", va="center", size=11)


def text_width(text: str, size: float = 12) -> int:
    """Pixels that a text takes at most: DejaVu Sans is 0.64 em wide on average and wider than what browsers use."""
    return round(0.64 * size * len(text))


def to_svg(figure: Figure, key: str, title: str, description: str) -> str:
    """Inline SVG that scales to its box; ids carry the key, as several stand in one document."""
    buffer = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": key, "svg.fonttype": "none"}):
        FigureCanvasSVG(figure).print_svg(buffer, metadata={"Date": None})
    text = buffer.getvalue()
    text = text[text.index("<svg"):]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    text = re.sub(r'\bid="([^"]+)"', rf'id="{key}-\1"', text)
    text = re.sub(r"url\(#([^)]+)\)", rf"url(#{key}-\1)", text)
    text = re.sub(r'xlink:href="#([^"]+)"', rf'xlink:href="#{key}-\1"', text)
    text = re.sub(r"\n\s*", "\n", text)
    width, height = (round(72 * inches) for inches in figure.get_size_inches())
    opening = (f'<svg role="img" aria-labelledby="{key}-title {key}-desc" viewBox="0 0 {width} {height}" '
               f'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
               f'<title id="{key}-title">{escape(title)}</title><desc id="{key}-desc">{escape(description)}</desc>')
    return opening + text[text.index(">") + 1:]


def fitted(text: str, pixels: float, size: float = 12) -> str:
    """The text, cut with an ellipsis where it would be wider than that."""
    most = max(4, int(pixels / (0.64 * size)))
    return text if len(text) <= most else text[:most - 1] + "…"


def both_variants(chart: Chart) -> dict[str, str]:
    """The chart as SVG for a wide and for a narrow page."""
    variants = {}
    with matplotlib.rc_context(SETTINGS):
        for name, width in (("wide", WIDE), ("narrow", NARROW)):
            key = f"{chart.key}-{name}"
            variants[name] = to_svg(chart.draw(width), key, chart.title, chart.description)
    return variants
