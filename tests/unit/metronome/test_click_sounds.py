"""Clicks are not heard as notes; the sound for calibration is, and when."""

from __future__ import annotations

import math
from itertools import islice
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
from scipy.signal import oaconvolve

from practiceear import detect_onsets
from practiceear.metronome.click import (
    CALIBRATION_SOUND_BIAS_S,
    CLICK_ATTACK_S,
    CLICK_BAND_HZ,
    calibration_sound,
    click_sounds,
)
from practiceear.metronome.program import ClickKind, MetronomeProgram, bars
from practiceear.rhythm.grid import Meter, Subdivision
from tests.support import sounds

RATES_HZ = (44100, 48000)
NOISE_DBFS = -60.0
Signal = npt.NDArray[np.float32]


def gain(level_db: float) -> float:
    return math.pow(10.0, level_db / 20.0)


def in_room(dry: Signal, rate_hz: int, rt60_s: float, drr_db: float, level_dbfs: float) -> Signal:
    """The sound at a peak level in a noisy room: itself and exponentially decaying noise."""
    wet = np.asarray(dry, np.float64)
    if rt60_s:
        time_s = np.arange(round(rt60_s * rate_hz)) / rate_hz
        tail = np.random.default_rng(3).standard_normal(len(time_s))
        tail *= np.exp(-6.9 * time_s / rt60_s) * (time_s > 0.002)
        tail *= gain(-drr_db) / np.sqrt(np.sum(tail**2))
        tail[0] = 1.0
        wet = oaconvolve(wet, tail)[: len(dry)]
    wet *= gain(level_dbfs) / np.abs(wet).max()
    room = sounds.room(len(dry) / rate_hz, NOISE_DBFS, rate_hz)
    return np.asarray(wet + room, np.float32)


