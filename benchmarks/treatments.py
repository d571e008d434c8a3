"""What levels, rates, recorders, telephones and codecs make of a take; truth stays as it is.

Whatever delays the sound is set right again, so that only hearing is judged.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import soundfile
import soxr
from scipy.signal import butter, correlate, sosfiltfilt

from benchmarks.noises import of_peak_one
from benchmarks.takes import Take
from practiceear.audio.blocks import WORKING_RATES_HZ, Samples
from practiceear.units import FloatArray

LEVELS_DB = (-12.0, -24.0, -36.0)
RATES_HZ = WORKING_RATES_HZ[1:]

CLIPPED_DB = 12.0
"""So far the highest peak goes over full scale."""

AGC_TARGET_DBFS, AGC_HIGHEST_DB = -18.0, 30.0
AGC_STEP_S = 0.005
AGC_RISE_DB_PER_S = 30.0
"""So fast the gain comes up where it is quiet: it pumps between notes, not only in rests."""

AGC_FALL_SHARE = 0.4
"""This share of what is too loud goes in each step: the start of a note comes through."""

TELEPHONE_RATE_HZ, TELEPHONE_BAND_HZ = 8000, (300.0, 3400.0)  # ITU-T G.711, G.712
MU = 255.0

LONGEST_DELAY_S = 0.1
CODEC_BLOCK_SAMPLES = 4096  # libsndfile's Ogg writer overflows its stack on whole takes


@dataclass(frozen=True, slots=True)
class Treatment:
    """One way to change a take.

    Attributes
    ----------
    name
        A row of the report.
    change
        Gives the changed take; its truth is that of the original.
    """

    name: str
    change: Callable[[Take], Take]


@dataclass(frozen=True, slots=True)
class Codec:
    """A lossy coder that libsndfile may bring.

    Attributes
    ----------
    format, subtype
        As libsndfile calls them.
    rate_hz
        Where it runs.
    bitrate_mode, compression_level
        As libsndfile understands them; None where it has no choice, the level from 0 to 1.
    """

    name: str
    format: str
    subtype: str
    rate_hz: int
    bitrate_mode: str | None
    compression_level: float

    @property
    def is_present(self) -> bool:
        """Whether this libsndfile can write it."""
        return self.subtype in soundfile.available_subtypes(self.format)


CODECS = (
    Codec("Opus, 16 kbit/s", "OGG", "OPUS", 48000, None, 0.96),
    Codec("MP3, 32 kbit/s", "MP3", "MPEG_LAYER_III", 44100, "CONSTANT", 0.99),
)


def treatments() -> tuple[Treatment, ...]:
    """All that can be done here, in the order of the report."""
    levels = [Treatment(f"{gain_db:+.0f} dB", _louder(gain_db)) for gain_db in LEVELS_DB]
    rates = [Treatment(f"at {rate_hz / 1000:g} kHz", _at_rate(rate_hz)) for rate_hz in RATES_HZ]
    codecs = [Treatment(codec.name, _coded(codec)) for codec in CODECS if codec.is_present]
    return (
        *levels,
        *rates,
        Treatment(f"clipped by {CLIPPED_DB:.0f} dB", _each_sample(clipped)),
        Treatment("AGC pumping", _each_sample(pumped)),
        Treatment("telephone: 300 to 3400 Hz, mu-law", _each_sample(telephoned)),
        *codecs,
    )


def clipped(samples: Samples, _rate_hz: int) -> Samples:
    """The sound at full scale, its peaks cut off."""
    louder = of_peak_one(samples.astype(np.float64)) * 10 ** (CLIPPED_DB / 20)
    return np.clip(louder, -1.0, 1.0).astype(np.float32)


def pumped(samples: Samples, rate_hz: int) -> Samples:
    """The sound through an automatic gain that ducks after loud starts and lifts the room."""
    n_step = round(AGC_STEP_S * rate_hz)
    starts = np.arange(0, len(samples), n_step)
    power = np.add.reduceat(samples.astype(np.float64) ** 2, starts) / n_step
    gain_db, gains_db = 0.0, np.zeros(len(starts) + 1)
    for i, level_db in enumerate(10 * np.log10(power + 1e-12)):
        excess_db = level_db + gain_db - AGC_TARGET_DBFS
        rise_db = AGC_RISE_DB_PER_S * AGC_STEP_S
        gain_db += -AGC_FALL_SHARE * excess_db if excess_db > 0 else rise_db
        gain_db = gains_db[i + 1] = min(gain_db, AGC_HIGHEST_DB)
    smooth_db = np.interp(np.arange(len(samples)) / n_step, np.arange(len(gains_db)), gains_db)
    return np.clip(samples * 10 ** (smooth_db / 20), -1.0, 1.0).astype(np.float32)


def telephoned(samples: Samples, rate_hz: int) -> Samples:
    """The sound over a telephone: its band, 8 kHz, 8 bits of mu-law."""
    narrow = soxr.resample(samples.astype(np.float64), rate_hz, TELEPHONE_RATE_HZ)
    sos = butter(2, TELEPHONE_BAND_HZ, "bandpass", fs=TELEPHONE_RATE_HZ, output="sos")
    # Run both ways: a filter that delays pitches unequally would leave no one delay to remove.
    narrow = 0.7 * of_peak_one(sosfiltfilt(sos, narrow))
    coded = np.sign(narrow) * np.log1p(MU * np.abs(narrow)) / np.log1p(MU)
    coded = np.round(127 * coded) / 127
    heard = np.sign(coded) * np.expm1(np.abs(coded) * np.log1p(MU)) / MU
    return _as_long_as(samples, soxr.resample(heard, TELEPHONE_RATE_HZ, rate_hz))


def undelayed(sound: FloatArray, original: Samples, rate_hz: int) -> Samples:
    """``sound`` moved to where it correlates best with ``original``, and as long as it."""
    n_lags = round(LONGEST_DELAY_S * rate_hz)
    correlation = correlate(sound, original.astype(np.float64), "full", method="fft")
    at_zero = len(original) - 1
    near = correlation[max(0, at_zero - n_lags) : at_zero + n_lags + 1]
    delay = int(np.argmax(near)) - min(at_zero, n_lags)
    moved = sound[delay:] if delay > 0 else np.concatenate([np.zeros(-delay), sound])
    return _as_long_as(original, moved)


def _as_long_as(original: Samples, sound: FloatArray) -> Samples:
    fitting = np.zeros(len(original), dtype=np.float32)
    n_kept = min(len(original), len(sound))
    fitting[:n_kept] = sound[:n_kept]
    return fitting


def _each_sample(process: Callable[[Samples, int], Samples]) -> Callable[[Take], Take]:
    return lambda take: replace(take, samples=process(take.samples, take.rate_hz))


def _louder(gain_db: float) -> Callable[[Take], Take]:
    return _each_sample(lambda samples, _rate_hz: samples * np.float32(10 ** (gain_db / 20)))


def _at_rate(wanted_hz: int) -> Callable[[Take], Take]:
    def change(take: Take) -> Take:
        samples: Samples = soxr.resample(take.samples, take.rate_hz, wanted_hz).astype(np.float32)
        return replace(take, samples=samples, rate_hz=wanted_hz)

    return change


def _coded(codec: Codec) -> Callable[[Take], Take]:
    def process(samples: Samples, rate_hz: int) -> Samples:
        sound = soxr.resample(samples, rate_hz, codec.rate_hz)
        file = io.BytesIO()
        with soundfile.SoundFile(
            file, "w", codec.rate_hz, 1, codec.subtype,
            format=codec.format, bitrate_mode=codec.bitrate_mode,
            compression_level=codec.compression_level,
        ) as writer:  # fmt: skip
            for start in range(0, len(sound), CODEC_BLOCK_SAMPLES):
                writer.write(sound[start : start + CODEC_BLOCK_SAMPLES])
        file.seek(0)
        heard, heard_hz = soundfile.read(file, dtype="float64")
        return undelayed(soxr.resample(heard, heard_hz, rate_hz), samples, rate_hz)

    return _each_sample(process)
