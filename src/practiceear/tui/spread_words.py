"""The spread of the last notes as a number that can be trusted, or what is still missing."""

from __future__ import annotations

import math
from dataclasses import dataclass

from practiceear.session.live_snapshot import LiveSnapshot, NoteState

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
    """Say the spread in milliseconds with ±, n and floor, or how many notes are missing."""
    if math.isnan(snapshot.spread_s):
        n_more = max(1, FEWEST_NOTES - snapshot.spread_n)
        notes = "1 more note" if n_more == 1 else f"{n_more} more notes"
        return BigNumber("", (notes, "until the spread can be told"))
    reach = _ms(spread_reach_s(snapshot))
    floor = _ms(snapshot.spread_floor_s)
    side = [f"ms ± {reach}", f"n {snapshot.spread_n}"]
    if floor:
        side.append(f"floor {floor} ms")
    return BigNumber(_ms(snapshot.spread_s), (*side, _about(snapshot)))


def spread_reach_s(snapshot: LiveSnapshot) -> float:
    """How far above the spread its 95 % interval reaches, in seconds.

    The upper side, which is the longer one. It counts that notes lean on their neighbours
    where all the deviations behind the spread are listed.
    """
    from practiceear.metrics.reliability import sd_interval, spread_of

    deviations_s = _listed_deviations_s(snapshot)
    if snapshot.spread_n == len(deviations_s) >= FEWEST_NOTES:
        import numpy as np

        listed = np.asarray(deviations_s)
        spread = spread_of(listed - listed.mean())
        if spread.sd > 0.0:
            return snapshot.spread_s * (spread.high / spread.sd - 1.0)
    dof = max(1.0, snapshot.spread_n - 1.0)
    return sd_interval(snapshot.spread_s, dof)[1] - snapshot.spread_s


def _listed_deviations_s(snapshot: LiveSnapshot) -> list[float]:
    return [
        note.deviation_s
        for note in snapshot.notes
        if note.state is NoteState.SETTLED and math.isfinite(note.deviation_s)
    ]


def _about(snapshot: LiveSnapshot) -> str:
    if snapshot.bpm is None:
        return "spread from note to note"
    return "spread about your own centre"


def _ms(duration_s: float) -> str:
    """Milliseconds with two digits that count; empty where not known."""
    if not math.isfinite(duration_s):
        return ""
    duration_ms = 1000.0 * duration_s
    return f"{duration_ms:.0f}" if duration_ms >= 9.95 else f"{duration_ms:.1f}"
