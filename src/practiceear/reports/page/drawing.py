"""Pictures as SVG that takes its colours and letters from the page it stands in.

A picture is as wide as its place: what is drawn is spread over the width, while letters,
marks and lines keep their size, so that they are read on a phone too.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape

import numpy as np

from practiceear.units import FloatArray, IntArray

INK, SOFT, ACCENT, LATE, EARLY, INNER, OUTER = (
    f"var(--{name})" for name in ("ink", "soft", "accent", "late", "early", "inner", "outer")
)
"""Variables of the page's style sheet."""

LEFT, RIGHT = 0.085, 0.985
"""Where axes stand in their picture from left to right, in parts of its width."""

Ticks = Sequence[tuple[float, str]]
"""Values and what is written at each."""

_FULL = 10_000  # width and height of the axes in the coordinates of paths
_LABEL_EM, _TICKS_EM, _X_LABEL_EM, _GAP_EM = 1.6, 1.8, 1.4, 0.5
_PHONE_LETTERS = 40  # so many fit below an axis on a phone
_SHAPES = {
    "dot": "M1 0A1 1 0 1 1 1-.01z",
    "ring": "M1 0A1 1 0 1 1 1-.01z",
    "cross": "M-1-1 1 1M-1 1 1-1",
    "diamond": "M0-1 1 0 0 1-1 0z",
    "right": "M-1-1 1 0-1 1z",
    "left": "M1-1-1 0 1 1z",
}
_OUTLINED = ("ring", "cross")


