"""Words of a practice session, for the screens and for the lines without a screen."""

from __future__ import annotations

import calendar
from dataclasses import dataclass

from practiceear.practice.continued_ladder import ContinuedLadder, ResumeReason
from practiceear.practice.drill import Drill
from practiceear.practice.instructions import (
    PLANNED,
    PLAYER,
    UNANSWERED,
    Ask,
    Breathe,
    Done,
    Instruction,
    Paused,
    Play,
    Rehearse,
    Rest,
    Stopped,
)
from practiceear.practice.ladder import LadderKind, RungResult
from practiceear.practice.plan import PracticePlan
from practiceear.practice.rest import LEVEL_RULE, PAIN_RULES, ReturnLevel
from practiceear.practice.session_limits import AfterPain, plan_after_pain
from practiceear.practice.session_run import SessionRun
from practiceear.practice.steps import StepKind

REST_STAYS = "This rest cannot be left out"
NO_DIAGNOSIS = "This is a practice plan, not a diagnosis."
EFFORT_QUESTION = "How much effort was it? 0 none, 10 the most you can imagine"
PAIN_QUESTION = "How much pain is there now? 0 none, 10 the worst you can imagine"
TYPE_ANSWER = "Type a number from 0 to 10, then Enter"
SKIP_ANSWER = "s and Enter skip this question"
LONGEST_QUOTE = 20
NOTHING_HEARD = "Nothing was heard."

REST_WORDS = {
    PLANNED: "the plan asks for it here",
    LEVEL_RULE: "your level of the return asks for it here",
    "short rest due": "you have played long enough without one",
    "long rest due": "you have played long enough with short rests only",
    "effort": "you said this was hard work",
    "softer": "you have become softer: often the first sign of tired muscles",
    "less even": "you have become less even than you began",
}
"""Why a rest comes, by the name of the rule."""


@dataclass(frozen=True, slots=True)
class StopWords:
    """How a rule ended a session.

    ``reason``: shown to the player, after "The session is over:". ``afterwards``: shown beside the
    session in the journal.
    """

    reason: str
    afterwards: str


STOP_WORDS = {
    "pain": StopWords("the pain has reached the plan's limit", "stopped because of pain"),
    "pain rise": StopWords(
        "the pain has grown by more than the plan allows", "stopped because the pain grew"
    ),
    "sounding ceiling": StopWords(
        "today's playing time is used up", "ended, as the day's playing time was used up"
    ),
    "loud ceiling": StopWords(
        "today's loud playing time is used up", "ended, as the day's loud playing time was used up"
    ),
    "session ceiling": StopWords(
        "the time of this session is used up", "ended, as the time of the session was used up"
    ),
    PLAYER: StopWords("you ended the session", "ended by the player"),
    UNANSWERED: StopWords(
        "nobody answered, and without an answer it does not go on",
        "ended, as nobody answered the question",
    ),
}
"""By the name of the rule."""

RUNG_WORDS = {
    RungResult.STAY: "the same tempo again",
    RungResult.UP: "up to the next tempo",
    RungResult.BACK: "a little slower",
    RungResult.DONE: "the target is reached",
}

LARGE_WORDS: dict[type[Instruction], str] = {
    Play: "PLAY",
    Breathe: "BREATHE",
    Rest: "REST",
    Rehearse: "IMAGINE",
    Ask: "HOW IS IT",
    Paused: "PAUSE",
    Stopped: "STOP",
    Done: "DONE",
}

DAYS_OF_WEEK = 7


def unreadable_words(typed: str) -> str:
    """The reply to a text that is no answer; empty where nothing was typed."""
    if not typed:
        return "The question is still open."
    return f"{typed[:LONGEST_QUOTE]!r} is not a number from 0 to 10."


def large_words(instruction: Instruction) -> str:
    """One or two words for large letters."""
    return LARGE_WORDS[type(instruction)]


def play_words(play: Play) -> str:
    """A run in one line: purpose, drill, tempo, number."""
    drill = play.step.drill
    title = drill.title if drill is not None else ""
    tempo = "" if play.program is None else f", {play.bpm:.4g} bpm"
    run = f", run {play.number} of {play.n_runs}" if play.n_runs else ""
    return f"{purpose_words(play)}: {title}{tempo}{run}"


def purpose_words(play: Play) -> str:
    """What a run is for."""
    kind = play.step.kind
    if kind is StepKind.ASSESSMENT:
        return "Assessment, always the same"
    if kind is StepKind.PERFORMANCE:
        return "As in a concert, once"
    if kind is StepKind.WARM_UP:
        return "Warm-up, as you like"
    return "For once at another tempo" if play.is_excursion else "Drill"


