"""Turns the review of a take into rows of the journal."""

from __future__ import annotations

import math
from dataclasses import fields

import numpy as np

from practiceear.analysis.review import TakeReview
from practiceear.analysis.snapshot import SessionSnapshot
from practiceear.journal.records import MeasureRow, NoteRow, RunRow, TakeResult
from practiceear.notes.tracker import NoteArray
from practiceear.units import FloatArray, samples_to_seconds

LOUD_WITHIN_DB = 6.0
"""Loud is what comes within so much of the player's own loud level."""

LOUD_PERCENTILE = 95.0
FEWEST_FOR_SD = 4


def own_loud_level_dbfs(level_dbfs: FloatArray) -> float:
    """The level that is loud for this player and microphone, from many notes; NaN without any."""
    known = level_dbfs[np.isfinite(level_dbfs)]
    return float(np.percentile(known, LOUD_PERCENTILE)) if len(known) else math.nan


def take_result(
    review: TakeReview,
    finding: str,
    *,
    loud_level_dbfs: float = math.nan,
    audio_name: str | None = None,
    audio_bytes: int | None = None,
) -> TakeResult:
    """Build the rows of a take; ``finding`` is the sentence that sums it up.

    While the loud level (`own_loud_level_dbfs`) is NaN, nothing counts as loud.
    """
    snapshot = review.snapshot
    notes, alignment = snapshot.notes, snapshot.alignment
    length_s = samples_to_seconds(notes["offset_sample"] - notes["onset_sample"], snapshot.rate_hz)
    is_loud = notes["level_dbfs"] >= loud_level_dbfs - LOUD_WITHIN_DB  # never, beside NaN
    return TakeResult(
        duration_s=review.duration_s,
        sounding_s=float(np.sum(length_s)),
        loud_s=float(np.sum(length_s[is_loud])),
        finding=finding,
        notes=note_rows(
            notes, snapshot.rate_hz, alignment.deviation_s if alignment is not None else None
        ),
        runs=_run_rows(snapshot),
        measures=tuple(
            MeasureRow(*(getattr(metric, field.name) for field in fields(MeasureRow)))
            for metric in snapshot.metrics.values()
        ),
        noise_dbfs=review.noise_dbfs,
        audio_name=audio_name,
        audio_bytes=audio_bytes,
    )


def note_rows(
    notes: NoteArray, rate_hz: int, deviation_s: FloatArray | None = None
) -> tuple[NoteRow, ...]:
    """Return the rows of notes, dtype ``NOTE``; without a grid their deviations are NaN."""
    columns = (
        samples_to_seconds(notes["onset_sample"], rate_hz),
        samples_to_seconds(notes["offset_sample"] - notes["onset_sample"], rate_hz),
        np.full(len(notes), math.nan) if deviation_s is None else deviation_s,
        *(notes[name] for name in ("level_dbfs", "attack_s", "dip_db", "pitch_midi")),
    )
    table = np.column_stack(columns).astype(np.float64)
    return tuple(NoteRow(*row) for row in table.tolist())


def _run_rows(snapshot: SessionSnapshot) -> tuple[RunRow, ...]:
    rows = []
    for run in snapshot.runs.runs:
        ioi_s = np.diff(snapshot.onset_s[run.notes])
        is_enough = len(ioi_s) >= FEWEST_FOR_SD
        rows.append(
            RunRow(
                first_note=run.first_note,
                n_notes=run.n_notes,
                direction=run.direction,
                sd_ioi_s=float(np.std(ioi_s, ddof=1)) if is_enough else math.nan,
                mean_ioi_s=float(np.mean(ioi_s)) if is_enough else math.nan,
            )
        )
    return tuple(rows)
