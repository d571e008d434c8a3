"""The round trip of a click, on a virtual loudspeaker in a simulated room."""

from __future__ import annotations

import numpy as np
import pytest

from practiceear.audio.shared_buffer import SharedAudioBuffer
from practiceear.audio.virtual_player import BLOCK_SAMPLES, VirtualPlayer
from practiceear.errors import DeviceError
from practiceear.live.round_trip import calibration_sounds, measure_round_trip

RATE_HZ = 44100


def _stream(bleed: np.ndarray | None) -> VirtualPlayer:
    exchange = SharedAudioBuffer(RATE_HZ, calibration_sounds(RATE_HZ), is_patient=True)
    hum = 1e-4 * np.random.default_rng(1).standard_normal(RATE_HZ * 40)
    return VirtualPlayer(
        exchange, hum.astype(np.float32), name="room", is_real_time=False, bleed=bleed
    )


def _room(delay_samples: int, rt60_s: float, direct: float) -> np.ndarray:
    rng = np.random.default_rng(2)
    n = round(0.25 * RATE_HZ)
    tail = rng.standard_normal(n) * 10 ** (-3 * np.arange(n) / RATE_HZ / rt60_s)
    answer = np.zeros(delay_samples + 60 + n, np.float32)
    answer[delay_samples] = direct
    answer[delay_samples + 60 :] += 0.01 * tail
    return answer


@pytest.mark.parametrize(("delay_samples", "rt60_s"), [(600, 0.3), (3000, 0.5)])
def test_delay_of_a_room_is_found_to_a_tenth_of_a_millisecond(
    delay_samples: int, rt60_s: float
) -> None:
    found = measure_round_trip(_stream(_room(delay_samples, rt60_s, 0.3)))
    exact_s = (BLOCK_SAMPLES + delay_samples) / RATE_HZ
    assert found.calibration.grade in ("good", "fair")
    assert found.calibration.lag_s == pytest.approx(exact_s, abs=0.0001)
    assert found.test is not None
    assert found.test.is_passed


def test_headphones_are_refused_not_wrong() -> None:
    found = measure_round_trip(_stream(None))
    assert not found.calibration.is_usable
    assert np.isnan(found.calibration.lag_s)
    assert found.test is None


def test_a_stream_that_stops_is_said() -> None:
    stream = _stream(None)
    stream.start = lambda: None  # type: ignore[method-assign]
    with pytest.raises(DeviceError, match="stopped while"):
        measure_round_trip(stream)
