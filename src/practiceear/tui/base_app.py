"""What both terminal apps share: threads beside the screen, preparing, ending and the clock."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import ClassVar, ParamSpec, Protocol

from textual import on
from textual.app import App
from textual.screen import Screen

from practiceear.errors import PracticeEarError
from practiceear.tui.player import TakeBackend
from practiceear.tui.screens.base import AppScreen
from practiceear.tui.screens.plain import HelpScreen, PreparingScreen

P = ParamSpec("P")

LEAVING = "leaving as soon as it is done"


class BaseApp(App[None]):
    """An app whose slow work is done in threads beside its screens.

    ``backend``: where takes begin. ``is_fake_clock``: for tests: nothing is looked at by itself,
    only when `poll` is called, and `fake_time_s` is the time.

    ``is_leaving``: whether all is over.
    """

    TITLE = "PracticeEar"
    CSS_PATH = "practiceear.tcss"
    ENABLE_COMMAND_PALETTE: ClassVar[bool] = False
    ALLOW_SELECT: ClassVar[bool] = False
    HELP_SCREEN: ClassVar[type[HelpScreen]] = HelpScreen

    def __init__(self, backend: TakeBackend, *, is_fake_clock: bool) -> None:
        super().__init__()
        self.animation_level = "none"
        self.is_fake_clock, self.fake_time_s = is_fake_clock, 0.0
        self.is_leaving = self.is_preparing = self.is_ended_from_outside = False
        self._backend = backend
        self._events_loop: asyncio.AbstractEventLoop | None = None

    def clock_s(self) -> float:
        """Seconds of a clock that never runs backwards."""
        return self.fake_time_s if self.is_fake_clock else time.monotonic()

    @on(AppScreen.Mounted)
    def _begin_polling(self, message: AppScreen.Mounted) -> None:
        screen = message.screen
        if not self.is_fake_clock:
            screen.set_interval(1.0 / screen.POLLS_PER_S, screen.poll)

    def poll(self) -> None:
        """Show what has changed with time, now."""
        for screen in self.screen_stack:
            if isinstance(screen, AppScreen):
                screen.poll()

    # Threads.

    def run_in_thread(self, job: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
        """Do something slow in a thread of its own."""
        self.run_worker(partial(job, *args, **kwargs), thread=True, group="aside")

    def call_on_ui(self, job: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
        """From a thread, do something on the screen, unless all is over."""
        if not self.is_leaving and self.is_running:
            self.call_from_thread(lambda: None if self.is_leaving else job(*args, **kwargs))

    # Which screen is shown.

    def back_to(self, screen: Screen[None]) -> None:
        """Close whatever lies over a screen."""
        while self.screen is not screen:
            self.pop_screen()

    def show_over(self, root: Screen[None], screen: Screen[None]) -> None:
        """Show a screen over another one, in place of whatever was there."""
        self.back_to(root)
        self.push_screen(screen)

    def show_if_current(self, root: Screen[None], screen: Screen[None]) -> None:
        """Show a screen over another one, unless something else was begun there meanwhile."""
        if self.screen is root:
            self.push_screen(screen)

    # Preparing.

    @on(PreparingScreen.PrepareRequested)
    def _begin_preparing(self) -> None:
        self.is_preparing = True
        self.run_in_thread(self._prepare)

    def _prepare(self) -> None:
        try:
            self._backend.prepare(lambda words: self.call_on_ui(self.show_progress, words))
        except PracticeEarError as error:
            self.call_on_ui(self._fail_preparing, error)
            return
        finally:
            self.is_preparing = False
            if self.is_leaving:
                self.call_from_thread(self.exit)
        self.look_around()
        self.call_on_ui(self.show_prepared)

    def look_around(self) -> None:
        """What else is slow before the first screen; called in a thread."""

    def show_prepared(self) -> None:
        """Show the first screen, now that the detector is ready."""
        raise NotImplementedError

    def show_progress(self, words: str) -> None:
        """Show how far preparing is."""
        for screen in self._preparing_screens():
            screen.show_progress(words)

    def _fail_preparing(self, error: PracticeEarError) -> None:
        for screen in self._preparing_screens():
            screen.show_error(error)

    def _preparing_screens(self) -> list[PreparingScreen]:
        return [screen for screen in self.screen_stack if isinstance(screen, PreparingScreen)]

    # Beginning and end.

    def on_mount(self) -> None:
        """From now on the app can be ended from outside."""
        self._events_loop = asyncio.get_running_loop()
        if self.is_ended_from_outside:
            self.call_later(self.save_and_leave)

    def on_unmount(self) -> None:
        """Give the devices back, whatever ended the app."""
        self._events_loop = None  # nothing can be ended any more
        self.is_leaving = True  # a device that is opening just now is closed by who opens it
        self.close_devices()

    def close_devices(self) -> None:
        """Give the devices back, whatever there is."""
        raise NotImplementedError

    def save_and_leave(self) -> None:
        """End and save what is played, and leave."""
        raise NotImplementedError

    def end_from_outside(self) -> None:
        """Save what is played and leave, from a signal's handler, at any time."""
        self.is_ended_from_outside = True
        if self._events_loop is not None:
            self._events_loop.call_soon_threadsafe(self.save_and_leave)

    def action_help(self) -> None:
        """Show the help, once."""
        if not isinstance(self.screen, self.HELP_SCREEN):
            self.push_screen(self.HELP_SCREEN())

    def action_help_quit(self) -> None:
        """Ctrl-C quits, as it does everywhere."""
        self.run_worker(self.action_quit())


class Closable(Protocol):
    """An owner of an audio device."""

    def close(self) -> None:
        """Give the device back."""


class Devices:
    """The owner of the devices outside a take, at most one at a time.

    ``lock``: devices are opened and closed by one thread at a time; `hold` is called under it.
    ``held``: what holds the devices.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.held: Closable | None = None

    def hold(self, wanted: Closable | None) -> None:
        """Close what held the devices, unless it is the same; None: nothing holds them now."""
        before, self.held = self.held, wanted
        if before is not None and before is not wanted:
            before.close()


STDERR_FD = 2


@contextmanager
def native_output_to(log_path: Path) -> Iterator[None]:
    """Append to a log what native libraries write to stderr: it would stand across the screen.

    ``sys.stderr`` and ``sys.__stderr__``, to which Python and Textual write, keep the terminal.
    Enter it before the app is made. Where the log cannot be opened the messages are dropped.
    """
    before = {"stderr": sys.stderr, "__stderr__": sys.__stderr__}
    for stream in before.values():
        if stream is not None:
            stream.flush()
    encoding = getattr(sys.__stderr__, "encoding", None) or "utf-8"
    screen_fd = os.dup(STDERR_FD)
    screen = os.fdopen(screen_fd, "w", buffering=1, encoding=encoding, errors="backslashreplace")
    _point_stderr_at(log_path)
    for name in before:  # where Textual draws
        setattr(sys, name, screen)
    try:
        yield
    finally:
        with suppress(OSError):  # the terminal may have been closed
            screen.flush()
        os.dup2(screen_fd, STDERR_FD)
        for name, stream in before.items():
            setattr(sys, name, stream)
        with suppress(OSError):
            screen.close()


def _point_stderr_at(log_path: Path) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    try:
        log_fd = os.open(log_path, flags, 0o600)
    except OSError:
        log_fd = os.open(os.devnull, os.O_WRONLY)
    os.dup2(log_fd, STDERR_FD)
    os.close(log_fd)
