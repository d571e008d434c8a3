"""Whatever was played: no report breaks, contradicts another or prints what is no number."""

from __future__ import annotations

import json
import re
from importlib.resources import files

import jsonschema
import numpy as np
import pytest

from practiceear.analysis.compare import compare_reviews
from practiceear.analysis.pipeline import NotePipeline
from practiceear.analysis.review import TakeReview
from practiceear.analysis.snapshot import measure
from practiceear.audio.recording_quality import RecordingQuality
from practiceear.instruments.registry import load_instrument
from practiceear.journal.from_review import take_result
from practiceear.metrics.runs.notes import RunFinding
from practiceear.notes.tracker import NOTE
from practiceear.reports.comparison import compare_text
from practiceear.reports.headline import finding
from practiceear.reports.json import review_json
from practiceear.reports.page import tables
from practiceear.reports.text import review_text
from practiceear.reports.what_to_try import TO_TRY, Case, case_of, what_to_try
from practiceear.rhythm.grid import Meter, MetronomeGrid, Subdivision
from practiceear.rhythm.tempo import Misfit
from practiceear.settings import Exercise
from practiceear.tui.widgets.take_rows import take_rows
from practiceear.units import FloatArray

RATE_HZ = 44100
EIGHTHS = MetronomeGrid(100.0, Meter((3,)), Subdivision.parse("2"), 3.0)
TO_CLICK = Exercise(100.0, EIGHTHS.meter, EIGHTHS.subdivision, EIGHTHS.first_beat_s)
SCALE = (60, 62, 64, 65, 67, 69, 71, 72)


def reviewed(onset_s: FloatArray, exercise: Exercise, instrument: str = "guitar") -> TakeReview:
    onset_s = np.sort(onset_s)
    notes = np.zeros(onset_s.size, dtype=NOTE)
    notes["onset_sample"] = np.round(onset_s * RATE_HZ)
    notes["offset_sample"] = notes["onset_sample"] + RATE_HZ // 20
    notes["level_dbfs"], notes["pitch_midi"] = -20.0, np.resize(SCALE, onset_s.size)
    notes["onset_error_s"], notes["strength"] = 0.002, 3.0
    snapshot = measure(notes, NotePipeline(RATE_HZ, load_instrument(instrument)), exercise)
    duration_s = float(onset_s.max(initial=0.0)) + 1.0
    return TakeReview("a take", RATE_HZ, 1, duration_s, RecordingQuality(), snapshot)


def row(n_notes: int, sd_s: float = 0.004, seed: int = 1) -> FloatArray:
    noise_s = np.random.default_rng(seed).normal(0.0, sd_s, n_notes)
    return np.asarray(EIGHTHS.slot_time_s(np.arange(n_notes)) + noise_s)


def paused(pause_s: float) -> FloatArray:
    onset_s = row(48)
    onset_s[24:] += pause_s
    return onset_s


@pytest.mark.parametrize(
    ("onset_s", "exercise", "misfit"),
    [
        (paused(2.55), Exercise(), Misfit.PAUSE),
        (row(40), Exercise(100.0, is_tempo_steady=False), Misfit.TEMPO_CHANGED),
    ],
)
def test_a_take_is_judged_where_no_grid_holds_it_whole(
    onset_s: FloatArray, exercise: Exercise, misfit: Misfit
) -> None:
    review = reviewed(onset_s, exercise)
    assert review.snapshot.grid_fit.misfit is misfit
    assert finding(review).startswith("Very even")
    assert case_of(review.snapshot) is Case.EVEN
    assert finding(review) in review_text(review)
    other = reviewed(row(60), TO_CLICK)
    for pair in ((review, other), (other, review)):
        assert "No difference beyond chance" in compare_text(compare_reviews(pair))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("subdivision", ["2", "swing"])
def test_a_click_that_nobody_played_to_breaks_no_table(subdivision: str) -> None:
    exercise = Exercise(100.0, Meter((3,)), Subdivision.parse(subdivision), 3.0)
    review = reviewed(np.zeros(0), exercise)
    assert review.snapshot.alignment is not None
    assert tables.flags(review.snapshot) == []


@pytest.mark.parametrize("others_s", [-0.0055, 0.0055])
@pytest.mark.parametrize("is_of_off_beats", [True, False])
def test_a_place_is_not_said_to_be_on_the_click_and_corrected(
    others_s: float, is_of_off_beats: bool
) -> None:
    slots = np.arange(120)
    is_there = slots % 2 == 1 if is_of_off_beats else EIGHTHS.position_in_bar(slots) == 5
    onset_s = row(120, 0.002) + np.where(is_there, -others_s, others_s)
    review = reviewed(onset_s, TO_CLICK, "piano")
    assert review.snapshot.positions.lean is not None
    said = finding(review).split(";")[0]
    assert "on the click" not in said
    assert ("later" in said) is (others_s < 0.0)


