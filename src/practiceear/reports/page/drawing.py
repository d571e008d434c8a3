"""Figures as SVG that takes its colours and letters from the page it stands in.

The same figure gives the same bytes: no date, no names by chance, no folded random.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from practiceear.units import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, SOFT, ACCENT, LATE, EARLY, INNER, OUTER = (f"#0{n}0{n}0{n}" for n in range(1, 8))
"""Stand-ins, each replaced by a variable of the page's style sheet."""

_VARIABLES = {
    INK: "--ink", SOFT: "--soft", ACCENT: "--accent", LATE: "--late", EARLY: "--early",
    INNER: "--inner", OUTER: "--outer",
}  # fmt: skip

_ROOT_ATTRIBUTES = (
    'aria-hidden="true" focusable="false" stroke-linejoin="round" stroke-linecap="butt"'
)
WIDTH_INCH = 10.0
_STYLE = {
    "svg.fonttype": "none",  # letters stay letters: sharp, and in the page's own type
    "font.size": 11.0,
    "path.simplify": False,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


class Drawing:
    """A figure with rows of axes, to be had as SVG.

    Parameters
    ----------
    name
        Of the figure in the page; its ids begin with it.
    height_inch
        Its width is 10.
    n_rows
        Axes one below the other, with one time axis.
    """

    def __init__(self, name: str, height_inch: float, n_rows: int = 1) -> None:
        import matplotlib as mpl
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure

        self._name = name
        self._style: Any = {**_STYLE, "svg.hashsalt": name}
        with mpl.rc_context(self._style):
            self.figure: Figure = Figure(figsize=(WIDTH_INCH, height_inch))
            FigureCanvasSVG(self.figure)
            made = self.figure.subplots(n_rows, 1, sharex=True, squeeze=False)
            self.axes: list[Axes] = list(made[:, 0])
        self.figure.patch.set_visible(False)
        for one in self.axes:
            one.patch.set_visible(False)

    def svg(self) -> str:
        """The figure, to stand inside a page."""
        import matplotlib as mpl

        file = io.StringIO()
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        with mpl.rc_context(self._style):
            self.figure.savefig(file, format="svg", metadata=nothing)
        return _inlined(file.getvalue(), self._name)


def dots(axes: Axes, x: FloatArray, y: FloatArray, size: float) -> None:
    """Many round dots in one path: a fifth of the bytes of as many markers."""
    gaps = np.full(len(x), np.nan)
    axes.plot(
        np.column_stack((x, x, gaps)).ravel(), np.column_stack((y, y, gaps)).ravel(),
        color=INK, linewidth=size, solid_capstyle="round",
    )  # fmt: skip


def ticks(axes: Axes, x: FloatArray, low_high: tuple[float, float], width: float) -> None:
    """Many upright lines in one path."""
    ends = np.tile([*low_high, np.nan], len(x))
    axes.plot(np.repeat(x, 3), ends, color=ACCENT, linewidth=width, solid_capstyle="butt")


def place_on_page(axes: Axes) -> str:
    """Where the axes stand in their figure from left to right, in parts of its width."""
    box = axes.get_position()
    return f"{box.x0:.5f} {box.x1:.5f}"


def _inlined(document: str, name: str) -> str:
    svg = document[document.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r' (?:width|height)="[\d.]+pt"', "", svg, count=2)
    svg = re.sub(r"<!--.*?-->\s*", "", svg, flags=re.DOTALL)
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', svg))
    svg = re.sub(r' id="([^"]+)"', lambda found: _id(found[1], used, name), svg)
    svg = re.sub(r'(href="#|url\(#)', rf"\g<1>{name}-", svg)
    svg = re.sub(r"font-family: [^;\"]+;?", "", svg)
    svg = re.sub(r"font: ([\d.]+)px [^;\"]+", r"font-size: \1px", svg)
    svg = re.sub(r"<defs>\s*<style[^>]*>.*?</style>\s*</defs>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r' style="([^"]*)"', lambda found: _as_attributes(found[1]), svg)
    svg = re.sub(r"(\d+\.\d)\d+(?=[ \"\n])", r"\1", svg)
    # A dot is a line without length, which matplotlib leaves out and some browsers do not draw.
    svg = re.sub(r"M (\S+) (\S+) \n(?:L \1 \2 \n)?(?=[M\"])", r"M\1 \2h.1", svg)
    for colour, variable in _VARIABLES.items():
        svg = svg.replace(colour, f"var({variable})")
    return svg.replace("<svg ", f"<svg {_ROOT_ATTRIBUTES} ", 1).strip()


def _as_attributes(style: str) -> str:
    """A style as attributes of its own: the page's content policy allows no style in the text."""
    parts = (one.partition(":") for one in style.split(";") if one.strip())
    return "".join(f' {name.strip()}="{value.strip()}"' for name, _, value in parts)


def _id(found: str, used: set[str], name: str) -> str:
    return f' id="{name}-{found}"' if found in used else ""
