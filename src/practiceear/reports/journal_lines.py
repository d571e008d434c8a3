"""The journal in lines of text and as CSV: takes, one take whole, what was said of it."""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Iterable

from practiceear.journal.listing import ListedSession
from practiceear.journal.records import (
    MeasureRow,
    NoteRow,
    Remark,
    RemarkKind,
    SessionKind,
    SessionRecord,
    TakeRecord,
)
from practiceear.journal.rows import NOTE_COLUMNS, or_null
from practiceear.metrics.catalogue import CATALOGUE, MetricKey
from practiceear.metrics.metric import Metric
from practiceear.plain_text import csv_cell, printable
from practiceear.reports.body_lines import (
    NO_TAKES,
    mean_effort,
    of_ten,
    session_words,
    stop_words,
    stops,
    worst_pain,
)
from practiceear.reports.words import counted, spoken

STATES = {"running": "  (running, or cut off)", "cut off": "  (cut off)", "complete": ""}
SESSION_WORDS = {
    SessionKind.FREE: "free practice",
    SessionKind.PLAN: "a plan",
    SessionKind.BASELINE: "a plan, baseline",
    SessionKind.REASSESSMENT: "a plan, reassessment",
}
CSV_COLUMNS = (
    "session",
    "session_kind",
    "worst_pain",
    "mean_effort",
    "stopped",
    "take",
    "started_at",
    "instrument",
    "drill",
    "bpm",
    "state",
    "duration_s",
    "sounding_s",
    "loud_s",
    "n_notes",
    "finding",
)


def list_lines(sessions: Iterable[ListedSession]) -> list[str]:
    """One line a take, and one for what was said in its session or why nothing was played."""
    lines = []
    for session in sessions:
        if session.takes:
            lines += take_lines(session.takes)
        else:
            moment = session.record.started.at[:16].replace("T", " ")
            lines.append(f"{'-':>6}  {moment}  {session_name(session.record)}: {NO_TAKES}")
        words = session_words(session.remarks)
        lines += [f"        session {session.number}: {words}"] if words else []
    return lines or ["The journal holds no such take."]


def session_name(session: SessionRecord) -> str:
    """What a session was for."""
    words = SESSION_WORDS[session.kind]
    return words if session.plan_name is None else f"{words}, {printable(session.plan_name)}"


def session_lines(session: ListedSession) -> list[str]:
    """A session: its takes, all that was said in it, and how many takes have which tag."""
    moment = session.record.started.at[:16].replace("T", " ")
    lines = [f"Session {session.number}, {moment}, {session_name(session.record)}"]
    lines += take_lines(session.takes) if session.takes else [f"        {NO_TAKES}"]
    tags = Counter(remark.text for remark in session.remarks if remark.kind is RemarkKind.TAG)
    said = said_lines(remark for remark in session.remarks if remark.kind is not RemarkKind.TAG)
    said += [f"tag: {printable(tag)} ({counted(n, 'take')})" for tag, n in tags.items()]
    return [*lines, *(f"        {line}" for line in said)]


def take_lines(takes: Iterable[TakeRecord]) -> list[str]:
    """One line a take: number, day and time, what was played, what was found."""
    lines = []
    for take in takes:
        moment = take.setup.started.at[:16].replace("T", " ")
        finding = take.finding or f"{take.n_notes} notes"
        state = STATES[take.state.value]
        lines.append(f"{take.take_id:>6}  {moment}  {_played(take)}: {finding}{state}")
    return lines or ["The journal holds no such take."]


def played_words(take: TakeRecord) -> str:
    """What was played, and whether to its end, on a page of its own."""
    return f"Take {take.take_id} of the journal: {_played(take)}{STATES[take.state.value]}"


def _played(take: TakeRecord) -> str:
    setup = take.setup
    tempo = "" if setup.bpm is None else f" at {setup.bpm:g}"
    if not setup.is_tempo_steady:
        tempo = " at changing tempo"
    return f"{setup.instrument}, {setup.drill or 'free'}{tempo}"


