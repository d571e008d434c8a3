"""One's own click in the microphone: what it does to the hearing, raw and taken out.

Examples
--------
    python -m benchmarks.bleed
    python -m benchmarks.bleed --quick
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import mir_eval
import numpy as np
import soundfile
from scipy.signal import fftconvolve

from benchmarks.loudspeakers import (
    DISTANCE_M,
    LAG_S,
    RATE_HZ,
    VOLUME_M3,
    Scene,
    add_at,
    clicks_every,
    level_dbfs,
    room,
)
from benchmarks.report import number, table
from practiceear.analysis.pipeline import NotePipeline
from practiceear.audio.blocks import AudioBlock, Samples
from practiceear.click_removal.calibration import calibrate, self_test
from practiceear.click_removal.click_filter import ClickFilter
from practiceear.fixtures.check import WINDOW_S, apart, f_measure
from practiceear.fixtures.fixture import Fixture, read_fixture
from practiceear.instruments.profile import InstrumentProfile
from practiceear.instruments.registry import load_profile
from practiceear.live.pipeline import UPBEAT_BEATS, CountInGate
from practiceear.metronome.click import (
    CALIBRATION_SOUND_BIAS_S,
    calibration_sound,
    click_sounds,
)
from practiceear.metronome.program import ClickArray
from practiceear.units import FloatArray, IntArray

FIXTURES = Path(__file__).resolve().parent.parent / "recordings" / "fixtures"
NOTES_DBFS = -20.0
TAKES = (
    "violin_detached",
    "guitar_missed_notes",
    "flute_tongued_noisy",
    "clarinet_crescendo",
    "cello_drift_hall",
    "viola_slurred_room",
    "double_bass_swing",
)
N_QUICK_TAKES = 4
RT60_S = (0.2, 0.4, 0.6)
DRIFT_PPM = (0, 20, 100)
LEVEL_DB = (-30, -18, -6)
COUNT_IN_BEATS = 4

ABOUT = f"""\
Rooms of {VOLUME_M3:g} m³: a direct sound, the bounce off a desk 0.8 ms later, and reflections as
dense as image sources, dying away; the loudspeaker {DISTANCE_M[0.2]} m (RT60 0.2 s) or
{DISTANCE_M[0.4]} m from the microphone. Levels are the loudest 20 ms RMS of the click over that
of the median note. Clocks of output and input drift apart by 0, 20 and 100 ppm. A count-in of
{COUNT_IN_BEATS} beats, accents on every fourth. *Raw* is the microphone, *filtered* what
`ClickFilter` leaves, with notes as a live take gives it to the ear: the count-in is held back,
but for the place of an upbeat. Both are set against the same take with the same noise, no click.
The detector follows the level of what it hears and may place the very first note elsewhere: hence
a column without it. Moves and changes of
SD-IOI are in ms; *other noise* is what another seed of the noise does by itself. The detector
is deaf to this click: alone it calls none even *raw*, so the zeros say nothing of the filter. The
takes with notes share one room and one noise: with other seeds -6 dB gives 57 to 63 of 63.

    python -m benchmarks.bleed --markdown benchmarks/results/bleed.md"""


def filtered(heard: FloatArray, clicks: ClickArray) -> tuple[FloatArray, ClickFilter]:
    """What the filter leaves, and the filter."""
    click_filter = ClickFilter(RATE_HZ, click_sounds(RATE_HZ))
    click_filter.announce(clicks)
    return click_filter.process(heard.astype(np.float32)).astype(np.float64), click_filter


def live(heard: FloatArray, clicks: ClickArray, first_beat_s: float, beat_s: float) -> FloatArray:
    """What the ear is given in a live take: filtered, the count-in held back."""
    click_filter = ClickFilter(RATE_HZ, click_sounds(RATE_HZ))
    click_filter.announce(clicks)
    gate = CountInGate(RATE_HZ, first_beat_s - UPBEAT_BEATS * beat_s, click_filter)
    passed: list[AudioBlock] = []
    for block in _blocks(heard.astype(np.float32)):
        clean = click_filter.process(block.samples)
        passed += gate.pass_on(AudioBlock(clean, block.first_sample))
    passed += gate.held
    return np.concatenate([one.samples for one in passed]).astype(np.float64)


def onsets_s(sound: FloatArray, profile: InstrumentProfile) -> FloatArray:
    """What the detector hears."""
    samples: Samples = np.ascontiguousarray(sound, dtype=np.float32)
    ear = NotePipeline(RATE_HZ, profile, is_pitch_wanted=False)
    notes = ear.run(_blocks(samples)).notes
    return np.asarray(notes["onset_sample"] / RATE_HZ, dtype=np.float64)


def _blocks(samples: Samples) -> Iterator[AudioBlock]:
    for first in range(0, len(samples), 4096):
        yield AudioBlock(samples[first : first + 4096], first)


def clicks_alone(minutes: float) -> list[str]:
    """Clicks and nobody playing: false notes, how much is left, lag and drift."""
    rows = []
    clicks = clicks_every(0.6, round(minutes * 100), 0.5)
    n_samples = int(clicks["sample"][-1]) + RATE_HZ
    fifth = int(clicks["sample"][COUNT_IN_BEATS])
    for rt60_s, drift_ppm, level_db in product(RT60_S, DRIFT_PPM, LEVEL_DB):
        noise_dbfs = -45.0 if drift_ppm == 20 else -60.0
        scene = Scene(rt60_s, drift_ppm, NOTES_DBFS + level_db, noise_dbfs)
        bleed = scene.bleed(clicks, n_samples)
        heard = bleed + scene.noise(n_samples)
        left, click_filter = filtered(heard, clicks)
        n_raw = len(onsets_s(heard, load_profile(None)))
        n_filtered = len(onsets_s(left, load_profile(None)))
        rest = left - (heard - bleed)
        less_db = 10 * np.log10(np.sum(bleed[fifth:] ** 2) / np.sum(rest[fifth:] ** 2))
        true_s = LAG_S + 1e-6 * drift_ppm * n_samples / RATE_HZ
        words = [f"{rt60_s} s, {drift_ppm} ppm, {level_db} dB, {noise_dbfs:g} dBFS"]
        words += [str(n_raw), str(n_filtered), number(less_db)]
        words += [number(1000.0 * (click_filter.lag_s - true_s), 2), number(click_filter.drift_ppm)]
        words += [f"{click_filter.n_heard}/{click_filter.n_played}"]
        rows.append(words)
    head = ["clicks alone", "false raw", "false filtered", "less dB", "lag error ms"]
    return table([*head, "drift ppm", "heard"], rows)


@dataclass(frozen=True, slots=True, eq=False)
class Take:
    """A fixture with a count-in's silence before it, and when what was played is due."""

    fixture: Fixture
    notes: FloatArray
    lead_s: float
    note_dbfs: float

    @classmethod
    def read(cls, name: str) -> Take:
        """Read a fixture of 44.1 kHz."""
        fixture = read_fixture(FIXTURES / name)
        sound, rate_hz = soundfile.read(fixture.take_path, always_2d=True)
        if rate_hz != RATE_HZ or fixture.exercise.bpm is None:
            raise ValueError(f"{name} does not fit this benchmark")
        mono = np.mean(sound, axis=1)
        lead_s = COUNT_IN_BEATS * 60.0 / fixture.exercise.bpm + 0.6
        firsts = np.round(fixture.onset_s * RATE_HZ).astype(np.int64)
        levels = [level_dbfs(mono[first : first + RATE_HZ // 10]) for first in firsts]
        silence = np.zeros(round(lead_s * RATE_HZ))
        return cls(fixture, np.concatenate([silence, mono]), lead_s, float(np.median(levels)))

    @property
    def beat_s(self) -> float:
        """Length of a beat."""
        return 60.0 / float(self.fixture.exercise.bpm or np.nan)

    @property
    def first_beat_s(self) -> float:
        """When the first beat after the count-in is due."""
        return self.lead_s + float(self.fixture.exercise.first_beat_s or 0.0)

    def clicks(self) -> ClickArray:
        """Clicks sent so that they sound on the beats."""
        beat_s, first_s = self.beat_s, self.first_beat_s
        left_s = len(self.notes) / RATE_HZ - first_s
        n_clicks = COUNT_IN_BEATS + int(left_s / beat_s)
        return clicks_every(beat_s, n_clicks, first_s - COUNT_IN_BEATS * beat_s - LAG_S)

    def heard(self, sound: FloatArray) -> PipelineOutput:
        """Which of the notes were found, and when."""
        true_s = self.fixture.t20_s[apart(self.fixture.t20_s)] + self.lead_s
        found_s = onsets_s(sound, load_profile(self.fixture.instrument))
        found_s = found_s[found_s > self.lead_s - 0.1]
        pairs = np.array(mir_eval.util.match_events(true_s, found_s, WINDOW_S), dtype=np.int64)
        note, which = pairs.reshape(-1, 2).T
        return PipelineOutput(note, found_s[which], f_measure(true_s, found_s, WINDOW_S))


@dataclass(frozen=True, slots=True, eq=False)
class PipelineOutput:
    """Notes of a take that were found, when, and the F-measure."""

    note: IntArray
    onset_s: FloatArray
    f: float

    def change_to(self, other: PipelineOutput) -> tuple[float, float, float, float]:
        """RMS of the moves (ms), change of SD-IOI (ms) with and without note 0, change of F."""
        note, mine, others = np.intersect1d(self.note, other.note, return_indices=True)
        before_s, after_s = self.onset_s[mine], other.onset_s[others]
        moved_s = float(np.sqrt(np.mean((after_s - before_s) ** 2)))
        spreads = [
            float(np.std(np.diff(after_s[keep]), ddof=1) - np.std(np.diff(before_s[keep]), ddof=1))
            for keep in (note >= 0, note > 0)
        ]
        return 1000.0 * moved_s, 1000.0 * spreads[0], 1000.0 * spreads[1], other.f - self.f


def with_notes(names: tuple[str, ...], scenes: list[tuple[float, float, int]]) -> list[str]:
    """Notes with clicks on the beats: what the clicks move, raw and filtered."""
    rows = []
    takes = [Take.read(name) for name in names]
    for level_db, noise_dbfs in product((*LEVEL_DB, None), (-60.0, -45.0)):
        raw, left = [], []
        for take, (rt60_s, drift_ppm, seed) in product(takes, scenes):
            dbfs = take.note_dbfs + (level_db or 0)
            scene = Scene(rt60_s, drift_ppm, dbfs, noise_dbfs, seed)
            plain = take.notes + scene.noise(len(take.notes))
            clean = take.heard(plain)
            if level_db is None:  # another noise instead of the click
                other = take.notes + scene.noise(len(take.notes), 2 + seed)
                raw.append(clean.change_to(take.heard(other)))
                continue
            heard = plain + scene.bleed(take.clicks(), len(plain))
            raw.append(clean.change_to(take.heard(heard)))
            given = live(heard, take.clicks(), take.first_beat_s, take.beat_s)
            left.append(clean.change_to(take.heard(given)))
        label = "other noise, no click" if level_db is None else f"{level_db} dB"
        rows.append([f"{label}, {noise_dbfs:g} dBFS", *_summary(raw), *_summary(left)])
    head = [f"{which} {what}" for which in ("raw", "filtered") for what in _SUMMED]
    return table(["with notes", *head], rows)


_SUMMED = ("moved", "ΔSD-IOI", "max", "≤ 0.5 ms", "without note 0", "ΔF mean", "worst")


def _summary(changes: list[tuple[float, float, float, float]]) -> list[str]:
    if not changes:
        return ["–"] * len(_SUMMED)
    moved, spread, spread_later, f = np.array(changes).T
    spread, spread_later = np.abs(spread), np.abs(spread_later)
    figures = [number(float(x), 2) for x in (np.mean(moved), np.mean(spread), np.max(spread))]
    figures += [f"{np.count_nonzero(x <= 0.5)}/{len(x)}" for x in (spread, spread_later)]
    return [*figures, number(float(np.mean(f)), 4), number(float(np.min(f)), 3)]


def lags(n_seeds: int) -> list[str]:
    """The lag that four clicks of a count-in tell: a plain loop, rooms, silence."""
    rows = []
    clicks = clicks_every(0.5, COUNT_IN_BEATS, 0.3)
    n_samples = int(clicks["sample"][-1]) + RATE_HZ
    sounds = click_sounds(RATE_HZ)
    answers = {"plain loop": [np.ones(1)] * n_seeds}
    for rt60_s, metres in product(RT60_S, (0.4, 1.5, 3.0)):
        name = f"RT60 {rt60_s} s, {metres} m"
        answers[name] = [room(rt60_s, metres, seed) for seed in range(n_seeds)]
    answers["headphones: nothing comes back"] = [np.zeros(1)] * n_seeds
    for name, of_name in answers.items():
        errors = []
        for seed, answer in enumerate(of_name):
            lag_s = 0.002 + 0.4 * seed / n_seeds
            heard = Scene(0.2, 0.0, 0.0).noise(n_samples, seed)
            for click in clicks:
                wet = 0.1 * fftconvolve(sounds[click["kind"]], answer)
                add_at(heard, wet, click["sample"] + lag_s * RATE_HZ)
            errors.append(1000.0 * abs(filtered(heard, clicks)[1].lag_s - lag_s))
        found = np.array(errors)[np.isfinite(errors)]
        figures = [float(np.median(found)), float(np.max(found))] if len(found) else [np.nan] * 2
        n_far = np.count_nonzero(found > 1.0)
        rows.append([name, f"{len(found)}/{n_seeds}", *(number(x, 3) for x in figures), str(n_far)])
    return table(["lag", "found", "median error ms", "largest", "beyond 1 ms"], rows)


def calibrations(n_seeds: int) -> list[str]:
    """Calibration by the detector: ten plays after one that is left out, then the self-test."""
    rows = []
    sound, profile = calibration_sound(RATE_HZ), load_profile(None)
    played_s = 0.5 + 0.75 * np.arange(21.0)
    for rt60_s, level, noise_dbfs in product(RT60_S, (-18, -40), (-60.0, -45.0)):
        errors, grades, spreads = [], [], []
        for seed in range(n_seeds):
            lag_s = 0.002 + 0.4 * seed / n_seeds
            answer = room(rt60_s, DISTANCE_M[rt60_s], seed)
            wet = fftconvolve(sound, answer)
            wet *= 10.0 ** ((level - level_dbfs(wet)) / 20.0)
            n_samples = round((played_s[-1] + 1.5) * RATE_HZ)
            heard = Scene(0.2, 0.0, 0.0, noise_dbfs).noise(n_samples, seed)
            for one_s in played_s:
                add_at(heard, wet, (one_s + lag_s) * RATE_HZ)
            heard_s = onsets_s(heard, profile)
            found = calibrate(heard_s, played_s[1:11])
            grades.append(found.grade)
            errors.append(1000.0 * (found.lag_s - CALIBRATION_SOUND_BIAS_S - lag_s))
            spreads.append(self_test(heard_s, played_s[11:], found.lag_s).is_passed)
        usable = np.array(errors)[np.isfinite(errors)]
        figures = [number(float(np.median(usable)), 2)] if len(usable) else ["–"]
        figures += [number(float(np.max(np.abs(usable))), 2)] if len(usable) else ["–"]
        counts = [f"{grades.count(grade)}" for grade in ("good", "fair", "poor", "refused")]
        label = f"RT60 {rt60_s} s, {level} dBFS, noise {noise_dbfs:g}"
        rows.append([label, *figures, " / ".join(counts), f"{sum(spreads)}/{n_seeds}"])
    head = ["calibration", "median error ms", "largest", "good / fair / poor / refused"]
    return table([*head, "self-test passed"], rows)


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--markdown", type=Path, help="write the tables here too")
    parser.add_argument("--quick", action="store_true", help="fewer rooms: under two minutes")
    options = parser.parse_args(arguments)
    quick = options.quick
    tied = [(0.2, 0.0, 5), (0.4, 20.0, 6), (0.6, 100.0, 7)]
    crossed = [(rt60_s, float(ppm), 5) for rt60_s, ppm in product(RT60_S, DRIFT_PPM)]
    parts = [
        ABOUT.splitlines(),
        lags(6 if quick else 25),
        calibrations(2 if quick else 8),
        clicks_alone(0.5 if quick else 5.0),
        with_notes(TAKES[:N_QUICK_TAKES] if quick else TAKES, tied if quick else crossed),
    ]
    text = "\n\n".join("\n".join(part) for part in parts) + "\n"
    if options.markdown:
        options.markdown.write_text(
            f"# One's own click in the microphone\n\n{text}", encoding="utf-8"
        )
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
