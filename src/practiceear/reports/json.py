"""What programs read: the JSON of every command, and the CSV of notes.

JSON is versioned by ``"schema"``; the published schemas are in ``schema/``. Times are in
seconds of the take, levels in dBFS; what is not known is null, or an empty cell.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum

import numpy as np

from practiceear import __version__
from practiceear.analysis.compare import ComparedTake, TakesCompared, note_length_s
from practiceear.analysis.corrections.apply import Correction
from practiceear.analysis.corrections.edits import MarkEdit
from practiceear.analysis.detect_onsets import DetectedOnsets
from practiceear.analysis.long_tone import LongTones
from practiceear.analysis.missed_notes import Hearing
from practiceear.analysis.review import TakeReview
from practiceear.analysis.snapshot import SessionSnapshot
from practiceear.errors import PracticeEarError
from practiceear.fixtures.check import Verdict
from practiceear.metrics.catalogue import MetricGroup
from practiceear.metrics.comparison import Comparison
from practiceear.metrics.metric import Metric
from practiceear.metrics.runs.study import RunStudy
from practiceear.plain_text import csv_cell
from practiceear.rhythm.tempo import GridFit
from practiceear.units import samples_to_seconds

SCHEMA = 1

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

_APART = {MetricGroup.SERIAL, MetricGroup.RUNS}
"""Measures with a place of their own in a review."""

Cell = float | int | bool | None


@dataclass(frozen=True, slots=True)
class FailedTake:
    """A take that could not be reviewed, and why."""

    name: str
    error: PracticeEarError


def review_json(reviews: Sequence[TakeReview], failed: Sequence[FailedTake]) -> str:
    """Return the reviews of one or many takes as one JSON document."""
    return _document({"takes": [_take(review) for review in reviews], "failed": _failed(failed)})


def compare_json(compared: TakesCompared | None, failed: Sequence[FailedTake]) -> str:
    """Return takes beside the first one; ``compared`` is None where too few could be read."""
    takes = [compared.first, *(other.review for other in compared.others)] if compared else []
    others = compared.others if compared else ()
    return _document(
        {
            "takes": [
                {
                    "take": review.name,
                    "instrument": review.snapshot.profile.name,
                    "duration_s": review.duration_s,
                    "n_notes": len(review.snapshot.notes),
                    "note_length_s": note_length_s(review.snapshot),
                }
                for review in takes
            ],
            "comparisons": [_compared(other, n) for n, other in enumerate(others, start=1)],
            "failed": _failed(failed),
        }
    )


def onsets_json(name: str, rate_hz: int, onsets: DetectedOnsets) -> str:
    """Return the onsets of one take; ``onsets`` as ``detect_onsets`` gives them."""
    names = onsets.dtype.names or ()
    rows = [{name: float(onset[name]) for name in names} for onset in onsets]
    heard = {"take": name, "rate_hz": rate_hz, "hearing": _hearing(onsets.hearing)}
    return _document({**heard, "onsets": rows})


def _hearing(hearing: Hearing) -> dict[str, object]:
    """Which share of the notes was heard, and where notes are missing."""
    return {
        "are_notes_missing": hearing.is_missing,
        "missing_s": hearing.missing_s,
        "take": hearing.take,
        "passages": hearing.passages,
    }


def check_json(verdicts: Sequence[Verdict]) -> str:
    """Return the result of a check."""
    return _document(
        {
            "is_passed": all(verdict.is_passed for verdict in verdicts),
            "fixtures": [
                {
                    "fixture": verdict.name,
                    **_some(verdict, "is_passed"),
                    **_fields(verdict.score),
                    **_some(verdict, "shortfalls", "changes"),
                }
                for verdict in verdicts
            ],
        }
    )


def notes_csv(reviews: Iterable[TakeReview]) -> str:
    """Return all notes of all takes as CSV with a header."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("take", *NOTE_COLUMNS))
    for review in reviews:
        for row in _note_rows(review.snapshot):
            table.writerow((csv_cell(review.name), *(_shown(cell) for cell in row)))
    return text.getvalue()


def _shown(cell: Cell) -> str:
    if cell is None or math.isnan(cell):
        return ""
    return f"{cell:.6f}" if isinstance(cell, float) else f"{cell:d}"


