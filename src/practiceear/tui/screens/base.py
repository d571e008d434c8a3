"""What all screens share: sizes at which things are left out, and the keys that mean the same.

Screens know no app: they ask for what they need by messages that bubble up to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.message import Message
from textual.screen import Screen

from practiceear.settings import LiveOptions
from practiceear.tui.widgets.cells import CellWidget

MAIN_KEYS = "space,pagedown,pageup"
"""The space bar, and what the pedals of page turners send."""

READING_KEYS: tuple[BindingType, ...] = (
    Binding("pagedown", "read_on(1)", show=False, priority=True),
    Binding("pageup", "read_on(-1)", show=False, priority=True),
)
"""On a screen with a text that scrolls, the pedal reads on."""

WIDTHS = [(0, "-narrow"), (60, "-wide")]
HEIGHTS = [(0, "-flat"), (11, "-low"), (18, "-middle"), (24, "-full"), (38, "-tall"), (52, "-huge")]
"""Columns and rows from which on the stylesheet finds a class."""


class AppScreen(Screen[None]):
    """A screen with one main job."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(MAIN_KEYS, "main", show=False, priority=True),
        Binding("escape", "back", show=False),
        Binding("question_mark,f1", "app.help", show=False),
        Binding("q", "app.quit", show=False),
    ]
    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS
    POLLS_PER_S: ClassVar[float] = 0.0
    """How often `poll` is called; 0: never."""

    @dataclass
    class Mounted(Message):
        """The screen is composed and can be polled."""

        screen: AppScreen

    @dataclass
    class TakeRequested(Message):
        """A take is to begin with this setup."""

        setup: LiveOptions

    @dataclass
    class BackRequested(Message):
        """The screen is to be left."""

        screen: AppScreen

    def on_mount(self) -> None:
        """Ask to be polled."""
        if self.POLLS_PER_S:
            self.post_message(self.Mounted(self))

    def show(self, name: str, view: object) -> None:
        """Let the widget of that name show something else."""
        self.query_one(f"#{name}", CellWidget).show(view)

    def poll(self) -> None:
        """Show what has changed with time."""

    def action_main(self) -> None:
        """Do what the screen is there for."""
        raise NotImplementedError

    def action_read_on(self, direction: int) -> None:
        """Turn a page of a text that scrolls; beyond its end call `at_the_end`."""
        scroll = self.query_one("#scroll", VerticalScroll)
        is_at_end = scroll.scroll_offset.y >= scroll.max_scroll_y
        if direction > 0 and is_at_end:
            self.at_the_end()
        else:
            scroll.scroll_relative(y=direction * max(1, scroll.size.height - 2), animate=False)

    def at_the_end(self) -> None:
        """Answer who reads on at the end of a text."""

    def action_back(self) -> None:
        """Go back to where one came from; nothing at the root."""
