"""How kernels are compiled: once per machine, and still where nothing can be kept."""

from __future__ import annotations

from collections.abc import Callable
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
