"""Screens of a few words: preparing, the help, and the question before leaving."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widgets import Static

from practiceear.errors import PracticeEarError
from practiceear.tui.screens.base import READING_KEYS, AppScreen
from practiceear.tui.widgets.band import BandView, StateBand
from practiceear.tui.widgets.lines import HeadLine, HeadView, KeyLine, Notice, NoticeView

PREPARING_KEYS = (("?", "help"), ("q", "quit"))
FIRST_WORDS = "Preparing the ear ..."
LARGE_WORDS = "PREPARING"
LEAVE_KEYS = (("space", "look at it"), ("esc", "back"), ("q", "leave"))


class PreparingScreen(AppScreen):
    """Shows what is being made ready; where it fails, the main key tries again."""

    class PrepareRequested(Message):
        """The detector is to be made ready."""

    def __init__(self) -> None:
        super().__init__()
        self._has_failed = False

    def compose(self) -> ComposeResult:
        """Head, what is being done, keys."""
        yield HeadLine(HeadView(("PracticeEar",)))
        yield Notice(NoticeView(), id="notice")
        yield StateBand(BandView(words=LARGE_WORDS, explanation=FIRST_WORDS), id="band")
        yield KeyLine(PREPARING_KEYS, id="keys")

    def on_mount(self) -> None:
        """Begin at once."""
        self.post_message(self.PrepareRequested())

    def show_progress(self, progress: str) -> None:
        """Show what is being done."""
        words = f"{FIRST_WORDS} {progress}".strip()
        self.show("band", BandView(words=LARGE_WORDS, explanation=words))

    def show_error(self, error: PracticeEarError) -> None:
        """Show why it cannot be done."""
        self._has_failed = True
        self.show("band", BandView(words="NOT READY", explanation="what is missing stands above"))
        self.show("notice", NoticeView(warning=str(error)))
        self.show("keys", (("space", "try again"), *PREPARING_KEYS))

    def action_main(self) -> None:
        """Try again, once it has failed."""
        if not self._has_failed:
            return
        self._has_failed = False
        self.show("notice", NoticeView())
        self.show("keys", PREPARING_KEYS)
        self.show_progress("")
        self.post_message(self.PrepareRequested())


class LeaveScreen(AppScreen):
    """Asks before the summaries of ``n_unsaved`` takes that were not recorded are lost."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "main", show=False)]

    class LookRequested(Message):
        """The last of these summaries is to be shown."""

    def __init__(self, n_unsaved: int) -> None:
        super().__init__()
        self._n_unsaved = n_unsaved

    def compose(self) -> ComposeResult:
        """Head, question, what would be lost, keys."""
        n = self._n_unsaved
        what = "The summary of 1 take" if n == 1 else f"The summaries of {n} takes"
        verb = "is" if n == 1 else "are"
        yield HeadLine(HeadView(("Leave?",)))
        yield StateBand(BandView(words="LEAVE: Q"))
        yield Static(
            f"\n {what} that {'was' if n == 1 else 'were'} not recorded {verb} kept nowhere"
            " and will be lost.",
            id="lost",
        )
        yield KeyLine(LEAVE_KEYS)

    def action_main(self) -> None:
        """Look at the last one; b goes on to those before."""
        self.post_message(self.LookRequested())

    def action_back(self) -> None:
        """Stay."""
        self.app.pop_screen()


