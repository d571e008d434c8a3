"""How many of the notes played were heard, for a take and for passages of a few seconds.

What may be a missed note is called a trace: a peak of the confirmed head's score that stays below
its threshold ("half-heard"), a sharp rise of the level without an onset, or the place of a note in
a gap of two or three note values. A logistic model says how probably each trace is a missed note,
another how probably each onset heard is one at all; what the traces explain of the notes that were
missed in known takes, and how that grows, are two more numbers. ``training/recall.py`` fits all
of them, on takes made from nothing and from recorded notes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from practiceear.audio.blocks import AudioBlock
from practiceear.onset.event import to_nearest_s
from practiceear.units import FloatArray

STEP_S = 0.005
SMOOTH_STEPS, BACK_STEPS = 4, (3, 12)
"""Levels are means over 20 ms; a rise is from the quietest of 15 to 60 ms before."""

LEAST_RISE_DB, MOST_RISE_DB, MOST_BELOW_DB = 10.0, 25.0, 25.0
"""A rise by so much, to no further below the take's loud notes, may be an attack."""

APART_S, NEAR_S, SAME_S = 0.1, 0.05, 0.06
"""Rises are further apart than the first and further from an onset; traces nearer to an onset
than the second are its own, nearer to each other than the third one trace."""

AROUND_S, N_AROUND = 4.0, 8
"""What is usual around a trace: of the onsets within so much time, of so many intervals."""

GAP_SHARES, GAP_OFF, LEAST_REGULAR = (2, 3), 0.12, 0.8
"""A gap counts where it is two or three usual intervals, off by no more than the second for each
two, and where so many of the intervals around it are within 12 % of the usual one."""

WEAK = 1.5
"""Onsets below so many thresholds are hardly heard; of good takes few are."""

TRACE = np.dtype(
    [
        ("time_s", np.float64),
        ("is_half_heard", np.float64),
        ("strength", np.float64),  # of the half-heard peak, 0 without one
        ("rise_db", np.float64),  # of the level, 0 without a sharp rise
        ("is_in_gap", np.float64),
        ("level_db", np.float64),  # above the onsets around it
        ("weak_share", np.float64),  # of the onsets around it
        ("room", np.float64),  # between the onsets on either side, in usual intervals
        ("apart", np.float64),  # from the nearest other trace or onset, in usual intervals
        ("usual_s", np.float64),  # interval between onsets around it
    ]
)
"""One trace of a note that may have been missed."""

TraceArray = npt.NDArray[np.void]
"""A structured array of dtype ``TRACE``, shape (n_traces,)."""


