"""Takes in the order in which they were played, and which belong together."""

from __future__ import annotations

from pathlib import Path

from practiceear.journal.connection import Journal, open_journal
from practiceear.journal.listing import grouped_takes
from practiceear.journal.records import SessionKind, SessionRecord
from practiceear.journal.writing import begin_session, begin_take
from tests.unit.journal.made_up import add_day, moment, setup


def add_plan(journal: Journal, day: int, n_takes: int) -> None:
    session = begin_session(journal, SessionRecord(moment(day), SessionKind.PLAN))
    for _ in range(n_takes):
        begin_take(journal, session, setup(day))


def places(journal: Journal) -> list[tuple[str, int, int]]:
    return [
        (one.take.setup.started.local_day[-2:], one.number, one.n_takes)
        for one in grouped_takes(journal)
    ]


def test_nothing_was_played_yet(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        assert grouped_takes(journal) == []


def test_takes_of_a_plan_belong_together_and_so_do_free_ones_of_a_day(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        add_plan(journal, 1, 3)
        add_plan(journal, 1, 1)
        add_day(journal, 2)
        add_day(journal, 2)
        add_day(journal, 3)
        assert places(journal) == [
            ("01", 1, 3),
            ("01", 2, 3),
            ("01", 3, 3),
            ("01", 1, 1),
            ("02", 1, 2),
            ("02", 2, 2),
            ("03", 1, 1),
        ]


def test_an_older_take_that_is_imported_later_comes_before(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        newer, older = add_day(journal, 5), add_day(journal, 4)
        assert [one.take.take_id for one in grouped_takes(journal)] == [older, newer]
