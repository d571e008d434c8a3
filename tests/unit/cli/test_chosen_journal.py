"""Every person has a journal of their own: chosen by its folder, or read out of an export."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest

from practiceear.cli import run
from practiceear.errors import ExitCode
from practiceear.files import journal_folder
from practiceear.journal import connection
from practiceear.journal.connection import FILE_NAME, open_journal
from practiceear.journal.reading import list_takes
from practiceear.journal.records import SessionRecord
from practiceear.journal.writing import begin_session, begin_take, end_take
from tests.unit.journal.made_up import add_day, moment, result, setup
from tests.unit.journal.test_journal import make_read_only

ROOT = Path(__file__).parents[3]


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """The player's own journal with three takes, and Ben's with two."""
    own, ben = tmp_path / "home", tmp_path / "ben"
    monkeypatch.setenv("PRACTICEEAR_HOME", str(own))
    for folder, days in ((own, (1, 2, 3)), (ben, (4, 5))):
        with open_journal(folder) as journal:
            for day in days:
                add_day(journal, day)
    return own, ben


def shown(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert run([str(one) for one in arguments]) == ExitCode.OK
    return capsys.readouterr().out


def refused(capsys: pytest.CaptureFixture[str], code: ExitCode, *arguments: object) -> str:
    assert run([str(one) for one in arguments]) == code
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    return error


def test_a_chosen_folder_is_another_journal(
    folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    own, ben = folders
    assert shown(capsys, "journal", "list").count("g-major") == 3
    assert shown(capsys, "journal", "list", "--journal", ben).count("g-major") == 2
    assert "2026-03-04" in shown(capsys, "progress", "--details", "--journal", ben)
    shown(capsys, "journal", "say", 1, "well", "--journal", ben)
    assert "note: well" in shown(capsys, "journal", "show", 1, "--journal", ben)
    assert "note: well" not in shown(capsys, "journal", "show", 1)
    shown(capsys, "journal", "delete", 1, "--yes", "--journal", ben)
    assert shown(capsys, "journal", "list").count("g-major") == 3
    assert journal_folder() == own


def test_an_export_is_read_without_importing(
    folders: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own, ben = folders
    archive = tmp_path / "ben.zip"
    shown(capsys, "journal", "export", "--zip", archive, "--journal", ben)
    before = (own / FILE_NAME).read_bytes(), archive.read_bytes()
    assert shown(capsys, "journal", "list", "--journal", archive).count("g-major") == 2
    assert "12 ms" in shown(capsys, "journal", "show", 1, "--journal", archive)
    assert "2026-03-05" in shown(capsys, "progress", "--details", "--journal", archive)
    table = shown(capsys, "journal", "export", "--csv", "-", "--journal", archive)
    assert len(list(csv.DictReader(io.StringIO(table)))) == 2
    for arguments in (("say", 1, "x"), ("tag", 1, "x"), ("delete", 1), ("tidy",), ("salvage",)):
        line = refused(capsys, ExitCode.USAGE, "journal", *arguments, "--journal", archive)
        assert "only read" in line
    assert before == ((own / FILE_NAME).read_bytes(), archive.read_bytes())


def test_an_import_of_another_person_is_refused_where_nobody_can_be_asked(
    folders: tuple[Path, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, ben = folders
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    archive, own_export = tmp_path / "ben.zip", tmp_path / "own.zip"
    shown(capsys, "journal", "export", "--zip", archive, "--journal", ben)
    shown(capsys, "journal", "export", "--zip", own_export)
    line = refused(capsys, ExitCode.USAGE, "journal", "import", archive)
    assert "--yes" in line
    assert "another person" in line
    assert shown(capsys, "journal", "list").count("g-major") == 3
    assert "3 known already" in shown(capsys, "journal", "import", own_export)
    new = tmp_path / "new"
    assert "2 sessions" in shown(capsys, "journal", "import", archive, "--journal", new)
    assert "2 sessions" in shown(capsys, "journal", "import", archive, "--yes")
    assert shown(capsys, "journal", "list").count("g-major") == 5


def test_on_a_terminal_it_asks(
    folders: tuple[Path, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, ben = folders
    archive = tmp_path / "ben.zip"
    shown(capsys, "journal", "export", "--zip", archive, "--journal", ben)
    for answer, n_takes in (("n\n", 3), ("", 3), ("what\n", 3), ("y\n", 5)):
        typed = io.StringIO(answer)
        typed.isatty = lambda: True  # type: ignore[method-assign]
        monkeypatch.setattr("sys.stdin", typed)
        asked = shown(capsys, "journal", "import", archive)
        assert "2 takes, 2026-03-04 to 2026-03-05" in asked
        assert "[y/n]" in asked
        assert shown(capsys, "journal", "list").count("g-major") == n_takes


def test_a_folder_without_a_journal_is_no_journal(
    folders: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = tmp_path / "nowhere"
    for arguments in (
        ("journal", "list"),
        ("journal", "say", 1, "x"),
        ("progress",),
        ("plan", ROOT / "docs" / "plan-example.toml"),
    ):
        line = refused(capsys, ExitCode.JOURNAL, *arguments, "--journal", nowhere)
        assert "there is no journal in" in line
    assert not nowhere.exists()


def test_a_new_player_has_an_empty_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PRACTICEEAR_HOME", str(tmp_path / "home"))
    assert "no such take" in shown(capsys, "journal", "list")
    shown(capsys, "plan", ROOT / "docs" / "plan-example.toml")
    shown(capsys, "progress")
    assert not (tmp_path / "home").exists()


def test_a_read_only_disk_can_be_looked_at(
    folders: tuple[Path, Path],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own, _ = folders
    make_read_only(monkeypatch, own)
    assert connection._write_ahead is not None
    assert shown(capsys, "journal", "list").count("g-major") == 3
    assert "12" in shown(capsys, "journal", "show", 2)
    assert "g-major" in shown(capsys, "progress")
    shown(capsys, "plan", ROOT / "docs" / "plan-example.toml")
    for arguments in (("journal", "say", 1, "x"), ("journal", "delete", 1, "--yes")):
        assert "cannot be written" in refused(capsys, ExitCode.JOURNAL, *arguments)


def test_no_number_of_a_take_is_a_fault_of_the_program(
    folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    large = "99999999999999999999999"
    for arguments in (("show", large), ("say", large, "x"), ("tag", large, "x"), ("delete", large)):
        line = refused(capsys, ExitCode.USAGE, "journal", *arguments)
        assert f"no take {large}" in line
    assert shown(capsys, "journal", "list", "--most", large).count("g-major") == 3
    plan = ROOT / "docs" / "plan-example.toml"
    assert "no day" in refused(capsys, ExitCode.USAGE, "plan", plan, "--today", "9999-12-31")
    for arguments in (("say", "1", "x" * 3000), ("tag", "1", ""), ("tidy", "--keep-gb", "inf")):
        refused(capsys, ExitCode.USAGE, "journal", *arguments)


HOSTILE = "=cmd \x1b[31m\x9b1m\x07\u202e\n    99  2026-01-01 00:00  fake, row: [red]"


def hostile_plan() -> str:
    """The example with another name and author."""
    escaped = "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in HOSTILE)
    text = (ROOT / "docs" / "plan-example.toml").read_text(encoding="utf-8")
    return re.sub(
        r'^(name|author) = ".*"$',
        lambda found: f'{found[1]} = "{escaped}"',
        text,
        count=2,
        flags=re.MULTILINE,
    )


def test_no_text_of_others_controls_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Names in a journal that was changed by hand, in a plan, in arguments and files."""
    monkeypatch.setenv("PRACTICEEAR_HOME", str(tmp_path / "home"))
    with open_journal(tmp_path / "home") as journal:
        session_id = begin_session(journal, SessionRecord(started=moment()))
        take_id = begin_take(journal, session_id, setup())
        end_take(journal, take_id, result(audio_name="x.flac"))
        columns = ("finding", "drill", "instrument", "audio_name")
        changes = ", ".join(f"{one} = ?" for one in columns)
        journal.connection.execute(f"UPDATE take SET {changes}", [HOSTILE] * len(columns))
        n_takes = len(list_takes(journal))
    plan = tmp_path / "plan.toml"
    plan.write_text(hostile_plan(), encoding="utf-8")
    assert r"\x1b[31m" in shown(capsys, "plan", plan)
    assert r"\x1b[31m" in shown(capsys, "journal", "list")
    said = [
        ("journal", "list"),
        ("journal", "show", take_id),
        ("journal", "delete", take_id),
        ("journal", "tag", take_id, HOSTILE),
        ("journal", "show", take_id),
        ("journal", "export", "--csv", "-"),
        ("journal", "export", "--json", "-"),
        ("progress",),
        ("plan", plan),
        ("plan", tmp_path / HOSTILE),
        ("journal", "import", tmp_path / HOSTILE),
        ("journal", "list", "--journal", tmp_path / f"{HOSTILE}.zip"),
        ("journal", "show", HOSTILE),
        ("journal", "list", "--since", HOSTILE),
        ("review", tmp_path / HOSTILE),
        ("review", "--instrument", HOSTILE, tmp_path / "x.wav"),
        ("check", tmp_path / HOSTILE),
        ("instruments", HOSTILE),
        (HOSTILE,),
    ]
    for arguments in said:
        run([str(one) for one in arguments])
        captured = capsys.readouterr()
        for stream in (captured.out, captured.err):
            assert all(one.isprintable() or one in "\n\t" for one in stream), arguments
            assert not any(line.startswith("    99") for line in stream.splitlines()), arguments
        assert captured.err.count("\n") <= 1, arguments
        assert "a fault of the program" not in captured.err, arguments
    rows = list(csv.reader(io.StringIO(shown(capsys, "journal", "export", "--csv", "-"))))
    assert len(rows) == n_takes + 1
    assert not any(cell.startswith("=") for row in rows for cell in row)
