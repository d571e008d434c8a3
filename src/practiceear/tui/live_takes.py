"""The microphone before a take, and the take that is played, in threads beside the screens."""

from __future__ import annotations

import time

from practiceear.errors import REPORT_IT, PracticeEarError, program_fault
from practiceear.settings import LiveOptions
from practiceear.tui.base_app import BaseApp, Devices
from practiceear.tui.past_takes import OpenedTakes, UnsavedTakes
from practiceear.tui.player import LivePlayer, MicrophoneCheck, ReviewedTake, TakeBackend
from practiceear.tui.screens.play import ENDED, PlayScreen
from practiceear.tui.screens.setup import SetupScreen

SAVE_WITHIN_S = 10.0


class LiveTakes:
    """Opens, reviews and closes takes, and the sound check before them."""

    def __init__(
        self,
        app: BaseApp,
        root: SetupScreen,
        backend: TakeBackend,
        devices: Devices,
        *,
        recorded: OpenedTakes,
        unsaved: UnsavedTakes,
    ) -> None:
        self._app, self._root, self._backend, self._devices = app, root, backend, devices
        self._recorded, self._unsaved = recorded, unsaved
        self._player: LivePlayer | None = None
        self._check: MicrophoneCheck | None = None
        self._n_requests = 0

    def list_devices(self) -> None:
        """Offer the devices that are there now; called in a thread."""
        try:
            with self._devices.lock:
                inputs, outputs = self._backend.devices()
        except PracticeEarError as error:
            self._app.call_on_ui(self._root.show_device_error, error)
        else:
            self._app.call_on_ui(self._root.offer_devices, inputs, outputs)

    # The microphone before a take.

    @property
    def check(self) -> MicrophoneCheck | None:
        """The microphone that is listened to just now."""
        return self._check if self._devices.held is self._check else None

    def listen_in(self, setup: LiveOptions) -> None:
        """Listen to the microphone of a setup from now on, in place of any other."""
        self._n_requests += 1
        self._app.run_in_thread(self._listen_in, setup, self._n_requests)

    def _listen_in(self, setup: LiveOptions, request: int) -> None:
        with self._devices.lock:
            self._devices.hold(None)
            if request != self._n_requests:  # a newer one waits already
                return
            try:
                self._check = self._backend.listen_in(setup)
            except PracticeEarError as error:
                self._app.call_on_ui(self._root.show_microphone_error, error)
                return
            self._devices.hold(self._check)
            if self._app.is_leaving:
                self._devices.hold(None)
            elif self._check is None:
                self._app.call_on_ui(self._root.show_no_microphone)

    # The take.

    def open(self, screen: PlayScreen) -> None:
        """Open a take for a screen that shows it."""
        self._n_requests += 1  # sound checks requested before come too late
        self._app.run_in_thread(self._open, screen)

    def _open(self, screen: PlayScreen) -> None:
        player = None
        try:
            player = self._backend.new_player(screen.setup)
            with self._devices.lock:
                self._devices.hold(None)
                player.start()
        except PracticeEarError as error:
            if player is not None:
                self._give_back(player)
            self._app.call_on_ui(self._fail_to_open, screen, error)
            return
        self._app.call_on_ui(self._attach, screen, player)
        if self._player is not player:  # the screen was left in the meantime
            self._give_back(player)

    def _attach(self, screen: PlayScreen, player: LivePlayer) -> None:
        if not screen.is_left:
            self._player = player
            screen.attach(player)

    def _fail_to_open(self, screen: PlayScreen, error: PracticeEarError) -> None:
        if screen in self._app.screen_stack:
            self._app.back_to(self._root)
        self._root.show_error(error)

    def close(self) -> None:
        """Give the devices of the take back, if there is one."""
        player, self._player = self._player, None
        if player is not None:
            self._app.run_in_thread(self._give_back, player)

    def _give_back(self, player: LivePlayer) -> None:
        with self._devices.lock:
            player.close()

    def close_all(self) -> None:
        """Give all devices back, whatever there is."""
        if self._player is not None:
            self._player.close()
        self._devices.hold(None)

    def review(self, screen: PlayScreen, player: LivePlayer, warning: str) -> None:
        """Measure a take that ended, and show it; called in a thread."""
        try:
            review = player.summary()
            take = self._recorded.reviewed(review, player.recording, screen.setup)
            warning = player.problem or warning
        except Exception as error:  # the take is saved, or will be recovered
            take = ReviewedTake(path=player.recording)
            warning = f"{program_fault(error)}. {REPORT_IT}"
        finally:
            self._give_back(player)
        self._app.call_on_ui(self._show, screen, player, take, warning)

    def _show(
        self, screen: PlayScreen, player: LivePlayer, take: ReviewedTake, warning: str
    ) -> None:
        if self._player is player:  # another take may have begun meanwhile
            self._player = None
        if not screen.is_left and screen in self._app.screen_stack:
            self._unsaved.show_new(screen.setup, take, warning)

    def save_and_exit(self) -> None:
        """End and save the take that is played, if any, and exit the app."""
        if self._player is None:
            self._app.exit()
        else:
            self._app.run_in_thread(self._save_and_exit, self._player)

    def _save_and_exit(self, player: LivePlayer) -> None:
        try:
            player.stop()
            until_s = time.monotonic() + SAVE_WITHIN_S
            while player.snapshot().phase not in ENDED and time.monotonic() < until_s:
                time.sleep(0.01)
            player.summary()
        finally:
            self._give_back(player)
            self._app.call_from_thread(self._app.exit)
