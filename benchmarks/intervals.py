"""How often printed 95 % intervals hold the truth, and how often a finding is a false alarm.

Takes are simulated, so that the truth is known. (Not called coverage.py: numba would import
it in place of the package of that name.)

Examples
--------
    python -m benchmarks.intervals --markdown benchmarks/results/coverage.md
    python -m benchmarks.intervals --quick
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import groupby, product
from pathlib import Path
from typing import TypeVar

import numpy as np

from benchmarks.players import aligned, laid_out, played_by, runs_by, wandering
from benchmarks.report import publish
from benchmarks.simulated_cells import PLAYERS, Cell, Rng, all_cells
from practiceear.metrics.comparison import compare
from practiceear.metrics.evenness import sd_ioi
from practiceear.metrics.position import position_offsets
from practiceear.metrics.runs.notes import note_habits, note_that_stands_out
from practiceear.rhythm.grid import Meter, MetronomeGrid

N_TAKES, N_QUICK = 1000, 100
LEAST, MOST = 92.0, 98.0
_FEWEST_TOLD = 30
T = TypeVar("T")
K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Covered:
    """How many of a cell's intervals hold the truth, and how many were refused, in %."""

    cell: Cell
    coverage: float
    refused: float


@dataclass(frozen=True, slots=True)
class Finding:
    """How a take of one kind is judged: ``play`` tells whether something was found."""

    name: str
    setting: str
    effect: str
    play: Callable[[Rng], bool]


