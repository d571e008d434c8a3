"""``practiceear devices``, ``calibrate`` and ``doctor``: what this machine can hear and play."""

from __future__ import annotations

import math
import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from practiceear import __version__
from practiceear.cli.option_groups import options_of
from practiceear.cli.options import stream_options
from practiceear.errors import ExitCode, PracticeEarError
from practiceear.plain_text import printable, raw_stream

if TYPE_CHECKING:
    from practiceear.audio.blocks import StreamOptions
    from practiceear.live.round_trip import RoundTrip


def devices() -> int:
    """List microphones and loudspeakers.

    An asterisk marks what is used when none is named.
    """
    from practiceear.audio.devices import list_devices

    for direction, noun in (("input", "Microphones"), ("output", "Loudspeakers")):
        found = list_devices("input" if direction == "input" else "output")
        missing = ": none found. Plug one in, or check that the sound server runs"
        print(f"{noun}" + ("" if found else missing))
        for device in found:
            mark = "*" if device.is_default else " "
            wireless = "  wireless: its delay is long and changes" if device.is_bluetooth else ""
            print(f" {mark} {printable(device.label)}, {device.rate_hz:g} Hz{wireless}")
    return ExitCode.OK


def calibrate(devices: StreamOptions = options_of(stream_options)) -> int:
    """Measure the delay from loudspeaker to microphone.

    Clicks and tones are played for 20 s; the delay is kept for these two devices.
    Take headphones off: the microphone must hear the loudspeaker. Exit code 1 where too few
    are heard, or they scatter too much: then nothing is kept.
    """
    from practiceear.audio.blocks import WORKING_RATES_HZ
    from practiceear.audio.microphone import Microphone
    from practiceear.cli.terminal import prepare_pipeline
    from practiceear.files import data_folder
    from practiceear.live.calibration_store import CalibrationStore, StoredCalibration
    from practiceear.live.round_trip import calibration_sounds, measure_round_trip

    prepare_pipeline()
    sounds = {rate_hz: calibration_sounds(rate_hz) for rate_hz in WORKING_RATES_HZ}
    stream = Microphone.open(devices, sounds)
    heard_by, played_by = printable(stream.input_name), printable(stream.output_name)
    print(f"Listening with {heard_by} to {played_by or 'no loudspeaker'} ...")
    found = measure_round_trip(stream, _progress)
    if sys.stderr.isatty():
        print(f"\r{' ' * 40}\r", end="", file=raw_stream(sys.stderr), flush=True)
    calibration = found.calibration
    print(calibration.message)
    if not calibration.is_usable:
        return ExitCode.REGRESSION
    _print_test(found)
    if found.test is not None and not found.test.is_passed:
        print("Nothing is kept. Try again in quiet, with the microphone nearer to the loudspeaker.")
        return ExitCode.REGRESSION
    stored = StoredCalibration(
        lag_s=calibration.lag_s,
        iqr_s=calibration.iqr_s,
        n_heard=calibration.n_heard,
        n_played=calibration.n_played,
        grade=calibration.grade,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    CalibrationStore(data_folder()).put(
        stream.input_name, stream.output_name, stream.exchange.rate_hz, stored
    )
    print("Kept for these two devices. Calibrate again when one of them changes.")
    return ExitCode.OK


def _progress(n_played: int, n_all: int) -> None:
    if sys.stderr.isatty():
        print(f"\r  {n_played} of {n_all} sounds", end="", file=raw_stream(sys.stderr), flush=True)


def _print_test(found: RoundTrip) -> None:
    test = found.test
    if test is None:
        return
    verdict = "passed" if test.is_passed else "NOT passed: do not trust early and late"
    print(
        f"Test of the ruler, {verdict}: {test.n_heard} tones that fell on the beat were heard"
        f" {1000 * test.bias_s:+.1f} ms off, spread {1000 * test.spread_s:.2f} ms."
    )


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
    from practiceear.files import data_folder
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
    from practiceear.files import data_folder, takes_folder

    try:
        takes_folder()
        print(f"takes and calibrations: {data_folder()}")
    except PracticeEarError as error:
        print(f"takes and calibrations: {error}")
