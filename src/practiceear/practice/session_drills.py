"""The drills of a session: how far each has come, and the run that comes next."""

from __future__ import annotations

from collections.abc import Sequence

from practiceear.practice.drill_progress import DrillProgress, gap_of_run
from practiceear.practice.feedback import feedback_for
from practiceear.practice.instructions import Play, Rehearse
from practiceear.practice.load import SessionLoad
from practiceear.practice.past_practice import PastPractice
from practiceear.practice.plan import PlannedDrill, PracticePlan
from practiceear.practice.rest import LEVEL_RULE, SAME_S, DueRest
from practiceear.practice.schedule import RESULT_S, Step, StepKind, run_length_s

SHORTEST_S = 5.0
"""A step that goes by time ends where less than this is left of it."""

OPENING_S = 2.0
"""Devices may take so long to open before a run."""

COUNT_IN_BARS = 2
"""So much time before a run is reckoned with where a ceiling is near."""


class SessionDrills:
    """All drills of a session.

    Parameters
    ----------
    plan
        Sets the ceilings.
    past
        What is known of the player.
    load
        What the session has cost so far.
    steps
        Of the session: a performance at its end keeps its time below the ceilings.

    Attributes
    ----------
    has_rested_for_level
        Whether the one rest of a level was taken.
    """

    def __init__(
        self, plan: PracticePlan, past: PastPractice, load: SessionLoad, steps: Sequence[Step]
    ) -> None:
        self._plan, self._past, self._load = plan, past, load
        self._by_planned: dict[PlannedDrill, DrillProgress] = {}
        self.has_rested_for_level = False
        performances = [one for one in steps if one.kind is StepKind.PERFORMANCE]
        before_s = max(plan.rules.breath_s, RESULT_S) + OPENING_S
        self._performance_s = sum(before_s + self._needed_s(one) for one in performances)

    def progress_of(self, step: Step) -> DrillProgress | None:
        """How far the drill of a step has come; None where it is on no ladder."""
        if step.planned is None or step.drill is None:
            return None
        planned, name = step.planned, step.drill.name
        if planned not in self._by_planned:
            self._by_planned[planned] = DrillProgress(
                planned,
                feedback_for(self._past.n_sessions.get(name, 0)),
                self._past.easy_cv.get(name),
                self._plan.ceiling.bpm,
                self._past.ladders.get(name),
            )
        return self._by_planned[planned]

    def rested(self) -> None:
        """What was heard so far has been rested for."""
        for one in self._by_planned.values():
            one.rested()

    def rest_before(self, step: Step, wait_s: float = 0.0) -> DueRest | None:
        """The rest that must come before a run of a step; None where none must.

        Parameters
        ----------
        wait_s
            What still passes at the instrument before the run.
        """
        return self._load.rests.due(wait_s + self._alone_s(step))

    def fits(self, step: Step) -> bool:
        """Whether a run of it stays below the ceilings, and is still to be played or imagined.

        What is neither always fits.
        """
        progress = self.progress_of(step)
        if progress is not None and progress.is_done:
            return False
        if not step.is_playing:
            return True
        if step.drill is None or self._is_level_over(step):
            return False
        needed_s = self._needed_s(step)
        longest_s = self._plan.rules.longest_playing_s
        return needed_s <= self._left_s(step) and self._alone_s(step) <= longest_s

    def _is_level_over(self, step: Step) -> bool:
        """Whether it would need a second rest of its level: a level plays, rests, plays."""
        rest = self.rest_before(step) if self.has_rested_for_level else None
        return rest is not None and rest.rule == LEVEL_RULE

    def _needed_s(self, step: Step) -> float:
        """Time for a run of it."""
        if step.drill is None or not step.n_runs:
            return SHORTEST_S
        bar_s = step.drill.meter.n_beats * 60.0 / self._bpm(step)
        return run_length_s(step.drill, self._bpm(step)) + COUNT_IN_BARS * bar_s

    def _alone_s(self, step: Step) -> float:
        """Time without a rest for a run of it, and for what follows without one."""
        return OPENING_S + self._needed_s(step) + self._kept_s(step)

    def _kept_s(self, step: Step) -> float:
        """What must be kept free for a performance that follows without a rest."""
        if step.kind is StepKind.PERFORMANCE or self._plan.level is None:
            return 0.0
        return self._performance_s

    def _left_s(self, step: Step) -> float:
        """How much of it may still be played below the ceilings."""
        left_s = self._load.left_s
        return left_s if step.kind is StepKind.PERFORMANCE else left_s - self._performance_s

    def _longest_s(self, step: Step) -> float:
        """How long a run may last before a rest or the end: a rest must not wait for devices."""
        left_s = self._left_s(step)
        until_rest_s = self._load.rests.left_s - self._kept_s(step)
        return left_s if left_s <= until_rest_s + SAME_S else min(left_s, until_rest_s - OPENING_S)

    def play(self, step: Step, number: int, spent_s: float) -> Play:
        """Build the order for a run.

        Parameters
        ----------
        number
            Which run of the step, from 1.
        spent_s
            How long the step has gone on.
        """
        drill, bpm, progress = step.drill, self._bpm(step), self.progress_of(step)
        if drill is None:
            raise ValueError(f"a step of {step.kind.value} needs its drill")
        longest_s = max(SHORTEST_S, step.length_s - spent_s - self._plan.rules.breath_s)
        if step.n_runs:
            # Time for the count-in, for coming in a bar late, and for a slow ending.
            longest_s = 2.0 * run_length_s(drill, bpm) + 3.0 * drill.meter.n_beats * 60.0 / bpm
        return Play(
            step=step,
            bpm=bpm,
            number=number,
            n_runs=step.n_runs,
            longest_s=min(longest_s, self._longest_s(step)),
            gap=gap_of_run(drill, bpm, progress.feedback) if progress is not None else None,
            is_excursion=progress is not None and progress.is_excursion,
        )

    def rehearse(self, step: Step) -> Rehearse:
        """Build the order for imagining the run of a drill that comes next, at its tempo."""
        if step.drill is None:
            raise ValueError(f"a step of {step.kind.value} needs its drill")
        progress = self.progress_of(step)
        return Rehearse(
            step.drill, self._allowed_bpm(step.bpm if progress is None else progress.bpm)
        )

    def _bpm(self, step: Step) -> float:
        progress = self.progress_of(step)
        return self._allowed_bpm(step.bpm if progress is None else progress.bpm)

    def _allowed_bpm(self, bpm: float) -> float:
        ceiling_bpm = self._plan.ceiling.bpm
        return bpm if ceiling_bpm is None else min(bpm, ceiling_bpm)
