"""Where things are kept: the platform's places, one chosen folder, or one clear error."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import platformdirs
import pytest

from practiceear.errors import OutputError, UsageError
from practiceear.files import (
    choose_journal,
    data_folder,
    journal_folder,
    log_path,
    takes_folder,
)


def test_one_chosen_folder_holds_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "a" / "b"
    monkeypatch.setenv("PRACTICEEAR_HOME", str(home))
    assert data_folder() == home
    assert takes_folder() == home / "takes"
    assert log_path().parent == home
    assert takes_folder().is_dir()
    assert not log_path().exists()


@pytest.mark.parametrize("chosen", [None, ""])
def test_without_one_the_platform_decides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chosen: str | None
) -> None:
    monkeypatch.delenv("PRACTICEEAR_HOME", raising=False)
    if chosen is not None:
        monkeypatch.setenv("PRACTICEEAR_HOME", chosen)
    for purpose in ("data", "log"):
        folder = tmp_path / purpose
        monkeypatch.setattr(platformdirs, f"user_{purpose}_path", lambda *_, f=folder, **__: f)
    assert data_folder() == tmp_path / "data"
    assert takes_folder() == tmp_path / "data" / "takes"
    assert log_path().parent == tmp_path / "log"
    assert (tmp_path / "log").is_dir()


def test_a_tilde_is_the_players_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("PRACTICEEAR_HOME", "~/ear")
    assert data_folder() == tmp_path / "ear"


def _refused(_path: Path, *_args: object, **_options: object) -> None:
    raise PermissionError(13, "Permission denied")


def _make_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "mkdir", _refused)


def _make_read_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)


@pytest.mark.parametrize("spoil", [_make_refused, _make_read_only])
@pytest.mark.parametrize("ask", [takes_folder, log_path])
def test_a_read_only_home_is_told_with_what_to_do(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ask: Callable[[], Path],
    spoil: Callable[[pytest.MonkeyPatch], None],
) -> None:
    monkeypatch.setenv("PRACTICEEAR_HOME", str(tmp_path / "home"))
    spoil(monkeypatch)
    with pytest.raises(OutputError, match="nothing can be kept in") as caught:
        ask()
    assert "PRACTICEEAR_HOME" in caught.value.hint


def test_a_home_that_cannot_be_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a file").write_text("not a folder")
    monkeypatch.setenv("PRACTICEEAR_HOME", "a file/home")
    with pytest.raises(OutputError, match="nothing can be kept in"):
        takes_folder()
    monkeypatch.setenv("PRACTICEEAR_HOME", "~nobody-of-this-name/x")
    with pytest.raises(UsageError, match="can be no folder"):
        data_folder()


def test_looking_makes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRACTICEEAR_HOME", str(tmp_path / "home"))
    assert data_folder() == journal_folder() == tmp_path / "home"
    assert not (tmp_path / "home").exists()


def test_a_chosen_journal_has_its_recordings_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRACTICEEAR_HOME", str(tmp_path / "home"))
    choose_journal(tmp_path / "anna")
    try:
        assert journal_folder() == tmp_path / "anna"
        assert takes_folder() == tmp_path / "anna" / "takes"
        assert data_folder() == tmp_path / "home"
    finally:
        choose_journal(None)
    assert journal_folder() == tmp_path / "home"
