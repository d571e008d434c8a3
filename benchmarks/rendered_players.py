"""What is reported of rendered exercises, beside what was played and what the player does mostly.

A printed interval is about the player: other notes of the same hand would give another number.
So it is held against the player's own value, which the simulation knows; lengths and levels of
notes, which have no simple law, are held against those that were played.

Examples
--------
    python -m benchmarks.rendered_players takes/samples --markdown benchmarks/results/players.md
    python -m benchmarks.rendered_players takes/samples --runs --markdown benchmarks/results/runs.md
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.exercises import PlayedExercise, in_a_room, play_exercises, play_runs
from benchmarks.measures import GROUPS, TrueEar, hear_exercise, set_out
from benchmarks.report import number, publish, table
from practiceear.analysis.snapshot import SessionSnapshot, measure
from practiceear.instruments.registry import load_profile
from practiceear.metrics.catalogue import MetricKey
from practiceear.metrics.metric import Metric
from practiceear.metrics.on_time import on_time_windows_s
from practiceear.units import FloatArray
from training.room import Rng
from training.truth import RATE_HZ

N_REPEATS = 200
COMPARED = {  # key: name, unit, factor
    MetricKey.SD_IOI: ("SD-IOI, as heard", "ms", 1000.0),
    MetricKey.CORRECTED_SD_IOI: ("SD-IOI, floor out", "ms", 1000.0),
    MetricKey.DEVIATION_SPREAD: ("spread about the beat, as heard", "ms", 1000.0),
    MetricKey.DEVIATION_BIAS: ("early or late", "ms", 1000.0),
    MetricKey.DRIFT: ("drift", "ms/s", 1000.0),
    MetricKey.CORRECTED_DEVIATION_SPREAD: ("spread, floor out", "ms", 1000.0),
    MetricKey.ON_TIME_INNER: ("within the small window", "%", 1.0),
    MetricKey.ON_TIME_OUTER: ("within the large window", "%", 1.0),
    MetricKey.GATE_RATIO: ("gate ratio", "", 1.0),
    MetricKey.LOUDNESS_SD: ("loudness SD, as heard", "dB", 1.0),
    MetricKey.CORRECTED_LOUDNESS_SD: ("loudness SD, floor counted", "dB", 1.0),
}

ABOUT = """\
Exercises as in grids.md, the metronome given. *error* is the mean of |reported - played| over
takes, *covered* the share of 95 % intervals that hold the player's own value (of gate ratio and
loudness: what was played), *at the floor* how many reports said so, *refused* how many gave no
number."""

RUN_KEYS = (MetricKey.CORRECTED_SD_IOI, MetricKey.CORRECTED_DEVIATION_SPREAD)
ABOUT_RUNS = """\
Fast scales up and down, 120 notes of 60 to 200 ms, the metronome given, of players whose notes
spread by 0 to 15 ms, in rooms as of typical_errors.md. Beside the player's own value, in ms:
*covered* is the share of 95 % intervals that hold it, *too even* how many lie below it, *too
uneven* how many above; *error* the mean of |reported - own|, *wide* the mean width of the
intervals."""


@dataclass(frozen=True, slots=True)
class Reported:
    """One measure of one take; ``own`` is the player's, in its unit."""

    heard: Metric
    played: Metric
    own: float


def main(arguments: list[str] | None = None) -> int:
    """Render, hear, measure, print; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("samples", type=Path, help="folder of dry notes with a samples.csv")
    parser.add_argument("--takes", type=int, default=200)
    parser.add_argument("--seed", type=int, default=2027)
    parser.add_argument("--runs", action="store_true", help="fast runs instead of exercises")
    parser.add_argument("--markdown", type=Path, help="write the table here too")
    options = parser.parse_args(arguments)
    if options.runs:
        text = _runs(options.samples, options.takes, options.seed)
    else:
        text = _exercises(options.samples, options.takes, options.seed)
    publish(text, options.markdown)
    return 0


def _exercises(samples: Path, n_takes: int, seed: int) -> str:
    found: dict[tuple[MetricKey, str], list[Reported]] = defaultdict(list)
    takes = play_exercises(samples, n_takes, seed)
    for number_, exercise in enumerate(takes):
        rng = np.random.default_rng([seed, number_, 1])
        heard, played = hear_exercise(exercise, in_a_room(exercise, rng)), _played(exercise)
        own = _own(exercise, rng)
        group = GROUPS[load_profile(exercise.name).family.value]
        for key in COMPARED:
            true = played.metrics[key.info.corrected_of or key]
            reported = Reported(heard.metrics[key], true, own.get(key, true.value))
            found[key, group].append(reported)
            if abs(reported.heard.value - true.value) > 0.01 and key == MetricKey.CORRECTED_SD_IOI:
                sys.stderr.write(f"{number_} {exercise.name}: {reported}\n")
    lines = ["# Rendered players", "", *ABOUT.splitlines(), "", *_table(found)]
    return "\n".join(lines) + "\n"


def _runs(samples: Path, n_takes: int, seed: int) -> str:
    found = []
    for number_, played in enumerate(play_runs(samples, n_takes, seed)):
        rng = np.random.default_rng([seed, number_, 1])
        found.append((played, hear_exercise(played, in_a_room(played, rng)), _own(played, rng)))
    lines = ["# Fast runs", "", *ABOUT_RUNS.splitlines(), "", f"Seed {seed}.", ""]
    return "\n".join([*lines, *runs_table(found)]) + "\n"


def runs_table(
    found: list[tuple[PlayedExercise, SessionSnapshot, dict[MetricKey, float]]],
) -> list[str]:
    """What was reported of runs beside the player's own, by family and by note value."""
    rows: dict[tuple[MetricKey, str], list[tuple[Metric, float]]] = defaultdict(list)
    for played, heard, own in found:
        group = GROUPS[load_profile(played.name).family.value]
        value = f"{60_000.0 / played.bpm / played.n_slots:.0f} ms a note"
        for key in RUN_KEYS:
            for kind in ("all", group, value):
                rows[key, kind].append((heard.metrics[key], own[key]))
    head = ["measure", "runs", "takes", "refused", "own", "error", "wide", "covered %"]
    head += ["too even", "too uneven"]
    return table(head, [_run_row(key, kind, every) for (key, kind), every in sorted(rows.items())])


