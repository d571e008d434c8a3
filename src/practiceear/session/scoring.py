"""Scores what was heard in a fixture against what was played.

Rules, the same as in the field (Böck, Krebs & Schedl 2012): a true onset is found if
one heard onset lies within the window, each counted once (mir_eval); true onsets less
than 30 ms apart are one. Times are compared with the moment when a note reaches
-20 dB of its peak, the earliest at which it can be heard in a room. A heard onset in
the first 60 ms, before anything could be compared, is not counted; one at a metronome
click is, unless a note was due there: a click is never a note.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from practiceear.session.fixture import Fixture
from practiceear.session.onset_matching import match_onsets
from practiceear.session.snapshot import SessionSnapshot
from practiceear.units import FloatArray, IntArray, samples_to_seconds

WINDOW_S = 0.050
NARROW_WINDOW_S = 0.025
MERGED_S = 0.030
START_S = 0.060


@dataclass(frozen=True, slots=True)
class Score:
    """How well one fixture was heard; NaN where there is nothing to compare.

    Attributes
    ----------
    n_played, n_heard, n_false
        True onsets, heard onsets, and heard ones that match none within 50 ms.
    f_50
        F-measure within ±50 ms.
    f_25
        F-measure within ±25 ms after the constant bias is taken out.
    bias_s, spread_s
        Median and SD of heard minus true time of the matched onsets.
    delay_s
        Median time from a true onset to when a live listener would have known.
    sd_ioi_error_s
        Reported minus true SD of the inter-onset intervals.
    """

    n_played: int
    n_heard: int
    n_false: int
    f_50: float
    f_25: float
    bias_s: float
    spread_s: float
    delay_s: float
    sd_ioi_error_s: float


def score_fixture(fixture: Fixture, snapshot: SessionSnapshot) -> Score:
    """Compare what was heard in a fixture with what was played."""
    kept = apart(fixture.t20_s)
    played_s, first_s = fixture.t20_s[kept], fixture.onset_s[kept]
    called_s = samples_to_seconds(snapshot.notes["called_sample"], snapshot.rate_hz)
    heard_s = snapshot.onset_s
    is_counted = heard_s >= START_S
    if len(played_s) and played_s[0] < START_S + WINDOW_S:
        is_counted[:] = True
    heard_s, called_s = heard_s[is_counted], called_s[is_counted]
    pairs = match_onsets(played_s, heard_s, WINDOW_S)
    played_at = np.array([pair[0] for pair in pairs], dtype=np.int64)
    heard_at = np.array([pair[1] for pair in pairs], dtype=np.int64)
    error_s = heard_s[heard_at] - played_s[played_at]
    bias_s = float(np.median(error_s)) if len(pairs) else np.nan
    sd_ioi = snapshot.metric("sd_ioi_s")
    return Score(
        n_played=len(played_s),
        n_heard=len(heard_s),
        n_false=len(heard_s) - len(pairs),
        f_50=f_measure(played_s, heard_s, WINDOW_S),
        f_25=f_measure(played_s, heard_s - np.nan_to_num(bias_s), NARROW_WINDOW_S),
        bias_s=bias_s,
        spread_s=float(np.std(error_s, ddof=1)) if len(pairs) > 1 else np.nan,
        delay_s=float(np.median(called_s[heard_at] - first_s[played_at])) if len(pairs) else np.nan,
        sd_ioi_error_s=sd_ioi.value - fixture.sd_ioi_s,
    )


def apart(reference_s: FloatArray) -> IntArray:
    """Indices, in order of time, of true onsets when of close ones the first is kept."""
    kept: list[int] = []
    for index in np.argsort(reference_s, kind="stable"):
        if not kept or reference_s[index] - reference_s[kept[-1]] >= MERGED_S:
            kept.append(int(index))
    return np.array(kept, dtype=np.int64)


def f_measure(played_s: FloatArray, heard_s: FloatArray, window_s: float) -> float:
    """F-measure of heard onsets; NaN where nothing was played and nothing heard."""
    if not len(played_s) and not len(heard_s):
        return float("nan")
    n_matched = len(match_onsets(played_s, heard_s, window_s))
    return 2.0 * n_matched / (len(played_s) + len(heard_s))
