"""From sessions that are played to the page that is printed: every section gets there."""

from __future__ import annotations

import dataclasses
import itertools
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median

import pytest

from practiceear.journal.connection import open_journal
from practiceear.journal.reading import TakeFilter, measured_takes
from practiceear.journal.records import Moment, SessionKind, SessionRecord
from practiceear.metrics.catalogue import MetricKey
from practiceear.practice.drill import load_drills
from practiceear.practice.instructions import Play, RunEnded
from practiceear.practice.plan import PracticePlan, read_plan
from practiceear.practice.progress import Progress, read_progress
from practiceear.practice.read_past import read_past
from practiceear.practice.schedule import todays_steps
from practiceear.practice.session_run import SessionRun
from practiceear.practice.session_writer import JournaledSession, SessionWriter
from practiceear.reports.progress_lines import progress_lines
from practiceear.reports.progress_page import progress_page
from tests.unit.analysis.test_compare import heard
from tests.unit.journal.made_up import played
from tests.unit.practice.simulated_players import SimulatedPlayer

DRILL = "c-major-right-hand"
PLAN = f"""
name = "Back to the piano"
author = "Dr Hand"
instrument = "piano"
[[drill]]
name = "{DRILL}"
bpm = 72
runs = 2
[assessment]
drill = "{DRILL}"
bpm = 60
runs = 5
"""
BEGAN = datetime(2026, 3, 2, 17, tzinfo=UTC)
DAYS = (0, 1, 2, 28)
LAST_DAY = 29


def plan_in(folder: Path) -> PracticePlan:
    path = folder / "plan.toml"
    path.write_text(PLAN, encoding="utf-8")
    return read_plan(path, load_drills(folder / "none"))


def play_session(
    folder: Path, plan: PracticePlan, at: datetime, player: SimulatedPlayer, sd_s: float
) -> None:
    """A session as the app keeps it: its takes are measured, its answers written down."""
    with open_journal(folder) as journal:
        past = read_past(journal, plan, at)
    steps = todays_steps(plan, at.date(), is_assessment_due=past.due is not None, past=past)
    kind = SessionKind.PLAN if past.due is None else SessionKind.BASELINE
    record = SessionRecord(Moment.of(at), kind, plan.name, plan.sha256)
    kept = JournaledSession(SessionRun(plan, steps, past), SessionWriter(folder, record))
    now_s = 0.0
    for seed in itertools.count(1000 * at.day):
        if kept.run.is_over:
            break
        order = kept.run.now
        now_s, event = player.react(order, now_s)
        if isinstance(order, Play):
            kept.begin_take(order, "microphone", None, played(3))
            review = heard(seed, n_notes=29, sd_s=sd_s, ioi_s=15.0 / order.bpm, bpm=order.bpm)
            event = RunEnded(kept.end_take(order, review, "Even.", is_whole=True))
        kept.feed(event, now_s)
    kept.writer.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four days of a plan, a reassessment among them; on the last day pain allows no run."""
    folder = tmp_path_factory.mktemp("journal")
    plan = plan_in(folder)
    with pytest.MonkeyPatch.context() as patched:
        for day in (*DAYS, LAST_DAY):
            at = BEGAN + timedelta(days=day)
            patched.setattr(Moment, "now", lambda at=at: Moment.of(at))
            pain = 7.0 if day == LAST_DAY else 0.0
            player = SimulatedPlayer(pain_of_ask=lambda _ask, pain=pain: pain)  # type: ignore[misc]
            play_session(folder, plan, at, player, sd_s=0.012)
    return folder


@pytest.fixture(scope="module")
def found(folder: Path) -> Progress:
    with open_journal(folder) as journal:
        return read_progress(journal, (BEGAN + timedelta(days=LAST_DAY)).date())


def test_every_part_is_filled_by_what_was_played(found: Progress) -> None:
    empty = {one.name for one in dataclasses.fields(found) if not getattr(found, one.name)}
    assert empty == {"only_drill"}
    assert {60.0, 72.0} <= {one.bpm for one in found.drills}  # and that of warming up
    (assessed,) = found.assessed
    assert [len(stage) for stage in assessed.stages] == [1, 1]
    assert len(assessed.verdicts) == 1


@pytest.mark.parametrize("is_page", [True, False])
def test_every_section_is_printed(found: Progress, is_page: bool) -> None:
    said = progress_page(found) if is_page else "\n".join(progress_lines(found))
    for words in (
        "Pain stopped practice on 2026-03-31",  # the body
        f"{DRILL} at 72 (piano)",  # a drill and its trend
        f"Assessments of {DRILL} at 60 (piano)",
        "from the baseline",  # the verdict
        "days of assessment each time",  # what would tell more
        "at tempo costs",
        "the days before had ended" if "had ended" in said else "kept overnight",
        "Minutes of sound in each week",
        "2026-03-31",
    ):
        assert words in said
    first = said.index("Pain")
    assert first < said.index(DRILL)
    assert "7 of 10" in said[first : said.index(DRILL)]


def test_what_tempo_costs_is_the_unevenness_that_was_measured(
    found: Progress, folder: Path
) -> None:
    with open_journal(folder) as journal:
        takes = measured_takes(journal, MetricKey.CV_IOI, TakeFilter(drill=DRILL))
    page, lines = progress_page(found), "\n".join(progress_lines(found))
    for bpm in (60.0, 72.0):
        values = [one.measure.value for one in takes if one.bpm == bpm]
        percent = median(values)
        assert 4.0 < percent < 12.0  # jitter of 12 ms in notes of 250 and 208 ms
        assert f"<td>{bpm:g}</td><td>{percent:.1f} %</td><td>{len(values)}</td>" in page
        assert re.search(rf"{percent:.1f} % at {bpm:g} \({len(values)} takes\)", lines)


def test_pain_before_the_first_run_is_on_the_day_it_was_said(found: Progress) -> None:
    last = found.days[-1]
    assert last.day == str(date(2026, 3, 31))
    assert (last.n_takes, last.worst_pain, last.stops) == (0, 7.0, ("pain",))
