from __future__ import annotations

import fcntl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

import numba
import platformdirs
import pytest

from practiceear import numba_cache
from practiceear.errors import MissingError


def test_a_kernel_is_compiled_even_where_nothing_can_be_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[bool] = []

    def without_folder(*, cache: bool = False, **_options: object) -> Callable[[object], object]:
        asked.append(cache)

        def compile_it(function: object) -> object:
            if cache:
                raise RuntimeError("cannot cache function: no locator available")
            return function

        return compile_it

    monkeypatch.setattr(numba, "njit", without_folder)
    assert numba_cache.CompiledKernel(max).dispatcher is max
    assert asked == [True, False]


def test_a_kernel_computes_what_its_function_does() -> None:
    def third(number: float) -> float:
        return number / 3.0

    assert numba_cache.kernel(third)(1.0) == pytest.approx(1 / 3)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's cache folder, not there yet."""
    folder = tmp_path / "cache" / "practiceear"
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda *_a, **_k: folder)
    return folder


def held_elsewhere(folder: Path) -> TextIO:
    """The lock as another program holds it until the file is closed: locks belong to files."""
    folder.mkdir(parents=True)
    file = (folder / "compile.lock").open("a+")
    fcntl.flock(file, fcntl.LOCK_EX)
    file.write("4711\n")
    file.flush()
    return file


def test_the_lock_lies_in_the_users_own_cache_folder(cache: Path) -> None:
    with numba_cache.compiling_alone(), numba_cache.compiling_alone():  # a part may ask again
        assert [one.name for one in cache.iterdir()] == ["compile.lock"]
    with numba_cache.compiling_alone():
        pass


def test_another_program_is_waited_for_with_one_line(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numba_cache, "SILENT_WAIT_S", 0.0)
    lines: list[str] = []
    numba_cache.announce_waits(lines.append)
    held = held_elsewhere(cache)
    threading.Timer(0.3, held.close).start()
    with numba_cache.compiling_alone():
        assert held.closed
    assert len(lines) == 1
    assert "waiting" in lines[0]


def test_a_program_that_never_ends_is_named(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numba_cache, "LONGEST_WAIT_S", 0.2)
    with (
        held_elsewhere(cache),
        pytest.raises(MissingError, match="process 4711"),
        numba_cache.compiling_alone(),
    ):
        pass
    with numba_cache.compiling_alone():
        pass


def test_without_a_folder_for_a_lock_nothing_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda *_a, **_k: blocked / "x")
    with numba_cache.compiling_alone():
        pass
