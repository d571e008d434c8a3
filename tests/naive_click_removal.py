"""Slow, obvious twins of the click filter's kernels, on lists and dictionaries, not rings."""

from __future__ import annotations


def subtract(
    samples: list[float], first: int, expected: dict[int, float]
) -> tuple[list[float], dict[int, float]]:
    """Samples less what was expected at their numbers, and what is still expected."""
    cleaned = [sample - expected.get(first + i, 0.0) for i, sample in enumerate(samples)]
    left = {n: value for n, value in expected.items() if not first <= n < first + len(samples)}
    return cleaned, left


def expect(
    sound: list[float], first: int, earliest: int, expected: dict[int, float]
) -> tuple[list[float], dict[int, float]]:
    """What will be subtracted of ``sound``, and all that is expected with it."""
    kept = [value if first + i >= earliest else 0.0 for i, value in enumerate(sound)]
    together = dict(expected)
    for i, value in enumerate(kept):
        together[first + i] = together.get(first + i, 0.0) + value
    return kept, together


def smooth_power(sound: list[float], half: int) -> list[float]:
    """Mean square of each sample and up to ``half`` neighbours to either side."""
    around = [sound[max(0, i - half) : i + half + 1] for i in range(len(sound))]
    return [sum(x * x for x in near) / len(near) for near in around]
