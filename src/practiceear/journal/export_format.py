"""A session as plain JSON objects: how it is exported, and how it is read again.

What is read may be a stranger's: every value is checked.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any

from msgspec import Meta, Struct
from msgspec.structs import asdict

from practiceear.data_files import convert, refuse_other_format, short
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
    DAY_S,
    LONGEST_TEXT,
    NOTE_COLUMNS,
    MeasureRow,
    Moment,
    NoteRow,
    Remark,
    RemarkKind,
    Row,
    RunRow,
    SessionKind,
    SessionRecord,
    TakeRecord,
    TakeResult,
    TakeSetup,
    TakeState,
    record_of,
    row_of,
)
from practiceear.plain_text import is_controlling
from practiceear.rhythm.grid import HIGHEST_BPM, LOWEST_BPM, Meter, Subdivision

FORMAT = "practiceear-journal"
VERSION = 1
JsonObject = dict[str, Any]

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
) -> JsonObject:
    """Return a session with its takes as JSON objects; what is not known is null.

    Where only some takes are chosen, notes, tags and rests of the whole session stay out; pain,
    effort and what stopped it do not: no take may be judged without them.
    """
    record = find_session(journal, session_id)
    every = list_takes(journal, TakeFilter(session_id=session_id))
    takes = every if take_ids is None else [take for take in every if take.take_id in take_ids]
    is_whole = len(takes) == len(every)
    return {
        "format": FORMAT,
        "version": VERSION,
        **row_of(record),
        "remarks": [
            _remark_object(remark)
            for remark in remarks_of(journal, session_id=session_id)
            if remark.take_id is None and (is_whole or remark.kind in ALWAYS_EXPORTED)
        ],
        "takes": [_take_object(journal, take) for take in takes],
    }


def _take_object(journal: Journal, take: TakeRecord) -> JsonObject:
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


MOST_NOTES = 200_000
"""More notes than four hours at ten a second: no real take."""

MOST_TAKES = 10_000
MOST_MEASURES = 1000
MOST_REMARKS = 10_000
MEASURE_RANGES = {"s": DAY_S, "s/s": 100.0, "dB": 1000.0, "%": 1e6}
"""By unit: how far from 0 a measure can be."""

LARGEST_MEASURE = 1e9
_SPREAD = re.compile(r"(^|_)(sd|cv|spread)(_|$)")
"""Keys of measures that cannot be below 0."""

Line = Annotated[
    str, Meta(max_length=LONGEST_TEXT, description=f"a text of at most {LONGEST_TEXT} characters")
]
Uid = Annotated[str, Meta(pattern=r"\A[0-9a-f]{32}\Z", description="32 hexadecimal digits")]
Key = Annotated[str, Meta(pattern=r"\A[a-z][a-z0-9_]{0,79}\Z", description="a measure's key")]
Utc = Annotated[float, Meta(ge=-DAY_S, le=1e12)]
Seconds = Annotated[float, Meta(ge=0, le=DAY_S)]
SignedSeconds = Annotated[float, Meta(ge=-DAY_S, le=DAY_S)]
Dbfs = Annotated[float, Meta(ge=-400, le=60)]
Count = Annotated[int, Meta(ge=0, le=MOST_NOTES)]
Measured = Annotated[float, Meta(ge=-LARGEST_MEASURE, le=LARGEST_MEASURE)]


class _Direction(Enum):
    UP = "up"
    DOWN = "down"
    NEITHER = ""


class _Checked(Struct, frozen=True):
    """An object without texts that control a terminal."""

    def __post_init__(self) -> None:
        for key, value in asdict(self).items():
            if isinstance(value, str) and any(map(is_controlling, value)):
                raise ValueError(
                    f"{key} must be without characters that control a terminal, not {short(value)}"
                )


class _Note(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A note in the order of `NOTE_COLUMNS`: as long and as loud as numbers of samples can say."""

    onset_s: Seconds
    length_s: Seconds | None
    deviation_s: SignedSeconds | None
    level_dbfs: Dbfs | None
    attack_s: Seconds | None
    dip_db: Annotated[float, Meta(ge=-400, le=400)] | None
    pitch_midi: Annotated[float, Meta(ge=-100, le=200)] | None


class _Run(Struct, frozen=True):
    first_note: Count
    n_notes: Count
    direction: _Direction
    sd_ioi_s: Seconds | None
    mean_ioi_s: Seconds | None


class _Measure(_Checked, frozen=True):
    key: Key
    unit: Line
    n: Count
    value: Measured | None
    low: Measured | None
    high: Measured | None
    detector_error: Measured | None
    reason: Line

    def __post_init__(self) -> None:
        super().__post_init__()
        most = MEASURE_RANGES.get(self.unit, LARGEST_MEASURE)
        for name in ("value", "low", "high", "detector_error"):
            least = 0.0 if name == "value" and _SPREAD.search(self.key) else -most
            value = getattr(self, name)
            if value is not None and not least <= value <= most:
                raise ValueError(f"{name} must be a number from {least:g} to {most:g}, not {value}")


