from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from practiceear.errors import MissingError
from practiceear.onset.tables import SHAPES, Weights, packaged_weights, read_weights


def without_bias(weights: Weights) -> None:
    del weights["enter_bias"]


def of_other_shape(weights: Weights) -> None:
    weights["leave_weight"] = weights["leave_weight"][:, :4]


def of_words(weights: Weights) -> None:
    weights["threshold"] = np.array(["a"] * 5)


def with_nan(weights: Weights) -> None:
    weights["layer_bias"] = np.full_like(weights["layer_bias"], np.nan)


def looking_far_back(weights: Weights) -> None:
    weights["dilation"] = weights["dilation"] * 2


def answering_late(weights: Weights) -> None:
    weights["delay_frames"] = weights["delay_frames"] + 10


def test_the_package_brings_weights_and_their_card() -> None:
    weights = packaged_weights()
    assert {name: array.shape for name, array in weights.items()} == SHAPES
    card = files("practiceear.onset") / "weights" / "onset.md"
    assert "CC-BY" in card.read_text(encoding="utf-8")  # whose notes were used


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (without_bias, "lack enter_bias"),
        (of_other_shape, "leave_weight"),
        (of_words, "threshold"),
        (with_nan, "layer_bias"),
        (looking_far_back, "look back"),
        (answering_late, "later than"),
    ],
)
def test_other_weights_are_refused_in_one_line(
    tmp_path: Path, spoil: Callable[[Weights], None], said: str
) -> None:
    weights = dict(packaged_weights())
    spoil(weights)
    path = tmp_path / "onset.npz"
    np.savez(path, **weights)  # type: ignore[arg-type]  # none is called allow_pickle
    with pytest.raises(MissingError, match=said) as error:
        read_weights(path)
    assert "onset.npz" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 and then nothing", b"no weights"])
def test_a_file_that_is_missing_or_broken_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "onset.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(MissingError, match=r"onset\.npz cannot be read") as error:
        read_weights(path)
    assert "\n" not in str(error.value)
