from __future__ import annotations

import numpy as np
import pytest

from practiceear.audio.blocks import WORKING_RATES_HZ
from practiceear.onset.features import asymmetric_window, make_analysis
from practiceear.onset.records import MAX_FFT, MAX_FIR, MAX_WEIGHTS, N_LONG, N_LOW, N_SHORT


@pytest.mark.parametrize("rate_hz", WORKING_RATES_HZ)
def test_frames_last_the_same_at_every_rate(rate_hz: int) -> None:
    assert make_analysis(rate_hz).hop / rate_hz == pytest.approx(256 / 44100, rel=2e-3)


@pytest.mark.parametrize("rate_hz", WORKING_RATES_HZ)
def test_analysis_fits_its_records(rate_hz: int) -> None:
    analysis = make_analysis(rate_hz)
    banks = (analysis.long_bank, analysis.short_bank, analysis.low_bank)
    assert [len(bank) for bank in banks] == [N_LONG, N_SHORT, N_LOW]
    assert len(analysis.long_window) <= MAX_FFT
    assert len(analysis.fir) <= MAX_FIR
    assert len(analysis.fir) % 8 == 0  # the low-pass takes eight taps at a time
    spans = [np.ptp(np.flatnonzero(row)) + 1 for bank in banks for row in bank]
    assert sum(spans) <= MAX_WEIGHTS
    for bank in banks:
        np.testing.assert_allclose(bank.sum(axis=1), 1.0, rtol=1e-5)


@pytest.mark.parametrize("rate_hz", [0, 8000, 44101, 192000])
def test_other_rates_are_refused(rate_hz: int) -> None:
    with pytest.raises(ValueError, match=str(rate_hz)):
        make_analysis(rate_hz)


def test_window_reads_a_full_scale_sine_as_one() -> None:
    window = asymmetric_window(2048, 256)
    sine = np.sin(2 * np.pi * 100 * np.arange(2048) / 2048)
    assert np.abs(np.fft.rfft(sine * window))[100] == pytest.approx(1.0, abs=1e-3)
    assert np.argmax(window) in (1791, 1792)


def test_the_low_pass_keeps_what_is_kept_after_decimation() -> None:
    analysis = make_analysis(44100)
    hz = np.fft.rfftfreq(8192, 1 / 44100)
    gain = np.abs(np.fft.rfft(analysis.fir, 8192))
    assert np.all(np.abs(gain[hz < 1600] - 1) < 0.03)
    folded = 44100 / analysis.decimation - 1600
    assert np.all(gain[hz > folded] < 0.01)
