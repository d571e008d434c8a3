"""Sets of sound in which most or all of what is heard would be wrong.

Each is made from a seed. Where tones sound, one onset is allowed for each, and how many
of them were heard is told beside the false ones, since a deaf detector is never wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks import clicks, noises, tones
from benchmarks.noises import RATE_HZ, Rng
from benchmarks.peers import Peer
from practiceear.audio.blocks import Samples
from practiceear.fixtures.check import START_S
from practiceear.units import FloatArray
from training import held_out

BEFORE_S, AFTER_S = 0.060, 0.150
"""A tone's one onset may be heard from this much before to this much after its start."""

SEED = 20240611
ROOM_DBFS = -62.0
NOTE_PEAK_DBFS = -10.0


@dataclass(frozen=True, slots=True, eq=False)
class NegativeSet:
    """Sound in which only ``allowed_s`` may be heard.

    Attributes
    ----------
    group, name
        A row of the report, and which of its sounds this is.
    allowed_s
        Starts of the notes, shape (n_notes,).
    """

    group: str
    name: str
    samples: Samples
    allowed_s: FloatArray

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / RATE_HZ


@dataclass(frozen=True, slots=True)
class NegativeScore:
    """What one detector made of one group, or one sound, of the sets.

    Attributes
    ----------
    false_per_min
        Onsets heard beyond the allowed, a minute.
    n_allowed, n_heard
        Notes that sound, and how many of them were heard.
    """

    group: str
    name: str
    duration_s: float
    false_per_min: float
    n_allowed: int
    n_heard: int


def negative_sets() -> list[NegativeSet]:
    """Make all sets."""
    made = [_clicks(kind, after) for after in (False, True) for kind in clicks.KINDS]
    made += [*_held_out_clicks(is_second=False), *_held_out_clicks(is_second=True)]
    made += [_held(name) for name in ("white", "pink", "brown", "fan", "street")]
    for name, maker, level_dbfs in _EVENTS:
        made += [_events(name, maker, level_dbfs, after) for after in (False, True)]
    made.append(_speech())
    for name, shape in _SHAPES:
        made.append(_tones(name, shape))
    for name, mode_hz, ring_s, level_db in _RESONANCES:
        made.append(_resonance(name, mode_hz, ring_s, level_db))
    return made


def score_negatives(peer: Peer, sets: list[NegativeSet]) -> list[NegativeScore]:
    """Run one detector over the sets: a score each."""
    scores = []
    for one in sets:
        heard_s = peer.detect(one.samples, RATE_HZ).onset_s
        heard_s = heard_s[heard_s >= START_S]  # as in the takes
        n_heard = _n_heard(heard_s, one.allowed_s)
        false_per_min = (len(heard_s) - n_heard) * 60.0 / one.duration_s
        scores.append(
            NegativeScore(
                one.group, one.name, one.duration_s, false_per_min, len(one.allowed_s), n_heard
            )
        )
    return scores


def by_group(scores: list[NegativeScore]) -> list[NegativeScore]:
    """Sum up the sounds of each group, in the order in which they come."""
    groups = list(dict.fromkeys(score.group for score in scores))
    summed = []
    for group in groups:
        members = [score for score in scores if score.group == group]
        duration_s = sum(score.duration_s for score in members)
        n_false = sum(score.false_per_min * score.duration_s for score in members)
        summed.append(
            NegativeScore(
                group,
                "",
                duration_s,
                n_false / duration_s,
                sum(score.n_allowed for score in members),
                sum(score.n_heard for score in members),
            )
        )
    return summed


def _n_heard(heard_s: FloatArray, allowed_s: FloatArray) -> int:
    """How many allowed notes have an onset of their own."""
    free = np.ones(len(heard_s), dtype=np.bool_)
    n_heard = 0
    for start_s in allowed_s:
        near = free & (heard_s >= start_s - BEFORE_S) & (heard_s <= start_s + AFTER_S)
        if near.any():
            free[np.argmax(near)] = False
            n_heard += 1
    return n_heard


