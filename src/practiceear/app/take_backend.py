"""The backend behind the terminal app: where its takes, devices and instruments come from."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from practiceear.app.past_takes import JournalPages, RecordedTakes
from practiceear.audio.devices import AudioDevice, list_devices
from practiceear.errors import ExitCode
from practiceear.instruments.registry import instrument_sources
from practiceear.live.snapshot import LiveSnapshot
from practiceear.settings import DEMO_NAME, LiveOptions
from practiceear.tui.player import CountIn, DeviceChoice, LivePlayer, MicrophoneCheck

if TYPE_CHECKING:
    from pathlib import Path

    from practiceear.analysis.review import TakeReview
    from practiceear.app.take_saving import EndedTake
    from practiceear.journal.running_take import PlayedNotes, RunningTake
    from practiceear.live.session import LiveSession

DEMO_BANNER = "No microphone is used: the built-in demo take plays, a violin at 66."


class SessionPlayer:
    """A live session as the screens see it; ``on_ended`` receives what became of the take.

    ``problem``: what went wrong with the take, once it was measured; may be empty.
    """

    def __init__(
        self,
        open_session: Callable[[], LiveSession],
        *,
        name: str = "",
        banner: str = "",
        is_kept: bool = False,
        on_ended: Callable[[EndedTake], None] = lambda _: None,
    ) -> None:
        self.banner, self.problem = banner, ""
        self._is_kept, self._on_ended = is_kept, on_ended
        self._saving = threading.Lock()  # one thread may measure the take while another leaves
        self._running: RunningTake | None = None
        self._open_session, self._name = open_session, name
        self._session: LiveSession | None = None

    @property
    def recording(self) -> Path | None:
        """The file of the take, once it has ended; None where it was not recorded."""
        writer = self._session.plan.writer if self._session is not None else None
        return writer.path if writer is not None and writer.is_kept else None

    def start(self) -> None:
        """Open the devices and begin; PracticeEarError where that cannot be done."""
        from practiceear.app.take_saving import begin_keeping
        from practiceear.live.opening import start_checked

        self._session = self._open_session()
        start_checked(self._session)
        if self._is_kept:
            self._running = begin_keeping(self._session)

    def snapshot(self) -> LiveSnapshot:
        """The picture of this moment."""
        return self._session.snapshot() if self._session else LiveSnapshot()

    def played(self) -> PlayedNotes:
        """Its notes so far."""
        from practiceear.app.take_saving import played_notes

        assert self._session is not None
        return played_notes(self._session)

    def stop(self) -> None:
        """End the take."""
        if self._session:
            self._session.stop()

    def close(self) -> None:
        """Give the devices back."""
        if self._session:
            self._session.close()
        with self._saving:
            running, self._running = self._running, None
            if running is not None:  # left without a summary: its notes are saved
                running.finish(None)

    def summary(self) -> TakeReview | None:
        """What was heard; None where nothing was, or it could not be measured."""
        from practiceear.app.take_saving import end_take

        session = self._session
        if session is None or not session.is_finished:
            return None
        with self._saving:
            running, self._running = self._running, None
            recording = str(self.recording or "the take just played")
            ended = end_take(session, self._name or recording, running)
        self.problem = ". ".join(ended.problems)
        self._on_ended(ended)
        return ended.review


class LiveBackend:
    """Takes from a microphone; those that are recorded go into the journal too if ``is_kept``."""

    def __init__(self, *, is_kept: bool = False) -> None:
        self._is_kept = is_kept
        self.takes, self.journal = RecordedTakes(), JournalPages()
        self._ended: list[EndedTake] = []

    @property
    def problems(self) -> list[str]:
        """What went wrong with the takes, in order."""
        return [problem for ended in self._ended for problem in ended.problems]

    @property
    def exit_code(self) -> ExitCode:
        """Exit code of the first take that failed."""
        codes = (ended.exit_code for ended in self._ended)
        return next((code for code in codes if code is not ExitCode.OK), ExitCode.OK)

    @property
    def n_removed(self) -> int:
        """Number of older recordings deleted to make room."""
        return sum(ended.n_removed for ended in self._ended)

    def instruments(self) -> list[str]:
        """Names of the instruments that can be listened for."""
        return list(instrument_sources())

    def devices(self) -> tuple[list[DeviceChoice], list[DeviceChoice]]:
        """Microphones and loudspeakers that are there now."""
        inputs = [_choice(device) for device in list_devices("input", is_anew=True)]
        return inputs, [_choice(device) for device in list_devices("output")]

    def prepare(self, progress: Callable[[str], None]) -> None:
        """Compile or load the analysis; slow the first time."""
        from practiceear.live.opening import prepare_live
        from practiceear.numba_cache import announce_waits

        announce_waits(progress)
        prepare_live(progress)

    def listen_in(self, setup: LiveOptions) -> MicrophoneCheck | None:
        """Listen to the microphone of a setup."""
        from practiceear.live.sound_check import open_sound_check

        return open_sound_check(setup.stream)

    def new_count_in(self, setup: LiveOptions) -> CountIn | None:
        """The count-in of a setup, with its devices."""
        from practiceear.live.opening import open_count_in

        if setup.program is None:
            return None
        return open_count_in(setup.program, setup.stream)

    def new_player(self, setup: LiveOptions) -> LivePlayer:
        """A take that has not begun."""

        def open_session() -> LiveSession:
            from practiceear.live.opening import open_live

            return open_live(setup)

        return SessionPlayer(
            open_session,
            is_kept=self._is_kept and setup.is_recording,
            on_ended=self._ended.append,
        )


class DemoBackend(LiveBackend):
    """The built-in demo take instead of a microphone; if not in real time, as fast as it can be."""

    def __init__(self, *, is_real_time: bool = True) -> None:
        super().__init__()
        self._is_real_time = is_real_time

    def devices(self) -> tuple[list[DeviceChoice], list[DeviceChoice]]:
        """No devices are needed."""
        return [], []

    def listen_in(self, setup: LiveOptions) -> MicrophoneCheck | None:
        """No microphone is used."""

    def new_count_in(self, setup: LiveOptions) -> CountIn | None:
        """Nor a loudspeaker."""

    def new_player(self, setup: LiveOptions) -> LivePlayer:
        """The demo take, whatever is set."""

        def open_session() -> LiveSession:
            from practiceear.live.opening import open_demo

            return open_demo(
                is_real_time=self._is_real_time,
                is_quiet_when_in_time=setup.is_quiet_when_in_time,
            )

        return SessionPlayer(
            open_session, name=DEMO_NAME, banner=DEMO_BANNER, on_ended=self._ended.append
        )


def _choice(device: AudioDevice) -> DeviceChoice:
    return DeviceChoice(device.label, device.label, device.is_default)
