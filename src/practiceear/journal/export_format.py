"""A session as plain JSON objects: what is exported."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from practiceear.journal.connection import Journal
from practiceear.journal.reading import (
    TakeFilter,
    find_session,
    list_takes,
    measures_of,
    notes_of,
    remarks_of,
    runs_of,
)
from practiceear.journal.records import (
    MeasureRow,
    Remark,
    RemarkKind,
    RunRow,
    SessionRecord,
    TakeResult,
    TakeSetup,
    TakeState,
)
from practiceear.journal.rows import NOTE_COLUMNS, or_null

FORMAT = "practiceear-journal"
VERSION = 1
ALWAYS_EXPORTED = (RemarkKind.PAIN, RemarkKind.EFFORT, RemarkKind.STOP)


@dataclass(frozen=True, slots=True)
class PortableTake:
    """A take out of an export; ``remarks`` are its own, ``result.audio_name`` its recording's."""

    setup: TakeSetup
    state: TakeState
    result: TakeResult
    remarks: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class PortableSession:
    """A session out of an export; ``remarks`` are those of no take."""

    record: SessionRecord
    takes: tuple[PortableTake, ...]
    remarks: tuple[Remark, ...]


def session_object(
    journal: Journal, session_id: int, take_ids: Collection[int] | None = None
) -> dict[str, Any]:
    """Return a session with its takes as JSON objects; what is not known is null.

    Where only some takes are chosen, notes, tags and rests of the whole session stay out; pain,
    effort and what stopped it do not: no take may be judged without them.
    """
    record = find_session(journal, session_id)
    every = list_takes(journal, TakeFilter(session_id=session_id))
    takes = every if take_ids is None else [one for one in every if one.take_id in take_ids]
    is_whole = len(takes) == len(every)
    return {
        "format": FORMAT,
        "version": VERSION,
        "uid": record.uid,
        "started_utc_s": record.started.utc_s,
        "started_at": record.started.at,
        "ended_utc_s": record.ended_utc_s,
        "kind": record.kind.value,
        "plan_name": record.plan_name,
        "plan_sha256": record.plan_sha256,
        "remarks": [
            _remark_object(one)
            for one in remarks_of(journal, session_id=session_id)
            if one.take_id is None and (is_whole or one.kind in ALWAYS_EXPORTED)
        ],
        "takes": [_take_object(journal, one) for one in takes],
    }


def _take_object(journal: Journal, take: Any) -> dict[str, Any]:
    setup = dataclasses.asdict(take.setup)
    started = setup.pop("started")
    return {
        **setup,
        "started_utc_s": started["utc_s"],
        "started_at": started["at"],
        "state": take.state.value,
        "duration_s": take.duration_s,
        "sounding_s": take.sounding_s,
        "loud_s": take.loud_s,
        "noise_dbfs": or_null(take.noise_dbfs),
        "first_beat_s": take.first_beat_s,
        "finding": take.finding,
        "audio_name": take.audio_name,
        "audio_bytes": take.audio_bytes,
        "note_columns": list(NOTE_COLUMNS),
        "notes": [
            [or_null(getattr(one, name)) for name in NOTE_COLUMNS]
            for one in notes_of(journal, take.take_id)
        ],
        "runs": [_nulled(one) for one in runs_of(journal, take.take_id)],
        "measures": [_nulled(one) for one in measures_of(journal, take.take_id)],
        "remarks": [_remark_object(one) for one in remarks_of(journal, take_id=take.take_id)],
    }


def _nulled(row: RunRow | MeasureRow) -> dict[str, Any]:
    return {
        name: or_null(value) if isinstance(value, float) else value
        for name, value in dataclasses.asdict(row).items()
    }


def _remark_object(remark: Remark) -> dict[str, Any]:
    return {
        "uid": remark.uid,
        "made_utc_s": remark.made_utc_s,
        "kind": remark.kind.value,
        "number": remark.number,
        "text": remark.text,
    }
