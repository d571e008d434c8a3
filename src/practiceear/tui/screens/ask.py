"""Asks for effort and pain by one key each; both can be left out."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from practiceear.practice.run_orders import Ask, Order
from practiceear.tui import practice_words as words
from practiceear.tui.screens.stage import STOP, StageScreen
from practiceear.tui.widgets.lines import HeadLine, KeyLine
from practiceear.tui.widgets.state_band import BandView, StateBand
from practiceear.tui.widgets.text_block import TextBlock, TextView

DIGITS = "0123456789"
TEN_KEY = "x"
KEYS = (("0-9", "so much"), ("x", "10"), ("enter", "leave out"), ("esc", "stop"), ("?", "help"))
KEPT = "It is kept in your journal, on this machine, and goes nowhere."


class AskScreen(StageScreen):
    """Effort first, then pain."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(one, f"answer({one})", show=False) for one in DIGITS),
        Binding(TEN_KEY, "answer(10)", show=False),
        Binding("enter", "main", show=False, priority=True),
        Binding("backspace", "again", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._effort: float | None = None
        self._is_pain = self._is_first = False

    def compose(self) -> ComposeResult:
        """Where one is, the question, stop."""
        yield HeadLine(self.head(), id="head")
        yield StateBand(BandView(), id="band")
        yield TextBlock(TextView(), id="text")
        yield StateBand(STOP, id="stop")
        yield KeyLine(KEYS, id="keys")

    def on_mount(self) -> None:
        """Begin with effort, or before anything was played with pain."""
        self.is_ready = True
        self.show_order(self.practice_app.now)

    def show_order(self, order: Order) -> None:
        """Ask from the beginning."""
        self._is_first = isinstance(order, Ask) and order.is_first
        self._effort, self._is_pain = None, self._is_first
        if self.is_ready:
            self._show()

    def _show(self) -> None:
        large = "PAIN" if self._is_pain else "EFFORT"
        question = words.PAIN_QUESTION if self._is_pain else words.EFFORT_QUESTION
        lines = ["", "0  1  2  3  4  5  6  7  8  9, x for 10; enter leaves it out."]
        if self._is_pain and not self._is_first:
            said = "left out" if self._effort is None else f"{self._effort:g}"
            lines.append(f"Effort: {said} (backspace: again).")
        lines += ["", KEPT, words.NO_DIAGNOSIS]
        self.query_one("#band", StateBand).show(BandView(words=large))
        self.query_one("#text", TextBlock).show(TextView(f"{question}.", None, tuple(lines)))

    def action_answer(self, number: int) -> None:
        """Take in a number."""
        self._take(float(number))

    def action_main(self) -> None:
        """Leave the question out."""
        self._take(None)

    def action_again(self) -> None:
        """Back to effort."""
        self._effort, self._is_pain = None, self._is_first
        self._show()

    def _take(self, number: float | None) -> None:
        if self._is_pain:
            self.practice_app.answer(self._effort, number)
            return
        self._effort, self._is_pain = number, True
        self._show()
