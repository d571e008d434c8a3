"""What is reported of takes with known truth, beside what the truth itself would give.

The same measures are taken from the heard notes and from the true ones: moments at which notes
come within 20 dB of their loudest, true ends, true levels. Then single exercises are heard in ten
rooms, noises and gains: how far apart are the reports?

Examples
--------
    python -m benchmarks.measures --folders takes/rendered --samples takes/samples
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.exercises import PlayedExercise, in_a_room, play_exercises
from benchmarks.report import number, publish, table
from benchmarks.takes import Take, TakeGroup
from practiceear.analysis.pipeline import NotePipeline
from practiceear.analysis.snapshot import SessionSnapshot, measure
from practiceear.audio.blocks import AudioBlock, Samples
from practiceear.instruments.profile import InstrumentProfile
from practiceear.instruments.registry import instrument_names, load_profile
from practiceear.metrics.catalogue import MetricKey
from practiceear.metrics.metric import Metric
from practiceear.notes.tracker import NOTE
from practiceear.rhythm.grid import Subdivision
from practiceear.settings import Exercise
from training.truth import RATE_HZ

FIXTURES = Path(__file__).resolve().parent.parent / "recordings" / "fixtures"
GROUPS = {
    "bowed": "bowed",
    "plucked": "plucked and piano",
    "struck": "plucked and piano",
    "reed": "winds",
    "flute": "winds",
    "brass": "winds",
}
COMPARED = {  # key: name, unit, factor
    MetricKey.SD_IOI: ("SD-IOI, floor in", "ms", 1000.0),
    MetricKey.CORRECTED_SD_IOI: ("SD-IOI, floor out", "ms", 1000.0),
    MetricKey.DEVIATION_SPREAD: ("spread about the beat", "ms", 1000.0),
    MetricKey.DRIFT: ("drift", "ms/s", 1000.0),
    MetricKey.GATE_RATIO: ("gate ratio", "", 1.0),
    MetricKey.LOUDNESS_SD: ("loudness SD", "dB", 1.0),
}
NEEDS = {MetricKey.GATE_RATIO: "offset_s", MetricKey.LOUDNESS_SD: "level_dbfs"}
"""What must be known of the true notes; of the rest, when they begin."""

N_ROOMS, N_EXERCISES, ROOMS_SEED = 10, 40, 909
ROOM_KEYS = {MetricKey.SD_IOI: "SD-IOI, as heard", MetricKey.CORRECTED_SD_IOI: "SD-IOI, floor out"}

ABOUT = """\
*error* is the mean of |reported - true| over takes, *covered* how many of the 95 % intervals hold
the truth, *at the floor* how many reports said so. Levels and ends are those of the takes that
know them."""


@dataclass(frozen=True, slots=True)
class TrueEar:
    """What `measure` asks an ear for."""

    rate_hz: int
    profile: InstrumentProfile
    gaps: tuple[()] = ()


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--folders", nargs="+", type=Path, default=[FIXTURES])
    parser.add_argument("--samples", type=Path, help="folder of dry notes with a samples.csv")
    parser.add_argument("--markdown", type=Path, help="write the tables here too")
    options = parser.parse_args(arguments)
    lines = ["# Reported beside true", "", *ABOUT.splitlines(), "", *_truth_table(options.folders)]
    if options.samples:
        lines += ["", *_room_table(options.samples)]
    text = "\n".join(lines) + "\n"
    publish(text, options.markdown)
    return 0


def _truth_table(folders: list[Path]) -> list[str]:
    found: dict[tuple[MetricKey, str], list[tuple[Metric, Metric]]] = defaultdict(list)
    for take in TakeGroup("the folders", tuple(folders)).read():
        if not take.is_exact or len(take.reference_s) < 2 or take.family not in GROUPS:
            continue
        heard, true = _heard(take), _true(take)
        for key in COMPARED:
            if not np.all(np.isfinite(getattr(take, NEEDS.get(key, "onset_s")))):
                continue
            pair = heard.metrics[key], true.metrics[key.info.corrected_of or key]
            if not pair[0].is_unavailable and not pair[1].is_unavailable:
                found[key, GROUPS[take.family]].append(pair)
    rows = []
    for key, (name, unit, factor) in COMPARED.items():
        for group in sorted(set(GROUPS.values())):
            pairs = found[key, group]
            if pairs:
                rows.append([f"{name}, {group}", *_figures(pairs, factor), unit])
    return table(["measure", "takes", "error", "worst", "covered", "at the floor", "unit"], rows)


def _figures(pairs: list[tuple[Metric, Metric]], factor: float) -> list[str]:
    error = np.array([factor * abs(heard.value - true.value) for heard, true in pairs])
    n_covered = sum(heard.low <= true.value <= heard.high for heard, true in pairs)
    n_floor = sum(heard.is_at_detector_error for heard, _ in pairs)
    errors = (float(np.mean(error)), float(np.max(error)))
    return [str(len(pairs)), *(number(x, 2) for x in errors), str(n_covered), str(n_floor)]


def _profile(take: Take) -> InstrumentProfile:
    return load_profile(take.instrument if take.instrument in instrument_names() else None)


def _heard(take: Take) -> SessionSnapshot:
    ear = NotePipeline(take.rate_hz, _profile(take), is_pitch_wanted=False)
    return measure(ear.run([AudioBlock(take.samples, 0)]).notes, ear, Exercise())


def _true(take: Take) -> SessionSnapshot:
    """The measures of the true notes; those of what a take does not know mean nothing."""
    order = np.argsort(take.reference_s)
    notes = np.zeros(len(order), NOTE)
    onset_s = take.reference_s[order]
    notes["onset_sample"] = np.round(onset_s * take.rate_hz)
    interval_s = np.diff(onset_s, append=np.inf)
    length_s = np.minimum(take.offset_s[order] - take.onset_s[order], interval_s)
    known_s = np.where(np.isfinite(length_s), length_s, 0.0)
    notes["offset_sample"] = notes["onset_sample"] + np.round(known_s * take.rate_hz).astype(int)
    notes["gate_ratio"] = length_s / interval_s
    notes["level_dbfs"] = np.nan_to_num(take.level_dbfs[order])
    for name in ("attack_s", "dip_db", "pitch_midi"):
        notes[name] = np.nan
    ear = TrueEar(take.rate_hz, _profile(take))
    return measure(notes, ear, Exercise())  # type: ignore[arg-type]


def _room_table(folder: Path) -> list[str]:
    """The same playing in ten rooms: how far the reports lie apart."""
    apart: dict[tuple[MetricKey, str], list[float]] = defaultdict(list)
    for exercise in play_exercises(folder, N_EXERCISES, ROOMS_SEED):
        profile = load_profile(exercise.name)
        values: dict[MetricKey, list[float]] = defaultdict(list)
        for room in range(N_ROOMS):
            sound = in_a_room(exercise, np.random.default_rng(room))
            heard = hear_exercise(exercise, sound)
            for key in ROOM_KEYS:
                if not heard.metrics[key].is_unavailable:
                    values[key].append(1000.0 * heard.metrics[key].value)
        for key, found in values.items():
            if len(found) >= N_ROOMS // 2:
                apart[key, GROUPS[profile.family.value]].append(float(np.std(found, ddof=1)))
    rows = [
        [f"{ROOM_KEYS[key]}, {group}", str(len(sds)), *(number(float(x), 2) for x in _told(sds))]
        for (key, group), sds in sorted(apart.items())
    ]
    head = ["one exercise in ten rooms", "exercises", "SD, ms, median", "3 in 4 below", "worst"]
    return table(head, rows)


def _told(sds: list[float]) -> tuple[float, ...]:
    return (*np.quantile(sds, (0.5, 0.75)), max(sds))


def set_out(played: PlayedExercise) -> Exercise:
    """What the player of an exercise set out to play."""
    return Exercise(
        bpm=played.bpm,
        subdivision=Subdivision.parse(str(played.n_slots)),
        first_beat_s=played.first_beat_s,
    )


def hear_exercise(played: PlayedExercise, sound: Samples) -> SessionSnapshot:
    """What is reported of an exercise in a room, the metronome given."""
    ear = NotePipeline(RATE_HZ, load_profile(played.name), is_pitch_wanted=False)
    return measure(ear.run([AudioBlock(sound, 0)]).notes, ear, set_out(played))


if __name__ == "__main__":
    sys.exit(main())
