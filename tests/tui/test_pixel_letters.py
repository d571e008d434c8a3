"""Large letters: as large as fits, and never something else."""

from __future__ import annotations

import pytest

from practiceear.tui.screens.plain import LARGE_WORDS
from practiceear.tui.widgets.band import SIGNS
from practiceear.tui.widgets.big_number import fit_letters, is_drawable

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def test_a_three_is_drawn_as_a_three() -> None:
    assert fit_letters("3", 6, 5) == ("██████", "    ██", "  ████", "    ██", "██████")


@pytest.mark.parametrize("text", ["0123456789", "ON TIME", "◀ EARLY", "2.5"])
@pytest.mark.parametrize(("width", "height"), [(9, 3), (40, 5), (80, 10), (200, 20), (300, 40)])
def test_letters_stay_inside_their_room(text: str, width: int, height: int) -> None:
    rows = fit_letters(text, width, height)
    if len(rows) > 1:  # else there was no room, and it is plain text
        assert len(rows) <= height
        assert {len(row) for row in rows} == {len(rows[0])}
        assert len(rows[0]) <= width


def test_more_room_makes_letters_larger_never_smaller() -> None:
    heights = [len(fit_letters("42", 8 * step, 5 * step)) for step in range(1, 6)]
    assert heights == sorted(heights)
    assert heights[0] < heights[-1]


def test_without_room_the_text_is_plain() -> None:
    assert fit_letters("ON TIME", 8, 5) == ("ON TIME",)
    assert fit_letters("42", 80, 2) == ("42",)
    assert fit_letters("", 80, 5) == ("",)


def test_no_two_letters_look_alike() -> None:
    drawn = {letter: fit_letters(letter, 20, 5) for letter in LETTERS}
    alike: dict[tuple[str, ...], list[str]] = {}
    for letter, rows in drawn.items():
        alike.setdefault(rows, []).append(letter)
    # As on every seven-segment display.
    assert sorted(group for group in alike.values() if len(group) > 1) == [["O", "0"], ["S", "5"]]


def test_every_sign_can_be_drawn_large() -> None:
    for sign in SIGNS.values():
        assert is_drawable(f"{sign.shape} {sign.words}")
    assert is_drawable(LARGE_WORDS)