class SoundLevels:
    """The level of a take every 5 ms, gathered block by block."""

    def __init__(self, rate_hz: int) -> None:
        self._n_step = round(STEP_S * rate_hz)
        self._rest = np.zeros(0, dtype=np.float32)
        self._powers: list[FloatArray] = [np.full(SMOOTH_STEPS, np.nan)]
        self._next_sample = 0

    def push(self, block: AudioBlock) -> None:
        """Take in the next block; the level of sound that was lost before it is not known."""
        lost = np.full(block.first_sample - self._next_sample, np.nan, dtype=np.float32)
        samples = np.concatenate((self._rest, lost, block.samples))
        self._next_sample = block.first_sample + len(block.samples)
        n_whole = len(samples) // self._n_step * self._n_step
        self._rest = samples[n_whole:].copy()
        whole = samples[:n_whole].reshape(-1, self._n_step)
        if len(whole):
            self._powers.append(np.einsum("ij,ij->i", whole, whole, dtype=np.float64))

    def level_db(self, from_s: float = 0.0) -> FloatArray:
        """From a moment on, float64, shape (n_steps,); NaN where sound was lost."""
        self._powers = [np.concatenate(self._powers)]
        power = self._powers[0][round(from_s / STEP_S) :]
        mean = np.full(SMOOTH_STEPS, 1.0 / (SMOOTH_STEPS * self._n_step))
        smooth = np.convolve(power, mean, mode="valid") if power.size >= SMOOTH_STEPS else power[:0]
        return np.asarray(10.0 * np.log10(smooth + 1e-12))


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What tells of the notes of a take.

    Attributes
    ----------
    onset_s, strength
        Confirmed onsets in order, and how clearly each was heard (1 is the threshold);
        shape (n_onsets,).
    half_heard_s, half_heard_strength
        The same of half-heard peaks, shape (n_half_heard,).
    level_db
        Every ``STEP_S`` from ``from_s`` on, shape (n_steps,); NaN where sound was lost.
    """

    onset_s: FloatArray
    strength: FloatArray
    half_heard_s: FloatArray
    half_heard_strength: FloatArray
    level_db: FloatArray
    from_s: float = 0.0


@dataclass(frozen=True, slots=True)
class RecallModel:
    """The numbers that turn traces into an estimate, fitted by ``training/recall.py``.

    Attributes
    ----------
    trace
        Logistic weights of ``trace_inputs``: whether a trace is a missed note.
    onset
        Logistic offset and slope over the strength of an onset: whether it is a note.
    untraced
        Notes missed in known takes for each that their traces explain.
    spread
        SD of the logarithm of that, from take to take.
    take_limit, passage_limit
        Below this estimate notes are said to be missing: of a take, and of a passage of a take
        that is well heard as a whole.
    """

    trace: tuple[float, ...]
    onset: tuple[float, float]
    untraced: float
    spread: float
    take_limit: float
    passage_limit: float


MODEL = RecallModel(
    trace=(-4.793, 1.053, 2.73, 2.532, 0.664, -0.263, 1.633, 0.05, -0.962, 2.516),
    onset=(-5.277, 6.15),
    untraced=1.4,
    spread=1.19,
    take_limit=0.65,  # the fit says 0.75: flutes with a wide vibrato were then doubted for nothing
    passage_limit=0.6,
)

PASSAGE_S = 5.0
FEWEST_MISSED = 3.0
"""A passage in which fewer notes are missing is not named: one note may be anything."""

LIMIT_IN_BAD_TAKE = 0.8
"""Of a take in which notes are missing every passage is named whose estimate is below this."""

WELL_HEARD, FEWEST_ONSETS = 1.0, 4
"""So many notes are taken to be heard well before anything is known, and below so many onsets
nothing is said: what few traces say of few notes is chance."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a take and what was heard of it.

    Attributes
    ----------
    first_s, end_s
        From when to when.
    n_heard
        Onsets confirmed.
    n_missed
        Notes that were probably played and not heard; no whole number.
    recall
        Estimated share of the notes played that were heard, 0 to 1.
    low, high
        95 % interval of that.
    """

    first_s: float
    end_s: float
    n_heard: int
    n_missed: float
    recall: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Hearing:
    """How completely the notes of a take were heard.

    Attributes
    ----------
    take
        From the first onset to the last; None where too few were heard to say.
    passages
        The same in parts of about ``PASSAGE_S``.
    missing_s
        From when to when notes are probably missing, in order.
    """

    take: Passage | None = None
    passages: tuple[Passage, ...] = ()
    missing_s: tuple[tuple[float, float], ...] = ()

    @property
    def is_missing(self) -> bool:
        """Whether notes are probably missing anywhere."""
        return bool(self.missing_s)


def estimate_hearing(
    evidence: Evidence,
    left_out_s: Sequence[tuple[float, float]] = (),
    model: RecallModel = MODEL,
) -> Hearing:
    """Estimate which share of the notes played was heard.

    Parameters
    ----------
    evidence
        Of the whole take, or of a part of it.
    left_out_s
        From when to when there were other sounds, such as talk: between the onsets around them
        nothing counts.
    model
        What turns traces into the estimate.
    """
    onset_s = evidence.onset_s
    if onset_s.size < FEWEST_ONSETS:
        return Hearing()
    traces = find_traces(evidence)
    is_counted = np.ones(traces.size, dtype=np.bool_)
    for first_s, last_s in left_out_s:
        from_s = float(np.max(onset_s[onset_s < first_s], initial=-np.inf))
        to_s = float(np.min(onset_s[onset_s > last_s], initial=np.inf))
        is_counted &= (traces["time_s"] < from_s) | (traces["time_s"] > to_s)
    traces = traces[is_counted]
    missed = model.untraced * logistic(trace_inputs(traces) @ np.array(model.trace))
    true = logistic(onset_inputs(evidence.strength) @ np.array(model.onset))
    n_passages = max(1, round((onset_s[-1] - onset_s[0]) / PASSAGE_S))
    edges_s = np.linspace(onset_s[0], onset_s[-1], n_passages + 1)
    of_onset = np.clip(np.searchsorted(edges_s, onset_s, side="right") - 1, 0, n_passages - 1)
    of_trace = np.clip(np.searchsorted(edges_s, traces["time_s"]) - 1, 0, n_passages - 1)
    passages = tuple(
        _passage(edges_s[k], edges_s[k + 1], true[of_onset == k], missed[of_trace == k], model)
        for k in range(n_passages)
    )
    take = _passage(edges_s[0], edges_s[-1], true, missed, model)
    return Hearing(take, passages, _missing_s(take, passages, model))


def _passage(
    first_s: float, end_s: float, true: FloatArray, missed: FloatArray, model: RecallModel
) -> Passage:
    """The estimate from how probably each onset is a note and each trace a missed one."""
    n_true, n_missed = float(true.sum()) + WELL_HEARD, float(missed.sum())
    # Where nothing points to a missed note, one may be missing all the same.
    reach = math.exp(1.96 * model.spread)
    return Passage(
        float(first_s),
        float(end_s),
        true.size,
        n_missed,
        n_true / (n_true + n_missed),
        n_true / (n_true + (n_missed + 0.5) * reach),
        n_true / (n_true + max(0.0, n_missed / reach - 0.5)),
    )


def _missing_s(
    take: Passage, passages: tuple[Passage, ...], model: RecallModel
) -> tuple[tuple[float, float], ...]:
    """Where notes are probably missing; neighbouring passages as one."""
    is_take = take.recall < model.take_limit and take.n_missed >= FEWEST_MISSED
    limit = LIMIT_IN_BAD_TAKE if is_take else model.passage_limit
    least = 0.0 if is_take else FEWEST_MISSED
    parts: list[tuple[float, float]] = []
    for passage in passages:
        if passage.recall >= limit or passage.n_missed < least:
            continue
        if parts and parts[-1][1] == passage.first_s:
            parts[-1] = (parts[-1][0], passage.end_s)
        else:
            parts.append((passage.first_s, passage.end_s))
    return tuple(parts)


def trace_inputs(traces: TraceArray) -> FloatArray:
    """What the model is given of each trace, shape (n_traces, n_weights)."""
    return np.stack(
        [
            np.ones(traces.size),
            traces["is_half_heard"],
            traces["strength"],
            np.minimum(traces["rise_db"], MOST_RISE_DB) / 20.0,
            traces["is_in_gap"],
            np.clip(traces["level_db"], -30.0, 6.0) / 20.0,
            np.minimum(traces["weak_share"], 0.35),
            np.minimum(traces["room"], 4.0),
            traces["room"] < 1.25,
            np.minimum(traces["apart"], 1.0),
        ],
        axis=1,
    )


def onset_inputs(strength: FloatArray) -> FloatArray:
    """What the model is given of each onset, shape (n_onsets, 2); a hand's own is certain."""
    certain = np.nan_to_num(strength, nan=np.inf)
    return np.stack([np.ones(strength.size), np.minimum(certain, 3.0)], axis=1)


