"""Takes that were played before, beside the screens: on disk, in the journal, or not saved.

All that reads a disk or measures is done in threads.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from practiceear.errors import PracticeEarError
from practiceear.settings import LiveOptions
from practiceear.tui.base_app import BaseApp, Devices
from practiceear.tui.player import (
    CancelledError,
    Describe,
    JournalPage,
    PastTakes,
    ReviewedTake,
    TakePlayback,
    TakeSource,
)
from practiceear.tui.screens.past_takes import EMPTY, JournalScreen, OpenTakeScreen
from practiceear.tui.screens.setup import SetupScreen
from practiceear.tui.screens.summary import SummaryScreen

if TYPE_CHECKING:
    from practiceear.analysis.review import TakeReview

NO_UNSAVED = "There is no summary to go back to: takes that were recorded are in the journal (j)."
FIRST_UNSAVED = "This is the first take that is kept nowhere else."


class OpenedTakes:
    """Opens, plays and reports takes on disk; ``root`` is the lowest of the app's screens."""

    def __init__(
        self,
        app: BaseApp,
        root: SetupScreen,
        takes: TakeSource,
        describe: Describe,
        devices: Devices,
    ) -> None:
        self._app, self._root, self.takes = app, root, takes
        self._describe, self._devices = describe, devices

    def choose(self, setup: LiveOptions) -> None:
        """Show which takes there are; called in a thread."""
        try:
            folder = self.takes.folder()
        except PracticeEarError:  # takes may lie elsewhere
            folder = Path.cwd()
        screen = OpenTakeScreen(setup, folder)
        self._app.call_on_ui(self._app.show_if_current, self._root, screen)

    def open(self, screen: OpenTakeScreen, path: Path, request: int) -> None:
        """Review a take for a screen that waits for it; called in a thread."""

        def progress(words: str) -> None:
            if not screen.is_wanted(request) or self._app.is_leaving:
                raise CancelledError
            self._app.call_on_ui(screen.show_progress, path, words)

        try:
            review = self.takes.review(path, screen.setup.exercise, progress)
        except CancelledError:
            return
        except PracticeEarError as error:
            self._app.call_on_ui(screen.show_error, error, request)
            return
        take = self.reviewed(review, path, screen.setup, is_opened=True)
        self._app.call_on_ui(self._show, screen, take, request)

    def _show(self, screen: OpenTakeScreen, take: ReviewedTake, request: int) -> None:
        if screen.is_wanted(request):
            self._app.show_over(self._root, SummaryScreen(screen.setup, take))

    def reviewed(
        self,
        review: TakeReview | None,
        path: Path | None,
        setup: LiveOptions,
        *,
        is_opened: bool = False,
    ) -> ReviewedTake:
        """A reviewed take with all that its summary needs; called in a thread."""
        if review is None:
            return ReviewedTake(is_opened=is_opened)
        playback, reason = None, None
        if path is not None:
            try:
                playback = self.takes.playback(path, review.duration_s, setup)
            except PracticeEarError as error:
                reason = error
        return ReviewedTake(review, self._describe(review), path, playback, reason, is_opened)

    def play(self, screen: SummaryScreen, playback: TakePlayback) -> None:
        """Let a take sound, and tell its screen when it does; called in a thread."""
        failure = None
        with self._devices.lock:
            if screen.is_left:
                return
            self._devices.hold(playback)
            try:
                playback.play()
            except PracticeEarError as error:
                failure = error
        if screen.is_left:
            playback.pause()
        self._app.call_on_ui(screen.played, failure)

    def write_page(self, screen: SummaryScreen, review: TakeReview, path: Path) -> None:
        """Write the page of a take; called in a thread."""
        try:
            page = self.takes.write_page(review, path)
        except PracticeEarError as error:
            self._app.call_on_ui(screen.page_failed, error)
        else:
            self._app.call_on_ui(screen.page_written, page)


