"""Slow, obvious twins of the bleed kernels, on plain lists and dictionaries instead of rings."""

from __future__ import annotations


def take_out(
    samples: list[float], first: int, foreseen: dict[int, float]
) -> tuple[list[float], dict[int, float]]:
    """Samples less what was foreseen at their numbers, and what is still foreseen."""
    cleaned = [sample - foreseen.get(first + i, 0.0) for i, sample in enumerate(samples)]
    left = {n: value for n, value in foreseen.items() if not first <= n < first + len(samples)}
    return cleaned, left


def foresee(
    sound: list[float], first: int, earliest: int, foreseen: dict[int, float]
) -> tuple[list[float], dict[int, float]]:
    """What will be taken out of ``sound``, and all that is foreseen with it."""
    kept = [value if first + i >= earliest else 0.0 for i, value in enumerate(sound)]
    together = dict(foreseen)
    for i, value in enumerate(kept):
        together[first + i] = together.get(first + i, 0.0) + value
    return kept, together


def smooth_power(sound: list[float], half: int) -> list[float]:
    """Mean square of each sample and up to ``half`` neighbours to either side."""
    around = [sound[max(0, i - half) : i + half + 1] for i in range(len(sound))]
    return [sum(x * x for x in near) / len(near) for near in around]