HELP_TEXT = """\
[b]Keys[/b]
[b]space[/b]                start, stop, once more: always the next thing to do
[b]pedal[/b] (page down)    the same; where a text is longer than the screen it reads on
                     first, and after the end it plays once more
[b]esc[/b]                  back; while you play, it leaves the take (a recording is kept)
[b]s[/b]                    the setup, after a take
[b]enter[/b]                in the setup: close the field that is typed in, else start;
                     while a field is open no letter is a key
[b]b[/b]                    back to the summary of a take that was not recorded: it stays
                     until you leave
[b]u[/b]                    in the setup: recover a take that was cut off
[b]t[/b]                    tap the tempo, in the setup: three taps or more
[b]o[/b]                    open a recorded take, in the setup: [b]↑ ↓[/b] and [b]enter[/b] choose,
                     [b]←[/b] goes a folder up, [b]tab[/b] lets you type or paste a path
[b]j[/b]                    the journal, in the setup: your last take; [b]page up[/b] and
                     [b]page down[/b] (the [b]pedal[/b]) turn to the take before and after
[b]p[/b]                    after a take: hear it, pause, hear on; the cursor goes along
[b]← →[/b]                  after a take: a note back or on; with [b]shift[/b] 5 seconds
[b]h[/b]                    after a take: write its page, to look at, hear and correct
[b]r[/b]                    look for microphones again, in the setup
[b]?[/b] or [b]F1[/b]              this page
[b]q[/b]                    quit; a take that is recorded is ended and saved

[b]The band[/b] is about your last notes together, not about one slip.
[b]◀ EARLY[/b]    ahead of the click: enough to be noticed, too much for chance
[b]● ON TIME[/b]  with the click; closer than that nobody hears
[b]▶ LATE[/b]     behind the click
[b]◀▶ UNEVEN[/b]  now before, now after: it is heard
[b]● EVEN[/b]     steady; early or late is not said until the sound card is known

[b]The big number[/b] is how far your last notes lie from their own middle, in
milliseconds: smaller is steadier. Beside it stand the two numbers between which
it most likely lies, and how many notes it rests on. After a few notes it may still be
far off.

[b]The strip[/b] has one dot a note, the last sixteen: early left, late right.
[b]○[/b]   just heard, not yet sure
[b]●[/b]   sure; it may have moved a little
[b]◀ ▶[/b] at an end: further off than the strip reaches
Inside the light field nobody notices; beyond the darker one it is heard.

[b]The level[/b] is what the microphone hears.
[b]■ CLIPS[/b]     too loud: turn the input down
[b]◉ REC[/b]       the take is being written to disk
[b]SILENT BAR[/b]  the click rests on purpose and the screen with it:
            keep the beat yourself

Your eyes belong on the music: choose "eyes on the music" in the setup, and
nothing is judged until you stop. A take ends by itself a few seconds after
your last note."""


class HelpScreen(AppScreen):
    """The help, over whatever was there."""

    BINDINGS: ClassVar[list[BindingType]] = [*READING_KEYS]
    TEXT: ClassVar[str] = HELP_TEXT
    KEYS: ClassVar[tuple[tuple[str, str], ...]] = (
        ("space", "close"),
        ("↑ ↓ pgdn", "more"),
        ("q", "quit"),
    )

    def compose(self) -> ComposeResult:
        """Head, text, keys."""
        yield HeadLine(HeadView(("Help",)))
        with VerticalScroll(id="scroll", can_focus=True):
            yield Static(self.TEXT, id="help")
        yield KeyLine(self.KEYS)

    def action_main(self) -> None:
        """Close."""
        self.app.pop_screen()

    def action_back(self) -> None:
        """Close."""
        self.app.pop_screen()


PRACTICE_HELP_TEXT = """\
[b]Keys of a practice session[/b]
[b]space[/b] or the [b]pedal[/b]   begin; this run is over; go on. A rest is not cut short by it.
[b]esc[/b] or [b]q[/b]             stop: the session ends, and all that was played is kept
[b]s[/b]                    leave this step out; a rest that the plan asks for stays
[b]p[/b]                    pause; a run that was begun is played again
[b]a[/b]                    say effort and pain now: a number from 0 to 10 and Enter
[b]r[/b]                    show what was heard, in the breath after a run

You need no key at all: it counts in, hears when a run is over, breathes, and goes on.

Results are shown after every run at first, then after every third, then when you ask:
what is told every time is not learned. An assessment tells nothing until its end, so
that it can be compared with the next; nor does the run as in a concert, before the end.

It rests and stops by the rules of your plan, and stopping wins over everything. Nothing
here is a diagnosis: where it hurts, stop, and ask somebody who knows."""


class PracticeHelpScreen(HelpScreen):
    """The help for a practice session."""

    TEXT = PRACTICE_HELP_TEXT
    KEYS = (("space", "close"), ("↑ ↓", "more"))
