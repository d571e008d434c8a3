"""What to try: a whole sentence for every case, about the sound."""

from __future__ import annotations

import re
from string import Formatter

import numpy as np
import pytest

from practiceear.analysis.pipeline import NotePipeline
from practiceear.analysis.snapshot import SessionSnapshot, measure
from practiceear.instruments.profile import UNNAMED
from practiceear.instruments.registry import load_instrument
from practiceear.notes.tracker import NOTE
from practiceear.reports.what_to_try import TO_TRY, Case, case_of
from practiceear.rhythm.grid import Meter, Subdivision
from practiceear.settings import Exercise
from practiceear.units import FloatArray

RATE_HZ = 44100
SLOT_S = 0.25
IN_TIME = Exercise(120, Meter((4,)), Subdivision.parse(2), 1.0)


def even(n_notes: int, sd_s: float = 0.002) -> FloatArray:
    noise_s = np.random.default_rng(1).normal(0.0, sd_s, n_notes)
    return np.asarray(1.0 + SLOT_S * np.arange(n_notes) + noise_s)


def measured(
    onset_s: FloatArray,
    exercise: Exercise = IN_TIME,
    level_sd_db: float = 0.5,
    instrument: str | None = "guitar",
) -> SessionSnapshot:
    notes = np.zeros(len(onset_s), dtype=NOTE)
    notes["onset_sample"] = np.round(onset_s * RATE_HZ)
    notes["offset_sample"] = notes["onset_sample"] + RATE_HZ // 10
    rng = np.random.default_rng(2)
    notes["level_dbfs"] = -20.0 + rng.normal(0.0, level_sd_db, len(notes))
    notes["pitch_midi"] = np.nan
    profile = UNNAMED if instrument is None else load_instrument(instrument)
    return measure(notes, NotePipeline(RATE_HZ, profile), exercise)


def late_on_one_beat() -> FloatArray:
    onset_s = even(128)
    onset_s[6::8] += 0.03
    return onset_s


@pytest.mark.parametrize(
    ("onset_s", "case"),
    [
        (even(0), Case.NOTHING_HEARD),
        (even(5), Case.TOO_FEW),
        (even(96, 0.0), Case.MACHINE),
        (even(96, 0.004), Case.EVEN),
        (even(96, 0.02), Case.UNEVEN),
        (even(96, 0.004) + 0.04, Case.LATE),
        (even(96, 0.004) - 0.04, Case.EARLY),
        (late_on_one_beat(), Case.PLACE_LATE),
        (1.0 + 0.995 * (even(96, 0.003) - 1.0), Case.DRIFT),
    ],
)
def test_cases_are_told_apart(onset_s: FloatArray, case: Case) -> None:
    assert case_of(measured(onset_s)) is case


def test_loudness_is_told_where_time_is_even() -> None:
    assert case_of(measured(even(96, 0.003), level_sd_db=6.0)) is Case.LOUDNESS


@pytest.mark.parametrize("case", list(Case))
def test_every_case_has_a_whole_sentence_about_the_sound(case: Case) -> None:
    sentence = TO_TRY[case]
    assert sentence.endswith(".")
    assert len(sentence) < 90
    named = {field for _, field, _, _ in Formatter().parse(sentence) if field}
    assert named <= {"note", "place"}
    assert not re.search("finger|hand|wrist|tremor|injur|pain|disease", sentence)


def with_extra_notes() -> FloatArray:
    onset_s = even(96)
    extra_s = onset_s[np.random.default_rng(3).random(96) < 0.4] + 0.09
    return np.sort(np.concatenate([onset_s, extra_s]))


@pytest.mark.parametrize(
    ("instrument", "case"), [("guitar", Case.UNCLEAR), (None, Case.UNCLEAR_UNNAMED)]
)
def test_only_who_named_no_instrument_is_asked_for_it(instrument: str | None, case: Case) -> None:
    assert case_of(measured(with_extra_notes(), instrument=instrument)) is case
    assert ("instrument" in TO_TRY[case]) == (instrument is None)


@pytest.mark.parametrize(("slot_s", "case"), [(0.09, Case.UNSURE_FAST), (0.25, Case.UNSURE)])
def test_fast_notes_that_blur_are_not_blamed_on_the_microphone(slot_s: float, case: Case) -> None:
    noise_s = np.random.default_rng(4).normal(0.0, 0.009, 96)
    onset_s = 1.0 + slot_s * np.arange(96) + noise_s
    snapshot = measured(onset_s, Exercise(), instrument="flute")
    assert case_of(snapshot) is case
    assert ("microphone" in TO_TRY[case]) == (case is Case.UNSURE)
