"""Asks before summaries that are kept nowhere are lost."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from practiceear.tui.screens.base import AppScreen
from practiceear.tui.widgets.lines import HeadLine, HeadView, KeyLine
from practiceear.tui.widgets.state_band import BandView, StateBand

KEYS = (("space", "look at it"), ("esc", "back"), ("q", "leave"))


class LeaveScreen(AppScreen):
    """Over whatever was there: leave, look at the last summary, or go back.

    Parameters
    ----------
    n_unsaved
        Summaries that leaving would lose.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "main", show=False)]

    def __init__(self, n_unsaved: int) -> None:
        super().__init__()
        self._n_unsaved = n_unsaved

    def compose(self) -> ComposeResult:
        """Head, question, what would be lost, keys."""
        n = self._n_unsaved
        what = "The summary of 1 take" if n == 1 else f"The summaries of {n} takes"
        verb = "is" if n == 1 else "are"
        yield HeadLine(HeadView(("Leave?",)))
        yield StateBand(BandView(words="LEAVE: Q"))
        yield Static(
            f"\n {what} that {'was' if n == 1 else 'were'} not recorded {verb} kept nowhere"
            " and will be lost.",
            id="lost",
        )
        yield KeyLine(KEYS)

    def action_main(self) -> None:
        """Look at the last one; b goes on to those before."""
        self.ear_app.pop_screen()
        self.ear_app.unsaved.show_last()

    def action_back(self) -> None:
        """Stay."""
        self.ear_app.pop_screen()
