"""What a take tells beside its first measures: habits, shares on time, accents, legato.

Kept apart from the measures that takes are compared by: each question more would make
every difference harder to tell from chance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from practiceear.instruments.profile import InstrumentProfile
from practiceear.metrics.articulation import DETACHED_KEY, DIP_KEY, detached_share, legato_dip
from practiceear.metrics.detector_error import Errors, without_errors
from practiceear.metrics.double_onsets import DoubleOnsets, double_onsets
from practiceear.metrics.evenness import (
    PlayedIntervals,
    played_intervals,
    robust_sd_ioi,
    sd_ioi,
)
from practiceear.metrics.lateness import Lateness, lateness
from practiceear.metrics.lean import Lean
from practiceear.metrics.loudness import (
    CLARITY_KEY,
    CONTRAST_KEY,
    accented_notes,
    accents,
    loudness_in_any_room,
)
from practiceear.metrics.metric import Metric
from practiceear.metrics.on_time import (
    INNER_KEY,
    INNER_S,
    OUTER_KEY,
    Centre,
    OnTime,
    on_time_shares,
)
from practiceear.metrics.position import (
    RATIO_KEY,
    SWING_KEY,
    PositionOffsets,
    position_offsets,
    swing,
)
from practiceear.metrics.reliability import sd_ioi_floor
from practiceear.metrics.runs.study import RunStudy, study_runs
from practiceear.metrics.serial import clock_and_motor, lag_one_ioi, npvi
from practiceear.notes.tracker import NoteArray
from practiceear.rhythm.alignment import Alignment
from practiceear.rhythm.grid import BoolArray, MetronomeGrid
from practiceear.rhythm.tempo import GridFit
from practiceear.units import FloatArray

OWN_KEYS = {
    "sd_ioi_s": "true_sd_ioi_s",
    "deviation_spread_s": "true_deviation_spread_s",
    "loudness_sd_db": "true_loudness_sd_db",
}
"""Spreads whose part that is the player's own is told, and the keys of that part."""

CLICK_INNER_KEY, CLICK_OUTER_KEY = "on_click_inner_percent", "on_click_outer_percent"

NO_GRID = "there is no grid to hold the notes against"
NO_PHASE = "when the first beat was is not known"


@dataclass(frozen=True, slots=True, eq=False)
class HeardTake:
    """What the measures below are taken from.

    Attributes
    ----------
    notes, onset_s
        The notes, and when they begin in seconds, shape (n_notes,).
    error_s
        How far off that may be, shape (n_notes,).
    fit, alignment
        The grid, and the notes beside its slots; None without a grid.
    intervals
        The intervals that should be equal.
    profile
        The instrument that was listened for, with this take's own floor of onsets.
    is_paced
        Whether a click was heard while playing, as far as is known.
    is_unbroken
        Whether all sound from each note to the next was heard, shape (n_notes - 1,).
    """

    notes: NoteArray
    onset_s: FloatArray
    error_s: FloatArray
    fit: GridFit
    alignment: Alignment | None
    intervals: PlayedIntervals
    profile: InstrumentProfile
    is_paced: bool
    is_unbroken: BoolArray

    @property
    def unnamed_s(self) -> FloatArray:
        """How late each note may be and not be named, again and again too, shape (n_notes,).

        As far as the detector may be off with it every time, and what no listener notices.
        """
        floor = self.profile.detector_error
        repeated_s = floor.repeated * np.maximum(self.error_s, floor.onset_s)
        return np.maximum(repeated_s, INNER_S)

    @property
    def phased(self) -> tuple[Alignment, MetronomeGrid] | None:
        """Alignment and grid where bars and beats are the player's; else None."""
        if self.alignment is None or self.fit.grid is None or not self.fit.is_phase_known:
            return None
        return self.alignment, self.fit.grid

    @property
    def no_phase(self) -> str:
        """Why bars and beats are not known."""
        return NO_GRID if self.alignment is None else NO_PHASE


@dataclass(frozen=True, slots=True)
class Evenness:
    """How even intervals are.

    Attributes
    ----------
    measured, robust, own
        Their standard deviation, one that a few notes hardly move, and the first of them
        with the detector's error taken out; all in seconds.
    """

    measured: Metric
    robust: Metric
    own: Metric