class OpenedJournal:
    """Turns the pages of the journal, and reviews their recordings."""

    def __init__(
        self, app: BaseApp, root: SetupScreen, past: PastTakes, recorded: OpenedTakes
    ) -> None:
        self._app, self._root, self._past, self._recorded = app, root, past, recorded

    def open(self, setup: LiveOptions) -> None:
        """Show the take that was played last; called in a thread."""
        try:
            page = self._past.newest()
        except PracticeEarError as error:
            self._app.call_on_ui(self._root.show_error, error)
            return
        if page is None:
            self._app.call_on_ui(self._root.show_notice, EMPTY)
        else:
            screen = JournalScreen(setup, page)
            self._app.call_on_ui(self._app.show_if_current, self._root, screen)

    def look_for_unfinished(self) -> None:
        """Offer to recover takes that were cut off, if there are any; called in a thread."""
        with suppress(PracticeEarError):  # reported where the journal is opened, or written to
            if words := self._past.unfinished():
                self._app.call_on_ui(self._root.offer_recovery, words)

    def recover(self) -> None:
        """Complete the takes that were cut off, and show how that goes; called in a thread."""
        try:
            for words in self._past.recover(self._cancel_when_leaving):
                self._app.call_on_ui(self._root.show_notice, words)
        except CancelledError:
            return
        except PracticeEarError as error:
            self._app.call_on_ui(self._root.show_error, error)

    def _cancel_when_leaving(self, _words: str) -> None:
        if self._app.is_leaving:
            raise CancelledError

    def turn(self, screen: JournalScreen, n_pages: int) -> None:
        """Show the page at an offset from that of a screen; called in a thread."""
        try:
            page = self._past.turned(screen.page.take_id, n_pages)
        except PracticeEarError as error:
            self._app.call_on_ui(screen.stay, f"! {error}")
            return
        if page is None:
            self._app.call_on_ui(screen.reach_end, n_pages)
        else:
            self._app.call_on_ui(self._show, screen, page)

    def _show(self, screen: JournalScreen, page: JournalPage) -> None:
        if self._app.screen is screen:
            self._app.switch_screen(JournalScreen(screen.setup, page))
        else:  # the help lies over it
            screen.stay("")

    def review(self, screen: JournalScreen, recording: Path) -> None:
        """Review the recording of a screen's page; called in a thread."""

        def progress(words: str) -> None:
            if screen.is_left or self._app.is_leaving:
                raise CancelledError
            self._app.call_on_ui(screen.show_progress, words)

        page = screen.page
        setup = replace(screen.setup, instrument=page.instrument, program=page.program)
        try:
            exercise = replace(setup.exercise, is_tempo_steady=page.is_tempo_steady)
            review = self._recorded.takes.review(recording, exercise, progress)
        except CancelledError:
            return
        except PracticeEarError as error:
            take = ReviewedTake(error=error, is_opened=True)
        else:
            take = self._recorded.reviewed(review, recording, setup, is_opened=True)
        # The text stays as it was written down: the click's delay was known then.
        self._app.call_on_ui(screen.take_in, replace(take, text=page.text))


class UnsavedTakes:
    """Summaries of takes that were not recorded, the newest last, until the app closes."""

    def __init__(self, app: BaseApp, root: SetupScreen) -> None:
        self._app, self._root = app, root
        self._takes: list[tuple[LiveOptions, ReviewedTake, str]] = []

    def __len__(self) -> int:
        return len(self._takes)

    def show_new(self, setup: LiveOptions, take: ReviewedTake, warning: str) -> None:
        """Show a take that was just played; if it was not recorded, remember it."""
        if take.review is not None and take.path is None:
            take = replace(take, number=len(self._takes) + 1)
            self._takes.append((setup, take, warning))
        self._app.show_over(self._root, SummaryScreen(setup, take, warning))

    def show_last(self) -> None:
        """Show the newest one; where there is none, say so."""
        if self._takes:
            self._show(len(self._takes))
        else:
            self._root.show_notice(NO_UNSAVED)

    def show_before(self, screen: SummaryScreen, number: int | None) -> None:
        """Show the one before that of a screen; before a recorded take, the newest."""
        before = len(self._takes) if number is None else number - 1
        if before < 1:
            screen.show_message(FIRST_UNSAVED if self._takes else NO_UNSAVED)
        else:
            self._show(before)

    def _show(self, number: int) -> None:
        self._app.show_over(self._root, SummaryScreen(*self._takes[number - 1]))