def seeded(*words: str) -> Rng:
    """Chance that depends on nothing but these words."""
    return np.random.default_rng([SEED, *("|".join(words).encode())])


def room_floor(duration_s: float, rng: Rng) -> FloatArray:
    """The noise of a quiet room."""
    noise = noises.coloured(round(duration_s * RATE_HZ), -3.0, rng)
    return np.asarray(noise * 10 ** (ROOM_DBFS / 20), dtype=np.float64)


def put(track: FloatArray, sound: FloatArray, at_s: float, peak_dbfs: float) -> None:
    """Add a sound of peak 1 to a track, as loud as said and as far as there is room."""
    start = round(at_s * RATE_HZ)
    stop = min(len(track), start + len(sound))
    track[start:stop] += sound[: stop - start] * 10 ** (peak_dbfs / 20)


def as_set(
    group: str, name: str, track: FloatArray | Samples, allowed_s: list[float]
) -> NegativeSet:
    """The set that a track makes; what goes over full scale is clipped."""
    samples: Samples = np.clip(track, -1.0, 1.0).astype(np.float32)
    return NegativeSet(group, name, samples, np.array(allowed_s))


def _opening(track: FloatArray, rng: Rng) -> list[float]:
    """Play two notes first, so that a detector knows how loud playing is."""
    starts_s = [0.5, 1.3]
    for start_s in starts_s:
        tone = tones.sustained(rng.uniform(200, 500), 0.7, tones.ToneShape(), rng)
        put(track, tone, start_s, NOTE_PEAK_DBFS)
    return starts_s


def _clicks(kind: str, is_after_notes: bool) -> NegativeSet:
    group = "clicks, softer than the notes before" if is_after_notes else "clicks alone"
    rng = seeded(group, kind)
    track = np.zeros(round(14.0 * RATE_HZ))
    allowed_s = _opening(track, rng) if is_after_notes else []
    beat_s = 60.0 / rng.uniform(60, 160)
    level_dbfs = NOTE_PEAK_DBFS - rng.uniform(12, 30) if is_after_notes else rng.uniform(-40, -14)
    at_s, n_beat = 3.0 if is_after_notes else 0.5, 0
    while at_s < 13.8:
        rng_of_beat = seeded(kind, str(n_beat % 4))  # a metronome repeats its sounds
        sound = clicks.click(kind, is_accented=n_beat % 4 == 0, rng=rng_of_beat)
        put(track, sound, at_s, level_dbfs)
        at_s, n_beat = at_s + beat_s, n_beat + 1
    track = noises.in_room(track, rng.uniform(0.2, 0.8), rng.uniform(0, 10), rng)
    return as_set(group, kind, track + room_floor(14.0, rng), allowed_s)


def _held_out_clicks(*, is_second: bool) -> Iterator[NegativeSet]:
    """Click sounds that training keeps apart: those it validates with, and those it never hears."""
    group = "clicks alone, never validated with" if is_second else "clicks alone, of validation"
    for kind, samples in held_out.click_takes(is_second=is_second).items():
        yield as_set(group, kind, samples, [])


def _held(name: str) -> NegativeSet:
    rng = seeded("noise", name)
    n_samples = 20 * RATE_HZ
    makers: dict[str, Callable[[], FloatArray]] = {
        "white": lambda: noises.coloured(n_samples, 0.0, rng),
        "pink": lambda: noises.coloured(n_samples, -3.0, rng),
        "brown": lambda: noises.coloured(n_samples, -6.0, rng),
        "fan": lambda: noises.fan(n_samples, rng),
        "street": lambda: noises.street(n_samples, rng),
    }
    level_dbfs = rng.uniform(-55, -35)
    return as_set("room noise", name, makers[name]() * 10 ** (level_dbfs / 20), [])