def _run_row(key: MetricKey, kind: str, every: list[tuple[Metric, float]]) -> list[str]:
    told = [(one, own) for one, own in every if not one.is_unavailable]
    n_low = sum(one.high < own for one, own in told)
    n_high = sum(one.low > own for one, own in told)
    means_ms = [
        1000.0 * float(np.mean(values))
        for values in (
            [own for _, own in told],
            [abs(one.value - own) for one, own in told],
            [one.high - one.low for one, _ in told],
        )
    ]
    share = 100.0 * (len(told) - n_low - n_high) / max(1, len(told))
    counts = [str(len(told)), str(len(every) - len(told))]
    figures = [*(number(one, 2) for one in means_ms), number(share, 0), str(n_low), str(n_high)]
    return [COMPARED[key][0], kind, *counts, *figures]


def _played(played: PlayedExercise) -> SessionSnapshot:
    notes = played.notes.copy()
    interval = np.diff(notes["onset_sample"], append=np.iinfo(np.int64).max)
    notes["gate_ratio"] = np.minimum(
        1.0, (notes["offset_sample"] - notes["onset_sample"]) / interval
    )
    ear = TrueEar(RATE_HZ, load_profile(played.name))
    return measure(notes, ear, set_out(played))  # type: ignore[arg-type]


def _own(played: PlayedExercise, rng: Rng) -> dict[MetricKey, float]:
    """What the same player gives in the long run, the same sounds speaking as they speak."""
    late_s = played.notes["onset_sample"] / RATE_HZ - played.due_s
    speaking_s = late_s - played.player_late_s
    repeats = [played.player.deviations_s(rng, played.due_s) + speaking_s for _ in range(N_REPEATS)]
    spread_s = float(np.sqrt(np.mean([np.var(one, ddof=1) for one in repeats])))
    inner_s, outer_s = on_time_windows_s(60.0 / played.bpm / played.n_slots)
    sd_ioi_s = np.sqrt(np.mean([np.var(np.diff(one), ddof=1) for one in repeats]))
    return {
        MetricKey.SD_IOI: float(sd_ioi_s),
        MetricKey.CORRECTED_SD_IOI: float(sd_ioi_s),
        MetricKey.DEVIATION_SPREAD: spread_s,
        MetricKey.CORRECTED_DEVIATION_SPREAD: spread_s,
        MetricKey.ON_TIME_INNER: _share_within(repeats, inner_s),
        MetricKey.ON_TIME_OUTER: _share_within(repeats, outer_s),
        MetricKey.DEVIATION_BIAS: played.player.late_s + float(np.mean(speaking_s)),
        MetricKey.DRIFT: played.player.drift_s_per_s,
    }


def _share_within(repeats: list[FloatArray], window_s: float) -> float:
    """How many deviations are so near their player's mean, in %."""
    near = [np.abs(one - one.mean()) <= window_s for one in repeats]
    return 100.0 * float(np.mean(near))


def _table(found: dict[tuple[MetricKey, str], list[Reported]]) -> list[str]:
    rows = []
    for key, (name, unit, factor) in COMPARED.items():
        for group in sorted(set(GROUPS.values())):
            every = found[key, group]
            told = [one for one in every if not one.heard.is_unavailable]
            compared = [one for one in told if not one.played.is_unavailable]
            if not compared:
                continue
            error = [factor * abs(one.heard.value - one.played.value) for one in compared]
            covered = [one.heard.low <= one.own <= one.heard.high for one in told]
            counts = [sum(one.heard.is_at_detector_error for one in told), len(every) - len(told)]
            figures = [number(float(x), 2) for x in (np.mean(error), np.max(error))]
            share = number(100.0 * float(np.mean(covered)), 0)
            rows.append([f"{name}, {group}", str(len(told)), *figures, share, *map(str, counts)])
            rows[-1].append(unit)
    head = ["measure", "takes", "error", "worst", "covered %", "at the floor", "refused", "unit"]
    return table(head, rows)


if __name__ == "__main__":
    sys.exit(main())
