"""Matches two lists of onsets of one take, one to one."""

from __future__ import annotations

from practiceear.units import FloatArray


def match_onsets(
    reference_s: FloatArray, estimated_s: FloatArray, window_s: float
) -> list[tuple[int, int]]:
    """Largest one-to-one matching of onsets at most ``window_s`` apart, as pairs of indices.

    Both lists are in order of time; then each onset matched with the first that is left is best.
    """
    pairs: list[tuple[int, int]] = []
    reference, estimated = 0, 0
    while reference < len(reference_s) and estimated < len(estimated_s):
        if reference_s[reference] < estimated_s[estimated] - window_s:
            reference += 1
        elif reference_s[reference] > estimated_s[estimated] + window_s:
            estimated += 1
        else:
            pairs.append((reference, estimated))
            reference, estimated = reference + 1, estimated + 1
    return pairs
