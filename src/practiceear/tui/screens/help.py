"""The help: which keys there are and what the signs mean."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from practiceear.tui.screens.base import READING_KEYS, AppScreen
from practiceear.tui.widgets.lines import HeadLine, HeadView, KeyLine

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

    def compose(self) -> ComposeResult:
        """Head, text, keys."""
        yield HeadLine(HeadView(("Help",)))
        with VerticalScroll(id="scroll", can_focus=True):
            yield Static(HELP_TEXT, id="help")
        yield KeyLine((("space", "close"), ("↑ ↓ pgdn", "more"), ("q", "quit")))

    def action_main(self) -> None:
        """Close."""
        self.ear_app.pop_screen()

    def action_back(self) -> None:
        """Close."""
        self.ear_app.pop_screen()
