"""What the screens of a practice session share, and the one that asks for effort and pain.

They look at a `SessionView` and post what the player requests.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from string import ascii_lowercase, digits
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message

from practiceear.errors import PracticeEarError
from practiceear.live.snapshot import LiveSnapshot
from practiceear.practice.instructions import (
    LARGEST_ANSWER,
    Ask,
    Ending,
    Instruction,
    UnreadableAnswerError,
    read_answer,
)
from practiceear.practice.session_run import SessionRun
from practiceear.reports import practice_words as words
from practiceear.tui.player import LivePlayer
from practiceear.tui.screens.base import AppScreen
from practiceear.tui.widgets.band import BandView, StateBand
from practiceear.tui.widgets.lines import (
    HeadLine,
    HeadView,
    KeyLine,
    TextBlock,
    TextView,
)

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


@dataclass
class SessionView:
    """What the screens of a session look at.

    ``clock_s``, ``began_s``: seconds of a clock that never runs backwards; when the session began
    by it. ``player``, ``ending``: the take of the run; what its end means, once it is over and
    being measured. ``finding``, ``warning``: what was heard of the last run, in one sentence; what
    is wrong just now. May be empty.
    """

    run: SessionRun
    clock_s: Callable[[], float]
    began_s: float | None = None
    player: LivePlayer | None = None
    ending: Ending | None = None
    finding: str = ""
    warning: str = ""
    n_runs: int = 0  # runs played to their end
    error: PracticeEarError | None = None  # what ended the session before its time

    @property
    def now(self) -> Instruction:
        """What is to be done now."""
        return self.run.now

    @property
    def picture(self) -> LiveSnapshot | None:
        """The take as it is now; None without one."""
        return self.player.snapshot() if self.player is not None else None

    @property
    def banner(self) -> str:
        """What must be known of the take; may be empty."""
        return self.player.banner if self.player is not None else ""

    @property
    def is_result_due(self) -> bool:
        """Whether the last finding may still be shown where no breath followed it."""
        return bool(self.finding) and self.run.is_result_due

    def session_s(self) -> float:
        """Seconds since the session began."""
        return 0.0 if self.began_s is None else self.clock_s() - self.began_s


class Command(Enum):
    """What a key asks of a session."""

    BEGIN = auto()
    GO_ON = auto()
    SKIP = auto()
    PAUSE = auto()
    SAY = auto()
    SHOW_RESULT = auto()
    STOP = auto()
    LEAVE = auto()


class StageScreen(AppScreen):
    """A screen of a practice session."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "back", show=False),
        Binding("s", "skip", show=False),
        Binding("p", "command('PAUSE')", show=False),
        Binding("a", "command('SAY')", show=False),
        Binding("r", "command('SHOW_RESULT')", show=False),
    ]
    MAIN: ClassVar[Command] = Command.GO_ON
    BACK: ClassVar[Command] = Command.STOP

    @dataclass
    class Commanded(Message):
        """A key was pressed."""

        command: Command

    def __init__(self, session: SessionView) -> None:
        super().__init__()
        self.session = session
        self.is_ready = False

    def on_mount(self) -> None:
        """Show what there is."""
        self.is_ready = True
        self.show_order(self.session.now)

    def show_order(self, order: Instruction) -> None:
        """Show what is to be done now; called once the screen is ready."""

    def head(self) -> HeadView:
        """The plan, the step, and about how long it still takes."""
        run = self.session.run
        place = min(run.at + 1, len(run.steps))
        left_s = sum(step.length_s for step in run.steps[run.at :])
        right = () if run.is_over else (f"about {max(1, round(left_s / 60.0))} min left",)
        return HeadView((run.plan.name, f"step {place} of {len(run.steps)}"), right)

    def action_command(self, name: str) -> None:
        """Ask for something by the name of its command."""
        self.post_message(self.Commanded(Command[name]))

    def action_main(self) -> None:
        """The run, the breath or the pause is over."""
        self.post_message(self.Commanded(self.MAIN))

    def action_back(self) -> None:
        """Stop the session; all that was played stays saved."""
        self.post_message(self.Commanded(self.BACK))

    def action_skip(self) -> None:
        """Leave the step out."""
        self.post_message(self.Commanded(Command.SKIP))


