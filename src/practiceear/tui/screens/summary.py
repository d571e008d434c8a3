"""Right after playing: the one sentence that matters, drawings, measures."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.geometry import Region
from textual.message import Message
from textual.widgets import Static

from practiceear.errors import PracticeEarError
from practiceear.plain_text import printable, printable_lines
from practiceear.settings import LiveOptions
from practiceear.tui.player import NOTHING_HEARD, ReviewedTake, TakePlayback
from practiceear.tui.screens.base import READING_KEYS, AppScreen
from practiceear.tui.widgets.lines import HeadLine, HeadView, KeyLine, Notice, NoticeView
from practiceear.tui.widgets.take_view import PlaybackLine, PlaybackView, TakeDrawing

if TYPE_CHECKING:
    from practiceear.analysis.review import TakeReview

KEYS = (
    ("space", "again"),
    ("s", "setup"),
    ("↑ ↓ pgdn", "more"),
    ("b", "before"),
    ("?", "help"),
    ("q", "quit"),
)
RECORDED_KEYS = (
    ("space", "again"),
    ("p", "hear"),
    ("← →", "note"),
    ("h", "page"),
    ("s", "setup"),
    ("?", "help"),
    ("q", "quit"),
)
ALL_READ = "That is all. Once more page down, or space, plays again."
NOT_RECORDED = "This take was not recorded: it cannot be heard again."
JUMP_S = 5.0
NEAR_S = 0.001
"""Closer than that is the same place: positions are whole samples."""

STEP_BACK_S = 0.4
"""So soon after a note's beginning, going back means the note before it."""

ROWS_IN_SIGHT = 2
"""A note and its loudness."""


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
        self.update(Text(printable_lines(lines)))


