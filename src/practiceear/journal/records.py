"""What the journal holds, one dataclass a kind of row; records as rows, and rows as records.

Moments are seconds since 1970 in UTC; a day is the player's own calendar day when it was
played, so that neither time zones nor summer time move it afterwards.

A record's fields are the columns of its table and the keys of the export. NaN is NULL; a member
of an enumeration is its value; a `Moment` takes two columns; a record in a record adds its own.
"""

from __future__ import annotations

import math
import sqlite3
import uuid
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass, replace
from datetime import datetime
from enum import Enum
from functools import cache
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, SupportsFloat, TypeVar, get_type_hints

from practiceear import __version__
from practiceear.metronome.program import MetronomeProgram
from practiceear.moments import read_day, read_moment
from practiceear.plain_text import printable
from practiceear.rhythm.grid import Meter, Subdivision
from practiceear.settings import Exercise, LiveOptions

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

LONGEST_TEXT = 2000
"""Of a remark, in characters: half a page."""

CLOCKS_DIFFER_S = 2.0
DAY_S = 86_400.0

Row = dict[str, str | float | None]
_Record = TypeVar("_Record", bound="DataclassInstance")


class SessionKind(Enum):
    """What a session was for."""

    FREE = "free"
    PLAN = "plan"
    BASELINE = "baseline"
    REASSESSMENT = "reassessment"


class TakeState(Enum):
    """How a take ended."""

    RUNNING = "running"
    COMPLETE = "complete"
    CUT_OFF = "cut off"  # the program or the machine stopped while it was played


class RemarkKind(Enum):
    """What a remark is about."""

    EFFORT = "effort"  # 0 to 10
    PAIN = "pain"  # 0 to 10
    NOTE = "note"
    TAG = "tag"
    REST = "rest"  # number: seconds of rest that were taken
    STOP = "stop"  # a rule ended the session; text: which


@dataclass(frozen=True, slots=True)
class Moment:
    """When something began; ``at`` is ISO 8601 with the player's offset from UTC."""

    utc_s: float
    at: str

    def __post_init__(self) -> None:
        if not math.isfinite(self.utc_s):
            raise ValueError(f"a moment is a number of seconds, not {self.utc_s}")
        if abs(read_moment(self.at).timestamp() - self.utc_s) > CLOCKS_DIFFER_S:
            raise ValueError(f"{self.at} is not the moment {self.utc_s:g} s since 1970")

    @classmethod
    def of(cls, moment: datetime) -> Moment:
        """Build from a datetime; one without a zone is taken as local time."""
        local = moment if moment.tzinfo is not None else moment.astimezone()
        return cls(local.timestamp(), local.isoformat(timespec="milliseconds"))

    @classmethod
    def now(cls) -> Moment:
        """Return the present moment, in the player's own zone."""
        return cls.of(datetime.now().astimezone())

    @property
    def local_day(self) -> str:
        """The player's calendar day, ``YYYY-MM-DD``."""
        return self.at[:10]


def new_uid() -> str:
    """Return a name that no other journal has given: what is imported twice is known by it."""
    return uuid.uuid4().hex


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A session: what was practised in one go.

    ``ended_utc_s`` is None while it runs, or where the program was cut off; the digest is that of
    the plan's file.
    """

    started: Moment
    kind: SessionKind = SessionKind.FREE
    plan_name: str | None = None
    plan_sha256: str | None = None
    ended_utc_s: float | None = None
    uid: str = field(default_factory=new_uid)


@dataclass(frozen=True, slots=True)
class TakeSetup:
    """What is known of a take when it begins.

    ``bpm`` is None without a metronome and where its tempo changed; devices are None for a take
    read from a file; ``lag_s`` is the devices' calibration, ``heard_by`` the program's version.
    """

    started: Moment
    instrument: str
    heard_by: str
    drill: str | None = None
    bpm: float | None = None
    beats: str | None = None
    subdivision: str | None = None
    input_device: str | None = None
    output_device: str | None = None
    lag_s: float | None = None
    uid: str = field(default_factory=new_uid)

    @classmethod
    def begun_now(cls, instrument: str, program: MetronomeProgram | None) -> TakeSetup:
        """A take that begins now, to this metronome; its devices and drill are still open."""
        setup = cls(Moment.now(), instrument, __version__)
        if program is None:
            return setup
        beats, subdivision = str(program.meter), str(program.subdivision)
        return replace(setup, bpm=program.steady_bpm, beats=beats, subdivision=subdivision)

    @property
    def program(self) -> MetronomeProgram | None:
        """The metronome it was played to; None without one, and where its tempo changed."""
        if self.bpm is None:
            return None
        return MetronomeProgram(
            self.bpm,
            Meter.parse(self.beats) if self.beats else Meter(),
            Subdivision.parse(self.subdivision) if self.subdivision else Subdivision(),
        )

    @property
    def exercise(self) -> Exercise:
        """What its recording is taken to be."""
        exercise = LiveOptions(self.instrument, self.program).exercise
        return replace(exercise, is_tempo_steady=self.is_tempo_steady)

    @property
    def is_tempo_steady(self) -> bool:
        """Whether a metronome, if there was one, kept its tempo."""
        return self.bpm is not None or self.beats is None


@dataclass(frozen=True, slots=True)
class NoteRow:
    """One note as it was measured; NaN where a quantity is not known."""

    onset_s: float
    length_s: float = math.nan
    deviation_s: float = math.nan
    level_dbfs: float = math.nan
    attack_s: float = math.nan
    dip_db: float = math.nan
    pitch_midi: float = math.nan

    def __post_init__(self) -> None:
        if not math.isfinite(self.onset_s):
            raise ValueError("a note needs its onset")


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run of a take; NaN where its notes are too few."""

    first_note: int
    n_notes: int
    direction: str = ""
    sd_ioi_s: float = math.nan
    mean_ioi_s: float = math.nan


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """One measure with its interval and floor; value NaN where it was refused."""

    key: str
    unit: str
    n: int
    value: float = math.nan
    low: float = math.nan
    high: float = math.nan
    detector_error: float = math.nan
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TakeResult:
    """A take's summary once it has ended; ``noise_dbfs`` is the room's, NaN where unknown.

    ``sounding_s`` is the time with a note sounding, ``loud_s`` the loud part of it.
    """

    duration_s: float
    sounding_s: float
    loud_s: float
    finding: str
    notes: tuple[NoteRow, ...]
    runs: tuple[RunRow, ...]
    measures: tuple[MeasureRow, ...]
    noise_dbfs: float = math.nan
    audio_name: str | None = None
    audio_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class TakeRecord:
    """A take as the journal lists it."""

    take_id: int
    session_id: int
    setup: TakeSetup
    state: TakeState
    duration_s: float
    sounding_s: float
    loud_s: float
    n_notes: int
    finding: str
    noise_dbfs: float = math.nan
    audio_name: str | None = None
    audio_bytes: int | None = None

    def __post_init__(self) -> None:
        name = self.audio_name
        if name is not None and (PurePath(name).name != name or name == ".."):
            raise ValueError(f"{name!r} is not the name of a recording in the journal's folder")


