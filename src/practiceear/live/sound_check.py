"""Before a take: how loud the microphone hears, how loud the room is, and what is calibrated."""

from __future__ import annotations

import math
import threading
from collections import deque
from dataclasses import dataclass, replace

import numpy as np

from practiceear.audio.blocks import StreamOptions
from practiceear.audio.devices import choose_device, usable_format
from practiceear.audio.microphone import Microphone
from practiceear.audio.recording_quality import GainControlMeter
from practiceear.audio.shared_buffer import SoundStream
from practiceear.errors import DeviceError
from practiceear.files import data_folder
from practiceear.live.calibration_store import CalibrationStore, StoredCalibration
from practiceear.live.levels import InputLevel

POLL_S = 0.05
ROOM_S = 10.0
"""The room's level is that of the quietest tenth of so long."""

ROOM_SHARE = 0.1
SHORTEST_ROOM_S = 1.0
CLIP_SHOWN_S = 5.0
"""Clipping is one moment; it is shown until it can be read from the music stand."""


@dataclass(frozen=True, slots=True)
class SoundPicture:
    """The signal of a microphone now.

    Attributes
    ----------
    level_dbfs, peak_dbfs
        RMS of the last tenth of a second; peak of the last second.
    room_dbfs
        Level of the quietest tenth of the last ten seconds; NaN before the first second.
    has_clipped, is_silent
        Whether in the last seconds full scale was reached; whether every sample was zero.
    is_gain_controlled
        Whether something turns the level up in pauses, which two of them show.
    is_alive
        Whether sound still arrives.
    """

    level_dbfs: float = -math.inf
    peak_dbfs: float = -math.inf
    room_dbfs: float = math.nan
    has_clipped: bool = False
    is_gain_controlled: bool = False
    is_silent: bool = False
    is_alive: bool = True


class MicrophoneCheck:
    """Measures the levels of a microphone in a thread of its own, recording nothing.

    ``stream`` is opened, not started; ``calibration`` is the stored one of these devices;
    ``is_bluetooth`` where one of them is wireless, with a long delay that changes.
    """

    def __init__(
        self,
        stream: SoundStream,
        calibration: StoredCalibration | None = None,
        *,
        is_bluetooth: bool = False,
    ) -> None:
        self.calibration, self.is_bluetooth = calibration, is_bluetooth
        self._stream = stream
        self._level = InputLevel(stream.exchange.rate_hz)
        self._gain_control = GainControlMeter(stream.exchange.rate_hz)
        self._levels_dbfs: deque[float] = deque(maxlen=round(ROOM_S / POLL_S))
        self._n_polls_since_clip = math.inf
        self._picture = SoundPicture()
        self._is_stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sound check", daemon=True)

    def start(self) -> None:
        """Start the stream; DeviceError where the device refuses."""
        self._stream.start()
        self._thread.start()

    def picture(self) -> SoundPicture:
        """The newest picture; cheap, from any thread."""
        return self._picture

    def close(self) -> None:
        """Give the microphone back; never hangs."""
        self._is_stopping.set()
        if self._thread.is_alive():
            self._thread.join(1.0)
        self._stream.close()

    def _run(self) -> None:
        while not self._is_stopping.wait(POLL_S):
            for block in self._stream.exchange.read():
                self._level.add(block.samples)
                self._gain_control.add(block.samples)
            self._look()

    def _look(self) -> None:
        level = self._level
        self._n_polls_since_clip = 0.0 if level.is_clipping else self._n_polls_since_clip + 1
        if math.isfinite(level.level_dbfs):
            self._levels_dbfs.append(level.level_dbfs)
        self._picture = SoundPicture(
            level_dbfs=level.level_dbfs,
            peak_dbfs=level.peak_dbfs,
            room_dbfs=self._room_dbfs(),
            has_clipped=self._n_polls_since_clip * POLL_S < CLIP_SHOWN_S,
            is_gain_controlled=self._gain_control.is_gain_controlled,
            is_silent=level.is_digitally_silent,
            is_alive=self._stream.is_alive,
        )

    def _room_dbfs(self) -> float:
        if len(self._levels_dbfs) * POLL_S < SHORTEST_ROOM_S:
            return math.nan
        return float(np.quantile(self._levels_dbfs, ROOM_SHARE))


def open_sound_check(devices: StreamOptions) -> MicrophoneCheck:
    """Open and start a check of a microphone, with the calibration of its devices.

    Raises ``MissingError`` without PortAudio, ``DeviceError`` without a usable microphone and
    ``OutputError`` where the folder of the calibrations cannot be used.
    """
    calibration, is_bluetooth = _stored_calibration(devices)
    stream = Microphone.open(replace(devices, is_output_wanted=False))
    check = MicrophoneCheck(stream, calibration, is_bluetooth=is_bluetooth)
    try:
        check.start()
    except BaseException:
        check.close()
        raise
    return check


def _stored_calibration(devices: StreamOptions) -> tuple[StoredCalibration | None, bool]:
    """The calibration of a take with these devices, and whether one of them is wireless."""
    source = choose_device("input", devices.microphone)
    try:
        sink = choose_device("output", devices.loudspeaker)
    except DeviceError:
        return None, source.is_bluetooth
    rate_hz, _ = usable_format(source, sink, devices.rate_hz)
    stored = CalibrationStore(data_folder()).get(source.label, sink.label, rate_hz)
    return stored, source.is_bluetooth or sink.is_bluetooth
