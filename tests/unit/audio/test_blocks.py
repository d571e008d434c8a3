"""Steps come out whole and in order, whatever the blocks."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from practiceear.audio.blocks import Framer


@given(
    step_samples=st.integers(1, 40), lengths=st.lists(st.integers(0, 100), min_size=1, max_size=30)
)
def test_whole_steps_in_order(step_samples: int, lengths: list[int]) -> None:
    cutter = Framer(step_samples)
    whole = np.arange(sum(lengths), dtype=np.float32)
    blocks = np.split(whole, np.cumsum(lengths)[:-1])
    steps = np.concatenate([cutter.cut(block) for block in blocks])
    n_steps = len(whole) // step_samples
    np.testing.assert_array_equal(
        steps, whole[: n_steps * step_samples].reshape(n_steps, step_samples)
    )
