"""Takes rendered from recorded single notes, permissive licences only.

A folder of samples has a samples.csv with file, instrument, pitch_midi, articulation, onset_s,
t20_s, source, licence (onset_s and t20_s: -40 and -20 dB of the peak).
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soundfile
import soxr
from scipy import signal

from .phrase import CROSS, SLUR, PhraseConfig, PhraseNote, random_phrase
from .room import Rng, db
from .struck import add_at, noise_burst, rise_times
from .truth import (
    BOWED,
    PIANO,
    PLUCKED,
    RATE_HZ,
    WIND,
    FloatArray,
    NoteArray,
    NoteRow,
    as_notes,
    events,
    note_truth,
)

PERMISSIVE = ("CC0", "PD", "MIT", "MIT/CC0", "CC-BY-3.0")
STRINGS = ("violin", "viola", "cello", "bass")


@dataclass(frozen=True, slots=True)
class Sample:
    """One recorded note; times from the file's start."""

    path: Path
    instrument: str
    articulation: str
    pitch_midi: float
    onset_s: float
    t20_s: float
    source: str
    licence: str


def read_samples(folder: Path, is_wanted_licence: tuple[str, ...] = PERMISSIVE) -> list[Sample]:
    """All samples of a folder under one of the licences."""
    with (folder / "samples.csv").open(newline="") as lines:
        return [
            Sample(
                folder / row["file"],
                row["instrument"],
                row["articulation"],
                float(row["pitch_midi"]),
                float(row["onset_s"]),
                float(row["t20_s"]),
                row["source"],
                row["licence"],
            )
            for row in csv.DictReader(lines)
            if row["licence"] in is_wanted_licence
        ]


def banks(samples: list[Sample]) -> dict[tuple[str, str], list[Sample]]:
    """Samples by (instrument, articulation); only banks of 5 notes and more."""
    out: dict[tuple[str, str], list[Sample]] = {}
    for sample in samples:
        out.setdefault((sample.instrument, sample.articulation), []).append(sample)
    return {key: bank for key, bank in out.items() if len(bank) >= 5}


def family_of(instrument: str, articulation: str) -> int:
    """The family whose truth a sample counts for."""
    if articulation in ("pizz", "pluck"):
        return PLUCKED
    if articulation == "hit":
        return PIANO
    return BOWED if instrument in STRINGS else WIND


def load(sample: Sample, ratio: float, cache: dict[Path, FloatArray]) -> FloatArray:
    """The sample from its onset on, sped up by ratio."""
    if sample.path not in cache:
        audio, rate_hz = soundfile.read(sample.path, dtype="float32")
        audio = audio if audio.ndim == 1 else audio.mean(axis=1)
        if rate_hz != RATE_HZ:
            audio = soxr.resample(audio, rate_hz, RATE_HZ)
        audio = audio[max(0, int(sample.onset_s * RATE_HZ) - 8) :]
        cache[sample.path] = (audio / (np.max(np.abs(audio)) + 1e-9)).astype(np.float32)
    audio = cache[sample.path]
    if abs(ratio - 1) < 1e-3:
        return audio.copy()
    return np.asarray(soxr.resample(audio, RATE_HZ * ratio, RATE_HZ, quality="MQ"), np.float32)


def _nearest(bank: list[Sample], pitch_midi: float, rng: Rng) -> Sample:
    """A random one of the samples nearest in pitch."""
    distance = np.array([abs(s.pitch_midi - pitch_midi) for s in bank])
    near = np.flatnonzero(distance <= distance.min() + 1.5)
    return bank[int(rng.choice(near))]


