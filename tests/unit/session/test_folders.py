"""Where things are kept: the platform's places, one chosen folder, or one clear error."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import platformdirs
import pytest

from practiceear.errors import OutputError
from practiceear.session.folders import data_folder, log_path, takes_folder


def test_one_chosen_folder_holds_everything(tmp_path, monkeypatch) -> None:
    home = tmp_path / "a" / "b"
    monkeypatch.setenv("PRACTICEEAR_HOME", str(home))
    assert data_folder() == home
    assert takes_folder() == home / "takes"
    assert log_path().parent == home
    assert takes_folder().is_dir()
    assert not log_path().exists()


@pytest.mark.parametrize("chosen", [None, ""])
def test_without_one_the_platform_decides(tmp_path, monkeypatch, chosen: str | None) -> None:
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


def test_a_tilde_is_the_players_home(tmp_path, monkeypatch) -> None:
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
@pytest.mark.parametrize("ask", [data_folder, takes_folder, log_path])
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


@pytest.mark.parametrize("name", ["a file/home", "~nobody-of-this-name/x"])
def test_a_home_that_cannot_be_is_told(tmp_path, monkeypatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a file").write_text("not a folder")
    monkeypatch.setenv("PRACTICEEAR_HOME", name)
    with pytest.raises(OutputError, match="nothing can be kept in"):
        data_folder()