def logistic(logit: FloatArray) -> FloatArray:
    """1 / (1 + exp(-logit)): odds as a probability."""
    return np.asarray(1.0 / (1.0 + np.exp(-logit)))


def find_traces(evidence: Evidence) -> TraceArray:
    """What may be a missed note between the first onset and the last, dtype ``TRACE``, in order."""
    onset_s = evidence.onset_s
    if onset_s.size < 2:
        return np.zeros(0, dtype=TRACE)
    rise_s, rise_db = _rises(evidence.level_db)
    rise_s = rise_s + evidence.from_s
    gap_s = _places_in_gaps(onset_s)
    n_half, n_rises, n_gaps = evidence.half_heard_s.size, rise_s.size, gap_s.size
    found = np.zeros(n_half + n_rises + n_gaps, dtype=TRACE)
    found["time_s"] = np.concatenate((evidence.half_heard_s, rise_s, gap_s))
    found["is_half_heard"][:n_half] = 1.0
    found["strength"][:n_half] = evidence.half_heard_strength
    found["rise_db"][n_half : n_half + n_rises] = rise_db
    found["is_in_gap"][n_half + n_rises :] = 1.0
    time_s = found["time_s"]
    is_inside = (time_s > onset_s[0]) & (time_s < onset_s[-1])
    found = found[is_inside & (_to_nearest_s(time_s, onset_s) > NEAR_S)]
    traces = _merged(found[np.argsort(found["time_s"], kind="stable")])
    _set_surroundings(traces, evidence)
    return traces


def _to_nearest_s(time_s: FloatArray, onset_s: FloatArray) -> FloatArray:
    """Time from each of ``time_s`` to the nearest onset, in seconds."""
    after = np.clip(np.searchsorted(onset_s, time_s), 1, onset_s.size - 1)
    return np.asarray(
        np.minimum(np.abs(time_s - onset_s[after - 1]), np.abs(time_s - onset_s[after]))
    )


