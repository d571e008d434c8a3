"""The state of a session: its step, its playing, rests and answers, and what is next."""

from __future__ import annotations

from collections.abc import Sequence

from practiceear.practice.advice import Advice, Reason, SessionLoad
from practiceear.practice.instructions import PLANNED, Ask, Done, Instruction, Rest, Stopped
from practiceear.practice.ladder import RungResult
from practiceear.practice.plan import PracticePlan
from practiceear.practice.rest import DETECTION_RULES, SAME_S, DueRest
from practiceear.practice.session_drills import DrillProgress, SessionDrills
from practiceear.practice.session_limits import PastPractice, plan_after_pain
from practiceear.practice.steps import Step, StepKind


class SessionState:
    """What a session depends on, and how its next instruction follows from it.

    ``steps``: today's, from ``schedule.todays_steps``. ``past``: what is known of the player from
    before.
    """

    def __init__(
        self, plan: PracticePlan, steps: Sequence[Step], past: PastPractice | None = None
    ) -> None:
        self.past = past or PastPractice()
        self.plan = plan_after_pain(plan, self.past.after_pain)
        self.steps = tuple(steps)
        self.load = SessionLoad(self.plan.rules, self.past)
        self.drills = SessionDrills(self.plan, self.past, self.load, self.steps)
        self.at = 0  # index of the current step
        self.n_played = 0  # runs of this step
        self.n_empty = 0  # the last of them, in a row, in which too few notes were detected
        self.clock_s = 0.0  # time of the last event
        self.step_began_s = 0.0  # later by the length of pauses
        self.last_rung: RungResult | None = None  # of the last run; None without a ladder
        self.is_result_due = False  # the result of the last run is to be shown, whatever is next
        self.is_cut_short = False  # runs would have gone beyond a ceiling
        self.is_rested = False  # nothing was played since a rest
        self.has_answered = False  # nothing was played since effort and pain were asked for
        self.now: Instruction = Done()
        stop = self.advice()
        if stop.advice is Advice.STOP:
            self.now = Stopped(stop.rule)
        elif not self.past.pains or self.past.n_sessions_today:  # before every session
            self.now = Ask(is_planned=False, is_first=True)
        else:
            self.begin_step()

    @property
    def is_over(self) -> bool:
        """Whether nothing follows."""
        return isinstance(self.now, Stopped | Done)

    @property
    def coming(self) -> tuple[Step, ...]:
        """The current step, and all after it."""
        return self.steps[self.at :]

    @property
    def step(self) -> Step | None:
        """The current step, or the one that comes next; None after the last."""
        return self.steps[self.at] if self.at < len(self.steps) else None

    def progress_of(self, step: Step) -> DrillProgress | None:
        """Progress of the drill of a step; None where it is on no ladder."""
        return self.drills.progress_of(step)

    def advice(self, *, is_between_runs: bool = False) -> Reason:
        """What the rules of rest advise now."""
        progress = self.progress_of(self.step) if self.step is not None else None
        blocks = progress.unrested_blocks if progress is not None else ()
        return self.load.advice(blocks, is_between_runs=is_between_runs)

    def add_rest(self, rest_s: float) -> None:
        """Add a rest or a pause."""
        if self.load.add_rest(rest_s):
            self.drills.rested()

    def leave_step(self) -> None:
        """Make the next step the current one."""
        if self.step is not None and self.step.kind is StepKind.REST:
            self.load.longest_early_rest_s = 0.0
        self.at += 1
        self.n_played = self.n_empty = 0
        self.step_began_s = self.clock_s

    def begin_step(self) -> None:
        """Begin the current step, or its next run; steps that cannot be played are left out."""
        while (step := self.step) is not None and self._is_left_out(step):
            progress = self.progress_of(step)
            is_passed = progress is not None and progress.is_done
            self.is_cut_short |= step.is_playing and not is_passed
            self.leave_step()
        if step is None:
            self.now = Done()
            return
        if self.n_played == 0:
            self.step_began_s = self.clock_s
        match step.kind:
            case StepKind.ASK:
                self.now = Ask()
            case StepKind.REST:
                self.now = self.rest_now(step.length_s, PLANNED)
            case StepKind.SILENT_REHEARSAL:
                self.now = self.drills.rehearse(step)
            case _:
                self._begin_run(step)

    def rest_now(self, rest_s: float, rule: str) -> Rest:
        """The instruction to rest from now on."""
        return Rest(self.clock_s, self.clock_s + rest_s, rule)

    def _begin_run(self, step: Step) -> None:
        """Begin a run; where a rest must come first, ask for effort and pain, and rest."""
        rest = self._due_rest(step)
        if rest is None:
            self.is_result_due = self.is_rested = self.has_answered = False
            spent_s = self.clock_s - self.step_began_s
            self.now = self.drills.play(step, self.n_played + 1, spent_s)
        elif self.has_answered:
            self.now = self.rest_now(rest.rest_s, rest.rule)
        else:
            self.now = Ask(is_planned=False)

    def _due_rest(self, step: Step) -> DueRest | None:
        """The longest rest before a run of a step that nobody may leave out."""
        due = self.drills.rest_before(step)
        reason = self.advice()
        is_effort = reason.advice is Advice.REST and reason.rule not in DETECTION_RULES
        if is_effort and (due is None or due.rest_s < reason.rest_s):
            return DueRest(reason.rule, 0.0, reason.rest_s)
        return due

    def _is_left_out(self, step: Step) -> bool:
        """Whether a step makes no sense now: drills may be passed before their runs are played."""
        if step.kind is StepKind.ASK:  # before a rest that is left out nothing is asked
            if len(self.coming) == 1 or self.coming[1].kind is not StepKind.REST:
                return False
            step = self.coming[1]
        if step.kind is StepKind.REST:
            return self._is_rest_idle(step)
        return not self.drills.fits(step)

    def _is_rest_idle(self, rest: Step) -> bool:
        """Whether a planned rest would follow another one, was taken before, or ends nothing."""
        if self.is_rested or self.load.longest_early_rest_s >= rest.length_s - SAME_S:
            return True
        return not any(step.is_playing and self.drills.fits(step) for step in self.coming)
