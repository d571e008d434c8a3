"""A take that was heard, with all that its summary needs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from practiceear.errors import PracticeEarError
from practiceear.tui.player import SummaryText, TakePlayback

if TYPE_CHECKING:
    from practiceear.analysis.review import TakeReview

NOTHING_HEARD = "Nothing was heard."


@dataclass(frozen=True, slots=True)
class HeardTake:
    """A take and what can be done with it.

    Attributes
    ----------
    review
        What was heard; None where nothing was.
    text
        The review in words.
    path
        Its file; None where it was not recorded.
    playback
        It, to be heard again; None where that cannot be.
    error
        Why it cannot be heard although it was recorded.
    is_opened
        Whether it was chosen from the disk, not played just now.
    number
        Which one it is of the takes that are kept nowhere; None for all others.
    """

    review: TakeReview | None = None
    text: SummaryText = SummaryText(NOTHING_HEARD, ())  # noqa: RUF009 it is frozen
    path: Path | None = None
    playback: TakePlayback | None = None
    error: PracticeEarError | None = None
    is_opened: bool = False
    number: int | None = None
