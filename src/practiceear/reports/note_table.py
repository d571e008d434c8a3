"""The notes of a take as a table: one row a note, for CSV and JSON."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence

import numpy as np

from practiceear.analysis.review import TakeReview
from practiceear.analysis.snapshot import SessionSnapshot
from practiceear.notes.tracker import NoteArray
from practiceear.plain_text import csv_cell
from practiceear.units import samples_to_seconds

MEASURED = (
    "onset_error_s",
    "level_dbfs",
    "attack_s",
    "gate_ratio",
    "dip_db",
    "pitch_midi",
    "strength",
)
"""Columns that are fields of a note as they are."""

NOTE_COLUMNS = (
    "onset_s",
    "offset_s",
    "detected_s",
    "slot",
    "deviation_s",
    "is_extra",
    *MEASURED,
)

Cell = float | int | bool | None


def note_rows(snapshot: SessionSnapshot) -> Iterator[tuple[Cell, ...]]:
    """The cells of each note in the order of ``NOTE_COLUMNS``; None where not known."""
    rate_hz = snapshot.rate_hz
    alignment = snapshot.alignment
    for index, note in enumerate(snapshot.notes):
        slot, deviation_s, is_extra = None, None, None
        if alignment is not None:
            is_extra = not bool(alignment.is_matched[index])
            if not is_extra:
                slot = int(alignment.slot[index])
                deviation_s = float(alignment.deviation_s[index])
        yield (*_times(note, rate_hz), slot, deviation_s, is_extra, *_measured(note))


def heard_rows(notes: NoteArray, rate_hz: int) -> list[dict[str, Cell]]:
    """Notes without a grid: their times and what was measured of each."""
    columns = ("onset_s", "offset_s", "detected_s", *MEASURED)
    return [
        dict(zip(columns, (*_times(note, rate_hz), *_measured(note)), strict=True))
        for note in notes
    ]


def _times(note: np.void, rate_hz: int) -> tuple[Cell, Cell, Cell]:
    is_heard = math.isfinite(note["strength"])  # else a hand put it there: nobody called it
    return (
        samples_to_seconds(int(note["onset_sample"]), rate_hz),
        samples_to_seconds(int(note["offset_sample"]), rate_hz),
        samples_to_seconds(int(note["detected_sample"]), rate_hz) if is_heard else None,
    )


def _measured(note: np.void) -> tuple[Cell, ...]:
    return tuple(_known(float(note[name])) for name in MEASURED)


def notes_csv(reviews: Sequence[TakeReview]) -> str:
    """Return all notes of all takes as CSV with a header; empty cells are not known."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("take", *NOTE_COLUMNS))
    for review in reviews:
        for row in note_rows(review.snapshot):
            table.writerow((csv_cell(review.name), *(_shown(cell) for cell in row)))
    return text.getvalue()


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _shown(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    return f"{cell:.6f}" if isinstance(cell, float) else str(cell)