def rest_words(rest: Rest) -> str:
    """Why to rest."""
    return f"Rest now: {REST_WORDS.get(rest.rule, rest.rule)}."


def rehearsal_words(rehearsal: Rehearse) -> str:
    """What is imagined, in one line."""
    tempo = "" if rehearsal.program is None else f", {rehearsal.bpm:.4g} bpm"
    return f"Imagine it now, silently: {rehearsal.drill.title}{tempo}."


def bar_words(bar: int) -> str:
    """Which bar begins; those of the count-in are below 0."""
    return "Count-in." if bar < 0 else f"Bar {bar + 1}."


def end_words(run: SessionRun) -> str:
    """How the session ended."""
    if isinstance(run.now, Stopped):
        return stop_words(run.now.rule, run.plan)
    if run.is_cut_short:
        return "The session is done; what was left of it would have gone beyond the plan's limits."
    return "The session is done."


def stop_words(rule: str, plan: PracticePlan) -> str:
    """Why the session is over, and what to do."""
    words = f"The session is over: {STOP_WORDS[rule].reason}."
    if rule in PAIN_RULES:
        return (
            f"{words} Stop for today, and tell {plan.author} before you play again. {NO_DIAGNOSIS}"
        )
    return words


def level_words(level: ReturnLevel) -> str:
    """Playing and resting times of a level of the return."""
    play, rest = (f"{time_s / 60.0:.3g} minutes" for time_s in (level.play_s, level.rest_s))
    return f"{play} of playing, {rest} of rest, {play} of playing"


def after_pain_words(plan: PracticePlan, pain: AfterPain) -> str:
    """What earlier pain means for today; empty where it means nothing."""
    level = plan_after_pain(plan, pain).level
    if pain.back_until is None or level is None or not level.is_back:
        return ""
    return (
        f"You had pain on {pain.days[-1]}: until {pain.back_until} you practise one level back,"
        f" {level_words(level)}. If it hurts, stop and tell {plan.author}."
    )


def rung_words(run: SessionRun) -> str:
    """Effect of the last run on its ladder; empty where it was on none."""
    step = run.step
    progress = run.progress_of(step) if step is not None else None
    if run.last_rung is None or progress is None or not progress.has_ladder:
        return ""
    return RUNG_WORDS[run.last_rung]


def going_on_words(run: SessionRun) -> str:
    """Where the ladder of the step resumes, before its first run of the session; else empty."""
    progress = run.progress_of(run.step) if run.step is not None else None
    if progress is None or progress.continued is None or progress.n_runs:
        return ""
    return f"It {ladder_words(progress.continued)}."


def ladder_words(continued: ContinuedLadder) -> str:
    """Where a ladder resumes and why, as the end of a sentence about its drill."""
    bpm, ended_bpm = continued.state.rung_bpm, continued.ended_bpm
    day = day_words(continued)
    match continued.reason:
        case ResumeReason.AS_ENDED:
            words = f"goes on at {bpm:.4g}, where you ended {day}"
        case ResumeReason.PLAN_IS_SLOWER:
            words = f"goes on at {bpm:.4g}, as the plan asks: you ended at {ended_bpm:.4g} {day}"
        case ResumeReason.LONG_AGO:
            words = f"begins at {bpm:.4g}: you ended at {ended_bpm:.4g} {day}, more than a week ago"
        case ResumeReason.STOPPED:
            words = (
                f"begins at {bpm:.4g}: you ended at {ended_bpm:.4g} {day},"
                " where you tired or reached a limit"
            )
    if continued.ladder.kind is LadderKind.ALTERNATE:
        words += f"; a slow run at {continued.ladder.start_bpm:.4g} before it"
    return words


def day_words(continued: ContinuedLadder) -> str:
    """When a ladder was last played."""
    if continued.n_days <= 0:
        return "today"
    if continued.n_days == 1:
        return "yesterday"
    if continued.n_days < DAYS_OF_WEEK:
        return f"on {calendar.day_name[continued.last_day.weekday()]}"
    return f"on {continued.last_day.isoformat()}"


def note_rows(drill: Drill, width: int) -> list[str]:
    """Notes with their fingering below, in columns that fit into a width."""
    if not drill.notes:
        return ["any pitch" if drill.tone_s is None else f"each tone {drill.tone_s:g} s"]
    cell = max(len(mark) for mark in (*drill.notes, *drill.fingering)) + 1
    n_columns = max(1, width // cell)
    rows = []
    for first in range(0, len(drill.notes), n_columns):
        chosen = slice(first, first + n_columns)
        rows.append("".join(note.ljust(cell) for note in drill.notes[chosen]).rstrip())
        if drill.fingering:
            rows.append("".join(mark.ljust(cell) for mark in drill.fingering[chosen]).rstrip())
    return rows
