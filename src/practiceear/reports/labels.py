"""The notes of a take as labels: layers of Sonic Visualiser; labels of Audacity, which come back.

Of Sonic Visualiser its own layer files (``.svl``), which open over the take without questions,
and CSV without a header, which many programs import. Times of a layer file are frames of the
take's own rate: exact to half a sample. Deviations are in milliseconds, levels in dBFS.

Of Audacity one label a line: where it begins and ends in seconds, and its text, with tabs between
(https://manual.audacityteam.org/man/importing_and_exporting_labels.html). A note is a label at
one point, or one so short that a hand stretched it unawares. A remark is a label over a longer
stretch, so that the two are told apart on the way back.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from xml.etree import ElementTree

from practiceear.analysis.corrections.edits import LATEST_S, LONGEST_TEXT, MOST_REMARKS, Remark
from practiceear.analysis.review import TakeReview
from practiceear.analysis.snapshot import SessionSnapshot
from practiceear.errors import UsageError
from practiceear.files import read_text
from practiceear.plain_text import csv_cell
from practiceear.reports.words import note_name
from practiceear.units import seconds_to_samples


def note_labels(snapshot: SessionSnapshot) -> list[str]:
    """A few words a note: its pitch, and how late (+) or early (-) it is against the grid.

    A note whose pitch is not known has its number, from 1, so that no label begins like a
    formula; one that was meant for no place of the grid says so.
    """
    alignment = snapshot.alignment
    labels = []
    for index, pitch_midi in enumerate(snapshot.notes["pitch_midi"]):
        is_pitched = math.isfinite(pitch_midi)
        parts = [note_name(float(pitch_midi)) if is_pitched else str(index + 1)]
        if alignment is not None:
            deviation_s = float(alignment.deviation_s[index])
            is_meant = bool(alignment.is_matched[index])
            parts.append(f"{round(1000 * deviation_s):+d} ms" if is_meant else "extra")
        labels.append(" ".join(parts))
    return labels


class Layer(StrEnum):
    """What a layer shows."""

    ONSETS = "onsets"
    DEVIATION = "deviation"
    LEVEL = "level"


@dataclass(frozen=True, slots=True)
class _Point:
    """One point of a layer; without a value in a layer of moments."""

    time_s: float
    value: float | None
    label: str


_NAMES = {
    Layer.ONSETS: ("Onsets", ""),
    Layer.DEVIATION: ("Late or early", "ms"),
    Layer.LEVEL: ("Level", "dBFS"),
}
"""Name of each layer and unit of its values."""

_STYLES = {Layer.ONSETS: "0", Layer.DEVIATION: "1", Layer.LEVEL: "2"}
"""How it is drawn: instants; stems up and down from nought; points with lines between."""


def layer_svl(review: TakeReview, layer: Layer) -> str:
    """Return one layer as a Sonic Visualiser layer file.

    A layer of values has no point where a note has no value.
    """
    points = list(_points(review, layer))
    root = ElementTree.Element("sv")
    content = ElementTree.SubElement(root, "data")
    ElementTree.SubElement(content, "model", _model(review, layer, points))
    dataset = ElementTree.SubElement(
        content, "dataset", id="2", dimensions="1" if layer is Layer.ONSETS else "2"
    )
    for point in points:
        value = {} if point.value is None else {"value": f"{point.value:.6g}"}
        frame = seconds_to_samples(point.time_s, review.file_rate_hz)
        ElementTree.SubElement(
            dataset, "point", {"frame": str(frame), **value, "label": point.label}
        )
    display = ElementTree.SubElement(root, "display")
    ElementTree.SubElement(display, "layer", _shown_as(layer))
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE sonic-visualiser>\n{text}\n'


def layer_csv(review: TakeReview, layer: Layer) -> str:
    """Return one layer as rows of time in seconds, value (but for onsets) and label."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    for point in _points(review, layer):
        value = () if point.value is None else (f"{point.value:.6g}",)
        table.writerow((f"{point.time_s:.9f}", *value, csv_cell(point.label)))
    return text.getvalue()


def _points(review: TakeReview, layer: Layer) -> Iterator[_Point]:
    snapshot = review.snapshot
    for index, label in enumerate(note_labels(snapshot)):
        onset_s = float(snapshot.onset_s[index])
        if layer is Layer.ONSETS:
            yield _Point(onset_s, None, label)
            continue
        value = math.nan
        if layer is Layer.LEVEL:
            value = float(snapshot.notes["level_dbfs"][index])
        elif snapshot.alignment is not None:
            value = 1000.0 * float(snapshot.alignment.deviation_s[index])
        if math.isfinite(value):
            yield _Point(onset_s, value, label)


def _model(review: TakeReview, layer: Layer, points: list[_Point]) -> dict[str, str]:
    model = {
        "id": "1",
        "name": _NAMES[layer][0],
        "sampleRate": str(review.file_rate_hz),
        "start": "0",
        "end": str(seconds_to_samples(review.duration_s, review.file_rate_hz)),
        "type": "sparse",
        "dimensions": "1" if layer is Layer.ONSETS else "2",
        "resolution": "1",
        "notifyOnAdd": "true",
        "dataset": "2",
    }
    values = [point.value for point in points if point.value is not None]
    if values:
        model |= {"minimum": f"{min(values):.6g}", "maximum": f"{max(values):.6g}"}
    if layer is not Layer.ONSETS:
        model["units"] = _NAMES[layer][1]
    return model


def _shown_as(layer: Layer) -> dict[str, str]:
    kind = "timeinstants" if layer is Layer.ONSETS else "timevalues"
    return {
        "id": "3",
        "type": kind,
        "name": _NAMES[layer][0],
        "model": "1",
        "plotStyle": _STYLES[layer],
    }


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

    UsageError where it cannot be read, holds no labels, or a line is none; says which.
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
