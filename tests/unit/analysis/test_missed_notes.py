"""Missed notes are noticed by the attacks that no note was heard at."""

from __future__ import annotations

import numpy as np
import pytest

from practiceear.analysis.missed_notes import are_notes_missed
from practiceear.audio.blocks import AudioBlock
from practiceear.notes.tracker import NOTE, NoteArray
from practiceear.units import FloatArray

RATE_HZ = 44100


def plucked(onset_s: FloatArray) -> list[AudioBlock]:
    sound = np.random.default_rng(1).normal(0.0, 1e-4, round((onset_s[-1] + 1.0) * RATE_HZ))
    time_s = np.arange(round(0.25 * RATE_HZ)) / RATE_HZ
    note = 0.3 * np.sin(2 * np.pi * 440.0 * time_s) * np.exp(-25.0 * time_s)
    for at in np.round(onset_s * RATE_HZ).astype(int):
        sound[at : at + note.size] += note
    samples = sound.astype(np.float32)
    return [AudioBlock(samples[at : at + 1000], at) for at in range(0, samples.size, 1000)]


def notes_at(onset_s: FloatArray, strength: float = 2.4) -> NoteArray:
    notes = np.zeros(onset_s.size, dtype=NOTE)
    notes["onset_sample"], notes["strength"] = np.round(onset_s * RATE_HZ), strength
    return notes


DUE_S = 0.5 + 0.36 * np.arange(48.0)


@pytest.mark.parametrize("recall", [0.23, 0.4, 0.6])
def test_missed_attacks_are_noticed(recall: float) -> None:
    is_heard = np.random.default_rng(3).random(48) < recall
    is_heard[[0, -1]] = True
    assert are_notes_missed(plucked(DUE_S), RATE_HZ, notes_at(DUE_S[is_heard]))


@pytest.mark.parametrize("n_missed", [0, 3])
def test_a_take_that_was_heard_well_is_not_doubted(n_missed: int) -> None:
    kept = np.delete(DUE_S, np.arange(5, 5 + 7 * n_missed, 7))
    assert not are_notes_missed(plucked(DUE_S), RATE_HZ, notes_at(kept))


def test_weak_onsets_make_it_likelier() -> None:
    kept = np.delete(DUE_S, np.arange(2, 47, 4))
    assert not are_notes_missed(plucked(DUE_S), RATE_HZ, notes_at(kept, 2.4))
    assert are_notes_missed(plucked(DUE_S), RATE_HZ, notes_at(kept, 1.2))


def test_talk_and_applause_are_no_missed_notes() -> None:
    played = np.concatenate((DUE_S[8:20], DUE_S[36:44]))
    left_out_s = [(float(DUE_S[22]), float(DUE_S[33]))]
    assert not are_notes_missed(plucked(DUE_S), RATE_HZ, notes_at(played), left_out_s)
    assert are_notes_missed(plucked(DUE_S), RATE_HZ, notes_at(played))


def test_where_nothing_was_heard_there_is_nothing_to_add() -> None:
    assert not are_notes_missed(plucked(DUE_S), RATE_HZ, notes_at(np.zeros(0)))
