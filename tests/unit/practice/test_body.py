"""Pain, effort and stops come first, with or without a take, and forbid praise."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from practiceear.journal.connection import Journal, open_journal
from practiceear.journal.export_format import session_object
from practiceear.journal.listing import ListedSession, listed_sessions
from practiceear.journal.reading import DayLoad, TakeFilter, day_loads
from practiceear.journal.records import Remark, RemarkKind, SessionKind, SessionRecord
from practiceear.journal.writing import (
    add_remark,
    begin_session,
    begin_take,
    delete_take,
    end_take,
)
from practiceear.practice.body import RECENT_DAYS, recent_body
from practiceear.practice.instructions import UNANSWERED
from practiceear.practice.progress import Progress, read_progress
from practiceear.practice.trend import Change
from practiceear.reports.journal_lines import (
    body_headline,
    body_lines,
    list_lines,
    session_lines,
    sessions_csv,
)
from practiceear.reports.progress_lines import headline, progress_lines
from practiceear.reports.progress_page import progress_page
from tests.unit.journal.made_up import add_day, moment, result, setup

FIRST = date(2026, 3, 1)


def practise(
    journal: Journal,
    day: int,
    drills: dict[str, float],
    *,
    pain: float | None = 0.0,
    effort: float | None = None,
    stop: str = "",
) -> int:
    """A session of a plan: three takes of each drill, and what was said of it."""
    session_id = begin_session(
        journal, SessionRecord(moment(day), SessionKind.PLAN, plan_name="Back to the piano")
    )
    for drill, sd_ioi_s in drills.items():
        for _ in range(3):
            take_id = begin_take(journal, session_id, setup(day, drill=drill))
            end_take(journal, take_id, result(sd_ioi_s=sd_ioi_s))
    said = [(RemarkKind.PAIN, pain, ""), (RemarkKind.EFFORT, effort, "")]
    said = [one for one in said if one[1] is not None]
    for kind, value, text in [*said, *([(RemarkKind.STOP, None, stop)] if stop else [])]:
        add_remark(journal, session_id, Remark(moment(day).utc_s, kind, value, text))
    return session_id


def read(
    folder: Path, n_days: int, write: Callable[[Journal, int, np.random.Generator], None]
) -> Progress:
    chance = np.random.default_rng(2)
    with open_journal(folder) as journal:
        for day in range(1, n_days + 1):
            write(journal, day, chance)
        return read_progress(journal, FIRST + timedelta(days=n_days))


def wobble(chance: np.random.Generator) -> float:
    return math.exp(0.05 * float(chance.standard_normal()))


def stopped_at_the_door(journal: Journal, day: int, chance: np.random.Generator) -> None:
    """Nineteen good days, then three on which pain allows no run."""
    if day <= 19:
        practise(journal, day, {"scale": 0.022 * 0.98**day * wobble(chance)})
    else:
        practise(journal, day, {}, pain=7.0, stop="pain")


def test_pain_before_the_first_run_is_said_first_and_forbids_praise(tmp_path: Path) -> None:
    found = read(tmp_path, 22, stopped_at_the_door)
    assert found.change is Change.BETTER  # what was played became more even
    days = ("2026-03-20", "2026-03-21", "2026-03-22")
    assert found.body.stopped_days == days
    assert found.body.worst_days == days
    lines = progress_lines(found)
    assert lines[0].startswith("Pain: up to 7 of 10")
    assert lines[2] == f"Pain stopped practice on {', '.join(days)}."
    assert "Tell your therapist or doctor before you play again." in lines
    lead = headline(found)
    assert lead.startswith("Pain rose: up to 7 of 10")
    assert "stopped practice on 3 days" in lead
    assert "less uneven" not in lead
    page = progress_page(found)
    assert lead in page
    assert page.index("7 of 10") < page.index("scale at 66")
    assert page.count("no takes") == 3


def test_the_headline_is_no_better_than_the_worst_drill(tmp_path: Path) -> None:
    def one_better_three_worse(journal: Journal, day: int, chance: np.random.Generator) -> None:
        drills = {f"worse {n}": 0.012 * 1.015**day * wobble(chance) for n in range(3)}
        drills["better"] = 0.02 * 0.985**day * wobble(chance)
        practise(journal, day, drills)

    found = read(tmp_path, 28, one_better_three_worse)
    changes = [one.trend.change for one in found.drills]
    assert changes == [Change.WORSE] * 3 + [Change.BETTER]  # the worst stand first
    assert found.change is Change.WORSE
    assert "3 of 4 drills are becoming more uneven" in headline(found)
    assert "less uneven" not in headline(found)


@pytest.mark.parametrize(
    ("pain", "effort", "stop", "is_praised"),
    [
        (0.0, 2.0, "", True),
        (None, None, "", True),
        (2.0, 2.0, "", True),
        (0.0, 2.0, "session ceiling", True),  # the plan's own end is no bad sign
        (3.0, 2.0, "", False),
        (7.0, 7.0, "", False),
        (1.0, 2.0, "pain", False),
        (0.0, 7.0, "", False),
    ],
)
def test_what_the_body_allows(
    tmp_path: Path, pain: float | None, effort: float | None, stop: str, is_praised: bool
) -> None:
    def improving(journal: Journal, day: int, chance: np.random.Generator) -> None:
        drills = {"scale": 0.02 * 0.98**day * wobble(chance)}
        practise(journal, day, drills, pain=pain, effort=effort, stop=stop)

    found = read(tmp_path, 20, improving)
    assert found.change is Change.BETTER
    assert found.body.is_well is is_praised
    assert ("less uneven each week" in headline(found)) is is_praised
    assert ("Tell your therapist" in headline(found)) is found.body.is_in_pain
    assert any("less uneven each week" in line for line in progress_lines(found))


def day(at: int, pain: float | None, stops: tuple[str, ...] = ()) -> DayLoad:
    text = (FIRST + timedelta(days=at)).isoformat()
    return DayLoad(text, 1, 10, 60.0, 0.0, pain, None, stops=stops)


def test_only_the_last_two_weeks_decide_and_the_worst_before_is_still_said() -> None:
    days = [day(0, 8.0, ("pain",)), *(day(at, 1.0) for at in range(20, 20 + RECENT_DAYS))]
    found = recent_body(days)
    assert (found.worst_pain, found.stopped_days, found.is_well) == (1.0, (), True)
    assert "Before: pain up to 8 of 10, on 2026-03-01." in body_lines(found)
    assert recent_body([day(0, 8.0)]).is_in_pain  # however long ago: nothing came after it


def test_pain_that_rises_by_as_much_as_ends_a_session_is_said() -> None:
    before = [day(at, 0.0) for at in range(RECENT_DAYS)]
    for pain, is_well in ((1.0, True), (2.0, False)):
        found = recent_body([*before, *(day(RECENT_DAYS + at, pain) for at in range(RECENT_DAYS))])
        assert found.is_well is is_well
        assert any(one.startswith("Pain rose") for one in body_headline(found)) is not is_well


def test_nothing_said_is_not_no_pain() -> None:
    assert body_lines(recent_body([day(0, None)])) == [
        "Pain: nothing was said in the last two weeks of practice (1 day)."
    ]
    assert body_lines(recent_body([day(0, None), day(1, 0.0)])) == [
        "Pain: none in the last two weeks of practice (said on 1 of 2 days)."
    ]
    assert body_headline(recent_body([])) == body_lines(recent_body([])) == []


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    """A good day, a day on which pain allowed no run, and a free take that was deleted."""
    journal = open_journal(tmp_path)
    practise(journal, 1, {"scale": 0.012}, pain=1.0, effort=4.0)
    practise(journal, 2, {}, pain=7.0, stop="pain")
    delete_take(journal, add_day(journal, 3))
    return journal


def test_days_without_takes_are_days(journal: Journal) -> None:
    with journal:
        first, second = day_loads(journal)
        (only,) = day_loads(journal, "2026-03-02", "2026-03-02")
    assert (first.n_takes, first.worst_pain, first.mean_effort, first.stops) == (3, 1.0, 4.0, ())
    assert (second.n_takes, second.sounding_s, second.worst_pain) == (0, 0.0, 7.0)
    assert (second.n_sessions, second.stops) == (1, ("pain",))
    assert only == second


def test_sessions_without_takes_are_listed_and_shown(journal: Journal) -> None:
    with journal:
        listed = listed_sessions(journal, TakeFilter())
        assert [len(one.takes) for one in listed] == [3, 0]
        lines = list_lines(listed)
        newest = listed_sessions(journal, TakeFilter(most=1))
        of_drill = listed_sessions(journal, TakeFilter(drill="scale"))
        later = listed_sessions(journal, TakeFilter(since_day="2026-03-02"))
    assert lines[3:] == [
        "        session 1: pain 1 of 10, effort 4 of 10",
        "     -  2026-03-02 18:00  a plan, Back to the piano: no takes",
        "        session 2: pain 7 of 10, stopped because of pain",
    ]
    assert [one.number for one in newest] == [one.number for one in later] == [2]
    assert [one.number for one in of_drill] == [1]
    assert session_lines(newest[0])[1:] == [
        "        no takes",
        "        pain 7 of 10",
        "        stopped because of pain",
    ]


def test_sessions_without_takes_are_exported(journal: Journal) -> None:
    with journal:
        listed = listed_sessions(journal, TakeFilter())
        whole = json.loads(json.dumps([session_object(journal, one.number) for one in listed]))
        one_take = session_object(journal, 1, {listed[0].takes[0].take_id})
    rows = list(csv.DictReader(io.StringIO(sessions_csv(listed))))
    assert [(one["take"], one["worst_pain"], one["stopped"]) for one in rows] == [
        ("1", "1.0", ""),
        ("2", "1.0", ""),
        ("3", "1.0", ""),
        ("", "7.0", "pain"),
    ]
    assert [one["kind"] for one in whole[1]["remarks"]] == ["pain", "stop"]
    # A take is not given away without the pain it was played with.
    assert [one["kind"] for one in one_take["remarks"]] == ["pain", "effort"]


def test_a_day_of_a_clock_that_was_set_back_hides_no_pain() -> None:
    days = [day(0, 6.0), day(400, 0.0)]
    assert not recent_body(days).is_in_pain
    found = recent_body(days, FIRST + timedelta(days=1))
    assert found.is_in_pain
    assert found.worst_pain == 6.0


def test_what_was_said_in_a_session_comes_before_its_tags() -> None:
    began = moment(1)
    remarks = (
        *(Remark(began.utc_s, RemarkKind.TAG, text="assessment", take_id=at) for at in (1, 2)),
        Remark(began.utc_s, RemarkKind.PAIN, 4.0),
        Remark(began.utc_s, RemarkKind.REST, 20.0, "planned"),
        Remark(began.utc_s, RemarkKind.STOP, text=UNANSWERED),
    )
    lines = session_lines(ListedSession(1, SessionRecord(began), (), remarks))
    assert [one.strip() for one in lines[-4:]] == [
        "pain 4 of 10",
        "rested 20 seconds",
        "ended, as nobody answered the question",
        "tag: assessment (2 takes)",
    ]
