"""librosa's YIN, imported without what the rest of librosa needs.

The module that holds it imports half of SciPy and has Numba load forty compiled functions, of
which YIN needs three, each a line of NumPy: four times what finding the pitches of a take costs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

Yin = Callable[..., npt.NDArray[np.float64]]

UNNEEDED = (
    "asyncio",
    "audioread",
    "joblib.externals.loky",
    "librosa.core.notation",
    "librosa.sequence",
    "resampy",
    "samplerate",
    "scipy.fft",
    "scipy.interpolate",
    "scipy.ndimage",
    "scipy.optimize",
    "scipy.signal",
    "scipy.stats",
)
"""Modules that librosa imports for other things than YIN."""


def import_yin() -> Yin:
    """Librosa's ``yin``, after a first call."""
    with _on_demand(UNNEEDED), _deferred_ufuncs():
        import librosa

        yin: Yin = librosa.yin
        yin(np.sin(0.1 * np.arange(4096)), fmin=200.0, fmax=2000.0, frame_length=1024)
    return yin


class _ModuleOnDemand(ModuleType):
    """A module that is imported when one of its names is used."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__path__":
            raise AttributeError(name)
        self.step_aside()
        return getattr(import_module(self.__name__), name)

    def step_aside(self) -> None:
        """Leave the name to the real module."""
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]


@contextmanager
def _on_demand(names: Sequence[str]) -> Iterator[None]:
    """Have the modules that are not imported yet imported on demand, by who imports them now."""
    modules = [_ModuleOnDemand(name) for name in names if name not in sys.modules]
    sys.modules.update({module.__name__: module for module in modules})
    try:
        yield
    finally:
        for module in modules:
            module.step_aside()


class _FunctionOnDemand:
    """A function that a decorator makes of another when it is first called."""

    def __init__(self, decorate: Callable[[Any], Any], function: Callable[..., Any]) -> None:
        self._decorate, self._undecorated = decorate, function

    @cached_property
    def _function(self) -> Callable[..., Any]:
        decorated: Callable[..., Any] = self._decorate(self._undecorated)
        return decorated

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return self._function(*arguments, **options)


def _power(numbers: Any) -> Any:
    """Square of each complex number's magnitude."""
    return numbers.real**2 + numbers.imag**2


def _troughs(rows: npt.NDArray[Any], out: npt.NDArray[np.bool_]) -> None:
    """Mark what is less than the value before it and no more than the one after; not the ends."""
    out[..., [0, -1]] = False
    middle = rows[..., 1:-1]
    out[..., 1:-1] = (middle < rows[..., :-2]) & (middle <= rows[..., 2:])


def _vertices(rows: npt.NDArray[Any], out: npt.NDArray[Any]) -> None:
    """Offset of the vertex of a parabola through three neighbours; 0 if beyond them, or at ends."""
    before, after = rows[..., :-2], rows[..., 2:]
    curvature, slope = after + before - 2 * rows[..., 1:-1], (after - before) / 2
    out[...] = 0
    is_inside = ~(np.abs(slope) >= np.abs(curvature))
    np.divide(-slope, curvature, out=out[..., 1:-1], where=is_inside)


BY_NUMPY: dict[str, Callable[..., Any]] = {
    "_cabs2": _power,
    "_localmin": _troughs,
    "_pi_wrapper": _vertices,
}
"""The functions by Numba that YIN calls, and the same without what Numba takes to load them."""


@contextmanager
def _deferred_ufuncs() -> Iterator[None]:
    """Have Numba load or compile a ufunc that is made now on its first call."""
    import numba

    decorators = {name: getattr(numba, name) for name in ("guvectorize", "vectorize")}
    for name, decorator in decorators.items():
        setattr(numba, name, _deferred(decorator))
    try:
        yield
    finally:
        for name, decorator in decorators.items():
            setattr(numba, name, decorator)


def _deferred(decorator: Callable[..., Any]) -> Callable[..., Any]:
    """The decorator, which compiles or loads nothing before the function is called."""

    def with_options(*signatures: Any, **options: Any) -> Callable[[Any], Any]:
        def replaced(function: Callable[..., Any]) -> Callable[..., Any]:
            on_demand = _FunctionOnDemand(decorator(*signatures, **options), function)
            return BY_NUMPY.get(function.__name__, on_demand)

        return replaced

    return with_options
