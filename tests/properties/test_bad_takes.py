"""Takes that are not what was asked for: refused, or doubted in words, never sure and wrong."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from practiceear.analysis.pipeline import NotePipeline
from practiceear.analysis.snapshot import SessionSnapshot, measure
from practiceear.audio.blocks import AudioBlock
from practiceear.instruments.registry import load_instrument
from practiceear.metrics.catalogue import MetricGroup, MetricKey
from practiceear.notes.tracker import NOTE
from practiceear.reports.what_to_try import Case, case_of
from practiceear.rhythm.grid import Meter, Subdivision
from practiceear.settings import Exercise
from practiceear.units import FloatArray
from tests.support import sounds
from tests.support.sounds import Sound

RATE_HZ = 44100
SEEDS = st.integers(0, 2**32 - 1)
DOUBTS = {
    Case.NOTHING_HEARD,
    Case.TOO_FEW,
    Case.TOO_VAGUE,
    Case.NO_GRID,
    Case.OTHER_TEMPO,
    Case.LENGTHS,
    Case.TWO_TEMPOS,
    Case.RUBATO,
    Case.UNCLEAR,
    Case.UNCLEAR_UNNAMED,
}

APART = {MetricGroup.RUNS, MetricGroup.SERIAL}


def heard(sound: FloatArray | Sound, instrument: str, exercise: Exercise) -> SessionSnapshot:
    ear = NotePipeline(RATE_HZ, load_instrument(instrument))
    return measure(ear.run([AudioBlock(sound.astype(np.float32), 0)]).notes, ear, exercise)


def noted(
    onset_s: FloatArray, gain_db: float = 0.0, exercise: Exercise | None = None
) -> SessionSnapshot:
    notes = np.zeros(len(onset_s), dtype=NOTE)
    notes["onset_sample"] = np.round(onset_s * RATE_HZ)
    notes["offset_sample"] = notes["onset_sample"] + RATE_HZ // 10
    levels = np.random.default_rng(len(notes)).normal(-30.0, 1.5, len(notes))
    notes["level_dbfs"] = levels + gain_db
    notes["pitch_midi"] = np.nan
    return measure(notes, NotePipeline(RATE_HZ, load_instrument("guitar")), exercise or Exercise())


def uneven(seed: int, n_notes: int, slot_s: float) -> FloatArray:
    rng = np.random.default_rng(seed)
    return np.sort(1.0 + slot_s * np.arange(n_notes) + rng.normal(0.0, 0.04 * slot_s, n_notes))


def numbers(snapshot: SessionSnapshot) -> dict[str, tuple[float, ...]]:
    told = [one for one in snapshot.metrics.values() if one.key.info.group not in APART]
    return {one.key: (one.value, one.low, one.high, float(one.n)) for one in told}


@settings(max_examples=20, deadline=None)
@given(SEEDS, st.integers(24, 60), st.integers(1, 400), st.floats(-20.0, 20.0))
def test_when_and_how_loud_changes_no_number(
    seed: int, n_notes: int, shift_hops: int, gain_db: float
) -> None:
    onset_s = uneven(seed, n_notes, 0.25)
    shift_s = shift_hops * 441 / RATE_HZ
    one, other = numbers(noted(onset_s)), numbers(noted(onset_s + shift_s, gain_db))
    for key, values in one.items():
        np.testing.assert_allclose(values, other[key], rtol=2e-3, atol=2e-4, err_msg=key)


@settings(max_examples=20, deadline=None)
@given(SEEDS, st.integers(24, 60), st.floats(0.7, 1.4))
def test_slower_playing_is_as_uneven_in_per_cent(seed: int, n_notes: int, stretch: float) -> None:
    onset_s = uneven(seed, n_notes, 0.25)
    one = noted(onset_s, exercise=Exercise(120.0, subdivision=Subdivision.parse(2)))
    slow = Exercise(120.0 / stretch, subdivision=Subdivision.parse(2))
    other = noted(onset_s * stretch, exercise=slow)
    before, after = one.metrics[MetricKey.CV_IOI], other.metrics[MetricKey.CV_IOI]
    assert before.n == after.n
    np.testing.assert_allclose(before.value, after.value, rtol=5e-3)


def test_one_note_gives_no_number() -> None:
    sound = sounds.room(3.0, -70.0, RATE_HZ)
    sound[RATE_HZ : RATE_HZ + RATE_HZ // 2] += 0.3 * sounds.pluck(330.0, 0.5, RATE_HZ)
    snapshot = heard(sound, "guitar", Exercise(120))
    assert all(one.is_unavailable for one in snapshot.metrics.values())
    assert case_of(snapshot) is Case.TOO_FEW


def speech(seed: int) -> FloatArray:
    """Syllables: buzz and hiss through three resonances, of all lengths and with pauses."""
    rng = np.random.default_rng(seed)
    sound = sounds.room(16.0, -60.0, RATE_HZ).astype(np.float64)
    at_s = 0.5
    while at_s < 15.0:
        length_s = float(rng.uniform(0.06, 0.35))
        time_s = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
        buzz = np.sign(np.sin(2 * np.pi * rng.uniform(90, 220) * time_s)) * (rng.random() < 0.7)
        spectrum = np.fft.rfft(buzz + 0.5 * rng.standard_normal(len(time_s)))
        hz = np.fft.rfftfreq(len(time_s), 1 / RATE_HZ)
        formants = rng.uniform((300, 900, 2200), (800, 2200, 3200))
        gain = np.sum([1 / (1 + ((hz - one) / 120) ** 2) for one in formants], axis=0)
        syllable = np.fft.irfft(spectrum * gain, len(time_s)) * np.sin(np.pi * time_s / length_s)
        syllable *= 0.1 * rng.uniform(0.3, 1.0) / max(1e-9, float(syllable.std()))
        first = round(at_s * RATE_HZ)
        sound[first : first + len(syllable)] += syllable
        at_s += length_s + float(rng.choice([0.01, 0.05, 0.5], p=[0.5, 0.35, 0.15]))
    return sound


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("bpm", [None, 80.0])
def test_a_voice_is_not_praised(seed: int, bpm: float | None) -> None:
    snapshot = heard(speech(seed), "violin", Exercise(bpm))
    case = case_of(snapshot)
    assert case in DOUBTS | {Case.UNEVEN, Case.ONE_NOTE}
    sd_ioi = snapshot.metrics[MetricKey.SD_IOI]
    assert sd_ioi.is_unavailable or sd_ioi.value > 0.012


def test_chords_under_a_profile_of_single_notes_stay_as_even_as_they_are() -> None:
    onset_s = 0.5 + 0.4 * np.arange(40)
    sound = sounds.room(18.0, -70.0, RATE_HZ)
    for at_s in onset_s:
        first = round(at_s * RATE_HZ)
        for pitch_hz in (262.0, 330.0, 392.0):
            sound[first : first + RATE_HZ // 3] += 0.15 * sounds.pluck(pitch_hz, 1 / 3, RATE_HZ)
    sd_ioi = heard(sound, "violin", Exercise(75, subdivision=Subdivision.parse(2)))
    assert (
        sd_ioi.metrics[MetricKey.SD_IOI].is_unavailable
        or sd_ioi.metrics[MetricKey.SD_IOI].value < 0.01
    )


def test_a_take_that_begins_within_a_note_is_measured_from_the_next() -> None:
    onset_s = 0.5 + 0.4 * np.arange(40)
    sound = sounds.take(list(onset_s), 17.0, RATE_HZ, is_bowed=True)
    exercise = Exercise(75, subdivision=Subdivision.parse(2))
    whole = heard(sound, "violin", exercise)
    cut = heard(sound[round((onset_s[1] + 0.15) * RATE_HZ) :], "violin", exercise)
    assert 37 <= len(cut.notes) <= 39
    before, after = whole.metrics[MetricKey.SD_IOI], cut.metrics[MetricKey.SD_IOI]
    assert abs(before.value - after.value) < 0.004


@pytest.mark.parametrize("subdivision", ["1", "2", "4"])
def test_twice_the_tempo_is_never_called_a_bias(subdivision: str) -> None:
    exercise = Exercise(60, Meter((4,)), Subdivision.parse(subdivision), 1.0)
    slot_s = 1.0 / int(subdivision)
    snapshot = noted(uneven(3, 64, slot_s / 2.0), exercise=exercise)
    bias = snapshot.metrics[MetricKey.DEVIATION_BIAS]
    is_doubted = case_of(snapshot) in DOUBTS
    assert is_doubted or bias.is_unavailable or abs(bias.value) < 0.01
