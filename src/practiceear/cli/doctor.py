"""``practiceear doctor``: what was found on this machine, and what is missing."""

from __future__ import annotations

import math
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from practiceear import __version__
from practiceear.errors import ExitCode, PracticeEarError
from practiceear.plain_text import printable

PACKAGES = ("numpy", "numba", "sounddevice", "soundfile", "librosa", "textual", "aubio-ledfx")


def doctor() -> int:
    """Say what was found on this machine, and what is missing.

    Exit code 0 where live practice is possible, 5 where PortAudio is missing, 7 where there
    is no usable microphone.
    """
    print(f"practiceear {__version__}, Python {platform.python_version()}, {platform.platform()}")
    for name in PACKAGES:
        print(f"  {name:<16}{_version(name)}")
    _kernels()
    code = _devices()
    _folders()
    return code


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed" + (" (only for a second opinion)" if "aubio" in name else "")


def _kernels() -> None:
    import practiceear

    folder = Path(practiceear.__file__).parent
    n_kept = sum(1 for _ in folder.rglob("*.nbi"))
    where = "beside the package" if n_kept else "not yet, or in the user's cache folder"
    print(f"compiled kernels: {n_kept} kept {where}")


def _devices() -> ExitCode:
    from practiceear.audio.microphone import Microphone
    from practiceear.folders import data_folder
    from practiceear.live.calibration_store import CalibrationStore

    try:
        stream = Microphone.open()
    except PracticeEarError as error:
        print(f"live: {error} Callback and delay are known only with one.")
        return error.exit_code
    rate_hz = stream.exchange.rate_hz
    print(f"microphone: {printable(stream.input_name)}, {rate_hz} Hz")
    print(f"loudspeaker: {printable(stream.output_name) or 'none: no click can be heard'}")
    print(f"callback: {stream.callback_kind}{_why_python(stream.callback_kind)}")
    print(f"round trip: {_milliseconds(stream.claimed_latency_s)} claimed by the system")
    stored = CalibrationStore(data_folder()).get(stream.input_name, stream.output_name, rate_hz)
    if stored is None:
        print("calibration: none for these devices (practiceear calibrate)")
    else:
        print(
            f"calibration: {1000 * stored.lag_s:.1f} ms, {stored.grade}, of {stored.made_at[:10]}"
        )
    stream.close()
    return ExitCode.OK


def _why_python(kind: str) -> str:
    return "" if kind == "native" else f" (the compiled one is not possible on {sys.platform})"


def _milliseconds(value_s: float) -> str:
    return f"{1000 * value_s:.1f} ms" if math.isfinite(value_s) else "an absurd delay"


def _folders() -> None:
    from practiceear.folders import data_folder, takes_folder

    try:
        takes_folder()
        print(f"takes and calibrations: {data_folder()}")
    except PracticeEarError as error:
        print(f"takes and calibrations: {error}")
