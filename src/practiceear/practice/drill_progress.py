"""Progress of one drill in a session: its tempo, its blocks of playing, what feedback is shown."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from statistics import median

from practiceear.metronome.program import GapClick
from practiceear.practice.advice import BLOCK_S, Block
from practiceear.practice.continued_ladder import FASTEST_BPM, ContinuedLadder, planned_ladder
from practiceear.practice.drill import Drill
from practiceear.practice.ladder import (
    Ladder,
    LadderState,
    RungResult,
    after_run,
    begin,
    next_bpm,
)
from practiceear.practice.plan import PlannedDrill
from practiceear.practice.steps import RunSummary, bar_length_s, has_enough_notes, run_length_s

RUNS_TO_KNOW = 3
"""Runs at the first tempo that establish what is usual for a player without a history."""


FIRST_SESSIONS = 2
SUMMARY_EVERY = 3
LATE_SESSIONS = 6


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
