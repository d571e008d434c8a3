"""Which notes are heard, by interval and by pitch."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.recall import (
    INTERVAL_BANDS,
    PITCH_BANDS,
    Band,
    pitch_midi,
    recall_by,
    shorter_interval_s,
)
from benchmarks.rules import hear
from tests.support.bench_takes import heard_at, silent_take


def test_a_note_is_as_fast_as_the_nearer_of_its_neighbours() -> None:
    hearing = hear(silent_take([1.0, 1.09, 1.19, 1.60]), heard_at(1.0))
    np.testing.assert_allclose(shorter_interval_s(hearing), [0.09, 0.09, 0.10, 0.41])


def test_recall_counts_each_note_in_the_band_of_its_interval() -> None:
    hearing = hear(silent_take([1.0, 1.09, 1.195, 1.60]), heard_at(1.0, 1.195))
    recalls = recall_by([hearing], shorter_interval_s, INTERVAL_BANDS)
    found = {name: (one.n_found, one.n_played) for name, one in recalls.items() if one.n_played}
    assert found == {"80 to 100 ms": (1, 2), "100 to 120 ms": (1, 1), "200 ms and more": (0, 1)}
    assert recalls["80 to 100 ms"].share == pytest.approx(0.5)
    assert np.isnan(recalls["under 80 ms"].share)


def test_a_note_alone_has_all_the_time_there_is_and_takes_pool() -> None:
    alone = hear(silent_take([1.0]), heard_at(1.0))
    nobody = hear(silent_take([]), heard_at(4.0))
    recalls = recall_by([alone, nobody, alone], shorter_interval_s, INTERVAL_BANDS)
    assert (recalls["200 ms and more"].n_found, recalls["200 ms and more"].n_played) == (2, 2)


def test_recall_by_pitch_passes_over_notes_of_no_known_pitch() -> None:
    pitches = [84.0, 95.0, 96.0, np.nan]
    hearing = hear(silent_take([1.0, 2.0, 3.0, 4.0], pitches), heard_at(1.0, 2.0, 4.0))
    recalls = recall_by([hearing], pitch_midi, PITCH_BANDS)
    found = {name: (one.n_found, one.n_played) for name, one in recalls.items() if one.n_played}
    assert found == {"C6 to B6": (2, 2), "C7 to F7": (0, 1)}


@pytest.mark.parametrize("bands", [INTERVAL_BANDS, PITCH_BANDS])
def test_bands_leave_no_gap(bands: tuple[Band, ...]) -> None:
    edges = [(band.low, band.high) for band in bands]
    assert edges[0][0] == 0.0
    assert np.isinf(edges[-1][1])
    assert [low for low, _ in edges[1:]] == [high for _, high in edges[:-1]]
