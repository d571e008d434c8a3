"""A session as it is played: events in, instructions out, by one table of transitions.

Nothing here opens a device, reads a clock or draws: moments are passed in, so that a session of
an hour can be played in a test. Stopping overrides everything; after it no event leads back to
playing. A handler takes the state, the instruction that the event answers, and the event.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from practiceear.practice.advice import Advice, Reason
from practiceear.practice.instructions import (
    PLANNED,
    Answered,
    Ask,
    Breathe,
    CountInBegins,
    EndingEvent,
    Event,
    Instruction,
    Pause,
    Paused,
    Play,
    Rehearse,
    ReportNow,
    Rest,
    Resume,
    RunEnded,
    ShowResult,
    Skip,
    Stop,
    Stopped,
    TimeUp,
)
from practiceear.practice.rest import DETECTION_RULES, SAME_S
from practiceear.practice.session_drills import RESULT_S, SHORTEST_S
from practiceear.practice.session_state import SessionState
from practiceear.practice.steps import RunSummary, StepKind, has_enough_notes

Handler = Callable[..., None]

EMPTY_RUNS = 2
"""Runs without a recording, in a row, after which a step that would wait for more is over."""

# What is recorded: the end of a run.


def end_run(state: SessionState, play: Play, event: RunEnded) -> None:
    """Count the run, move its ladder; then rest, breathe, or begin the next run or step."""
    summary, kind = event.summary, play.step.kind
    is_counted = has_enough_notes(summary, play.step.drill)
    # What is to be compared for months is played again where it was not recorded.
    state.n_played += is_counted or kind is not StepKind.ASSESSMENT
    state.n_empty = 0 if is_counted else state.n_empty + 1
    progress = state.progress_of(play.step)
    state.last_rung = progress.after_run(summary) if progress is not None else None
    # Advice on this drill's blocks, so before the next step begins.
    reason = state.advice(is_between_runs=True)
    is_last = _is_step_over(state, play)
    breath = _breath_after(state, play, summary, is_last=is_last)
    if is_last:
        state.leave_step()
    _rest_or_go_on(state, reason, breath)


def _is_step_over(state: SessionState, play: Play) -> bool:
    progress = state.progress_of(play.step)
    if progress is not None and progress.is_done:
        return True
    may_wait = play.n_runs == 0 or play.step.kind is StepKind.ASSESSMENT
    if may_wait and state.n_empty >= EMPTY_RUNS:
        return True
    if play.n_runs:
        return state.n_played >= play.n_runs
    spent_s = state.clock_s - state.step_began_s + state.plan.rules.breath_s
    return play.step.length_s - spent_s < SHORTEST_S


def _breath_after(
    state: SessionState, play: Play, summary: RunSummary | None, *, is_last: bool
) -> Breathe:
    step, progress = play.step, state.progress_of(play.step)
    is_shown = may_show = False
    if summary is not None and step.kind is StepKind.DRILL and progress is not None:
        is_shown = progress.feedback.is_shown_after(progress.n_runs)
        may_show = True
    elif summary is not None and step.kind is StepKind.ASSESSMENT:
        is_shown = may_show = is_last
    length_s = max(state.plan.rules.breath_s, RESULT_S if is_shown else 0.0)
    # The result of a performance is shown when all is over.
    is_performed = summary is not None and step.kind is StepKind.PERFORMANCE
    state.is_result_due = is_shown or is_performed
    return Breathe(state.clock_s + length_s, step, is_shown, may_show)


# What is next: breaths, rehearsals and steps.


def _rest_or_go_on(state: SessionState, reason: Reason, breath: Breathe | None) -> None:
    """Rest where detected fatigue asks for it and more would be played; else breathe, go on."""
    is_playing_left = any(step.is_playing for step in state.coming)
    following = (step for step in state.coming if step.kind is not StepKind.ASK)
    coming = next(following, None)  # before a planned rest effort and pain are asked for
    is_planned_next = coming is not None and coming.kind is StepKind.REST
    is_due = reason.rule in DETECTION_RULES and state.load.may_rest
    if is_due and is_playing_left and not is_planned_next:
        state.now = state.rest_now(reason.rest_s, reason.rule)
    elif breath is not None and _is_breath_next(state, breath):
        state.now, state.is_result_due = breath, False
    else:
        state.begin_step()


def _is_breath_next(state: SessionState, breath: Breathe) -> bool:
    """Whether there is time for a breath, and a run to wait for or a result to read."""
    length_s, step = breath.until_s - state.clock_s, state.step
    if length_s <= 0.0:
        return False
    if step is None or not step.is_playing:
        return breath.is_result_shown and state.load.clock.due(length_s) is None
    return state.drills.rest_before(step, length_s) is None


def begin_step(state: SessionState, _now: Breathe, _event: Event) -> None:
    """Begin the next run or step."""
    state.begin_step()


def leave_step(state: SessionState, _now: Instruction, _event: Event) -> None:
    """Leave the step, and begin the next one."""
    state.leave_step()
    state.begin_step()


def leave_breath(state: SessionState, breath: Breathe, _event: Skip) -> None:
    """Leave the step of which more runs would follow, and begin the next one."""
    if breath.step is state.step:
        state.leave_step()
    state.begin_step()


def show_result(state: SessionState, breath: Breathe, _event: Event) -> None:
    """Show the result of the last run."""
    if breath.may_show_result:
        state.now = replace(breath, is_result_shown=True)


def begin_count_in(state: SessionState, rehearsal: Rehearse, event: CountInBegins) -> None:
    """Start the time of a rehearsal."""
    state.now = replace(rehearsal, began_s=state.clock_s + event.in_s)


def stop(state: SessionState, _now: Instruction, event: Stop) -> None:
    """End the session."""
    state.now = Stopped(event.rule)


# What is asked.


def ask(state: SessionState, now: Instruction, _event: Event) -> None:
    """Ask for effort and pain at once; a rest or a pause is resumed afterwards."""
    before = now if isinstance(now, Rest | Paused) else None
    state.now = Ask(is_planned=False, before=before)


def answer(state: SessionState, question: Ask, event: Answered) -> None:
    """Take the answers; stop where they ask for it, else resume, rest or go on."""
    state.load.add_answers(event.effort, event.pain)
    state.has_answered = True
    if question.is_planned:
        state.leave_step()
    reason = state.advice()
    if reason.advice is Advice.STOP:  # also after the last step of a session
        state.now = Stopped(reason.rule)
    elif question.before is not None:
        state.now = question.before
    else:
        _rest_or_go_on(state, reason, None)


def skip_question(state: SessionState, question: Ask, _event: Skip) -> None:
    """Go on without answers."""
    answer(state, question, Answered())


# What rests.


def end_rest(state: SessionState, rest: Rest, _event: Event) -> None:
    """End a rest; only time does."""
    if state.clock_s < rest.until_s - SAME_S:
        return
    state.add_rest(state.clock_s - rest.began_s)
    state.is_rested = True
    if rest.rule == PLANNED:
        state.leave_step()
    state.begin_step()


def leave_rest_out(state: SessionState, rest: Rest, _event: Skip) -> None:
    """Leave a rest out, where the player may."""
    if not rest.may_be_left_out:
        return
    state.add_rest(state.clock_s - rest.began_s)
    state.load.leave_rest_out()
    state.is_rested = True
    state.begin_step()


def pause(state: SessionState, now: Play | Breathe | Rest | Rehearse, _event: Event) -> None:
    """Interrupt."""
    state.now = Paused(state.clock_s, now)


def resume(state: SessionState, paused: Paused, _event: Event) -> None:
    """Resume where the pause began, later by its length; runs and rehearsals begin anew."""
    before, paused_s = paused.before, state.clock_s - paused.began_s
    state.add_rest(paused_s)
    match before:
        case Breathe():
            state.now = replace(before, until_s=before.until_s + paused_s)
        case Rest():
            began_s, until_s = before.began_s + paused_s, before.until_s + paused_s
            state.now = replace(before, began_s=began_s, until_s=until_s)
        case Play() | Rehearse():  # nobody finds back into the middle of it
            if isinstance(before, Play):
                state.step_began_s += paused_s
            state.begin_step()


def skip_paused(state: SessionState, paused: Paused, event: Skip) -> None:
    """End the pause, and skip what it interrupted."""
    state.add_rest(state.clock_s - paused.began_s)
    state.now = paused.before
    skips: dict[type[Instruction], Handler] = {Breathe: leave_breath, Rest: leave_rest_out}
    skips.get(type(paused.before), leave_step)(state, paused.before, event)


TRANSITIONS: dict[type[Instruction], dict[type[Event], Handler]] = {
    Play: {
        RunEnded: end_run,
        Skip: leave_step,
        Pause: pause,
        ReportNow: ask,
        Stop: stop,
    },
    Breathe: {
        TimeUp: begin_step,
        ShowResult: show_result,
        Skip: leave_breath,
        Pause: pause,
        ReportNow: ask,
        Stop: stop,
    },
    Rest: {
        TimeUp: end_rest,
        Skip: leave_rest_out,
        Pause: pause,
        ReportNow: ask,
        Stop: stop,
    },
    Rehearse: {
        CountInBegins: begin_count_in,
        TimeUp: leave_step,
        Skip: leave_step,
        Pause: pause,
        ReportNow: ask,
        Stop: stop,
    },
    Ask: {
        Answered: answer,
        Skip: skip_question,
        Stop: stop,
    },
    Paused: {
        Resume: resume,
        TimeUp: resume,
        Skip: skip_paused,
        ReportNow: ask,
        Stop: stop,
    },
}
"""The handler of each event that can answer an instruction; all others change nothing.

`Stopped` and `Done` are final. After every event, rules of ``advice.py`` may stop the session.
"""


class SessionRun(SessionState):
    """One session."""

    def feed(self, event: Event, at_s: float) -> Instruction:
        """Take an event; return the instruction that follows.

        ``at_s``: seconds since the session began; never decreases.
        """
        if self.is_over:
            return self.now
        if isinstance(self.now, Play | Breathe):
            self.load.add_playing(at_s - self.clock_s)
        self.clock_s = at_s
        handler = TRANSITIONS[type(self.now)].get(type(event))
        if handler is not None:
            if isinstance(event, EndingEvent) and event.summary is not None:
                self.load.sounding_s += event.summary.sounding_s
                self.load.loud_s += event.summary.loud_s
            handler(self, self.now, event)
        reason = self.advice()
        if reason.advice is Advice.STOP and not self.is_over:
            self.now = Stopped(reason.rule)
        return self.now
