"""Takes played before: one chosen from the disk, or turned to in the journal."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from urllib.parse import unquote, urlsplit

from rich.text import Text, TextType
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import DirectoryTree, Input

from practiceear.audio.container import may_be_take
from practiceear.errors import PracticeEarError
from practiceear.plain_text import printable
from practiceear.settings import LiveOptions
from practiceear.tui.player import JournalPage, ReviewedTake
from practiceear.tui.screens.base import AppScreen
from practiceear.tui.screens.summary import SummaryScreen
from practiceear.tui.widgets.lines import HeadLine, HeadView, KeyLine, Notice, NoticeView

OPEN_KEYS = (
    ("enter", "open"),
    ("↑ ↓", "choose"),
    ("←", "up"),
    ("tab", "type a path"),
    ("esc", "back"),
    ("f1", "help"),
)
BUSY_KEYS = (("esc", "do not open it"),)
FIRST_WORDS = "Choose a take, or press tab and type or paste where it is."


class TakeTree(DirectoryTree):
    """Folders, and the files in them that may be takes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "select_cursor", show=False),
        Binding("left,backspace", "screen.up", show=False),
        Binding("question_mark", "app.help", show=False),
        Binding("q", "app.quit", show=False),
    ]
    ICON_NODE = "▸ "
    ICON_NODE_EXPANDED = "▾ "
    ICON_FILE = "  "

    def process_label(self, label: TextType) -> Text:
        """A file's name as it is: nothing in it is a style or a command."""
        return Text(printable(str(label)))

    def filter_paths(self, paths: Iterable[Path]) -> Iterable[Path]:
        """No hidden ones, and of files only those that are called like a take."""
        shown = (path for path in paths if not path.name.startswith("."))
        return [path for path in shown if may_be_take(path) or _is_folder(path)]


class OpenTakeScreen(AppScreen, inherit_bindings=False):
    """A list of takes, beginning with those of a folder; the main key opens the marked one."""

    # The bindings of other screens would take spaces and question marks out of a typed path.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pagedown,pageup", "main", show=False, priority=True),
        Binding("escape", "back", show=False),
        Binding("tab", "app.focus_next", show=False),
        Binding("shift+tab", "app.focus_previous", show=False),
        Binding("f1", "app.help", show=False),
    ]
    DEFAULT_CSS = """
    OpenTakeScreen Notice { height: 3; }
    OpenTakeScreen.-middle Notice { height: 2; }
    OpenTakeScreen.-low Notice { height: 1; }
    OpenTakeScreen.-flat HeadLine { display: none; }
    OpenTakeScreen.-flat Notice { display: block; height: 1; }
    OpenTakeScreen TakeTree { height: 1fr; padding: 0 1; background: #080808; }
    OpenTakeScreen TakeTree:focus { background-tint: transparent 0%; }
    OpenTakeScreen TakeTree > .tree--cursor { background: #262626; color: #e4e4e4; }
    OpenTakeScreen TakeTree:focus > .tree--cursor { background: #eeeeee; color: #080808; }
    OpenTakeScreen Input { height: 1; border: none; padding: 0 1; background: #262626; }
    """

    @dataclass
    class OpenRequested(Message):
        """A take is to be opened; ``request`` counts these."""

        screen: OpenTakeScreen
        path: Path
        request: int

    def __init__(self, setup: LiveOptions, folder: Path) -> None:
        super().__init__()
        self.setup = setup
        self._folder = folder
        self._request = 0
        self._is_busy = False

    def compose(self) -> ComposeResult:
        """Where one is, what is wrong, the list, a line for a path."""
        yield HeadLine(HeadView(("Open a take",)), id="head")
        yield Notice(NoticeView(banner=FIRST_WORDS), id="notice")
        yield TakeTree(self._folder, id="takes")
        yield Input(placeholder="path of a take, or of a folder", id="path", compact=True)
        yield KeyLine(OPEN_KEYS, id="keys")

    def on_mount(self) -> None:
        """The list is what one uses first."""
        self._show_folder()
        self.query_one("#takes").focus()

    def _show_folder(self) -> None:
        self.show("head", HeadView(("Open a take", str(self._folder))))

    # What is requested.

    def action_main(self) -> None:
        """Open what is marked, or what is typed."""
        if isinstance(self.focused, Input):
            self._open_typed(self.focused.value)
        else:
            self.query_one("#takes", TakeTree).action_select_cursor()

    def action_up(self) -> None:
        """Show the folder above."""
        self._go_to(self._folder.parent)

    def action_back(self) -> None:
        """Give up the take that is being opened; else back to the setup."""
        if self._is_busy:
            self._rest(NoticeView(banner=FIRST_WORDS))
        else:
            self.post_message(self.BackRequested(self))

    def on_directory_tree_file_selected(self, event: DirectoryTree.FileSelected) -> None:
        """Open a take of the list."""
        self._open(event.path)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Open what was typed."""
        self._open_typed(event.value)

    def on_paste(self, event: events.Paste) -> None:
        """Take in a path that is pasted, or dropped on the terminal, wherever one is."""
        line = self.query_one("#path", Input)
        line.value = printable((event.text.splitlines() or [""])[0])
        line.focus()
        line.cursor_position = len(line.value)

    def _open_typed(self, text: str) -> None:
        if not text.strip():
            return
        path = read_path(text)
        if _is_folder(path):
            self._go_to(path)
            self.query_one("#takes").focus()
        else:
            self._open(path)

    def _go_to(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self.query_one("#takes", TakeTree).path = self._folder
        self._show_folder()
        self._rest(NoticeView(banner=FIRST_WORDS))

    def _open(self, path: Path) -> None:
        if self._is_busy:
            return
        self._request += 1
        self._is_busy = True
        self.show("keys", BUSY_KEYS)
        self.show_progress(path, "")
        self.post_message(self.OpenRequested(self, path, self._request))

    # What comes of it.

    def is_wanted(self, request: int) -> bool:
        """Whether somebody still waits for that take."""
        return self._is_busy and self._request == request and self in self.app.screen_stack

    def show_progress(self, path: Path, progress: str) -> None:
        """Show how much of a take was heard."""
        words = f"Listening to {path.name} ... {progress}".strip()
        self.show("notice", NoticeView(banner=words))

    def show_error(self, error: PracticeEarError, request: int) -> None:
        """Show why a take cannot be opened, if somebody still waits for it."""
        if self.is_wanted(request):
            self._rest(NoticeView(warning=str(error)))

    def _rest(self, notice: NoticeView) -> None:
        self._is_busy = False
        self.show("notice", notice)
        self.show("keys", OPEN_KEYS)


def read_path(text: str) -> Path:
    """The path that a line means: in quotes, with escaped blanks or as an address, as pasted."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1]
    if text.startswith("file://"):
        text = unquote(urlsplit(text).path)
    path = _at_home(Path(text))
    if "\\" in text and not _exists(path):
        path = _at_home(Path(re.sub(r"\\(.)", r"\1", text)))
    return path


