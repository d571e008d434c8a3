"""Pages of the journal for the screens: in words, with what was said, and the recording."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from practiceear.app.past_takes import NO_GRID, JournalPages
from practiceear.app.take_saving import begin_keeping
from practiceear.instruments.registry import load_instrument
from practiceear.journal.connection import Journal, open_journal
from practiceear.journal.records import Remark, RemarkKind, SessionKind, SessionRecord
from practiceear.journal.writing import add_remark, begin_session, begin_take, delete_take, end_take
from practiceear.live.pipeline import LivePlan
from practiceear.metronome.program import MetronomeProgram, TempoChange
from practiceear.notes.tracker import NOTE
from practiceear.rhythm.grid import Meter, Subdivision
from practiceear.settings import LiveOptions
from tests.unit.journal.made_up import add_day, moment, result, setup


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PRACTICEEAR_HOME", str(tmp_path))
    return tmp_path


def add_recorded(journal: Journal, day: int, name: str) -> int:
    session = begin_session(journal, SessionRecord(moment(day)))
    take_id = begin_take(journal, session, setup(day))
    end_take(journal, take_id, result(audio_name=name))
    return take_id


def test_an_empty_journal_has_no_page(home: Path) -> None:
    assert JournalPages().newest() is None


def test_a_page_has_finding_measures_and_remarks(home: Path) -> None:
    with open_journal(home) as journal:
        take_id = add_day(journal, 1, pain=3.0)
        session = begin_session(journal, SessionRecord(moment(2)))
        for text in ("of the first", "of the second"):
            last = begin_take(journal, session, setup(2))
            end_take(journal, last, result())
            remark = Remark(moment(2).utc_s, RemarkKind.NOTE, text=text, take_id=last)
            add_remark(journal, session, remark)
    pages = JournalPages()
    newest = pages.newest()
    assert newest is not None
    assert (newest.take_id, newest.number, newest.n_takes) == (last, 2, 2)
    assert newest.began == "2026-03-02 18:00"
    assert newest.text.finding == "Even: 12 ms between notes."
    said = "\n".join(newest.text.lines)
    assert "±" in said
    assert "(n 63)" in said
    assert said.index("of the second") < said.index("±")  # in sight on 24 rows
    assert "of the first" not in said
    first = pages.turned(last, -2)
    assert first is not None
    assert first.take_id == take_id
    assert "pain 3 of 10" in "\n".join(first.text.lines)


def test_days_on_which_pain_allowed_no_take_are_on_the_page_of_the_take_before(
    home: Path,
) -> None:
    with open_journal(home) as journal:
        before, last = add_day(journal, 1), add_day(journal, 2)
        session = begin_session(journal, SessionRecord(moment(3), SessionKind.PLAN))
        for kind, number, text in ((RemarkKind.PAIN, 7.0, ""), (RemarkKind.STOP, None, "pain")):
            add_remark(journal, session, Remark(moment(3).utc_s, kind, number, text))
    pages = JournalPages()
    newest, first = pages.newest(), pages.turned(last, -1)
    assert newest is not None
    assert first is not None
    assert (first.take_id, newest.take_id) == (before, last)
    lines = [one.strip() for one in newest.text.lines]
    at = lines.index(f"session {session}: pain 7 of 10, stopped because of pain")
    assert lines[at - 1] == "-  2026-03-03 18:00  a plan: no takes"
    assert not any("no takes" in one for one in first.text.lines)


def test_there_is_nothing_beyond_the_ends(home: Path) -> None:
    with open_journal(home) as journal:
        numbers = [add_day(journal, day) for day in (1, 2, 3)]
    pages = JournalPages()
    assert pages.turned(numbers[0], -1) is None
    assert pages.turned(numbers[-1], 1) is None
    beside = pages.turned(numbers[0], 1)
    assert beside is not None
    assert beside.take_id == numbers[1]


def test_from_a_take_that_was_deleted_meanwhile_one_gets_to_the_newest(home: Path) -> None:
    with open_journal(home) as journal:
        numbers = [add_day(journal, day) for day in (1, 2, 3)]
        delete_take(journal, numbers[1])
    found = JournalPages().turned(numbers[1], -1)
    assert found is not None
    assert found.take_id == numbers[-1]


def test_a_recording_is_named_only_where_it_is_there(home: Path) -> None:
    with open_journal(home) as journal:
        there, gone = add_recorded(journal, 1, "a.flac"), add_recorded(journal, 2, "b.flac")
        journal.audio_folder.mkdir(exist_ok=True)
        (journal.audio_folder / "a.flac").touch()
    pages = JournalPages()
    newest = pages.newest()
    assert newest is not None
    assert (newest.take_id, newest.recording) == (gone, None)
    before = pages.turned(gone, -1)
    assert before is not None
    assert (before.take_id, before.recording) == (there, home / "takes" / "a.flac")


def test_the_metronome_is_that_of_the_take() -> None:
    program = setup(bpm=72.0, beats="3+2+2", subdivision="swing").program
    assert program is not None
    assert (program.bpm, program.meter, program.subdivision) == (
        72.0,
        Meter.parse("3+2+2"),
        Subdivision.parse("swing"),
    )
    assert setup(bpm=None).program is None


def test_of_a_take_whose_tempo_changed_the_page_says_that_no_grid_is_kept(home: Path) -> None:
    changing = MetronomeProgram(60.0, Meter.parse("3"), tempo_change=TempoChange.parse("+4/2..120"))
    session = SimpleNamespace(
        plan=LivePlan(load_instrument("violin"), LiveOptions(program=changing)),
        stream=SimpleNamespace(input_name="microphone", output_name=""),
        note_pipeline=SimpleNamespace(rate_hz=1000),
        notes=lambda: np.zeros(0, NOTE),
    )
    running = begin_keeping(session)  # type: ignore[arg-type]
    assert running.finish(result()) is not None
    page = JournalPages().newest()
    assert page is not None
    assert not page.is_tempo_steady
    assert page.program is None
    assert NO_GRID in page.text.lines
    assert "violin, free at changing tempo" in page.text.lines[0]


@pytest.mark.parametrize("metronome", [{"bpm": 66.0, "beats": "4"}, {"bpm": None}])
def test_of_any_other_take_it_says_nothing_of_the_kind(
    home: Path, metronome: dict[str, object]
) -> None:
    with open_journal(home) as journal:
        session = begin_session(journal, SessionRecord(moment(1)))
        end_take(journal, begin_take(journal, session, setup(1, **metronome)), result())
    page = JournalPages().newest()
    assert page is not None
    assert page.is_tempo_steady
    assert NO_GRID not in page.text.lines
