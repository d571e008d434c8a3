"""The numbers of a page as rows, each with its interval, n and floor, or the reason for none."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from practiceear.analysis.snapshot import SessionSnapshot
from practiceear.metrics.catalogue import MetricKey
from practiceear.metrics.metric import Metric
from practiceear.metrics.on_time import OnTime
from practiceear.reports.words import (
    DOUBLE_ONSETS_LABEL,
    capitalised,
    double_onsets_spoken,
    floor_spoken,
    late_words,
    misfit,
    note_name,
    place_name,
    share_heard_spoken,
    spoken,
    tempo_spoken,
)

_NEAR = (
    MetricKey.ON_TIME_INNER,
    MetricKey.ON_TIME_OUTER,
    MetricKey.ON_CLICK_INNER,
    MetricKey.ON_CLICK_OUTER,
)

MOST_FLAGGED = 8
MOST_ROWS = 2000  # of longer takes the table ends here; --csv has all


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """One measure as it is shown."""

    group: str
    label: str
    value: str
    n: int
    detector_error: str
    remark: str


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """Measures that were not taken, and their common reason."""

    labels: str
    reason: str


@dataclass(frozen=True, slots=True)
class Flag:
    """A moment worth hearing."""

    time_s: float
    text: str


@dataclass(frozen=True, slots=True)
class NoteRow:
    """One note as it is shown."""

    time_s: float
    pitch: str
    place: str
    deviation: str
    level: str
    gate: str
    attack: str


def measures(snapshot: SessionSnapshot) -> list[tuple[str, list[MeasureRow]]]:
    """All measures that have a number, by group, in the order of the text report."""
    rows = [_row(metric, snapshot) for metric in _all(snapshot) if not metric.is_unavailable]
    return [(name, list(members)) for name, members in groupby(rows, key=lambda row: row.group)]


def unmeasured(snapshot: SessionSnapshot) -> list[Unmeasured]:
    """What was not measured, one entry a reason."""
    by_reason: dict[str, list[str]] = {}
    for metric in _all(snapshot):
        if metric.is_unavailable:
            label = f"{metric.key.info.group.lower()}: {_label(metric, snapshot)}"
            by_reason.setdefault(metric.reason, []).append(label)
    for label, reason in (
        ("places of the bar", snapshot.positions.reason),
        (DOUBLE_ONSETS_LABEL, snapshot.double_onsets.share.reason),
    ):
        if reason:
            by_reason.setdefault(reason, []).append(label)
    return [Unmeasured(_listed(labels), reason) for reason, labels in by_reason.items()]


def _listed(labels: list[str]) -> str:
    """Labels in one line; a group that comes again is named once."""
    listed, last = [], ""
    for label in dict.fromkeys(labels):
        group, colon, name = label.partition(": ")
        listed.append(name if colon and group == last else label)
        last = group
    return capitalised(", ".join(listed))


def _all(snapshot: SessionSnapshot) -> Iterator[Metric]:
    return (metric for key, metric in snapshot.metrics.items() if key.info.label)


def _row(metric: Metric, snapshot: SessionSnapshot) -> MeasureRow:
    floor = floor_spoken(metric) if math.isfinite(metric.detector_error) else "none"
    remarks = ["at the floor"] if metric.is_at_detector_error else []
    if metric.is_rough:
        remarks.append("rough: few notes")
    return MeasureRow(
        group=metric.key.info.group,
        label=_label(metric, snapshot),
        value=_value(metric),
        n=metric.n,
        detector_error=floor,
        remark=", ".join(remarks),
    )


def _value(metric: Metric) -> str:
    if not metric.key.info.is_share:
        return spoken(metric)
    return f"{metric.value:.0f} %, {metric.low:.0f} to {metric.high:.0f}"


def _label(metric: Metric, snapshot: SessionSnapshot) -> str:
    label = metric.key.info.label
    if metric.key not in _NEAR:
        return label
    windows = (
        snapshot.on_time
        if metric.key in (MetricKey.ON_TIME_INNER, MetricKey.ON_TIME_OUTER)
        else snapshot.on_click
    )
    if windows is None:
        return label
    return f"{label}, within {_window_ms(metric.key, windows)}"


def _window_ms(key: MetricKey, windows: OnTime) -> str:
    reach_s = (
        windows.inner_s
        if key in (MetricKey.ON_TIME_INNER, MetricKey.ON_CLICK_INNER)
        else windows.outer_s
    )
    return f"{1000.0 * reach_s:.0f} ms"


def facts(snapshot: SessionSnapshot) -> list[tuple[str, str]]:
    """What was heard, before anything is measured."""
    fit, alignment = snapshot.grid_fit, snapshot.alignment
    rows = [("Notes heard", str(len(snapshot.notes)))]
    if share := share_heard_spoken(snapshot.hearing):
        rows.append(("Of those played", share))
    if fit.grid is None or alignment is None:
        return [*rows, ("Metronome", f"none: {fit.reason}")]
    found = ", found from the notes" if fit.is_tempo_found else ""
    beats = "beat" if fit.grid.meter.n_beats == 1 else "beats"
    rows += [
        ("Metronome", f"{tempo_spoken(fit.grid)}{found}"),
        ("Bar", f"{fit.grid.meter} {beats}, {fit.grid.subdivision} to the beat"),
        ("Not heard where due", str(len(snapshot.missed_s) or "none")),
        ("Extra", str(alignment.n_extra or "none")),
    ]
    if doubled := double_onsets_spoken(snapshot.double_onsets):
        rows.append((DOUBLE_ONSETS_LABEL.capitalize(), doubled))
    if misfit(snapshot):
        rows.append(("Tempo", misfit(snapshot)))
    return rows


def flags(snapshot: SessionSnapshot) -> list[Flag]:
    """The moments that are most worth hearing, in order of time."""
    alignment = snapshot.alignment
    if alignment is None:
        return []
    found = [
        (math.inf, Flag(float(time_s), "a note was due and not heard"))
        for time_s in snapshot.missed_s
    ]
    for index in np.flatnonzero(~alignment.is_matched):
        found.append((1.0, Flag(float(snapshot.onset_s[index]), "an extra note, or a noise")))
    # In a take that is early throughout those are worth hearing that stand out from it.
    late_s = alignment.deviation_s[alignment.is_matched]
    off_s = alignment.deviation_s - (np.mean(late_s) if late_s.size else 0.0)
    far = np.flatnonzero(np.abs(off_s) > snapshot.windows_s[1])
    for index in far[np.argsort(-np.abs(off_s[far]), kind="stable")][:MOST_FLAGGED]:
        found.append((abs(float(off_s[index])), _far_note(snapshot, int(index))))
    found.sort(key=lambda flagged: -flagged[0])
    return sorted((flag for _, flag in found[:MOST_FLAGGED]), key=lambda flag: flag.time_s)


def _far_note(snapshot: SessionSnapshot, index: int) -> Flag:
    assert snapshot.alignment is not None
    place = _place(snapshot, index)
    words = late_words(float(snapshot.alignment.deviation_s[index])) + (
        f", {place}" if place else ""
    )
    return Flag(float(snapshot.onset_s[index]), words)


def _place(snapshot: SessionSnapshot, index: int) -> str:
    """Where in the bar a note stands; empty where that is not known."""
    fit, alignment = snapshot.grid_fit, snapshot.alignment
    if fit.grid is None or alignment is None or not alignment.is_matched[index]:
        return ""
    if not fit.is_phase_known:
        return ""
    return place_name(int(fit.grid.position_in_bar(alignment.slot[index])), fit.grid)


def note_rows(snapshot: SessionSnapshot) -> list[NoteRow]:
    """Every note, as far as the table goes."""
    alignment = snapshot.alignment
    rows = []
    for index, note in enumerate(snapshot.notes[:MOST_ROWS]):
        late_s = math.nan if alignment is None else float(alignment.deviation_s[index])
        is_extra = alignment is not None and not alignment.is_matched[index]
        pitch = float(note["pitch_midi"])
        rows.append(
            NoteRow(
                time_s=float(snapshot.onset_s[index]),
                pitch=note_name(pitch) if math.isfinite(pitch) else "",
                place="extra" if is_extra else _place(snapshot, index),
                deviation=_cell(1000.0 * late_s, "+.1f"),
                level=_cell(float(note["level_dbfs"]), ".1f"),
                gate=_cell(float(note["gate_ratio"]), ".2f") if snapshot.profile.has_gate else "",
                attack=_cell(1000.0 * float(note["attack_s"]), ".0f"),
            )
        )
    return rows


def _cell(value: float, form: str) -> str:
    return f"{value:{form}}".replace("-", "−") if math.isfinite(value) else ""
