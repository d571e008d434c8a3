from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from practiceear.errors import OutputError, UsageError
from practiceear.reports.write import refuse_target, write_report


def test_a_report_replaces_the_older_one(tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    target.write_text("old")
    target.chmod(0o640)
    write_report(str(target), "new ♪\n")
    assert target.read_text(encoding="utf-8") == "new ♪\n"
    assert target.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_a_full_disk_leaves_the_older_report_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "report.json"
    target.write_text("old")

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left on device"):
        write_report(str(target), "new")
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_standard_output_is_a_dash(capsys: pytest.CaptureFixture[str]) -> None:
    write_report("-", "so\n")
    assert capsys.readouterr().out == "so\n"


def test_a_device_is_written_as_it_is() -> None:
    write_report("/dev/null", "gone")
    assert not Path("/dev/null").is_file()


def test_targets_that_cannot_be_written_are_refused_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="is a folder"):
        refuse_target(str(tmp_path), [])
    with pytest.raises(OutputError, match="there is no folder"):
        refuse_target(str(tmp_path / "nowhere" / "report.json"), [])


def test_a_take_is_never_a_target(tmp_path: Path) -> None:
    take = tmp_path / "take.wav"
    take.write_bytes(b"RIFF")
    with pytest.raises(UsageError, match="would be overwritten"):
        refuse_target(str(tmp_path / "." / "take.wav"), [take])
