"""Takes for tests of the benchmarks' rules: ten silent seconds with notes in them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.rules import Detections
from benchmarks.takes import Take


def silent_take(
    reference_s: Sequence[float], pitch_midi: Sequence[float] | None = None, name: str = "set/take"
) -> Take:
    """A take whose notes begin at ``reference_s``."""
    reference = np.array(reference_s, dtype=np.float64)
    unknown = np.full(len(reference), np.nan)
    return Take(
        name=name,
        dataset=name.split("/", maxsplit=1)[0],
        samples=np.zeros(44100 * 10, np.float32),
        rate_hz=44100,
        family="bowed",
        instrument="",
        tier="",
        reference_s=reference,
        onset_s=reference,
        offset_s=unknown,
        level_dbfs=unknown,
        nominal_s=unknown,
        pitch_midi=unknown if pitch_midi is None else np.array(pitch_midi, dtype=np.float64),
        clicks_s=np.zeros(0),
        is_exact=True,
    )


def heard_at(*onset_s: float) -> Detections:
    """Detections at these times, known at once."""
    return Detections(np.array(onset_s, dtype=np.float64), np.array(onset_s, dtype=np.float64))
