"""Notes that somebody put in, or played to a click, are measured whatever their rhythm."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from practiceear.analysis.corrections.apply import PlacedMarks
from practiceear.analysis.corrections.edits import Mark, MarkEdit, TakeEdits
from practiceear.analysis.review import TakeReview, review_take
from practiceear.audio.shared_buffer import SharedAudioBuffer
from practiceear.audio.takefile import TakeFile
from practiceear.audio.virtual_player import VirtualPlayer
from practiceear.instruments.registry import load_instrument
from practiceear.live.finished_take import measure_live
from practiceear.live.pipeline import LivePlan
from practiceear.live.session import LiveSession
from practiceear.metronome.click import click_sounds
from practiceear.metronome.program import MetronomeProgram
from practiceear.settings import Exercise, LiveOptions
from practiceear.units import FloatArray
from tests.support.sounds import take as plucked

RATE_HZ = 44100
GUITAR = load_instrument("guitar")
SHA256 = "0" * 64
NOISES_S = np.array([0.595, 1.114, 1.765, 2.29, 2.71])
PLAYED_S = 4.0 + 0.3 * np.arange(24) + np.random.default_rng(3).normal(0.0, 0.005, 24)

Edit = TakeEdits | PlacedMarks
Reviewed = Callable[[Edit | None], TakeReview]


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> Reviewed:
    path: Path = tmp_path_factory.mktemp("takes") / "take.wav"
    onset_s = np.concatenate((NOISES_S, PLAYED_S))
    soundfile.write(path, plucked(onset_s.tolist(), 12.0, RATE_HZ), RATE_HZ)

    def review(edits: Edit | None) -> TakeReview:
        take = TakeFile(path)
        return review_take(take, take, GUITAR, Exercise(100.0), edits=edits)

    return review


@pytest.fixture(scope="module")
def plain(reviewed: Reviewed) -> TakeReview:
    review = reviewed(None)
    assert len(review.snapshot.notes) == PLAYED_S.size
    assert review.snapshot.left_out_onset_s == pytest.approx(NOISES_S, abs=0.01)
    return review


def has_note_at(review: TakeReview, time_s: float) -> bool:
    return bool(np.min(np.abs(review.snapshot.onset_s - time_s)) < 0.002)


def test_marks_that_a_hand_puts_among_noises_count_and_the_noises_stay_left_out(
    reviewed: Reviewed, plain: TakeReview
) -> None:
    added_s, noises_s = 1.42, plain.snapshot.left_out_onset_s
    moved_s = (float(noises_s[2]), float(noises_s[2]) + 0.012)
    marks = (Mark(MarkEdit.ADD, added_s), Mark(MarkEdit.MOVE, *moved_s))
    corrected = reviewed(TakeEdits("take.wav", SHA256, marks, ()))
    assert not has_note_at(plain, added_s)
    assert has_note_at(corrected, added_s)
    assert has_note_at(corrected, moved_s[1])
    assert len(corrected.snapshot.notes) == len(plain.snapshot.notes) + 2
    assert corrected.snapshot.left_out_onset_s == pytest.approx(np.delete(noises_s, 2), abs=1e-6)
    assert len(corrected.snapshot.left_out_s) == 2  # before the marks and after them


def test_all_of_a_whole_list_of_marks_counts(reviewed: Reviewed, plain: TakeReview) -> None:
    shown = plain.snapshot
    every_s = np.sort(np.concatenate((shown.onset_s, shown.left_out_onset_s)))
    marks = PlacedMarks("labels.txt", "take.wav", SHA256, tuple(every_s.tolist()))
    snapshot = reviewed(marks).snapshot
    assert snapshot.onset_s == pytest.approx(every_s, abs=1e-4)
    assert snapshot.left_out_s == ()
    assert snapshot.left_out_onset_s.size == 0


def live(onset_s: FloatArray, length_s: float) -> tuple[int, TakeReview]:
    exchange = SharedAudioBuffer(RATE_HZ, click_sounds(RATE_HZ), is_patient=True)
    sound = plucked(onset_s.tolist(), length_s, RATE_HZ)
    player = VirtualPlayer(exchange, sound, name="test", is_real_time=False)
    session = LiveSession(
        player, LivePlan(GUITAR, LiveOptions(program=MetronomeProgram(100)), lag_s=0.0)
    )
    session.start()
    assert session.join(60)
    session.close()
    return session.snapshot().n_notes, measure_live(session, "x")


def test_the_summary_of_a_take_to_a_click_counts_the_notes_that_were_shown() -> None:
    first_s = 0.5 + 4 * 0.6
    in_time_s = first_s + 0.6 * np.arange(16)
    lost_s = first_s + 0.6 * 18 + np.array([0.11, 0.58, 0.91, 1.64, 1.98])  # and then all at sea
    n_shown, review = live(np.concatenate((in_time_s, lost_s)), 22.0)
    assert n_shown == 21
    assert len(review.snapshot.notes) == n_shown
    assert review.snapshot.left_out_s == ()
