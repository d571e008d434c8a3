"""The spread of the last notes as a number that can be trusted, or what is still missing."""

from __future__ import annotations

import math
from dataclasses import dataclass

from practiceear.session.live_snapshot import LiveSnapshot

FEWEST_NOTES = 8
"""As in the measures of a take; named here because those load scipy."""


@dataclass(frozen=True, slots=True)
class BigNumber:
    """A huge number and what must be said beside it.

    Attributes
    ----------
    number
        Empty where there is none; `side` then says why.
    side
        Lines beside it, the most important one first.
    """

    number: str
    side: tuple[str, ...]


def spread_in_words(snapshot: LiveSnapshot) -> BigNumber:
    """Say how steady the notes are in milliseconds, or how many notes are missing."""
    if math.isnan(snapshot.spread_s):
        n_more = max(1, FEWEST_NOTES - snapshot.spread_n)
        notes = "1 more note" if n_more == 1 else f"{n_more} more notes"
        return BigNumber("", (notes, "until I can tell how steady you are"))
    interval = f"ms, {_ms(snapshot.spread_low_s)} to {_ms(snapshot.spread_high_s)}"
    side = (interval, f"{snapshot.spread_n} notes", _about(snapshot))
    return BigNumber(_ms(snapshot.spread_s), side)


def _about(snapshot: LiveSnapshot) -> str:
    if snapshot.bpm is None:
        return "how even from note to note"
    return "how steady you are"


def _ms(duration_s: float) -> str:
    """Milliseconds with two digits that count; empty where not known."""
    if not math.isfinite(duration_s):
        return ""
    duration_ms = 1000.0 * duration_s
    return f"{duration_ms:.0f}" if duration_ms >= 9.95 else f"{duration_ms:.1f}"
