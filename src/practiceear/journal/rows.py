"""Between rows of tables and the records of them: NaN is NULL in the file."""

from __future__ import annotations

import math
import sqlite3
from pathlib import PurePath
from typing import Any

from practiceear.journal.records import (
    LONGEST_TEXT,
    MeasureRow,
    Moment,
    NoteRow,
    Remark,
    RemarkKind,
    RunRow,
    SessionKind,
    SessionRecord,
    TakeRecord,
    TakeSetup,
    TakeState,
)
from practiceear.moments import read_day
from practiceear.plain_text import printable

NOTE_COLUMNS = (
    "onset_s",
    "length_s",
    "deviation_s",
    "level_dbfs",
    "attack_s",
    "dip_db",
    "pitch_midi",
)


def local_day(text: str) -> str:
    """Return a calendar day as it is; ValueError where ``text`` is none."""
    return read_day(text).isoformat()


def one_line(text: str | None) -> str | None:
    """Return a text as it is written down: one line of bounded length that controls no terminal."""
    if text is None:
        return None
    line = text if text.isprintable() else printable(" ".join(text.split()))
    return line if len(line) <= LONGEST_TEXT else f"{line[: LONGEST_TEXT - 1]}…"


def or_null(value: float) -> float | None:
    """Return the number, or None where there is none."""
    return float(value) if math.isfinite(value) else None


def or_nan(value: float | None) -> float:
    """Return the number, or NaN for None."""
    return math.nan if value is None else float(value)


def note_values(note: NoteRow) -> tuple[float | None, ...]:
    """Values of a note in the order of `NOTE_COLUMNS`."""
    return tuple(or_null(getattr(note, name)) for name in NOTE_COLUMNS)


def setup_values(setup: TakeSetup) -> tuple[tuple[str, ...], tuple[object, ...]]:
    """Columns and values of what is known when a take begins."""
    values = {
        "uid": setup.uid,
        "started_utc": setup.started.utc_s,
        "started_at": setup.started.at,
        "local_day": setup.started.local_day,
        "instrument": one_line(setup.instrument),
        "drill": one_line(setup.drill),
        "bpm": setup.bpm,
        "beats": setup.beats,
        "subdivision": setup.subdivision,
        "input_device": one_line(setup.input_device),
        "output_device": one_line(setup.output_device),
        "lag_s": setup.lag_s,
        "lag_grade": setup.lag_grade,
        "heard_by": setup.heard_by,
    }
    return tuple(values), tuple(values.values())


def session_record(row: sqlite3.Row) -> SessionRecord:
    """Build from a row of ``session``; ValueError where it holds what cannot be."""
    _check_day(row)
    return SessionRecord(
        started=Moment(row["started_utc"], row["started_at"]),
        kind=SessionKind(row["kind"]),
        plan_name=row["plan_name"],
        plan_sha256=row["plan_sha256"],
        ended_utc_s=row["ended_utc"],
        uid=row["uid"],
    )


def _check_day(row: sqlite3.Row) -> None:
    if local_day(row["local_day"]) != row["started_at"][:10]:
        raise ValueError(f"{row['local_day']} is not the day of {row['started_at']}")


def _check_audio_name(name: str | None) -> None:
    if name is not None and (PurePath(name).name != name or name == ".."):
        raise ValueError(f"{name!r} is not the name of a recording in the journal's folder")


def take_record(row: sqlite3.Row) -> TakeRecord:
    """Build from a row of ``take``; ValueError where it holds what cannot be."""
    _check_day(row)
    _check_audio_name(row["audio_name"])
    setup = TakeSetup(
        started=Moment(row["started_utc"], row["started_at"]),
        instrument=row["instrument"],
        heard_by=row["heard_by"],
        drill=row["drill"],
        bpm=row["bpm"],
        beats=row["beats"],
        subdivision=row["subdivision"],
        input_device=row["input_device"],
        output_device=row["output_device"],
        lag_s=row["lag_s"],
        lag_grade=row["lag_grade"],
        uid=row["uid"],
    )
    return TakeRecord(
        take_id=row["take_id"],
        session_id=row["session_id"],
        setup=setup,
        state=TakeState(row["state"]),
        duration_s=row["duration_s"],
        sounding_s=row["sounding_s"],
        loud_s=row["loud_s"],
        n_notes=row["n_notes"],
        finding=row["finding"],
        noise_dbfs=or_nan(row["noise_dbfs"]),
        first_beat_s=row["first_beat_s"],
        audio_name=row["audio_name"],
        audio_bytes=row["audio_bytes"],
    )


def remark_row(row: sqlite3.Row) -> Remark:
    """Build from a row of ``remark``."""
    return Remark(
        made_utc_s=row["made_utc"],
        kind=RemarkKind(row["kind"]),
        number=row["number"],
        text=row["text"],
        take_id=row["take_id"],
        uid=row["uid"],
    )


def note_row(row: sqlite3.Row) -> NoteRow:
    """Build from a row of ``note``."""
    return NoteRow(*(or_nan(row[name]) for name in NOTE_COLUMNS))


def run_row(row: sqlite3.Row) -> RunRow:
    """Build from a row of ``run``."""
    return RunRow(
        row["first_note"],
        row["n_notes"],
        row["direction"],
        or_nan(row["sd_ioi_s"]),
        or_nan(row["mean_ioi_s"]),
    )


def measure_row(row: Any) -> MeasureRow:
    """Build from a row of ``measure``."""
    return MeasureRow(
        key=row["key"],
        unit=row["unit"],
        n=row["n"],
        value=or_nan(row["value"]),
        low=or_nan(row["low"]),
        high=or_nan(row["high"]),
        detector_error=or_nan(row["floor"]),
        reason=row["refusal"],
    )
