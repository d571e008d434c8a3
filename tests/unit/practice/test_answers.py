"""What is an answer to a question about effort or pain, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practiceear.practice.instructions import SKIP_WORDS, UnreadableAnswerError, read_answer


@pytest.mark.parametrize(
    ("typed", "number"),
    [*((str(one), float(one)) for one in range(11)), ("1.5", 1.5), ("2,5", 2.5), (" 7 ", 7.0)],
)
def test_a_number_from_0_to_10_is_an_answer(typed: str, number: float) -> None:
    assert read_answer(typed) == number


@pytest.mark.parametrize("typed", [*SKIP_WORDS, "SKIP", " s "])
def test_a_skip_is_said_in_so_many_words(typed: str) -> None:
    assert read_answer(typed) is None


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "7/10",
        "010",
        "00",
        "٣",
        "11",
        "10.1",
        "-1",
        "+1",
        "eleven",
        "nan",
        "inf",
        "1e1",
        "0x3",
        "3 4",
        "q",
    ],
)
def test_all_else_is_no_answer(typed: str) -> None:
    with pytest.raises(UnreadableAnswerError):
        read_answer(typed)


@given(typed=st.text(max_size=6))
def test_whatever_is_typed_is_a_number_on_the_scale_a_skip_or_no_answer(typed: str) -> None:
    try:
        number = read_answer(typed)
    except UnreadableAnswerError:
        return
    if number is None:
        assert typed.strip().lower() in SKIP_WORDS
    else:
        assert 0.0 <= number <= 10.0
