"""The cells of `intervals.py`: a measure, a player and a length, and what is true of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from benchmarks.players import (
    aligned,
    in_a_row,
    laid_out,
    played_by,
    runs_by,
    wandering,
    wavering_level,
)
from practiceear.metrics.articulation import (
    attack_consistency,
    detached_share,
    gate_ratio,
    gate_ratio_sd,
    legato_dip,
)
from practiceear.metrics.catalogue import MetricKey
from practiceear.metrics.comparison import Comparison, compare
from practiceear.metrics.detector_error import (
    LESS_SURE,
    SURER,
    Errors,
    without_errors,
)
from practiceear.metrics.evenness import cv_ioi, robust_sd_ioi, sd_ioi
from practiceear.metrics.intervals import PlayedIntervals
from practiceear.metrics.loudness import accented_notes, accents, loudness_evenness
from practiceear.metrics.metric import Metric
from practiceear.metrics.on_time import Centre, on_time_shares, share_metric
from practiceear.metrics.position import swing
from practiceear.metrics.reliability import sd_ioi_floor
from practiceear.metrics.runs.alignment import AlignedRuns
from practiceear.metrics.runs.evenness import instability, irregularity, medial_sd_ioi
from practiceear.metrics.serial import clock_and_motor, lag_one_ioi, npvi
from practiceear.metrics.steadiness import tone_steadiness
from practiceear.metrics.timing import deviation_bias, deviation_spread, drift
from practiceear.rhythm.alignment import Alignment
from practiceear.rhythm.grid import Meter, MetronomeGrid, Subdivision
from practiceear.units import FloatArray
from tests.support.detector_error import without_floor

Rng = np.random.Generator
Player = tuple[float, float]
"""Standard deviations of clock and hand, s; or of late notes, and how late they are."""
CORRELATIONS = (-0.3, 0.0, 0.3, 0.6)
PLAYERS = {"clock": (0.01, 0.0), "hand": (0.0, 0.00707), "both": (0.00707, 0.005)}
"""Their intervals all spread by 10 ms."""

SIXTEENTHS = MetronomeGrid(60.0, Meter(), Subdivision.parse("4"))
EIGHTHS = MetronomeGrid(120.0, Meter(), Subdivision.parse("2"))


@dataclass(frozen=True, slots=True)
class Cell:
    """One measure of one kind of take: ``play`` gives what is printed of a new one."""

    measure: str
    setting: str
    truth: float
    play: Callable[[Rng], Metric | Comparison]


def all_cells() -> Iterator[Cell]:
    """Every cell that is simulated."""
    for cells in (
        _evenness, _floors, _errors, _timing, _sound, _legato, _serial, _two_levels, _on_time,
        _swing, _accents, _shares, _runs, _steadiness, _comparisons,
    ):  # fmt: skip
        yield from cells()


def _evenness() -> Iterator[Cell]:
    def play(
        rng: Rng, n: int, player: Player, measure: Callable[[PlayedIntervals], Metric]
    ) -> Metric:
        return measure(played_by(rng, n, *player))

    for n, (name, player) in product((16, 32, 64, 200), PLAYERS.items()):
        for measure, truth in ((sd_ioi, 0.01), (cv_ioi, 4.0), (robust_sd_ioi, 0.01)):
            yield Cell(
                measure.__name__,
                f"n {n}, {name}",
                truth,
                partial(play, n=n, player=player, measure=measure),
            )


def _floors() -> Iterator[Cell]:
    def play(rng: Rng, n: int, player: Player) -> Metric:
        return without_floor(sd_ioi(played_by(rng, n, *player, 0.004)), sd_ioi_floor(0.004))

    settings = product((16, 32, 64, 128, 300), (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 3.0), (0, 1))
    for n, ratio, is_hand in settings:
        true_s = ratio * sd_ioi_floor(0.004)
        player = (0.0, true_s / math.sqrt(2.0)) if is_hand else (true_s, 0.0)
        yield Cell(
            "sd_ioi without floor",
            f"n {n}, {'hand' if is_hand else 'clock'}, {ratio} floors",
            true_s,
            partial(play, n=n, player=player),
        )


def _errors() -> Iterator[Cell]:
    """An ear that says how badly it heard each onset, and is itself off by a factor."""

    def own(rng: Rng, n: int, true_s: float) -> Metric:
        said_s = 0.002 * np.exp(rng.normal(0.0, 0.8, n + 1))
        chance = rng.normal()
        factor = np.exp(chance * (SURER if chance < 0.0 else LESS_SURE))
        late_s = factor * said_s * rng.normal(size=n + 1)
        heard = in_a_row(played_by(rng, n, true_s, 0.0).ioi_s + np.diff(late_s))
        errors = Errors(heard.residual_s, np.hypot(said_s[1:], said_s[:-1]))
        return without_errors(sd_ioi(heard), errors)

    for n, true_s in product((16, 32, 64, 128, 300), (0.0, 0.001, 0.002, 0.004, 0.008, 0.016)):
        yield Cell(
            "sd_ioi without errors",
            f"n {n}, {1000 * true_s:.0f} ms",
            true_s,
            partial(own, n=n, true_s=true_s),
        )


def _timing() -> Iterator[Cell]:
    def biased(rng: Rng, n: int, r: float) -> Metric:
        notes = aligned(wandering(rng, n, r, 0.01) - 0.02)
        return deviation_bias(notes, SIXTEENTHS, is_phase_known=True)

    def drifting(rng: Rng, n: int, r: float) -> Metric:
        due_s = 0.25 * np.arange(float(n))
        late_s = wandering(rng, n, r, 0.01) + 0.001 * due_s
        return drift(due_s + late_s, aligned(late_s))

    def spread(rng: Rng, n: int, r: float) -> Metric:
        return deviation_spread(aligned(wandering(rng, n, r, 0.01)))

    plays = (("deviation_bias", -0.02, biased), ("deviation_spread", 0.01, spread),
             ("drift", 0.001, drifting))  # fmt: skip
    for n, r, (measure, truth, play) in product((16, 24, 64, 200), CORRELATIONS, plays):
        yield Cell(measure, f"n {n}, r {r}", truth, partial(play, n=n, r=r))


def _sound() -> Iterator[Cell]:
    def loudness(rng: Rng, n: int, r: float) -> Metric:
        return loudness_evenness(wandering(rng, n, r, 2.0), 0.25 * np.arange(float(n)))

    def attack(rng: Rng, n: int, r: float) -> Metric:
        return attack_consistency(0.05 + wandering(rng, n, r, 0.005))

    def gate(rng: Rng, n: int, r: float) -> Metric:
        length_s = 0.25 * (0.8 + wandering(rng, n, r, 0.1))
        return gate_ratio(length_s, np.zeros(n), played_by(rng, n, 0, 0))

    def gate_sd(rng: Rng, n: int, r: float) -> Metric:
        return gate_ratio_sd(0.25 * (0.8 + wandering(rng, n, r, 0.1)), played_by(rng, n, 0, 0))

    plays = (("loudness_evenness", 2.0, loudness), ("attack_consistency", 0.005, attack),
             ("gate_ratio", 0.8, gate), ("gate_ratio_sd", 0.1, gate_sd))  # fmt: skip
    for n, r, (measure, truth, play) in product((16, 32, 64, 200), CORRELATIONS, plays):
        yield Cell(measure, f"n {n}, r {r}", truth, partial(play, n=n, r=r))


def _legato() -> Iterator[Cell]:
    def joined(rng: Rng, n: int) -> Metric:
        return legato_dip(rng.exponential(3.0, n + 1), played_by(rng, n, 0, 0))

    def apart(rng: Rng, n: int) -> Metric:
        return detached_share(rng.exponential(6.0, n + 1), played_by(rng, n, 0, 0))

    for n in (17, 32, 64, 128):
        yield Cell("legato_dip", f"n {n}", 3.0, partial(joined, n=n))
        share = 100.0 * math.exp(-10.0 / 6.0)
        yield Cell("detached_share", f"n {n}", share, partial(apart, n=n))


def _serial() -> Iterator[Cell]:
    def variability(rng: Rng, n: int, player: Player) -> Metric:
        return npvi(played_by(rng, n, *player))

    def correlation(rng: Rng, n: int, player: Player, ear_s: float) -> Metric:
        return lag_one_ioi(played_by(rng, n, *player, ear_s), ear_s)

    for n, (name, player) in product((65, 128, 256), PLAYERS.items()):
        many = played_by(np.random.default_rng(0), 300_000, *player)
        clock, hand = player
        truth = -(hand**2) / (clock**2 + 2.0 * hand**2)
        setting = f"n {n}, {name}"
        yield Cell(
            "npvi",
            setting,
            npvi(many).value,
            partial(variability, n=n, player=player),
        )
        for ear_s in (0.0, 0.002):
            yield Cell(
                "lag_one_ioi",
                f"{setting}, ear {1000 * ear_s:.0f} ms",
                truth,
                partial(correlation, n=n, player=player, ear_s=ear_s),
            )


def _two_levels() -> Iterator[Cell]:
    def play(rng: Rng, n: int, player: tuple[float, float, float], part: str) -> Metric:
        levels = clock_and_motor(
            played_by(rng, n, *player), is_paced=False, onset_floor_s=player[2]
        )
        return levels.clock if part == "clock" else levels.motor

    players = ((0.008, 0.004, 0.0), (0.006, 0.004, 0.002), (0.008, 0.0, 0.0), (0.0, 0.006, 0.0))
    for n, player, part in product((101, 160, 300), players, ("clock", "motor")):
        absent = "" if min(player[:2]) > 0.0 else ", one absent"
        yield Cell(
            f"clock_and_motor{absent}",
            f"n {n}, {player}, {part}",
            player[0 if part == "clock" else 1],
            partial(play, n=n, player=player, part=part),
        )


def _on_time() -> Iterator[Cell]:
    def play(rng: Rng, n: int, r: float, player: Player, part: str) -> Metric:
        sd, bias = player
        shares = on_time_shares(
            aligned(wandering(rng, n, r, sd) + bias),
            grid,
            about=Centre.CLICK if bias else Centre.PLAYER,
            onset_floor_s=0.0,
        )
        return shares.inner if part == "inner" else shares.outer

    players = ((0.006, 0.0), (0.01, 0.0), (0.01, -0.008), (0.02, -0.01))
    windows = ((0.006, "inner"), (0.01, "outer"))
    settings = product((24, 64, 256), (0.0, 0.3, 0.6), players, windows)
    grid = MetronomeGrid(120.0, Meter(), Subdivision.parse("4"))
    for n, r, (sd, bias), (reach, part) in settings:
        truth = 100.0 * float(ndtr((reach - bias) / sd) - ndtr((-reach - bias) / sd))
        yield Cell(
            "on_time_shares",
            f"n {n}, r {r}, sd {sd}, bias {bias}, {part}",
            truth,
            partial(play, n=n, r=r, player=(sd, bias), part=part),
        )


def _swing() -> Iterator[Cell]:
    def play(rng: Rng, n_beats: int, r: float, part: str) -> Metric:
        late_s = np.tile((0.0, 0.009), n_beats)
        found = swing(aligned(wandering(rng, late_s.size, r, 0.008) + late_s), EIGHTHS)
        return found.offset if part == "offset" else found.ratio

    long_s, short_s = EIGHTHS.slot_length_s(np.arange(2))
    truths = {"offset": 0.009, "ratio": float((long_s + 0.009) / (short_s - 0.009))}
    for n_beats, r, part in product((17, 33, 65, 129), CORRELATIONS, truths):
        yield Cell(
            f"swing {part}",
            f"{n_beats} beats, r {r}",
            truths[part],
            partial(play, n_beats=n_beats, r=r, part=part),
        )


def _accents() -> Iterator[Cell]:
    def play(
        rng: Rng, notes: Alignment, is_accented: npt.NDArray[np.bool_], r: float, part: str
    ) -> Metric:
        level_db = wandering(rng, is_accented.size, r, 2.0) + 4.0 * is_accented
        found = accents(level_db, notes, is_accented)
        return found.contrast if part == "contrast" else found.clarity

    parts = (("contrast", 4.0), ("clarity", 2.0))
    for beats, bars, r, (part, truth) in product((2, 4, 8), (10, 34, 66), (0, 0.3, 0.6), parts):
        notes = aligned(np.zeros(beats * bars))
        is_accented = accented_notes(notes, MetronomeGrid(120.0, Meter((beats,))))
        yield Cell(
            f"accents {part}",
            f"{beats} beats, {bars} bars, r {r}",
            truth,
            partial(play, notes=notes, is_accented=is_accented, r=r, part=part),
        )


def _shares() -> Iterator[Cell]:
    def play(rng: Rng, n: int, share: float) -> Metric:
        return share_metric(MetricKey.DOUBLE_ONSETS, rng.random(n) < share, "changes")

    for n, share in product((16, 24, 60, 120, 300), (0.01, 0.03, 0.07, 0.15, 0.3, 0.5)):
        yield Cell(
            "share (double onsets)",
            f"n {n}, share {share}",
            100.0 * share,
            partial(play, n=n, share=share),
        )


def _runs() -> Iterator[Cell]:
    def play(
        rng: Rng,
        shape: tuple[int, int],
        player: Player,
        habit_s: FloatArray,
        measure: Callable[[list[AlignedRuns]], Metric],
    ) -> Metric:
        return measure([laid_out(runs_by(rng, shape, *player) + habit_s)])

    for shape, (name, player) in product(((5, 8), (5, 15), (12, 15), (20, 8)), PLAYERS.items()):
        habit_s = np.array(
            laid_out((0.008 * (np.arange(shape[1]) == shape[1] // 2))[None]).late_s[0]
        )
        many = runs_by(np.random.default_rng(0), (20_000, shape[1]), *player) + habit_s
        truths = {
            instability: math.sqrt(float(np.mean(laid_out(many).late_s.var(axis=0)))),
            irregularity: math.sqrt(float(np.mean(habit_s**2))),
            medial_sd_ioi: float(np.diff(many, axis=1).std(axis=1, ddof=1).mean()),
        }
        for measure, truth in truths.items():
            yield Cell(
                measure.__name__,
                f"{shape[0]} runs of {shape[1]}, {name}",
                truth,
                partial(play, shape=shape, player=player, habit_s=habit_s, measure=measure),
            )


def _steadiness() -> Iterator[Cell]:
    def play(rng: Rng, duration_s: float, width_hz: float) -> Metric:
        level_db = wavering_level(rng, duration_s, 5.0, width_hz)
        return tone_steadiness(level_db, 100.0).wavering

    for duration_s, width_hz in product((4.0, 6.0, 10.0, 20.0), (math.inf, 0.4, 0.1)):
        yield Cell(
            "tone_steadiness wavering",
            f"{duration_s:.0f} s, width {width_hz} Hz",
            1.0,
            partial(play, duration_s=duration_s, width_hz=width_hz),
        )


def _comparisons() -> Iterator[Cell]:
    def ratio(rng: Rng, n: int, player: Player) -> Comparison:
        twice = (2.0 * player[0], 2.0 * player[1])
        return compare(sd_ioi(played_by(rng, n, *player)), sd_ioi(played_by(rng, 2 * n, *twice)))

    def later(rng: Rng, n: int, r: float) -> Comparison:
        first, second = (
            deviation_bias(aligned(wandering(rng, n, r, sd) + sd), SIXTEENTHS, is_phase_known=True)
            for sd in (0.01, 0.02)
        )
        return compare(first, second)

    for n, (name, player) in product((16, 32, 64, 200), PLAYERS.items()):
        yield Cell("compare sd_ioi", f"n {n} and {2 * n}, {name}", 2.0,
                   partial(ratio, n=n, player=player))  # fmt: skip
    for n, r in product((24, 64, 200), CORRELATIONS):
        yield Cell("compare deviation_bias", f"n {n}, r {r}", 0.01,
                   partial(later, n=n, r=r))  # fmt: skip
