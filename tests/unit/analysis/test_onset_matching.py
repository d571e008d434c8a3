"""Onsets are matched as the field's own scores match them."""

from __future__ import annotations

import mir_eval
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from practiceear.analysis.onset_matching import match_onsets

HUNDREDTHS = st.lists(st.integers(0, 200), max_size=30).map(
    lambda values: np.sort(np.array(values, dtype=np.float64)) / 100.0
)


@given(HUNDREDTHS, HUNDREDTHS)
def test_onsets_are_matched_as_mir_eval_matches_them(
    reference_s: np.ndarray, estimated_s: np.ndarray
) -> None:
    found = match_onsets(reference_s, estimated_s, 0.05)
    assert found == mir_eval.util.match_events(reference_s, estimated_s, 0.05)
