"""All measures of one take, by their keys."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from practiceear.analysis.aligned_take import AlignedTake
from practiceear.metrics.articulation import (
    attack_consistency,
    detached_share,
    gate_ratio,
    gate_ratio_sd,
    legato_dip,
)
from practiceear.metrics.catalogue import CATALOGUE, CORRECTED, MetricGroup, MetricKey
from practiceear.metrics.detector_error import Errors, without_errors
from practiceear.metrics.evenness import cv_ioi, robust_sd_ioi, sd_ioi
from practiceear.metrics.intervals import played_intervals
from practiceear.metrics.lateness import Lateness, lateness
from practiceear.metrics.lean import Lean
from practiceear.metrics.loudness import (
    accented_notes,
    accents,
    loudness_evenness,
    loudness_in_any_room,
)
from practiceear.metrics.metric import Metric
from practiceear.metrics.on_time import Centre, OnTime, on_time_shares
from practiceear.metrics.position import PositionOffsets, position_offsets, swing
from practiceear.metrics.reliability import sd_ioi_floor
from practiceear.metrics.runs.study import RunStudy, study_runs
from practiceear.metrics.serial import clock_and_motor, lag_one_ioi, npvi
from practiceear.metrics.timing import deviation_bias, deviation_spread, drift
from practiceear.rhythm.alignment import Alignment
from practiceear.rhythm.grid import BoolArray, MetronomeGrid
from practiceear.units import FloatArray

NO_GRID = "there is no grid to hold the notes against"
NO_PHASE = "when the first beat was is not known"

_OF_TAKES = [
    key
    for key, info in CATALOGUE.items()
    if info.group not in {MetricGroup.LONG_TONES, MetricGroup.PLACES}
]


@dataclass(frozen=True, slots=True)
class Evenness:
    """How even intervals are.

    Attributes
    ----------
    measured, robust, corrected
        Their standard deviation, one that a few notes hardly move, and the first of them
        with the detector's error removed; all in seconds.
    """

    measured: Metric
    robust: Metric
    corrected: Metric


def take_metrics(
    take: AlignedTake, on_time: OnTime | None, on_click: OnTime | None, runs: RunStudy
) -> dict[MetricKey, Metric]:
    """Measure a take, or say why not; in the order of the catalogue.

    Parameters
    ----------
    take
        What was played.
    on_time, on_click
        Its shares of notes near the player's own average and near the click, from
        ``shares_on_time``.
    runs
        What its runs have in common, from ``run_study``.
    """
    found = {
        metric.key: metric
        for metric in (
            *_evenness(take),
            *_timing(take),
            *_sound(take),
            *_accents(take),
            *_swing(take),
            *_serial(take),
            *runs.metrics,
        )
    }
    for shares in (on_time, on_click):
        if shares is not None:
            found |= {share.key: share for share in (shares.inner, shares.outer)}
    for key, corrected in CORRECTED.items():
        if key in found:
            found[corrected] = replace(_corrected(found[key], take), key=corrected)
    return {key: found.get(key) or _without_reference(key, take) for key in _OF_TAKES}


def _without_reference(key: MetricKey, take: AlignedTake) -> Metric:
    """Why a measure that needs a grid, or bars and clicks, is unavailable."""
    is_of_grid = key.info.needs_grid and take.alignment is None
    return Metric.unavailable(key, 0, NO_GRID if is_of_grid else NO_PHASE)


def _evenness(take: AlignedTake) -> Iterator[Metric]:
    onset_error_s = take.profile.detector_error.onset_s
    middle_s = float(np.median(take.error_s)) if take.error_s.size else onset_error_s
    yield sd_ioi(take.intervals, sd_ioi_floor(onset_error_s))
    yield cv_ioi(take.intervals, sd_ioi_floor(onset_error_s))
    yield robust_sd_ioi(take.intervals, sd_ioi_floor(middle_s))


def _timing(take: AlignedTake) -> Iterator[Metric]:
    if take.gridded is None:
        return
    alignment, grid = take.gridded
    fit, detector_error = take.fit, take.profile.detector_error
    yield deviation_spread(alignment, detector_error.onset_s)
    yield deviation_bias(
        alignment, grid, is_phase_known=fit.is_phase_known, floor_s=detector_error.bias_s
    )
    yield drift(
        take.onset_s,
        alignment,
        is_tempo_known=not fit.is_tempo_found,
        onset_floor_s=detector_error.onset_s,
        part=take.part,
    )


def _sound(take: AlignedTake) -> Iterator[Metric]:
    notes, detector_error = take.notes, take.profile.detector_error
    yield loudness_evenness(notes["level_dbfs"], take.onset_s, detector_error.level_db)
    yield attack_consistency(notes["attack_s"], detector_error.attack_s)
    if not take.profile.has_gate:
        reason = f"the end of a {take.profile.name} sound is not the player's"
        for key in (
            MetricKey.GATE_RATIO,
            MetricKey.GATE_RATIO_SD,
            MetricKey.LEGATO_DIP,
            MetricKey.DETACHED_SHARE,
        ):
            yield Metric.unavailable(key, 0, reason)
        return
    gate_bias, dip_db = 2.0 * detector_error.gate_bias, notes["dip_db"].astype(np.float64)
    yield gate_ratio(take.length_s, notes["fall_s"], take.intervals, gate_bias)
    yield gate_ratio_sd(take.length_s, take.intervals, detector_error.gate_sd)
    yield legato_dip(dip_db, take.intervals)
    yield detached_share(dip_db, take.intervals)


def _accents(take: AlignedTake) -> Iterator[Metric]:
    if take.phased is None:
        return
    alignment, grid = take.phased
    if len(grid.meter.groups) < grid.meter.n_beats:
        level_dbfs = take.notes["level_dbfs"].astype(np.float64)
        is_accented = accented_notes(alignment, grid)
        level_error_db = take.profile.detector_error.level_db
        found = accents(level_dbfs, alignment, is_accented, level_error_db)
        yield found.contrast
        yield found.clarity
        return
    reason = "no beat of the bar is accented before the others"
    if grid.meter.n_beats == 1:
        reason = "which beat begins a bar is not known"
    yield Metric.unavailable(MetricKey.ACCENT_CONTRAST, 0, reason)
    yield Metric.unavailable(MetricKey.ACCENT_CLARITY, 0, reason)


def _swing(take: AlignedTake) -> Iterator[Metric]:
    if take.gridded is None:
        return
    alignment, grid = take.gridded
    if str(grid.subdivision) != "swing":
        for key in (MetricKey.SWING_OFFSET, MetricKey.SWING_RATIO):
            yield Metric.unavailable(key, 0, "the metronome does not swing")
        return
    unnamed_s = float(np.median(take.unnamed_s)) if take.unnamed_s.size else math.nan
    found = swing(alignment, grid, unnamed_s)
    yield found.offset
    yield found.ratio


def _serial(take: AlignedTake) -> Iterator[Metric]:
    onset_error_s = take.profile.detector_error.onset_s
    variability = npvi(take.intervals, onset_error_s)
    if take.fit.grid is not None and not take.fit.grid.subdivision.is_even:
        reason = "neighbouring notes are not meant to be equal"
        variability = Metric.unavailable(variability.key, variability.n, reason)
    yield variability
    yield lag_one_ioi(take.intervals, onset_error_s)
    levels = clock_and_motor(take.intervals, is_paced=take.is_paced, onset_floor_s=onset_error_s)
    yield levels.clock
    yield levels.motor


def _corrected(metric: Metric, take: AlignedTake) -> Metric:
    """A spread with the detector's error removed."""
    if metric.key is MetricKey.LOUDNESS_SD:
        return loudness_in_any_room(metric, metric.detector_error)
    if metric.is_unavailable:
        return metric
    if metric.key is MetricKey.SD_IOI:
        first = take.intervals.first_note
        error_s = np.hypot(take.error_s[first], take.error_s[first + 1])
        return without_errors(metric, Errors(take.intervals.residual_s, error_s))
    assert take.alignment is not None
    is_matched = take.alignment.is_matched
    late_s = take.alignment.deviation_s[is_matched]
    return without_errors(metric, Errors(late_s - late_s.mean(), take.error_s[is_matched]))