def _note_rows(snapshot: SessionSnapshot) -> Iterator[tuple[Cell, ...]]:
    """The cells of each note in the order of ``NOTE_COLUMNS``; None or NaN where not known."""
    alignment = snapshot.alignment
    for index, note in enumerate(snapshot.notes):
        slot, deviation_s, is_extra = None, None, None
        if alignment is not None:
            is_extra = not bool(alignment.is_matched[index])
            if not is_extra:
                slot = int(alignment.slot[index])
                deviation_s = float(alignment.deviation_s[index])
        times = _note_times(note, snapshot.rate_hz)
        yield (*times, slot, deviation_s, is_extra, *(float(note[name]) for name in MEASURED))


def _note_times(note: np.void, rate_hz: int) -> tuple[Cell, Cell, Cell]:
    is_heard = math.isfinite(note["strength"])  # else a hand put it there: nobody called it
    return (
        samples_to_seconds(int(note["onset_sample"]), rate_hz),
        samples_to_seconds(int(note["offset_sample"]), rate_hz),
        samples_to_seconds(int(note["detected_sample"]), rate_hz) if is_heard else None,
    )


def _document(content: dict[str, object]) -> str:
    whole = {"schema": SCHEMA, "practiceear": __version__, **content}
    return json.dumps(_plain(whole), indent=1, allow_nan=False) + "\n"


