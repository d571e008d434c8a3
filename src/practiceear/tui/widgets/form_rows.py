"""Rows of a form: choices turn with left and right, texts are typed.

A text that has the focus is open: every character is its own, and one that it cannot use is
refused in words, so that no letter acts as a key by accident. Errors stand below their row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from practiceear.tui.widgets import palette
from practiceear.tui.widgets.cells import CellWidget, Row

LABEL_WIDTH = 25
SHORTEST_LABEL_WIDTH = 22
VALUE_WIDTH = 16
LONGEST_TEXT = 24


@dataclass(frozen=True, slots=True)
class RowView:
    """How a row looks."""

    label: str
    value: str
    hint: str = ""
    understood: str = ""
    error: str = ""
    has_focus: bool = False
    is_choice: bool = False


class FormRow(CellWidget[RowView], can_focus=True):
    """A label, a value and a hint."""

    # Here and not on the screen: a form that scrolls would take the arrows for itself.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]

    @dataclass
    class Changed(Message):
        """The value of a row is another one."""

        row: FormRow

    def __init__(self, field: str, view: RowView) -> None:
        super().__init__(view, id=field)
        self.field = field

    @property
    def value(self) -> str:
        """What is chosen or typed."""
        raise NotImplementedError

    def show_error(self, error: str) -> None:
        """Say below the row what is wrong with it; nothing where empty."""
        self.set_class(bool(error), "-error")
        self.show(replace(self.view, error=error))

    def on_focus(self) -> None:
        """Mark the row."""
        self.show(replace(self.view, has_focus=True))

    def on_blur(self) -> None:
        """Unmark the row."""
        self.show(replace(self.view, has_focus=False))

    def draw(self, view: RowView, width: int, height: int) -> list[Row]:
        """One row; the error below it."""
        label_width = min(LABEL_WIDTH, max(SHORTEST_LABEL_WIDTH, width // 2))
        style = palette.STRONG if view.has_focus else palette.TEXT
        mark = "▸ " if view.has_focus else "  "
        row: Row = [((mark + view.label)[:label_width].ljust(label_width), style)]
        if view.is_choice:
            row += [("◂ ", palette.FAINT), (view.value, style), (" ▸", palette.FAINT)]
        else:
            cursor = "▁" if view.has_focus else ""
            row += [("  ", style), (view.value + cursor, style)]
            if not view.value and not view.has_focus:
                row.append(("none", palette.FAINT))
        used = sum(len(text) for text, _ in row)
        free = max(2, label_width + VALUE_WIDTH - used)
        hint = view.understood or (view.hint if view.has_focus else "")
        if hint and used + free + len(hint) <= width:
            row += [(" " * free, style), (hint, palette.DIM)]
        error: Row = [(f"  ! {view.error}", palette.WARNING)]
        return [row, error] if view.error else [row]

    def _change(self, value: str) -> None:
        self.set_class(False, "-error")
        self.show(replace(self.view, value=value, error=""))
        self.post_message(self.Changed(self))


class ChoiceRow(FormRow):
    """One of several values, turned with left and right."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,plus", "turn(1)", show=False),
        Binding("left,minus", "turn(-1)", show=False),
    ]

    def __init__(
        self,
        field: str,
        label: str,
        choices: Sequence[tuple[str, str]],
        value: str,
        hint: str = "",
    ) -> None:
        self._choices = list(choices)
        self._place = [name for name, _ in self._choices].index(value)
        shown = self._choices[self._place][1]
        super().__init__(field, RowView(label, shown, hint or "← →", is_choice=True))

    @property
    def value(self) -> str:
        """Name of the chosen value."""
        return self._choices[self._place][0]

    def offer(self, choices: Sequence[tuple[str, str]]) -> None:
        """Offer other choices; the chosen one stays if it is among them."""
        names = [name for name, _ in choices]
        place = names.index(self.value) if self.value in names else 0
        self._choices, self._place = list(choices), place
        self.show(replace(self.view, value=self._choices[place][1]))

    def action_turn(self, step: int) -> None:
        """Take the next or the previous value, around the ends."""
        self._place = (self._place + step) % len(self._choices)
        self._change(self._choices[self._place][1])

    def on_key(self, event: events.Key) -> None:
        """Take the value that is named by one character, such as 3."""
        names = [name for name, _ in self._choices]
        if event.character is not None and event.character in names:
            event.stop()
            self.action_turn(names.index(event.character) - self._place)

    def on_click(self) -> None:
        """A click turns too."""
        self.action_turn(1)


class TextRow(FormRow):
    """A short text of certain characters; open while it has the focus.

    ``understood`` describes how a text is understood; empty where it is not.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("backspace", "shorten", show=False),
        Binding("delete,ctrl+u", "clear", show=False),
    ]

    def __init__(
        self,
        field: str,
        label: str,
        value: str,
        *,
        allowed: str,
        hint: str = "",
        understood: Callable[[str], str] = lambda _: "",
    ) -> None:
        super().__init__(field, RowView(label, value, hint, understood(value)))
        self._allowed, self._understood = allowed, understood
        self._is_fresh, self._is_begun = True, False
        self._refused = ""

    @property
    def value(self) -> str:
        """What is typed."""
        return self.view.value

    def on_focus(self) -> None:
        """The first character typed after coming here replaces what stood there."""
        self._is_fresh, self._is_begun = not self._is_begun, False
        super().on_focus()

    def on_blur(self) -> None:
        """What was said of a refused character is over with the field."""
        if self._refused and self.view.error == self._refused:
            self.show_error("")
        super().on_blur()

    def begin(self, character: str) -> None:
        """Open the field with a first character; more may come before it is open."""
        before = self.value if self._is_begun else ""
        self._is_begun = True
        self.focus()
        self._change(before + character)

    def fill(self, value: str) -> None:
        """Put a value there, as if typed."""
        self._change(value)

    def on_key(self, event: events.Key) -> None:
        """Take the characters that the field can use, and refuse the others in words."""
        if event.character is None or not event.character.isprintable():
            return  # arrows, enter and the like
        event.stop()
        if event.character not in self._allowed:
            shown = "a space" if event.character == " " else f"{event.character!r}"
            self._refused = f"{shown} means nothing here. Enter closes the field."
            self.show_error(self._refused)
            return
        before = "" if self._is_fresh else self.value
        if len(before) < LONGEST_TEXT:
            self._is_fresh = False
            self._change(before + event.character)
        else:
            self.show_error(f"{LONGEST_TEXT} characters are the most.")

    def _change(self, value: str) -> None:
        self.show(replace(self.view, understood=self._understood(value)))
        super()._change(value)

    def action_shorten(self) -> None:
        """Take the last character away."""
        self._is_fresh = False
        self._change(self.value[:-1])

    def action_clear(self) -> None:
        """Take all away."""
        self._is_fresh = False
        self._change("")