def _merged(traces: TraceArray) -> TraceArray:
    """One trace for all that follow each other within ``SAME_S``."""
    if not traces.size:
        return traces
    firsts = np.flatnonzero(np.diff(traces["time_s"], prepend=-np.inf) > SAME_S)
    merged = traces[firsts]
    for name in ("is_half_heard", "strength", "rise_db", "is_in_gap"):
        merged[name] = np.maximum.reduceat(traces[name], firsts)
    return merged


def _rises(level_db: FloatArray) -> tuple[FloatArray, FloatArray]:
    """When the level rises as at an attack, in seconds and at least 0.1 s apart; by how many dB."""
    nearest, furthest = BACK_STEPS
    if level_db.size <= furthest:
        return np.zeros(0), np.zeros(0)
    windows = np.lib.stride_tricks.sliding_window_view(level_db, furthest - nearest + 1)
    now_db = level_db[furthest:]
    rise_db = now_db - np.min(windows[: level_db.size - furthest], axis=1)
    is_loud = now_db > np.nanpercentile(level_db, 95.0) - MOST_BELOW_DB
    steps = np.flatnonzero((rise_db > LEAST_RISE_DB) & is_loud)
    rises_s: list[float] = []
    rises_db: list[float] = []
    for step in steps:
        time_s = float(step + furthest) * STEP_S
        if not rises_s or time_s - rises_s[-1] > APART_S:
            rises_s.append(time_s)
            rises_db.append(float(rise_db[step]))
        else:
            rises_db[-1] = max(rises_db[-1], float(rise_db[step]))
    return np.array(rises_s), np.array(rises_db)


def _places_in_gaps(onset_s: FloatArray) -> FloatArray:
    """Where notes are due in gaps of two or three usual intervals, in seconds."""
    places: list[float] = []
    intervals_s = np.diff(onset_s)
    for number, gap_s in enumerate(intervals_s):
        first = max(0, number - N_AROUND)
        others_s = np.delete(intervals_s[first : number + N_AROUND + 1], number - first)
        if others_s.size < N_AROUND // 2:
            continue
        usual_s = float(np.median(others_s))
        n_values = round(gap_s / usual_s)
        if n_values not in GAP_SHARES or abs(gap_s / usual_s - n_values) > GAP_OFF * n_values / 2:
            continue
        if np.mean(np.abs(others_s / usual_s - 1.0) < GAP_OFF) >= LEAST_REGULAR:
            places += [onset_s[number] + gap_s * k / n_values for k in range(1, n_values)]
    return np.array(places)


def _set_surroundings(traces: TraceArray, evidence: Evidence) -> None:
    """Fill in what is usual around each trace."""
    onset_s, time_s = evidence.onset_s, traces["time_s"]
    intervals_s = np.diff(onset_s)
    onset_db = _levels_at(evidence, onset_s)
    trace_db = _levels_at(evidence, time_s)
    apart_s = np.minimum(_to_nearest_s(time_s, onset_s), to_nearest_s(time_s))
    for number, after in enumerate(np.searchsorted(onset_s, time_s)):
        around_s = intervals_s[max(0, after - 1 - N_AROUND) : after + N_AROUND]
        usual_s = float(np.median(around_s))
        is_near = np.abs(onset_s - time_s[number]) < AROUND_S
        near = slice(max(0, after - N_AROUND // 2), after + N_AROUND // 2)
        strengths = evidence.strength[is_near] if is_near.any() else evidence.strength[near]
        traces["usual_s"][number] = usual_s
        traces["weak_share"][number] = np.mean(strengths < WEAK)
        traces["level_db"][number] = trace_db[number] - np.median(onset_db[near])
        traces["room"][number] = intervals_s[after - 1] / usual_s
        traces["apart"][number] = apart_s[number] / usual_s


def _levels_at(evidence: Evidence, time_s: FloatArray) -> FloatArray:
    """The highest level within 60 ms after each time."""
    padded = np.concatenate((evidence.level_db, np.full(BACK_STEPS[1] + 1, -120.0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, BACK_STEPS[1] + 1)
    at = np.clip(((time_s - evidence.from_s) / STEP_S).astype(np.int64), 0, len(windows) - 1)
    return np.asarray(np.nan_to_num(np.max(windows[at], axis=1), nan=-120.0))
