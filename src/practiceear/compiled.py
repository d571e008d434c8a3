"""How kernels are compiled: once per machine, and still where nothing can be kept."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from numba import njit

Kernel = TypeVar("Kernel", bound=Callable[..., object])


def kernel(function: Kernel) -> Kernel:
    """Compile ``function`` on its first call and keep the code for later starts.

    Numba keeps it beside the source or, where that is read-only, in the user's cache
    folder. Where neither can be written it is compiled anew at every start.
    """
    options = {"nogil": True, "error_model": "numpy"}
    try:
        compiled: Kernel = njit(cache=True, **options)(function)
    except RuntimeError:  # no folder for the cache
        compiled = njit(**options)(function)
    return compiled


@contextmanager
def compiling_alone() -> Iterator[None]:
    """Let one program at a time fill Numba's caches on this machine.

    Several that fill an empty cache together leave index and code of different runs side by
    side, and the next start crashes in them. Where there are no such locks (Windows) nothing
    is waited for.
    """
    if sys.platform == "win32":
        yield
        return
    import fcntl

    path = Path(tempfile.gettempdir()) / f"practiceear-{os.getuid()}.lock"
    try:
        file = path.open("a")
    except OSError:  # nowhere to put a lock, nowhere to put a cache
        yield
        return
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)
