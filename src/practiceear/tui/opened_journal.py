"""The journal beside the screens: its pages read, and the recording of a page heard, in threads."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from practiceear.errors import PracticeEarError
from practiceear.tui.heard_take import HeardTake
from practiceear.tui.player import CancelledError, JournalPage, PastTakes, Setup
from practiceear.tui.screens.journal import EMPTY, JournalScreen

if TYPE_CHECKING:
    from pathlib import Path

    from practiceear.tui.app import PracticeEarApp
    from practiceear.tui.opened_takes import OpenedTakes


class OpenedJournal:
    """Turns the pages of the journal.

    Parameters
    ----------
    app
        Whose screens are told.
    past
        The pages.
    recorded
        Hears their recordings.
    """

    def __init__(self, app: PracticeEarApp, past: PastTakes, recorded: OpenedTakes) -> None:
        self._app, self._past, self._recorded = app, past, recorded

    def open(self, setup: Setup) -> None:
        """Show the take that was played last, over the setup."""
        self._app.run_in_thread(partial(self._open, setup))

    def _open(self, setup: Setup) -> None:
        try:
            page = self._past.newest()
        except PracticeEarError as error:
            reason = error
            self._app.call_on_ui(lambda: self._app.root.complain(reason))
            return
        if page is None:
            self._app.call_on_ui(lambda: self._app.root.tell(EMPTY))
        else:
            self._app.call_on_ui(partial(self._app.show_over_setup, JournalScreen(setup, page)))

    def look_for_unfinished(self) -> None:
        """Offer on the setup to recover takes that were cut off, if there are any."""
        self._app.run_in_thread(self._look_for_unfinished)

    def _look_for_unfinished(self) -> None:
        with suppress(PracticeEarError):  # said where the journal is opened, or written to
            if words := self._past.unfinished():
                self._app.call_on_ui(lambda: self._app.root.offer_recovery(words))

    def recover(self) -> None:
        """Complete the takes that were cut off, and say on the setup how that goes."""
        self._app.run_in_thread(self._recover)

    def _recover(self) -> None:
        root = self._app.root
        try:
            for words in self._past.recover(self._refuse_when_leaving):
                self._app.call_on_ui(partial(root.tell, words))
        except CancelledError:
            return
        except PracticeEarError as error:
            self._app.call_on_ui(partial(root.complain, error))

    def _refuse_when_leaving(self, _words: str) -> None:
        if self._app.is_leaving:
            raise CancelledError

    def turn(self, screen: JournalScreen, n_pages: int) -> None:
        """Show the page so many before or after that of a screen, in its place."""
        self._app.run_in_thread(partial(self._turn, screen, n_pages))

    def _turn(self, screen: JournalScreen, n_pages: int) -> None:
        try:
            page = self._past.turned(screen.page.take_id, n_pages)
        except PracticeEarError as error:
            self._app.call_on_ui(partial(screen.refuse_turn, f"! {error}"))
            return
        if page is None:
            self._app.call_on_ui(partial(screen.reach_end, n_pages))
        else:
            self._app.call_on_ui(partial(self._show, screen, page))

    def _show(self, screen: JournalScreen, page: JournalPage) -> None:
        if self._app.screen is screen:
            self._app.switch_screen(JournalScreen(screen.setup, page))
        else:  # the help lies over it
            screen.refuse_turn("")

    def hear(self, screen: JournalScreen, recording: Path) -> None:
        """Hear the recording of a screen's page."""
        self._app.run_in_thread(partial(self._hear, screen, recording))

    def _hear(self, screen: JournalScreen, recording: Path) -> None:
        def progress(words: str) -> None:
            if screen.is_left or self._app.is_leaving:
                raise CancelledError
            self._app.call_on_ui(partial(screen.tell_progress, words))

        page = screen.page
        setup = replace(screen.setup, instrument=page.instrument, program=page.program)
        try:
            review = self._recorded.review(
                recording, setup, progress, is_tempo_steady=page.is_tempo_steady
            )
        except CancelledError:
            return
        except PracticeEarError as error:
            take = HeardTake(text=page.text, error=error, is_opened=True)
        else:
            # What is said stays as it was written down: the click's delay was known then.
            take = replace(
                self._recorded.heard(review, recording, setup, is_opened=True), text=page.text
            )
        self._app.call_on_ui(partial(screen.take_in, take))