@dataclass(frozen=True, slots=True)
class Remark:
    """Effort, pain, a note or a tag; of a take, or of the whole session."""

    made_utc_s: float
    kind: RemarkKind
    number: float | None = None
    text: str = ""
    take_id: int | None = None
    uid: str = field(default_factory=new_uid)

    def __post_init__(self) -> None:
        is_scale = self.kind in (RemarkKind.EFFORT, RemarkKind.PAIN)
        if is_scale and not (self.number is not None and 0.0 <= self.number <= 10.0):
            raise ValueError(f"{self.kind.value} is 0 to 10, not {self.number}")
        if self.kind is RemarkKind.REST and not 0.0 <= (self.number or 0.0) <= DAY_S:
            raise ValueError(f"a rest is 0 to {DAY_S:g} s, not {self.number}")
        if self.kind is RemarkKind.TAG and not self.text.strip():
            raise ValueError("a tag is a word, not empty")
        if len(self.text) > LONGEST_TEXT:
            raise ValueError(f"a text has at most {LONGEST_TEXT} characters, not {len(self.text)}")


NOTE_COLUMNS = tuple(field.name for field in fields(NoteRow))


def row_of(record: DataclassInstance) -> Row:
    """Return the columns of a record and their values."""
    row: Row = {}
    for column in fields(record):
        value = getattr(record, column.name)
        if isinstance(value, float):
            row[column.name] = or_null(value)
        elif isinstance(value, Moment):
            row |= {f"{column.name}_utc_s": value.utc_s, f"{column.name}_at": value.at}
        elif is_dataclass(value) and not isinstance(value, type):
            row |= row_of(value)
        elif not isinstance(value, tuple):  # which has a table of its own
            row[column.name] = _column_value(value)
    return row


def _column_value(value: SupportsFloat | str | Enum | None) -> str | float | None:
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, int) or value is None:
        return value
    return or_null(float(value))


def record_of(kind: type[_Record], row: Mapping[str, Any] | sqlite3.Row) -> _Record:
    """Build a record from a row with its columns; NULL is the field's default, if any.

    ValueError or TypeError where the row holds an impossible value.
    """
    values: dict[str, object] = {}
    for name, part, has_default in _parts(kind):
        if part is Moment:
            values[name] = Moment(row[f"{name}_utc_s"], row[f"{name}_at"])
        elif part is not None and is_dataclass(part):
            values[name] = record_of(part, row)
        elif (value := row[name]) is not None or not has_default:
            values[name] = value if part is None else part(value)
    return kind(**values)


@cache
def _parts(kind: type[DataclassInstance]) -> tuple[tuple[str, type | None, bool], ...]:
    """Of each field its name, its class if an enumeration or record, and if it has a default."""
    hints = get_type_hints(kind)

    def part(hint: object) -> type | None:
        if isinstance(hint, type) and (issubclass(hint, Enum) or is_dataclass(hint)):
            return hint
        return None

    return tuple(
        (column.name, part(hints[column.name]), column.default is not MISSING)
        for column in fields(kind)
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
