"""What leaves as an archive comes back the same; what a stranger sends harms nothing."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from practiceear.errors import JournalError, OutputError
from practiceear.journal.archive import import_archive, open_archive, write_archive
from practiceear.journal.archive_reading import ArchiveContent
from practiceear.journal.connection import Journal, open_journal
from practiceear.journal.export_format import session_object
from practiceear.journal.reading import find_take, list_sessions, list_takes
from practiceear.journal.records import Remark, RemarkKind, SessionRecord
from practiceear.journal.writing import add_remark, begin_session, begin_take, end_take
from practiceear.plain_text import printable
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
        assert imported is not None
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
        assert again is not None
        assert (again.n_sessions, again.n_known) == (0, 2)
        assert objects(other) == before
        back = import_archive(one, archive)
        assert back is not None
        assert back.n_sessions == 0


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
    with open_journal(tmp_path) as journal, pytest.raises(JournalError, match="larger than"):
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
    with open_journal(tmp_path) as journal, pytest.raises(JournalError, match="cannot be used"):
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


RUN = {"first_note": 0, "n_notes": 4, "direction": "up", "sd_ioi_s": None, "mean_ioi_s": None}
IMPOSSIBLE: list[tuple[dict[str, Any], str]] = [
    ({"bpm": -5}, "bpm must be a number from 20 to 400, not -5"),
    ({"bpm": True}, "bpm must be a number from 20 to 400, not True"),
    ({"duration_s": -1e9}, "duration_s"),
    ({"duration_s": 1e300}, "duration_s"),
    ({"sounding_s": -1}, "sounding_s"),
    ({"started_at": "2026-W48-1T10:00:00+01:00"}, "started_at"),
    ({"started_at": "2026-03-01T18:00:00"}, "started_at"),
    ({"started_at": "2027-03-01T18:00:00+01:00"}, "started_at"),
    ({"started_at": "9999-12-31T23:00:00+00:00", "started_utc_s": 253402297200.0}, "started_utc_s"),
    ({"started_utc_s": 1e18}, "started_utc_s"),
    ({"drill": "a\n    99  2026-01-01  fake"}, "drill"),
    ({"drill": "a\u202eb"}, "drill"),
    ({"instrument": "\x9b31m"}, "instrument"),
    ({"instrument": " "}, "instrument"),
    ({"finding": "\x1b]0;title\x07"}, "finding"),
    ({"beats": "0+x"}, "beats"),
    ({"subdivision": "7/8"}, "subdivision"),
    ({"lag_s": 1e6}, "lag_s"),
    ({"noise_dbfs": 1e4}, "noise_dbfs"),
    ({"notes": [[0.1, -3.0, 0, 0, 0, 0, 0]]}, "note 1, length_s"),
    ({"notes": [[0.1, 0.2, 0, 0, 0, 0, 1e30]]}, "note 1, pitch_midi"),
    ({"runs": [{**RUN, "n_notes": 5}]}, "run 1, n_notes"),
    ({"runs": [{**RUN, "direction": "\x1b"}]}, "run 1, direction"),
    ({"remarks": [{"kind": "pain"}]}, "remark 1, made_utc_s"),
    ({"measures": {}}, "measures"),
]


def exported(tmp_path: Path) -> dict[str, Any]:
    with filled(tmp_path / "one") as one:
        return session_object(one, 1)


@pytest.mark.parametrize(("changes", "place"), IMPOSSIBLE)
def test_a_value_that_cannot_be_is_named(
    tmp_path: Path, changes: dict[str, Any], place: str
) -> None:
    content = exported(tmp_path)
    content["takes"].append({**content["takes"][0], "uid": "0" * 32, **changes})
    archive = zipped(tmp_path / "x.zip", {"sessions/1.json": json.dumps(content)})
    with open_journal(tmp_path) as other:
        with pytest.raises(JournalError) as caught:
            import_archive(other, archive)
        assert f"in sessions/1.json, take 2, {place}" in str(caught.value)
        assert len(printable(str(caught.value))) == len(str(caught.value)) < 400
        assert list_sessions(other) == []


@pytest.mark.parametrize(
    ("key", "value"),
    [("value", -0.01), ("value", 1e9), ("high", 1e30), ("n", -1), ("key", "a\nb"), ("low", "0")],
)
def test_a_measure_that_cannot_be_is_named(tmp_path: Path, key: str, value: object) -> None:
    content = exported(tmp_path)
    content["takes"][0]["measures"][1][key] = value
    archive = zipped(tmp_path / "x.zip", {"sessions/1.json": json.dumps(content)})
    with open_journal(tmp_path) as other, pytest.raises(JournalError) as caught:
        import_archive(other, archive)
    assert f"take 1, measure 2, {key}" in str(caught.value)


def test_what_is_there_twice_is_the_archives_fault(tmp_path: Path) -> None:
    content = exported(tmp_path)
    take = content["takes"][0]
    take["measures"].append(take["measures"][0])
    twice = json.dumps(content)
    take["measures"].pop()
    once = json.dumps(content)
    content["takes"].append(take)
    for name, entries, reason in (
        ("measure", {"sessions/1.json": twice}, "take 1, measures: .* is there twice"),
        ("take", {"sessions/1.json": json.dumps(content)}, "a take or a remark twice"),
        ("session", {"sessions/1.json": once, "sessions/2.json": once}, "2.json names a session"),
    ):
        archive = zipped(tmp_path / f"{name}.zip", entries)
        with open_journal(tmp_path) as other, pytest.raises(JournalError, match=reason) as caught:
            import_archive(other, archive)
        assert str(archive) in str(caught.value)


def test_a_session_of_millions_of_nothings_is_not_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = "[" + "[]," * 1_000_000 + "[]]"
    monkeypatch.setattr(json, "loads", lambda _text: pytest.fail("it was parsed"))
    with open_journal(tmp_path) as journal, pytest.raises(JournalError, match="larger than"):
        import_archive(journal, zipped(tmp_path / "x.zip", {"sessions/1.json": content}))


@pytest.mark.parametrize(
    ("recording", "reason"),
    [(bytes(5_000_000), "larger than any that an export holds"), (bytes(100), "is not FLAC")],
)
def test_zeros_are_no_recording(tmp_path: Path, recording: bytes, reason: str) -> None:
    content = exported(tmp_path)
    name = f"takes/{content['takes'][0]['uid']}.flac"
    entries = {"sessions/1.json": json.dumps(content), name: recording.decode("ascii")}
    with open_journal(tmp_path) as other:
        with pytest.raises(JournalError, match=reason):
            import_archive(other, zipped(tmp_path / "x.zip", entries))
        assert list_sessions(other) == []
        assert not list(tmp_path.glob("takes/*"))


def test_another_persons_archive_is_asked_about(tmp_path: Path) -> None:
    first, second = tmp_path / "first.zip", tmp_path / "second.zip"
    for name, archive in (("anna", first), ("ben", second)):
        with filled(tmp_path / name) as one:
            write_archive(one, [1, 2], archive)
    asked: list[int] = []

    def refuse(content: ArchiveContent) -> bool:
        asked.append(content.n_takes)
        return False

    with open_journal(tmp_path) as journal:
        assert import_archive(journal, first, refuse) is not None  # an empty journal: nobody's yet
        assert import_archive(journal, first, refuse) is not None  # the same person's
        before = objects(journal)
        assert asked == []
        assert import_archive(journal, second, refuse) is None
        assert asked == [2]
        assert objects(journal) == before
        imported = import_archive(journal, second, lambda _: True)
        assert imported is not None
        assert imported.n_sessions == 2


def test_an_archive_is_read_without_importing(tmp_path: Path) -> None:
    archive = tmp_path / "out.zip"
    with filled(tmp_path / "one") as one:
        write_archive(one, [1, 2], archive)
        expected = objects(one)
    for take in (one for session in expected for one in session["takes"]):
        take["audio_name"], take["audio_bytes"] = False, None
    with open_archive(archive) as journal:
        folder = journal.path.parent
        found = objects(journal)
    assert found == expected
    assert not folder.exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_a_pipe_is_no_archive(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.zip")
    with open_journal(tmp_path) as journal, pytest.raises(JournalError, match="a pipe"):
        import_archive(journal, tmp_path / "x.zip")


def test_whatever_is_written_down_can_be_imported(tmp_path: Path) -> None:
    hostile = "\x1b[31m\n\u202e" * 1000
    archive = tmp_path / "out.zip"
    with open_journal(tmp_path / "one") as one:
        record = SessionRecord(started=moment(1), plan_name=hostile)
        session_id = begin_session(one, record)
        take_id = begin_take(one, session_id, setup(1, input_device=hostile, beats="3+2+2"))
        end_take(one, take_id, result(finding=hostile))
        text = hostile[:2000]
        add_remark(one, session_id, Remark(1.0, RemarkKind.NOTE, text=text, take_id=take_id))
        write_archive(one, [session_id], archive)
        with open_archive(archive) as journal:
            assert objects(journal) == objects(one)
