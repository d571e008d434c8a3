"""The door to PortAudio: the only place that imports sounddevice.

Importing it opens every device of the machine and may fail, so it happens only when
sound is needed.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from practiceear.errors import MissingError

_HINT = (
    "On Debian or Ubuntu: apt install libportaudio2 (Fedora: dnf install portaudio, Arch:"
    " pacman -S portaudio). Recorded takes work without it"
)


OPEN_STREAMS: set[object] = set()
"""Streams that are not closed yet; a thread of the sound card writes into their memory."""


def open_portaudio() -> ModuleType:
    """Import sounddevice, and with it PortAudio; MissingError where either is missing."""
    try:
        with hushed_native_output():
            import sounddevice
    except (OSError, ImportError) as error:
        raise MissingError("live mode needs the PortAudio library", _HINT) from error
    module: ModuleType = sounddevice
    return module


def look_again() -> ModuleType:
    """Open PortAudio anew, so that devices plugged in since then are seen.

    Nothing is done while a stream is open. Where a JACK server was found it is left as it is:
    should the server have gone since then, PortAudio would abort the whole program.
    """
    sounddevice = open_portaudio()
    if OPEN_STREAMS or any(
        "JACK" in host["name"] and host["devices"] for host in sounddevice.query_hostapis()
    ):
        return sounddevice
    with hushed_native_output():
        sounddevice._terminate()
        sounddevice._initialize()
    return sounddevice


def leave_portaudio_behind() -> None:
    """Do not close PortAudio when the program ends: a host that died would hold it for ever."""
    sounddevice = open_portaudio()
    atexit.unregister(sounddevice._exit_handler)
    _HUSH.drop_all()


class _Hush:
    """The callers that hush native output now: several threads may, and one may never return."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._callers: set[object] = set()
        self._kept: int | None = None

    def add(self, caller: object) -> None:
        """Point file descriptor 2 nowhere, for the first caller."""
        with self._lock:
            if not self._callers:
                try:
                    self._kept = os.dup(2)
                except OSError:  # no stderr at all
                    return
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, 2)
                os.close(nowhere)
            self._callers.add(caller)

    def drop(self, caller: object) -> None:
        """Give it back after the last."""
        with self._lock:
            if caller in self._callers:
                self._callers.discard(caller)
                self._give_back()

    def drop_all(self) -> None:
        """Give it back though somebody still hangs in a native call."""
        with self._lock:
            self._callers.clear()
            self._give_back()

    def _give_back(self) -> None:
        if not self._callers and self._kept is not None:
            os.dup2(self._kept, 2)
            os.close(self._kept)
            self._kept = None


_HUSH = _Hush()


@contextmanager
def hushed_native_output() -> Iterator[None]:
    """Keep what native libraries print on stderr off the screen for a moment.

    ALSA complains at length about every device that a machine does not have.
    """
    caller = object()
    _HUSH.add(caller)
    try:
        yield
    finally:
        _HUSH.drop(caller)
