"""Records as rows and rows as records, for the tables and for the export: mapped here only.

A record's fields are the columns of its table and the keys of the export. NaN is NULL; a member
of an enumeration is its value; a `Moment` takes two columns; a record in a record adds its own.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

from practiceear.journal.records import LONGEST_TEXT, Moment, NoteRow, SessionRecord, TakeRecord
from practiceear.moments import read_day
from practiceear.plain_text import printable

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

NOTE_COLUMNS = tuple(field.name for field in fields(NoteRow))
Row = dict[str, str | float | None]
_Record = TypeVar("_Record", bound="DataclassInstance")


def row_of(record: DataclassInstance) -> Row:
    """Return the columns of a record and their values."""
    row: Row = {}
    for field in fields(record):
        value = getattr(record, field.name)
        if isinstance(value, float):
            row[field.name] = or_null(value)
        elif isinstance(value, Moment):
            row |= {f"{field.name}_utc_s": value.utc_s, f"{field.name}_at": value.at}
        elif is_dataclass(value) and not isinstance(value, type):
            row |= row_of(value)
        elif not isinstance(value, tuple):  # which has a table of its own
            row[field.name] = _column_value(value)
    return row


def _column_value(value: Any) -> str | float | None:
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, int) or value is None:
        return value
    return or_null(value)


def record_of(kind: type[_Record], row: Mapping[str, Any] | sqlite3.Row) -> _Record:
    """Build a record from a row with its columns; NULL is the field's default, if any.

    ValueError or TypeError where the row holds an impossible value.
    """
    values: dict[str, Any] = {}
    for name, part, has_default in _parts(kind):
        if part is Moment:
            values[name] = Moment(row[f"{name}_utc_s"], row[f"{name}_at"])
        elif part is not None and is_dataclass(part):
            values[name] = record_of(part, row)
        elif (value := row[name]) is not None or not has_default:
            values[name] = value if part is None else part(value)
    return kind(**values)


@cache
def _parts(kind: type[DataclassInstance]) -> tuple[tuple[str, type[Any] | None, bool], ...]:
    """Of each field its name, its class if an enumeration or record, and if it has a default."""
    hints = get_type_hints(kind)

    def part(hint: Any) -> type[Any] | None:
        is_part = isinstance(hint, type) and (issubclass(hint, Enum) or is_dataclass(hint))
        return hint if is_part else None

    return tuple(
        (field.name, part(hints[field.name]), field.default is not MISSING)
        for field in fields(kind)
    )


def session_record(row: sqlite3.Row) -> SessionRecord:
    """Build from a row of ``session``; ValueError where it holds what cannot be."""
    _check_day(row)
    return record_of(SessionRecord, row)


def take_record(row: sqlite3.Row) -> TakeRecord:
    """Build from a row of ``take``; ValueError where it holds what cannot be."""
    _check_day(row)
    return record_of(TakeRecord, row)


def _check_day(row: sqlite3.Row) -> None:
    if read_day(row["local_day"]).isoformat() != row["started_at"][:10]:
        raise ValueError(f"{row['local_day']} is not the day of {row['started_at']}")


def one_line(text: str) -> str:
    """Return a text as it is stored: one line of bounded length that controls no terminal."""
    line = text if text.isprintable() else printable(" ".join(text.split()))
    return line if len(line) <= LONGEST_TEXT else f"{line[: LONGEST_TEXT - 1]}…"


def or_null(value: float) -> float | None:
    """Return the number, or None where there is none."""
    return float(value) if math.isfinite(value) else None
