"""Reads the journal: lists of takes, one take whole, days, and how a measure went over weeks."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np

from practiceear.errors import JournalError, UsageError
from practiceear.journal.connection import Journal, explained
from practiceear.journal.records import (
    MeasureRow,
    NoteRow,
    Remark,
    RemarkKind,
    RunRow,
    SessionKind,
    SessionRecord,
    TakeRecord,
    one_line,
    record_of,
    session_record,
    take_record,
)
from practiceear.moments import read_day
from practiceear.units import FloatArray

MOST_ROWS = 2**31
_SESSIONS = "SELECT * FROM session {} ORDER BY session_id"
_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True)
class TakeFilter:
    """Conditions that takes must meet; None: any value.

    Days are calendar days, ``YYYY-MM-DD``, both included; ``most`` limits to the newest.
    """

    since_day: str | None = None
    until_day: str | None = None
    drill: str | None = None
    instrument: str | None = None
    tag: str | None = None
    session_id: int | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class DayLoad:
    """What happened on one calendar day, whether or not anything was played.

    Seconds with a note sounding, and those of them loud; pain and effort from 0 to 10, None where
    not noted; ``stops`` are the rules that ended a session early.
    """

    day: str
    n_takes: int
    n_notes: int
    sounding_s: float
    loud_s: float
    worst_pain: float | None
    mean_effort: float | None
    n_sessions: int = 1
    stops: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MeasuredTake:
    """One measure of one take, with what it must be compared by."""

    take_id: int
    session_id: int
    day: str
    utc_s: float
    instrument: str
    drill: str | None
    bpm: float | None
    measure: MeasureRow


_Record = TypeVar("_Record", DayLoad, MeasuredTake)


def list_takes(journal: Journal, take_filter: TakeFilter | None = None) -> list[TakeRecord]:
    """Return takes in the order of insertion."""
    take_filter = take_filter or TakeFilter()
    conditions, values = _conditions(take_filter)
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    limit = "" if take_filter.most is None else f"LIMIT {min(take_filter.most, MOST_ROWS)}"
    sql = f"SELECT * FROM take {where} ORDER BY take_id DESC {limit}"
    return _made(journal, take_record, sql, values)[::-1]


def _conditions(take_filter: TakeFilter) -> tuple[list[str], list[object]]:
    requested = {
        "local_day >= ?": take_filter.since_day,
        "local_day <= ?": take_filter.until_day,
        "drill = ?": take_filter.drill,
        "instrument = ?": take_filter.instrument,
        "session_id = ?": take_filter.session_id,
        "EXISTS (SELECT 1 FROM remark WHERE remark.take_id = take.take_id"
        " AND kind = 'tag' AND text = ?)": take_filter.tag,
    }
    given = {condition: value for condition, value in requested.items() if value is not None}
    return list(given), list(given.values())


def tagged_takes(journal: Journal) -> set[int]:
    """Return the numbers of the takes that have a tag."""
    rows = _rows(
        journal,
        "SELECT DISTINCT take_id FROM remark WHERE kind = ? AND take_id IS NOT NULL",
        [RemarkKind.TAG.value],
    )
    return {row["take_id"] for row in rows}


def find_take(journal: Journal, take_id: int) -> TakeRecord:
    """Return one take; UsageError for an unknown number."""
    found = _made(journal, take_record, "SELECT * FROM take WHERE take_id = ?", [take_id])
    if not found:
        raise UsageError(f"the journal has no take {take_id}", "See: practiceear journal list")
    return found[0]


def find_session(journal: Journal, session_id: int) -> SessionRecord:
    """Return one session; UsageError where there is none of that number."""
    sql = "SELECT * FROM session WHERE session_id = ?"
    found = _made(journal, session_record, sql, [session_id])
    if not found:
        raise UsageError(
            f"the journal has no session {session_id}", "See: practiceear journal list"
        )
    return found[0]


def list_sessions(
    journal: Journal, kind: SessionKind | None = None
) -> list[tuple[int, SessionRecord]]:
    """Return number and record of all sessions, or those of one kind, in order."""
    where, values = ("WHERE kind = ?", [kind.value]) if kind is not None else ("", [])
    return _made(journal, _numbered_session, _SESSIONS.format(where), list(values))


def sessions_without_takes(
    journal: Journal, since_day: str | None = None, until_day: str | None = None
) -> list[tuple[int, SessionRecord]]:
    """Return number and record of the sessions that ended before anything was played, in order."""
    where = (
        f"WHERE local_day BETWEEN ? AND ? AND {_SESSION_HAPPENED}"
        " AND NOT EXISTS (SELECT 1 FROM take WHERE take.session_id = session.session_id)"
    )
    days: list[object] = [since_day or "", until_day or "9999"]
    return _made(journal, _numbered_session, _SESSIONS.format(where), days)


def _numbered_session(row: sqlite3.Row) -> tuple[int, SessionRecord]:
    return row["session_id"], session_record(row)


def notes_of(journal: Journal, take_id: int) -> list[NoteRow]:
    """Return the notes of a take in order."""
    sql = "SELECT * FROM note WHERE take_id = ? ORDER BY number"
    return _made(journal, partial(record_of, NoteRow), sql, [take_id])


def runs_of(journal: Journal, take_id: int) -> list[RunRow]:
    """Return the runs of a take in order."""
    sql = "SELECT * FROM run WHERE take_id = ? ORDER BY number"
    return _made(journal, partial(record_of, RunRow), sql, [take_id])


def measures_of(journal: Journal, take_id: int) -> list[MeasureRow]:
    """Return the measures of a take."""
    sql = "SELECT * FROM measure WHERE take_id = ? ORDER BY key"
    return _made(journal, partial(record_of, MeasureRow), sql, [take_id])


def remarks_of(
    journal: Journal, *, session_id: int | None = None, take_id: int | None = None
) -> list[Remark]:
    """Return the remarks of a session, or of a take, in order."""
    column, value = ("take_id", take_id) if take_id is not None else ("session_id", session_id)
    sql = f"SELECT * FROM remark WHERE {column} = ? ORDER BY remark_id"
    return _made(journal, partial(record_of, Remark), sql, [value])


_SESSION_HAPPENED = (
    "(session.kind <> 'free'"
    " OR EXISTS (SELECT 1 FROM take WHERE take.session_id = session.session_id)"
    " OR EXISTS (SELECT 1 FROM remark WHERE remark.session_id = session.session_id))"
)
"""False of a free session whose only take was deleted: nothing is left of it."""

_DAY_LOADS = f"""
WITH played AS (
    SELECT local_day AS day, count(*) AS n_takes, sum(n_notes) AS n_notes,
        sum(sounding_s) AS sounding_s, sum(loud_s) AS loud_s
    FROM take WHERE local_day BETWEEN ?1 AND ?2 GROUP BY local_day),
