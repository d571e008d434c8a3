"""Whether notes were probably missed: sharp rises of the level at which no note was heard."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from practiceear.audio.blocks import AudioBlock
from practiceear.notes.tracker import NoteArray
from practiceear.units import FloatArray, samples_to_seconds

STEP_S = 0.005
SMOOTH_STEPS, BACK_STEPS = 4, (3, 12)
"""Levels are means over 20 ms, compared with the quietest of 15 to 60 ms before."""

LEAST_RISE_DB, MOST_BELOW_DB = 12.0, 20.0
"""A rise by so much, to no further below the take's loud notes, is an attack. Slow bows and
vibrato rise by less."""

APART_S, NEAR_S = 0.1, 0.1
WEAK, WEAK_SHARE = 1.5, 0.18
"""Onsets below so many thresholds are hardly heard; of good takes fewer than this share are."""

FEWEST_UNHEARD, LEAST_SHARE, LEAST_SHARE_ALONE = 4, 0.2, 0.6
"""So many rises, and so many for each note heard, say that notes were missed: fewer where onsets
are weak too, more where nothing else speaks for it. Of 34 real takes, 12 rendered ones and 7 of
plucked violin and viola reviewed as violin, none of the 39 with more than 0.9 of their notes
heard was doubted, and 4 of the 7 with less than 0.7, all four plucked: notes that flow into each
other without a rise are not noticed."""


def are_notes_missed(
    blocks: Iterable[AudioBlock],
    rate_hz: int,
    notes: NoteArray,
    left_out_s: Sequence[tuple[float, float]] = (),
) -> bool:
    """Whether many attacks between the first and the last note were not heard as notes.

    Parameters
    ----------
    blocks
        The whole take, in order.
    rate_hz
        Samples per second.
    notes
        What was played, dtype ``NOTE``.
    left_out_s
        From when to when there were other sounds, such as talk: between the notes around them
        nothing counts.
    """
    onset_s = np.asarray(samples_to_seconds(notes["onset_sample"], rate_hz), dtype=np.float64)
    if not onset_s.size:
        return False
    rise_s = _rises_s(_levels_db(blocks, rate_hz))
    # Before and after the playing people clap, talk, and put things down.
    rise_s = rise_s[(rise_s > onset_s[0]) & (rise_s < onset_s[-1])]
    for first_s, last_s in left_out_s:
        from_s = float(np.max(onset_s[onset_s < first_s], initial=-np.inf))
        to_s = float(np.min(onset_s[onset_s > last_s], initial=np.inf))
        rise_s = rise_s[(rise_s < from_s + NEAR_S) | (rise_s > to_s - NEAR_S)]
    near = np.searchsorted(onset_s, rise_s)
    before = np.abs(rise_s - onset_s[np.maximum(near - 1, 0)])
    after = np.abs(rise_s - onset_s[np.minimum(near, onset_s.size - 1)])
    n_unheard = int(np.count_nonzero(np.minimum(before, after) > NEAR_S))
    is_weak = float(np.mean(notes["strength"] < WEAK)) >= WEAK_SHARE
    least = LEAST_SHARE if is_weak else LEAST_SHARE_ALONE
    return n_unheard >= FEWEST_UNHEARD and n_unheard >= least * onset_s.size


def _levels_db(blocks: Iterable[AudioBlock], rate_hz: int) -> FloatArray:
    """The level every 5 ms, shape (n_steps,)."""
    n_step = round(STEP_S * rate_hz)
    powers, rest = [], np.zeros(0, dtype=np.float32)
    for block in blocks:
        samples = np.concatenate((rest, block.samples))
        n_whole = len(samples) // n_step * n_step
        rest = samples[n_whole:]
        whole = samples[:n_whole].reshape(-1, n_step)
        powers.append(np.mean(np.square(whole, dtype=np.float64), axis=1))
    power = np.concatenate([np.zeros(SMOOTH_STEPS), *powers])
    smooth = np.convolve(power, np.full(SMOOTH_STEPS, 1.0 / SMOOTH_STEPS), mode="valid")
    return np.asarray(10.0 * np.log10(smooth + 1e-12))


def _rises_s(level_db: FloatArray) -> FloatArray:
    """When the level rises as at an attack, in seconds, at least 0.1 s apart."""
    nearest, furthest = BACK_STEPS
    if level_db.size <= furthest:
        return np.zeros(0)
    windows = np.lib.stride_tricks.sliding_window_view(level_db, furthest - nearest + 1)
    before_db = np.min(windows[: level_db.size - furthest], axis=1)
    now_db = level_db[furthest:]
    is_rise = (now_db - before_db > LEAST_RISE_DB) & (
        now_db > np.percentile(level_db, 95.0) - MOST_BELOW_DB
    )
    rises: list[float] = []
    for step in np.flatnonzero(is_rise) + furthest:
        if not rises or step * STEP_S - rises[-1] > APART_S:
            rises.append(float(step) * STEP_S)
    return np.array(rises)
