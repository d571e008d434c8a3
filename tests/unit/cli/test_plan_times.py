"""The times that ``plan`` prints are those that a session lasts, played as its steps say."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import pytest

from practiceear.analysis.review import TakeReview
from practiceear.cli.plain_practise import DemoClock, PlainPractice
from practiceear.cli.plan_lines import plan_lines
from practiceear.journal.records import Moment, SessionKind, SessionRecord
from practiceear.live.snapshot import LiveNote, LivePhase, LiveSnapshot, NoteState
from practiceear.practice.drill import Drill, built_in_drills
from practiceear.practice.plan import read_plan
from practiceear.practice.schedule import todays_steps
from practiceear.practice.session_limits import PastPractice, due_assessment
from practiceear.practice.session_run import SessionRun
from practiceear.practice.session_writer import JournaledSession, SessionWriter
from practiceear.practice.steps import FREE_NOTES
from practiceear.settings import LiveOptions
from tests.tui.fake_backend import FakeBackend, FakePlayer, described, reviewed

TODAY = date(2026, 3, 5)
STEP_S = 0.2
HEAD = """
name = "Times"
author = "R. Meyer"
instrument = "violin"
"""
SCALE = """
[[drill]]
name = "g-major-violin"
bpm = 60
"""
FINGERS = """
[[drill]]
name = "fingers-1-2-violin"
bpm = 66
runs = 8
"""
BASELINE = """
[assessment]
drill = "g-major-violin"
bpm = 60
runs = 5
"""
PLANS = {
    "one drill": HEAD + SCALE + "runs = 15\n",
    "short breaths": HEAD + "[rest]\nbreath_seconds = 1\n" + SCALE + "runs = 20\n",
    "two drills, baseline": HEAD + SCALE + "runs = 10\n" + FINGERS + BASELINE,
    "rests, rehearsals, a performance": "performance = true\nsilent_rehearsal = true\n"
    + HEAD
    + "[rest]\nshort_after_minutes = 5\nshort_minutes = 1\n"
    + SCALE
    + "runs = 20\n",
    "any pitch": HEAD + '[[drill]]\nname = "repeated-notes"\nbpm = 80\nruns = 12\n',
}


@dataclass
class PunctualPlayer(FakePlayer):
    """Comes in after the count-in and plays its notes in time; every look is a moment later."""

    setup: LiveOptions
    n_notes: int
    elapsed_s: float = 0.0
    is_stopped: bool = False
    problem: str = ""
    deeds: list[str] = field(default_factory=list)

    def start(self) -> None:
        program = self.setup.program
        assert program is not None
        beat_s = 60.0 / program.bpm
        self.bar_s = program.meter.n_beats * beat_s
        slot_s = beat_s / program.subdivision.n_slots
        self.onsets_s = [self.bar_s + k * slot_s for k in range(self.n_notes)]

    def snapshot(self) -> LiveSnapshot:
        self.elapsed_s += 0.0 if self.is_stopped else STEP_S
        is_silent = self.elapsed_s - self.onsets_s[-1] > max(3.0, 2.0 * self.bar_s)
        phase = LivePhase.PLAYING if self.elapsed_s > self.bar_s else LivePhase.COUNT_IN
        notes = tuple(
            LiveNote(k, onset_s, NoteState.CONFIRMED, 0.0, -20.0)
            for k, onset_s in enumerate(self.onsets_s)
            if onset_s <= self.elapsed_s
        )
        return LiveSnapshot(
            phase=LivePhase.FINISHED if self.is_stopped or is_silent else phase,
            elapsed_s=self.elapsed_s,
            notes=notes[-8:],
            n_notes=len(notes),
        )

    def stop(self) -> None:
        self.is_stopped = True

    def close(self) -> None:
        self.is_stopped = True

    def summary(self) -> TakeReview:
        return replace(reviewed(self.onsets_s), duration_s=self.elapsed_s)


@dataclass
class PunctualStudio(FakeBackend):
    """Its players know the notes of the drill whose subdivision is asked for."""

    drills: tuple[Drill, ...] = ()

    def new_player(self, setup: LiveOptions) -> FakePlayer:
        slots = setup.program.subdivision if setup.program is not None else None
        (drill,) = [one for one in self.drills if one.subdivision == slots]
        return PunctualPlayer(setup, len(drill.notes) or FREE_NOTES)


def printed_s(lines: list[str]) -> float:
    """When the last step is over: its beginning and its length."""
    steps = [re.match(r" *(\d+):(\d\d) +(\d+\.\d)  ", line) for line in lines]
    minutes, seconds, length_min = [one for one in steps if one is not None][-1].groups()
    return 60.0 * int(minutes) + int(seconds) + 60.0 * float(length_min)


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("n_sessions", [0, 9])
def test_a_session_lasts_as_long_as_its_plan_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, n_sessions: int
) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(PLANS[name], encoding="utf-8")
    plan = read_plan(path, built_in_drills())
    drills = tuple(one.drill for one in plan.drills)
    due = None if plan.assessment is None else due_assessment((), None, (), TODAY)
    past = PastPractice(n_sessions={one.name: n_sessions for one in drills}, due=due)
    steps = todays_steps(plan, TODAY, is_assessment_due=past.due is not None, past=past)
    monkeypatch.setattr("sys.stdin", io.StringIO("0\n" * 20))
    monkeypatch.setattr("time.sleep", lambda _time_s: None)
    clock = DemoClock()
    writer = SessionWriter(tmp_path, SessionRecord(Moment.now(), SessionKind.PLAN))
    try:
        kept = JournaledSession(SessionRun(plan, steps, past), writer)
        backend = PunctualStudio(drills=drills)
        said = list(PlainPractice(kept, backend, LiveOptions("violin"), described, clock).lines())
    finally:
        writer.close()
    assert said[-1] == "The session is done."
    shown = list(plan_lines(plan, steps, past, TODAY))
    assert printed_s(shown) == pytest.approx(clock.now_s(), rel=0.05)
