"""Pain, effort and stops in words: they stand before every number about playing."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from practiceear.journal.reading import DayLoad
from practiceear.journal.records import Remark, RemarkKind
from practiceear.plain_text import printable
from practiceear.practice.body import Body
from practiceear.reports.practice_words import STOP_WORDS
from practiceear.reports.words import counted

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
