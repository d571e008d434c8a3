"""Grids that are found: from the notes alone, and from a metronome that sounds in the take.

Examples
--------
    python -m benchmarks.grids takes/samples --takes 200 --markdown benchmarks/results/grids.md
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.exercises import (
    CLICK_KINDS,
    PlayedExercise,
    in_a_room,
    play_exercises,
    with_metronome,
)
from benchmarks.report import number, publish, table
from practiceear.analysis.pipeline import NotePipeline
from practiceear.analysis.recorded_metronome import find_clicks
from practiceear.audio.blocks import AudioBlock, Samples
from practiceear.instruments.registry import load_profile
from practiceear.rhythm.tempo import find_grid
from practiceear.units import FloatArray
from training.truth import RATE_HZ

LEVELS_DB = (6.0, 12.0, 18.0, 24.0)
SAME_PERIOD = 0.005
SHARES = (0.0, 0.5, 0.7, 0.9, 1.0)
BLOCK_SAMPLES = 4096

ABOUT = """\
Exercises: 24 s on all instruments in turn, even notes up and down a scale after a count-in of
four beats, 48 to 150 beats a minute, 1 to 4 notes to a beat, spread 2 to 20 ms, drawn anew; in
rooms as in typical_errors.md. *Right*: the period of the notes within 0.5 % of the true one; of a
metronome within 0.01 %, or the same in whole multiples; its moment is then off by *ms*."""


@dataclass(frozen=True, slots=True)
class FoundClicks:
    """What was said of a take in which a metronome sounds; ``evidence`` is 0 where nothing was."""

    evidence: float
    is_right: bool
    off_s: float


def main(arguments: list[str] | None = None) -> int:
    """Render, hear, print; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("samples", type=Path, help="folder of dry notes with a samples.csv")
    parser.add_argument("--takes", type=int, default=200)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--markdown", type=Path, help="write the tables here too")
    options = parser.parse_args(arguments)
    grids: list[tuple[str, bool, float, bool]] = []
    clicks: dict[str, list[FoundClicks]] = defaultdict(list)
    for number_, exercise in enumerate(
        play_exercises(options.samples, options.takes, options.seed)
    ):
        rng = np.random.default_rng([options.seed, number_, 1])
        alone = in_a_room(exercise, rng)
        grids.append(_grid_of(exercise, _onsets_s(alone, exercise)))
        clicks["no metronome"].append(_clicks_of(exercise, alone))
        level_db = LEVELS_DB[number_ % len(LEVELS_DB)]
        kind = str(rng.choice(CLICK_KINDS))
        sound = with_metronome(exercise, level_db, kind, rng)
        clicks[f"{level_db:g} dB below the loudest note"].append(_clicks_of(exercise, sound))
    lines = ["# Grids that are found", "", *ABOUT.splitlines(), ""]
    lines += [*_grid_table(grids), "", *_click_table(clicks)]
    text = "\n".join(lines) + "\n"
    publish(text, options.markdown)
    return 0


def _onsets_s(sound: Samples, exercise: PlayedExercise) -> FloatArray:
    ear = NotePipeline(RATE_HZ, load_profile(exercise.name), is_pitch_wanted=False)
    return np.asarray(ear.run(_blocks(sound)).notes["onset_sample"] / RATE_HZ)


def _blocks(sound: Samples) -> Iterator[AudioBlock]:
    for first in range(0, len(sound), BLOCK_SAMPLES):
        yield AudioBlock(sound[first : first + BLOCK_SAMPLES], first)


def _grid_of(exercise: PlayedExercise, onset_s: FloatArray) -> tuple[str, bool, float, bool]:
    """What became of the pulse, whether the beat is right, how sure, and with how many notes."""
    fit = find_grid(onset_s)
    if fit.grid is None:
        return "refused", False, float("nan"), len(onset_s) >= 24
    slot_s = 60.0 / fit.grid.bpm / fit.grid.subdivision.n_slots
    true_slot_s = 60.0 / exercise.bpm / exercise.n_slots
    is_right = abs(slot_s / true_slot_s - 1.0) < SAME_PERIOD
    is_beat = is_right and abs(fit.grid.bpm / exercise.bpm - 1.0) < SAME_PERIOD
    return "right" if is_right else "wrong", is_beat, fit.beats[0].probability, len(onset_s) >= 24


def _clicks_of(exercise: PlayedExercise, sound: Samples) -> FoundClicks:
    found = find_clicks(_blocks(sound), RATE_HZ, _onsets_s(sound, exercise), None)
    if found is None:
        return FoundClicks(0.0, is_right=False, off_s=float("nan"))
    ratio = found.period_s * exercise.bpm / 60.0
    whole = round(ratio) if ratio > 0.75 else ratio
    is_right = abs(ratio / whole - 1.0) < 1e-4 and ratio > 0.75
    period_s = 60.0 / exercise.bpm
    off_s = (found.first_click_s - exercise.first_beat_s + period_s / 2) % period_s - period_s / 2
    return FoundClicks(found.evidence, is_right, off_s)


def _grid_table(grids: list[tuple[str, bool, float, bool]]) -> list[str]:
    rows = []
    for name, is_long in (("24 notes and more", True), ("fewer", False)):
        those = [one for one in grids if one[3] == is_long]
        if those:
            said = [sum(one[0] == word for one in those) for word in ("right", "wrong", "refused")]
            rows.append([name, str(len(those)), *map(str, said)])
    head = ["pulse of the notes", "takes", "right", "wrong", "refused"]
    lines = [*table(head, rows), ""]
    rows = []
    known = [one for one in grids if one[0] == "right"]
    for low, high in itertools.pairwise(SHARES):
        those = [one for one in known if low <= one[2] < high or one[2] == high == 1.0]
        if those:
            mean = float(np.mean([one[2] for one in those]))
            share = float(np.mean([one[1] for one in those]))
            rows.append(
                [f"{low:g} to {high:g}", str(len(those)), number(mean, 2), number(share, 2)]
            )
    head = ["said probability of the beat", "takes", "mean said", "share right"]
    return [*lines, *table(head, rows)]


def _click_table(clicks: dict[str, list[FoundClicks]]) -> list[str]:
    rows = []
    for name, found in clicks.items():
        told = [one for one in found if one.evidence]
        right = [one for one in told if one.is_right]
        off_ms = [1000.0 * abs(one.off_s) for one in right]
        worst = [number(float(np.quantile(off_ms, q)), 2) if off_ms else "" for q in (0.5, 1.0)]
        rows.append([name, str(len(found)), str(len(right)), str(len(told) - len(right)), *worst])
    head = ["metronome", "takes", "found, right", "found, wrong", "off, ms, median", "worst"]
    return table(head, rows)


if __name__ == "__main__":
    sys.exit(main())
