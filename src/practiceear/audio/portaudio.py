"""The door to PortAudio: the only place that imports sounddevice.

Importing it opens every device of the machine and may fail, so it happens only when
sound is really wanted.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from practiceear.errors import MissingError

_HINT = (
    "On Debian or Ubuntu: apt install libportaudio2 (Fedora: dnf install portaudio, Arch:"
    " pacman -S portaudio). Recorded takes work without it"
)


def open_portaudio() -> ModuleType:
    """Import sounddevice, and with it PortAudio.

    Raises
    ------
    MissingError
        Where the PortAudio library or the Python package is not installed.
    """
    try:
        with hushed_native_output():
            import sounddevice
    except (OSError, ImportError) as error:
        raise MissingError("live mode needs the PortAudio library", _HINT) from error
    module: ModuleType = sounddevice
    return module


def look_again() -> ModuleType:
    """Open PortAudio anew, so that devices plugged in since then are seen.

    Every stream must be closed before. Where a JACK server was found it is left as it is:
    should the server have gone since then, PortAudio would abort the whole program.
    """
    sounddevice = open_portaudio()
    if any("JACK" in host["name"] and host["devices"] for host in sounddevice.query_hostapis()):
        return sounddevice
    with hushed_native_output():
        sounddevice._terminate()
        sounddevice._initialize()
    return sounddevice


def leave_portaudio_behind() -> None:
    """Do not close PortAudio when the program ends: a host that died would hold it for ever."""
    sounddevice = open_portaudio()
    atexit.unregister(sounddevice._exit_handler)


@contextmanager
def hushed_native_output() -> Iterator[None]:
    """Keep what native libraries print on stderr off the screen for a moment.

    ALSA complains at length about every device that a machine does not have.
    """
    try:
        kept = os.dup(2)
    except OSError:  # no stderr at all
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
