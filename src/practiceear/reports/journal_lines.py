"""The journal in lines of text and as CSV: takes, one take whole, what was said of it."""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import fmean

from practiceear.journal.listing import ListedSession
from practiceear.journal.reading import DayLoad
from practiceear.journal.records import (
    MeasureRow,
    Remark,
    RemarkKind,
    SessionKind,
    SessionRecord,
    TakeRecord,
    row_of,
)
from practiceear.metrics.catalogue import CATALOGUE, MetricKey
from practiceear.metrics.metric import Metric
from practiceear.plain_text import csv_cell, printable
from practiceear.practice.body import Body
from practiceear.reports.practice_words import STOP_WORDS
from practiceear.reports.words import counted, spoken

WEEKS = "in the last two weeks of practice"
TELL = "Tell your therapist or doctor before you play again."
REST_MORE = "Rest more often, and tell your therapist or doctor if it stays so."
NO_TAKES = "no takes"
MOST_DATES = 3


def of_ten(value: float) -> str:
    """A pain or an effort on its scale."""
    return f"{round(value, 1):g} of 10"


def stop_words(rule: str) -> str:
    """How a session ended early."""
    words = STOP_WORDS.get(rule)
    return f"stopped: {printable(rule)}" if words is None else words.afterwards


def body_headline(body: Body) -> list[str]:
    """What has to be said before anything else; empty where nothing hurt and nothing was hard."""
    sentences = []
    if body.worst_pain or body.stopped_days:
        sentences.append(_pain_sentence(body))
    if body.is_strained and body.usual_effort is not None:
        effort = of_ten(body.usual_effort)
        sentences.append(f"The last two weeks of practice were hard: effort usually {effort}.")
    return [*sentences, *body_advice(body)]


def body_advice(body: Body) -> list[str]:
    """What to do now; empty where all is well."""
    if body.is_in_pain:
        return [TELL]
    return [REST_MORE] if body.is_strained else []


def _pain_sentence(body: Body) -> str:
    stopped = counted(len(body.stopped_days), "day")
    if not body.worst_pain:
        return f"Pain stopped practice on {stopped} {WEEKS}."
    words = f"{'Pain rose:' if body.has_pain_risen else 'Pain'} up to {of_ten(body.worst_pain)}"
    stops = f"; it stopped practice on {stopped}" if body.stopped_days else ""
    return f"{words} {WEEKS}{stops}."


def body_lines(body: Body) -> list[str]:
    """Worst pain, days that pain stopped, and usual effort: one line each."""
    if not body.days:
        return []
    lines = [_pain_line(body)]
    if body.has_pain_risen:
        lines.append(f"That is {body.pain_rise:g} more than in the two weeks before.")
    if body.stopped_days:
        lines.append(f"Pain stopped practice {_dates(body.stopped_days)}.")
    earlier = body.worst_earlier
    if earlier is not None and (earlier.worst_pain or 0.0) > (body.worst_pain or 0.0):
        lines.append(f"Before: pain up to {of_ten(earlier.worst_pain or 0.0)}, on {earlier.day}.")
    if body.usual_effort is not None:
        lines.append(f"Effort: usually {of_ten(body.usual_effort)}.")
    return lines


def _pain_line(body: Body) -> str:
    n_days = counted(len(body.days), "day")
    if body.worst_pain is None:
        return f"Pain: nothing was said {WEEKS} ({n_days})."
    said = f"said on {body.n_reported} of {n_days}"
    if body.worst_pain == 0.0:
        return f"Pain: none {WEEKS} ({said})."
    worst = f"up to {of_ten(body.worst_pain)} {WEEKS} ({said})"
    return f"Pain: {worst}; that much {_dates(body.worst_days)}."


def _dates(days: Sequence[str]) -> str:
    """On which days; of many, how many and the last one."""
    if len(days) <= MOST_DATES:
        return f"on {', '.join(days)}"
    return f"on {len(days)} days, the last on {days[-1]}"


def day_words(day: DayLoad) -> str:
    """What was said on a day, and how it ended; empty where nothing was."""
    said = _said_words(day.worst_pain, day.mean_effort, day.stops)
    if said and not day.n_takes:
        said.append(NO_TAKES)
    return ", ".join([*said, *(f"“{printable(note)}”" for note in day.notes)])


def session_words(remarks: Sequence[Remark]) -> str:
    """What was said in a session, and how it ended; empty where nothing was."""
    said = _said_words(worst_pain(remarks), mean_effort(remarks), stops(remarks))
    notes = [remark.text for remark in remarks if remark.kind is RemarkKind.NOTE]
    return ", ".join([*said, *(f"“{printable(note)}”" for note in notes)])


def _said_words(pain: float | None, effort: float | None, rules: Sequence[str]) -> list[str]:
    said = [] if pain is None else [f"pain {of_ten(pain)}"]
    if effort is not None:
        said.append(f"effort {of_ten(effort)}")
    return said + list(dict.fromkeys(stop_words(rule) for rule in rules))


def worst_pain(remarks: Sequence[Remark]) -> float | None:
    """Worst pain, 0 to 10; None where nobody said."""
    return max(_numbers(remarks, RemarkKind.PAIN), default=None)


def mean_effort(remarks: Sequence[Remark]) -> float | None:
    """Mean effort, 0 to 10; None where nobody said."""
    efforts = _numbers(remarks, RemarkKind.EFFORT)
    return fmean(efforts) if efforts else None


def stops(remarks: Sequence[Remark]) -> tuple[str, ...]:
    """The rules that ended the session early, in order."""
    return tuple(remark.text for remark in remarks if remark.kind is RemarkKind.STOP)


def _numbers(remarks: Sequence[Remark], kind: RemarkKind) -> list[float]:
    return [
        remark.number for remark in remarks if remark.kind is kind and remark.number is not None
    ]


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


def _take_cells(take: TakeRecord) -> list[object]:
    row = row_of(take) | {"take": take.take_id}
    return [row[column] for column in CSV_COLUMNS if column in row]


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
