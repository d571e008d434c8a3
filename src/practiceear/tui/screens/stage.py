"""What all screens of a practice session share: its keys, and the way to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import Binding, BindingType

from practiceear.practice.instructions import Order
from practiceear.tui.screens.base import AppScreen
from practiceear.tui.widgets.lines import HeadView
from practiceear.tui.widgets.state_band import BandView

if TYPE_CHECKING:
    from practiceear.tui.practice_app import PracticeApp

STOP = BandView(words="STOP: ESC")
KEYS = (
    ("esc", "stop"),
    ("s", "leave out"),
    ("p", "pause"),
    ("a", "say effort, pain"),
    ("?", "help"),
)
STAYING_KEYS = tuple(key for key in KEYS if key[0] != "s")
"""Of a rest that must be taken."""


class StageScreen(AppScreen):
    """A screen of a practice session."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "back", show=False),
        Binding("s", "skip", show=False),
        Binding("p", "pause", show=False),
        Binding("a", "say", show=False),
        Binding("r", "result", show=False),
    ]

    is_ready = False
    """Whether there is something to show on: before, the screen is only about to be made."""

    @property
    def practice_app(self) -> PracticeApp:
        """The app that the screen belongs to."""
        return cast("PracticeApp", self.app)

    def show_order(self, order: Order) -> None:
        """Show what is to be done now."""
        raise NotImplementedError

    def poll(self) -> None:
        """Show what has changed with time."""

    def head(self) -> HeadView:
        """Where in the session one is."""
        return self.practice_app.head_view()

    def action_main(self) -> None:
        """The run, the breath or the pause is over."""
        self.practice_app.go_on()

    def action_back(self) -> None:
        """Stop the session; all that was played is kept."""
        self.practice_app.stop_session()

    def action_skip(self) -> None:
        """Leave the step out."""
        self.practice_app.skip_step()

    def action_pause(self) -> None:
        """Interrupt, or go on."""
        self.practice_app.pause()

    def action_say(self) -> None:
        """Say effort and pain now."""
        self.practice_app.say()

    def action_result(self) -> None:
        """Show the last result."""
        self.practice_app.ask_for_result()