def _plain(value: object) -> object:
    """A value as JSON has it: records by field, enums by value, what is no number as null."""
    match value:
        case Metric():
            value = _metric(value)
        case Enum():
            value = value.value
        case np.ndarray():
            value = value.tolist()
    if is_dataclass(value):
        value = _fields(value)
    if isinstance(value, dict):
        return {key: _plain(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(member) for member in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _fields(record: object) -> dict[str, object]:
    """All fields of a dataclass."""
    assert is_dataclass(record)
    return _some(record, *(field.name for field in fields(record)))


def _some(record: object, *names: str) -> dict[str, object]:
    return {name: getattr(record, name) for name in names}


def _metric(metric: Metric) -> dict[str, object]:
    """Value, unit, n, interval and floor of a measure, or why there is none."""
    return {
        **_some(metric, "value", "unit", "n", "low", "high"),
        "floor": metric.detector_error,
        "is_rough": metric.is_rough,
        "reason": metric.reason or None,
        "is_floor_out": metric.is_floor_out,
    }


def _by_key(metrics: Iterable[Metric]) -> dict[str, Metric]:
    return {metric.key: metric for metric in metrics}


def _failed(failed: Sequence[FailedTake]) -> list[dict[str, object]]:
    return [
        {
            "take": failure.name,
            "reason": failure.error.message,
            "hint": failure.error.hint,
            "exit_code": failure.error.exit_code,
        }
        for failure in failed
    ]


def _compared(other: ComparedTake, position: int) -> dict[str, object]:
    return {
        "first": 0,
        "second": position,
        "headline": other.headline.key,
        "warnings": other.warnings,
        "metrics": {found.key: _comparison(found) for found in (other.headline, *other.others)},
    }


def _comparison(found: Comparison) -> dict[str, object]:
    first, second = _metric(found.first), _metric(found.second)
    del first["is_floor_out"], second["is_floor_out"]
    return {
        "first": first,
        "second": second,
        **_some(found, "scale", "value", "low", "high", "confidence"),
        **_some(found, "is_different", "is_within_floor", "n_needed", "detectable"),
        "reason": found.reason or None,
    }


def _take(review: TakeReview) -> dict[str, object]:
    snapshot = review.snapshot
    alignment, measures = snapshot.alignment, snapshot.metrics.values()
    return {
        "take": review.name,
        "instrument": snapshot.profile.name,
        "rate_hz": review.file_rate_hz,
        "n_channels": review.n_channels,
        "duration_s": review.duration_s,
        "recording": review.health,
        "gaps": [
            {
                "first_s": samples_to_seconds(gap.first_sample, snapshot.rate_hz),
                "length_s": samples_to_seconds(gap.n_samples, snapshot.rate_hz),
            }
            for gap in snapshot.gaps
        ],
        "hearing": _hearing(snapshot.hearing),
        "left_out_s": snapshot.left_out_s,
        "left_out_onset_s": snapshot.left_out_onset_s,
        "metronomes": snapshot.metronomes,
        "grid": _grid(snapshot.grid_fit),
        "clicks_heard": review.clicks,
        "n_notes": len(snapshot.notes),
        "n_missed": len(snapshot.missed_s) if alignment else None,
        "n_extra": alignment.n_extra if alignment else None,
        "missed_s": snapshot.missed_s,
        "metrics": _by_key(metric for metric in measures if metric.key.info.group not in _APART),
        "expert": _by_key(
            metric for metric in measures if metric.key.info.group is MetricGroup.SERIAL
        ),
        "on_time_windows": snapshot.on_time and _some(snapshot.on_time, "inner_s", "outer_s"),
        "whole": snapshot.lateness
        and _some(snapshot.lateness, "late", "side", "is_throughout", "is_far"),
        "positions": _positions(snapshot),
        "positions_reason": snapshot.positions.reason or None,
        "double_onsets": snapshot.double_onsets,
        "runs": _runs(snapshot.runs),
        "notes": [dict(zip(NOTE_COLUMNS, row, strict=True)) for row in _note_rows(snapshot)],
        "edits": _correction(review.correction, snapshot.rate_hz),
        "long_tones": _long_tones(review.long_tones),
        "second_opinion": review.second_opinion,
    }


def _grid(fit: GridFit) -> dict[str, object]:
    if fit.grid is None:
        return {"is_found": False, "reason": fit.reason}
    return {
        "is_found": True,
        "bpm": fit.grid.bpm,
        "beats": str(fit.grid.meter),
        "subdivision": str(fit.grid.subdivision),
        "first_beat_s": fit.grid.first_beat_s,
        **_some(fit, "is_phase_known", "is_tempo_found", "slot_probability"),
        "beats_guessed": [
            {**_some(beat, "bpm", "probability"), "subdivision": str(beat.subdivision)}
            for beat in fit.beats
        ],
    }


def _positions(snapshot: SessionSnapshot) -> list[dict[str, object]]:
    found, grid = snapshot.positions, snapshot.grid_fit.grid
    if grid is None:
        return []
    return [
        {
            "position": position,
            "beat": position // grid.subdivision.n_slots + 1,
            "note_of_beat": position % grid.subdivision.n_slots + 1,
            "is_named": found.lean is not None and position in found.lean.places,
            "offset": offset,
            "late": late,
        }
        for position, offset, late in zip(found.positions, found.offsets, found.late, strict=True)
    ]


def _runs(study: RunStudy) -> dict[str, object]:
    return {
        "finding": study.finding,
        "metrics": _by_key(study.metrics),
        "found": [{**_fields(run), "direction": run.direction or None} for run in study.runs],
        "patterns": [
            {
                **_some(pattern, "pattern", "n_runs", "is_even"),
                "direction": pattern.direction or None,
                "n_notes": pattern.n_places,
            }
            for pattern in study.patterns
        ],
        "notes": [{**_fields(note), "direction": note.direction or None} for note in study.notes],
    }


def _long_tones(found: LongTones | None) -> dict[str, object] | None:
    if found is None:
        return None
    return {
        "n_too_short": found.n_too_short,
        "tones": [
            {
                **_some(tone, "start_s", "length_s"),
                "metrics": _by_key((tone.wavering, tone.rate, tone.swell, tone.pitch)),
            }
            for tone in found.tones
        ],
    }


def _correction(correction: Correction | None, rate_hz: int) -> dict[str, object] | None:
    """The corrections, and the notes as the detector had heard them."""
    if correction is None:
        return None
    edits, columns = correction.edits, ("onset_s", "offset_s", "detected_s")
    return {
        **_some(edits, "take_name", "sha256"),
        "n_added": edits.count(MarkEdit.ADD),
        "n_moved": edits.count(MarkEdit.MOVE),
        "n_deleted": edits.count(MarkEdit.DELETE),
        "marks": [
            {key: value for key, value in _fields(mark).items() if value is not None}
            for mark in edits.marks
        ],
        "remarks": edits.remarks,
        "heard_notes": [
            dict(zip(columns, _note_times(note, rate_hz), strict=True))
            | {name: float(note[name]) for name in MEASURED}
            for note in correction.heard
        ],
    }
