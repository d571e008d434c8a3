"""The drills of a session: progress of each, and the run that comes next."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from statistics import median

from practiceear.metronome.program import GapClick
from practiceear.practice.advice import BLOCK_S, Block, SessionLoad
from practiceear.practice.continued_ladder import FASTEST_BPM, ContinuedLadder, planned_ladder
from practiceear.practice.drill import Drill
from practiceear.practice.instructions import Play, Rehearse
from practiceear.practice.ladder import (
    Ladder,
    LadderState,
    RungResult,
    after_run,
    begin,
    next_bpm,
)
from practiceear.practice.plan import PlannedDrill, PracticePlan
from practiceear.practice.rest import LEVEL_RULE, SAME_S, DueRest
from practiceear.practice.session_limits import PastPractice
from practiceear.practice.steps import (
    RunSummary,
    Step,
    StepKind,
    bar_length_s,
    has_enough_notes,
    run_length_s,
)

RUNS_TO_KNOW = 3
"""Runs at the first tempo that establish what is usual for a player without a history."""

FIRST_SESSIONS = 2
SUMMARY_EVERY = 3
LATE_SESSIONS = 6

RESULT_S = 6.0
"""A result stays so long, where the plan wants no breath between runs."""

SHORTEST_S = 5.0
"""A step that goes by time ends where less than this is left of it."""

OPENING_S = 2.0
"""Time in which devices open before a run."""

COUNT_IN_BARS = 2
"""Bars before a run that count towards a ceiling."""


class FeedbackStage(Enum):
    """When results are shown."""

    EVERY_RUN = "every run"
    SUMMARIES = "summaries"
    ON_REQUEST = "on request"


@dataclass(frozen=True, slots=True)
class Feedback:
    """What is shown in a session.

    Results become rarer from session to session: players who saw every result did better at once
    and worse a day later than those who saw half or ever fewer of them (Aoyagi et al. 2019;
    earlier work on knowledge of results agrees).

    """

    stage: FeedbackStage
    gap_on_bars: int  # with the click
    gap_off_bars: int  # then without; 0: none

    def is_shown_after(self, n_runs: int) -> bool:
        """Whether the result of the ``n_runs``-th run of a drill, from 1, is shown by itself."""
        if self.stage is FeedbackStage.SUMMARIES:
            return n_runs % SUMMARY_EVERY == 0
        return self.stage is FeedbackStage.EVERY_RUN

    def gap(self, drill: Drill, bpm: float) -> GapClick | None:
        """Silent bars of a run; None without any.

        A run of few bars, over before the usual bars with click are, gets fewer of these.
        """
        n_bars = int(run_length_s(drill, bpm) / bar_length_s(drill, bpm))
        if self.gap_off_bars == 0 or n_bars < 2:
            return None
        return GapClick(min(self.gap_on_bars, n_bars // 2), self.gap_off_bars)


def feedback_for(n_sessions: int) -> Feedback:
    """Return what is shown in a session of a drill that was practised ``n_sessions`` times.

    The silent bars grow as the results fade: 0, 1, 2, then 4 after two bars of click.
    """
    if n_sessions < FIRST_SESSIONS:
        return Feedback(FeedbackStage.EVERY_RUN, 2, 0)
    if n_sessions < LATE_SESSIONS:
        return Feedback(FeedbackStage.SUMMARIES, 2, 1 + (n_sessions - FIRST_SESSIONS) // 2)
    return Feedback(FeedbackStage.ON_REQUEST, 2, 4)


class DrillProgress:
    """One drill of a session.

    Where the player's usual CV at an easy tempo is unknown, the first runs stay at the first tempo
    and establish it. The ladder begins anew where none is ``continued`` from earlier sessions.
    """

    def __init__(
        self,
        planned: PlannedDrill,
        feedback: Feedback,
        easy_cv: float | None,
        ceiling_bpm: float | None,
        continued: ContinuedLadder | None = None,
    ) -> None:
        self.planned, self.feedback, self.continued = planned, feedback, continued
        self.n_runs = 0
        self.blocks: list[Block] = []
        self._n_blocks_rested = 0
        self._ceiling_bpm = FASTEST_BPM if ceiling_bpm is None else ceiling_bpm
        self._easy_cv = easy_cv
        self._first_cvs: list[float] = []
        self._ladder: Ladder | None = continued.ladder if continued is not None else None
        self._state: LadderState | None = continued.state if continued is not None else None
        self._open_block: list[RunSummary] = []

    @property
    def has_ladder(self) -> bool:
        """Whether its tempo is to change."""
        return self.planned.target_bpm > self.planned.bpm

    @property
    def is_done(self) -> bool:
        """Whether its target was passed."""
        return self._state is not None and self._state.is_done

    @property
    def bpm(self) -> float:
        """Tempo of the next run."""
        bpm = self.planned.bpm
        if self._ladder is not None and self._state is not None:
            bpm = next_bpm(self._ladder, self._state)
        return min(bpm, self._ceiling_bpm)

    @property
    def is_excursion(self) -> bool:
        """Whether the next run visits another tempo and is not judged."""
        return self._state is not None and self._state.is_excursion

    def after_run(self, summary: RunSummary | None) -> RungResult:
        """Advance after a run; None where nothing was recorded."""
        self.n_runs += 1
        if summary is None:
            return RungResult.STAY
        if not self.is_excursion:
            self._add_to_block(summary)
        cv_ioi = summary.cv_ioi if has_enough_notes(summary, self.planned.drill) else math.nan
        if not self.has_ladder:
            return RungResult.STAY
        if self._ladder is None or self._state is None:
            self._begin_ladder(cv_ioi, summary.detector_cv)
            return RungResult.STAY
        self._state, result = after_run(self._ladder, self._state, cv_ioi)
        return result

    def _begin_ladder(self, cv_ioi: float, detector_cv: float) -> None:
        """Begin the ladder as soon as the player's usual CV is known."""
        if self._easy_cv is None:
            if cv_ioi > 0.0:
                self._first_cvs.append(cv_ioi)
            if len(self._first_cvs) < RUNS_TO_KNOW:
                return
            self._easy_cv = median(self._first_cvs)
        self._ladder = planned_ladder(
            self.planned,
            easy_cv=self._easy_cv,
            detector_cv=detector_cv,
            detector_bpm=self.planned.bpm,
            ceiling_bpm=self._ceiling_bpm,
        )
        self._state = begin(self._ladder)

    def _add_to_block(self, summary: RunSummary) -> None:
        """Blocks are of one drill: others are louder or softer by themselves."""
        self._open_block.append(summary)
        if sum(run.duration_s for run in self._open_block) >= BLOCK_S:
            self.blocks.append(_joined(self._open_block))
            self._open_block = []

    @property
    def unrested_blocks(self) -> tuple[Block, ...]:
        """All blocks, if one was played since the last rest; else none."""
        return tuple(self.blocks) if len(self.blocks) > self._n_blocks_rested else ()

    def rested(self) -> None:
        """Mark all blocks so far as rested for."""
        self._n_blocks_rested = len(self.blocks)


def _joined(runs: list[RunSummary]) -> Block:
    even = [run for run in runs if run.cv_ioi > 0.0]
    n_intervals = sum(run.n_intervals for run in even)
    power = sum(run.n_intervals * run.cv_ioi**2 for run in even)
    loud = [run for run in runs if math.isfinite(run.mean_level_dbfs)]
    n_notes = sum(run.n_notes for run in loud)
    level_dbfs = sum(run.n_notes * run.mean_level_dbfs for run in loud)
    return Block(
        n_intervals=n_intervals,
        cv_ioi=math.sqrt(power / n_intervals) if n_intervals else math.nan,
        mean_level_dbfs=level_dbfs / n_notes if n_notes else math.nan,
    )


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
