"""The journal from the command line."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from practiceear.cli import run
from practiceear.errors import ExitCode
from practiceear.journal.connection import FILE_NAME, open_journal
from practiceear.journal.records import Remark, RemarkKind, SessionKind, SessionRecord
from practiceear.journal.writing import add_remark, begin_session, begin_take, end_take
from tests.unit.journal.made_up import add_day, moment, result, setup


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("PRACTICEEAR_HOME", str(folder))
    with open_journal(folder) as journal:
        for day in (1, 2, 3):
            add_day(journal, day)
    return folder


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(["journal", *arguments]) == ExitCode.OK
    return capsys.readouterr().out


def test_takes_are_listed_and_shown(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    listed = shown(capsys, "list", "--since", "2026-03-02")
    assert listed.count("violin, g-major at 66: Even: 12 ms") == 2
    told = shown(capsys, "show", "1")
    assert "between notes, heard (SD)" in told
    assert "12.0" in told


def test_what_is_said_is_kept(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown(capsys, "say", "2", "sounded well", "--effort", "4", "--pain", "0")
    shown(capsys, "tag", "2", "good")
    told = shown(capsys, "show", "2")
    assert "effort 4 of 10" in told
    assert "pain 0 of 10" in told
    assert "note: sounded well" in told
    assert "2026-03-02" in shown(capsys, "list", "--tag", "good")


def test_exports_are_whole(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sessions = json.loads(shown(capsys, "export", "--json", "-"))
    assert len(sessions) == 3
    assert len(sessions[0]["takes"][0]["notes"]) == 4
    rows = list(csv.DictReader(io.StringIO(shown(capsys, "export", "--csv", "-"))))
    assert [row["take"] for row in rows] == ["1", "2", "3"]
    archive = tmp_path / "out.zip"
    shown(capsys, "export", "--zip", str(archive))
    assert "3 known already" in shown(capsys, "import", str(archive))


def test_a_session_that_pain_stopped_before_its_first_take_is_everywhere(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_journal(home) as journal:
        record = SessionRecord(moment(4), SessionKind.PLAN, plan_name="Back")
        session_id = begin_session(journal, record)
        for kind, number, text in ((RemarkKind.PAIN, 7.0, ""), (RemarkKind.STOP, None, "pain")):
            add_remark(journal, session_id, Remark(moment(4).utc_s, kind, number, text))
    said = "pain 7 of 10, stopped because of pain"
    assert f"session {session_id}: {said}" in shown(capsys, "list")
    assert "stopped because of pain" in shown(capsys, "show", "--session", str(session_id))
    assert "3 takes of 4 sessions" in shown(capsys, "export", "--csv", str(tmp_path / "x.csv"))
    assert "7.0,,pain,," in (tmp_path / "x.csv").read_text(encoding="utf-8")
    exported = json.loads(shown(capsys, "export", "--json", "-"))
    assert [one["number"] for one in exported[3]["remarks"]] == [7.0, None]
    archive = str(tmp_path / "x.zip")
    shown(capsys, "export", "--zip", archive)
    with pytest.MonkeyPatch.context() as elsewhere:
        elsewhere.setenv("PRACTICEEAR_HOME", str(tmp_path / "other"))
        shown(capsys, "import", archive)
        assert said in shown(capsys, "list")
        assert run(["progress"]) == ExitCode.OK
    assert capsys.readouterr().out.startswith("Pain: up to 7 of 10")


def test_a_take_shows_what_was_said_of_its_session(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_journal(home) as journal:
        take_id = add_day(journal, 4, pain=5.0)
    assert "pain 5 of 10" in shown(capsys, "show", str(take_id))
    assert run(["progress", "--drill", "nothing"]) == ExitCode.OK
    assert "The journal holds nothing of nothing yet." in capsys.readouterr().out


def test_deleting_asks_first(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--yes" in shown(capsys, "delete", "1", "2")
    assert shown(capsys, "list").count("g-major") == 3
    shown(capsys, "delete", "1", "2", "--yes")
    assert shown(capsys, "list").count("g-major") == 1


def test_recordings_are_kept_within_a_size(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_journal(home) as journal:
        journal.audio_folder.mkdir()
        session_id = begin_session(journal, SessionRecord(started=moment(4)))
        for name in ("old.flac", "new.flac"):
            (journal.audio_folder / name).write_bytes(b"x" * 1000)
            take_id = begin_take(journal, session_id, setup(4))
            end_take(journal, take_id, result(audio_name=name, audio_bytes=1000))
    assert "1 recording removed" in shown(capsys, "tidy", "--keep-gb", "0.0000015")
    assert sorted(one.name for one in (home / "takes").iterdir()) == ["new.flac"]
    assert shown(capsys, "list").count("g-major") == 5


def test_a_damaged_journal_says_how_to_save_it(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / FILE_NAME).write_bytes(b"\xa5" * 40_000)
    assert run(["journal", "list"]) == ExitCode.JOURNAL
    assert "practiceear journal salvage" in capsys.readouterr().err
    assert "kept" in shown(capsys, "salvage")
    assert "no such take" in shown(capsys, "list")


@pytest.mark.parametrize(
    "arguments",
    [
        ["show", "99"],
        ["say", "1"],
        ["say", "1", "--pain", "11"],
        ["list", "--since", "yesterday"],
        ["export"],
        ["show", "one"],
        ["show"],
        ["show", "1", "--session", "1"],
        ["show", "--session", "99"],
    ],
)
def test_what_makes_no_sense_is_one_line(
    home: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert run(["journal", *arguments]) == ExitCode.USAGE
    assert capsys.readouterr().err.count("\n") == 1


def test_a_home_that_cannot_be_written_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("PRACTICEEAR_HOME", str(tmp_path / "file" / "home"))
    assert run(["journal", "list"]) == ExitCode.JOURNAL
    assert capsys.readouterr().err.count("\n") == 1
