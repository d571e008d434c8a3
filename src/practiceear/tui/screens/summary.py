"""Right after playing: the one sentence that matters, drawings, measures."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from practiceear.tui.player import Setup, SummaryText
from practiceear.tui.screens.base import EarScreen
from practiceear.tui.take_drawings import take_rows
from practiceear.tui.widgets.lines import HeadLine, HeadView, KeyLine, Notice, NoticeView

if TYPE_CHECKING:
    from practiceear.session.review import TakeReview

KEYS = (("space", "again"), ("s", "setup"), ("↑ ↓", "more"), ("?", "help"), ("q", "quit"))
NOTHING_HEARD = "Nothing was heard."


class TakeDrawing(Static):
    """The drawings of a take, made again when the width changes."""

    def __init__(self, review: TakeReview) -> None:
        super().__init__(id="drawing")
        self._review = review
        self._drawn_width = 0

    def on_resize(self, event: events.Resize) -> None:
        """Draw for the new width."""
        if event.size.width == self._drawn_width:
            return
        self._drawn_width = event.size.width
        text = Text(no_wrap=True)
        for row in take_rows(self._review.snapshot, event.size.width):
            for run, style in row:
                text.append(run, style)
            text.append("\n")
        self.update(text)


class Measures(Static):
    """The measures as text; columns move together where they would not fit."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__(id="measures")
        self._lines = lines

    def on_resize(self, event: events.Resize) -> None:
        """Set the columns for the width."""
        lines = self._lines
        if any(len(line) > event.size.width for line in lines):
            lines = [re.sub(r"(?<=\S) {3,}", "  ", line) for line in lines]
        self.update(Text("\n".join(lines)))


class SummaryScreen(EarScreen):
    """What one take was like."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("s", "back", show=False)]

    def __init__(
        self, setup: Setup, review: TakeReview | None, text: SummaryText | None, warning: str
    ) -> None:
        super().__init__()
        self._setup = setup
        self._review = review
        self._text = text or SummaryText(NOTHING_HEARD, ())
        self._warning = warning

    def compose(self) -> ComposeResult:
        """The finding first; the rest can be scrolled."""
        yield HeadLine(HeadView(("Your take", self._setup.instrument)))
        if self._warning:
            yield Notice(NoticeView(warning=self._warning), id="notice")
        with VerticalScroll(id="scroll", can_focus=True):
            yield Static(Text(self._text.finding), id="finding")
            if self._review is not None:
                yield TakeDrawing(self._review)
            yield Measures(self._text.lines)
        yield KeyLine(KEYS)

    def on_mount(self) -> None:
        """Arrows scroll at once."""
        self.query_one("#scroll").focus()

    def action_main(self) -> None:
        """Play once more with the same setup."""
        self.ear_app.start_take(self._setup)

    def action_back(self) -> None:
        """Back to the setup."""
        self.ear_app.leave_take(self)