class TakeScroll(VerticalScroll):
    """All that is said of a take; the sideways arrows go through the take instead."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "screen.step(-1)", show=False),
        Binding("right", "screen.step(1)", show=False),
        Binding("shift+left", "screen.jump(-1)", show=False),
        Binding("shift+right", "screen.jump(1)", show=False),
    ]


class SummaryScreen(AppScreen):
    """What one take was like; where it was recorded, it can be heard again.

    The next take is played with ``setup``.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *READING_KEYS,
        Binding("s", "back", show=False),
        Binding("b", "show_before", show=False),
        Binding("p", "play_or_pause", show=False),
        Binding("h", "write_page", show=False),
    ]
    POLLS_PER_S = 20.0
    DEFAULT_CSS = """
    SummaryScreen #message { height: auto; max-height: 4; padding: 0 1; color: #ffaf00; }
    SummaryScreen.-flat PlaybackLine { display: none; }
    """

    @dataclass
    class EarlierRequested(Message):
        """The unrecorded take before this one is to be shown."""

        screen: SummaryScreen
        number: int | None

    @dataclass
    class PlaybackRequested(Message):
        """The take is to sound."""

        screen: SummaryScreen
        playback: TakePlayback

    @dataclass
    class PageRequested(Message):
        """The take's page is to be written."""

        screen: SummaryScreen
        review: TakeReview
        path: Path

    def __init__(self, setup: LiveOptions, take: ReviewedTake, warning: str = "") -> None:
        super().__init__()
        self._setup, self._take, self._warning = setup, take, warning
        self._page: Path | None = None
        self._is_opening = self._is_writing = self._is_read = False
        self.is_left = False

    def compose(self) -> ComposeResult:
        """The finding first; the rest can be scrolled."""
        take = self._take
        yield HeadLine(HeadView(self.head()))
        if self._warning:
            yield Notice(NoticeView(warning=self._warning), id="notice")
        with TakeScroll(id="scroll", can_focus=True):
            yield Static(Text(printable(take.text.finding)), id="finding")
            if take.review is not None:
                yield TakeDrawing(take.review.snapshot)
            yield Measures(take.text.lines)
        yield Static(id="message")
        if take.playback is not None:
            yield PlaybackLine(PlaybackView(), id="playback")
        yield KeyLine(self.keys())

    def head(self) -> tuple[str, ...]:
        """What stands at the top."""
        take = self._take
        name = take.path.name if take.path is not None and take.is_opened else "Your take"
        state = () if take.number is None else ("not recorded",)
        return name, self._setup.instrument or "", *state

    def keys(self) -> tuple[tuple[str, str], ...]:
        """The keys that are named."""
        return RECORDED_KEYS if self._take.playback is not None else KEYS

    def on_mount(self) -> None:
        """Arrows scroll at once."""
        self._begin()

    def _begin(self) -> None:
        self.query_one("#scroll").focus()
        self.show_message("")
        self.poll()

    def on_unmount(self) -> None:
        """Be silent at once; the loudspeaker is given back by whoever needs it next."""
        self.is_left = True
        if self._take.playback is not None:
            self._take.playback.pause()

    def replace_take(self, take: ReviewedTake) -> None:
        """Show another hearing of the same take, as soon as nothing else is being drawn."""
        self.call_later(self._compose_anew, take)

    async def _compose_anew(self, take: ReviewedTake) -> None:
        self._take = take
        await self.recompose()
        self._begin()
        if self._take.error is not None:
            self.show_message(self.why_not_heard())

    def show_message(self, words: str) -> None:
        """Show a message above the keys; none where empty."""
        if self.is_left:
            return
        message = self.query_one("#message", Static)
        message.update(Text(printable(words), overflow="fold"))
        message.display = bool(words)

    def poll(self) -> None:
        """Look where the take is heard, and move the cursor there."""
        playback, review = self._take.playback, self._take.review
        if playback is None or review is None or self.is_left:
            return
        if playback.error is not None and not self._is_opening:
            self.show_message(f"! {playback.error}")
        position_s = playback.position_s
        drawing = self.query_one("#drawing", TakeDrawing)
        if drawing.move_cursor(position_s) and playback.is_playing:
            self._follow(drawing)
        onset_s = review.snapshot.onset_s
        n_begun = int(np.searchsorted(onset_s, position_s + NEAR_S, side="right"))
        view = PlaybackView(
            is_playing=playback.is_playing,
            is_opening=self._is_opening,
            position_s=position_s,
            duration_s=review.duration_s,
            note=n_begun,
            n_notes=len(onset_s),
        )
        self.show("playback", view)

    def _follow(self, drawing: TakeDrawing) -> None:
        """Keep the cursor in sight."""
        place, scroll = drawing.cursor_place, self.query_one("#scroll", TakeScroll)
        if place is not None:
            top = drawing.virtual_region.y + place.row
            region = Region(0, top, 1, ROWS_IN_SIGHT)
            scroll.scroll_to_region(region, animate=False, force=True)

    def action_main(self) -> None:
        """Play once more with the same setup."""
        self.post_message(self.TakeRequested(self._setup))

    def action_read_on(self, direction: int) -> None:
        """Turn a page; once it was said that all was read, go on to the next take."""
        if direction > 0 and self._is_read:
            self.action_main()
        else:
            self._is_read = False
            super().action_read_on(direction)

    def at_the_end(self) -> None:
        """Say that all was read."""
        self._is_read = True
        self.show_message(ALL_READ)

    def action_show_before(self) -> None:
        """Show the unrecorded take before this one."""
        self.post_message(self.EarlierRequested(self, self._take.number))

    def action_back(self) -> None:
        """Back to the setup."""
        self.post_message(self.BackRequested(self))

    def action_play_or_pause(self) -> None:
        """Let the take sound, or be silent again."""
        playback = self._take.playback
        if playback is None:
            self.show_message(self.why_not_heard())
        elif playback.is_playing:
            playback.pause()
        elif not self._is_opening:
            self._is_opening = True
            self.show_message("")
            self.post_message(self.PlaybackRequested(self, playback))
        self.poll()

    def played(self, error: PracticeEarError | None) -> None:
        """It sounds now, or cannot."""
        self._is_opening = False
        if error is not None:
            self.show_message(f"! {error}")
        self.poll()

    def action_step(self, n_notes: int) -> None:
        """Go to the note before or after; where it is far, only some seconds towards it."""
        playback, review = self._take.playback, self._take.review
        if playback is None or review is None:
            return
        here_s = playback.position_s
        onset_s = review.snapshot.onset_s
        if n_notes > 0:
            beyond_s = onset_s[onset_s > here_s + NEAR_S]
            there_s = min([*beyond_s[:1], here_s + JUMP_S])
        else:
            # While it sounds the last note has always just begun: the one before is meant.
            margin_s = STEP_BACK_S if playback.is_playing else NEAR_S
            before_s = onset_s[onset_s < here_s - margin_s]
            there_s = max([*before_s[-1:], here_s - JUMP_S])
        self._go_to(playback, review, float(there_s))

    def action_jump(self, direction: int) -> None:
        """Go some seconds back or on."""
        playback, review = self._take.playback, self._take.review
        if playback is not None and review is not None:
            self._go_to(playback, review, playback.position_s + direction * JUMP_S)

    def _go_to(self, playback: TakePlayback, review: TakeReview, position_s: float) -> None:
        playback.seek(min(max(0.0, position_s), review.duration_s))
        self.poll()
        self._follow(self.query_one("#drawing", TakeDrawing))

    def action_write_page(self) -> None:
        """Write the take's page, once."""
        take = self._take
        if take.review is None or take.path is None:
            self.show_message(self.why_not_heard())
        elif self._page is not None:
            self.page_written(self._page)
        elif not self._is_writing:
            self._is_writing = True
            self.show_message("Writing the page ...")
            self.post_message(self.PageRequested(self, take.review, take.path))

    def page_written(self, page: Path) -> None:
        """Say where the page is."""
        self._is_writing, self._page = False, page
        self.show_message(f"The page is in {page}")

    def page_failed(self, error: PracticeEarError) -> None:
        """Show why there is no page."""
        self._is_writing = False
        self.show_message(f"! {error}")

    def why_not_heard(self) -> str:
        """Say why the take can be neither heard nor put on a page."""
        if self._take.error is not None:
            return f"! {self._take.error}"
        return NOTHING_HEARD if self._take.review is None else NOT_RECORDED
