"""A take of an earlier day: what was found then; where its recording is kept, it can be heard."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from practiceear.tui.heard_take import HeardTake
from practiceear.tui.player import JournalPage, Setup
from practiceear.tui.screens.summary import SummaryScreen

EMPTY = "The journal is empty so far: the next take that you record will be its first."
NO_RECORDING = "No recording of this take is kept; what was measured is written down here."
FIRST, LAST = "This is the first take of the journal.", "This is the newest take."
TURN_KEYS = (("pgup pgdn", "turn"), ("space", "play"))
KEYS = (*TURN_KEYS, ("↑ ↓", "more"), ("s", "setup"), ("?", "help"), ("q", "quit"))
RECORDED_KEYS = (
    *TURN_KEYS,
    ("p", "hear"),
    ("← →", "note"),
    ("s", "setup"),
    ("?", "help"),
    ("q", "quit"),
    ("h", "page"),
)


class JournalScreen(SummaryScreen):
    """One page of the journal; it is there at once, and its recording as soon as it is heard.

    Parameters
    ----------
    setup
        What the next take is played with.
    page
        The take.

    Attributes
    ----------
    setup
        The same.
    page
        The same.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        # They turn pages here, as a page turner's pedal does everywhere else.
        Binding("pageup", "turn(-1)", show=False, priority=True),
        Binding("pagedown", "turn(1)", show=False, priority=True),
    ]

    def __init__(self, setup: Setup, page: JournalPage) -> None:
        super().__init__(setup, HeardTake(text=page.text, is_opened=True))
        self.setup, self.page = setup, page
        self._is_turning = False
        self._is_listening = page.recording is not None

    def head(self) -> tuple[str, ...]:
        """Which take of its session it is, and when it was played."""
        page = self.page
        return f"take {page.number} of {page.n_takes}", page.began, page.instrument

    def keys(self) -> tuple[tuple[str, str], ...]:
        """Turning comes first."""
        return RECORDED_KEYS if self.page.recording is not None else KEYS

    def on_mount(self) -> None:
        """The recording is heard beside it."""
        if self.page.recording is not None:
            self.ear_app.journal.hear(self, self.page.recording)

    # Turning.

    def action_turn(self, n_pages: int) -> None:
        """Go to the take before or after."""
        if not self._is_turning:
            self._is_turning = True
            self.ear_app.journal.turn(self, n_pages)

    def reach_end(self, n_pages: int) -> None:
        """There is no page beyond this one."""
        self.refuse_turn(LAST if n_pages > 0 else FIRST)

    def refuse_turn(self, words: str) -> None:
        """The page stays; say why."""
        self._is_turning = False
        if words and not self.is_left:
            self.say(words)

    # The recording.

    def tell_progress(self, words: str) -> None:
        """Say how much of the recording was heard."""
        if not self.is_left:
            self.say(f"Listening to the recording ... {words}")

    def take_in(self, take: HeardTake) -> None:
        """The recording was heard, or cannot be."""
        self._is_listening = False
        if not self.is_left:
            self.replace_take(take)

    def why_not_heard(self) -> str:
        """Say why the take cannot be heard."""
        if self._is_listening:
            return "The recording is being listened to; a moment more."
        return NO_RECORDING if self.page.recording is None else super().why_not_heard()
