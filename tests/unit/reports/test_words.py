"""The first line: what it says and what it must not say."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from practiceear.analysis.missed_notes import Hearing, Passage
from practiceear.analysis.review import TakeReview, review_take
from practiceear.analysis.snapshot import NOTES_MISSING
from practiceear.audio.takefile import TakeFile
from practiceear.fixtures.fixture import demo_take
from practiceear.instruments.registry import load_instrument
from practiceear.metrics.catalogue import CATALOGUE, MetricGroup, MetricKey
from practiceear.metrics.double_onsets import DoubleOnsets
from practiceear.metrics.lateness import Lateness
from practiceear.metrics.lean import Lean
from practiceear.metrics.metric import Metric
from practiceear.metrics.on_time import OnTime, Side
from practiceear.metrics.position import PositionOffsets
from practiceear.metrics.reliability import measured
from practiceear.reports.headline import finding, whole_words
from practiceear.reports.json import review_json
from practiceear.reports.text import lines_below_finding, review_text
from practiceear.reports.what_to_try import TO_TRY, Case, what_to_try
from practiceear.reports.words import (
    double_onsets_spoken,
    missed_words,
    number,
    place_name,
    positions_spoken,
    shares_spoken,
    spoken,
)
from practiceear.rhythm.grid import Meter, MetronomeGrid, Subdivision
from practiceear.settings import Exercise
from tests.support import sounds
from tests.support.recordings import FIXTURES

RATE_HZ = 44100


def reviewed(path: Path, instrument: str, exercise: Exercise) -> TakeReview:
    take = TakeFile(path)
    return review_take(take, take, load_instrument(instrument), exercise)


def played(folder: Path, onset_s: np.ndarray, exercise: Exercise) -> TakeReview:
    path = folder / "take.wav"
    sound = sounds.take(list(onset_s), float(onset_s[-1]) + 1.0, RATE_HZ)
    soundfile.write(path, sound, RATE_HZ, subtype="FLOAT")
    return reviewed(path, "piano", exercise)


def onsets(n_notes: int, sd_s: float, seed: int = 0) -> np.ndarray:
    noise_s = sd_s * np.random.default_rng(seed).standard_normal(n_notes)
    return 0.5 + 0.25 * np.arange(n_notes) + noise_s


@pytest.mark.parametrize(
    ("sd_s", "words"),
    [(0.004, "Very even"), (0.0068, "Fairly even"), (0.02, "Uneven enough to be heard")],
)
def test_the_verdict_follows_what_listeners_notice(tmp_path: Path, sd_s: float, words: str) -> None:
    review = played(tmp_path, onsets(60, sd_s), Exercise(bpm=120))
    assert finding(review).startswith(words)


def test_few_notes_soften_the_verdict(tmp_path: Path) -> None:
    review = played(tmp_path, onsets(20, 0.02), Exercise(bpm=120))
    assert finding(review).startswith("Few notes yet, but uneven")


def test_one_note_that_stands_out_is_called_that(tmp_path: Path) -> None:
    onset_s = onsets(60, 0.004)
    onset_s[30] += 0.07
    assert "stand out" in finding(played(tmp_path, onset_s, Exercise(bpm=120)))


def test_a_player_who_rushes_is_told(tmp_path: Path) -> None:
    onset_s = 0.5 + 0.2475 * np.arange(60)
    text = review_text(played(tmp_path, onset_s, Exercise(bpm=120)))
    assert "rushing: you play 121.2 bpm, the metronome 120" in text


def test_nothing_heard_is_said_plainly() -> None:
    review = reviewed(FIXTURES / "silent_room" / "take.flac", "violin", Exercise())
    assert finding(review).startswith("No notes were heard")


def test_a_flaw_of_the_recording_is_not_given_as_the_reason() -> None:
    review = reviewed(FIXTURES / "silent_room" / "take.flac", "violin", Exercise())
    clipped = replace(review, health=replace(review.health, n_clipped_samples=50))
    assert finding(clipped) == "No notes were heard."
    assert "Note: clipped (50 samples" in review_text(clipped)


@pytest.mark.parametrize(
    ("n_notes", "words"),
    [(1, r"1 note heard; .* \(0 of the 8"), (3, r"3 notes heard; .* \(2 of the 8")],
)
def test_few_notes_are_counted(tmp_path: Path, n_notes: int, words: str) -> None:
    said = finding(played(tmp_path, onsets(n_notes, 0.0), Exercise(bpm=120)))
    assert re.match(words, said), said
    assert f"needed, {8 - (n_notes - 1)} more)." in said


def test_what_is_too_uncertain_is_refused_with_a_count(tmp_path: Path) -> None:
    onset_s = onsets(12, 0.0) + 0.03 * np.sin(np.arange(12) / 1.5)
    review = played(tmp_path, onset_s, Exercise(bpm=120))
    assert re.search("cannot be said: too uncertain from 11 .* more needed", finding(review))
    for metric in review.snapshot.compared:
        assert metric.is_unavailable or metric.high <= 4 * metric.low, metric


def test_a_metronome_is_not_praised(tmp_path: Path) -> None:
    review = reviewed(FIXTURES / "click_only" / "take.flac", "guitar", Exercise(bpm=96))
    assert finding(review) == "No notes were heard."
    beat_s = 2 * 11_008 / RATE_HZ  # a whole number of hops: every note is heard alike
    machine = played(tmp_path, 0.5 + 0.5 * beat_s * np.arange(60), Exercise(bpm=60 / beat_s))
    assert "is it the metronome" in finding(machine)


def test_without_a_grid_there_is_no_verdict() -> None:
    review = reviewed(FIXTURES / "violin_detached" / "take.flac", "violin", Exercise(bpm=50))
    assert review.snapshot.grid_fit.grid is None
    assert re.match("No steady pulse in this take|The notes|The tempo", finding(review))
    assert "Timing: there is no grid" in review_text(review)


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        (Metric(MetricKey.SD_IOI, 0.0160, 96, 0.0130, 0.0192), "16.0 ± 3.2 ms"),
        (Metric(MetricKey.SD_IOI, 0.030, 15, 0.020, 0.059), "30 ms, 20 to 59"),
        (Metric(MetricKey.GATE_RATIO_SD, 0.13, 15, 0.09, 0.21), "0.13, 0.09 to 0.21"),
        (Metric(MetricKey.CV_IOI, 7.0, 96, 5.7, 8.4), "7.0 ± 1.4 %"),
    ],
)
def test_plus_minus_only_where_it_is_true(metric: Metric, words: str) -> None:
    assert spoken(metric) == words


@pytest.mark.parametrize(("value", "words"), [(0.25, "0.25"), (1.8, "1.8"), (12.3, "12")])
def test_a_floor_is_never_rounded_away(value: float, words: str) -> None:
    assert number(value) == words


def test_every_measure_has_words() -> None:
    review = reviewed(FIXTURES / "violin_detached" / "take.flac", "violin", Exercise(bpm=92))
    snapshot = review.snapshot
    named = {key for key in snapshot.metrics if key.info.group is not MetricGroup.SERIAL}
    of_tones = {
        MetricKey.TONE_WAVERING,
        MetricKey.TONE_WAVERING_RATE,
        MetricKey.TONE_SWELL,
        MetricKey.TONE_PITCH,
    }
    assert named | of_tones == {key for key, info in CATALOGUE.items() if info.label}
    in_report = [key for key in CATALOGUE if key in {one.key for one in snapshot.compared}]
    assert [one.key for one in snapshot.compared] == in_report


def test_no_two_measures_of_a_group_are_called_the_same() -> None:
    called = [(one.group, one.label) for one in CATALOGUE.values() if one.label]
    assert sorted(set(called)) == sorted(called)


OWN = Metric(
    MetricKey.CORRECTED_SD_IOI, 0.002, 96, 0.0, 0.0074, detector_error=0.009, is_floor_out=True
)


def test_what_may_be_nothing_has_only_an_upper_bound() -> None:
    assert spoken(replace(OWN, value=0.0)) == "0 to 7.4 ms"
    assert spoken(OWN) == "2.0 ms, 0.0 to 7.4"
    assert spoken(replace(OWN, low=0.0004, high=0.0036)) == "2.0 ± 1.6 ms"


def test_a_half_that_reaches_further_down_is_no_plus_minus() -> None:
    assert spoken(replace(OWN, value=0.0157, low=0.0, high=0.019)) == "16 ms, 0 to 19"


GRID = MetronomeGrid(60.0, Meter((4,)), Subdivision.parse(4))


@pytest.mark.parametrize(
    ("position", "name"), [(0, "beat 1"), (12, "beat 4"), (13, "note 2 of beat 4")]
)
def test_places_are_counted_as_players_count(position: int, name: str) -> None:
    assert place_name(position, GRID) == name


def offsets(*late_s: float) -> PositionOffsets:
    metrics = tuple(
        Metric(MetricKey.POSITION_OFFSET, one, 6, one - 0.012, one + 0.012, detector_error=0.01)
        for one in late_s
    )
    return PositionOffsets(tuple(range(0, 4 * len(late_s), 4)), metrics, metrics)


def leaning(places: tuple[int, ...], apart_s: float, **kind: bool) -> PositionOffsets:
    apart = Metric(
        MetricKey.PLACES_APART, apart_s, 6, apart_s - 0.012, apart_s + 0.012, detector_error=0.01
    )
    return replace(offsets(0.0, 0.0, 0.0, 0.0), lean=Lean(places, apart, **kind))


def test_one_place_stands_out_or_none() -> None:
    assert positions_spoken(offsets(0.0, 0.02, -0.02), GRID).startswith("no position stands out")
    late = positions_spoken(leaning((12,), 0.027), GRID)
    assert late == "beat 4 is on the click, 27 ± 12 ms later than the rest (n 6, floor 10)"
    assert "30 ± 12 ms earlier than the rest" in positions_spoken(leaning((4,), -0.03), GRID)
    off_beats = positions_spoken(leaning((4, 8, 12), 0.03, is_off_beats=True), GRID)
    assert off_beats.startswith("off-beats are on the click, 30 ± 12 ms later than the beats")
    assert positions_spoken(PositionOffsets.unavailable("too few bars"), GRID) == "too few bars"


def share(percent: float, n: int = 60) -> Metric:
    return Metric(MetricKey.DOUBLE_ONSETS, percent, n, percent / 2, percent + 6.0)


def test_double_onsets_are_counted_with_what_they_rest_on() -> None:
    few = Metric.unavailable(MetricKey.DOUBLE_ONSETS, 3, "too few")
    assert double_onsets_spoken(DoubleOnsets(few, 1, 3)) == ""
    none = double_onsets_spoken(DoubleOnsets(share(0.0), 0, 60))
    assert none == "none in 60 changes of note (0 to 6 %)"
    some = double_onsets_spoken(DoubleOnsets(share(7.0), 4, 60))
    assert some.startswith("4 of 60 changes of note had a double onset (7 %")


def test_a_share_that_is_not_told_is_left_out() -> None:
    refused = Metric.unavailable(MetricKey.ON_TIME_INNER, 60, "too vague")
    both = OnTime(share(40.0), share(70.0), 0.006, 0.012)
    assert shares_spoken(both).startswith("40 % within 6 ms (20 to 46 %), 70 % within 12 ms")
    assert "6 ms" not in shares_spoken(replace(both, inner=refused))
    assert shares_spoken(replace(both, inner=refused, outer=refused)) == "too vague"


def test_a_reader_sees_at_most_eight_lines_more() -> None:
    with demo_take() as demo:
        review = reviewed(demo.folder / "take.flac", demo.instrument or "violin", demo.exercise)
    text = review_text(review)
    n_measures = len(review.snapshot.compared)
    measured = text.split("\nEvenness\n")[1].split("\n\n")[0]
    told = measured.split("\nRuns: ")[0].splitlines()
    n_groups = len({one.key.info.group for one in review.snapshot.compared})
    assert n_measures + n_groups - 1 < len(told) <= n_measures + n_groups - 1 + 7
    assert text.count("of it the player's own") == 3
    assert "beat 4 is 37 ms late" in text
    assert max(len(line) for line in text.splitlines()) < 100


def test_one_reason_is_told_once(tmp_path: Path) -> None:
    exercise = Exercise(120, Meter((4,)), Subdivision.parse(2), 0.5)
    text = review_text(played(tmp_path, onsets(20, 0.01), exercise))
    assert "near the player's average  " in text
    assert "near the click" not in text


def test_the_first_sentence_stands_once_in_the_report_and_not_below_itself(tmp_path: Path) -> None:
    review = played(tmp_path, 0.5 + 0.25 * np.arange(40), Exercise(bpm=120))
    assert review_text(review).count(finding(review)) == 1
    assert finding(review) not in "\n".join(lines_below_finding(review))
    assert review_text(review).splitlines() == [finding(review), *lines_below_finding(review)]


@pytest.mark.parametrize("value_s", [0.025, -0.025])
@pytest.mark.parametrize(("reach_s", "is_vague"), [(0.022, True), (0.004, False)])
def test_a_vague_amount_early_or_late_says_how_vague(
    value_s: float, reach_s: float, is_vague: bool
) -> None:
    late = measured(MetricKey.DEVIATION_BIAS, value_s, 96, (value_s - reach_s, value_s + reach_s))
    side = Side.LATE if value_s > 0.0 else Side.EARLY
    said = whole_words(Lateness(late, side, 0.0, is_throughout=True))
    assert "25 ms" in said
    assert ("give or take 22" in said) is is_vague


def test_without_a_beat_no_number_is_given_that_the_detector_hides() -> None:
    review = reviewed(FIXTURES / "violin_detached" / "take.flac", "violin", Exercise(bpm=50))
    own = review.snapshot.metrics[MetricKey.CORRECTED_SD_IOI]
    hides = own.is_unavailable or own.is_at_detector_error
    assert ("vary by about" in finding(review)) is not hides


def passage(first_s: float, end_s: float, recall: float) -> Passage:
    return Passage(first_s, end_s, 20, 20 / recall - 20, recall, 0.8 * recall, 1.0)


def test_missing_notes_are_said_with_their_times() -> None:
    with demo_take() as fixture:
        review = reviewed(fixture.take_path, "violin", fixture.exercise)
    assert missed_words(review) == ""
    hearing = Hearing(passage(0.4, 70.0, 0.74), (), ((8.2, 20.1), (61.9, 70.0)))
    missing = replace(review, snapshot=replace(review.snapshot, hearing=hearing))
    assert missed_words(missing).startswith(
        "I am probably missing notes from 0:08 to 0:21 and from 1:01 to 1:10. If you plucked"
    )
    assert "  of those played             about 74 %, 59 to 100 %" in review_text(missing)
    taken = json.loads(review_json([missing], []))["takes"][0]["hearing"]
    assert taken["are_notes_missing"] is True
    assert taken["missing_s"] == [[8.2, 20.1], [61.9, 70.0]]
    assert taken["take"]["recall"] == 0.74
    metrics = replace(hearing, missing_s=((0.0, 1.0),) * 9)
    many = replace(review, snapshot=replace(review.snapshot, hearing=metrics))
    assert " and in 5 more places." in missed_words(many)


def test_where_notes_are_missing_it_is_tried_to_hear_them_better() -> None:
    with demo_take() as fixture:
        review = reviewed(fixture.take_path, "violin", fixture.exercise)
    keys = (MetricKey.SD_IOI, MetricKey.CORRECTED_SD_IOI)
    missing = replace(review, snapshot=review.snapshot.without(keys, NOTES_MISSING))
    assert "cannot be said: I am probably missing notes." in finding(missing)
    assert what_to_try(missing) == TO_TRY[Case.UNCLEAR]