def _evened(audio: FloatArray, strength: float) -> FloatArray:
    """Raise a slowly swelling start: recorded single notes bloom, notes in a phrase do not."""
    step = 441
    n_steps = min(audio.size // step, 60)
    if strength <= 0 or n_steps < 8:
        return audio
    level = np.sqrt(np.mean(audio[: n_steps * step].reshape(n_steps, step) ** 2, axis=1)) + 1e-6
    level = signal.lfilter([0.4], [1, -0.6], level, zi=[0.6 * level[0]])[0]
    gain = np.clip((level.max() / level) ** strength, 1.0, 4.0)
    gain[:2] = gain[2]
    curve = np.interp(np.arange(audio.size), np.arange(n_steps) * step, gain)
    return np.asarray(audio * curve, np.float32)


@dataclass(frozen=True, slots=True)
class Speech:
    """How slowly notes come out of breath or bow noise: over how long, and from how far down."""

    longest_s: float
    below_db: float

    def of_note(self, sound: FloatArray, rng: Rng) -> FloatArray:
        """The note, softer before it speaks."""
        speaks_s = self.longest_s * float(rng.uniform(0.3, 1.0))
        share = np.clip(np.arange(sound.size) / (speaks_s * RATE_HZ), 0.0, 1.0)
        down_db = (
            self.below_db * float(rng.uniform(0.6, 1.2)) * (1.0 - share ** rng.uniform(0.5, 3))
        )
        return np.asarray(sound * 10.0 ** (-down_db / 20.0), np.float32)


@dataclass(frozen=True, slots=True)
class RenderStyle:
    """How one take's samples are played; drawn once a take."""

    family: int
    is_sustained: bool
    detune: float
    evening: float
    release_s: float
    mute_s: float  # damping by the palm; 0 for none
    has_contact: bool
    is_short: bool = False  # so short that a slow sample hardly speaks: it is raised
    speech: Speech | None = None  # None: as the samples do
    reach: float = 5.0  # semitones that a sample is moved at most
    chord_probability: float = 0.0


def random_style(bank: list[Sample], rng: Rng) -> RenderStyle:
    """How one take of a bank is played."""
    family = family_of(bank[0].instrument, bank[0].articulation)
    is_sustained = bank[0].articulation.startswith("sus")
    is_muted = family == PLUCKED and rng.random() < 0.35
    return RenderStyle(
        family,
        is_sustained,
        rng.uniform(-0.5, 0.5),
        rng.uniform(0.2, 1.0) if is_sustained else 0.0,
        rng.uniform(0.01, 0.15),
        rng.uniform(0.02, 0.15) if is_muted else 0.0,
        bool(rng.random() < 0.6 and family != PIANO),
    )


def _note_sound(
    sample: Sample,
    note: PhraseNote,
    inside_s: float,
    style: RenderStyle,
    cache: dict[Path, FloatArray],
) -> FloatArray:
    """Cut, bend, even and fade one sample; a slurred note starts inside_s within it."""
    steps = np.clip(note.pitch_midi - sample.pitch_midi, -style.reach, style.reach)
    audio = _evened(load(sample, float(2 ** (steps / 12)), cache), style.evening)
    audio = audio[min(int(inside_s * RATE_HZ), audio.size // 3) :]
    held = int((note.end_s - note.start_s) * RATE_HZ)
    n_release = max(64, int(style.release_s * RATE_HZ))
    audio = audio[: held + 5 * n_release].copy()
    fade = np.exp(-np.maximum(0, np.arange(audio.size) - held) / n_release)
    return audio * fade.astype(np.float32) * db(note.level_db)


def _slur_groups(notes: list[PhraseNote], is_sustained: bool) -> list[list[PhraseNote]]:
    """Notes under one bow or breath; alone where the sample cannot be slurred."""
    groups: list[list[PhraseNote]] = []
    for note in notes:
        if groups and is_sustained and note.join in (SLUR, CROSS):
            groups[-1].append(note)
        else:
            groups.append([note])
    return groups


def _warped_group(
    group: list[PhraseNote],
    sample: Sample,
    style: RenderStyle,
    rng: Rng,
    cache: dict[Path, FloatArray],
) -> FloatArray | None:
    """A slur as one recorded note read at changing speed: real bow and breath under a new pitch.

    None where the sample is too short or too far in pitch.
    """
    steps = np.array([n.pitch_midi + style.detune - sample.pitch_midi for n in group])
    if np.max(np.abs(steps)) > 6:
        return None
    start_s, stop_s = group[0].start_s, group[-1].end_s
    n_samples = int((stop_s - start_s + 4 * style.release_s) * RATE_HZ)
    time_s = np.arange(n_samples) / RATE_HZ
    semitones, level_db = np.full(n_samples, steps[0]), np.full(n_samples, group[0].level_db)
    for before, after, rise in zip(group[:-1], group[1:], np.diff(steps), strict=True):
        span_s = float(np.exp(rng.uniform(np.log(0.004), np.log(0.045))))
        at_s = after.start_s - start_s
        x = np.clip((time_s - at_s) / span_s, -20, 20)
        semitones += rise / (1 + np.exp(-4 * x))
        level_db += (after.level_db - before.level_db) / (1 + np.exp(-2 * x))
        level_db -= rng.uniform(0, 5) * np.exp(-0.5 * (x / rng.uniform(0.7, 2)) ** 2)
    place = np.cumsum(2 ** (semitones / 12))
    audio = _evened(load(sample, 1.0, cache), style.evening)
    if place[-1] > audio.size - 2:
        return None
    low = place.astype(np.int64)
    mix = (place - low).astype(np.float32)
    sound = audio[low] * (1 - mix) + audio[low + 1] * mix
    fade = np.exp(-np.maximum(0, time_s - (stop_s - start_s)) / style.release_s)
    return (sound * 10 ** (level_db / 20) * fade).astype(np.float32)


def _add_contact(out: FloatArray, note: PhraseNote, family: int, rng: Rng) -> None:
    """A finger, plectrum, bow, key or breath that is heard before the note speaks."""
    burst = noise_burst(
        rng.uniform(0.002, 0.05), rng.uniform(100, 2500), rng.uniform(2500, 12_000), rng
    )
    if family == WIND and rng.random() < 0.5:  # air before the tone
        burst = np.ascontiguousarray(burst[::-1])
    lead_s = rng.uniform(0.004, 0.06 if family == BOWED else 0.09)
    softest_db = 10.0 if family == PLUCKED else 18.0
    add_at(out, burst, note.start_s - lead_s, db(note.level_db - rng.uniform(softest_db, 45)))


def single_note(
    note: PhraseNote,
    bank: list[Sample],
    style: RenderStyle,
    rng: Rng,
    cache: dict[Path, FloatArray],
    *,
    is_slurred: bool,
) -> tuple[FloatArray, NoteRow]:
    """One note from its own sample; slurred ones fade in from inside the sample."""
    bent = PhraseNote(
        note.start_s, note.end_s, note.pitch_midi + style.detune, note.level_db, note.join
    )
    sample = _nearest(bank, bent.pitch_midi, rng)
    if is_slurred:
        inside_s = rng.uniform(0.08, 0.5)
        quick = replace(style, release_s=min(style.release_s, 0.06))
        sound = _note_sound(sample, bent, inside_s, quick, cache)
        fade_s = rng.uniform(0.008, 0.07)
        n_fade = min(int(fade_s * RATE_HZ), sound.size)
        sound[:n_fade] *= np.linspace(0, 1, n_fade, dtype=np.float32) ** rng.uniform(0.7, 1.5)
        row: NoteRow = (
            note.start_s,
            note.start_s + 0.15 * fade_s,
            note.start_s + 0.35 * fade_s,
            style.family,
            False,
        )
    else:
        sound = _note_sound(sample, bent, 0.0, style, cache)
        if style.is_short:
            sound *= min(db(note.level_db) / (np.max(np.abs(sound)) + 1e-9), 8.0)
        if style.speech is not None and style.family in (BOWED, WIND):
            sound = style.speech.of_note(sound, rng)
        t40_s, t20_s = rise_times(sound)
        row = note_truth(
            note.start_s + t40_s,
            note.start_s + t20_s,
            style.family,
            style.family in (PLUCKED, PIANO),
        )
    if style.mute_s:
        sound *= np.exp(-np.arange(sound.size, dtype=np.float32) / (style.mute_s * RATE_HZ))
    return sound, row


def render_take(
    bank: list[Sample],
    config: PhraseConfig,
    rng: Rng,
    cache: dict[Path, FloatArray],
    style: RenderStyle | None = None,
) -> tuple[FloatArray, NoteArray]:
    """A dry take of one bank, of a random style if of none: (n_samples,) and its NOTE_TRUTH."""
    style = style or random_style(bank, rng)
    if config.longest_held_s < math.inf:
        release_s = float(np.exp(rng.uniform(np.log(0.004), np.log(0.08))))
        style = replace(style, release_s=release_s, is_short=True)
    low, high = (
        min(s.pitch_midi for s in bank) - 3,
        min(max(s.pitch_midi for s in bank) + style.reach - 2, 108),
    )
    centre = rng.uniform(low, high)
    slurred = config.slur_probability if style.family in (BOWED, WIND) else 0.0
    config = replace(
        config,
        low_midi=int(max(low, centre - 14)),
        high_midi=int(min(high, centre + 14)),
        slur_probability=slurred,
    )
    out, rows = np.zeros(int(config.duration_s * RATE_HZ), np.float32), []
    for group in _slur_groups(random_phrase(config, rng), style.is_sustained):
        if style.has_contact and rng.random() < 0.6:
            _add_contact(out, group[0], style.family, rng)
        mean_pitch = float(np.mean([n.pitch_midi for n in group])) + style.detune
        warped = None
        if len(group) > 1 and rng.random() < 0.6:
            warped = _warped_group(group, _nearest(bank, mean_pitch, rng), style, rng, cache)
        if warped is None:
            for i, note in enumerate(group):
                sound, row = single_note(note, bank, style, rng, cache, is_slurred=i > 0)
                add_at(out, sound, note.start_s)
                rows.append(row)
                if style.chord_probability and rng.random() < style.chord_probability:
                    for start_s, more, row_of_it in _chord(note, bank, style, rng, cache):
                        add_at(out, more, start_s)
                        rows.append(row_of_it)
            continue
        add_at(out, warped, group[0].start_s)
        t40_s, t20_s = rise_times(warped)
        rows.append(
            note_truth(group[0].start_s + t40_s, group[0].start_s + t20_s, style.family, False)
        )
        rows += [(n.start_s, n.start_s, n.start_s, style.family, False) for n in group[1:]]
    if rng.random() < 0.3 and style.family in (BOWED, WIND):
        out = vibrated(out, rng.uniform(4, 7), rng.uniform(2, 18))
    return out, as_notes(events(rows) if style.chord_probability else rows)


def _chord(
    note: PhraseNote,
    bank: list[Sample],
    style: RenderStyle,
    rng: Rng,
    cache: dict[Path, FloatArray],
) -> Iterator[tuple[float, FloatArray, NoteRow]]:
    """More strings or keys with a note, at once or one after the other: start, sound and truth."""
    between_s = float(np.exp(rng.uniform(np.log(0.001), np.log(0.03))))
    more = note
    for _ in range(int(rng.integers(1, 6))):
        start_s = more.start_s + between_s * rng.uniform(0.6, 1.4)
        more = replace(
            more,
            start_s=start_s,
            end_s=max(note.end_s, start_s + 0.05),
            pitch_midi=more.pitch_midi + float(rng.choice([3, 4, 5, 5, 7])),
            level_db=note.level_db + rng.normal(0, 2),
        )
        yield start_s, *single_note(more, bank, style, rng, cache, is_slurred=False)


def vibrated(audio: FloatArray, rate_hz: float, cents: float) -> FloatArray:
    """Vibrato by a swinging delay of at most 2 ms, `cents` to either side."""
    time = np.arange(audio.size, dtype=np.float64)
    omega = 2 * np.pi * rate_hz / RATE_HZ
    depth_samples = min(cents / 1731.0 / omega, 88.0)
    at = time - depth_samples * (1 + np.sin(omega * time))
    low = np.clip(np.floor(at).astype(np.int64), 0, audio.size - 2)
    mix = np.clip(at - low, 0, 1).astype(np.float32)
    return audio[low] * (1 - mix) + audio[low + 1] * mix
