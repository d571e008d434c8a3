"""Audacity's label files: the marks of a take, out and back in.

One label a line: where it begins and ends in seconds, and its text, with tabs between
(https://manual.audacityteam.org/man/importing_and_exporting_labels.html). A note is a label at
one point, or one so short that a hand stretched it unawares. A remark is a label over a longer
stretch, so that the two are told apart on the way back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from practiceear.analysis.corrections.edits import LATEST_S, LONGEST_TEXT, MOST_REMARKS, Remark
from practiceear.analysis.review import TakeReview
from practiceear.errors import UsageError
from practiceear.files import read_text
from practiceear.reports.exchange.sonic_visualiser import note_labels

REMARK_S = 0.5
"""How long the label of a remark is written."""

SHORTEST_REMARK_S = 0.25
"""A shorter label is a note: its handles are easily dragged apart."""

LARGEST_FILE_BYTES = 16_000_000
MOST_LABELS = 50_000

_HINT = "Export it from Audacity with File, Export Other, Export Labels"


@dataclass(frozen=True, slots=True)
class Labels:
    """What a label file holds: ``time_s`` of the notes in order, and remarks."""

    time_s: tuple[float, ...]
    remarks: tuple[Remark, ...]


def labels_text(review: TakeReview) -> str:
    """Return the notes and remarks of a take as a label file, times to the microsecond."""
    snapshot = review.snapshot
    rows = [
        (float(onset_s), float(onset_s), label)
        for onset_s, label in zip(snapshot.onset_s, note_labels(snapshot), strict=True)
    ]
    if review.correction is not None:
        rows += [
            (remark.time_s, remark.time_s + REMARK_S, " ".join(remark.text.split()))
            for remark in review.correction.edits.remarks
        ]
    return "".join(f"{start:.6f}\t{end:.6f}\t{text}\n" for start, end, text in sorted(rows))


def read_labels(path: Path) -> Labels:
    """Read a label file: points are notes, stretches with a text are remarks.

    Raises
    ------
    UsageError
        Where it cannot be read, holds no labels, or a line is none; says which.
    """
    try:
        return _labels(read_text(path, LARGEST_FILE_BYTES))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", "Check its name") from error
    except ValueError as error:
        raise UsageError(f"{path} is no file of labels: {error}", _HINT) from error


def _labels(text: str) -> Labels:
    times_s: list[float] = []
    remarks: list[Remark] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("\\"):  # frequencies of the label before
            continue
        start, end, words = (*line.split("\t", 2), "", "")[:3]
        start_s, length_s = _seconds(start, number), _seconds(end, number) - float(start)
        if length_s < SHORTEST_REMARK_S:
            times_s.append(start_s)
        elif words.strip():
            remarks.append(Remark(start_s, words.strip()[:LONGEST_TEXT]))
        else:
            raise ValueError(f"line {number} is a stretch without words: neither note nor remark")
    if len(times_s) > MOST_LABELS or len(remarks) > MOST_REMARKS:
        raise ValueError(f"more than {MOST_LABELS} points or {MOST_REMARKS} stretches")
    if not times_s:
        raise ValueError("there is no label at a point, and so no note")
    return Labels(tuple(sorted(times_s)), tuple(remarks))


def _seconds(field: str, line_number: int) -> float:
    try:
        time_s = float(field)
    except ValueError:
        time_s = math.nan
    if not 0 <= time_s <= LATEST_S:
        raise ValueError(
            f"line {line_number} should begin with two times in seconds, not {field[:20]!r}"
        )
    return time_s
