"""The JSON that programs read: the only place where records become dicts.

Versioned by ``"schema"``; the published schemas are in ``schema/``. Times are in
seconds of the take, levels in dBFS; what is not known is null.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from practiceear import __version__
from practiceear.analysis.long_tone import LongTones
from practiceear.analysis.review import TakeReview
from practiceear.analysis.second_opinion import SecondOpinion
from practiceear.analysis.snapshot import SessionSnapshot
from practiceear.errors import PracticeEarError
from practiceear.fixtures.check import Verdict
from practiceear.metrics.catalogue import MetricGroup
from practiceear.metrics.lateness import Lateness
from practiceear.metrics.metric import Metric
from practiceear.metrics.on_time import OnTime
from practiceear.metrics.runs.study import RunStudy
from practiceear.reports.note_table import NOTE_COLUMNS, note_rows
from practiceear.reports.take_lines import correction_record
from practiceear.units import samples_to_seconds

SCHEMA = 1

_APART = {MetricGroup.SERIAL, MetricGroup.RUNS}
"""Measures with a place of their own in a review."""


@dataclass(frozen=True, slots=True)
class FailedTake:
    """A take that could not be reviewed, and why."""

    name: str
    error: PracticeEarError


def review_json(reviews: Sequence[TakeReview], failed: Sequence[FailedTake]) -> str:
    """Return the reviews of one or many takes as one JSON document."""
    return json_document(
        {
            "takes": [_take(review) for review in reviews],
            "failed": [
                {
                    "take": failure.name,
                    "reason": failure.error.message,
                    "hint": failure.error.hint,
                    "exit_code": int(failure.error.exit_code),
                }
                for failure in failed
            ],
        }
    )


def onsets_json(name: str, rate_hz: int, onsets: npt.NDArray[np.void]) -> str:
    """Return the onsets of one take; ``onsets`` as ``detect_onsets`` gives them."""
    fields = onsets.dtype.names or ()
    rows = [{field: float(onset[field]) for field in fields} for onset in onsets]
    return json_document({"take": name, "rate_hz": rate_hz, "onsets": rows})


def check_json(verdicts: Sequence[Verdict]) -> str:
    """Return the result of a check."""
    return json_document(
        {
            "is_passed": all(verdict.is_passed for verdict in verdicts),
            "fixtures": [
                {
                    "fixture": verdict.name,
                    "is_passed": verdict.is_passed,
                    **asdict(verdict.score),
                    "shortfalls": list(verdict.shortfalls),
                    "changes": list(verdict.changes),
                }
                for verdict in verdicts
            ],
        }
    )


def json_document(content: dict[str, object]) -> str:
    """Return ``content`` as a document of this schema, what has no number as null."""
    whole = {"schema": SCHEMA, "practiceear": __version__, **content}
    return json.dumps(_without_nan(whole), indent=1, allow_nan=False) + "\n"


def _without_nan(value: object) -> object:
    """Replace what JSON has no number for by null."""
    if isinstance(value, dict):
        return {key: _without_nan(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_without_nan(member) for member in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _take(review: TakeReview) -> dict[str, object]:
    snapshot = review.snapshot
    alignment, measures = snapshot.alignment, snapshot.metrics.values()
    rows = [dict(zip(NOTE_COLUMNS, row, strict=True)) for row in note_rows(snapshot)]
    return {
        "take": review.name,
        "instrument": snapshot.profile.name,
        "rate_hz": review.file_rate_hz,
        "n_channels": review.n_channels,
        "duration_s": review.duration_s,
        "recording": asdict(review.health),
        "gaps": [
            {
                "first_s": samples_to_seconds(gap.first_sample, snapshot.rate_hz),
                "length_s": samples_to_seconds(gap.n_samples, snapshot.rate_hz),
            }
            for gap in snapshot.gaps
        ],
        "are_notes_missed": review.are_notes_missed,
        "left_out_s": [list(part) for part in snapshot.left_out_s],
        "left_out_onset_s": snapshot.left_out_onset_s.tolist(),
        "grid": _grid(review),
        "clicks_heard": asdict(review.clicks) if review.clicks else None,
        "n_notes": len(snapshot.notes),
        "n_missed": len(snapshot.missed_s) if alignment else None,
        "n_extra": alignment.n_extra if alignment else None,
        "missed_s": snapshot.missed_s.tolist(),
        "metrics": _metrics([metric for metric in measures if metric.key.info.group not in _APART]),
        "expert": _metrics(
            [metric for metric in measures if metric.key.info.group is MetricGroup.SERIAL]
        ),
        "on_time_windows": _windows(snapshot.on_time),
        "whole": _whole(snapshot.lateness),
        "positions": _positions(snapshot),
        "positions_reason": snapshot.positions.reason or None,
        "double_onsets": {
            "n_double": snapshot.double_onsets.n_double,
            "n_changes": snapshot.double_onsets.n_changes,
            "share": _own_metric(snapshot.double_onsets.share),
        },
        "runs": _runs(snapshot.runs),
        "notes": rows,
        "edits": correction_record(review.correction, snapshot.rate_hz),
        "long_tones": _long_tones(review.long_tones),
        "second_opinion": _second_opinion(review.second_opinion),
    }


def _metrics(metrics: Sequence[Metric]) -> dict[str, object]:
    return {metric.key: _own_metric(metric) for metric in metrics}


def _own_metric(metric: Metric) -> dict[str, object]:
    return {**metric_record(metric), "is_floor_out": metric.is_floor_out}


def _windows(found: OnTime | None) -> dict[str, object] | None:
    return None if found is None else {"inner_s": found.inner_s, "outer_s": found.outer_s}


def _whole(found: Lateness | None) -> dict[str, object] | None:
    if found is None:
        return None
    return {
        "late": _own_metric(found.late),
        "side": found.side.value,
        "is_throughout": found.is_throughout,
        "is_far": found.is_far,
    }


def _runs(study: RunStudy) -> dict[str, object]:
    return {
        "finding": study.finding.value,
        "metrics": _metrics(study.metrics),
        "found": [{**asdict(run), "direction": run.direction or None} for run in study.runs],
        "patterns": [
            {
                "pattern": pattern.pattern,
                "direction": pattern.direction or None,
                "n_runs": pattern.n_runs,
                "n_notes": pattern.n_places,
                "is_even": pattern.is_even,
            }
            for pattern in study.patterns
        ],
        "notes": [{**asdict(note), "direction": note.direction or None} for note in study.notes],
    }


def _long_tones(found: LongTones | None) -> dict[str, object] | None:
    if found is None:
        return None
    return {
        "n_too_short": found.n_too_short,
        "tones": [
            {
                "start_s": tone.start_s,
                "length_s": tone.length_s,
                "metrics": _metrics((tone.wavering, tone.rate, tone.swell, tone.pitch)),
            }
            for tone in found.tones
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
            "offset": _own_metric(offset),
            "late": _own_metric(late),
        }
        for position, offset, late in zip(found.positions, found.offsets, found.late, strict=True)
    ]


def _second_opinion(opinion: SecondOpinion | None) -> dict[str, object] | None:
    if opinion is None:
        return None
    return {
        "name": opinion.name,
        "window_s": opinion.window_s,
        "n_agreed": opinion.n_agreed,
        "only_ours_s": opinion.only_ours_s.tolist(),
        "only_theirs_s": opinion.only_theirs_s.tolist(),
    }


def _grid(review: TakeReview) -> dict[str, object]:
    fit = review.snapshot.grid_fit
    if fit.grid is None:
        return {"is_found": False, "reason": fit.reason}
    return {
        "is_found": True,
        "bpm": fit.grid.bpm,
        "beats": str(fit.grid.meter),
        "subdivision": str(fit.grid.subdivision),
        "first_beat_s": fit.grid.first_beat_s,
        "is_phase_known": fit.is_phase_known,
        "is_tempo_found": fit.is_tempo_found,
        "slot_probability": fit.slot_probability,
        "beats_guessed": [
            {
                "bpm": beat.bpm,
                "subdivision": str(beat.subdivision),
                "probability": beat.probability,
            }
            for beat in fit.beats
        ],
    }


def metric_record(metric: Metric) -> dict[str, object]:
    """One measure for JSON: value, unit, n, interval, floor, or why there is none."""
    return {
        "value": metric.value,
        "unit": metric.unit,
        "n": metric.n,
        "low": metric.low,
        "high": metric.high,
        "floor": metric.detector_error,
        "is_rough": metric.is_rough,
        "reason": metric.reason or None,
    }
