"""Finds instrument profiles by name, importing only those used."""

from __future__ import annotations

from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING

from practiceear.errors import MissingError, UsageError

if TYPE_CHECKING:
    from practiceear.instruments.profile import InstrumentProfile

GROUP = "practiceear.instruments"


def instrument_names() -> tuple[str, ...]:
    """Names of all installed instruments, sorted; nothing is imported."""
    return tuple(sorted(_offered()))


def instrument_sources() -> dict[str, str]:
    """Name of each installed instrument and the package that offers it; nothing is imported."""
    return {
        name: point.dist.name if point.dist else "unknown"
        for name, point in sorted(_offered().items())
    }


def load_profile(instrument: str | None) -> InstrumentProfile:
    """The profile of an instrument, or the general one for None."""
    if instrument is not None:
        return load_instrument(instrument)
    from practiceear.instruments.profile import UNNAMED

    return UNNAMED


def load_instrument(name: str) -> InstrumentProfile:
    """Load the profile of the instrument ``name``.

    UsageError where there is no such instrument; the nearest names are offered. MissingError where
    a plug-in offers it but cannot be loaded.
    """
    point = _point_of(name)
    from practiceear.instruments.profile import InstrumentProfile

    try:
        profile = point.load()
    except Exception as error:  # a stranger's module may raise anything
        raise MissingError(
            f"the instrument {name!r} cannot be loaded from {point.value} ({error})",
            "Reinstall or remove the package that offers it",
        ) from error
    if not isinstance(profile, InstrumentProfile):
        raise MissingError(
            f"the instrument {name!r} from {point.value} is not an InstrumentProfile",
            "Tell the author of the package that offers it",
        )
    return profile


def refuse_unknown(name: str | None) -> None:
    """Raise ``UsageError`` for an instrument that is not installed; nothing is loaded."""
    if name is not None:
        _point_of(name)


def _point_of(name: str) -> EntryPoint:
    point = _offered().get(name.strip().lower().replace(" ", "-"))
    if point is None:
        raise UsageError(f"there is no instrument {name!r}", _suggestion(name))
    return point


def _offered() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


def _suggestion(name: str) -> str:
    near = get_close_matches(name.lower(), instrument_names(), n=3, cutoff=0.5)
    if near:
        return f"Did you mean {' or '.join(near)}?"
    return f"Choose one of {', '.join(instrument_names())}"