def shares_on_time(take: AlignedTake, about: Centre) -> OnTime | None:
    """Shares of notes near a centre; None without a grid, or about a click at unknown times."""
    reference = take.phased if about is Centre.CLICK else take.gridded
    if reference is None:
        return None
    detector_error = take.profile.detector_error
    return on_time_shares(
        *reference,
        about=about,
        onset_floor_s=detector_error.onset_s,
        bias_floor_s=detector_error.bias_s,
    )


def take_positions(take: AlignedTake) -> PositionOffsets:
    """How late each place of the bar is; unavailable where the bar is not known."""
    if take.phased is None:
        return PositionOffsets.unavailable(NO_GRID if take.alignment is None else NO_PHASE)
    bias_s = take.profile.detector_error.bias_s
    return position_offsets(*take.phased, floor_s=take.unnamed_s, bias_s=bias_s)


def take_lateness(take: AlignedTake, lean: Lean | None) -> Lateness | None:
    """Judge the notes that do not lean, for late off-beats make no beat late; None: no click."""
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


def evenness_without(take: AlignedTake, lean: Lean | None) -> Evenness | None:
    """How even a take would be without the places that lean; None where none do."""
    if take.phased is None or lean is None:
        return None
    alignment, grid = take.phased
    onset_s: FloatArray = take.onset_s - np.where(
        _leans(alignment, grid, lean), lean.apart.value, 0.0
    )
    intervals = played_intervals(onset_s, alignment, grid, take.is_unbroken)
    error_s = sd_ioi_floor(take.profile.detector_error.onset_s)
    measured = sd_ioi(intervals, error_s)
    corrected = _corrected(measured, replace(take, intervals=intervals))
    return Evenness(measured, robust_sd_ioi(intervals, error_s), corrected)


def _leans(alignment: Alignment, grid: MetronomeGrid, lean: Lean | None) -> BoolArray:
    places = lean.places if lean is not None else ()
    return np.isin(grid.position_in_bar(alignment.slot), places)


def run_study(take: AlignedTake) -> RunStudy:
    """What the runs of a take have in common."""
    pitch_midi = take.notes["pitch_midi"].astype(np.float64)
    onset_error_s = take.profile.detector_error.onset_s
    study = study_runs(take.onset_s, pitch_midi, onset_error_s, take.is_unbroken, take.unnamed_s)
    # Where the tempo moves, or lengths differ, a note is late by what was meant.
    return study if take.intervals.unfit is None else study.without_finding()
