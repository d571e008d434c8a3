"""A session as plain JSON objects: what is exported, and what an import is checked against."""

from __future__ import annotations

import dataclasses
import math
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from practiceear.errors import JournalError
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
    Moment,
    NoteRow,
    Remark,
    RemarkKind,
    RunRow,
    SessionKind,
    SessionRecord,
    TakeResult,
    TakeSetup,
    TakeState,
)
from practiceear.journal.rows import NOTE_COLUMNS, or_nan, or_null

FORMAT = "practiceear-journal"
VERSION = 1
LONGEST_TEXT = 10_000
UNBEARABLE = ("Cc", "Cs")
"""Control characters, which a terminal obeys, and halves of characters."""

ALWAYS_TOLD = (RemarkKind.PAIN, RemarkKind.EFFORT, RemarkKind.STOP)

MOST_NOTES = 200_000
"""More notes than four hours at ten a second: no take, but somebody's mischief."""


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
            if one.take_id is None and (is_whole or one.kind in ALWAYS_TOLD)
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


def read_session(content: Any, where: str) -> PortableSession:
    """Check a stranger's session and build it.

    Raises
    ------
    JournalError
        Where it is not what `session_object` writes, naming ``where`` and what is wrong.
    """
    try:
        if content["format"] != FORMAT:
            raise ValueError("it is no export of a journal")
        if content["version"] != VERSION:
            raise ValueError(f"version {content['version']!r} is not known")
        return PortableSession(
            record=SessionRecord(
                started=Moment(_number(content["started_utc_s"]), _text(content["started_at"])),
                kind=SessionKind(content["kind"]),
                plan_name=_optional_text(content["plan_name"]),
                plan_sha256=_optional_text(content["plan_sha256"]),
                ended_utc_s=_optional_number(content["ended_utc_s"]),
                uid=_uid(content["uid"]),
            ),
            takes=tuple(_read_take(one) for one in content["takes"]),
            remarks=tuple(_read_remark(one) for one in content["remarks"]),
        )
    except (ValueError, KeyError, TypeError, OverflowError, AttributeError) as error:
        reason = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise JournalError(
            f"{where} cannot be imported: {reason}", "Ask for a new export; nothing was changed"
        ) from error


def _read_take(one: dict[str, Any]) -> PortableTake:
    if one["note_columns"] != list(NOTE_COLUMNS) or len(one["notes"]) > MOST_NOTES:
        raise ValueError("the notes of a take are not what they should be")
    setup = TakeSetup(
        started=Moment(_number(one["started_utc_s"]), _text(one["started_at"])),
        instrument=_text(one["instrument"]),
        heard_by=_text(one["heard_by"]),
        drill=_optional_text(one["drill"]),
        bpm=_optional_number(one["bpm"]),
        beats=_optional_text(one["beats"]),
        subdivision=_optional_text(one["subdivision"]),
        input_device=_optional_text(one["input_device"]),
        output_device=_optional_text(one["output_device"]),
        lag_s=_optional_number(one["lag_s"]),
        lag_grade=_optional_text(one["lag_grade"]),
        uid=_uid(one["uid"]),
    )
    result = TakeResult(
        duration_s=_number(one["duration_s"]),
        sounding_s=_number(one["sounding_s"]),
        loud_s=_number(one["loud_s"]),
        finding=_text(one["finding"]),
        notes=tuple(
            NoteRow(*(or_nan(_optional_number(value)) for value in row)) for row in one["notes"]
        ),
        runs=tuple(
            RunRow(
                _count(run["first_note"]),
                _count(run["n_notes"]),
                _text(run["direction"]),
                or_nan(_optional_number(run["sd_ioi_s"])),
                or_nan(_optional_number(run["mean_ioi_s"])),
            )
            for run in one["runs"]
        ),
        measures=tuple(_read_measure(measure) for measure in one["measures"]),
        noise_dbfs=or_nan(_optional_number(one["noise_dbfs"])),
        first_beat_s=_optional_number(one["first_beat_s"]),
        audio_name=_optional_text(one["audio_name"]),
    )
    state = TakeState(one["state"])
    remarks = tuple(_read_remark(remark) for remark in one["remarks"])
    return PortableTake(setup, state, result, remarks)


def _read_measure(one: dict[str, Any]) -> MeasureRow:
    return MeasureRow(
        key=_text(one["key"]),
        unit=_text(one["unit"]),
        n=_count(one["n"]),
        value=or_nan(_optional_number(one["value"])),
        low=or_nan(_optional_number(one["low"])),
        high=or_nan(_optional_number(one["high"])),
        floor=or_nan(_optional_number(one["floor"])),
        refusal=_text(one["refusal"]),
    )


def _read_remark(one: dict[str, Any]) -> Remark:
    return Remark(
        made_utc_s=_number(one["made_utc_s"]),
        kind=RemarkKind(one["kind"]),
        number=_optional_number(one["number"]),
        text=_text(one["text"]),
        uid=_uid(one["uid"]),
    )


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{str(value)[:40]!r} is not a number")
    return float(value)


def _count(value: Any) -> int:
    number = _number(value)
    if not 0 <= number <= MOST_NOTES or number != int(number):
        raise ValueError(f"{str(value)[:40]!r} is not a count")
    return int(number)


def _optional_number(value: Any) -> float | None:
    return None if value is None else _number(value)


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise ValueError(f"{str(value)[:40]!r} is not a text of a bearable length")
    if any(unicodedata.category(one) in UNBEARABLE and one not in "\n\t" for one in value):
        raise ValueError(f"{value[:40]!r} holds characters that are no text")
    return value


def _optional_text(value: Any) -> str | None:
    return None if value is None else _text(value)


def _uid(value: Any) -> str:
    text = _text(value)
    if len(text) != 32 or not set(text) <= set("0123456789abcdef"):
        raise ValueError(f"{text[:40]!r} is not the name of a row")
    return text
