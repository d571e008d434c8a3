"""The terminal app: which screen is shown, and all that is slow, done in threads beside it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual.app import App
from textual.screen import Screen

from practiceear.errors import REPORT_IT, PracticeEarError, program_fault
from practiceear.tui.heard_take import HeardTake
from practiceear.tui.opened_journal import OpenedJournal
from practiceear.tui.opened_takes import OpenedTakes
from practiceear.tui.play_views import ENDED
from practiceear.tui.player import Describe, LivePlayer, Setup, SoundCheck, TakeBackend
from practiceear.tui.screens.help import HelpScreen
from practiceear.tui.screens.leave import LeaveScreen
from practiceear.tui.screens.play import PlayScreen
from practiceear.tui.screens.preparing import PreparingScreen
from practiceear.tui.screens.setup import SetupScreen
from practiceear.tui.screens.summary import SummaryScreen
from practiceear.tui.unsaved_takes import UnsavedTakes

SAVE_WITHIN_S = 10.0
LEAVING = "leaving as soon as it is done"


class PracticeEarApp(App[None]):
    """Setup, take, summary, and around again.

    Parameters
    ----------
    backend
        Where takes begin.
    setup
        What the setup is filled with.
    describe
        Puts a review into words.
    is_started_at_once
        Whether the first take begins as soon as the ear is ready, without the setup.
    is_fake_clock
        For tests: nothing is looked at by itself, only when `poll` is called, and
        `fake_time_s` is the time.

    Attributes
    ----------
    recorded
        What is done with takes on disk.
    journal
        The takes of earlier days, turned through.
    unsaved
        The takes of this sitting that are kept nowhere.
    is_leaving
        Whether all is over.
    devices_lock
        Devices are opened and closed by one thread at a time.
    """

    TITLE = "PracticeEar"
    CSS_PATH = "practiceear.tcss"
    ENABLE_COMMAND_PALETTE: ClassVar[bool] = False
    ALLOW_SELECT: ClassVar[bool] = False

    def __init__(
        self,
        backend: TakeBackend,
        setup: Setup,
        *,
        describe: Describe,
        is_started_at_once: bool = False,
        is_fake_clock: bool = False,
    ) -> None:
        super().__init__()
        self.animation_level = "none"
        self.is_fake_clock = is_fake_clock
        self.fake_time_s = 0.0
        self._backend = backend
        self._first_setup = setup
        self._is_started_at_once = is_started_at_once
        self._player: LivePlayer | None = None
        self._check: SoundCheck | None = None
        self._n_checks_wished = 0
        self.is_leaving = False
        self._is_preparing = False
        self.devices_lock = threading.Lock()
        self.recorded = OpenedTakes(self, backend.takes, describe)
        self.journal = OpenedJournal(self, backend.journal, self.recorded)
        self.unsaved = UnsavedTakes(self)
        self._events_loop: asyncio.AbstractEventLoop | None = None
        self._is_ended_from_outside = False

    def clock_s(self) -> float:
        """Seconds of a clock that never runs backwards."""
        return self.fake_time_s if self.is_fake_clock else time.monotonic()

    def poll(self) -> None:
        """Look at the take, or at the microphone before it, now."""
        for screen in self.screen_stack:
            if isinstance(screen, PlayScreen | SetupScreen | SummaryScreen):
                screen.poll()

    # Which screen is shown.

    def on_mount(self) -> None:
        """The setup is the root; the ear is prepared over it."""
        self._events_loop = asyncio.get_running_loop()
        if self._is_ended_from_outside:
            self.call_later(self.save_and_leave)
        self.push_screen(SetupScreen(self._first_setup, self._backend.instruments()))
        self.push_screen(PreparingScreen())

    def start_take(self, setup: Setup) -> None:
        """Begin a take over the setup, in place of whatever was there."""
        self._go_to_root()
        self.push_screen(PlayScreen(setup))

    def show_over_setup(self, screen: Screen[None]) -> None:
        """Show older takes, unless something else was begun meanwhile."""
        if isinstance(self.screen, SetupScreen):
            self.push_screen(screen)

    def show_summary(self, screen: SummaryScreen) -> None:
        """Show what a take was like, over the setup."""
        self._go_to_root()
        self.push_screen(screen)

    def leave_take(self, screen: Screen[None]) -> None:
        """Back to the setup, if ``screen`` is still there."""
        if screen in self.screen_stack:
            self._go_to_root()

    def on_unmount(self) -> None:
        """Give the devices back, whatever ended the app."""
        self._events_loop = None  # nothing can be ended any more
        self.is_leaving = True  # a device that is opening just now is closed by who opens it
        for held in (self._player, self._check):
            if held is not None:
                held.close()
        self.recorded.close_playback()

    def action_help(self) -> None:
        """Show the help, once."""
        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen())

    async def action_quit(self) -> None:
        """Leave, once nothing would be lost that nobody has been asked about.

        A take that is not recorded, or is played after such a one, is ended and shown first.
        """
        played = [screen for screen in self.screen_stack if isinstance(screen, PlayScreen)]
        if not self.is_leaving and any(
            screen.end_if_unsaved(is_asked=bool(len(self.unsaved))) for screen in played
        ):
            return
        if len(self.unsaved) and not isinstance(self.screen, LeaveScreen):
            self.push_screen(LeaveScreen(len(self.unsaved)))
        else:
            self.save_and_leave()

    def save_and_leave(self) -> None:
        """End and save the take that is played, and leave.

        A compiler at work cannot be stopped, so it is said that it is waited for.
        """
        if self._is_preparing and not self.is_leaving:
            self._tell(LEAVING)
            self.is_leaving = True
            return
        self.is_leaving = True
        if self._player is None:
            self.exit()
        else:
            self.run_in_thread(partial(self._save_and_leave, self._player))

    def _save_and_leave(self, player: LivePlayer) -> None:
        try:
            player.stop()
            until_s = time.monotonic() + SAVE_WITHIN_S
            while player.snapshot().phase not in ENDED and time.monotonic() < until_s:
                time.sleep(0.01)
            player.summary()
        finally:
            self._give_back(player)
            self.call_from_thread(self.exit)

    def end_from_outside(self) -> None:
        """Save what is played and leave, from a signal's handler, at any time."""
        self._is_ended_from_outside = True
        if self._events_loop is not None:
            self._events_loop.call_soon_threadsafe(self.save_and_leave)

    def action_help_quit(self) -> None:
        """Ctrl-C quits, as it does everywhere."""
        self.run_worker(self.action_quit())

    @property
    def root(self) -> SetupScreen:
        """The setup, over which all else is shown."""
        return next(one for one in self.screen_stack if isinstance(one, SetupScreen))

    def _go_to_root(self) -> None:
        while not isinstance(self.screen, SetupScreen):
            self.pop_screen()

    # What is slow.

    def run_in_thread(self, job: Callable[[], None]) -> None:
        """Do something slow in a thread of its own."""
        self.run_worker(job, thread=True, group="aside")

    def call_on_ui(self, job: Callable[[], None]) -> None:
        """Do something on the screen that a thread brought about, unless all is over."""
        if not self.is_leaving and self.is_running:
            self.call_from_thread(lambda: None if self.is_leaving else job())

    def prepare_ear(self) -> None:
        """Make the ear ready, then list the devices."""
        self._is_preparing = True
        self.run_in_thread(self._prepare)

    def _prepare(self) -> None:
        try:
            self._backend.prepare(lambda words: self.call_on_ui(partial(self._tell, words)))
        except PracticeEarError as error:
            self.call_on_ui(partial(self._preparing_failed, error))
            return
        finally:
            self._is_preparing = False
            if self.is_leaving:
                self.call_from_thread(self.exit)
        self._look_for_devices()
        self.call_on_ui(self._prepared)

    def _tell(self, words: str) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, PreparingScreen):
                screen.tell(words)

    def _preparing_failed(self, error: PracticeEarError) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, PreparingScreen):
                screen.fail(error)

    def _prepared(self) -> None:
        self._go_to_root()
        if self._is_started_at_once:
            self.root.action_main()
        else:
            self.journal.look_for_unfinished()

    def look_for_devices(self) -> None:
        """Ask which devices there are now."""
        self.run_in_thread(self._look_for_devices)

    def _look_for_devices(self) -> None:
        try:
            with self.devices_lock:
                inputs, outputs = self._backend.devices()
        except PracticeEarError as error:
            reason = error
            self.call_on_ui(lambda: self.root.complain_of_devices(reason))
        else:
            self.call_on_ui(lambda: self.root.offer_devices(inputs, outputs))

    @property
    def check(self) -> SoundCheck | None:
        """The microphone that is listened to before a take."""
        return self._check

    def listen_in(self, setup: Setup) -> None:
        """Listen to the microphone of a setup from now on, in place of any other."""
        self._n_checks_wished += 1
        self.run_in_thread(partial(self._listen_in, setup, self._n_checks_wished))

    def _listen_in(self, setup: Setup, number: int) -> None:
        with self.devices_lock:
            self.end_check()
            self.recorded.close_playback()
            if number != self._n_checks_wished:  # a newer wish waits already
                return
            try:
                self._check = self._backend.listen_in(setup)
            except PracticeEarError as error:
                self._say_microphone(error)
                return
            if self.is_leaving:
                self.end_check()
            elif self._check is None:
                self.call_on_ui(self._say_no_microphone)

    def _say_no_microphone(self) -> None:
        self.root.say_no_microphone()

    def _say_microphone(self, error: PracticeEarError) -> None:
        self.call_on_ui(lambda: self.root.complain_of_microphone(error))

    def end_check(self) -> None:
        """Listen to no microphone from now on; the devices are locked meanwhile."""
        check, self._check = self._check, None
        if check is not None:
            check.close()

    def open_player(self, screen: PlayScreen, setup: Setup) -> None:
        """Open a take for a screen that shows it."""
        self._n_checks_wished += 1  # what was wished before comes too late
        self.run_in_thread(partial(self._open_player, screen, setup))

    def _open_player(self, screen: PlayScreen, setup: Setup) -> None:
        player = None
        try:
            player = self._backend.new_player(setup)
            with self.devices_lock:
                self.end_check()
                self.recorded.close_playback()
                player.start()
        except PracticeEarError as error:
            if player is not None:
                self._give_back(player)
            self.call_on_ui(partial(self._refused, screen, error))
            return
        self.call_on_ui(partial(self._opened, screen, player))
        if self._player is not player:  # the screen was left in the meantime
            self._give_back(player)

    def _opened(self, screen: PlayScreen, player: LivePlayer) -> None:
        if not screen.is_left:
            self._player = player
            screen.attach(player)

    def _refused(self, screen: PlayScreen, error: PracticeEarError) -> None:
        self.leave_take(screen)
        self.root.complain(error)

    def stop_player(self, player: LivePlayer) -> None:
        """End the take, as the player wishes."""
        self.run_in_thread(player.stop)

    def close_player(self) -> None:
        """Give the devices back, if any are held."""
        player, self._player = self._player, None
        if player is not None:
            self.run_in_thread(partial(self._give_back, player))

    def _give_back(self, player: LivePlayer) -> None:
        with self.devices_lock:
            player.close()

    def review_take(self, screen: PlayScreen, player: LivePlayer, warning: str) -> None:
        """Measure a take that ended, and show it."""
        self.run_in_thread(partial(self._review_take, screen, player, warning))

    def _review_take(self, screen: PlayScreen, player: LivePlayer, warning: str) -> None:
        try:
            review = player.summary()
            take = self.recorded.heard(review, player.recording, screen.setup)
            warning = player.problem or warning
        except Exception as error:  # the take is saved, or will be recovered
            take = HeardTake(path=player.recording)
            warning = f"{program_fault(error)}. {REPORT_IT}"
        finally:
            self._give_back(player)
        self.call_on_ui(partial(self._show_live_summary, screen, player, take, warning))

    def _show_live_summary(
        self, screen: PlayScreen, player: LivePlayer, take: HeardTake, warning: str
    ) -> None:
        if self._player is player:  # another take may have begun meanwhile
            self._player = None
        if not screen.is_left and screen in self.screen_stack:
            take = self.unsaved.add(screen.setup, take, warning)
            self.show_summary(SummaryScreen(screen.setup, take, warning))
