"""The first seconds: the ear is made ready, and nothing can be started yet."""

from __future__ import annotations

from textual.app import ComposeResult

from practiceear.errors import PracticeEarError
from practiceear.tui.screens.base import AppScreen
from practiceear.tui.widgets.lines import HeadLine, HeadView, KeyLine, Notice, NoticeView
from practiceear.tui.widgets.state_band import BandView, StateBand

KEYS = (("?", "help"), ("q", "quit"))
FIRST_WORDS = "Preparing the ear ..."
LARGE_WORDS = "PREPARING"


class PreparingScreen(AppScreen):
    """Shows what is being done; where it fails, the main key tries again."""

    def __init__(self) -> None:
        super().__init__()
        self._has_failed = False

    def compose(self) -> ComposeResult:
        """Head, what is being done, keys."""
        yield HeadLine(HeadView(("PracticeEar",)))
        yield Notice(NoticeView(), id="notice")
        yield StateBand(BandView(words=LARGE_WORDS, explanation=FIRST_WORDS), id="band")
        yield KeyLine(KEYS, id="keys")

    def on_mount(self) -> None:
        """Begin at once."""
        self.ear_app.prepare_ear()

    def tell(self, progress: str) -> None:
        """Say what is being done."""
        words = f"{FIRST_WORDS} {progress}".strip()
        self.query_one("#band", StateBand).show(BandView(words=LARGE_WORDS, explanation=words))

    def fail(self, error: PracticeEarError) -> None:
        """Say why it cannot be done."""
        self._has_failed = True
        self.query_one("#band", StateBand).show(
            BandView(words="NOT READY", explanation="what is missing stands above")
        )
        self.query_one("#notice", Notice).show(NoticeView(warning=str(error)))
        self.query_one("#keys", KeyLine).show((("space", "try again"), *KEYS))

    def action_main(self) -> None:
        """Try again, once it has failed."""
        if not self._has_failed:
            return
        self._has_failed = False
        self.query_one("#notice", Notice).show(NoticeView())
        self.query_one("#keys", KeyLine).show(KEYS)
        self.tell("")
        self.ear_app.prepare_ear()
