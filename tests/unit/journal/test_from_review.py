"""The journal's rows of a take are what its review says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from practiceear.analysis.review import TakeReview, review_take
from practiceear.audio.takefile import TakeFile
from practiceear.fixtures.fixture import demo_take
from practiceear.instruments.registry import load_profile
from practiceear.journal.connection import open_journal
from practiceear.journal.from_review import own_loud_level_dbfs, take_result
from practiceear.journal.reading import find_take, measures_of, notes_of, runs_of
from practiceear.journal.records import SessionRecord
from practiceear.journal.writing import begin_session, begin_take, end_take
from practiceear.metrics.catalogue import MetricKey
from tests.unit.journal.made_up import moment, setup


@pytest.fixture(scope="module")
def review() -> TakeReview:
    with demo_take() as fixture:
        take = TakeFile(fixture.take_path)
        return review_take(take, take, load_profile(fixture.instrument), fixture.exercise)


def test_every_note_and_measure_is_kept(review: TakeReview, tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        session_id = begin_session(journal, SessionRecord(started=moment()))
        take_id = begin_take(journal, session_id, setup())
        end_take(journal, take_id, take_result(review, "so it was"))
        notes = notes_of(journal, take_id)
        np.testing.assert_array_equal([one.onset_s for one in notes], review.snapshot.onset_s)
        for one in measures_of(journal, take_id):
            metric = review.snapshot.metrics[MetricKey(one.key)]
            assert one.n == metric.n
            assert one.value == metric.value or metric.is_unavailable
        assert len(runs_of(journal, take_id)) == len(review.snapshot.runs.runs)
        take = find_take(journal, take_id)
        assert 0.0 < take.sounding_s <= take.duration_s


def test_loud_is_what_is_near_the_players_own_loud_level(review: TakeReview) -> None:
    level_dbfs = review.snapshot.notes["level_dbfs"].astype(np.float64)
    loud_dbfs = own_loud_level_dbfs(level_dbfs)
    some = take_result(review, "", loud_level_dbfs=loud_dbfs)
    louder = take_result(review, "", loud_level_dbfs=loud_dbfs + 30.0)
    unknown = take_result(review, "")
    assert 0.0 < some.loud_s <= some.sounding_s
    assert louder.loud_s == unknown.loud_s == 0.0