begun AS (
    SELECT local_day AS day, count(*) AS n_sessions FROM session
    WHERE local_day BETWEEN ?1 AND ?2 AND {_SESSION_HAPPENED} GROUP BY local_day),
noted AS (
    SELECT coalesce(take.local_day, session.local_day) AS day,
        max(CASE remark.kind WHEN 'pain' THEN number END) AS worst_pain,
        avg(CASE remark.kind WHEN 'effort' THEN number END) AS mean_effort
    FROM remark JOIN session USING (session_id) LEFT JOIN take USING (take_id)
    WHERE coalesce(take.local_day, session.local_day) BETWEEN ?1 AND ?2 GROUP BY 1)
SELECT day, coalesce(n_takes, 0) AS n_takes, coalesce(n_notes, 0) AS n_notes,
    coalesce(sounding_s, 0.0) AS sounding_s, coalesce(loud_s, 0.0) AS loud_s,
    coalesce(n_sessions, 0) AS n_sessions, worst_pain, mean_effort
FROM (SELECT day FROM played UNION SELECT day FROM begun)
LEFT JOIN played USING (day) LEFT JOIN begun USING (day) LEFT JOIN noted USING (day)
ORDER BY day
"""


def day_loads(journal: Journal, since_day: str = "", until_day: str = "9999") -> list[DayLoad]:
    """Return what happened on each day with a take or a session, in order.

    A session that ended before its first take counts: its remarks are on its day.
    """
    texts = _texts_by_day(journal, since_day, until_day)

    def day_load(row: sqlite3.Row) -> DayLoad:
        stops, notes = (
            tuple(texts[row["day"], kind.value]) for kind in (RemarkKind.STOP, RemarkKind.NOTE)
        )
        return record_of(DayLoad, {**dict(row), "stops": stops, "notes": notes})

    return _made(journal, day_load, _DAY_LOADS, [since_day, until_day])


def _of_a_day(kind: type[_Record], row: sqlite3.Row) -> _Record:
    """Build a record with a calendar day; ValueError where there is no such day."""
    read_day(row["day"])
    return record_of(kind, row)


def _texts_by_day(
    journal: Journal, since_day: str, until_day: str
) -> dict[tuple[str, str], list[str]]:
    """Reasons for stops, and notes, by day and kind of remark."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in _rows(
        journal,
        "SELECT coalesce(take.local_day, session.local_day) AS day, remark.kind AS kind, text"
        " FROM remark JOIN session USING (session_id) LEFT JOIN take USING (take_id)"
        " WHERE remark.kind IN ('stop', 'note')"
        " AND coalesce(take.local_day, session.local_day) BETWEEN ? AND ?"
        " ORDER BY made_utc_s, remark_id",
        [since_day, until_day],
    ):
        found[row["day"], row["kind"]].append(row["text"])
    return found