MARKS = {
    **{mark: mark for mark in digits + ascii_lowercase if mark != "q"},
    "full_stop": ".",
    "comma": ",",
    "slash": "/",
    "minus": "-",
}
"""What is typed by which key. Letters too: of "six" no letter may be taken for a key."""

MOST_TYPED = 8
HOW_TO = f"{words.TYPE_ANSWER}; {words.SKIP_ANSWER}."
ASK_KEYS = (
    ("0-10", "answer"),
    ("← →", "move"),
    ("enter", "take"),
    ("s enter", "skip"),
    ("esc", "stop"),
    ("?", "help"),
)
ANSWERS_KEPT = "It is kept in your journal, on this machine, and goes nowhere."


class AskScreen(StageScreen):
    """Effort first, then pain; only a number or a skip leads on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(key, f"type('{mark}')", show=False) for key, mark in MARKS.items()),
        Binding("left,down", "move(-1)", show=False),
        Binding("right,up", "move(1)", show=False),
        Binding("enter", "take", show=False),  # in its turn: before the 0 of 10 it would take 1
        Binding("backspace", "erase", show=False),
    ]

    @dataclass
    class Answered(Message):
        """Both questions are answered or skipped."""

        effort: float | None
        pain: float | None

    @dataclass
    class Abandoned(Message):
        """The session is to stop; ``effort`` was answered before."""

        effort: float | None

    def __init__(self, session: SessionView) -> None:
        super().__init__(session)
        self._effort: float | None = None
        self._is_pain = self._is_first = self._is_answered = False
        self._typed = self._notice = ""

    def compose(self) -> ComposeResult:
        """Where one is, the question, stop."""
        yield HeadLine(self.head(), id="head")
        yield StateBand(BandView(), id="band")
        yield TextBlock(TextView(), id="text")
        yield StateBand(STOP, id="stop")
        yield KeyLine(ASK_KEYS, id="keys")

    def show_order(self, order: Instruction) -> None:
        """Ask from the beginning: effort first, or before anything was played pain."""
        self._is_answered = False
        self._is_first = isinstance(order, Ask) and order.is_first
        self._begin(is_pain=self._is_first)

    def _begin(self, *, is_pain: bool) -> None:
        self._is_pain = is_pain
        self._typed = self._notice = ""
        if not is_pain:
            self._effort = None
        self._show()

    def _show(self) -> None:
        large = "PAIN" if self._is_pain else "EFFORT"
        question = words.PAIN_QUESTION if self._is_pain else words.EFFORT_QUESTION
        lines = [_scale(self._typed), f"Your answer: {self._typed or '_'}", self._notice or HOW_TO]
        if self._is_pain and not self._is_first:
            effort = "skipped" if self._effort is None else f"{self._effort:g}"
            lines.append(f"Effort: {effort} (backspace: again).")
        lines += ["", ANSWERS_KEPT, words.NO_DIAGNOSIS]
        self.show("band", BandView(words=large))
        self.show("text", TextView(f"{question}.", None, tuple(lines)))

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
        self._notice = f"{words.unreadable_words('')} {HOW_TO}"
        self._show()

    def action_take(self) -> None:
        """Take the answer or the skip, or ask again where it is neither."""
        if self._is_answered:  # what is pressed before the next screen comes answers nothing
            return
        typed = self._typed
        try:
            number = read_answer(typed)
        except UnreadableAnswerError:
            self._begin(is_pain=self._is_pain)
            self._notice = f"{words.unreadable_words(typed)} {HOW_TO}"
            self._show()
            return
        if self._is_pain:
            self._is_answered = True
            self.post_message(self.Answered(self._effort, number))
            return
        self._effort = number
        self._begin(is_pain=True)

    def action_back(self) -> None:
        """Stop the session; the answers before stay saved."""
        self.post_message(self.Abandoned(self._effort))


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
    return "".join(f"[{number}]" if number == marked else f" {number} " for number in numbers)