@dataclass(frozen=True, slots=True, eq=False)
class FurtherMeasures:
    """What else is known about a take.

    Attributes
    ----------
    own
        Spreads with the detector's part taken out, keys as in ``OWN_KEYS``.
    on_time
        Shares of notes near the player's own centre; None without a grid.
    on_click
        Shares of notes near the click; None where its time is not known.
    positions
        How late each place of the bar is; refused where the bar is not known.
    lateness
        Whether the take as a whole is early or late; None where the click's time is not known.
    otherwise
        How even the take would be without the places that lean; None where none do.
    double_onsets
        Changes from note to note that began twice.
    sound
        Accents, legato and swing.
    expert
        How intervals follow each other: for programs, no words for players.
    runs
        Scales and patterns that were played again, and what their runs have in common.
    """

    own: tuple[Metric, ...]
    on_time: OnTime | None
    on_click: OnTime | None
    positions: PositionOffsets
    lateness: Lateness | None
    otherwise: Evenness | None
    double_onsets: DoubleOnsets
    sound: tuple[Metric, ...]
    expert: tuple[Metric, ...]
    runs: RunStudy

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """All that have one number each and words for players."""
        return (
            *self.own,
            *_shares(self.on_time, (INNER_KEY, OUTER_KEY), NO_GRID),
            *_shares(self.on_click, (CLICK_INNER_KEY, CLICK_OUTER_KEY), NO_PHASE),
            *self.sound,
        )


def measure_further(take: HeardTake, measured: tuple[Metric, ...]) -> FurtherMeasures:
    """Measure what else a take tells; ``measured`` are its first measures."""
    positions = _positions(take)
    return FurtherMeasures(
        own=tuple(
            replace(_own(one, take), key=OWN_KEYS[one.key])
            for one in measured
            if one.key in OWN_KEYS
        ),
        on_time=_on_time(take, Centre.PLAYER),
        on_click=_on_time(take, Centre.CLICK) if take.phased else None,
        positions=positions,
        lateness=_lateness(take, positions.lean),
        otherwise=_otherwise(take, positions.lean),
        double_onsets=double_onsets(take.onset_s, take.alignment),
        sound=(*_accents(take), *_legato(take), *_swing(take)),
        expert=_expert(take),
        runs=_runs(take),
    )


def _own(metric: Metric, take: HeardTake) -> Metric:
    if metric.unit == "dB":
        return loudness_in_any_room(metric, metric.detector_error)
    if metric.is_unavailable:
        return metric
    if metric.key == "sd_ioi_s":
        first = take.intervals.first_note
        error_s = np.hypot(take.error_s[first], take.error_s[first + 1])
        return without_errors(metric, Errors(take.intervals.residual_s, error_s))
    assert take.alignment is not None
    is_matched = take.alignment.is_matched
    late_s = take.alignment.deviation_s[is_matched]
    return without_errors(metric, Errors(late_s - late_s.mean(), take.error_s[is_matched]))


def _shares(found: OnTime | None, keys: tuple[str, str], reason: str) -> tuple[Metric, ...]:
    if found is None:
        return tuple(Metric.unavailable(key, "%", 0, reason) for key in keys)
    return replace(found.inner, key=keys[0]), replace(found.outer, key=keys[1])


def _on_time(take: HeardTake, about: Centre) -> OnTime | None:
    if take.alignment is None or take.fit.grid is None:
        return None
    floor = take.profile.detector_error
    return on_time_shares(
        take.alignment,
        take.fit.grid,
        about=about,
        onset_floor_s=floor.onset_s,
        bias_floor_s=floor.bias_s,
    )


def _positions(take: HeardTake) -> PositionOffsets:
    if take.phased is None:
        return PositionOffsets.unavailable(take.no_phase)
    return position_offsets(
        *take.phased, floor_s=take.unnamed_s, bias_s=take.profile.detector_error.bias_s
    )