def whole_take_lines(
    take: TakeRecord, measures: Iterable[MeasureRow], remarks: Iterable[Remark]
) -> list[str]:
    """Everything about a take but its notes."""
    below = [*measure_lines(take, measures), *said_lines(remarks)]
    return [*take_lines([take]), *(f"        {line}" for line in below)]


def measure_lines(take: TakeRecord, measures: Iterable[MeasureRow]) -> list[str]:
    """How long a take was, its recording, and its measures."""
    lines = [f"{take.n_notes} notes, {take.duration_s:.0f} s, {take.sounding_s:.0f} s sounding"]
    if take.audio_name:
        lines.append(f"recording: {take.audio_name}")
    known = {row.key: row for row in measures if math.isfinite(row.value)}
    group = ""
    for key, info in CATALOGUE.items():
        if key not in known or not info.label:
            continue
        if info.group != group:
            group = info.group
            lines.append(group)
        row = known[key]
        lines.append(f"  {info.label:<28}{spoken(as_metric(row))} (n {row.n})")
    return lines


def said_lines(remarks: Iterable[Remark]) -> list[str]:
    """One line a remark."""
    return [_said(remark) for remark in remarks]


def _said(remark: Remark) -> str:
    if remark.kind in (RemarkKind.EFFORT, RemarkKind.PAIN) and remark.number is not None:
        return f"{remark.kind.value} {of_ten(remark.number)}"
    if remark.kind is RemarkKind.STOP:
        return stop_words(remark.text)
    if remark.kind is RemarkKind.REST:
        return f"rested {_length_words(remark.number or 0.0)}"
    return f"{remark.kind.value}: {printable(remark.text)}"


def _length_words(time_s: float) -> str:
    """Whole minutes, or seconds where it is less than one."""
    if time_s < 60.0:
        return counted(round(time_s), "second")
    return counted(round(time_s / 60.0), "minute")


def as_metric(row: MeasureRow) -> Metric:
    """The measure that a row was made from."""
    key = MetricKey(row.key)
    return Metric(
        key=key,
        value=row.value,
        n=row.n,
        low=row.low,
        high=row.high,
        detector_error=row.detector_error,
        reason=row.reason,
        is_floor_out=key.info.corrected_of is not None,
    )


def sessions_csv(sessions: Iterable[ListedSession]) -> str:
    """One row a take, and one for each session in which nothing was played.

    Pain, effort and what ended it are of the whole session, in each of its rows.
    """
    return _csv(CSV_COLUMNS, (row for session in sessions for row in _session_rows(session)))


def _session_rows(session: ListedSession) -> list[tuple[object, ...]]:
    said = (
        session.number,
        session.record.kind.value,
        worst_pain(session.remarks),
        mean_effort(session.remarks),
        "; ".join(stops(session.remarks)),
    )
    if not session.takes:
        nothing = [None] * (len(CSV_COLUMNS) - len(said) - 2)
        return [(*said, None, session.record.started.at, *nothing)]
    return [(*said, *_take_cells(take)) for take in session.takes]


def _take_cells(take: TakeRecord) -> tuple[object, ...]:
    return (
        take.take_id,
        take.setup.started.at,
        take.setup.instrument,
        take.setup.drill,
        take.setup.bpm,
        take.state.value,
        take.duration_s,
        take.sounding_s,
        take.loud_s,
        take.n_notes,
        take.finding,
    )


def notes_csv(take_id: int, notes: Iterable[NoteRow]) -> str:
    """One row a note of a take; empty where a quantity is not known."""
    return _csv(
        ("take", *NOTE_COLUMNS),
        ((take_id, *(or_null(getattr(note, name)) for name in NOTE_COLUMNS)) for note in notes),
    )


def _csv(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: object) -> object:
    return "" if value is None else csv_cell(value) if isinstance(value, str) else value


def removed_line(n_removed: int, most_gb: float) -> str:
    """Say that older recordings had to go."""
    what = "recording" if n_removed == 1 else f"{n_removed} recordings"
    return (
        f"The oldest {what} without a tag went, to keep within {most_gb:g} GB;"
        " notes and numbers stay."
    )
