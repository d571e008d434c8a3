"""Asks for effort and pain on a scale from 0 to 10, until each is answered or skipped."""

from __future__ import annotations

from string import ascii_lowercase
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from practiceear.practice.answers import LARGEST_ANSWER, UnreadableAnswerError, read_answer
from practiceear.practice.instructions import Ask, Order
from practiceear.reports import practice_words as words
from practiceear.tui.screens.stage import STOP, StageScreen
from practiceear.tui.widgets.lines import HeadLine, KeyLine, TextBlock, TextView
from practiceear.tui.widgets.state_band import BandView, StateBand

MARKS = {
    **{one: one for one in "0123456789" + ascii_lowercase if one != "q"},
    "full_stop": ".",
    "comma": ",",
    "slash": "/",
    "minus": "-",
}
"""What is typed by which key. Letters too: of "six" no letter may be taken for a key."""

MOST_TYPED = 8
KEYS = (
    ("0-10", "answer"),
    ("← →", "move"),
    ("enter", "take"),
    ("s enter", "skip"),
    ("esc", "stop"),
    ("?", "help"),
)
KEPT = "It is kept in your journal, on this machine, and goes nowhere."


class AskScreen(StageScreen):
    """Effort first, then pain; only a number or a skip leads on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(key, f"type('{one}')", show=False) for key, one in MARKS.items()),
        Binding("left,down", "move(-1)", show=False),
        Binding("right,up", "move(1)", show=False),
        Binding("enter", "take", show=False),  # in its turn: before the 0 of 10 it would take 1
        Binding("backspace", "erase", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._effort: float | None = None
        self._is_pain = self._is_first = False
        self._typed = self._notice = ""

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
        self._begin(is_pain=self._is_first)

    def _begin(self, *, is_pain: bool) -> None:
        """Ask one of the questions anew."""
        self._is_pain = is_pain
        self._typed = self._notice = ""
        if not is_pain:
            self._effort = None
        if self.is_ready:
            self._show()

    def _show(self) -> None:
        large = "PAIN" if self._is_pain else "EFFORT"
        question = words.PAIN_QUESTION if self._is_pain else words.EFFORT_QUESTION
        lines = [_scale(self._typed), f"Your answer: {self._typed or '_'}"]
        lines += [self._notice or f"{words.TYPE_ANSWER}; {words.SKIP_ANSWER}."]
        if self._is_pain and not self._is_first:
            said = "skipped" if self._effort is None else f"{self._effort:g}"
            lines.append(f"Effort: {said} (backspace: again).")
        lines += ["", KEPT, words.NO_DIAGNOSIS]
        self.query_one("#band", StateBand).show(BandView(words=large))
        self.query_one("#text", TextBlock).show(TextView(f"{question}.", None, tuple(lines)))

    def action_type(self, mark: str) -> None:
        """Add a mark to the answer."""
        self._typed = (self._typed + mark)[:MOST_TYPED]
        self._notice = ""
        self._show()

    def action_move(self, steps: int) -> None:
        """Move the mark on the scale; it begins at an end."""
        at = _marked(self._typed)
        if at is None:
            at = -1 if steps > 0 else int(LARGEST_ANSWER) + 1
        self._typed = str(min(max(at + steps, 0), int(LARGEST_ANSWER)))
        self._notice = ""
        self._show()

    def action_erase(self) -> None:
        """Take the last mark away; where nothing is typed, go back to effort."""
        if self._typed or self._is_first:
            self._typed = self._typed[:-1]
            self._show()
        else:
            self._begin(is_pain=False)

    def action_main(self) -> None:
        """Nothing by the pedal, which is easily touched: a question is answered."""
        self._notice = f"{words.unreadable_words('')} {words.TYPE_ANSWER}; {words.SKIP_ANSWER}."
        self._show()

    def action_take(self) -> None:
        """Take the answer or the skip, or ask again where it is neither."""
        typed = self._typed
        try:
            number = read_answer(typed)
        except UnreadableAnswerError:
            self._begin(is_pain=self._is_pain)
            self._notice = (
                f"{words.unreadable_words(typed)} {words.TYPE_ANSWER}; {words.SKIP_ANSWER}."
            )
            self._show()
            return
        if self._is_pain:
            self.practice_app.answer(self._effort, number)
            return
        self._effort = number
        self._begin(is_pain=True)

    def action_back(self) -> None:
        """Stop the session; what was said before is kept."""
        self.practice_app.stop_unanswered(self._effort)


def _marked(typed: str) -> int | None:
    """The whole number on the scale that was typed; None where there is none."""
    try:
        number = read_answer(typed)
    except UnreadableAnswerError:
        return None
    return int(number) if number is not None and number == int(number) else None


def _scale(typed: str) -> str:
    """The numbers from 0 to 10 in a row; brackets mark the one that was typed."""
    marked = _marked(typed)
    numbers = range(int(LARGEST_ANSWER) + 1)
    return "".join(f"[{one}]" if one == marked else f" {one} " for one in numbers)
