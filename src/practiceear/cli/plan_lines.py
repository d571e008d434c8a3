"""Today's session of a plan as lines of text: steps, ceilings, assessments."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from practiceear.moments import clock_words
from practiceear.practice.plan import PracticePlan
from practiceear.practice.schedule import left_out
from practiceear.practice.session_limits import PastPractice
from practiceear.practice.steps import Step, StepKind
from practiceear.reports.practice_words import (
    NO_DIAGNOSIS,
    after_pain_words,
    ladder_words,
    level_words,
)


def plan_lines(
    chosen: PracticePlan, steps: tuple[Step, ...], past: PastPractice, day: date
) -> Iterator[str]:
    """A plan's session of a day in words: steps, ceilings, assessments."""
    yield f"{chosen.name}, by {chosen.author}, for {chosen.instrument}: {day.isoformat()}"
    yield from _level_lines(chosen, past, day)
    yield ""
    yield "start    min  what"
    for step in steps:
        yield _step_line(step)
    total_s = sum(step.length_s for step in steps)
    playing_s = sum(step.length_s for step in steps if step.is_playing)
    yield f"In all {total_s / 60.0:.0f} minutes, {playing_s / 60.0:.0f} of them at the instrument."
    yield from _left_out_lines(chosen, steps, past)
    yield from _ladder_lines(steps, past)
    yield ""
    yield from _limit_lines(chosen, past)
    yield from _assessment_lines(chosen, past)
    yield NO_DIAGNOSIS


def _level_lines(chosen: PracticePlan, past: PastPractice, day: date) -> Iterator[str]:
    if chosen.level is not None:
        over = "; its days are over, the next one is for the author to set"
        is_over = chosen.level_is_over(day)
        times = level_words(chosen.level)
        yield f"Level {chosen.level.number} of the return: {times}{over if is_over else ''}"
    pain = after_pain_words(chosen, past.after_pain)
    if pain:
        yield pain


def _step_line(step: Step) -> str:
    what = step.kind.value
    if step.drill is not None:
        what += f": {step.drill.name}"
        what += f", {step.bpm:g} bpm" if step.drill.tone_s is None else ""
        planned = step.planned
        is_ladder = planned is not None and step.kind is StepKind.DRILL
        if planned is not None and is_ladder and planned.target_bpm > step.bpm:
            what += f" up to {planned.target_bpm:g} ({planned.ladder.value})"
        what += f", {step.n_runs} runs" if step.n_runs > 1 else ""
    return f"{clock_words(round(step.starts_s)):>6} {step.length_s / 60.0:5.1f}  {what}"


def _left_out_lines(
    chosen: PracticePlan, steps: tuple[Step, ...], past: PastPractice
) -> Iterator[str]:
    """Runs of the plan for which the session has no time."""
    found = list(left_out(chosen, steps, is_assessment_due=past.due is not None))
    for run in found:
        what = f"{run.drill} at {run.bpm:g} bpm"
        match run.kind:
            case StepKind.ASSESSMENT:
                runs = f"{run.n_planned} runs of {what}"
                yield f"Warning: the assessment, {runs}, does not fit in the session."
            case StepKind.PERFORMANCE:
                yield f"Warning: the performance, {what}, does not fit in the session."
            case _:
                few = f"only {run.n_fitting}" if run.n_fitting else "none"
                yield f"Warning: {few} of the {run.n_planned} runs of {what} fit in the session."
    if found:
        yield "To play all of it, plan fewer runs, or more minutes at the instrument."


def _ladder_lines(steps: tuple[Step, ...], past: PastPractice) -> Iterator[str]:
    """Where the ladders of today go on, once a drill."""
    names = {
        step.drill.name for step in steps if step.planned is not None and step.drill is not None
    }
    for name, ladder in past.ladders.items():
        if name in names:
            yield f"{name} {ladder_words(ladder)}."


def _limit_lines(chosen: PracticePlan, past: PastPractice) -> Iterator[str]:
    ceiling, rules = chosen.ceiling, chosen.rules
    found = (
        (ceiling.bpm, 1.0, "never faster than {:g} bpm"),
        (rules.session_limit_s, 60.0, "{:g} min at the instrument a session"),
        (rules.sounding_limit_s, 60.0, "{:g} min sounding a day"),
        (rules.loud_limit_s, 60.0, "{:g} min loud a day"),
        (ceiling.sessions_a_day, 1.0, "{:g} sessions a day"),
        (ceiling.rest_between_s, 60.0, "{:g} min between sessions"),
    )
    limits = [words.format(value / unit) for value, unit, words in found if value is not None]
    yield f"Ceilings: {', '.join(limits) or 'none in the plan'}."
    yield (
        f"It ends at pain {rules.pain_limit:g} of 10 or a rise by {rules.pain_rise_limit:g};"
        f" it rests at effort {rules.effort_limit:g}."
    )
    if past.n_sessions_today:
        most = f" of {ceiling.sessions_a_day}" if ceiling.sessions_a_day else ""
        yield f"Sessions that day so far: {past.n_sessions_today}{most}."


def _assessment_lines(chosen: PracticePlan, past: PastPractice) -> Iterator[str]:
    assessment = chosen.assessment
    if assessment is None:
        yield "No assessment is planned."
        return
    what = f"{assessment.n_runs} runs of {assessment.drill.name} at {assessment.bpm:g} bpm"
    if past.due is not None:
        name = f"reassessment of week {past.due.week}" if past.due.week else "baseline"
        yield f"The {name} is due now: {what}."
    if past.upcoming is not None:
        yield f"Next reassessment: week {past.upcoming.week}, {past.upcoming.due_day.isoformat()}."
    elif past.due is None:
        yield "All assessments are done."
