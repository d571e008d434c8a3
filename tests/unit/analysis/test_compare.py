"""Takes beside the first: which measure is compared, what is warned of, how chance is shared."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from practiceear.analysis.compare import (
    HEADLINE_CHANCE,
    OTHERS_CHANCE,
    TakesCompared,
    compare_reviews,
    note_length_s,
)
from practiceear.analysis.pipeline import NotePipeline
from practiceear.analysis.review import TakeReview
from practiceear.analysis.snapshot import measure
from practiceear.audio.recording_quality import RecordingQuality
from practiceear.errors import UsageError
from practiceear.instruments.registry import load_instrument
from practiceear.metrics.catalogue import MetricKey
from practiceear.metrics.comparison import Comparison, Scale
from practiceear.notes.tracker import NOTE
from practiceear.reports.comparison import compare_text, compared_finding
from practiceear.settings import Exercise

RATE_HZ = 44100


@lru_cache(maxsize=256)
def heard(
    seed: int = 0,
    *,
    n_notes: int = 64,
    sd_s: float = 0.012,
    ioi_s: float = 0.25,
    instrument: str = "piano",
    bpm: float | None = 120.0,
) -> TakeReview:
    """A take as the ear would have heard it, its notes made up."""
    rng = np.random.default_rng(seed)
    onset_s = 0.5 + ioi_s * np.arange(n_notes) + rng.normal(0.0, sd_s, n_notes)
    notes = np.zeros(n_notes, dtype=NOTE)
    notes["onset_sample"] = np.round(np.sort(onset_s) * RATE_HZ).astype(np.int64)
    sounding_s = ioi_s * rng.normal(0.7, 0.04, n_notes)
    notes["offset_sample"] = notes["onset_sample"] + np.round(sounding_s * RATE_HZ).astype(int)
    notes["level_dbfs"] = rng.normal(-20.0, 1.5, n_notes)
    notes["attack_s"] = rng.normal(0.03, 0.01, n_notes)
    notes["pitch_midi"] = 60.0 + np.arange(n_notes) % 12
    ear = NotePipeline(RATE_HZ, load_instrument(instrument))
    snapshot = measure(notes, ear, Exercise(bpm=bpm, first_beat_s=0.5 if bpm else None))
    return TakeReview(f"take {seed}", RATE_HZ, 1, 20.0, RecordingQuality(), snapshot)


def test_one_take_has_nothing_to_be_compared_with() -> None:
    with pytest.raises(UsageError, match="two takes or more"):
        compare_reviews([heard()])


def test_evenness_comes_first_and_is_not_asked_twice() -> None:
    (other,) = compare_reviews([heard(1), heard(2)]).others
    assert other.headline.key == MetricKey.SD_IOI
    assert other.warnings == ()
    keys = [one.key for one in other.others]
    assert MetricKey.SD_IOI not in keys
    assert MetricKey.CV_IOI not in keys
    assert {MetricKey.DEVIATION_SPREAD, MetricKey.LOUDNESS_SD, MetricKey.GATE_RATIO} <= set(keys)


def test_another_tempo_is_warned_of_and_compared_as_a_share() -> None:
    (other,) = compare_reviews([heard(1), heard(2, ioi_s=0.4, bpm=75.0)]).others
    assert other.headline.key == MetricKey.CV_IOI
    assert re.match(r"the notes are 2(49|50|51) and (399|400|401) ms long", other.warnings[0])
    refused = {one.key for one in other.others if "tempos differ" in one.reason}
    assert {MetricKey.SD_IOI, MetricKey.DEVIATION_SPREAD} <= refused
    assert not {MetricKey.LOUDNESS_SD, MetricKey.GATE_RATIO} & refused


def test_a_little_faster_is_the_same_tempo() -> None:
    (other,) = compare_reviews([heard(1), heard(2, ioi_s=0.24, bpm=125.0)]).others
    assert other.headline.key == MetricKey.SD_IOI


def test_another_instrument_is_warned_of() -> None:
    (other,) = compare_reviews([heard(1), heard(2, instrument="guitar")]).others
    assert other.headline.key == MetricKey.CV_IOI
    assert "piano and guitar" in other.warnings[0]
    assert any("instruments differ" in one.reason for one in other.others)


def test_more_takes_and_more_questions_share_the_chance() -> None:
    two = compare_reviews([heard(seed) for seed in range(2)])
    four = compare_reviews([heard(seed) for seed in range(4)])
    for compared in (two, four):
        chances = [1.0 - one.headline.confidence for one in compared.others]
        assert sum(chances) == pytest.approx(HEADLINE_CHANCE)
        asked = [one for take in compared.others for one in take.others if not one.is_unavailable]
        assert sum(1.0 - one.confidence for one in asked) == pytest.approx(OTHERS_CHANCE)
    assert pytest.approx(0.05) == HEADLINE_CHANCE + OTHERS_CHANCE


def test_takes_alike_in_everything_are_seldom_called_different() -> None:
    n_alarms = n_pairs = 0
    for seed in range(0, 180, 2):
        compared = compare_reviews([heard(seed), heard(seed + 1)])
        n_pairs += 1
        n_alarms += any(one.is_different for one in all_of(compared))
    assert n_alarms <= 0.05 * n_pairs + 2.0 * math.sqrt(0.05 * 0.95 * n_pairs)


def test_a_player_twice_as_uneven_is_found_out() -> None:
    found = [
        compare_reviews([heard(seed), heard(seed + 1, sd_s=0.024)]).others[0].headline
        for seed in range(0, 40, 2)
    ]
    assert sum(one.is_different and one.value > 1.0 for one in found) >= 19


def all_of(compared: TakesCompared) -> list[Comparison]:
    return [one for take in compared.others for one in (take.headline, *take.others)]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.5, 2.0), st.sampled_from([0.25, 0.4]))
def test_exchanging_two_takes_changes_signs_only(seed: int, by: float, ioi_s: float) -> None:
    first = heard(seed)
    second = heard(seed + 1, sd_s=0.012 * by, ioi_s=ioi_s, bpm=30.0 / ioi_s)
    there = all_of(compare_reviews([first, second]))
    back = all_of(compare_reviews([second, first]))
    for one, other in zip(there, back, strict=True):
        assert (one.key, one.is_different) == (other.key, other.is_different)
        assert one.is_unavailable == other.is_unavailable
        if one.is_unavailable:
            continue
        alike = (1.0 / one.value) if one.scale is Scale.RATIO else -one.value
        assert other.value == pytest.approx(alike)
        assert other.n_needed == one.n_needed


def test_the_order_of_the_other_takes_does_not_matter() -> None:
    takes = [heard(seed) for seed in range(3)]
    there = compare_reviews(takes)
    back = compare_reviews([takes[0], takes[2], takes[1]])
    for one, other in zip(all_of(there), [*all_of(back)], strict=True):
        assert one.key == other.key
    assert there.others[0].headline == back.others[1].headline


def test_takes_without_notes_are_told_so() -> None:
    empty = heard(1, n_notes=3)
    (other,) = compare_reviews([heard(2), empty]).others
    assert "the second take gives no number" in other.headline.reason
    assert math.isnan(note_length_s(heard(1, n_notes=1, bpm=None).snapshot))
    assert "cannot be said" in compared_finding(other.headline)


def test_the_text_says_what_changed_in_plain_words() -> None:
    before, after = heard(1, sd_s=0.03), heard(2, sd_s=0.008)
    first, *rest = compare_text(compare_reviews([before, after])).splitlines()
    assert first.startswith("More even than before: between notes, heard ")
    assert "% less" in first
    assert "nan" not in "\n".join(rest)
    assert compare_text(compare_reviews([after, before])).startswith("Less even than before")


def test_a_difference_within_chance_says_what_would_be_needed() -> None:
    first, second = heard(1, sd_s=0.012), heard(2, sd_s=0.0135)
    (other,) = compare_reviews([first, second]).others
    text = compared_finding(other.headline)
    assert not other.headline.is_different
    assert text.startswith("No difference beyond chance")
    assert "in each take would" in text
    assert "(now 63 and 63)" in text or "over 3,000" in text


def test_no_verdict_on_a_take_that_was_heard_unclearly() -> None:
    before, after = heard(1, sd_s=0.03), heard(2, sd_s=0.008)
    alignment = after.snapshot.alignment
    assert alignment is not None
    alignment = replace(alignment, is_matched=np.arange(64) % 4 > 0)
    after = replace(after, snapshot=replace(after.snapshot, alignment=alignment))
    text = compare_text(compare_reviews([before, after]))
    assert text.startswith("Take 2 was heard too unclearly to compare")


def test_a_hostile_name_cannot_confuse_the_terminal() -> None:
    odd = replace(heard(1), name="a\x1b[31m.wav")
    assert "\x1b" not in compare_text(compare_reviews([odd, heard(2)]))


def test_every_take_has_its_own_part() -> None:
    text = compare_text(compare_reviews([heard(seed) for seed in range(4)]))
    assert text.count("between notes, heard (SD)") == 3
    assert text.count("  1  take 0") == 3
    for number_, seed in ((2, 1), (3, 2), (4, 3)):
        assert f"  {number_}  take {seed}" in text
