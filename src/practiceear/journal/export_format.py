"""A session as plain JSON objects: what is exported."""

from __future__ import annotations

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
    Remark,
    RemarkKind,
    SessionRecord,
    TakeRecord,
    TakeResult,
    TakeSetup,
    TakeState,
)
from practiceear.journal.rows import NOTE_COLUMNS, Row, row_of

FORMAT = "practiceear-journal"
VERSION = 1
ALWAYS_EXPORTED = (RemarkKind.PAIN, RemarkKind.EFFORT, RemarkKind.STOP)


@dataclass(frozen=True, slots=True)
class ExportedTake:
    """A take out of an export; ``remarks`` are its own, ``result.audio_name`` its recording's."""

    setup: TakeSetup
    state: TakeState
    result: TakeResult
    remarks: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class ExportedSession:
    """A session out of an export; ``remarks`` are those of no take."""

    record: SessionRecord
    takes: tuple[ExportedTake, ...]
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
        **row_of(record),
        "remarks": [
            _remark_object(one)
            for one in remarks_of(journal, session_id=session_id)
            if one.take_id is None and (is_whole or one.kind in ALWAYS_EXPORTED)
        ],
        "takes": [_take_object(journal, one) for one in takes],
    }


def _take_object(journal: Journal, take: TakeRecord) -> dict[str, Any]:
    return {
        **_without(row_of(take), "take_id", "session_id", "n_notes"),
        "note_columns": list(NOTE_COLUMNS),
        "notes": [list(row_of(note).values()) for note in notes_of(journal, take.take_id)],
        "runs": [row_of(run) for run in runs_of(journal, take.take_id)],
        "measures": [row_of(measure) for measure in measures_of(journal, take.take_id)],
        "remarks": [_remark_object(remark) for remark in remarks_of(journal, take_id=take.take_id)],
    }


def _remark_object(remark: Remark) -> Row:
    return _without(row_of(remark), "take_id")


def _without(row: Row, *columns: str) -> Row:
    return {column: value for column, value in row.items() if column not in columns}
