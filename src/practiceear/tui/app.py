"""The terminal app: setup, take, summary, and around again."""

from __future__ import annotations

from textual import on

from practiceear.settings import LiveOptions
from practiceear.tui.base_app import LEAVING, BaseApp, Devices
from practiceear.tui.live_takes import LiveTakes
from practiceear.tui.past_takes import OpenedJournal, OpenedTakes, UnsavedTakes
from practiceear.tui.player import Describe, TakeBackend
from practiceear.tui.screens.base import AppScreen
from practiceear.tui.screens.past_takes import JournalScreen, OpenTakeScreen
from practiceear.tui.screens.plain import LeaveScreen, PreparingScreen
from practiceear.tui.screens.play import PlayScreen
from practiceear.tui.screens.setup import SetupScreen
from practiceear.tui.screens.summary import SummaryScreen


class PracticeEarApp(BaseApp):
    """Answers what the screens request.

    With ``is_started_at_once`` the first take begins as soon as the detector is ready.
    """

    def __init__(
        self,
        backend: TakeBackend,
        setup: LiveOptions,
        *,
        describe: Describe,
        is_started_at_once: bool = False,
        is_fake_clock: bool = False,
    ) -> None:
        super().__init__(backend, is_fake_clock=is_fake_clock)
        self._is_started_at_once = is_started_at_once
        self._root = root = SetupScreen(
            setup,
            backend.instruments(),
            clock_s=self.clock_s,
            current_check=lambda: self._live.check,
        )
        devices = Devices()
        self._unsaved = UnsavedTakes(self, root)
        self._recorded = OpenedTakes(self, root, backend.takes, describe, devices)
        self._journal = OpenedJournal(self, root, backend.journal, self._recorded)
        self._live = LiveTakes(
            self, root, backend, devices, recorded=self._recorded, unsaved=self._unsaved
        )

    # Beginning and end.

    def on_mount(self) -> None:
        """The setup is the root; the detector is prepared over it."""
        self.push_screen(self._root)
        self.push_screen(PreparingScreen())

    def look_around(self) -> None:
        """List the devices."""
        self._live.list_devices()

    def show_prepared(self) -> None:
        """Show the setup, or begin with a take."""
        self.back_to(self._root)
        if self._is_started_at_once:
            self._root.action_main()
        else:
            self.run_in_thread(self._journal.look_for_unfinished)

    def close_devices(self) -> None:
        """Give the devices back, whatever there is."""
        self._live.close_all()

    async def action_quit(self) -> None:
        """Leave, once nothing would be lost that nobody has been asked about.

        A take that is not recorded, or is played after such a one, is ended and shown first.
        """
        if not self.is_leaving and any(
            screen.end_if_unsaved(even_if_recorded=bool(len(self._unsaved)))
            for screen in self._play_screens()
        ):
            return
        if len(self._unsaved) and not isinstance(self.screen, LeaveScreen):
            self.push_screen(LeaveScreen(len(self._unsaved)))
        else:
            self.save_and_leave()

    def save_and_leave(self) -> None:
        """End and save the take that is played, and leave.

        A compiler at work cannot be stopped, so the screen says that it is waited for.
        """
        if self.is_preparing and not self.is_leaving:
            self.show_progress(LEAVING)
            self.is_leaving = True
            return
        self.is_leaving = True
        for screen in self._play_screens():
            screen.is_left = True
        self._live.save_and_exit()

    def _play_screens(self) -> list[PlayScreen]:
        return [screen for screen in self.screen_stack if isinstance(screen, PlayScreen)]

    # The take.

    @on(AppScreen.TakeRequested)
    def _begin_take(self, message: AppScreen.TakeRequested) -> None:
        if not isinstance(self.screen, PlayScreen):  # the key was pressed twice
            self.show_over(self._root, PlayScreen(message.setup))

    @on(PlayScreen.PlayerRequested)
    def _open_player(self, message: PlayScreen.PlayerRequested) -> None:
        self._live.open(message.screen)

    @on(PlayScreen.StopRequested)
    def _stop_player(self, message: PlayScreen.StopRequested) -> None:
        self.run_in_thread(message.player.stop)

    @on(PlayScreen.Ended)
    def _review_take(self, message: PlayScreen.Ended) -> None:
        self.run_in_thread(self._live.review, message.screen, message.player, message.warning)

    @on(AppScreen.BackRequested)
    def _go_back(self, message: AppScreen.BackRequested) -> None:
        if message.screen in self.screen_stack:
            self._live.close()
            self.back_to(self._root)

    # The setup.

    @on(SetupScreen.DevicesRequested)
    def _list_devices(self) -> None:
        self.run_in_thread(self._live.list_devices)

    @on(SetupScreen.CheckRequested)
    def _listen_in(self, message: SetupScreen.CheckRequested) -> None:
        self._live.listen_in(message.setup)

    @on(SetupScreen.RecoveryRequested)
    def _recover(self) -> None:
        self.run_in_thread(self._journal.recover)

    @on(SetupScreen.TakeListRequested)
    def _choose_take(self, message: SetupScreen.TakeListRequested) -> None:
        self.run_in_thread(self._recorded.choose, message.setup)

    @on(SetupScreen.JournalRequested)
    def _open_journal(self, message: SetupScreen.JournalRequested) -> None:
        self.run_in_thread(self._journal.open, message.setup)

    # Takes that were played before.

    @on(SetupScreen.UnsavedRequested)
    @on(LeaveScreen.LookRequested)
    def _show_unsaved(self) -> None:
        self._unsaved.show_last()

    @on(SummaryScreen.EarlierRequested)
    def _show_earlier(self, message: SummaryScreen.EarlierRequested) -> None:
        self._unsaved.show_before(message.screen, message.number)

    @on(SummaryScreen.PlaybackRequested)
    def _play_back(self, message: SummaryScreen.PlaybackRequested) -> None:
        self.run_in_thread(self._recorded.play, message.screen, message.playback)

    @on(SummaryScreen.PageRequested)
    def _write_page(self, message: SummaryScreen.PageRequested) -> None:
        self.run_in_thread(self._recorded.write_page, message.screen, message.review, message.path)

    @on(OpenTakeScreen.OpenRequested)
    def _open_take(self, message: OpenTakeScreen.OpenRequested) -> None:
        self.run_in_thread(self._recorded.open, message.screen, message.path, message.request)

    @on(JournalScreen.TurnRequested)
    def _turn_page(self, message: JournalScreen.TurnRequested) -> None:
        self.run_in_thread(self._journal.turn, message.screen, message.n_pages)

    @on(JournalScreen.RecordingRequested)
    def _review_recording(self, message: JournalScreen.RecordingRequested) -> None:
        self.run_in_thread(self._journal.review, message.screen, message.recording)
