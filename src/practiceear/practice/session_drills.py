"""The drills of a session: progress of each, and the run that comes next."""

from __future__ import annotations

from collections.abc import Sequence

from practiceear.practice.advice import SessionLoad
from practiceear.practice.drill import Drill
from practiceear.practice.drill_progress import DrillProgress, feedback_for
from practiceear.practice.instructions import Play, Rehearse
from practiceear.practice.plan import PlannedDrill, PracticePlan
from practiceear.practice.rest import LEVEL_RULE, SAME_S, DueRest
from practiceear.practice.schedule import RESULT_S
from practiceear.practice.session_limits import PastPractice
from practiceear.practice.steps import Step, StepKind, bar_length_s, run_length_s

SHORTEST_S = 5.0
"""A step that goes by time ends where less than this is left of it."""

OPENING_S = 2.0
"""Time in which devices open before a run."""

COUNT_IN_BARS = 2
"""Bars before a run that count towards a ceiling."""


class SessionDrills:
    """All drills of a session; a performance at its end reserves its time below the ceilings."""

    def __init__(
        self, plan: PracticePlan, past: PastPractice, load: SessionLoad, steps: Sequence[Step]
    ) -> None:
        self._plan, self._past, self._load = plan, past, load
        self._by_planned: dict[PlannedDrill, DrillProgress] = {}
        before_s = max(plan.rules.breath_s, RESULT_S) + OPENING_S
        self._performance_s = sum(
            before_s + self._needed_s(step) for step in steps if step.kind is StepKind.PERFORMANCE
        )

    def progress_of(self, step: Step) -> DrillProgress | None:
        """Progress of the drill of a step; None where it is on no ladder."""
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
        """Mark all blocks so far as rested for."""
        for progress in self._by_planned.values():
            progress.rested()

    def rest_before(self, step: Step, wait_s: float = 0.0) -> DueRest | None:
        """The rest that must come before a run of a step that begins after so long; else None."""
        return self._load.clock.due(wait_s + self._alone_s(step))

    def fits(self, step: Step) -> bool:
        """Whether a run of it stays below the ceilings, and is still to be played or imagined.

        Steps that are neither always fit.
        """
        progress = self.progress_of(step)
        if progress is not None and progress.is_done:
            return False
        if not step.is_playing:
            return True
        if step.drill is None or self._is_level_over(step):
            return False
        longest_s = self._plan.rules.longest_playing_s
        return self._needed_s(step) <= self._left_s(step) and self._alone_s(step) <= longest_s

    def _is_level_over(self, step: Step) -> bool:
        """Whether it would need a second rest of its level: a level plays, rests, plays."""
        rest = self.rest_before(step) if self._load.has_rested_for_level else None
        return rest is not None and rest.rule == LEVEL_RULE

    def _needed_s(self, step: Step) -> float:
        """Time for a run of it."""
        if step.drill is None or not step.n_runs:
            return SHORTEST_S
        bpm = self._bpm(step)
        return run_length_s(step.drill, bpm) + COUNT_IN_BARS * bar_length_s(step.drill, bpm)

    def _alone_s(self, step: Step) -> float:
        """Time without a rest for a run of it, and for what follows without one."""
        return OPENING_S + self._needed_s(step) + self._reserved_s(step)

    def _reserved_s(self, step: Step) -> float:
        """Time for a performance that follows without a rest."""
        if step.kind is StepKind.PERFORMANCE or self._plan.level is None:
            return 0.0
        return self._performance_s

    def _left_s(self, step: Step) -> float:
        """Time for it below the ceilings."""
        left_s = self._load.left_s
        return left_s if step.kind is StepKind.PERFORMANCE else left_s - self._performance_s

    def _longest_s(self, step: Step) -> float:
        """Length of a run before a rest or the end: a rest must not wait for devices."""
        left_s = self._left_s(step)
        until_rest_s = self._load.clock.left_s - self._reserved_s(step)
        return left_s if left_s <= until_rest_s + SAME_S else min(left_s, until_rest_s - OPENING_S)

    def play(self, step: Step, number: int, spent_s: float) -> Play:
        """Build the instruction for run ``number``, from 1, of a step that began so long ago."""
        drill, bpm, progress = _drill_of(step), self._bpm(step), self.progress_of(step)
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
            gap=progress.feedback.gap(drill, bpm) if progress is not None else None,
            is_excursion=progress is not None and progress.is_excursion,
        )

    def rehearse(self, step: Step) -> Rehearse:
        """Build the instruction for imagining the next run of a drill, at its tempo."""
        return Rehearse(_drill_of(step), self._bpm(step))

    def _bpm(self, step: Step) -> float:
        progress, ceiling_bpm = self.progress_of(step), self._plan.ceiling.bpm
        bpm = step.bpm if progress is None else progress.bpm
        return bpm if ceiling_bpm is None else min(bpm, ceiling_bpm)


def _drill_of(step: Step) -> Drill:
    if step.drill is None:
        raise ValueError(f"a step of {step.kind.value} needs its drill")
    return step.drill
