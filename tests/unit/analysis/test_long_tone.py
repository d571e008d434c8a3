"""Held tones in a room, from samples to words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from practiceear.analysis.long_tone import LongTones, measure_long_tones
from practiceear.audio.blocks import AudioBlock, Samples
from practiceear.cli import run
from practiceear.errors import ExitCode
from practiceear.instruments.registry import load_instrument
from practiceear.reports.text import DISCLAIMER, NO_TONES, long_tone_lines
from practiceear.units import FloatArray
from tests.support import sounds

RATE_HZ = 44100


def held(length_s: float, waver_db: float = 0.0, pitch_hz: float = 196.0) -> FloatArray:
    """A tone of eight harmonics whose level wavers 5.5 times a second."""
    time_s = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
    wave = np.sum([np.sin(2 * np.pi * k * pitch_hz * time_s + k) / k for k in range(1, 9)], axis=0)
    level_db = waver_db * np.sqrt(2.0) * np.sin(2 * np.pi * 5.5 * time_s)
    edge = np.clip(np.minimum(time_s, time_s[-1] - time_s) / 0.05, 0.0, 1.0)
    return np.asarray(0.1 * wave * edge * 10.0 ** (level_db / 20.0))


def take(*tones: FloatArray, noise_dbfs: float = -65.0) -> Samples:
    silence = np.zeros(RATE_HZ)
    parts = [silence, *(part for tone in tones for part in (tone, silence))]
    sound = np.concatenate(parts)
    return (sound + sounds.room(len(sound) / RATE_HZ, noise_dbfs, RATE_HZ)).astype(np.float32)


def heard(sound: Samples, instrument: str = "violin", block_samples: int = 4096) -> LongTones:
    starts = range(0, len(sound), block_samples)
    blocks = [AudioBlock(sound[one : one + block_samples].copy(), one) for one in starts]
    return measure_long_tones(blocks, RATE_HZ, load_instrument(instrument))


def test_a_steady_tone_is_at_its_floor_and_a_wavering_one_is_not() -> None:
    steady, wavering = heard(take(held(6.0), held(6.0, 0.8))).tones
    assert steady.wavering.is_at_detector_error
    assert wavering.wavering.value == pytest.approx(0.8, rel=0.06)
    assert wavering.rate.value == pytest.approx(5.5, abs=0.1)
    assert wavering.swell.value < 0.05
    assert steady.pitch.is_at_detector_error


@pytest.mark.parametrize("noise_dbfs", [-65.0, -45.0, -35.0])
def test_the_room_is_not_taken_for_the_player(noise_dbfs: float) -> None:
    (tone,) = heard(take(held(6.0), noise_dbfs=noise_dbfs)).tones
    assert tone.wavering.is_at_detector_error


def test_short_tones_are_counted_not_measured() -> None:
    found = heard(take(held(2.0), held(4.0)))
    assert (len(found.tones), found.n_too_short) == (1, 1)
    assert "1 shorter than 2.5 s left out" in "\n".join(long_tone_lines(found))
    assert long_tone_lines(heard(take(held(1.0)))) == ["", NO_TONES]


def test_blocks_do_not_matter() -> None:
    sound = take(held(3.0, 0.5))
    assert repr(heard(sound)) == repr(heard(sound, block_samples=777))


@pytest.mark.parametrize("sound", [np.zeros(0, np.float32), np.zeros(99_999, np.float32)])
def test_silence_holds_no_tone(sound: Samples) -> None:
    assert heard(sound).tones == ()


def test_what_has_no_pitch_is_told_without_it() -> None:
    assert "no pitch" in heard(take(held(4.0)), "tap").tones[0].pitch.reason


def test_the_report_describes_and_makes_no_diagnosis(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "tones.wav"
    soundfile.write(path, take(held(5.0), held(5.0, 0.8)), RATE_HZ, subtype="FLOAT")
    assert run(["review", str(path), "--instrument", "violin", "--long-tones"]) == ExitCode.OK
    shown = capsys.readouterr().out
    assert "wavers 5.5 times a second by 0.7" in shown or "by 0.8" in shown
    assert "steady, as far as can be told" in shown
    assert DISCLAIMER in shown
