"""The rules of scoring, the same for every detector, and the figures that follow.

Matching is mir_eval's: the largest set of pairs within the window, each onset used once.
"""

from __future__ import annotations

from dataclasses import dataclass

import mir_eval
import numpy as np

from benchmarks.takes import Take
from practiceear.fixtures.check import MERGED_S, NARROW_WINDOW_S, START_S, WINDOW_S, apart
from practiceear.rhythm.grid import BoolArray
from practiceear.units import FloatArray, IntArray

CLICK_REACH_S = 0.050
"""A detection this near a click is the click heard."""

LONELY_CLICK_S = 0.100
"""A click with no note this near cannot be excused by one."""

FEWEST_INTERVALS = 8

Passages = tuple[tuple[float, float], ...]

RULES = f"""\
- Reference onsets less than {1000 * MERGED_S:.0f} ms apart are one event, at the time of the first.
- A detection is right if it can be paired with a reference onset within the window, each
  used once (mir_eval). Counts are pooled over all notes of a group, not averaged over takes.
- A detection in the first {1000 * START_S:.0f} ms, or within ±{1000 * CLICK_REACH_S:.0f} ms of a
  known metronome click, that matches no note is not counted for F. Clicks heard as notes are
  counted by themselves: of the clicks with no note within {1000 * LONELY_CLICK_S:.0f} ms.
- F ±50 and F ±25 are taken as heard, and again after one constant a detector is removed, the
  median error in what the row or table pools: each set in its own row its own, several sets
  together one (fingers tapping apart from notes, because other people labelled them).
- Every detector has one setting for all instruments; only *practiceear own profile* is told
  what is played.
- Reference: where truth is exact, the moment a note reaches -20 dB of its peak; else the label.
- Error: detection - reference of the pairs within ±50 ms, late is positive. Bias is its median,
  SD its standard deviation, MAE the mean absolute error once the bias is removed.
- Interval error: mean absolute error of the interval between two consecutive notes that were
  both found. It skips missed notes: read it beside the recall.
- SD-IOI error: the spread of intervals about their nominal lengths as the detector would have
  reported it, minus that of the true onsets (-40 dB), over the same intervals; mean (bias)
  and mean absolute value over takes. Only where the nominal times are known.
- Delay: last input sample a causal detector had been given when it spoke - reference. In
  brackets against the true beginning (-40 dB), where it is known."""


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """What one detector heard in one take.

    Attributes
    ----------
    onset_s
        Shape (n_detections,), in order.
    known_s
        When a live listener would have known; NaN for detectors that see the whole take.
    """

    onset_s: FloatArray
    known_s: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Played:
    """The reference onsets of a take after merging, and what belongs to them."""

    reference_s: FloatArray
    onset_s: FloatArray
    nominal_s: FloatArray
    pitch_midi: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Hearing:
    """One detector on one take: what was played, what was heard, which belong together.

    Attributes
    ----------
    played_at, heard_at
        The pairs within ±50 ms, shape (n_pairs,), in order of ``played_at``.
    """

    take: Take
    played: Played
    heard: Detections
    played_at: IntArray
    heard_at: IntArray

    @property
    def error_s(self) -> FloatArray:
        """Detection minus reference of the pairs, shape (n_pairs,)."""
        return self.heard.onset_s[self.heard_at] - self.played.reference_s[self.played_at]

    @property
    def is_found(self) -> BoolArray:
        """Which notes were heard, shape (n_played,)."""
        is_found = np.zeros(len(self.played.reference_s), dtype=np.bool_)
        is_found[self.played_at] = True
        return is_found


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one detector on some takes; NaN where there is nothing to say."""

    n_takes: int
    n_played: int
    n_heard: int
    n_found: int
    recall: float
    precision: float
    f_50: float
    f_25: float
    f_50_after_bias: float
    f_25_after_bias: float
    f_50_mean_of_takes: float
    bias_s: float
    sd_s: float
    mae_s: float
    interval_error_s: float
    sd_ioi_bias_s: float
    sd_ioi_mae_s: float
    delay_median_s: float
    delay_p95_s: float
    delay_from_onset_median_s: float
    delay_from_onset_p95_s: float
    n_lonely_clicks: int
    n_clicks_heard: int


def hear(take: Take, heard: Detections, left_out_s: Passages = ()) -> Hearing:
    """Pair what was heard in a take, but for some passages, with what was played."""
    played = _played(take, left_out_s)
    kept = ~_is_within(heard.onset_s, left_out_s)
    heard = Detections(heard.onset_s[kept], heard.known_s[kept])
    pairs = sorted(mir_eval.util.match_events(played.reference_s, heard.onset_s, WINDOW_S))
    columns = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return Hearing(take, played, heard, columns[:, 0], columns[:, 1])


def constant_bias_s(hearings: list[Hearing]) -> float:
    """Median error over all pairs; 0 where there are none."""
    errors = np.concatenate([hearing.error_s for hearing in hearings] or [np.zeros(0)])
    return float(np.median(errors)) if len(errors) else 0.0


def figures_of(hearings: list[Hearing], bias_s: float) -> Figures:
    """Sum up one detector on some takes, ``bias_s`` being its constant."""
    wide = np.array([_counts(hearing, 0.0, WINDOW_S) for hearing in hearings]).reshape(-1, 3)
    n_played, n_heard, n_found = (int(n) for n in wide.sum(axis=0))
    errors = np.concatenate([hearing.error_s for hearing in hearings] or [np.zeros(0)])
    intervals = np.concatenate([_interval_errors(one) for one in hearings] or [np.zeros(0)])
    sd_ioi = np.array([_sd_ioi_error(hearing) for hearing in hearings])
    sd_ioi = sd_ioi[np.isfinite(sd_ioi)]
    delay_s, from_onset_s = _delays(hearings)
    clicks = np.array([_clicks_heard(hearing) for hearing in hearings]).reshape(-1, 2)
    each = np.array([_f(*row) for row in wide])
    return Figures(
        n_takes=len(hearings),
        n_played=n_played,
        n_heard=n_heard,
        n_found=n_found,
        recall=n_found / n_played if n_played else np.nan,
        precision=n_found / n_heard if n_heard else np.nan,
        f_50=_f(n_played, n_heard, n_found),
        f_25=_pooled_f(hearings, 0.0, NARROW_WINDOW_S),
        f_50_after_bias=_pooled_f(hearings, bias_s, WINDOW_S),
        f_25_after_bias=_pooled_f(hearings, bias_s, NARROW_WINDOW_S),
        f_50_mean_of_takes=_mean(each[np.isfinite(each)]),
        bias_s=_quantile(errors, 0.5),
        sd_s=float(np.std(errors, ddof=1)) if len(errors) > 1 else np.nan,
        mae_s=_mean(np.abs(errors - bias_s)),
        interval_error_s=_mean(np.abs(intervals)),
        sd_ioi_bias_s=_mean(sd_ioi),
        sd_ioi_mae_s=_mean(np.abs(sd_ioi)),
        delay_median_s=_quantile(delay_s, 0.5),
        delay_p95_s=_quantile(delay_s, 0.95),
        delay_from_onset_median_s=_quantile(from_onset_s, 0.5),
        delay_from_onset_p95_s=_quantile(from_onset_s, 0.95),
        n_lonely_clicks=int(clicks[:, 0].sum()),
        n_clicks_heard=int(clicks[:, 1].sum()),
    )


def missed_s(hearing: Hearing) -> FloatArray:
    """Reference times that were not heard."""
    return hearing.played.reference_s[~hearing.is_found]


def false_s(hearing: Hearing) -> FloatArray:
    """Times of the detections that count as false."""
    is_false = np.ones(len(hearing.heard.onset_s), dtype=np.bool_)
    is_false[hearing.heard_at] = False
    is_false &= ~_is_excused(hearing.heard.onset_s, hearing.take)
    return hearing.heard.onset_s[is_false]


def _played(take: Take, left_out_s: Passages) -> Played:
    at = apart(take.reference_s)
    at = at[~_is_within(take.reference_s[at], left_out_s)]
    return Played(
        take.reference_s[at],
        take.onset_s[at],
        take.nominal_s[at],
        _lowest_midi(take, take.reference_s[at]),
    )


def _lowest_midi(take: Take, reference_s: FloatArray) -> FloatArray:
    """Lowest pitch of the notes that became one event, NaN where no pitch is known."""
    lowest = np.full(len(reference_s), np.nan)
    event = np.searchsorted(reference_s, take.reference_s, side="right") - 1
    for at, pitch_midi in zip(event, take.pitch_midi, strict=True):
        if at >= 0:
            lowest[at] = np.fmin(lowest[at], pitch_midi)
    return lowest


def _is_within(time_s: FloatArray, passages_s: Passages) -> BoolArray:
    is_within = np.zeros(len(time_s), dtype=np.bool_)
    for start_s, end_s in passages_s:
        is_within |= (time_s >= start_s) & (time_s < end_s)
    return is_within


def _is_excused(heard_s: FloatArray, take: Take) -> BoolArray:
    is_excused = np.asarray(heard_s < START_S)
    for click_s in take.clicks_s:
        is_excused |= np.abs(heard_s - click_s) <= CLICK_REACH_S
    return is_excused


def _counts(hearing: Hearing, bias_s: float, window_s: float) -> tuple[int, int, int]:
    """Played, heard that count, and found."""
    reference_s, heard_s = hearing.played.reference_s, hearing.heard.onset_s - bias_s
    pairs = mir_eval.util.match_events(reference_s, heard_s, window_s)
    is_counted = ~_is_excused(hearing.heard.onset_s, hearing.take)
    is_counted[[pair[1] for pair in pairs]] = True
    return len(reference_s), int(is_counted.sum()), len(pairs)


def _pooled_f(hearings: list[Hearing], bias_s: float, window_s: float) -> float:
    counts = np.array([_counts(one, bias_s, window_s) for one in hearings]).reshape(-1, 3)
    return _f(*counts.sum(axis=0))


def _f(n_played: int, n_heard: int, n_found: int) -> float:
    if not n_played:  # where nobody plays, only false onsets can be counted
        return float("nan")
    return float(2.0 * n_found / (n_played + n_heard))


def _interval_errors(hearing: Hearing) -> FloatArray:
    is_next = np.diff(hearing.played_at) == 1
    errors: FloatArray = np.diff(hearing.error_s)[is_next]
    return errors


def _sd_ioi_error(hearing: Hearing) -> float:
    """Reported minus true spread of the intervals of one take."""
    played = hearing.played
    is_next = np.diff(hearing.played_at) == 1
    nominal_s = played.nominal_s[hearing.played_at]
    true_s = np.diff(played.onset_s[hearing.played_at] - nominal_s)
    heard_s = np.diff(hearing.heard.onset_s[hearing.heard_at] - nominal_s)
    is_used = is_next & np.isfinite(true_s) & np.isfinite(heard_s)
    if is_used.sum() < FEWEST_INTERVALS:
        return float("nan")
    return float(np.std(heard_s[is_used], ddof=1) - np.std(true_s[is_used], ddof=1))


def _delays(hearings: list[Hearing]) -> tuple[FloatArray, FloatArray]:
    """Delays of all pairs against the reference, and against the true beginning."""
    against_reference, against_onset = [np.zeros(0)], [np.zeros(0)]
    for hearing in hearings:
        known_s = hearing.heard.known_s[hearing.heard_at]
        against_reference.append(known_s - hearing.played.reference_s[hearing.played_at])
        against_onset.append(known_s - hearing.played.onset_s[hearing.played_at])
    both = [np.concatenate(against_reference), np.concatenate(against_onset)]
    return both[0][np.isfinite(both[0])], both[1][np.isfinite(both[1])]


def _clicks_heard(hearing: Hearing) -> tuple[int, int]:
    """Clicks that stand alone, and how many of them were heard as notes."""
    n_lonely = n_heard = 0
    reference_s = hearing.take.reference_s
    for click_s in hearing.take.clicks_s:
        if len(reference_s) and np.abs(reference_s - click_s).min() < LONELY_CLICK_S:
            continue
        n_lonely += 1
        n_heard += bool((np.abs(hearing.heard.onset_s - click_s) <= CLICK_REACH_S).any())
    return n_lonely, n_heard


def _mean(values: FloatArray) -> float:
    return float(np.mean(values)) if len(values) else float("nan")


def _quantile(values: FloatArray, share: float) -> float:
    return float(np.quantile(values, share)) if len(values) else float("nan")
