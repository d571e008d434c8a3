"""The result of a check, as a table for people."""

from __future__ import annotations

import math
from collections.abc import Sequence

from practiceear.fixtures.check import Verdict
from practiceear.fixtures.scoring import Score
from practiceear.plain_text import printable

HEADINGS = (
    "fixture",
    "played",
    "heard",
    "false",
    "F ±50",
    "F ±25",
    "bias",
    "SD",
    "delay",
    "SD-IOI",
)
UNITS = ("", "", "", "", "", "", "ms", "ms", "ms", "error ms")


def check_table(verdicts: Sequence[Verdict]) -> str:
    """Return one row a fixture, what fell short below it, and the sum at the end."""
    width = max(len(HEADINGS[0]), *(len(printable(verdict.name)) for verdict in verdicts))
    lines = [_row(HEADINGS, width), _row(UNITS, width)]
    for verdict in verdicts:
        lines.append(_row((printable(verdict.name), *_cells(verdict.score)), width))
        lines += [f"    too low or too high: {words}" for words in verdict.shortfalls]
        lines += [f"    changed: {words}" for words in verdict.changes]
    n_failed = sum(not verdict.is_passed for verdict in verdicts)
    lines.append(f"{len(verdicts) - n_failed} fixtures as they should be, {n_failed} not.")
    return "\n".join(lines) + "\n"


def _row(cells: Sequence[str], width: int) -> str:
    return (f"{cells[0]:<{width}}" + "".join(f"{cell:>9}" for cell in cells[1:])).rstrip()


def _cells(score: Score) -> tuple[str, ...]:
    counts = (f"{score.n_played}", f"{score.n_heard}", f"{score.n_false}")
    shares = (_number(score.f_50, 3), _number(score.f_25, 3))
    times = (score.bias_s, score.spread_s, score.delay_s, score.sd_ioi_error_s)
    return (*counts, *shares, *(_number(1000.0 * time_s, 1) for time_s in times))


def _number(value: float, n_digits: int) -> str:
    return f"{value:.{n_digits}f}" if math.isfinite(value) else "-"
