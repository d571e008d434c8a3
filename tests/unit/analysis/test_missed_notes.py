"""How many notes were heard: estimated from half-heard peaks, silent rises and gaps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import practiceear
from practiceear.analysis.detect_onsets import DetectedOnsets
from practiceear.analysis.missed_notes import (
    MODEL,
    STEP_S,
    Evidence,
    SoundLevels,
    estimate_hearing,
    find_traces,
)
from practiceear.analysis.pipeline import NotePipeline
from practiceear.analysis.snapshot import NOTES_MISSING, measure
from practiceear.audio.blocks import AudioBlock
from practiceear.instruments.registry import load_instrument
from practiceear.metrics.catalogue import MetricKey
from practiceear.notes.tracker import NOTE, NoteArray
from practiceear.onset.config import DetectorConfig
from practiceear.onset.event import OnsetKind
from practiceear.settings import Exercise
from practiceear.units import FloatArray

RATE_HZ = 44100
NONE: FloatArray = np.zeros(0)
DUE_S = 0.5 + 0.2 * np.arange(120.0)
IS_LAST_HALF = DUE_S > 12.5


def evidence(
    onset_s: FloatArray,
    half_heard_s: FloatArray = NONE,
    strength: float = 2.4,
    half_strength: float = 0.8,
    level_db: FloatArray | None = None,
) -> Evidence:
    level_db = np.full(round(30.0 / STEP_S), -20.0) if level_db is None else level_db
    return Evidence(
        onset_s,
        np.full(onset_s.size, strength),
        half_heard_s,
        np.full(half_heard_s.size, half_strength),
        level_db,
    )


def recall(found: Evidence) -> float:
    take = estimate_hearing(found).take
    assert take is not None
    return take.recall


def test_a_take_without_any_trace_was_heard() -> None:
    hearing = estimate_hearing(evidence(DUE_S))
    assert hearing.take is not None
    assert hearing.take.recall == 1.0 == hearing.take.high
    assert hearing.take.low < 1.0
    assert hearing.take.n_heard == 120
    assert not hearing.is_missing


@pytest.mark.parametrize("share", [0.4, 0.55])
def test_notes_half_heard_in_their_places_are_missed_ones(share: float) -> None:
    is_heard = np.random.default_rng(3).random(120) < share
    is_heard[[0, -1]] = True
    hearing = estimate_hearing(evidence(DUE_S[is_heard], DUE_S[~is_heard], strength=1.6))
    assert hearing.take is not None
    assert hearing.is_missing
    assert hearing.take.low < is_heard.mean() < hearing.take.high
    assert hearing.missing_s[0][0] == DUE_S[0]
    assert hearing.missing_s[-1][1] == DUE_S[-1]


def test_the_passage_that_is_heard_badly_is_named() -> None:
    is_heard = ~IS_LAST_HALF | (np.arange(120) % 3 == 0)
    is_heard[-1] = True
    found = evidence(DUE_S[is_heard], DUE_S[~is_heard], half_strength=0.95)
    weak = np.where(DUE_S[is_heard] > 12.5, 1.2, 2.6)
    hearing = estimate_hearing(replace(found, strength=weak))
    assert len(hearing.missing_s) == 1
    first_s, end_s = hearing.missing_s[0]
    assert 10.0 < first_s < 15.0
    assert end_s == DUE_S[-1]
    assert hearing.passages[0].recall > 0.95
    assert hearing.passages[-1].recall < 0.7


def test_the_nearer_to_the_threshold_the_likelier_a_note_was_missed() -> None:
    half_s = DUE_S[1:-1:4] + 0.1
    estimates = [recall(evidence(DUE_S, half_s, half_strength=x)) for x in (0.35, 0.6, 0.95)]
    assert estimates == sorted(estimates, reverse=True)
    assert estimates[0] > estimates[-1]


def test_a_sharp_rise_without_an_onset_is_a_trace() -> None:
    level_db = np.full(round(30.0 / STEP_S), -50.0)
    for time_s in DUE_S:
        at = round(time_s / STEP_S)
        level_db[at : at + 20] = -20.0
    kept = DUE_S[np.arange(120) % 4 != 2]
    traces = find_traces(evidence(kept, level_db=level_db))
    missed_s = DUE_S[2:-1:4]
    assert traces.size == missed_s.size
    np.testing.assert_allclose(traces["time_s"], missed_s, atol=0.06)
    assert np.all(traces["rise_db"] > 20.0)
    assert np.all(traces["level_db"] == 0.0)
    assert recall(evidence(kept, level_db=level_db)) < recall(evidence(kept))


def test_a_gap_of_two_values_counts_in_regular_playing_only() -> None:
    kept = np.delete(DUE_S, np.arange(10, 110, 20))
    traces = find_traces(evidence(kept))
    np.testing.assert_allclose(traces["time_s"], DUE_S[10:110:20])
    assert np.all(traces["is_in_gap"] == 1.0)
    rng = np.random.default_rng(1)
    irregular = np.cumsum(rng.choice([0.2, 0.4, 0.6], 120))
    assert find_traces(evidence(irregular)).size == 0


def test_what_is_heard_near_an_onset_or_outside_the_playing_is_no_trace() -> None:
    half_s = np.concatenate(([0.1], DUE_S[:-1] + 0.04, [DUE_S[-1] + 1.0]))
    assert find_traces(evidence(DUE_S, half_s)).size == 0


def test_talk_holds_no_missed_notes() -> None:
    kept = DUE_S[(DUE_S < 8.0) | (DUE_S > 16.0)]
    half_s = DUE_S[(DUE_S > 9.0) & (DUE_S < 15.0)]
    found = evidence(kept, half_s, strength=1.6)
    with_talk = estimate_hearing(found, [(9.0, 15.0)])
    assert with_talk.take is not None
    assert with_talk.take.n_missed < 0.1
    assert not with_talk.is_missing
    assert estimate_hearing(found).is_missing


def test_of_a_few_onsets_nothing_is_said() -> None:
    assert estimate_hearing(evidence(DUE_S[:3], DUE_S[3:])).take is None
    assert estimate_hearing(evidence(NONE, DUE_S)).take is None


def test_the_model_is_sound() -> None:
    assert MODEL.trace[2] > 0.0
    assert MODEL.onset[1] > 0.0
    assert MODEL.untraced >= 1.0
    assert 0.5 < MODEL.take_limit < 0.9


def test_levels_do_not_depend_on_the_blocks() -> None:
    sound = np.random.default_rng(2).normal(0.0, 0.1, RATE_HZ).astype(np.float32)
    whole, parts = SoundLevels(RATE_HZ), SoundLevels(RATE_HZ)
    whole.push(AudioBlock(sound, 0))
    for at in range(0, sound.size, 777):
        parts.push(AudioBlock(sound[at : at + 777], at))
    np.testing.assert_allclose(whole.level_db(), parts.level_db(), rtol=1e-6)
    assert whole.level_db()[50] == pytest.approx(-20.0, abs=1.0)
    np.testing.assert_allclose(whole.level_db(0.5)[10:], whole.level_db()[110:], rtol=1e-9)


def test_sound_that_was_lost_is_no_rise() -> None:
    levels = SoundLevels(RATE_HZ)
    sound = np.full(RATE_HZ, 0.1, np.float32)
    levels.push(AudioBlock(sound, 0))
    levels.push(AudioBlock(sound, 2 * RATE_HZ))
    onset_s = np.array([0.0, 0.5, 1.0, 2.5, 2.99])
    assert not np.any(find_traces(evidence(onset_s, level_db=levels.level_db()))["rise_db"])


def notes_at(onset_s: FloatArray, strength: float) -> NoteArray:
    notes = np.zeros(onset_s.size, dtype=NOTE)
    notes["onset_sample"], notes["strength"] = np.round(onset_s * RATE_HZ), strength
    notes["offset_sample"] = notes["onset_sample"] + 4000
    notes["onset_error_s"], notes["level_dbfs"], notes["pitch_midi"] = 0.002, -20.0, np.nan
    return notes


class HalfDeaf(NotePipeline):
    """A pipeline that has half heard what it is told."""

    half_heard_s: FloatArray = NONE

    def evidence(self, notes: NoteArray, from_s: float = 0.0) -> Evidence:
        found = super().evidence(notes, from_s)
        strength = np.full(self.half_heard_s.size, 0.97)
        return replace(found, half_heard_s=self.half_heard_s, half_heard_strength=strength)


def test_intervals_where_notes_are_missing_are_left_out_and_it_is_said_why() -> None:
    pipeline = HalfDeaf(RATE_HZ, load_instrument("flute"))
    heard = notes_at(DUE_S[~IS_LAST_HALF], 2.6)
    even = measure(heard, pipeline, Exercise())
    assert even.metrics[MetricKey.SD_IOI].n == len(heard) - 1

    pairs = IS_LAST_HALF & (np.arange(120) % 4 > 1)  # every second pair of them was heard
    kept = ~IS_LAST_HALF | pairs
    notes = notes_at(DUE_S[kept], 1.2)
    notes["strength"][: len(heard)] = 2.6
    everything = measure(notes.copy(), pipeline, Exercise())
    pipeline.half_heard_s = DUE_S[~kept]
    some = measure(notes, pipeline, Exercise())
    assert some.hearing.is_missing
    assert some.hearing.missing_s[-1][1] == some.onset_s[-1]
    assert some.metrics[MetricKey.SD_IOI].n < everything.metrics[MetricKey.SD_IOI].n
    assert not some.metrics[MetricKey.SD_IOI].is_unavailable

    pipeline.half_heard_s = DUE_S[IS_LAST_HALF & ~pairs]
    none = measure(notes_at(DUE_S[pairs], 1.2), pipeline, Exercise())
    assert none.metrics[MetricKey.SD_IOI].reason == NOTES_MISSING
    assert none.metrics[MetricKey.CORRECTED_SD_IOI].reason == NOTES_MISSING
    heard_click = measure(
        notes_at(DUE_S[pairs], 1.2), pipeline, Exercise(), is_metronome_heard=True
    )
    assert heard_click.hearing.take is None


def swelling(n_notes: int) -> FloatArray:
    """Notes of which the second half is hidden in noise."""
    rng = np.random.default_rng(4)
    sound = rng.normal(0.0, 1e-4, round((0.5 + 0.25 * n_notes) * RATE_HZ))
    time_s = np.arange(round(0.22 * RATE_HZ)) / RATE_HZ
    for number in range(n_notes):
        tone = np.sin(2 * np.pi * 300.0 * 2 ** (number % 7 / 6) * time_s) * np.exp(-9.0 * time_s)
        at = round((0.4 + 0.25 * number) * RATE_HZ)
        sound[at : at + tone.size] += (0.2 if number < n_notes // 2 else 0.01) * tone
    half = sound.size // 2
    sound[half:] += 0.01 * rng.normal(0.0, 1.0, sound.size - half)
    return sound


def test_what_is_half_heard_is_evidence_and_no_event() -> None:
    sound = swelling(40).astype(np.float32)
    strict = replace(load_instrument("guitar"), detector=DetectorConfig(confirmed=0.95))
    pipeline = NotePipeline(RATE_HZ, strict, is_pitch_wanted=False)
    output = pipeline.run([AudioBlock(sound, 0)])
    found = pipeline.evidence(output.notes)
    assert not np.any(output.events["kind"] == OnsetKind.HALF_HEARD)
    assert found.half_heard_s.size > 2
    assert np.all(found.half_heard_strength < 1.0)
    assert np.all(found.half_heard_strength > 0.0)
    late = pipeline.evidence(output.notes, 5.0)
    np.testing.assert_array_equal(late.onset_s, found.onset_s[found.onset_s >= 5.0])
    np.testing.assert_allclose(late.level_db[10:], found.level_db[1010:])
    pipeline.reset()
    assert pipeline.evidence(output.notes[:0]).half_heard_s.size == 0


def test_detected_onsets_say_how_complete_they_are() -> None:
    onsets = practiceear.detect_onsets(swelling(40), RATE_HZ, "guitar")
    assert isinstance(onsets, DetectedOnsets)
    assert onsets.hearing.take is not None
    assert onsets.hearing.take.n_heard == len(onsets)
    first = onsets[:3]
    assert isinstance(first, DetectedOnsets)
    assert first.hearing == onsets.hearing
    assert practiceear.detect_onsets(np.zeros(RATE_HZ), RATE_HZ).hearing.take is None
