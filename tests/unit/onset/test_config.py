from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from practiceear.audio.block import WORKING_RATES_HZ
from practiceear.onset.config import (
    HISTORY_FRAMES,
    BandLayout,
    DetectorConfig,
    asymmetric_window,
    build_settings,
    build_tables,
)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("call_threshold", 0.0),
        ("settle_threshold", -0.1),
        ("settle_threshold", math.nan),
        ("minimum_interval_s", 0.2),
        ("settle_wait_s", 0.01),
        ("call_wait_s", -1.0),
        ("prelude_s", 0.5),
        ("lowest_hz", 30000.0),
        ("highest_hz", 22050.0),
        ("bands_per_octave", 0),
        ("mean_weight", -1.0),
        ("noise_rise_db_per_s", -1.0),
        ("gate_dbfs", math.nan),
    ],
)
def test_senseless_setting_is_named(field: str, value: float) -> None:
    with pytest.raises(ValueError, match=field):
        replace(DetectorConfig(), **{field: value})


@pytest.mark.parametrize("rate_hz", WORKING_RATES_HZ)
def test_frames_last_the_same_at_every_rate(rate_hz: int) -> None:
    record = build_settings(rate_hz, DetectorConfig())[0]
    reference = build_settings(44100, DetectorConfig())[0]
    assert record["hop_samples"] / rate_hz == pytest.approx(256 / 44100, rel=2e-3)
    for name in ("mean_frames", "settle_wait_frames", "interval_frames", "prelude_frames"):
        assert record[name] == reference[name]


def test_history_holds_what_is_looked_back_at() -> None:
    slow = replace(DetectorConfig(), settle_wait_s=0.149, mean_s=0.299)
    record = build_settings(44100, slow)[0]
    needed = record["settle_wait_frames"] + record["mean_frames"] + record["interval_frames"]
    assert needed + record["peak_reach_frames"] < HISTORY_FRAMES


@pytest.mark.parametrize("rate_hz", WORKING_RATES_HZ)
def test_bands_hear_the_same_spectrum_at_every_rate(rate_hz: int) -> None:
    n_window = 2048 if rate_hz <= 48000 else 4096
    bands = BandLayout(48, 60.0, 14000.0, 23.5)
    tables = build_tables(rate_hz, n_window, 256, bands)
    tilt = 1.0 / (100.0 + np.arange(n_window // 2) * rate_hz / n_window)
    levels = [
        float(tilt[first : first + count] @ tables.band_weight[offset : offset + count])
        for first, offset, count in tables.band_start
    ]
    centres_hz = np.array(bands.feet_hz()[1:-1])
    np.testing.assert_allclose(levels, 1.0 / (100.0 + centres_hz), rtol=0.06)


def test_window_reads_a_full_scale_sine_as_one() -> None:
    window = asymmetric_window(2048, 256)
    sine = np.sin(2 * np.pi * 100 * np.arange(2048) / 2048)
    assert np.abs(np.fft.rfft(sine * window))[100] == pytest.approx(1.0, abs=1e-3)
    assert np.argmax(window) in (1791, 1792)
