"""How far one drill has come in a session: its tempo, its blocks of playing, what is shown."""

from __future__ import annotations

import math
from statistics import median

from practiceear.metronome.program import GapClick
from practiceear.practice.continued_ladder import FASTEST_BPM, ContinuedLadder, planned_ladder
from practiceear.practice.drill import Drill
from practiceear.practice.feedback import Feedback
from practiceear.practice.heard_run import HeardRun, was_heard
from practiceear.practice.ladder import (
    Ladder,
    LadderState,
    RungResult,
    after_run,
    begin,
    next_bpm,
)
from practiceear.practice.plan import PlannedDrill
from practiceear.practice.rest import BLOCK_S, Block
from practiceear.practice.schedule import run_length_s

RUNS_TO_KNOW = 3
"""So many runs at the first tempo tell what is usual for a player of whom nothing is known."""


class DrillProgress:
    """One drill of a session.

    Parameters
    ----------
    planned
        The plan's words about it.
    feedback
        What is shown of its runs.
    easy_cv
        The player's usual CV at an easy tempo; None where it is not known: the first runs
        stay at the first tempo and tell it.
    ceiling_bpm
        Never faster.
    continued
        Where its ladder goes on from earlier sessions; None: it begins anew.
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
        self.n_blocks_rested = 0
        self._ceiling_bpm = FASTEST_BPM if ceiling_bpm is None else ceiling_bpm
        self._easy_cv = easy_cv
        self._known_cvs: list[float] = []
        self._ladder: Ladder | None = continued.ladder if continued is not None else None
        self._state: LadderState | None = continued.state if continued is not None else None
        self._open_block: list[HeardRun] = []
        self._open_block_s = 0.0

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

    def after_run(self, heard: HeardRun | None) -> RungResult:
        """Go on after a run; None where nothing was heard."""
        self.n_runs += 1
        if heard is None:
            return RungResult.STAY
        if not self.is_excursion:
            self._add_to_block(heard)
        cv_ioi = heard.cv_ioi if was_heard(heard, self.planned.drill) else math.nan
        if not self.has_ladder:
            return RungResult.STAY
        if self._ladder is None or self._state is None:
            self._get_to_know(cv_ioi, heard.floor_cv)
            return RungResult.STAY
        self._state, result = after_run(self._ladder, self._state, cv_ioi)
        return result

    def _get_to_know(self, cv_ioi: float, floor_cv: float) -> None:
        if self._easy_cv is None:
            if cv_ioi > 0.0:
                self._known_cvs.append(cv_ioi)
            if len(self._known_cvs) < RUNS_TO_KNOW:
                return
            self._easy_cv = median(self._known_cvs)
        self._ladder = planned_ladder(
            self.planned,
            easy_cv=self._easy_cv,
            floor_cv=floor_cv,
            floor_at_bpm=self.planned.bpm,
            ceiling_bpm=self._ceiling_bpm,
        )
        self._state = begin(self._ladder)

    def _add_to_block(self, heard: HeardRun) -> None:
        """Blocks are of one drill: others are louder or softer by themselves."""
        self._open_block.append(heard)
        self._open_block_s += heard.duration_s
        if self._open_block_s >= BLOCK_S:
            self.blocks.append(_joined(self._open_block))
            self._open_block, self._open_block_s = [], 0.0

    @property
    def unrested_blocks(self) -> tuple[Block, ...]:
        """All blocks, if one was played since the last rest; else none: it was rested for."""
        return tuple(self.blocks) if len(self.blocks) > self.n_blocks_rested else ()

    def rested(self) -> None:
        """What was heard so far has been rested for."""
        self.n_blocks_rested = len(self.blocks)


def _joined(runs: list[HeardRun]) -> Block:
    told = [one for one in runs if one.cv_ioi > 0.0]
    n_intervals = sum(one.n_intervals for one in told)
    power = sum(one.n_intervals * one.cv_ioi**2 for one in told)
    loud = [one for one in runs if math.isfinite(one.mean_level_dbfs)]
    n_notes = sum(one.n_notes for one in loud)
    level_dbfs = sum(one.n_notes * one.mean_level_dbfs for one in loud)
    return Block(
        n_intervals=n_intervals,
        cv_ioi=math.sqrt(power / n_intervals) if n_intervals else math.nan,
        mean_level_dbfs=level_dbfs / n_notes if n_notes else math.nan,
    )


def gap_of_run(drill: Drill, bpm: float, feedback: Feedback) -> GapClick | None:
    """Silent bars of a run; None without any.

    A run of few bars would be over before the usual bars with click are: it gets fewer.
    """
    bar_s = drill.meter.n_beats * 60.0 / bpm
    n_bars = int(run_length_s(drill, bpm) / bar_s)
    if feedback.gap_off_bars == 0 or n_bars < 2:
        return None
    return GapClick(min(feedback.gap_on_bars, n_bars // 2), feedback.gap_off_bars)