class _Remark(_Checked, frozen=True):
    made_utc_s: Utc
    uid: Uid
    kind: RemarkKind
    number: Seconds | None
    text: Line

    def __post_init__(self) -> None:
        super().__post_init__()
        _refuse_future("made_utc_s", self.made_utc_s)
        self.record()

    def record(self) -> Remark:
        """Build the record; ValueError where it holds what cannot be."""
        return Remark(self.made_utc_s, self.kind, self.number, self.text, uid=self.uid)


class _Begun(_Checked, frozen=True):
    """What begins at a moment: not in the future but for a clock that runs fast."""

    uid: Uid
    started_utc_s: Utc
    started_at: Line

    def __post_init__(self) -> None:
        super().__post_init__()
        _refuse_future("started_utc_s", self.started_utc_s)
        _parsed("started_at", lambda at: Moment(self.started_utc_s, at), self.started_at)


class _Take(_Begun, frozen=True):
    instrument: Annotated[str, Meta(max_length=LONGEST_TEXT, pattern=r"\S", description="a name")]
    heard_by: Line
    drill: Line | None
    bpm: Annotated[float, Meta(ge=LOWEST_BPM, le=HIGHEST_BPM)] | None
    beats: Line | None
    subdivision: Line | None
    input_device: Line | None
    output_device: Line | None
    lag_s: Annotated[float, Meta(ge=-10, le=10)] | None
    state: TakeState
    duration_s: Seconds
    sounding_s: Seconds
    loud_s: Seconds
    noise_dbfs: Dbfs | None
    finding: Line
    note_columns: tuple[str, ...]
    notes: Annotated[tuple[_Note, ...], Meta(max_length=MOST_NOTES)]
    runs: Annotated[tuple[_Run, ...], Meta(max_length=MOST_NOTES)]
    measures: Annotated[tuple[_Measure, ...], Meta(max_length=MOST_MEASURES)]
    remarks: Annotated[tuple[_Remark, ...], Meta(max_length=MOST_REMARKS)]

    def __post_init__(self) -> None:
        super().__post_init__()
        _parsed("beats", Meter.parse, self.beats)
        _parsed("subdivision", Subdivision.parse, self.subdivision)
        if self.note_columns != NOTE_COLUMNS:
            raise ValueError(f"note_columns must be {', '.join(NOTE_COLUMNS)}")
        for number, run in enumerate(self.runs, 1):
            if run.first_note + run.n_notes > len(self.notes):
                raise ValueError(f"run {number}, n_notes must end with the notes")
        for key, n_times in Counter(measure.key for measure in self.measures).items():
            if n_times > 1:
                raise ValueError(f"measures: {key} is there twice")

    def exported(self) -> ExportedTake:
        """Build the records."""
        row = _row(self) | {"audio_name": None, "audio_bytes": None}
        row |= {
            "notes": tuple(record_of(NoteRow, asdict(note)) for note in self.notes),
            "runs": tuple(record_of(RunRow, _row(run)) for run in self.runs),
            "measures": tuple(record_of(MeasureRow, asdict(row)) for row in self.measures),
        }
        remarks = tuple(remark.record() for remark in self.remarks)
        setup, result = record_of(TakeSetup, row), record_of(TakeResult, row)
        return ExportedTake(setup, self.state, result, remarks)


class _Session(_Begun, frozen=True):
    kind: SessionKind
    plan_name: Line | None
    plan_sha256: Line | None
    ended_utc_s: Utc | None
    takes: Annotated[tuple[_Take, ...], Meta(max_length=MOST_TAKES)]
    remarks: Annotated[tuple[_Remark, ...], Meta(max_length=MOST_REMARKS)]

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.ended_utc_s is not None:
            _refuse_future("ended_utc_s", self.ended_utc_s)


def read_session(content: object) -> ExportedSession:
    """Check a session and build it; ValueError where `session_object` would not write it.

    The error is a `DataError` where the content is a session.
    """
    refuse_other_format(content, FORMAT, VERSION)
    session = convert(content, _Session)
    return ExportedSession(
        record_of(SessionRecord, _row(session)),
        tuple(take.exported() for take in session.takes),
        tuple(remark.record() for remark in session.remarks),
    )


def _row(checked: Struct) -> JsonObject:
    """Columns and values, members of enumerations by their values."""
    values = asdict(checked).items()
    return {key: value.value if isinstance(value, Enum) else value for key, value in values}


def _refuse_future(key: str, utc_s: float) -> None:
    if utc_s > time.time() + DAY_S:
        raise ValueError(f"{key} must not lie in the future, as {utc_s:.0f} does")


def _parsed(key: str, parse: Callable[[str], object], text: str | None) -> None:
    """Raise ValueError where a text is there that cannot be parsed."""
    try:
        if text is not None:
            parse(text)
    except ValueError as error:
        raise ValueError(f"{key} {short(text)} cannot be read: {error}") from error
