"""Matches two lists of onsets of one take, one to one."""

from __future__ import annotations

from practiceear.units import FloatArray


def match_onsets(
    reference_s: FloatArray, estimated_s: FloatArray, window_s: float
) -> list[tuple[int, int]]:
    """Largest one-to-one matching of onsets at most ``window_s`` apart, as pairs of indices."""
    import mir_eval  # brings all of scipy.stats: more than a second

    pairs: list[tuple[int, int]] = mir_eval.util.match_events(reference_s, estimated_s, window_s)
    return pairs
