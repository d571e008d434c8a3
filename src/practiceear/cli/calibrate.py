"""``practiceear calibrate``: how long the click takes to the loudspeaker and back."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from practiceear.cli.option_groups import options_of
from practiceear.cli.options import stream_options
from practiceear.errors import ExitCode
from practiceear.plain_text import printable, raw_stream

if TYPE_CHECKING:
    from practiceear.audio.stream import StreamOptions
    from practiceear.live.round_trip import RoundTrip


def calibrate(devices: StreamOptions = options_of(stream_options)) -> int:
    """Measure the delay from loudspeaker to microphone.

    Clicks and tones are played for 20 s; the delay is kept for these two devices.
    Take headphones off: the microphone must hear the loudspeaker. Exit code 1 where too few
    are heard, or they scatter too much: then nothing is kept.
    """
    from practiceear.audio.blocks import WORKING_RATES_HZ
    from practiceear.audio.microphone import Microphone
    from practiceear.cli.startup_progress import prepare_pipeline
    from practiceear.folders import data_folder
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
    _tell_test(found)
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


def _tell_test(found: RoundTrip) -> None:
    test = found.test
    if test is None:
        return
    verdict = "passed" if test.is_passed else "NOT passed: do not trust early and late"
    print(
        f"Test of the ruler, {verdict}: {test.n_heard} tones that fell on the beat were heard"
        f" {1000 * test.bias_s:+.1f} ms off, spread {1000 * test.spread_s:.2f} ms."
    )
