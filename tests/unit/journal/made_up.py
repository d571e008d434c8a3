"""Sessions and takes that nobody played."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import numpy as np

from practiceear.journal.connection import Journal
from practiceear.journal.records import (
    MeasureRow,
    Moment,
    NoteRow,
    Remark,
    RemarkKind,
    RunRow,
    SessionRecord,
    TakeResult,
    TakeSetup,
)
from practiceear.journal.running_take import PlayedNotes
from practiceear.journal.writing import add_remark, begin_session, begin_take, end_take
from practiceear.notes.tracker import NOTE

RATE_HZ = 1000
ZONE = timezone(timedelta(hours=1))


def moment(day: int = 1, hour: int = 18) -> Moment:
    return Moment.of(datetime(2026, 3, 1, hour, tzinfo=ZONE) + timedelta(days=day - 1))


def setup(day: int = 1, **others: object) -> TakeSetup:
    known = {"instrument": "violin", "heard_by": "0.1.0", "drill": "g-major", "bpm": 66.0}
    return TakeSetup(started=moment(day), **{**known, **others})  # type: ignore[arg-type]


def played(n_notes: int) -> PlayedNotes:
    """Notes of a take that is being played, four a second."""
    notes = np.zeros(n_notes, NOTE)
    notes["onset_sample"] = 250 * np.arange(n_notes)
    notes["offset_sample"] = notes["onset_sample"] + 200
    notes["level_dbfs"] = -20.0
    notes["pitch_midi"] = np.nan
    return PlayedNotes(lambda: notes, RATE_HZ)


def result(n_notes: int = 4, sd_ioi_s: float = 0.012, **others: object) -> TakeResult:
    notes = tuple(
        NoteRow(0.25 * at, 0.2, 0.003, -20.0, 0.03, 12.0, 60.0 + at) for at in range(n_notes)
    )
    measures = (
        MeasureRow("sd_ioi_s", "s", 63, sd_ioi_s, sd_ioi_s * 0.85, sd_ioi_s * 1.2, 0.009),
        MeasureRow("drift_s_per_s", "s/s", 3, reason="too few notes: 21 more"),
    )
    known = {
        "duration_s": 30.0,
        "sounding_s": 20.0,
        "loud_s": 5.0,
        "finding": "Even: 12 ms between notes.",
        "notes": notes,
        "runs": (RunRow(0, n_notes, "up", 0.011, 0.25),),
        "measures": measures,
    }
    return TakeResult(**{**known, **others})  # type: ignore[arg-type]


def add_day(journal: Journal, day: int, *, pain: float | None = None, n_notes: int = 4) -> int:
    """A session with one take; returns the take's number."""
    session_id = begin_session(journal, SessionRecord(started=moment(day)))
    take_id = begin_take(journal, session_id, setup(day))
    end_take(journal, take_id, result(n_notes))
    if pain is not None:
        remark = Remark(moment(day).utc_s, RemarkKind.PAIN, pain)
        add_remark(journal, session_id, remark)
    return take_id
