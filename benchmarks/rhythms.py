"""Rhythms that are no even row: what is said of them, and how often a number misses the truth.

Takes are made of onset times alone: a rhythm, a player's deviations, an ear that errs, misses
and adds notes, and around it somebody who talks or tunes. So many can be measured.

Examples
--------
    python -m benchmarks.rhythms --takes 100 --markdown benchmarks/results/rhythms.md
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.players import wandering
from benchmarks.report import publish, table
from practiceear.analysis.pipeline import NotePipeline
from practiceear.analysis.snapshot import SessionSnapshot, measure
from practiceear.instruments.registry import load_instrument
from practiceear.metrics.catalogue import MetricKey
from practiceear.metrics.runs.notes import RunFinding
from practiceear.notes.tracker import NOTE, NoteArray
from practiceear.settings import Exercise
from practiceear.units import FloatArray, IntArray

RATE_HZ = 44100
Rng = np.random.Generator
SCALE = (60, 62, 64, 65, 67, 69, 71, 72, 71, 69, 67, 65, 64, 62)
EARS = {"piano": 0.001, "guitar": 0.0011, "clarinet": 0.004, "cello": 0.0042, "flute": 0.0058}
FAMOUS_BPM = (60, 72, 76, 80, 84, 88, 92, 96, 100, 108, 112, 120)

ABOUT = """\
Onset times alone: a player with 5 to 25 ms of deviations, of which each remembers the last by 0
to 0.5; an ear off by 1 to 6 ms, of whose notes 0 to 3 % are missed and 0 to 2 % false. *Number*:
takes with an evenness; *missed*: of those, the share whose 95 % interval misses what was played,
the SD of the commonest interval about its own nominal length; *drift* and *habit*: shares in
which one is named although there is none; *left out*: of the notes that were played, of the
sounds that were not. Without a tempo, with the right one, and with one that is 13 % too fast."""


@dataclass(frozen=True, slots=True, eq=False)
class Rhythm:
    """Notes as they are meant.

    Attributes
    ----------
    due_s
        When each is due, in order.
    is_alike
        For each interval, whether it is of the commonest note value, so that it counts.
    loose_s
        When there are sounds that are no notes.
    bpm
        The tempo, of its first part where there are more.
    """

    due_s: FloatArray
    bpm: float
    loose_s: FloatArray = field(default_factory=lambda: np.zeros(0))
    is_alike: np.ndarray | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Played:
    """A take: what was heard, which of it was played, and how even that was."""

    notes: NoteArray
    is_played: np.ndarray
    truth_s: float
    bpm: float
    instrument: str


def row(bpm: float, steps: IntArray, per_beat: int, first_s: float = 1.0) -> FloatArray:
    """When notes are due whose lengths are ``steps`` of ``per_beat`` parts of a beat."""
    slots = np.concatenate(([0], np.cumsum(steps)))
    return np.asarray(first_s + slots * 60.0 / bpm / per_beat)


def _bpm(rng: Rng) -> float:
    return float(rng.choice(FAMOUS_BPM))


def _even(rng: Rng, n_notes: int = 0) -> Rhythm:
    bpm, per_beat = _bpm(rng), int(rng.choice([1, 2, 2, 3, 4]))
    n_notes = n_notes or int(rng.integers(32, 100))
    while 60.0 / bpm / per_beat < 0.13:
        per_beat -= 1
    return Rhythm(row(bpm, np.ones(n_notes - 1, np.int64), per_beat), bpm)


def _drifting(rng: Rng) -> Rhythm:
    rhythm = _even(rng)
    ioi_s = np.diff(rhythm.due_s)
    ioi_s = ioi_s * np.linspace(1.0, 1.0 + rng.choice([-0.05, 0.05]), ioi_s.size)
    return Rhythm(np.concatenate(([1.0], 1.0 + np.cumsum(ioi_s))), rhythm.bpm)


def _pattern(*patterns: tuple[int, tuple[int, ...]]) -> Callable[[Rng], Rhythm]:
    def make(rng: Rng) -> Rhythm:
        per_beat, pattern = patterns[int(rng.integers(len(patterns)))]
        n_times = int(rng.integers(40, 90)) // len(pattern)
        steps = np.tile(pattern, n_times).astype(np.int64)
        bpm = _bpm(rng)
        return Rhythm(row(bpm, steps, per_beat), bpm, is_alike=_commonest(steps))

    return make


def _commonest(steps: IntArray) -> np.ndarray:
    values, counts = np.unique(steps, return_counts=True)
    return np.asarray(steps == values[np.argmax(counts)])


def _breaths(rng: Rng) -> Rhythm:
    """A rest of a whole number of slots after every bar or two."""
    n_bar, bpm = int(rng.choice([8, 16])), _bpm(rng)
    steps = np.ones(n_bar * 5, np.int64)
    steps[n_bar - 1 :: n_bar] = int(rng.choice([2, 3, 5]))
    return Rhythm(row(bpm, steps, 2), bpm, is_alike=_commonest(steps))


def _triplets_among(rng: Rng) -> Rhythm:
    bpm, n_beats = float(rng.choice([60, 66, 72, 80, 88])), int(rng.choice([1, 1, 2, 4]))
    short, long = (3, 4) if rng.random() < 0.7 else (4, 6)
    beat = np.repeat([short, long], [12 // short * n_beats, 12 // long * n_beats])
    steps = np.tile(beat, max(2, 80 // beat.size)).astype(np.int64)
    return Rhythm(row(bpm, steps, 12), bpm, is_alike=_commonest(steps))


def _paused(rng: Rng) -> Rhythm:
    first, bpm = _even(rng, int(rng.integers(20, 50))), 0.0
    slot_s, bpm = float(np.diff(first.due_s)[0]), first.bpm
    n_more = int(rng.integers(16, 50))
    begin_s = first.due_s[-1] + rng.uniform(1.0, 5.0) + slot_s
    later_s = begin_s + slot_s * np.arange(n_more)
    steps = np.ones(first.due_s.size + n_more - 1, np.int64)
    steps[first.due_s.size - 1] = 9
    return Rhythm(np.concatenate((first.due_s, later_s)), bpm, is_alike=_commonest(steps))


def _two_tempos(rng: Rng) -> Rhythm:
    first = _even(rng, int(rng.integers(30, 50)))
    slot_s = float(np.diff(first.due_s)[0])
    ratio = float(rng.choice([1.1, 1.15, 1.25, 1.3, 0.8, 0.85, 0.9]))
    n_more = int(rng.integers(30, 50))
    later_s = first.due_s[-1] + slot_s + slot_s / ratio * np.arange(n_more)
    return Rhythm(np.concatenate((first.due_s, later_s)), first.bpm)


def _rubato(rng: Rng) -> Rhythm:
    rhythm = _even(rng, int(rng.integers(60, 110)))
    note = np.arange(rhythm.due_s.size - 1)
    swing = rng.uniform(0.08, 0.25) * np.sin(2 * np.pi * note / rng.uniform(16, 40))
    ioi_s = np.diff(rhythm.due_s) * (1.0 + swing)
    return Rhythm(np.concatenate(([1.0], 1.0 + np.cumsum(ioi_s))), rhythm.bpm)


def _slowing_end(rng: Rng) -> Rhythm:
    rhythm = _even(rng, int(rng.integers(50, 90)))
    ioi_s, n_last = np.diff(rhythm.due_s), int(rng.integers(6, 14))
    ioi_s[-n_last:] *= 1.0 + rng.uniform(0.04, 0.09) * np.arange(1, n_last + 1)
    is_alike = np.ones(ioi_s.size, dtype=bool)
    is_alike[-n_last:] = False
    return Rhythm(np.concatenate(([1.0], 1.0 + np.cumsum(ioi_s))), rhythm.bpm, is_alike=is_alike)


def _talk_s(rng: Rng, first_s: float, n_onsets: int) -> FloatArray:
    """Onsets of syllables and words."""
    return first_s + np.cumsum(np.exp(rng.normal(np.log(0.32), 0.55, n_onsets)))


def _talking(rng: Rng) -> Rhythm:
    """Even notes with talk before, after, or both."""
    rhythm = _even(rng, int(rng.integers(40, 80)))
    where, loose = rng.choice(["before", "after", "both"]), []
    due_s = rhythm.due_s
    if where != "after":
        talk_s = _talk_s(rng, 0.3, int(rng.integers(4, 16)))
        due_s = due_s - due_s[0] + talk_s[-1] + rng.uniform(0.7, 2.5)
        loose.append(talk_s)
    if where != "before":
        loose.append(_talk_s(rng, due_s[-1] + rng.uniform(0.7, 2.5), int(rng.integers(4, 16))))
    return Rhythm(due_s, rhythm.bpm, np.concatenate(loose))


def _talk_between(rng: Rng) -> Rhythm:
    """The same exercise twice, with talk in between."""
    first = _even(rng, int(rng.integers(30, 60)))
    talk_s = _talk_s(rng, first.due_s[-1] + rng.uniform(0.8, 2.0), int(rng.integers(3, 14)))
    second_s = first.due_s - first.due_s[0] + talk_s[-1] + rng.uniform(0.8, 2.0)
    is_alike = np.ones(2 * first.due_s.size - 1, dtype=bool)
    is_alike[first.due_s.size - 1] = False
    due_s = np.concatenate((first.due_s, second_s))
    return Rhythm(due_s, first.bpm, talk_s, is_alike)


def _tuning(rng: Rng) -> Rhythm:
    rhythm = _even(rng, int(rng.integers(40, 80)))
    tuning_s = 0.5 + np.cumsum(rng.uniform(1.2, 3.5, int(rng.integers(4, 9))))
    return Rhythm(rhythm.due_s - 1.0 + tuning_s[-1] + rng.uniform(2.0, 4.0), rhythm.bpm, tuning_s)


RHYTHMS: dict[str, Callable[[Rng], Rhythm]] = {
    "even": _even,
    "even, 5 % slower or faster at the end": _drifting,
    "swing": _pattern((3, (2, 1))),
    "quarters, eighths, dotted": _pattern(
        (2, (2, 1, 1, 2, 2)),
        (2, (2, 1, 1, 3, 1)),
        (4, (3, 1)),
        (4, (2, 1, 1)),
        (4, (4, 2, 2, 3, 1)),
    ),
    "six eighths": _pattern((3, (1, 1, 1)), (3, (2, 1, 1, 1, 1)), (3, (3, 1, 1, 1))),
    "rests after each bar": _breaths,
    "triplets among sixteenths": _triplets_among,
    "a pause": _paused,
    "two tempos": _two_tempos,
    "rubato": _rubato,
    "slowing at the end": _slowing_end,
    "talk before or after": _talking,
    "talk between two takes": _talk_between,
    "tuning before": _tuning,
}


def play(rhythm: Rhythm, rng: Rng) -> Played:
    """Play a rhythm, and hear it."""
    instrument = str(rng.choice(list(EARS)))
    ear_s = EARS[instrument]
    slots_s = float(np.min(np.diff(rhythm.due_s)))
    spread_s = min(float(np.exp(rng.uniform(np.log(0.005), np.log(0.025)))), 0.07 * slots_s)
    late_s = wandering(rng, rhythm.due_s.size, rng.uniform(0.0, 0.5), spread_s)
    played_s = np.sort(rhythm.due_s + late_s)
    alike = np.ones(late_s.size - 1, bool) if rhythm.is_alike is None else rhythm.is_alike
    nominal_s, ioi_s = np.diff(rhythm.due_s), np.diff(played_s)
    truth_s = float(np.std((ioi_s - nominal_s)[alike], ddof=1))
    is_heard = rng.random(played_s.size) >= rng.uniform(0.0, 0.03)
    false_s = rng.uniform(played_s[0], played_s[-1], rng.binomial(played_s.size, 0.01))
    times = np.concatenate((played_s[is_heard], false_s, rhythm.loose_s))
    is_played = np.repeat([True, True, False], [is_heard.sum(), false_s.size, rhythm.loose_s.size])
    pitch = np.concatenate(
        (
            np.resize(SCALE, played_s.size)[is_heard].astype(float),
            rng.uniform(50, 70, false_s.size + rhythm.loose_s.size),
        )
    )
    times = times + rng.normal(0.0, ear_s, times.size)
    order = np.argsort(times)
    notes = np.zeros(times.size, NOTE)
    notes["onset_sample"] = np.round(times[order] * RATE_HZ)
    notes["offset_sample"] = notes["onset_sample"] + RATE_HZ // 12
    notes["pitch_midi"], notes["onset_error_s"] = pitch[order], ear_s
    notes["level_dbfs"] = rng.normal(-20.0, 1.0, times.size)
    notes["strength"], notes["attack_s"], notes["dip_db"] = 2.0, 0.02, 12.0
    return Played(notes, is_played[order], truth_s, rhythm.bpm, instrument)


@dataclass(frozen=True, slots=True)
class Said:
    """What was said of one take; ``is_missed`` is None where there is no number."""

    is_missed: bool | None
    has_grid: bool
    is_drift: bool
    is_habit: bool
    left_out: float
    let_in: float


def said_of(played: Played, bpm: float | None, ears: dict[str, NotePipeline]) -> Said:
    """Measure a take and hold what is said of it against what was played."""
    ear = ears.setdefault(
        played.instrument, NotePipeline(RATE_HZ, load_instrument(played.instrument))
    )
    snapshot = measure(played.notes, ear, Exercise(bpm))
    own, drift = snapshot.metrics[MetricKey.CORRECTED_SD_IOI], snapshot.metrics[MetricKey.DRIFT]
    runs = snapshot.runs
    is_in = _is_in(played, snapshot)
    return Said(
        None if own.is_unavailable else not own.low <= played.truth_s <= own.high,
        snapshot.grid_fit.grid is not None,
        not drift.is_unavailable
        and not drift.low <= 0.0 <= drift.high
        and abs(drift.value) > 0.001,
        runs.finding is RunFinding.HABIT,
        1.0 - float(np.mean(is_in[played.is_played])),
        float(np.mean(is_in[~played.is_played])) if not played.is_played.all() else float("nan"),
    )


def _is_in(played: Played, snapshot: SessionSnapshot) -> np.ndarray:
    return np.isin(played.notes["onset_sample"], snapshot.notes["onset_sample"])


def main(arguments: list[str] | None = None) -> int:
    """Play, measure, print; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--takes", type=int, default=100, help="of each rhythm")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--only", default="", help="only rhythms whose name begins so")
    parser.add_argument("--markdown", type=Path, help="write the table here too")
    options = parser.parse_args(arguments)
    rows, ears = [], dict[str, NotePipeline]()
    for place, (name, make) in enumerate(RHYTHMS.items()):
        if not name.startswith(options.only):
            continue
        takes = []
        for number in range(options.takes):
            rng = np.random.default_rng([options.seed, place, number])
            takes.append(play(make(rng), rng))
        for tempo, factor in (("none", None), ("right", 1.0), ("wrong", 1.13)):
            bpms = [None if factor is None else float(round(factor * one.bpm)) for one in takes]
            said = [said_of(one, bpm, ears) for one, bpm in zip(takes, bpms, strict=True)]
            rows.append([name, tempo, *_summed(said)])
            sys.stderr.write(" | ".join(rows[-1]) + "\n")
    head = ["rhythm", "tempo", "takes", "grid", "number", "missed", "drift", "habit", "left out"]
    lines = ["# Rhythms that are no even row", "", *ABOUT.splitlines(), "", *table(head, rows)]
    text = "\n".join(lines) + "\n"
    publish(text, options.markdown)
    return 0


def _summed(said: list[Said]) -> list[str]:
    told = [one.is_missed for one in said if one.is_missed is not None]
    let_in = np.array([one.let_in for one in said])
    shares: list[float] = [
        float(np.mean([one.has_grid for one in said])),
        len(told) / len(said),
        float(np.mean(told)) if told else float("nan"),
        float(np.mean([one.is_drift for one in said])),
        float(np.mean([one.is_habit for one in said])),
    ]
    left = f"{100 * np.mean([one.left_out for one in said]):.1f} %"
    if np.isfinite(let_in).any():
        left += f", {100 * (1 - np.nanmean(let_in)):.0f} %"
    percent = [f"{100 * one:.0f} %" if np.isfinite(one) else "" for one in shares]
    return [str(len(said)), *percent, left]


if __name__ == "__main__":
    sys.exit(main())