def _at_home(path: Path) -> Path:
    try:
        return path.expanduser()
    except RuntimeError:  # ~nobody
        return path


def _exists(path: Path) -> bool:
    with suppress(OSError):
        return path.exists()
    return False


def _is_folder(path: Path) -> bool:
    with suppress(OSError):  # nobody may look into it
        return path.is_dir()
    return False


EMPTY = "The journal is empty so far: the next take that you record will be its first."
NO_RECORDING = "No recording of this take is kept; what was measured is written down here."
FIRST, LAST = "This is the first take of the journal.", "This is the newest take."
TURN_KEYS = (("pgup pgdn", "turn"), ("space", "play"))
PAGE_KEYS = (*TURN_KEYS, ("↑ ↓", "more"), ("s", "setup"), ("?", "help"), ("q", "quit"))
RECORDED_PAGE_KEYS = (
    *TURN_KEYS,
    ("p", "hear"),
    ("← →", "note"),
    ("s", "setup"),
    ("?", "help"),
    ("q", "quit"),
    ("h", "page"),
)


class JournalScreen(SummaryScreen):
    """One page of the journal; it is there at once, and its recording as soon as it is heard.

    The next take is played with ``setup``.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        # They turn pages here, as a page turner's pedal does everywhere else.
        Binding("pageup", "turn(-1)", show=False, priority=True),
        Binding("pagedown", "turn(1)", show=False, priority=True),
    ]

    @dataclass
    class TurnRequested(Message):
        """Request for the page at an offset from this one."""

        screen: JournalScreen
        n_pages: int

    @dataclass
    class RecordingRequested(Message):
        """The page's recording is to be heard and measured."""

        screen: JournalScreen
        recording: Path

    def __init__(self, setup: LiveOptions, page: JournalPage) -> None:
        super().__init__(setup, ReviewedTake(text=page.text, is_opened=True))
        self.setup, self.page = setup, page
        self._is_turning = False
        self._is_listening = page.recording is not None

    def head(self) -> tuple[str, ...]:
        """Which take of its session it is, and when it was played."""
        page = self.page
        return f"take {page.number} of {page.n_takes}", page.began, page.instrument

    def keys(self) -> tuple[tuple[str, str], ...]:
        """Turning comes first."""
        return RECORDED_PAGE_KEYS if self.page.recording is not None else PAGE_KEYS

    def on_mount(self) -> None:
        """The recording is heard beside it."""
        if self.page.recording is not None:
            self.post_message(self.RecordingRequested(self, self.page.recording))

    # Turning.

    def action_turn(self, n_pages: int) -> None:
        """Go to the take before or after."""
        if not self._is_turning:
            self._is_turning = True
            self.post_message(self.TurnRequested(self, n_pages))

    def reach_end(self, n_pages: int) -> None:
        """There is no page beyond this one."""
        self.stay(LAST if n_pages > 0 else FIRST)

    def stay(self, words: str) -> None:
        """The page is not turned; show why."""
        self._is_turning = False
        if words:
            self.show_message(words)

    # The recording.

    def show_progress(self, words: str) -> None:
        """Show how much of the recording was heard."""
        self.show_message(f"Listening to the recording ... {words}")

    def take_in(self, take: ReviewedTake) -> None:
        """The recording was reviewed, or cannot be."""
        self._is_listening = False
        if not self.is_left:
            self.replace_take(take)

    def why_not_heard(self) -> str:
        """Say why the take cannot be heard."""
        if self._is_listening:
            return "The recording is being listened to; a moment more."
        return NO_RECORDING if self.page.recording is None else super().why_not_heard()
