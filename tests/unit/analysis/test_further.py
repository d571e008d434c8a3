"""What else a take tells: asked only where it has an answer, and kept from what is compared."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from practiceear.analysis.pipeline import NotePipeline
from practiceear.analysis.snapshot import SessionSnapshot, measure
from practiceear.analysis.take_metrics import NO_PHASE
from practiceear.instruments.registry import load_instrument
from practiceear.metrics.catalogue import CORRECTED, MetricKey
from practiceear.notes.tracker import NOTE, NoteArray
from practiceear.rhythm.grid import Meter, Subdivision
from practiceear.settings import Exercise
from practiceear.units import FloatArray

RATE_HZ = 44100
FIRST_S, BEAT_S = 0.5, 0.5
EIGHTHS = Exercise(120.0, Meter((4,)), Subdivision.parse(2), FIRST_S)


def due_s(n_notes: int, subdivision: str = "2") -> FloatArray:
    positions = Subdivision.parse(subdivision).positions
    slots = np.arange(n_notes)
    fractions = np.asarray(positions)[slots % len(positions)]
    return np.asarray(FIRST_S + BEAT_S * (slots // len(positions) + fractions))


def wobble_s(n_notes: int, sd_s: float = 0.008, seed: int = 0) -> FloatArray:
    return np.random.default_rng(seed).normal(0.0, sd_s, n_notes)


def notes_at(onset_s: FloatArray) -> NoteArray:
    notes = np.zeros(onset_s.size, dtype=NOTE)
    notes["onset_sample"] = np.round(onset_s * RATE_HZ)
    notes["offset_sample"] = notes["onset_sample"] + RATE_HZ // 8
    notes["level_dbfs"] = -20.0 + np.random.default_rng(1).normal(0.0, 1.0, onset_s.size)
    notes["attack_s"], notes["dip_db"] = 0.03, 12.0
    return notes


def heard(
    onset_s: FloatArray, exercise: Exercise = EIGHTHS, instrument: str = "piano"
) -> SessionSnapshot:
    return measure(notes_at(onset_s), NotePipeline(RATE_HZ, load_instrument(instrument)), exercise)


def even(n_notes: int = 96) -> FloatArray:
    return due_s(n_notes) + wobble_s(n_notes)


def test_the_ear_and_the_hand_make_up_what_was_measured() -> None:
    snapshot = heard(even())
    for key, own_key in CORRECTED.items():
        measured, own = snapshot.metrics[key], snapshot.metrics[own_key]
        assert own.is_floor_out
        if measured.unit == "s":
            assert measured.value == pytest.approx(math.hypot(own.value, measured.detector_error))
        assert own.low <= own.value <= own.high
        assert (own.n, own.unit) == (measured.n, measured.unit)


def test_a_player_more_even_than_the_ear_is_at_the_floor() -> None:
    own = heard(due_s(96) + wobble_s(96, 0.002), instrument="violin").metrics[
        MetricKey.CORRECTED_SD_IOI
    ]
    assert own.is_at_detector_error
    assert own.low == 0.0
    assert own.high > 0.0


def heard_with(onset_s: FloatArray, error_s: FloatArray) -> SessionSnapshot:
    notes = notes_at(onset_s)
    notes["onset_error_s"] = error_s
    return measure(notes, NotePipeline(RATE_HZ, load_instrument("piano")), EIGHTHS)


def test_the_floor_is_the_takes_own() -> None:
    error_s = np.where(np.arange(96) % 12 == 5, 0.004, 0.002)
    snapshot = heard_with(even(), error_s)
    usual_s = math.sqrt(float(np.mean(error_s**2)))
    assert snapshot.metrics[MetricKey.SD_IOI].detector_error == pytest.approx(
        math.sqrt(2.0) * usual_s
    )
    assert snapshot.metrics[MetricKey.DEVIATION_SPREAD].detector_error == pytest.approx(usual_s)
    error_s[5] = 1.0  # one onset that may be anywhere says little of the others
    assert (
        heard_with(even(), error_s).metrics[MetricKey.DEVIATION_SPREAD].detector_error
        < 1.2 * usual_s
    )


@pytest.mark.parametrize(("late_s", "is_named"), [(0.008, False), (0.025, True)])
@pytest.mark.parametrize("vague", [slice(None), slice(3, None, 8)])
def test_a_note_is_named_beyond_what_the_detector_repeats_on_it(
    vague: slice, late_s: float, is_named: bool
) -> None:
    error_s = np.full(96, 0.0015)
    error_s[vague] = 0.003
    onset_s = due_s(96) + wobble_s(96, 0.001)
    onset_s[3::8] += late_s
    notes = notes_at(onset_s)
    notes["onset_error_s"] = error_s
    notes["pitch_midi"] = np.tile([60, 62, 64, 65, 67, 69, 71, 72], 12)
    snapshot = measure(notes, NotePipeline(RATE_HZ, load_instrument("piano")), EIGHTHS)
    runs, positions = snapshot.runs, snapshot.positions
    assert (runs.standing_out is not None) is is_named
    assert (positions.lean is not None) is is_named
    if is_named:
        assert runs.standing_out is not None
        assert positions.lean is not None
        assert (runs.standing_out.place, positions.lean.places) == (3, (3,))


def test_strokes_that_the_detector_may_set_apart_are_not_told_apart() -> None:
    notes = notes_at(due_s(96) + wobble_s(96, 0.0005) + 0.008 * (np.arange(96) % 2))
    notes["pitch_midi"] = np.tile([60, 62, 64, 65, 67, 69, 71, 72], 12)
    for said_s, is_told in ((0.005, False), (0.001, True)):
        notes["onset_error_s"] = said_s
        snapshot = measure(notes, NotePipeline(RATE_HZ, load_instrument("piano")), EIGHTHS)
        strokes = snapshot.runs.alternate_offset
        assert strokes.value == pytest.approx(0.008, abs=0.001)
        assert strokes.is_at_detector_error is not is_told


def test_what_is_not_known_of_an_onset_is_the_profiles() -> None:
    profile_s = load_instrument("piano").detector_error.onset_s
    for unknown in (np.nan, 0.0):
        snapshot = heard_with(even(), np.full(96, unknown))
        assert snapshot.metrics[MetricKey.DEVIATION_SPREAD].detector_error == pytest.approx(
            profile_s
        )


def test_notes_that_were_hardly_heard_hardly_count_against_the_player() -> None:
    late_s = wobble_s(96, 0.004)
    is_vague = np.arange(96) % 12 == 5
    late_s[is_vague] += np.random.default_rng(8).normal(0.0, 0.02, np.count_nonzero(is_vague))
    onset_s = due_s(96) + late_s
    told = heard_with(onset_s, np.where(is_vague, 0.02, 0.001)).metrics[
        MetricKey.CORRECTED_DEVIATION_SPREAD
    ]
    untold = heard_with(onset_s, np.full(96, 0.001)).metrics[MetricKey.CORRECTED_DEVIATION_SPREAD]
    assert told.value == pytest.approx(0.004, abs=0.001)
    assert untold.value > 0.006


@pytest.mark.parametrize(("n_extra", "is_told"), [(10, True), (24, False)])
def test_the_players_own_is_not_told_where_much_was_missing_or_extra(
    n_extra: int, is_told: bool
) -> None:
    between_s = due_s(96)[2 : 2 + 3 * n_extra : 3] + 0.5 * BEAT_S / 2
    snapshot = heard(np.sort(np.concatenate([even(), between_s])))
    assert snapshot.unclear_share == pytest.approx(n_extra / (96 + n_extra))
    assert not snapshot.metrics[MetricKey.SD_IOI].is_unavailable
    for key in (MetricKey.CORRECTED_SD_IOI, MetricKey.CORRECTED_DEVIATION_SPREAD):
        own = snapshot.metrics[key]
        assert own.is_unavailable is not is_told
        assert is_told or own.reason == "20 % of the notes were missing or extra to the ear"


def test_what_is_asked_more_is_not_compared() -> None:
    snapshot = heard(even())
    compared = {one.key for one in snapshot.compared}
    further = [key for key in snapshot.metrics if not key.info.is_compared]
    assert not set(further) & compared
    assert len(further) + len(compared) == len(snapshot.metrics)
    assert all(snapshot.metrics[key].key == key for key in further)


def test_a_steady_lag_harms_only_what_is_held_against_the_click() -> None:
    early, late = heard(even()), heard(even() + 0.03)
    assert early.on_time == late.on_time
    assert early.metrics[MetricKey.ON_CLICK_INNER].value > 50.0
    assert late.metrics[MetricKey.ON_CLICK_INNER].value < 10.0


def test_without_a_first_beat_nothing_is_said_of_click_bar_and_accent() -> None:
    snapshot = heard(even(), replace(EIGHTHS, first_beat_s=None))
    assert not snapshot.metrics[MetricKey.ON_TIME_INNER].is_unavailable
    assert snapshot.on_click is None
    assert snapshot.positions.reason == NO_PHASE
    for key in (
        MetricKey.ON_CLICK_INNER,
        MetricKey.ON_CLICK_OUTER,
        MetricKey.ACCENT_CONTRAST,
        MetricKey.ACCENT_CLARITY,
    ):
        assert snapshot.metrics[key].reason == NO_PHASE


def test_without_a_grid_only_what_needs_none_is_told() -> None:
    irregular_s = np.cumsum(np.random.default_rng(3).uniform(0.2, 0.9, 60))
    snapshot = heard(irregular_s, replace(EIGHTHS, first_beat_s=None))
    assert snapshot.grid_fit.grid is None
    assert "no grid" in snapshot.positions.reason
    assert snapshot.metrics[MetricKey.ON_TIME_INNER].is_unavailable
    assert snapshot.double_onsets.n_changes == 59


def test_a_place_that_is_late_in_every_bar_is_named() -> None:
    late_s = even()
    late_s[6::8] += 0.04
    lean = heard(late_s).positions.lean
    assert lean is not None
    assert lean.places == (6,)
    assert heard(even()).positions.lean is None


def test_a_second_start_is_counted_and_is_no_change() -> None:
    doubled_s = np.sort(np.append(even(), even()[20:24] + 0.04))
    starts = heard(doubled_s).double_onsets
    assert (starts.n_double, starts.n_changes) == (4, 95)


def test_accents_are_those_of_the_meter() -> None:
    notes = notes_at(even())
    notes["level_dbfs"][::8] += 6.0
    ear = NotePipeline(RATE_HZ, load_instrument("piano"))
    contrast = measure(notes, ear, EIGHTHS).metrics[MetricKey.ACCENT_CONTRAST]
    assert contrast.low < 6.0 < contrast.high
    one_beat = measure(notes, ear, replace(EIGHTHS, meter=Meter((1,))))
    assert "which beat" in one_beat.metrics[MetricKey.ACCENT_CONTRAST].reason


def test_legato_is_not_told_where_the_end_is_not_the_players() -> None:
    assert heard(even()).metrics[MetricKey.LEGATO_DIP].value == pytest.approx(12.0)
    tapped = heard(even(), instrument="tap")
    for key in (MetricKey.LEGATO_DIP, MetricKey.DETACHED_SHARE):
        assert "not the player's" in tapped.metrics[key].reason


def test_swing_is_measured_only_where_it_is_meant() -> None:
    swung_s = due_s(96, "swing") + wobble_s(96)
    swung = heard(swung_s, replace(EIGHTHS, subdivision=Subdivision.parse("swing")))
    ratio = swung.metrics[MetricKey.SWING_RATIO]
    assert ratio.low < 2.0 < ratio.high
    # Long and short notes are meant to differ.
    assert swung.metrics[MetricKey.NPVI].is_unavailable
    assert heard(even()).metrics[MetricKey.SWING_RATIO].is_unavailable
    assert not heard(even()).metrics[MetricKey.NPVI].is_unavailable


def test_clock_and_hand_are_told_apart_only_without_a_click() -> None:
    onset_s = due_s(300) + wobble_s(300)
    assert "click" in heard(onset_s).metrics[MetricKey.CLOCK_SD].reason
    unpaced = heard(onset_s, Exercise()).metrics[MetricKey.MOTOR_SD]
    assert "click" not in unpaced.reason


def test_silence_gives_reasons_and_no_numbers() -> None:
    snapshot = heard(np.zeros(0))
    assert all(one.is_unavailable for one in snapshot.metrics.values())
    assert snapshot.positions.reason
    assert snapshot.double_onsets.share.is_unavailable