def measured_takes(
    journal: Journal, key: str, take_filter: TakeFilter | None = None
) -> list[MeasuredTake]:
    """Return one measure of all takes that have it as a number, in order."""
    conditions, values = _conditions(take_filter or TakeFilter())
    where = "".join(f" AND {condition}" for condition in conditions)
    return _made(
        journal,
        partial(_of_a_day, MeasuredTake),
        "SELECT take.take_id AS take_id, session_id, local_day AS day, started_utc_s AS utc_s,"
        " instrument, drill, bpm, measure.* FROM measure JOIN take USING (take_id)"
        f" WHERE key = ? AND value IS NOT NULL{where} ORDER BY take.take_id",
        [key, *values],
    )


def recent_levels_dbfs(
    journal: Journal, instrument: str, input_device: str | None, n_takes: int = 20
) -> FloatArray:
    """Return the levels of the notes of the last takes with an instrument and a microphone."""
    rows = _rows(
        journal,
        "SELECT level_dbfs FROM note WHERE level_dbfs IS NOT NULL AND take_id IN ("
        " SELECT take_id FROM take WHERE instrument = ? AND input_device IS ?"
        " ORDER BY take_id DESC LIMIT ?)",
        [one_line(instrument), input_device and one_line(input_device), n_takes],
    )
    return np.array([row[0] for row in rows], dtype=np.float64)


def _made(
    journal: Journal, make: Callable[[sqlite3.Row], _Made], sql: str, values: list[object]
) -> list[_Made]:
    """What ``make`` makes of each row; JournalError where a row holds what cannot be."""
    try:
        return [make(row) for row in _rows(journal, sql, values)]
    except (ValueError, TypeError) as error:
        raise JournalError(
            f"the journal {journal.path} holds something impossible: {error}",
            "Run: practiceear journal salvage; it keeps the damaged file and all that makes sense",
        ) from error


def _rows(journal: Journal, sql: str, values: list[object]) -> list[sqlite3.Row]:
    cursor = journal.connection.cursor()
    cursor.row_factory = sqlite3.Row
    try:
        return cursor.execute(sql, values).fetchall()
    except sqlite3.Error as error:
        raise explained(error, journal.path) from error
    except OverflowError:  # no row has a number that SQLite cannot hold
        return []
