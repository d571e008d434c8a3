"""The JSON of ``practiceear compare``; its schema is ``schema/compare-1.json``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from practiceear.metrics.comparison import Comparison
from practiceear.reports.json import FailedTake, json_document, metric_record
from practiceear.session.compare import ComparedTake, TakesCompared, note_length_s
from practiceear.session.review import TakeReview


def compare_json(compared: TakesCompared | None, failed: Sequence[FailedTake]) -> str:
    """Return takes beside the first one; ``compared`` is None where too few could be read."""
    takes = [compared.first, *(one.review for one in compared.others)] if compared else []
    others = compared.others if compared else ()
    return json_document(
        {
            "takes": [_take(review) for review in takes],
            "comparisons": [_beside_first(one, n) for n, one in enumerate(others, start=1)],
            "failed": [
                {
                    "take": one.name,
                    "reason": one.error.message,
                    "hint": one.error.hint,
                    "exit_code": int(one.error.exit_code),
                }
                for one in failed
            ],
        }
    )


def _take(review: TakeReview) -> dict[str, Any]:
    return {
        "take": review.name,
        "instrument": review.snapshot.profile.name,
        "duration_s": review.duration_s,
        "n_notes": len(review.snapshot.notes),
        "note_length_s": note_length_s(review.snapshot),
    }


def _beside_first(one: ComparedTake, position: int) -> dict[str, Any]:
    return {
        "first": 0,
        "second": position,
        "headline": one.headline.key,
        "warnings": list(one.warnings),
        "metrics": {found.key: _comparison(found) for found in (one.headline, *one.others)},
    }


def _comparison(found: Comparison) -> dict[str, Any]:
    return {
        "first": metric_record(found.first),
        "second": metric_record(found.second),
        "scale": found.scale.value,
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "confidence": found.confidence,
        "is_different": found.is_different,
        "is_within_floor": found.is_within_floor,
        "n_needed": found.n_needed,
        "detectable": found.detectable,
        "refusal": found.refusal or None,
    }
