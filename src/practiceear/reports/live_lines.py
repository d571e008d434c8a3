"""What only a live take can tell: every tempo by itself, and playing without the click."""

from __future__ import annotations

import math

from practiceear.metrics.metric import Metric
from practiceear.reports.words import spoken
from practiceear.session.review import TakeReview


def live_lines(review: TakeReview) -> list[str]:
    """Lines on the tempos and on silent bars; none where a take had neither."""
    lines = []
    if review.tempos:
        lines.append("By tempo, spread about the beat")
        for one in review.tempos:
            spread = one.snapshot.metric("deviation_spread_s")
            lines.append(f"  {one.bpm:.4g} bpm".ljust(30) + _told(spread))
    if review.with_click is not None and review.without_click is not None:
        lines.append("Spread about the beat, drift taken out")
        lines.append("  with the click".ljust(30) + _told(review.with_click))
        lines.append("  in silent bars".ljust(30) + _told(review.without_click))
    return lines


def _told(metric: Metric) -> str:
    if metric.is_refused:
        return metric.refusal
    floor = f", floor {1000 * metric.floor:.1f}" if math.isfinite(metric.floor) else ""
    return f"{spoken(metric):<24}(n {metric.n}{floor})"
