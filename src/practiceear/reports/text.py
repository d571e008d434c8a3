"""A review as a tired violinist wants to read it: the line that matters first."""

from __future__ import annotations

import math
from collections.abc import Sequence

from practiceear.instruments.unnamed import UNNAMED
from practiceear.metrics.metric import Metric
from practiceear.reports.words import (
    METRIC_WORDS,
    finding,
    in_player_units,
    recording_remarks,
)
from practiceear.session.review import TakeReview
from practiceear.session.second_opinion import SecondOpinion
from practiceear.session.snapshot import SessionSnapshot
from practiceear.units import FloatArray

LABEL_WIDTH = 28
MOST_TIMES = 8


def review_text(review: TakeReview) -> str:
    """Return the report on one take, ending in a newline."""
    lines = [finding(review.snapshot), "", _heading(review)]
    lines += [f"  Note: {remark}" for remark in recording_remarks(review)]
    if len(review.snapshot.notes):
        lines += ["", *_notes_lines(review.snapshot), ""]
        lines += _metric_lines(review.snapshot.metrics)
        lines += ["", *_legend()]
    return "\n".join(lines) + "\n"


def second_opinion_text(opinion: SecondOpinion) -> str:
    """Return where another detector heard otherwise, ending in a newline."""
    lines = [
        f"Second opinion, {opinion.name}: {opinion.n_agreed} onsets heard by both"
        f" (within {1000 * opinion.window_s:.0f} ms).",
        f"  only PracticeEar: {_times(opinion.only_ours_s)}",
        f"  only {opinion.name}: {_times(opinion.only_theirs_s)}",
    ]
    return "\n".join(lines) + "\n"


def _heading(review: TakeReview) -> str:
    parts = [review.name, review.snapshot.profile.name, _duration(review.duration_s)]
    if review.snapshot.profile.name == UNNAMED.name:
        parts[1] = "no instrument named: the floors are those of the hardest to hear"
    return " · ".join(parts)


def _duration(duration_s: float) -> str:
    if duration_s < 120:
        return f"{duration_s:.1f} s"
    return f"{int(duration_s // 60)} min {duration_s % 60:.0f} s"


def _notes_lines(snapshot: SessionSnapshot) -> list[str]:
    n_notes = len(snapshot.notes)
    fit, alignment = snapshot.grid_fit, snapshot.alignment
    if fit.grid is None or alignment is None:
        return [f"{_row('notes heard')}{n_notes}", f"{_row('metronome grid')}none: {fit.refusal}"]
    grid = fit.grid
    found = " (found from the notes)" if fit.is_tempo_found else ""
    counted = str(grid.subdivision) if grid.subdivision.is_even else f"{grid.subdivision} notes"
    lines = [
        f"{_row('notes heard')}{n_notes}",
        f"{_row('metronome grid')}{grid.bpm:.4g} bpm{found}, {counted} to the beat,"
        f" {grid.meter} beats to the bar",
        f"{_row('missed')}{_counted(alignment.n_missed, snapshot.missed_s)}",
        f"{_row('extra')}{_counted(alignment.n_extra, snapshot.onset_s[~alignment.is_matched])}",
    ]
    if fit.remark:
        lines.insert(2, f"{_row('')}{fit.remark}")
    if snapshot.gaps:
        lines.append(f"{_row('sound lost')}{len(snapshot.gaps)} times: the take is split there")
    return lines


def _counted(count: int, times_s: FloatArray) -> str:
    return "none" if count == 0 else f"{count}, at {_times(times_s)}"


def _times(times_s: FloatArray) -> str:
    if not len(times_s):
        return "none"
    shown = ", ".join(f"{time_s:.2f}" for time_s in times_s[:MOST_TIMES])
    n_more = len(times_s) - MOST_TIMES
    return f"{shown} s" + (f" and {n_more} more" if n_more > 0 else "")


def _metric_lines(metrics: Sequence[Metric]) -> list[str]:
    lines: list[str] = []
    group = ""
    for metric in metrics:
        words = METRIC_WORDS[metric.key]
        if words.group != group:
            group = words.group
            lines.append(group)
        lines.append(f"  {words.label:<{LABEL_WIDTH}}{_measured(metric)}")
    return lines


def _measured(metric: Metric) -> str:
    """One measure: value, ±, n and floor, or why there is none."""
    if metric.is_refused:
        return metric.refusal
    unit = METRIC_WORDS[metric.key].unit
    value = in_player_units(metric.value, metric.unit)
    half = in_player_units(max(metric.high - metric.value, metric.value - metric.low), metric.unit)
    n_digits = _digits(half)
    text = f"{value:.{n_digits}f} ± {half:.{n_digits}f} {unit}".rstrip()
    told = [f"n {metric.n}"]
    if math.isfinite(metric.floor):
        told.append(f"floor {in_player_units(metric.floor, metric.unit):.{n_digits}f}")
    if metric.is_at_floor:
        told.append("at the floor")
    if metric.is_rough:
        told.append("rough: few notes")
    return f"{text:<22}({', '.join(told)})"


def _digits(uncertainty: float) -> int:
    """Decimals worth printing beside this uncertainty: its first digit, or two for 0.01."""
    if uncertainty >= 1:
        return 0 if uncertainty >= 3 else 1
    return 2


def _row(label: str) -> str:
    return f"  {label:<{LABEL_WIDTH}}"


def _legend() -> list[str]:
    return [
        "± is the 95 % interval, n what it rests on. The floor is the detector's own share: what a",
        "perfectly even player would still be shown, or how far off a mean may be.",
    ]
