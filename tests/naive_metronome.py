"""The cost of an assignment and the cheapest one, tried out one by one.

A musician could check this by hand: each note is given to one of the slots beside it or
to none, and what that costs is added up.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

EXTRA = 0.45**2
BREAK = 0.45**2


def cost(
    positions: Sequence[float], pulses: Sequence[int], slots: Sequence[int | None]
) -> float | None:
    """What an assignment costs; None where notes cross or share a slot."""
    total, last = 0.0, None
    for position, pulse, slot in zip(positions, pulses, slots, strict=True):
        if slot is None:
            total += EXTRA
            continue
        if last is not None and slot <= last:
            return None
        is_run = last is not None and slot - last < 2 * pulse
        if pulse and not is_run:
            total += BREAK
        total += (position - slot) ** 2
        last = slot
    return total


def cheapest(positions: Sequence[float], pulses: Sequence[int]) -> float:
    """The least cost of all assignments to slots within two slots."""
    choices = [(None, *range(int(at) - 2, int(at) + 4)) for at in positions]
    costs = (cost(positions, pulses, slots) for slots in product(*choices))
    return min(one for one in costs if one is not None)
