from __future__ import annotations

import errno
import importlib
import importlib.util
import math
import os
import sys
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from practiceear import native_code, numba_cache

pytestmark = pytest.mark.skipif(
    sys.platform == "win32" or os.environ.get("NUMBA_DISABLE_JIT") == "1",
    reason="no code is kept",
)

POINT = np.dtype([("place", np.int64), ("size", np.float32, (3,))])

SOURCE = """
import math
import numpy as np
from practiceear.numba_cache import kernel

@kernel
def half(value):
    return value * FACTOR

@kernel
def move(points, sums, shift, scale):
    point = points[0]
    for i in range(sums.shape[0]):
        for j in range(sums.shape[1]):
            sums[i, j] += half(point["size"][j]) * scale
    point["place"] += shift
    return point["place"]

@kernel
def total(record):
    return math.sqrt(record["size"][0] + record["place"])

@kernel
def made(n):
    return np.zeros(n)
"""


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., ModuleType]:
    """Writes the kernels to a file, with a factor, and imports them anew."""

    def write(factor: float = 0.5) -> ModuleType:
        path = tmp_path / "some_kernels.py"
        path.write_text(f"FACTOR = {factor}\n{SOURCE}")
        spec = importlib.util.spec_from_file_location("some_kernels", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["some_kernels"] = module
        spec.loader.exec_module(module)
        return module

    return write


def moved(kernels: ModuleType) -> tuple[Any, ...]:
    points = np.zeros(1, POINT)
    points["size"] = (1.0, 2.0, 3.0)
    sums = np.ones((2, 3))
    place = kernels.move(points, sums, 7, 0.25)
    return place, points["place"][0], sums.tolist(), kernels.total(points[0])


def no_compiling(*_arguments: object) -> None:
    raise AssertionError("compiled again")


def test_kept_code_does_what_the_kernel_does(
    written: Callable[..., ModuleType], tmp_path: Path
) -> None:
    expected = (7, 7, [[1.125, 1.25, 1.375]] * 2, pytest.approx(math.sqrt(8.0)))
    assert moved(written()) == expected
    assert len(list((tmp_path / "__pycache__").glob("*.native"))) == 2


def test_code_is_loaded_and_not_compiled_again(
    written: Callable[..., ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = moved(written())
    stamp = (tmp_path / "some_kernels.py").stat()
    monkeypatch.setattr(numba_cache, "compile_code", no_compiling)
    kernels = written()
    os.utime(tmp_path / "some_kernels.py", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert moved(kernels) == first
    assert "dispatcher" not in vars(kernels.move)


def test_how_many_threads_numba_may_use_changes_no_code(
    written: Callable[..., ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    moved(written())
    monkeypatch.setenv("NUMBA_NUM_THREADS", "1")  # as the pool of takes sets it
    native_code._machine.cache_clear()
    monkeypatch.setattr(numba_cache, "compile_code", no_compiling)
    moved(written())
    native_code._machine.cache_clear()


def test_code_of_an_older_import_is_not_taken_for_that_of_an_edited_file(
    written: Callable[..., ModuleType],
) -> None:
    """A program that runs while it is upgraded compiles what it imported before."""
    older, newer = written(), written(factor=1.25)
    assert moved(older)[2][0] == [1.125, 1.25, 1.375]
    assert moved(newer)[2][0] == [1.3125, 1.625, 1.9375]


def test_an_edit_is_noticed(written: Callable[..., ModuleType]) -> None:
    assert moved(written())[2][0] == [1.125, 1.25, 1.375]
    assert moved(written(factor=1.25))[2][0] == [1.3125, 1.625, 1.9375]


@pytest.mark.parametrize("n_bytes", [0, 40, 2000, -1])
def test_a_broken_file_is_compiled_again(
    written: Callable[..., ModuleType], tmp_path: Path, n_bytes: int
) -> None:
    kernels = written()
    first = moved(kernels)
    for file in (tmp_path / "__pycache__").glob("*.native"):
        file.write_bytes(file.read_bytes()[:n_bytes])
    for kernel in (kernels.move, kernels.total):
        kernel._native.clear()
    assert moved(kernels) == first


def test_arguments_of_other_kinds_are_not_taken_for_the_first(
    written: Callable[..., ModuleType],
) -> None:
    kernels = written()
    moved(kernels)
    points, sums = np.ones(2, POINT), np.ones((3, 2), dtype=np.float32).T
    assert kernels.move(points[::-1], sums, 7, 0.25) == 8
    assert sums[0].tolist() == [1.125] * 3
    assert len(kernels.move.signatures) == 2


def test_code_that_needs_numba_is_not_kept(
    written: Callable[..., ModuleType], tmp_path: Path
) -> None:
    assert written().made(3).tolist() == [0.0, 0.0, 0.0]
    assert not list((tmp_path / "__pycache__").glob("*made*.native"))


def test_a_constant_from_another_file_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where only that file was edited, in the kernels that are called too."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "calling_kernels.py").write_text(
        "from called_kernels import shifted\n"
        "from practiceear.numba_cache import kernel\n\n\n"
        "@kernel\ndef twice(value):\n    return 2.0 * shifted(value)\n"
    )
    (tmp_path / "called_kernels.py").write_text(
        "from far_constants import SHIFT\n"
        "from practiceear.numba_cache import kernel\n\n\n"
        "@kernel\ndef shifted(value):\n    return value + SHIFT\n"
    )
    for shift in (0.5, 10.25):
        (tmp_path / "far_constants.py").write_text(f"SHIFT = {shift}\n")
        for name in ("calling_kernels", "called_kernels", "far_constants"):
            monkeypatch.delitem(sys.modules, name, raising=False)
        importlib.invalidate_caches()
        assert importlib.import_module("calling_kernels").twice(1.0) == 2.0 * (1.0 + shift)


def test_code_that_cannot_be_kept_is_compiled_for_that_but_once(
    written: Callable[..., ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    kernels = written()
    kernels.made(3)
    monkeypatch.setattr(numba_cache, "compile_code", no_compiling)
    assert kernels.made(4).tolist() == [0.0] * 4


def test_numba_calls_what_llvm_cannot_load(
    written: Callable[..., ModuleType], tmp_path: Path
) -> None:
    first = moved(written())
    for file in (tmp_path / "__pycache__").glob("*.native"):
        stamp, _, rest = file.read_bytes().partition(b"\n")
        code = b"another_" + rest.partition(b"\n")[2]
        file.write_bytes(stamp + b"\n%d\n" % zlib.crc32(code) + code)
    assert moved(written()) == first


def test_threads_that_call_a_kernel_first_share_its_code(
    written: Callable[..., ModuleType],
) -> None:
    kernels = written()
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(kernels.half, [3.0] * 16)) == {1.5}
    assert len(kernels.half.signatures) == 1


def test_nothing_unfinished_is_left_where_the_disk_is_full(
    written: Callable[..., ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(Path, "replace", full)
    monkeypatch.setattr("platformdirs.user_cache_path", lambda *_args, **_options: tmp_path / "c")
    assert written().half(3.0) == 1.5
    assert not list(tmp_path.rglob("tmp*"))
    assert not list(tmp_path.rglob("*.native"))
    assert not list(tmp_path.rglob("*native*"))