def click_track(program: MetronomeProgram, duration_s: float, rate_hz: int) -> Signal:
    """The clicks of a program alone, from half a second on."""
    track = np.zeros(round(duration_s * rate_hz), np.float32)
    click_of = click_sounds(rate_hz)
    for bar in islice(bars(program, rate_hz, rate_hz // 2), 200):
        for row in bar.clicks:
            click, first = click_of[row["kind"]], int(row["sample"])
            if first + len(click) < len(track):
                track[first : first + len(click)] += click
    return track


@pytest.mark.parametrize("rate_hz", [16000, 44100, 48000, 96000])
def test_clicks_keep_to_their_band(rate_hz: int) -> None:
    for click in click_sounds(rate_hz):
        energy = np.abs(np.fft.rfft(click, 1 << 17)) ** 2
        freq_hz = np.fft.rfftfreq(1 << 17, 1 / rate_hz)
        is_inside = (freq_hz >= CLICK_BAND_HZ[0]) & (freq_hz <= CLICK_BAND_HZ[1])
        assert energy[is_inside].sum() >= 0.99 * energy.sum()


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_clicks_are_short_soft_at_the_edges_and_loudest_when_said(rate_hz: int) -> None:
    clicks = click_sounds(rate_hz)
    assert len(clicks) == len(ClickKind)
    for click, peak in zip(clicks, (1.0, 0.7, 0.4), strict=True):
        assert click.dtype == np.float32
        assert not click.flags.writeable
        assert len(click) <= 0.040 * rate_hz
        assert np.abs(click).max() == pytest.approx(peak)
        assert np.argmax(np.abs(click)) / rate_hz == pytest.approx(CLICK_ATTACK_S, abs=0.0003)
        assert max(abs(click[0]), abs(click[-1])) < 0.002


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_the_accent_sounds_higher_than_the_beat(rate_hz: int) -> None:
    accent, beat, _ = (
        np.argmax(np.abs(np.fft.rfft(click, 1 << 17))) for click in click_sounds(rate_hz)
    )
    assert 12.0 * np.log2(accent / beat) > 2.5  # semitones


def test_a_rate_too_low_for_the_band_is_refused() -> None:
    for make in (click_sounds, calibration_sound):
        with pytest.raises(ValueError, match="8000"):
            make(8000)


class Scene(NamedTuple):
    rate_hz: int
    rt60_s: float
    drr_db: float
    level_dbfs: float
    bpm: float
    meter: str
    subdivision: str


SCENES = [
    Scene(44100, 0.0, 0.0, -6.0, 72.0, "4", "1"),
    Scene(48000, 0.0, 0.0, -40.0, 200.0, "3", "1"),
    Scene(44100, 0.2, 0.0, -20.0, 120.0, "3+2+2", "2"),
    Scene(48000, 0.4, -6.0, -12.0, 97.3, "1", "1"),
    Scene(44100, 0.6, -6.0, -30.0, 150.0, "4", "swing"),
    Scene(48000, 0.6, 6.0, -40.0, 60.0, "4", "4"),
]


@pytest.mark.parametrize("scene", SCENES, ids=str)
def test_clicks_are_not_heard_as_notes(scene: Scene) -> None:
    meter, subdivision = Meter.parse(scene.meter), Subdivision.parse(scene.subdivision)
    program = MetronomeProgram(scene.bpm, meter, subdivision, is_slot_clicked=True)
    track = click_track(program, 12.0, scene.rate_hz)
    sound = in_room(track, scene.rate_hz, scene.rt60_s, scene.drr_db, scene.level_dbfs)
    assert len(detect_onsets(sound, scene.rate_hz)) == 0


def calibration_track(rate_hz: int) -> tuple[Signal, npt.NDArray[np.float64]]:
    """The sound twelve times, 0.75 s apart but for a few samples, and when."""
    sound = calibration_sound(rate_hz)
    first = np.arange(12) * round(0.75 * rate_hz) + rate_hz
    first += np.random.default_rng(5).integers(0, 300, len(first))
    track = np.zeros(round(10.5 * rate_hz), np.float32)
    for start in first:
        track[start : start + len(sound)] += sound
    return track, first / rate_hz


def lags_s(
    onset_s: npt.NDArray[np.float64], start_s: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """How late each start was heard; NaN where nothing was within 60 ms."""
    lag_s = onset_s[:, None] - start_s[None, :]
    nearest = lag_s[np.argmin(np.abs(lag_s), axis=0), np.arange(len(start_s))]
    return np.where(np.abs(nearest) < 0.06, nearest, np.nan)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_the_calibration_sound_is_heard_and_timed_in_a_dry_room(rate_hz: int) -> None:
    track, start_s = calibration_track(rate_hz)
    heard = detect_onsets(in_room(track, rate_hz, 0.0, 0.0, -20.0), rate_hz)
    assert len(heard) == len(start_s)
    lag_s = lags_s(heard["onset_s"], start_s)
    assert np.ptp(lag_s[1:]) < 0.001  # the first finds the detector unprepared
    assert np.subtract(*np.quantile(lag_s, [0.75, 0.25])) < 0.0005
    assert np.median(lag_s) == pytest.approx(CALIBRATION_SOUND_BIAS_S, abs=0.0003)


@pytest.mark.parametrize(("rt60_s", "drr_db"), [(0.2, 6.0), (0.4, 0.0), (0.6, 3.0)])
def test_the_calibration_sound_is_heard_in_rooms(rt60_s: float, drr_db: float) -> None:
    rate_hz = 48000
    track, start_s = calibration_track(rate_hz)
    heard = detect_onsets(in_room(track, rate_hz, rt60_s, drr_db, -20.0), rate_hz)
    lag_s = lags_s(heard["onset_s"], start_s)
    assert np.all(np.isfinite(lag_s))
    assert np.subtract(*np.quantile(lag_s, [0.75, 0.25])) < 0.001
    assert np.median(lag_s) == pytest.approx(CALIBRATION_SOUND_BIAS_S, abs=0.001)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_the_calibration_sound_is_a_short_note(rate_hz: int) -> None:
    sound = calibration_sound(rate_hz)
    assert sound.dtype == np.float32
    assert not sound.flags.writeable
    assert 0.15 * rate_hz <= len(sound) <= 0.25 * rate_hz
    assert np.abs(sound).max() == pytest.approx(1.0)
    assert np.argmax(np.abs(sound) > 0.5) < 0.002 * rate_hz
    assert sound[0] == 0.0
    assert abs(sound[-1]) < 0.001
