"""How much is shown after runs: less and less, because what is told every time is not learned.

Players who saw every result did better at once and worse a day later than those who saw half
or ever fewer of them (Aoyagi et al. 2019; earlier work on knowledge of results agrees).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

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

    Attributes
    ----------
    stage
        When results are shown.
    gap_on_bars, gap_off_bars
        Bars with the click, then without; no silent ones where off is 0.
    """

    stage: FeedbackStage
    gap_on_bars: int
    gap_off_bars: int

    def is_shown_after(self, n_runs: int, *, is_asked: bool = False) -> bool:
        """Whether a result is shown after the ``n_runs``-th run of a drill, counted from 1."""
        if is_asked or self.stage is FeedbackStage.EVERY_RUN:
            return True
        return self.stage is FeedbackStage.SUMMARIES and n_runs % SUMMARY_EVERY == 0


def feedback_for(n_sessions: int) -> Feedback:
    """Return what is shown in a session of a drill that was practised ``n_sessions`` times.

    The silent bars grow as the results fade: 0, 1, 2, then 4 after two bars of click.
    """
    if n_sessions < FIRST_SESSIONS:
        return Feedback(FeedbackStage.EVERY_RUN, 2, 0)
    if n_sessions < LATE_SESSIONS:
        return Feedback(FeedbackStage.SUMMARIES, 2, 1 + (n_sessions - FIRST_SESSIONS) // 2)
    return Feedback(FeedbackStage.ON_REQUEST, 2, 4)
