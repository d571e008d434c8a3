"""Practice in lines, without a sound card and without waiting: what is said, and when."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest

from practiceear.cli import line_input
from practiceear.cli.line_input import TypedLines
from practiceear.cli.plain_practise import DemoClock, PlainPractice
from practiceear.errors import DeviceError
from practiceear.journal.connection import open_journal
from practiceear.journal.reading import list_takes, remarks_of
from practiceear.journal.records import Moment, RemarkKind, SessionKind, SessionRecord
from practiceear.practice.session_limits import PastPractice
from practiceear.practice.session_run import SessionRun
from practiceear.practice.session_writer import JournaledSession, SessionWriter
from practiceear.practice.steps import Step, StepKind
from practiceear.settings import LiveOptions
from tests.tui.fake_backend import FakeBackend, described
from tests.tui.practising import read

BPM = 64.0
BEAT_S = 60.0 / BPM
TITLE = "Imagine it now, silently: G major, two octaves, separate bows, 64 bpm."


def rehearsed(
    folder: Path, backend: FakeBackend, monkeypatch: pytest.MonkeyPatch, typed: str = ""
) -> list[tuple[float, str]]:
    """What is said in a session that is one rehearsal, and when."""
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    plan = read(folder)
    steps = (Step(StepKind.SILENT_REHEARSAL, 8.25 * BEAT_S, plan.drills[0].drill, BPM, 1),)
    record = SessionRecord(Moment.now(), SessionKind.PLAN, plan.name, plan.sha256)
    run = SessionRun(plan, steps, PastPractice(pains=(0.0,)))
    kept = JournaledSession(run, SessionWriter(folder, record))
    clock = DemoClock()
    practice = PlainPractice(kept, backend, LiveOptions("violin"), described, clock)
    while not practice._typed.is_closed:  # all keys are typed before it begins
        time.sleep(0.001)
    try:
        return [(clock.now_s(), line) for line in practice.lines()]
    finally:
        kept.writer.close()


def test_a_rehearsal_is_counted_in_and_its_bars_are_said_as_they_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = FakeBackend()
    said = rehearsed(tmp_path, backend, monkeypatch)
    assert [line for _, line in said[:-1]] == [TITLE, "Count-in.", "Bar 1.", "Bar 2.", "Bar 3."]
    first_s = 0.5  # as the backend's count-in says
    bars_s = [first_s + k * 4 * BEAT_S for k in range(4)]
    assert [at_s for at_s, _ in said[1:-1]] == pytest.approx(bars_s)
    ended_s, last_words = said[-1]
    assert ended_s == pytest.approx(first_s + 12.25 * BEAT_S)
    assert last_words == "The session is done."
    (setup,) = backend.counted_in
    assert setup.program is not None
    assert setup.program.bpm == BPM
    assert backend.count_ins[0].deeds == ["start", "close"]
    assert backend.players == []
    with open_journal(tmp_path) as journal:
        assert list_takes(journal) == []


@pytest.mark.parametrize(
    ("typed", "ends"),
    [("s\n", "The session is done."), ("\n", "The session is done."), ("q\n", "you ended")],
)
def test_a_rehearsal_can_be_left_out_and_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str, ends: str
) -> None:
    backend = FakeBackend()
    said = [line for _, line in rehearsed(tmp_path, backend, monkeypatch, typed)]
    assert said[0] == TITLE
    assert len(said) == 2
    assert ends in said[1]
    assert backend.count_ins[0].deeds == ["start", "close"]


def test_without_a_loudspeaker_the_bars_are_said_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = rehearsed(tmp_path, FakeBackend(has_loudspeaker=False), monkeypatch)
    assert said[1] == (0.0, "Count-in.")
    assert [line for _, line in said[2:5]] == ["Bar 1.", "Bar 2.", "Bar 3."]


def test_a_loudspeaker_that_refuses_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reason = DeviceError("Headphones is busy", "Choose another one")
    said = rehearsed(tmp_path, FakeBackend(count_in_refusal=reason), monkeypatch)
    assert said[1][1].startswith("Note: The count-in is only seen: Headphones is busy")
    assert said[2] == (0.0, "Count-in.")


def asked(
    folder: Path, monkeypatch: pytest.MonkeyPatch, typed: str, past: PastPractice | None = None
) -> tuple[list[str], list[tuple[RemarkKind, float | None, str]], int]:
    """What is said in a session of one run and a question, what is kept, and how many runs began.

    The run is not played: it is left out by the first s that is typed.
    """
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    plan, backend = read(folder), FakeBackend()
    one = plan.drills[0]
    steps = (Step(StepKind.SILENT_REHEARSAL, 8.0, one.drill, BPM, 1), Step(StepKind.ASK, 10.0))
    record = SessionRecord(Moment.now(), SessionKind.PLAN, plan.name, plan.sha256)
    kept = JournaledSession(SessionRun(plan, steps, past), SessionWriter(folder, record))
    practice = PlainPractice(kept, backend, LiveOptions("violin"), described, DemoClock())
    while not practice._typed.is_closed:
        time.sleep(0.001)
    try:
        said = list(practice.lines())
    finally:
        kept.writer.close()
    with open_journal(folder) as journal:
        found = remarks_of(journal, session_id=1)
    return said, [(one.kind, one.number, one.text) for one in found], len(backend.counted_in)


@pytest.mark.parametrize(
    "wrong", ["7/10", "11", "-1", "eleven", "", "a", "p", "r", "nan", "7 of 10", "1e1"]
)
def test_what_is_no_answer_begins_nothing_and_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    said, kept, n_begun = asked(tmp_path, monkeypatch, f"{wrong}\n{wrong}\nq\n")
    assert n_begun == 0
    again = "Type a number from 0 to 10, then Enter; s and Enter skip this question."
    assert sum(again in one for one in said) == 2
    assert said[-1] == "The session is over: you ended the session."
    assert kept == [(RemarkKind.STOP, None, "player")]


@pytest.mark.parametrize(("typed", "number"), [("7/10\n1.5", 1.5), ("eleven\n2", 2.0), ("0", 0.0)])
def test_the_first_answer_that_can_be_read_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str, number: float
) -> None:
    _, kept, n_begun = asked(tmp_path, monkeypatch, f"{typed}\nq\n")
    assert n_begun == 1
    assert kept == [(RemarkKind.PAIN, number, ""), (RemarkKind.STOP, None, "player")]


def test_ten_at_the_door_stops_and_is_kept_though_nothing_was_played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, kept, n_begun = asked(tmp_path, monkeypatch, "10\n")
    assert n_begun == 0
    assert "tell R. Meyer" in said[-1]
    assert kept == [(RemarkKind.PAIN, 10.0, ""), (RemarkKind.STOP, None, "pain")]


@pytest.mark.parametrize("typed", ["", "7/10\n", "eleven\n11\n"])
def test_where_nobody_can_answer_nothing_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    said, kept, n_begun = asked(tmp_path, monkeypatch, typed)
    assert n_begun == 0
    assert "nobody answered" in said[-1]
    assert kept == [(RemarkKind.STOP, None, "no answer")]


def test_what_was_said_of_effort_is_kept_where_the_session_is_ended_at_the_next_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    past = PastPractice(pains=(0.0,))
    _, kept, _ = asked(tmp_path, monkeypatch, "s\n9\nq\n", past)
    assert kept == [(RemarkKind.EFFORT, 9.0, ""), (RemarkKind.STOP, None, "player")]


def test_what_was_said_of_effort_is_kept_where_ctrl_c_ends_the_next_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = iter(["9"])

    def typed_line(_typed: TypedLines) -> str:
        for line in lines:
            return line
        raise KeyboardInterrupt

    monkeypatch.setattr(line_input, "_wait_for_line", typed_line)
    with pytest.raises(KeyboardInterrupt):
        asked(tmp_path, monkeypatch, "s\n", PastPractice(pains=(0.0,)))
    with open_journal(tmp_path) as journal:
        (said,) = remarks_of(journal, session_id=1)
    assert (said.kind, said.number) == (RemarkKind.EFFORT, 9.0)


def test_a_rest_of_the_plan_cannot_be_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("s\ns\nq\n"))
    plan = read(tmp_path)
    rest = Step(StepKind.REST, 300.0)
    last = Step(StepKind.DRILL, 20.0, plan.drills[0].drill, BPM, 1, plan.drills[0])
    run = SessionRun(plan, (rest, last), PastPractice(pains=(0.0,)))
    record = SessionRecord(Moment.now(), SessionKind.PLAN)
    kept = JournaledSession(run, SessionWriter(tmp_path, record))
    practice = PlainPractice(kept, FakeBackend(), LiveOptions("violin"), described, DemoClock())
    while not practice._typed.is_closed:
        time.sleep(0.001)
    try:
        said = list(practice.lines())
    finally:
        kept.writer.close()
    assert said.count("This rest cannot be left out; q ends the session.") == 2
    assert said[-1] == "The session is over: you ended the session."
