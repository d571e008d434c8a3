"""What all screens share: sizes at which things are left out, and the keys that mean the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen

if TYPE_CHECKING:
    from practiceear.tui.app import PracticeEarApp

MAIN_KEYS = "space,pagedown,pageup"
"""The space bar, and what the pedals of page turners send."""

READING_KEYS: tuple[BindingType, ...] = (
    Binding("pagedown", "read_on(1)", show=False, priority=True),
    Binding("pageup", "read_on(-1)", show=False, priority=True),
)
"""On a screen with a text that scrolls, the pedal reads on."""


class AppScreen(Screen[None]):
    """A screen with one main job."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(MAIN_KEYS, "main", show=False, priority=True),
        Binding("escape", "back", show=False),
        Binding("question_mark,f1", "app.help", show=False),
        Binding("q", "app.quit", show=False),
    ]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (60, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [  # noqa: RUF012  # as Textual declares it
        (0, "-flat"),
        (11, "-low"),
        (18, "-middle"),
        (24, "-full"),
        (38, "-tall"),
        (52, "-huge"),
    ]

    @property
    def ear_app(self) -> PracticeEarApp:
        """The app that the screen belongs to."""
        return cast("PracticeEarApp", self.app)

    def action_main(self) -> None:
        """Do what the screen is there for."""
        raise NotImplementedError

    def action_read_on(self, direction: int) -> None:
        """Turn a page of a text that scrolls; nothing beyond its ends, where `at_the_end` is."""
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