def test_who_plays_very_evenly_is_not_asked_to_slow_down_where_runs_differ() -> None:
    review = reviewed(paused(2.45), Exercise())
    assert review.snapshot.runs.finding is RunFinding.WANDER
    assert finding(review).startswith("Very even")
    assert case_of(review.snapshot) is Case.EVEN


def test_sixteen_notes_whose_tempo_moves_at_another_tempo_are_refused_in_words() -> None:
    onset_s = [
        2.294, 2.795, 3.269, 3.749, 4.268, 4.817, 5.412, 6.06,
        6.69, 7.316, 7.906, 8.446, 8.953, 9.431, 9.916, 10.408,
    ]  # fmt: skip
    exercise = Exercise(117.5, EIGHTHS.meter, Subdivision.parse("1"))
    review = reviewed(np.array(onset_s), exercise, "violin")
    assert review.snapshot.intervals.reason
    assert review.snapshot.intervals.reason in review_text(review)


def test_doubt_is_said_in_words_with_one_number() -> None:
    uneven = np.concatenate((row(30, 0.035), row(40)[30:] + 0.15))
    said = [finding(reviewed(one, TO_CLICK)) for one in (row(60, 0.0005), row(60, 0.07), uneven)]
    assert said[0].startswith("Too even for a player (about ")
    for one in said:
        assert re.search(r"about \d", one)
        assert "±" not in one


def test_no_sentence_names_an_option_of_the_command_line() -> None:
    assert not [one for one in TO_TRY.values() if "--" in one]


def anything(seed: int) -> TakeReview:
    """Anything: even, uneven, shifted, halting, free; with a click, a tempo or neither."""
    rng = np.random.default_rng(seed)
    onset_s = row(int(rng.choice([0, 1, 5, 9, 20, 60])), float(rng.choice([0.001, 0.01, 0.03])))
    onset_s += rng.choice([-0.05, 0.0, 0.015, 0.15])
    if onset_s.size and rng.random() < 0.4:
        onset_s[onset_s.size // 2 :] += rng.uniform(0.7, 4.0)
    if onset_s.size and rng.random() < 0.4:
        onset_s = np.concatenate((onset_s, rng.uniform(0.1, 2.5, int(rng.integers(1, 9)))))
    if rng.random() < 0.2:
        onset_s = 1.0 + np.cumsum(rng.choice([0.2, 0.3, 0.37, 0.5], onset_s.size))
    wanted = (TO_CLICK, Exercise(100.0), Exercise(), Exercise(110.0, is_tempo_steady=False))
    instrument = str(rng.choice(["piano", "violin"]))
    return reviewed(np.unique(onset_s), wanted[rng.integers(4)], instrument)


def test_reports_on_anything_are_whole_and_agree() -> None:
    schema = (files("practiceear.reports") / "schema" / "review-1.json").read_text("utf-8")
    validator = jsonschema.Draft202012Validator(json.loads(schema))
    for seed in range(30):
        review = anything(seed)
        said, advice, case = finding(review), what_to_try(review), case_of(review.snapshot)
        written = json.loads(review_json([review], []))
        validator.validate(written)
        take = written["takes"][0]
        assert take["n_notes"] + len(take["left_out_onset_s"]) == len(review.snapshot.heard_s)
        assert bool(take["left_out_s"]) is bool(take["left_out_onset_s"])
        assert len(take_result(review, said).notes) == take["n_notes"]
        assert not re.search("±|--|intervals,", said), (seed, said)
        side = (take["whole"] or {"side": None})["side"]
        for word in ("early", "late"):
            assert side == word or not said.lower().startswith(f"{word}:"), (seed, said)
        drawn = str(take_rows(review.snapshot, 90))
        listed = str([*tables.measures(review.snapshot), *tables.facts(review.snapshot)])
        for text in (said, advice, review_text(review), drawn, listed):
            assert not re.search(r"\b(nan|inf)\b", text), (seed, text)
        wrong_way = {Case.LATE: "early:", Case.EARLY: "late:"}.get(case)
        assert wrong_way is None or not said.lower().startswith(wrong_way), (seed, said, advice)
        if said.startswith("Very even"):
            assert case not in (Case.UNEVEN, Case.ONE_NOTE, Case.WANDER), (seed, said, advice)