def _lateness(take: HeardTake, lean: Lean | None) -> Lateness | None:
    """Of the notes that do not lean: late off-beats make no beat late."""
    if take.phased is None:
        return None
    alignment, grid = take.phased
    is_meant = alignment.is_matched & ~_leans(alignment, grid, lean)
    return lateness(
        alignment.deviation_s[is_meant],
        slot_s=grid.slot_s,
        interval_s=take.intervals.usual_s,
        bias_s=take.profile.detector_error.bias_s,
    )


def _leans(alignment: Alignment, grid: MetronomeGrid, lean: Lean | None) -> BoolArray:
    places = lean.places if lean is not None else ()
    return np.isin(grid.position_in_bar(alignment.slot), places)


def _otherwise(take: HeardTake, lean: Lean | None) -> Evenness | None:
    if take.phased is None or lean is None:
        return None
    alignment, grid = take.phased
    onset_s = take.onset_s - np.where(_leans(alignment, grid, lean), lean.apart.value, 0.0)
    intervals = played_intervals(onset_s, alignment, grid, take.is_unbroken)
    floor_s = sd_ioi_floor(take.profile.detector_error.onset_s)
    measured = sd_ioi(intervals, floor_s)
    own = _own(measured, replace(take, intervals=intervals))
    return Evenness(measured, robust_sd_ioi(intervals, floor_s), own)


def _accents(take: HeardTake) -> tuple[Metric, ...]:
    reason = take.no_phase
    if take.phased is not None:
        alignment, grid = take.phased
        if len(grid.meter.groups) < grid.meter.n_beats:
            level_dbfs = take.notes["level_dbfs"].astype(np.float64)
            is_accented = accented_notes(alignment, grid)
            found = accents(
                level_dbfs, alignment, is_accented, take.profile.detector_error.level_db
            )
            return found.contrast, found.clarity
        reason = "no beat of the bar is accented before the others"
        if grid.meter.n_beats == 1:
            reason = "which beat begins a bar is not known"
    return (
        Metric.unavailable(CONTRAST_KEY, "dB", 0, reason),
        Metric.unavailable(CLARITY_KEY, "ratio", 0, reason),
    )


def _legato(take: HeardTake) -> tuple[Metric, ...]:
    if not take.profile.has_gate:
        reason = f"the end of a {take.profile.name} sound is not the player's"
        return Metric.unavailable(DIP_KEY, "dB", 0, reason), Metric.unavailable(
            DETACHED_KEY, "%", 0, reason
        )
    dip_db = take.notes["dip_db"].astype(np.float64)
    return legato_dip(dip_db, take.intervals), detached_share(dip_db, take.intervals)


def _swing(take: HeardTake) -> tuple[Metric, ...]:
    grid = take.fit.grid
    if take.alignment is None or grid is None or str(grid.subdivision) != "swing":
        reason = NO_GRID if grid is None else "the metronome does not swing"
        return (
            Metric.unavailable(SWING_KEY, "s", 0, reason),
            Metric.unavailable(RATIO_KEY, "ratio", 0, reason),
        )
    unnamed_s = float(np.median(take.unnamed_s)) if take.unnamed_s.size else math.nan
    found = swing(take.alignment, grid, unnamed_s)
    return found.offset, found.ratio


def _runs(take: HeardTake) -> RunStudy:
    pitch_midi = take.notes["pitch_midi"].astype(np.float64)
    onset_floor_s = take.profile.detector_error.onset_s
    study = study_runs(take.onset_s, pitch_midi, onset_floor_s, take.is_unbroken, take.unnamed_s)
    # Where the tempo moves, or lengths differ, a note is late by what was meant.
    return study if take.intervals.unfit is None else study.without_finding()


def _expert(take: HeardTake) -> tuple[Metric, ...]:
    onset_floor_s = take.profile.detector_error.onset_s
    levels = clock_and_motor(take.intervals, is_paced=take.is_paced, onset_floor_s=onset_floor_s)
    variability = npvi(take.intervals, onset_floor_s)
    if take.fit.grid is not None and not take.fit.grid.subdivision.is_even:
        reason = "neighbouring notes are not meant to be equal"
        variability = Metric.unavailable(variability.key, variability.unit, variability.n, reason)
    return (
        variability,
        lag_one_ioi(take.intervals, onset_floor_s),
        levels.clock,
        levels.motor,
    )
