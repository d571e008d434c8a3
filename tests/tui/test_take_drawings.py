"""The drawings of a take show what was put into it."""

from __future__ import annotations

import numpy as np
import pytest

from practiceear.rhythm.grid import Subdivision
from practiceear.settings import Exercise
from practiceear.tui.widgets.cells import Row, row_width
from practiceear.tui.widgets.take_rows import position_rows, shape_rows, take_rows
from tests.tui.fake_backend import reviewed

SIXTEENTHS = Exercise(bpm=60.0, subdivision=Subdivision.parse("4"))
N_NOTES = 64


def lines(rows: list[Row]) -> list[str]:
    return ["".join(text for text, _ in row).rstrip() for row in rows]


def played(leaning_s: float = 0.0, place: int = 5) -> np.ndarray:
    """Four bars with a hand that is late at one place of the bar."""
    number = np.arange(N_NOTES)
    jitter_s = 0.001 * np.random.default_rng(1).standard_normal(N_NOTES)
    return 1.0 + 0.25 * number + jitter_s + np.where(number % 16 == place, leaning_s, 0.0)


@pytest.mark.parametrize(("leaning_s", "shape"), [(0.03, "▶"), (-0.03, "◀"), (0.0, "●")])
def test_a_habit_stands_out_at_its_place(leaning_s: float, shape: str) -> None:
    rows = lines(position_rows(reviewed(played(leaning_s), SIXTEENTHS).snapshot, 80))
    by_label = {row.split()[0] if "beat" not in row else row[:6].strip(): row for row in rows}
    assert shape in by_label["2.2"]
    assert "n 4" in by_label["2.2"]
    others = [row for label, row in by_label.items() if label[0].isdigit() and label != "2.2"]
    assert len(others) == 11
    assert all("●" in row for row in others)


def test_late_stands_right_of_early() -> None:
    def column(leaning_s: float) -> int:
        rows = lines(position_rows(reviewed(played(leaning_s), SIXTEENTHS).snapshot, 80))
        row = next(row for row in rows if "2.2" in row[:8])
        return min(row.index(shape) for shape in "◀●▶" if shape in row)

    assert column(-0.03) < column(0.0) < column(0.03)


def test_a_mean_of_few_notes_is_not_told() -> None:
    text = "\n".join(lines(position_rows(reviewed(played()[:50], SIXTEENTHS).snapshot, 80)))
    assert "n 3, 1 more needed" in text


def test_a_bar_has_a_line_and_a_missed_note_a_dash() -> None:
    onset_s = np.delete(played(), 21)
    rows = lines(shape_rows(reviewed(onset_s, SIXTEENTHS).snapshot, 80))
    bars = [row for row in rows if row.startswith("bar")]
    assert [row[:6].strip() for row in bars] == ["bar 1", "bar 2", "bar 3", "bar 4"]
    assert [row.count("–") for row in bars] == [0, 1, 0, 0]
    assert sum(row.count("●") for row in bars) == N_NOTES - 1


def test_loud_notes_stand_higher() -> None:
    level_dbfs = np.where(np.arange(N_NOTES) % 4 == 0, -14.0, -20.0)
    rows = lines(shape_rows(reviewed(played(), SIXTEENTHS, level_dbfs).snapshot, 80))
    loud = next(row for row in rows if "loud" in row)
    assert loud.split()[1:5] == ["█", "▄", "▄", "▄"]


@pytest.mark.parametrize("width", [12, 20, 38, 78, 200])
def test_drawings_fit_their_width(width: int) -> None:
    for onset_s in (played(0.02), 1.0 + np.cumsum(np.tile([0.25, 0.31, 0.4], 20))):
        for row in take_rows(reviewed(onset_s, SIXTEENTHS).snapshot, width):
            text = "".join(text for text, _ in row)
            # Sentences and numbers may be cut at the edge; what is drawn may not.
            assert row_width(row) <= width or any(letter.isalpha() for letter in text)


def test_without_a_grid_intervals_are_drawn() -> None:
    onset_s = 1.0 + np.cumsum(0.3 + 0.01 * np.random.default_rng(2).standard_normal(40))
    snapshot = reviewed(onset_s, Exercise(bpm=47.0)).snapshot
    assert snapshot.grid_fit.grid is None
    text = "\n".join(lines(take_rows(snapshot, 80)))
    assert "note 1" in text
    assert "short" in text
    assert "Where in the bar" not in text


def test_no_notes_no_drawings() -> None:
    assert take_rows(reviewed([]).snapshot, 80) == []
