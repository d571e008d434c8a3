"""A live session without a sound card: the same path, a virtual player at its end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from practiceear.analysis.missed_notes import Evidence
from practiceear.analysis.pipeline import NotePipeline, PipelineOutput
from practiceear.analysis.review import review_take
from practiceear.analysis.snapshot import GAIN_MOVED
from practiceear.audio.blocks import AudioBlock, Samples
from practiceear.audio.shared_buffer import SharedAudioBuffer
from practiceear.audio.take_writer import TakeWriter
from practiceear.audio.takefile import TakeArray, TakeFile
from practiceear.audio.virtual_player import VirtualPlayer
from practiceear.instruments.registry import load_instrument
from practiceear.live.finished_take import measure_live
from practiceear.live.opening import open_demo
from practiceear.live.pipeline import LivePlan
from practiceear.live.session import LiveSession
from practiceear.live.snapshot import LivePhase, NoteState
from practiceear.live.status import take_snapshot
from practiceear.metrics.catalogue import MetricKey
from practiceear.metronome.click import click_sounds
from practiceear.metronome.program import GapClick, MetronomeProgram, TempoChange
from practiceear.notes.tracker import NoteArray
from practiceear.reports.words import recording_remarks
from practiceear.settings import Exercise, LiveOptions
from tests.support.gain import gain_controlled, with_pauses
from tests.support.jack import wait_until
from tests.support.sounds import take as plucked_take

RATE_HZ = 44100


def _session(
    take: Samples,
    bleed: Samples | None = None,
    lag_s: float | None = None,
    writer: TakeWriter | None = None,
    **options: object,
) -> LiveSession:
    exchange = SharedAudioBuffer(RATE_HZ, click_sounds(RATE_HZ), is_patient=True)
    player = VirtualPlayer(exchange, take, name="test", is_real_time=False, bleed=bleed)
    chosen = LiveOptions(**options)  # type: ignore[arg-type]
    return LiveSession(player, LivePlan(load_instrument("guitar"), chosen, lag_s, writer))


def _played(session: LiveSession) -> LiveSession:
    session.start()
    assert session.join(60)
    session.close()
    return session


def _plucks(times_s: np.ndarray, length_s: float) -> Samples:
    return plucked_take(list(times_s), length_s, RATE_HZ)


def test_demo_live_is_the_demo_reviewed(tmp_path: Path) -> None:
    session = _played(open_demo(is_real_time=False))
    assert session.snapshot().phase is LivePhase.FINISHED
    review = measure_live(session, "demo")
    from practiceear.fixtures.fixture import demo_take

    with demo_take() as fixture:
        take = TakeFile(fixture.take_path)
        reviewed = review_take(take, take, session.plan.profile, fixture.exercise)
    assert len(review.snapshot.notes) == len(reviewed.snapshot.notes)
    for key in (MetricKey.SD_IOI, MetricKey.DEVIATION_SPREAD, MetricKey.LOUDNESS_SD):
        live, recorded = review.snapshot.metrics[key], reviewed.snapshot.metrics[key]
        assert live.n == recorded.n
        assert live.value == pytest.approx(recorded.value, rel=0.02)


def test_recorded_take_gives_the_very_same_notes(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    take = _plucks(2.5 + 0.3 * np.arange(40) + rng.normal(0, 0.01, 40), 16.0)
    writer = TakeWriter(tmp_path / "take.flac", RATE_HZ)
    session = _played(_session(take, writer=writer))
    recorded = TakeFile(writer.path)
    reviewed = review_take(recorded, recorded, session.plan.profile, Exercise())
    live = session.notes()["onset_sample"]
    assert len(live) == 40
    assert np.max(np.abs(live - reviewed.snapshot.notes["onset_sample"])) <= 1


def test_click_in_the_room_changes_no_note() -> None:
    program = MetronomeProgram(100, n_count_in_bars=1)
    beat = 0.6
    due = 0.5 + 4 * beat + beat * np.arange(24)
    take = _plucks(due + 0.004, 20.0)
    room = np.zeros(4000, np.float32)
    room[700] = 0.2
    room[900:4000] = (
        0.02 * np.random.default_rng(0).normal(size=3100) * np.exp(-np.arange(3100) / 900)
    )
    dry = _played(_session(take, program=program))
    wet = _played(_session(take, program=program, bleed=room))
    assert len(dry.notes()) == len(wet.notes()) == 24
    moved = np.abs(dry.notes()["onset_sample"] - wet.notes()["onset_sample"])
    assert np.max(moved) <= 0.002 * RATE_HZ
    assert np.mean(moved) <= 0.0002 * RATE_HZ
    lag_s = wet.pipeline.lag_s()
    assert lag_s is not None
    assert lag_s == pytest.approx((256 + 700) / RATE_HZ, abs=0.001)
    assert dry.pipeline.lag_s() is None


def test_nobody_plays_and_no_note_is_heard() -> None:
    room = np.zeros(1200, np.float32)
    room[700] = 0.3
    session = _session(
        np.zeros(0, np.float32), bleed=room, program=MetronomeProgram(120), ends_by_itself=False
    )
    session.start()
    wait_until(lambda: session.snapshot().elapsed_s >= 60)
    session.stop()
    session.join(10)
    session.close()
    assert len(session.notes()) == 0


def test_early_and_late_are_known_only_with_a_lag() -> None:
    due = 0.5 + 4 * 0.5 + 0.5 * np.arange(20)
    take = _plucks(due + 0.02, 14.0)
    uncalibrated = _played(_session(take, program=MetronomeProgram(120)))
    assert not uncalibrated.snapshot().is_calibrated
    bias = measure_live(uncalibrated, "x").snapshot.metrics[MetricKey.DEVIATION_BIAS]
    assert bias.is_unavailable
    calibrated = _played(_session(take, program=MetronomeProgram(120), lag_s=0.0))
    known = measure_live(calibrated, "x").snapshot.metrics[MetricKey.DEVIATION_BIAS]
    assert known.value == pytest.approx(0.02, abs=0.004)
    # The click was not heard: the calibration may have moved a little since.
    assert known.detector_error > calibrated.plan.profile.detector_error.bias_s
    for session, centre_s in ((calibrated, 0.02), (uncalibrated, 0.0)):
        confirmed = [n for n in session.snapshot().notes if n.state is NoteState.CONFIRMED]
        deviations_s = np.array([note.deviation_s for note in confirmed[8:20]])
        assert np.median(deviations_s) == pytest.approx(centre_s, abs=0.004)


def test_ends_after_silence_but_not_in_a_rest() -> None:
    due = 0.5 + 4 * 0.5 + 0.5 * np.array([0, 1, 2, 3, 4, 5, 6, 7, 14, 15, 16])  # 3 s of rest
    session = _played(_session(_plucks(due, 16.0), program=MetronomeProgram(120)))
    assert len(session.notes()) == 11
    assert 13 < session.snapshot().elapsed_s < 17


def test_silent_bars_are_told_apart() -> None:
    program = MetronomeProgram(240, gap=GapClick(1, 1))
    rng = np.random.default_rng(5)
    beats = np.arange(160)
    start_s = 0.5 + 4 * 0.25
    scatter = np.where((beats // 4) % 2 == 0, 0.004, 0.02)
    take = _plucks(start_s + 0.25 * beats + rng.normal(0, 1, 160) * scatter, 46.0)
    review = measure_live(_played(_session(take, program=program, lag_s=0.0)), "x")
    assert review.with_click is not None
    assert review.without_click is not None
    assert review.with_click.value < 0.010 < review.without_click.value


def test_every_tempo_is_measured_by_itself() -> None:
    program = MetronomeProgram(120, tempo_change=TempoChange("ramp", 4, 150.0, 30.0))
    start_s = 0.5 + 4 * 0.5
    slow = start_s + 0.5 * np.arange(16)
    fast = start_s + 8.0 + 0.4 * np.arange(32)
    take = _plucks(np.concatenate([slow, fast]), 28.0)
    review = measure_live(_played(_session(take, program=program, lag_s=0.0)), "x")
    assert [one.bpm for one in review.tempos] == [120.0, 150.0]
    assert [len(one.snapshot.notes) for one in review.tempos] == [16, 32]
    assert len(review.snapshot.notes) == 48
    assert review.snapshot.alignment is not None
    assert review.snapshot.alignment.n_matched == 48
    for one in review.tempos:
        assert one.snapshot.metrics[MetricKey.DEVIATION_SPREAD].value < 0.004


def test_a_stream_that_stops_keeps_what_was_played() -> None:
    due = 0.5 + 0.4 * np.arange(12)
    session = _session(_plucks(due, 6.0), ends_by_itself=False)
    session.start()
    wait_until(lambda: session.snapshot().elapsed_s >= 5.5)
    session.stream.close()
    assert session.join(10)
    assert session.snapshot().phase is LivePhase.FAILED
    assert "unplugged" in session.snapshot().warning
    assert len(session.notes()) == 12


def test_demo_program_is_what_the_take_was_played_to() -> None:
    from practiceear.fixtures.fixture import demo_take
    from practiceear.settings import DEMO_PROGRAM

    with demo_take() as fixture:
        exercise = fixture.exercise
    assert DEMO_PROGRAM.bpm == exercise.bpm
    assert DEMO_PROGRAM.meter == exercise.meter
    assert DEMO_PROGRAM.subdivision == exercise.subdivision


def test_a_rest_is_as_long_as_the_present_tempo_makes_it() -> None:
    program = MetronomeProgram(120, tempo_change=TempoChange("alternate", 2, 40.0))
    start_s = 0.5 + 4 * 0.5
    fast = start_s + 0.5 * np.arange(8)
    slow = start_s + 4.0 + 1.5 * np.array([0, 1, 2, 3, 7])  # a bar of rest but for its last beat
    take = _plucks(np.concatenate([fast, slow]), 20.0)
    assert len(_played(_session(take, program=program, lag_s=0.0)).notes()) == 13


def test_the_tempos_share_out_all_notes_once() -> None:
    program = MetronomeProgram(60, tempo_change=TempoChange("alternate", 1, 180.0))
    start_s = 0.5 + 4.0
    bars_s = start_s + np.cumsum([0.0, 4.0, 4 / 3, 4.0, 4 / 3])
    due = np.concatenate(
        [bar + np.arange(4) * beat for bar, beat in zip(bars_s, [1, 1 / 3] * 3, strict=False)]
    )
    review = measure_live(
        _played(_session(_plucks(due, due[-1] + 3), program=program, lag_s=0.0)), "x"
    )
    assert sum(len(one.snapshot.notes) for one in review.tempos) == len(due)
    assert [one.bpm for one in review.tempos] == [60.0, 180.0, 60.0, 180.0, 60.0]


def test_playing_along_with_the_count_in_is_not_counted() -> None:
    due = 0.5 + 0.5 * np.arange(16)  # four of them in the count-in
    session = _played(_session(_plucks(due, 12.0), program=MetronomeProgram(120), lag_s=0.0))
    assert len(session.notes()) == 13  # its last beat may be an upbeat
    assert session.snapshot().n_notes == 13


def test_a_take_with_the_click_in_the_room_ends_as_soon_as_one_without() -> None:
    due = 0.5 + 4 * 0.5 + 0.5 * np.arange(12)
    room = np.zeros(800, np.float32)
    room[700] = 0.2
    ends_s = [
        _played(_session(_plucks(due, 16.0), program=MetronomeProgram(120), bleed=bleed))
        .snapshot()
        .elapsed_s
        for bleed in (None, room)
    ]
    assert abs(ends_s[0] - ends_s[1]) < 1.0


def test_a_fault_ends_the_take_and_keeps_what_was_heard() -> None:
    due = 0.5 + 0.4 * np.arange(12)
    session = _session(_plucks(due, 8.0))
    hear = session.note_pipeline.push

    def break_down(block: AudioBlock) -> PipelineOutput:
        if block.first_sample > 4 * RATE_HZ:
            raise RuntimeError("broken")
        return hear(block)

    session.note_pipeline.push = break_down  # type: ignore[method-assign]
    session.start()
    assert session.join(30)
    session.close()
    assert session.snapshot().phase is LivePhase.FAILED
    assert "broken" in session.snapshot().warning
    assert len(session.notes()) >= 7


def test_gain_control_is_warned_of_and_levels_are_withheld_live_and_from_the_file() -> None:
    phrase = _plucks(np.arange(0.2, 4.2, 0.5), 4.5)
    paused = with_pauses(phrase, RATE_HZ, pause_s=2.0, room_dbfs=-60.0)
    moved = gain_controlled(paused, RATE_HZ, 8.0)
    for take, is_moved in ((paused, False), (moved, True)):
        session = _played(_session(take))
        assert ("automatic gain" in session.snapshot().warning) is is_moved
        array: Any = TakeArray(take, RATE_HZ)  # has no path; its name is given
        reviews = (
            measure_live(session, "x"),
            review_take(array, array, session.plan.profile, Exercise(), name="x"),
        )
        for review in reviews:
            assert review.health.is_gain_controlled is is_moved
            assert any("automatic gain" in one for one in recording_remarks(review)) is is_moved
            loudness = review.snapshot.metrics[MetricKey.LOUDNESS_SD]
            assert (loudness.reason == GAIN_MOVED) is is_moved
            assert not review.snapshot.metrics[MetricKey.SD_IOI].is_unavailable


def test_a_note_is_known_when_its_sound_came_not_when_the_ear_was_done() -> None:
    now_s = [100.0]
    came_s: dict[int, float] = {}
    exchange = SharedAudioBuffer(RATE_HZ, click_sounds(RATE_HZ), is_patient=True)
    take = _plucks(np.arange(0.5, 3.5, 0.5), 4.0)
    player = VirtualPlayer(exchange, take, name="test", is_real_time=False)
    plan = LivePlan(load_instrument("guitar"))
    session = LiveSession(player, plan, clock_s=lambda: now_s[0])
    push = session.note_pipeline.push

    def slow_push(block: AudioBlock) -> PipelineOutput:
        came_at_s = now_s[0]
        heard = push(block)
        now_s[0] += 1.0
        for onset_id in heard.events["onset_id"]:
            came_s.setdefault(int(onset_id), came_at_s)
        return heard

    session.note_pipeline.push = slow_push  # type: ignore[method-assign]
    notes = _played(session).snapshot().notes
    assert len(notes) == 6
    assert [note.known_at_s for note in notes] == [came_s[note.onset_id] for note in notes]


def test_a_session_says_that_it_is_missing_notes_while_it_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    times_s = np.arange(0.5, 18.0, 0.25)
    is_faint = (times_s > 4.0) & (times_s < 10.0) & (np.arange(times_s.size) % 3 != 0)
    sound = _plucks(times_s, 18.5)
    session = _session(sound)
    pipeline = session.pipeline

    def evidence(notes: NoteArray, from_s: float = 0.0) -> Evidence:
        """Two of three notes of six seconds are half heard only, the others hardly."""
        heard = NotePipeline.evidence(session.note_pipeline, notes, from_s)
        onset_s, faint_s = heard.onset_s, times_s[is_faint & (times_s < pipeline.now_s)]
        off_s = np.abs(onset_s[:, np.newaxis] - times_s[is_faint])
        onset_s = onset_s[np.min(off_s, axis=1, initial=9.0) > 0.1]
        return replace(
            heard,
            onset_s=onset_s,
            strength=np.where((onset_s > 4.0) & (onset_s < 10.0), 1.2, 2.5),
            half_heard_s=faint_s,
            half_heard_strength=np.full(faint_s.size, 0.9),
        )

    monkeypatch.setattr(session.note_pipeline, "evidence", evidence)
    is_told = {}
    for at in range(0, sound.size, 4410):
        pipeline.push(AudioBlock(sound[at : at + 4410], at))
        pipeline.advance()
        warning = take_snapshot(pipeline, pipeline.phase, "").warning
        is_told[round(pipeline.now_s, 1)] = warning.startswith("I am probably missing notes")
    session.close()
    assert not any(is_told[at_s] for at_s in (2.5, 4.0))
    assert is_told[10.0]
    assert not is_told[18.4]
