"""What every instrument profile must keep, ours or a stranger's: tested on a made-up take."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from practiceear.audio.block import AudioBlock, Samples
from practiceear.instruments.profile import Family, InstrumentProfile
from practiceear.metrics.reliability import sd_ioi_floor
from practiceear.notes.note import NoteArray
from practiceear.session.ear import Ear, listen
from practiceear.session.snapshot import Exercise, measure
from practiceear.units import FloatArray

RATE_HZ = 44_100
N_NOTES = 32
IOI_S = 0.3
FIRST_S = 0.5
SOUNDING_SHARE = 0.6
ROOM_NOISE = 2e-4
FEWEST_FOUND = 0.9
MOST_EXTRA = 0.1
WINDOW_S = 0.05
MOST_TIMES_FLOOR = 4.0
"""So far above its floor an even take may be reported: it is no real instrument."""

ATTACK_S = {Family.BOWED: 0.03, Family.FLUTE: 0.025, Family.REED: 0.015, Family.BRASS: 0.015}
STRUCK_ATTACK_S = 0.002
DECAY_S = 0.25
RELEASE_S = 0.06
KNOCK_MODES = ((110.0, 0.030), (240.0, 0.018), (560.0, 0.008))


def broken_promises(profile: InstrumentProfile) -> tuple[str, ...]:
    """Hear a made-up even take of the profile's family; return what goes wrong, in words."""
    sound = made_up_take(profile)
    whole = _notes(profile, sound, len(sound))
    found = list(_hearing(whole))
    for block_samples in (64, 1000):
        other = _notes(profile, sound, block_samples)
        if len(other) != len(whole) or not all(
            np.array_equal(other[name], whole[name], equal_nan=True)
            for name in ("onset_sample", "offset_sample", "level_dbfs")
        ):
            found.append(f"blocks of {block_samples} samples give other notes")
    found += _measures(profile, whole)
    return tuple(found)


def made_up_take(profile: InstrumentProfile) -> Samples:
    """Even notes of the family's attack, in the middle of its range, with a little noise."""
    rng = np.random.default_rng(1)
    onset_s = FIRST_S + IOI_S * np.arange(N_NOTES)
    sound = ROOM_NOISE * rng.standard_normal(round((onset_s[-1] + 2.0) * RATE_HZ))
    for number, at_s in enumerate(onset_s):
        note = _note(profile, number, rng)
        first = round(at_s * RATE_HZ)
        sound[first : first + len(note)] += note
    return np.asarray(sound, dtype=np.float32)


def _note(profile: InstrumentProfile, number: int, rng: np.random.Generator) -> FloatArray:
    time_s = np.arange(round(SOUNDING_SHARE * IOI_S * RATE_HZ)) / RATE_HZ
    attack_s = ATTACK_S.get(profile.family, STRUCK_ATTACK_S)
    envelope = np.clip(time_s / attack_s, 0.0, 1.0)
    envelope *= np.clip((time_s[-1] - time_s) / RELEASE_S, 0.0, 1.0) ** 2
    if profile.family not in ATTACK_S:
        envelope *= np.exp(-time_s / DECAY_S)
    if profile.pitch_range is None:  # a knock on wood
        knock = 0.5 * rng.standard_normal(len(time_s)) * np.exp(-time_s / 0.002)
        for hz, decay_s in KNOCK_MODES:
            knock += np.sin(2 * np.pi * hz * time_s) * np.exp(-time_s / decay_s)
        return np.asarray(0.2 * knock)
    low_hz, high_hz = profile.pitch_range.lowest_hz, profile.pitch_range.highest_hz
    middle_hz = min(math.sqrt(low_hz * high_hz), 660.0)
    hz = max(low_hz, middle_hz) * 2.0 ** ((0, 2, 4, 5, 7, 5, 4, 2)[number % 8] / 12.0)
    n_harmonics = max(1, min(8, int(0.4 * RATE_HZ / hz)))
    wave = sum(np.sin(2 * np.pi * k * hz * time_s) / k for k in range(1, n_harmonics + 1))
    return np.asarray(0.12 * envelope * wave)


def _notes(profile: InstrumentProfile, sound: Samples, block_samples: int) -> NoteArray:
    ear = Ear(RATE_HZ, profile, is_pitch_wanted=False)
    blocks = (
        AudioBlock(sound[first : first + block_samples], first)
        for first in range(0, len(sound), block_samples)
    )
    return listen(ear, blocks).notes


def _hearing(notes: NoteArray) -> Iterator[str]:
    true_s = FIRST_S + IOI_S * np.arange(N_NOTES)
    heard_s = notes["onset_sample"] / RATE_HZ
    near = np.abs(heard_s[:, np.newaxis] - true_s) <= WINDOW_S
    n_found, n_extra = int(near.any(axis=0).sum()), int((~near.any(axis=1)).sum())
    if n_found < FEWEST_FOUND * N_NOTES:
        yield f"only {n_found} of {N_NOTES} plain notes in its range are heard"
    if n_extra > MOST_EXTRA * N_NOTES:
        yield f"{n_extra} notes are heard that are none"


def _measures(profile: InstrumentProfile, notes: NoteArray) -> Iterator[str]:
    ear = Ear(RATE_HZ, profile, is_pitch_wanted=False)
    snapshot = measure(notes, ear, Exercise())
    evenness, promised_s = snapshot.metric("sd_ioi_s"), sd_ioi_floor(profile.floor.onset_s)
    if evenness.is_refused:
        yield f"the evenness of an even take is refused: {evenness.refusal}"
    elif evenness.value > MOST_TIMES_FLOOR * promised_s:
        yield (
            f"an even take is reported {1000 * evenness.value:.1f} ms uneven,"
            f" its floor promises {1000 * promised_s:.1f}"
        )
    if snapshot.metric("gate_ratio").is_refused == profile.has_gate:
        yield "lengths are " + ("refused" if profile.has_gate else "told though it has none")
