"""Takes of this sitting that are kept nowhere: their summaries stay until the app closes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from practiceear.tui.heard_take import HeardTake
from practiceear.tui.player import Setup
from practiceear.tui.screens.summary import SummaryScreen

if TYPE_CHECKING:
    from practiceear.tui.app import PracticeEarApp

NONE = "There is no summary to go back to: takes that were recorded are in the journal (j)."
FIRST = "This is the first take that is kept nowhere else."


class UnsavedTakes:
    """Summaries of takes that were not recorded, the newest last.

    Parameters
    ----------
    app
        Whose screens they are shown on.
    """

    def __init__(self, app: PracticeEarApp) -> None:
        self._app = app
        self._takes: list[tuple[Setup, HeardTake, str]] = []

    def __len__(self) -> int:
        return len(self._takes)

    def add(self, setup: Setup, take: HeardTake, warning: str) -> HeardTake:
        """Remember a take, if it was heard and is kept nowhere; return it with its number."""
        if take.review is None or take.path is not None:
            return take
        numbered = replace(take, number=len(self._takes) + 1)
        self._takes.append((setup, numbered, warning))
        return numbered

    def show_last(self) -> None:
        """Show the newest one; where there is none, say so."""
        if self._takes:
            self._show(len(self._takes))
        else:
            self._app.root.tell(NONE)

    def show_before(self, screen: SummaryScreen, number: int | None) -> None:
        """Show the one before that of a screen; before a recorded take, the newest."""
        before = len(self._takes) if number is None else number - 1
        if before < 1:
            screen.say(FIRST if self._takes else NONE)
        else:
            self._show(before)

    def _show(self, number: int) -> None:
        self._app.show_summary(SummaryScreen(*self._takes[number - 1]))
