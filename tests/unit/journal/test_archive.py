"""What leaves as an archive comes back the same; what a stranger sends harms nothing."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from practiceear.errors import JournalError, OutputError
from practiceear.journal.archive import import_archive, write_archive
from practiceear.journal.connection import Journal, open_journal
from practiceear.journal.portable import session_object
from practiceear.journal.reading import find_take, list_sessions, list_takes
from practiceear.journal.records import Remark, RemarkKind, SessionRecord
from practiceear.journal.writing import add_remark, begin_session, begin_take, end_take
from tests.unit.journal.made_up import add_day, moment, result, setup


def filled(folder: Path) -> Journal:
    folder.mkdir(exist_ok=True)
    journal = open_journal(folder)
    take_id = add_day(journal, 1, pain=2.0)
    session_id = find_take(journal, take_id).session_id
    add_remark(journal, session_id, Remark(1.0, RemarkKind.NOTE, text="<b>♪</b>", take_id=take_id))
    session_id = begin_session(journal, SessionRecord(started=moment(2)))
    recorded = setup(2)
    take_id = begin_take(journal, session_id, recorded)
    journal.audio_folder.mkdir(exist_ok=True)
    (journal.audio_folder / "played.flac").write_bytes(b"fLaC and so on")
    end_take(journal, take_id, result(audio_name="played.flac", audio_bytes=14))
    return journal


def objects(journal: Journal) -> list[dict[str, Any]]:
    found = [session_object(journal, number) for number, _ in list_sessions(journal)]
    for take in (one for session in found for one in session["takes"]):
        take["audio_name"] = bool(take["audio_name"])
    return found


def test_an_archive_brings_everything_back(tmp_path: Path) -> None:
    archive = tmp_path / "out.zip"
    with filled(tmp_path / "one") as one, open_journal(tmp_path) as other:
        write_archive(one, [number for number, _ in list_sessions(one)], archive)
        imported = import_archive(other, archive)
        assert (imported.n_sessions, imported.n_takes, imported.n_recordings) == (2, 2, 1)
        assert objects(other) == objects(one)
        recording = other.audio_folder / str(list_takes(other)[1].audio_name)
        assert recording.read_bytes() == b"fLaC and so on"


def test_what_is_imported_twice_is_there_once(tmp_path: Path) -> None:
    archive = tmp_path / "out.zip"
    with filled(tmp_path / "one") as one, open_journal(tmp_path) as other:
        write_archive(one, [number for number, _ in list_sessions(one)], archive)
        import_archive(other, archive)
        before = objects(other)
        again = import_archive(other, archive)
        assert (again.n_sessions, again.n_known) == (0, 2)
        assert objects(other) == before
        assert import_archive(one, archive).n_sessions == 0


def session_text(journal: Journal) -> str:
    return json.dumps(session_object(journal, 1))


def zipped(path: Path, entries: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in entries.items():
            archive.writestr(name, text)
    return path


@pytest.mark.parametrize(
    "name",
    [
        "../evil.json",
        "/etc/evil",
        "sessions/../../evil.json",
        "takes/../../evil.flac",
        "takes\\..\\evil.flac",
        "sessions/1.py",
        "C:/evil.json",
        "takes/not-a-name.flac",
    ],
)
def test_paths_escape_nowhere(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    with open_journal(folder) as journal:
        with pytest.raises(JournalError, match="nothing that an export holds"):
            import_archive(journal, zipped(tmp_path / "x.zip", {name: "{}"}))
        assert list_sessions(journal) == []
    assert not list(tmp_path.rglob("evil*"))


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    bomb = zipped(tmp_path / "x.zip", {"sessions/1.json": " " * (65 * 2**20)})
    with open_journal(tmp_path) as journal, pytest.raises(JournalError, match="nothing that"):
        import_archive(journal, bomb)


def broken(text: str, **changes: Any) -> str:
    content = json.loads(text)
    content["takes"][0].update(changes)
    return json.dumps(content)


@pytest.mark.parametrize(
    "changes",
    [
        {"notes": [[None] * 7]},
        {"notes": [[0.1, 0.2]]},
        {"notes": [["1", 0, 0, 0, 0, 0, 0]]},
        {"bpm": "fast"},
        {"finding": "x" * 20_000},
        {"uid": "../../x"},
        {"state": "splendid"},
        {"started_at": "yesterday"},
        {"measures": [{"key": "k"}]},
    ],
)
def test_a_broken_session_changes_nothing(tmp_path: Path, changes: dict[str, Any]) -> None:
    with filled(tmp_path / "one") as one, open_journal(tmp_path) as other:
        entries = {
            "sessions/1.json": session_text(one),
            "sessions/2.json": broken(session_text(one), **changes),
        }
        with pytest.raises(JournalError):
            import_archive(other, zipped(tmp_path / "x.zip", entries))
        assert list_sessions(other) == []


@pytest.mark.parametrize("text", ["", "[", "[]", "null", '{"format": "x"}', "[" * 100_000])
def test_what_is_no_session_is_said(tmp_path: Path, text: str) -> None:
    with open_journal(tmp_path) as journal, pytest.raises(JournalError, match="imported"):
        import_archive(journal, zipped(tmp_path / "x.zip", {"sessions/1.json": text}))


def test_a_text_file_and_a_missing_one_are_said(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_text("no zip")
    with open_journal(tmp_path) as journal:
        with pytest.raises(JournalError, match="readable zip"):
            import_archive(journal, tmp_path / "x.zip")
        with pytest.raises(JournalError, match="no file"):
            import_archive(journal, tmp_path / "y.zip")


def test_an_export_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with filled(tmp_path / "one") as one, pytest.raises(OutputError):
        write_archive(one, [1], tmp_path / "nowhere" / "out.zip")
    assert not (tmp_path / "nowhere").exists()
