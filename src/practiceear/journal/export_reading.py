"""Reads a session out of an archive; every value is checked, for it may be a stranger's."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

from practiceear.journal.archive_fields import Fields
from practiceear.journal.export_format import FORMAT, VERSION, PortableSession, PortableTake
from practiceear.journal.records import (
    DAY_S,
    MeasureRow,
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
from practiceear.journal.rows import NOTE_COLUMNS
from practiceear.rhythm.grid import HIGHEST_BPM, LOWEST_BPM, Meter, Subdivision

MOST_NOTES = 200_000
"""More notes than four hours at ten a second: no take, but somebody's mischief."""

MOST_TAKES = 10_000
MOST_MEASURES = 1000
MOST_REMARKS = 10_000
LONGEST_LAG_S = 10.0

NOTE_RANGES = {
    "onset_s": (0.0, DAY_S),
    "length_s": (0.0, DAY_S),
    "deviation_s": (-DAY_S, DAY_S),
    "level_dbfs": (-400.0, 60.0),
    "attack_s": (0.0, DAY_S),
    "dip_db": (-400.0, 400.0),
    "pitch_midi": (-100.0, 200.0),
}
"""What a note can be: a day long at most, as loud as numbers of samples can say."""

MEASURE_RANGES = {"s": DAY_S, "s/s": 100.0, "dB": 1000.0, "%": 1e6}
"""By unit: how far from 0 a measure can be."""

LARGEST_MEASURE = 1e9
_SPREAD = re.compile(r"(^|_)(sd|cv|spread)(_|$)")
"""Keys of measures that cannot be below 0."""


def read_session(content: Any) -> PortableSession:
    """Check a session and build it.

    Raises
    ------
    ValueError
        Where it is not what `session_object` writes; names the take, the key and the value.
    """
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ValueError("it is no export of a journal")
    fields = Fields(content)
    if content.get("version") != VERSION:
        raise ValueError(f"its version is not {VERSION}, the only one known")
    started = fields.moment()
    return PortableSession(
        record=SessionRecord(
            started=started,
            kind=fields.member("kind", SessionKind),
            plan_name=fields.optional_line("plan_name"),
            plan_sha256=fields.optional_line("plan_sha256"),
            ended_utc_s=fields.optional_past_utc_s("ended_utc_s"),
            uid=fields.uid(),
        ),
        takes=tuple(_take(one) for one in fields.objects("takes", MOST_TAKES)),
        remarks=_remarks(fields),
    )


def _take(take: Fields) -> PortableTake:
    setup = TakeSetup(
        started=take.moment(),
        instrument=take.name("instrument"),
        heard_by=take.line("heard_by"),
        drill=take.optional_line("drill"),
        bpm=take.optional_number("bpm", LOWEST_BPM, HIGHEST_BPM),
        beats=take.parsed("beats", Meter.parse),
        subdivision=take.parsed("subdivision", Subdivision.parse),
        input_device=take.optional_line("input_device"),
        output_device=take.optional_line("output_device"),
        lag_s=take.optional_number("lag_s", -LONGEST_LAG_S, LONGEST_LAG_S),
        uid=take.uid(),
    )
    return PortableTake(setup, take.member("state", TakeState), _result(take), _remarks(take))


def _result(take: Fields) -> TakeResult:
    notes = tuple(_notes(take))
    return TakeResult(
        duration_s=take.number("duration_s", 0, DAY_S),
        sounding_s=take.number("sounding_s", 0, DAY_S),
        loud_s=take.number("loud_s", 0, DAY_S),
        finding=take.line("finding"),
        notes=notes,
        runs=tuple(_run(one, len(notes)) for one in take.objects("runs", MOST_NOTES)),
        measures=_measures(take),
        noise_dbfs=_or_nan(take.optional_number("noise_dbfs", -400, 60)),
    )


def _notes(take: Fields) -> Iterator[NoteRow]:
    if take.value("note_columns") != list(NOTE_COLUMNS):
        raise take.wrong("note_columns", f"they are not {', '.join(NOTE_COLUMNS)}")
    for number, row in enumerate(take.listed("notes", MOST_NOTES), 1):
        values = take.optional_numbers(f"note {number}", row, NOTE_RANGES)
        if values[0] is None:
            raise take.wrong(f"note {number} onset_s", "it is missing")
        yield NoteRow(*(_or_nan(one) for one in values))


def _run(run: Fields, n_notes: int) -> RunRow:
    first_note = run.count("first_note", n_notes)
    return RunRow(
        first_note=first_note,
        n_notes=run.count("n_notes", n_notes - first_note),
        direction=run.matching("direction", "up|down|"),
        sd_ioi_s=_or_nan(run.optional_number("sd_ioi_s", 0, DAY_S)),
        mean_ioi_s=_or_nan(run.optional_number("mean_ioi_s", 0, DAY_S)),
    )


def _measures(take: Fields) -> tuple[MeasureRow, ...]:
    found: dict[str, MeasureRow] = {}
    for one in take.objects("measures", MOST_MEASURES):
        measure = _measure(one)
        if measure.key in found:
            raise take.wrong("measures", f"{measure.key} is there twice")
        found[measure.key] = measure
    return tuple(found.values())


def _measure(measure: Fields) -> MeasureRow:
    key, unit = measure.matching("key", "[a-z][a-z0-9_]{0,79}"), measure.line("unit")
    most = MEASURE_RANGES.get(unit, LARGEST_MEASURE)
    return MeasureRow(
        key=key,
        unit=unit,
        n=measure.count("n", MOST_NOTES),
        value=_or_nan(
            measure.optional_number("value", 0.0 if _SPREAD.search(key) else -most, most)
        ),
        low=_or_nan(measure.optional_number("low", -most, most)),
        high=_or_nan(measure.optional_number("high", -most, most)),
        detector_error=_or_nan(measure.optional_number("detector_error", -most, most)),
        reason=measure.line("reason"),
    )


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value


def _remarks(fields: Fields) -> tuple[Remark, ...]:
    return tuple(_remark(one) for one in fields.objects("remarks", MOST_REMARKS))


def _remark(remark: Fields) -> Remark:
    kind, made_utc_s = remark.member("kind", RemarkKind), remark.past_utc_s("made_utc_s")
    number, text = remark.optional_number("number", 0, DAY_S), remark.line("text")
    uid = remark.uid()
    try:
        return Remark(made_utc_s=made_utc_s, kind=kind, number=number, text=text, uid=uid)
    except ValueError as error:
        raise remark.wrong(kind.value, str(error)) from error
