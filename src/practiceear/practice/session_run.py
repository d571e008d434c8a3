"""A session as it is played: fed with what happens, it says what to do now.

Nothing here opens a device, looks at a clock or draws: moments are handed in, so that a
session of an hour can be played in a test. Stopping wins over everything; after it no event
leads back to playing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from practiceear.practice.after_pain import plan_after_pain
from practiceear.practice.drill_progress import DrillProgress
from practiceear.practice.heard_run import HeardRun, was_heard
from practiceear.practice.instructions import (
    PLANNED,
    Answered,
    Ask,
    Breathe,
    CountInBegins,
    Done,
    Event,
    GoOn,
    Order,
    Pause,
    Paused,
    Play,
    Rehearse,
    Rest,
    ResultAsked,
    RunEnded,
    Skip,
    Stop,
    Stopped,
    TimeUp,
    WishToSay,
)
from practiceear.practice.ladder import RungResult
from practiceear.practice.load import SessionLoad
from practiceear.practice.past_practice import PastPractice
from practiceear.practice.plan import PracticePlan
from practiceear.practice.rest import HEARD_RULES, SAME_S, Advice, DueRest, Reason, advise
from practiceear.practice.schedule import RESULT_S, Step, StepKind
from practiceear.practice.session_drills import SHORTEST_S, SessionDrills

EMPTY_RUNS = 2
"""After so many runs running that were not heard, a step that would wait for more is over."""


class SessionRun:
    """One session.

    Parameters
    ----------
    plan
        What is planned.
    steps
        Today's, from ``todays_steps``.
    past
        What is known of the player from before.

    Attributes
    ----------
    now
        What is to be done now.
    last_rung
        Where the last run led on its ladder; None where it was not on one.
    is_result_due
        Whether the result of the last run is to be shown, wherever one goes from it.
    is_cut_short
        Whether runs were left out because they would have gone beyond a ceiling.
    at
        Which of the steps is on.
    """

    def __init__(
        self, plan: PracticePlan, steps: Sequence[Step], past: PastPractice | None = None
    ) -> None:
        self.past = past or PastPractice()
        self.plan = plan_after_pain(plan, self.past.after_pain)
        self.steps = tuple(steps)
        self.last_rung: RungResult | None = None
        self.is_result_due = self.is_cut_short = False
        self.at = 0
        self._load = SessionLoad(self.plan.rules, self.past)
        self._drills = SessionDrills(self.plan, self.past, self._load, self.steps)
        self._n_played = 0  # runs of this step
        self._n_empty = 0
        self._is_rested = False  # nothing was played since a rest
        self._rested_early_s = 0.0  # longest rest since the last planned one
        self._is_asked = False  # nothing was played since effort and pain were asked
        self._step_began_s = 0.0
        self._clock_s = 0.0
        self.now: Order = Done()
        stop = self._reason(is_between_runs=False)
        if stop.advice is Advice.STOP:
            self.now = Stopped(stop.rule)
        elif not self.past.pains or self.past.n_sessions_today:  # at every door
            self.now = Ask(is_planned=False, is_first=True)
        else:
            self._begin_step(0.0)

    @property
    def is_over(self) -> bool:
        """Whether nothing follows."""
        return isinstance(self.now, Stopped | Done)

    @property
    def step(self) -> Step | None:
        """The step that is on, or comes next; None after the last."""
        return self.steps[self.at] if self.at < len(self.steps) else None

    def progress_of(self, step: Step) -> DrillProgress | None:
        """How far the drill of a step has come; None where it is on no ladder."""
        return self._drills.progress_of(step)

    def feed(self, event: Event, at_s: float) -> Order:
        """Take in what happened at a moment; return what is to be done now.

        An event that makes no sense just now changes nothing.

        Parameters
        ----------
        at_s
            Seconds since the session began; never runs backwards.
        """
        if self.is_over:
            return self.now
        self._pass_time(at_s)
        before = self.now
        match event:
            case Stop(heard, rule):
                self._hear(heard)
                self.now = Stopped(rule)
            case RunEnded(heard) if isinstance(before, Play):
                self._after_run(before, heard)
            case Skip(heard):
                self._hear(heard)
                self._skip(before)
            case Pause(heard) if not isinstance(before, Ask | Paused | Stopped | Done):
                self._hear(heard)
                self.now = Paused(at_s, before)
            case GoOn() | TimeUp() if isinstance(before, Paused):
                self._after_pause(before)
            case TimeUp():
                self._after_wait(before)
            case CountInBegins(in_s) if isinstance(before, Rehearse):
                self.now = replace(before, began_s=at_s + in_s)
            case Answered() if isinstance(before, Ask):
                self._after_answer(before, event)
            case WishToSay(heard) if not isinstance(before, Ask):
                self._hear(heard)
                in_rest = before if isinstance(before, Rest | Paused) else None
                self.now = Ask(is_planned=False, before=in_rest)
            case ResultAsked() if isinstance(before, Breathe) and before.may_ask:
                self.now = replace(before, is_result_shown=True)
        self._stop_if_due()
        return self.now

    # What is passed on to the rules.

    def _pass_time(self, at_s: float) -> None:
        if isinstance(self.now, Play | Breathe):
            self._load.at_instrument(at_s - self._clock_s)
        self._clock_s = at_s

    def _hear(self, heard: HeardRun | None) -> None:
        if heard is not None:
            self._load.sounding_s += heard.sounding_s
            self._load.loud_s += heard.loud_s

    def _reason(self, *, is_between_runs: bool) -> Reason:
        progress = self.progress_of(self.step) if self.step is not None else None
        so_far = self._load.so_far(progress, is_between_runs=is_between_runs)
        return advise(self.plan.rules, so_far)

    def _stop_if_due(self) -> None:
        reason = self._reason(is_between_runs=False)
        if reason.advice is Advice.STOP and not self.is_over:
            self.now = Stopped(reason.rule)

    # What follows what.

    def _after_run(self, play: Play, heard: HeardRun | None) -> None:
        self._hear(heard)
        is_heard = was_heard(heard, play.step.drill)
        # What is to be compared for months is played again where it was not heard.
        self._n_played += is_heard or play.step.kind is not StepKind.ASSESSMENT
        self._n_empty = 0 if is_heard else self._n_empty + 1
        progress = self.progress_of(play.step)
        self.last_rung = progress.after_run(heard) if progress is not None else None
        # Asked of this drill's blocks, so before the next step begins.
        reason = self._reason(is_between_runs=True)
        is_last = self._is_step_over(play)
        breath = self._breath(play, heard, is_last=is_last)
        if is_last:
            self._leave_step()
        self._rest_or(reason, breath)

    def _is_step_over(self, play: Play) -> bool:
        progress = self.progress_of(play.step)
        if progress is not None and progress.is_done:
            return True
        is_given_up = play.n_runs == 0 or play.step.kind is StepKind.ASSESSMENT
        if is_given_up and self._n_empty >= EMPTY_RUNS:
            return True
        if play.n_runs:
            return self._n_played >= play.n_runs
        spent_s = self._clock_s - self._step_began_s + self.plan.rules.breath_s
        return play.step.length_s - spent_s < SHORTEST_S

    def _breath(self, play: Play, heard: HeardRun | None, *, is_last: bool) -> Breathe:
        step, progress = play.step, self.progress_of(play.step)
        is_shown = may_ask = False
        if heard is not None and step.kind is StepKind.DRILL and progress is not None:
            is_shown = progress.feedback.is_shown_after(progress.n_runs)
            may_ask = True
        elif heard is not None and step.kind is StepKind.ASSESSMENT:
            is_shown = may_ask = is_last
        length_s = max(self.plan.rules.breath_s, RESULT_S if is_shown else 0.0)
        # Of a performance it is told when all is over.
        is_performed = heard is not None and step.kind is StepKind.PERFORMANCE
        self.is_result_due = is_shown or is_performed
        return Breathe(self._clock_s + length_s, step, is_shown, may_ask)

    def _rest_or(self, reason: Reason, breath: Breathe | None) -> None:
        """Rest where what was heard asks for it and more would be played; else breathe, go on."""
        is_playing_left = any(one.is_playing for one in self.steps[self.at :])
        following = (one for one in self.steps[self.at :] if one.kind is not StepKind.ASK)
        coming = next(following, None)  # before a planned rest effort and pain are asked for
        is_planned_next = coming is not None and coming.kind is StepKind.REST
        is_due = reason.rule in HEARD_RULES and self._load.may_rest
        if is_due and is_playing_left and not is_planned_next:
            self.now = Rest(self._clock_s, self._clock_s + reason.rest_s, reason.rule)
            return
        if breath is not None and self._is_breath_next(breath):
            self.now, self.is_result_due = breath, False
        else:
            self._begin_step(self._clock_s)

    def _is_breath_next(self, breath: Breathe) -> bool:
        """Whether there is time for a breath, and something to breathe or to look at."""
        length_s, step = breath.until_s - self._clock_s, self.step
        if length_s <= 0.0:
            return False
        if step is None or not step.is_playing:
            return breath.is_result_shown and self._load.rests.due(length_s) is None
        return self._drills.rest_before(step, length_s) is None

    def _after_wait(self, before: Order) -> None:
        if isinstance(before, Rest):
            if self._clock_s < before.until_s - SAME_S:
                return  # only time ends a rest
            self._rested(self._clock_s - before.began_s)
            self._is_rested = True
            if before.rule == PLANNED:
                self._leave_step()
        if isinstance(before, Rehearse):
            self._leave_step()
        if isinstance(before, Breathe | Rest | Rehearse):
            self._begin_step(self._clock_s)

    def _after_answer(self, before: Ask, said: Answered) -> None:
        self._load.say(said)
        self._is_asked = True
        if before.is_planned:
            self._leave_step()
        reason = self._reason(is_between_runs=False)
        if reason.advice is Advice.STOP:  # said as the last of a session, too
            self.now = Stopped(reason.rule)
        elif before.before is not None:
            self.now = before.before
        else:
            self._rest_or(reason, None)

    def _after_pause(self, paused: Paused) -> None:
        before, paused_s = paused.before, self._clock_s - paused.began_s
        self._rested(paused_s)
        match before:
            case Play():
                self._step_began_s += paused_s
                self._begin_step(self._clock_s)
            case Breathe():
                self.now = replace(before, until_s=before.until_s + paused_s)
            case Rest():
                began_s, until_s = before.began_s + paused_s, before.until_s + paused_s
                self.now = replace(before, began_s=began_s, until_s=until_s)
            case Rehearse():  # nobody finds back into the middle of what is imagined
                self._begin_step(self._clock_s)

    def _skip(self, before: Order) -> None:
        if isinstance(before, Paused):
            self._rested(self._clock_s - before.began_s)
            before = before.before
        match before:
            case Ask():
                self._after_answer(before, Answered())
                return
            case Rest():
                if not before.may_be_left_out:
                    self.now = before
                    return
                self._rested(self._clock_s - before.began_s)
                self._load.leave_rest_out()
                self._is_rested = True
            case Breathe():
                if before.step is self.step:  # more runs of it would follow
                    self._leave_step()
            case _:
                self._leave_step()
        self._begin_step(self._clock_s)

    def _rested(self, rest_s: float) -> None:
        rules = self.plan.rules
        self._rested_early_s = max(self._rested_early_s, rest_s)
        self._load.rests.rest(rest_s)
        if rest_s >= min(rules.short_rest_s, rules.long_rest_s) - SAME_S:
            self._load.rested_for_effort()
            self._drills.rested()
        if rules.level_rest_s is not None and rest_s >= rules.level_rest_s - SAME_S:
            self._drills.has_rested_for_level = True

    def _leave_step(self) -> None:
        if self.step is not None and self.step.kind is StepKind.REST:
            self._rested_early_s = 0.0
        self.at += 1
        self._n_played = self._n_empty = 0
        self._step_began_s = self._clock_s

    def _begin_step(self, at_s: float) -> None:
        """Begin the step that is on, or its next run; steps that cannot be played are left out."""
        while (step := self.step) is not None and self._is_left_out(step):
            progress = self.progress_of(step)
            is_passed = progress is not None and progress.is_done
            self.is_cut_short |= step.is_playing and not is_passed
            self._leave_step()
        if step is None:
            self.now = Done()
            return
        if self._n_played == 0:
            self._step_began_s = at_s
        match step.kind:
            case StepKind.ASK:
                self.now = Ask()
            case StepKind.REST:
                self.now = Rest(at_s, at_s + step.length_s, PLANNED)
            case StepKind.SILENT_REHEARSAL:
                self.now = self._drills.rehearse(step)
            case _:
                self._begin_run(step, at_s)

    def _begin_run(self, step: Step, at_s: float) -> None:
        """Begin a run; where a rest must come first, ask for effort and pain, and rest."""
        rest = self._due_rest(step)
        if rest is None:
            self.is_result_due = self._is_rested = self._is_asked = False
            spent_s = at_s - self._step_began_s
            self.now = self._drills.play(step, self._n_played + 1, spent_s)
        elif self._is_asked:
            self.now = Rest(at_s, at_s + rest.rest_s, rest.rule)
        else:
            self.now = Ask(is_planned=False)

    def _due_rest(self, step: Step) -> DueRest | None:
        """The longest rest that nobody may leave out before a run of a step."""
        due = self._drills.rest_before(step)
        reason = self._reason(is_between_runs=False)
        is_effort = reason.advice is Advice.REST and reason.rule not in HEARD_RULES
        if is_effort and (due is None or due.rest_s < reason.rest_s):
            return DueRest(reason.rule, 0.0, reason.rest_s)
        return due

    def _is_left_out(self, step: Step) -> bool:
        """Whether a step makes no sense now: drills may be passed before their runs are played."""
        coming = self.steps[self.at :]
        if step.kind is StepKind.ASK:  # before a rest that is left out nothing is asked
            if len(coming) == 1 or coming[1].kind is not StepKind.REST:
                return False
            step = coming[1]
        if step.kind is StepKind.REST:
            return self._is_rest_idle(step)
        return not self._drills.fits(step)

    def _is_rest_idle(self, rest: Step) -> bool:
        """Whether a planned rest would follow another one, was taken before, or ends nothing."""
        if self._is_rested or self._rested_early_s >= rest.length_s - SAME_S:
            return True
        left = [one for one in self.steps[self.at :] if one.is_playing]
        return not any(self._drills.fits(one) for one in left)