def _events(
    name: str, maker: Callable[[Rng], FloatArray], level_dbfs: float, is_after_notes: bool
) -> NegativeSet:
    group = f"{name}, after notes" if is_after_notes else f"{name}, nobody plays"
    rng = seeded(group)
    track = np.zeros(30 * RATE_HZ)
    allowed_s = _opening(track, rng) if is_after_notes else []
    at_s = 3.0
    while at_s < 28.0:
        put(track, maker(rng), at_s, level_dbfs + rng.uniform(-8, 0))
        at_s += rng.uniform(0.8, 2.0)
    track = noises.in_room(track, 0.4, 8.0, rng)
    return as_set(group, "", track + room_floor(30.0, rng), allowed_s)


_EVENTS: tuple[tuple[str, Callable[[Rng], FloatArray], float], ...] = (
    ("breath", noises.breath, -36.0),
    ("bow noise", noises.bow_noise, -34.0),
    ("finger noise", noises.finger_noise, -32.0),
    ("fret squeak", noises.fret_squeak, -32.0),
    ("pedal", noises.pedal, -32.0),
    ("page turns", noises.page_turn, -34.0),
)


def _speech() -> NegativeSet:
    rng = seeded("speech")
    track = noises.in_room(0.1 * noises.speech(30 * RATE_HZ, rng), 0.4, 6.0, rng)
    return as_set("speech-like", "", track + room_floor(30.0, rng), [])


_SHAPES: tuple[tuple[str, tones.ToneShape], ...] = (
    ("held tones", tones.ToneShape()),
    ("held tones, breathy", tones.ToneShape(noise_db=22.0)),
    ("vibrato", tones.ToneShape(vibrato_hz=5.6, vibrato_cents=25.0)),
    ("vibrato, wide", tones.ToneShape(vibrato_hz=6.3, vibrato_cents=55.0)),
    ("tremolo of level", tones.ToneShape(tremolo_hz=5.0, tremolo_db=5.0)),
    ("glissando", tones.ToneShape(glide_semitones=7.0)),
)


def _long_tones(shape: tones.ToneShape, rng: Rng) -> tuple[FloatArray, list[float]]:
    """Ten tones of 3 s with half a second between, from low to high."""
    track = np.zeros(36 * RATE_HZ)
    starts_s = [0.5 + 3.5 * k for k in range(10)]
    for k, start_s in enumerate(starts_s):
        pitch_hz = 110.0 * 2 ** (k * 0.36 + rng.uniform(-0.1, 0.1))
        put(track, tones.sustained(pitch_hz, 3.0, shape, rng), start_s, rng.uniform(-20, -8))
    return track, starts_s


def _tones(name: str, shape: tones.ToneShape) -> NegativeSet:
    rng = seeded("tones", name)
    track, starts_s = _long_tones(shape, rng)
    track = noises.in_room(track, 0.5, 7.0, rng)
    return as_set(name, "", track + room_floor(36.0, rng), starts_s)


_RESONANCES: tuple[tuple[str, FloatArray, float, float], ...] = (
    ("pedal held down", noises.piano_strings_hz(), 4.0, -6.0),
    ("room resonance", np.array([61.0, 87.0, 118.0, 139.0, 171.0, 208.0, 262.0]), 1.8, -3.0),
)


def _resonance(name: str, mode_hz: FloatArray, ring_s: float, level_db: float) -> NegativeSet:
    """Ten struck or plucked notes close to a mode of the strings or the room, which rings on."""
    rng = seeded("resonance", name)
    track = np.zeros(36 * RATE_HZ)
    starts_s = [0.5 + 3.5 * k for k in range(10)]
    for start_s in starts_s:
        pitch_hz = rng.choice(mode_hz[mode_hz > 80.0]) * 2 ** (rng.uniform(-25, 25) / 1200)
        put(track, tones.plucked(pitch_hz, 1.0, rng), start_s, rng.uniform(-20, -10))
    track = noises.ringing(track, mode_hz, ring_s, level_db, rng)
    return as_set(name, "", track + room_floor(36.0, rng), starts_s)
