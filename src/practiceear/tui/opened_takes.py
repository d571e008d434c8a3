"""Recorded takes beside the screens: opened, heard again and put on a page, in threads."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from practiceear.errors import PracticeEarError
from practiceear.tui.heard_take import HeardTake
from practiceear.tui.player import CancelledError, Describe, Setup, TakePlayback, TakeSource
from practiceear.tui.screens.open_take import OpenTakeScreen
from practiceear.tui.screens.summary import SummaryScreen

if TYPE_CHECKING:
    from practiceear.analysis.review import TakeReview
    from practiceear.tui.app import PracticeEarApp


class OpenedTakes:
    """What is done with takes on disk.

    Parameters
    ----------
    app
        Whose screens are told.
    takes
        The takes.
    describe
        Puts a review into words.
    """

    def __init__(self, app: PracticeEarApp, takes: TakeSource, describe: Describe) -> None:
        self._app, self._takes, self._describe = app, takes, describe
        self._playback: TakePlayback | None = None

    def choose(self, setup: Setup) -> None:
        """Show which takes there are."""
        self._app.run_in_thread(partial(self._choose, setup))

    def _choose(self, setup: Setup) -> None:
        try:
            folder = self._takes.folder()
        except PracticeEarError:  # takes may lie elsewhere
            folder = Path.cwd()
        self._app.call_on_ui(partial(self._app.show_over_setup, OpenTakeScreen(setup, folder)))

    def open(self, screen: OpenTakeScreen, path: Path, wish: int) -> None:
        """Hear a take for a screen that waits for it."""
        self._app.run_in_thread(partial(self._open, screen, path, wish))

    def _open(self, screen: OpenTakeScreen, path: Path, wish: int) -> None:
        def progress(words: str) -> None:
            if not screen.is_wanted(wish) or self._app.is_leaving:
                raise CancelledError
            self._app.call_on_ui(partial(screen.tell, path, words))

        try:
            review = self.review(path, screen.setup, progress)
        except CancelledError:
            return
        except PracticeEarError as error:
            self._app.call_on_ui(partial(self._refused, screen, error, wish))
            return
        take = self.heard(review, path, screen.setup, is_opened=True)
        self._app.call_on_ui(partial(self._opened, screen, take, wish))

    def _refused(self, screen: OpenTakeScreen, error: PracticeEarError, wish: int) -> None:
        if screen.is_wanted(wish):
            screen.complain(error)

    def _opened(self, screen: OpenTakeScreen, take: HeardTake, wish: int) -> None:
        if screen.is_wanted(wish):
            self._app.show_summary(SummaryScreen(screen.setup, take))

    def review(
        self,
        path: Path,
        setup: Setup,
        progress: Callable[[str], None],
        *,
        is_tempo_steady: bool = True,
    ) -> TakeReview:
        """Hear and measure a take; slow, to be called in a thread."""
        return self._takes.review(path, setup, progress, is_tempo_steady=is_tempo_steady)

    def heard(
        self, review: TakeReview | None, path: Path | None, setup: Setup, *, is_opened: bool = False
    ) -> HeardTake:
        """A reviewed take with all that its summary needs; slow, to be called in a thread."""
        if review is None:
            return HeardTake(is_opened=is_opened)
        playback, why_not = None, None
        if path is not None:
            try:
                playback = self._takes.playback(path, review.duration_s, setup)
            except PracticeEarError as error:
                why_not = error
        return HeardTake(review, self._describe(review), path, playback, why_not, is_opened)

    def play(self, screen: SummaryScreen, playback: TakePlayback) -> None:
        """Let a take sound; the screen is told when it does, or why it cannot."""
        self._app.run_in_thread(partial(self._play, screen, playback))

    def _play(self, screen: SummaryScreen, playback: TakePlayback) -> None:
        failure = None
        with self._app.devices_lock:
            self._app.end_check()
            if self._playback is not playback:
                self.close_playback()
            if screen.is_left:
                return
            self._playback = playback
            try:
                playback.play()
            except PracticeEarError as error:
                failure = error
        if screen.is_left:
            playback.pause()
        self._app.call_on_ui(partial(screen.played, failure))

    def close_playback(self) -> None:
        """Give the loudspeaker back, if one is held; the devices are locked meanwhile."""
        playback, self._playback = self._playback, None
        if playback is not None:
            playback.close()

    def write_page(self, screen: SummaryScreen, review: TakeReview, path: Path) -> None:
        """Write the page of a take."""
        self._app.run_in_thread(partial(self._write_page, screen, review, path))

    def _write_page(self, screen: SummaryScreen, review: TakeReview, path: Path) -> None:
        try:
            page = self._takes.write_page(review, path)
        except PracticeEarError as error:
            self._app.call_on_ui(partial(screen.page_refused, error))
        else:
            self._app.call_on_ui(partial(screen.page_written, page))