class Axes:
    """A rectangle with two scales in which lines and marks are drawn; marks lie above lines.

    Widths and sizes are in em, the height of the letters; values that are not finite are left out.

    ``name``: of the axes in the page; their ids begin with it. ``x_range``, ``y_range``: lowest and
    highest value of each scale. ``height_em``: without what is written above and below. ``label``:
    what the height stands for.
    """

    def __init__(
        self, name: str, x_range: tuple[float, float], y_range: tuple[float, float],
        height_em: float, label: str = "",
    ) -> None:  # fmt: skip
        self.name, self.height_em, self.label = name, height_em, label
        self.x_range, self.y_range = x_range, y_range
        self._paths: list[str] = []
        self._marks: list[str] = []

    def band(self, low: float, high: float, colour: str) -> None:
        """Fill the whole width between two values."""
        bottom, top = self._y(np.clip((low, high), *self.y_range))
        self._paths.append(f'<path d="M0 {bottom}H{_FULL}V{top}H0z" fill="{colour}"/>')

    def area(self, x: FloatArray, low: FloatArray, high: FloatArray, colour: str) -> None:
        """Fill what lies between two lines."""
        around = _polyline(self._x(np.append(x, x[::-1])), self._y(np.append(high, low[::-1])))
        self._path(f"{around}z", colour, 0.04, f' fill="{colour}"')

    def level(self, y: float, colour: str, width_em: float, dashes: str = "") -> None:
        """Draw a line across."""
        more = f' stroke-dasharray="{dashes}"' if dashes else ""
        self._path(f"M0 {self._y([y])[0]}H{_FULL}", colour, width_em, more)

    def line(self, x: FloatArray, y: FloatArray, colour: str, width_em: float) -> None:
        """Draw a line from point to point."""
        self._path(_polyline(self._x(x), self._y(y)), colour, width_em)

    def uprights(
        self, x: FloatArray, low: FloatArray, high: FloatArray, colour: str, width_em: float
    ) -> None:
        """Draw upright lines, all in one path."""
        known = np.isfinite(low) & np.isfinite(high)
        ends = zip(self._x(x[known]), self._y(low[known]), self._y(high[known]), strict=True)
        lines = "".join(f"M{at} {bottom}V{top}" for at, bottom, top in ends)
        self._path(lines, colour, width_em)

    def dots(self, x: FloatArray, y: FloatArray, colour: str, size_em: float) -> None:
        """Draw round dots, all in one path: a third of the bytes of as many marks."""
        known = np.isfinite(y)
        points = zip(self._x(x[known]), self._y(y[known]), strict=True)
        # Some browsers do not draw a line without length.
        lines = "".join(f"M{at} {up}h1" for at, up in points)
        self._path(lines, colour, size_em, ' stroke-linecap="round"')

    def marks(self, shape: str, x: FloatArray, y: FloatArray, colour: str, size_em: float) -> None:
        """Draw a dot, ring, cross, diamond or triangle (right or left) at each point."""
        known = np.isfinite(y)
        if not known.any():
            return
        name = f"{self.name}-{shape}"
        outline = f'fill="none" stroke="{colour}" stroke-width=".4"'
        paint = outline if shape in _OUTLINED else f'fill="{colour}"'
        size = f'width="{size_em / 2:.2f}em" height="{size_em / 2:.2f}em" viewBox="0 0 1 1"'
        points = zip(self._x(x[known]) / 100, self._y(y[known]) / 100, strict=True)
        self._marks += [
            f'<defs><svg id="{name}" {size} overflow="visible">'
            f'<path d="{_SHAPES[shape]}" {paint}/></svg></defs>',
            *(f'<use href="#{name}" x="{at:.2f}%" y="{up:.2f}%"/>' for at, up in points),
        ]

    def content(self) -> str:
        """All that was drawn, as SVG elements."""
        return (
            f'<svg viewBox="0 0 {_FULL} {_FULL}" preserveAspectRatio="none" overflow="visible"'
            f' fill="none">{"".join(self._paths)}</svg>{"".join(self._marks)}'
        )

    def framed(self, x_ticks: Ticks, x_label: str) -> str:
        """The drawing with its axes and their labels, as SVG elements."""
        return "".join((
            self.content(),
            f'<text dy="-.5em">{escape(self.label)}</text>',
            f'<line y2="100%" stroke="{SOFT}"/>',
            f'<line x2="100%" y1="100%" y2="100%" stroke="{SOFT}"/>',
            *self._x_scale(x_ticks),
            *self._y_scale(),
            f'<text x="50%" y="100%" dy="2.8em" text-anchor="middle">{escape(x_label)}</text>',
        ))  # fmt: skip

    def _x_scale(self, ticks: Ticks) -> Iterable[str]:
        n_letters = sum(len(text) + 1 for _, text in ticks)
        every = max(1, -(-n_letters // _PHONE_LETTERS))
        for n, (value, text) in enumerate(ticks):
            hidden = ' class="wide-only"' if n % every else ""
            yield (
                f'<svg x="{self._x([value])[0] / 100:.2f}%" y="100%" overflow="visible">'
                f'<path d="M0 0v4" stroke="{SOFT}"/>'
                f'<text dy="1.4em" text-anchor="middle"{hidden}>{escape(text)}</text></svg>'
            )

    def _y_scale(self) -> Iterable[str]:
        for value, text in even_ticks(*self.y_range, most=max(3, int(0.6 * self.height_em))):
            yield (
                f'<svg y="{self._y([value])[0] / 100:.2f}%" overflow="visible">'
                f'<path d="M0 0h-4" stroke="{SOFT}"/>'
                f'<text x="-8" dy=".35em" text-anchor="end">{text}</text></svg>'
            )

    def _path(self, path: str, colour: str, width_em: float, more: str = "") -> None:
        if path:
            self._paths.append(
                f'<path d="{path}" stroke="{colour}" stroke-width="{width_em:.3g}em"{more}'
                ' vector-effect="non-scaling-stroke"/>'
            )

    def _x(self, values: FloatArray | Sequence[float]) -> IntArray:
        return _spread(values, *self.x_range)

    def _y(self, values: FloatArray | Sequence[float]) -> IntArray:
        return _spread(values, *self.y_range[::-1])


def picture(*rows: Axes, x_ticks: Ticks, x_label: str) -> str:
    """Axes one below the other with one scale from left to right, as an SVG element."""
    height_em = sum(_LABEL_EM + axes.height_em for axes in rows) + _GAP_EM * (len(rows) - 1)
    height_em += _TICKS_EM + _X_LABEL_EM
    unnamed = [(value, "") for value, _ in x_ticks]
    parts, top_em = [], 0.0
    for axes in rows:
        top_em += _LABEL_EM
        scale = (x_ticks, x_label) if axes is rows[-1] else (unnamed, "")
        parts.append(
            f'<svg x="{100 * LEFT:g}%" width="{100 * (RIGHT - LEFT):g}%" overflow="visible"'
            f' y="{100 * top_em / height_em:.2f}%"'
            f' height="{100 * axes.height_em / height_em:.2f}%">{axes.framed(*scale)}</svg>'
        )
        top_em += axes.height_em + _GAP_EM
    return _root(height_em, "".join(parts))


def bare(axes: Axes) -> str:
    """Axes without scales that fill their picture, as an SVG element."""
    return _root(axes.height_em, axes.content())


def _root(height_em: float, content: str) -> str:
    return (
        f'<svg width="100%" height="{height_em:.1f}em" overflow="visible" fill="{INK}"'
        f' stroke-linejoin="round" aria-hidden="true" focusable="false">{content}</svg>'
    )


def even_ticks(low: float, high: float, most: int, *, is_whole: bool = False) -> Ticks:
    """Round values between two others, at most about ``most``, and how they are written."""
    rough = max((high - low) / most, 1.0 if is_whole else 0.0)
    unit = 10.0 ** math.floor(math.log10(rough))
    steps = (unit * n for n in (1, 2, 2.5, 5, 10) if not (is_whole and n == 2.5))
    step = next(step for step in steps if step >= 0.999 * rough)
    n_decimals = next(n for n in range(20) if math.isclose(round(step, n), step))
    values = [step * n for n in range(math.ceil(low / step), math.floor(high / step) + 1)]
    return [(value, f"{value:.{n_decimals}f}".replace("-", "−")) for value in values]


def padded(values: FloatArray, share: float, least: float = 0.0) -> tuple[float, float]:
    """A range around the finite values, with a share of it left free at each end."""
    known = values[np.isfinite(values)]
    if not len(known):
        return 0.0, 1.0
    low, high = float(known.min()), float(known.max())
    margin = max(share * (high - low), least) or 0.1 * abs(low) or 1.0
    return low - margin, high + margin


def _spread(values: FloatArray | Sequence[float], first: float, last: float) -> IntArray:
    """Values as whole coordinates, 0 at ``first``."""
    part = (np.asarray(values, dtype=np.float64) - first) / (last - first)
    return np.rint(_FULL * part).astype(np.int64)


def _polyline(x: IntArray, y: IntArray) -> str:
    return "M" + " ".join(f"{at} {up}" for at, up in zip(x, y, strict=True))