def main() -> int:
    """Simulate, and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help=f"{N_QUICK} takes a cell")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--markdown", type=Path)
    chosen = parser.parse_args()
    n_takes = N_QUICK if chosen.quick else N_TAKES
    text = "\n".join(_report(n_takes, chosen.seed)) + "\n"
    publish(text, chosen.markdown)
    return 0


def _report(n_takes: int, seed: int) -> Iterator[str]:
    quick = " --quick" if n_takes == N_QUICK else ""
    yield "# Do the intervals hold what they promise?\n"
    yield f"{n_takes} simulated takes a cell, seed {seed}:"
    yield f"`python -m benchmarks.intervals{quick} --seed {seed}`. A coverage of 95 % is known to"
    yield f"±{196 * (0.95 * 0.05 / n_takes) ** 0.5:.1f} % in a cell where nothing is refused.\n"
    covered = [_covered(c, n_takes, (seed, place)) for place, c in enumerate(all_cells())]
    yield from _coverage_table(covered)
    yield from _outside_table(covered)
    rates = [
        (finding, _rate(finding, n_takes, (seed, 10_000 + place)))
        for place, finding in enumerate(_findings())
    ]
    yield from _finding_table("False alarms", [one for one in rates if not one[0].effect])
    yield from _finding_table("Power", [one for one in rates if one[0].effect])


def _covered(cell: Cell, n_takes: int, seeds: tuple[int, int]) -> Covered:
    rng = np.random.default_rng(seeds)
    played = [cell.play(rng) for _ in range(n_takes)]
    told = [one for one in played if not one.is_unavailable]
    rounding = 1e-12
    held = [one.low - rounding <= cell.truth <= one.high + rounding for one in told]
    coverage = 100.0 * float(np.mean(held)) if len(told) >= _FEWEST_TOLD else float("nan")
    return Covered(cell, coverage, 100.0 * (1.0 - len(told) / n_takes))


def _rate(finding: Finding, n_takes: int, seeds: tuple[int, int]) -> float:
    rng = np.random.default_rng(seeds)
    return 100.0 * float(np.mean([finding.play(rng) for _ in range(n_takes)]))


def _findings() -> Iterator[Finding]:
    yield from _late_positions()
    yield from _notes_that_stand_out()
    yield from _differences()


def _late_positions() -> Iterator[Finding]:
    def is_found(rng: Rng, shape: tuple[int, int], r: float, late_sds: float) -> bool:
        late_s = wandering(rng, shape[0] * shape[1], r, 0.01)
        late_s[1 :: shape[0]] += late_sds * 0.01
        lean = position_offsets(aligned(late_s), MetronomeGrid(100.0, Meter((shape[0],)))).lean
        return lean is not None and (not late_sds or lean.places == (1,))

    for shape in product((4, 8, 16), (4, 8, 16)):
        cases = [(r, 0.0) for r in (0.0, 0.3, 0.6, 0.9)] + [(0.3, sds) for sds in (0.5, 1, 1.5, 2)]
        for r, sds in cases:
            yield Finding(
                "position k is late",
                f"{shape[0]} positions, {shape[1]} bars, r {r}",
                f"late by {sds} SD" if sds else "",
                partial(is_found, shape=shape, r=r, late_sds=sds),
            )


def _notes_that_stand_out() -> Iterator[Finding]:
    def is_found(
        rng: Rng, shape: tuple[int, int], player: tuple[float, float], late_s: float
    ) -> bool:
        onset_s = runs_by(rng, shape, *player)
        onset_s[:, shape[1] // 2] += late_s
        note = note_that_stands_out(note_habits([laid_out(onset_s)], 0.0))
        return note is not None and (not late_s or note.place == shape[1] // 2)

    for shape, name in product(((5, 8), (5, 15), (10, 29), (20, 15)), PLAYERS):
        for late_s in (0.0, 0.01, 0.02, 0.03):
            yield Finding(
                "a note stands out in runs",
                f"{shape[0]} runs of {shape[1]}, {name}",
                f"late by {1000 * late_s:.0f} ms" if late_s else "",
                partial(is_found, shape=shape, player=PLAYERS[name], late_s=late_s),
            )


def _differences() -> Iterator[Finding]:
    def is_found(rng: Rng, n: int, player: tuple[float, float], ratio: float) -> bool:
        second = (ratio * player[0], ratio * player[1])
        takes = (sd_ioi(played_by(rng, n, *player)), sd_ioi(played_by(rng, n, *second)))
        return compare(*takes).is_different

    for n, name, ratio in product((16, 32, 64, 200), PLAYERS, (1.0, 1.25, 1.5, 2.0)):
        yield Finding(
            "SD-IOI is different from the last take",
            f"n {n}, {name}",
            f"{ratio} times" if ratio > 1.0 else "",
            partial(is_found, n=n, player=PLAYERS[name], ratio=ratio),
        )


def _coverage_table(covered: list[Covered]) -> Iterator[str]:
    yield "| measure | cells | mean coverage % | range | cells inside 92..98 % | refused % |"
    yield "|---|---|---|---|---|---|"
    for measure, some in _by(covered, lambda one: one.cell.measure):
        shares = np.array([one.coverage for one in some if not np.isnan(one.coverage)])
        refused = np.mean([one.refused for one in some])
        if not shares.size:
            yield f"| {measure} | {len(some)} | – | – | – | {refused:.0f} |"
            continue
        inside = 100.0 * np.mean((shares >= LEAST) & (shares <= MOST))
        yield (
            f"| {measure} | {shares.size} of {len(some)} | {shares.mean():.1f}"
            f" | {shares.min():.1f} to {shares.max():.1f} | {inside:.0f} % | {refused:.0f} |"
        )
    yield f"\nCells in which fewer than {_FEWEST_TOLD} takes gave a number are not counted.\n"


def _outside_table(covered: list[Covered]) -> Iterator[str]:
    yield "## Cells outside\n"
    yield "| measure | cell | coverage % | refused % |"
    yield "|---|---|---|---|"
    for one in covered:
        if one.coverage < LEAST or one.coverage > MOST:
            yield (
                f"| {one.cell.measure} | {one.cell.setting} | {one.coverage:.1f}"
                f" | {one.refused:.0f} |"
            )
    yield ""


def _finding_table(title: str, rates: list[tuple[Finding, float]]) -> Iterator[str]:
    yield f"## {title}\n"
    yield "| finding | true effect | cells | mean % | range | highest in |"
    yield "|---|---|---|---|---|---|"
    for (name, effect), some in _by(rates, lambda one: (one[0].name, one[0].effect)):
        shares = [rate for _, rate in some]
        highest = some[int(np.argmax(shares))][0].setting
        yield (
            f"| {name} | {effect or 'none'} | {len(some)} | {np.mean(shares):.1f}"
            f" | {min(shares):.1f} to {max(shares):.1f} | {highest} |"
        )
    yield ""


def _by(items: list[T], key: Callable[[T], K]) -> Iterator[tuple[K, list[T]]]:
    """Group items by a key, in the order of each key's first item."""
    order = {one: place for place, one in reversed(list(enumerate(map(key, items))))}
    for name, some in groupby(sorted(items, key=lambda one: order[key(one)]), key):
        yield name, list(some)


if __name__ == "__main__":
    sys.exit(main())
