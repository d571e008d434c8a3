"""What the onset detector is set to, and the tables that follow from it at one sample rate.

Settings are musical and physical (seconds, hertz, decibels); the kernels count in
samples, frames and linear factors. Only this file translates.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from practiceear.audio.block import WORKING_RATES_HZ

Float32Array = npt.NDArray[np.float32]
Int32Array = npt.NDArray[np.int32]

HISTORY_FRAMES = 128
"""Frames of novelty, level and spectra that are remembered (0.74 s); a power of two."""

DC_CORNER_HZ = 20.0
"""Corner of the high-pass: below every note, above rumble and offset."""

NOVELTY_DELAY_S = 0.0165
"""From a note's -20 dB point to the end of the frame where the novelty peaks."""

NOVELTY_LAG_S = 0.0175
"""The novelty compares with the spectrum this long ago: short against a vibrato cycle
(0.15 s), long enough for a bow to speak."""

PEAK_REACH_S = 0.0175
"""A novelty peak is the highest value within this time on either side."""

VIBRATO_BANDS = 1
"""The maximum filter reaches one band (25 cents at 48 bands an octave) to either side:
more than the widest vibrato moves in `NOVELTY_LAG_S`."""

PEAK_HOLD_S = 0.4
"""The running peak is held so long, so that the ring of a tap stays below it: without a hold
real taps scored 0.976 instead of 0.99; from 0.2 to 0.6 s all other takes scored alike."""

PEAK_FALL_DB_PER_S = 40.0
"""How fast the running peak falls then: a knock 35 dB above the notes is forgotten in a
second. From 24 to 60 dB/s neither rendered nor real takes scored differently by 0.002."""

LASTING_S = 0.07
"""What stays up for so long is playing; a knock has mostly died away. Chosen by ear."""

LASTING_CREST_DB = 15.0
"""What lasts counts as so much above its softest RMS within `LASTING_S`, up to its peak.
Takes scored alike from 12 to 24 dB; the more, the more a knock over a note counts."""

PLAYING_RISE_DB_PER_S = 4.0
"""How fast the playing level comes up to peaks that do not last, as of taps. Against a fall
of 0.5 dB/s it settles where a ninth of the time is louder; one knock adds a few decibels."""

QUIETEST_PEAK_DBFS = -50.0
"""The playing never counts as softer, so that the room alone is not blown up."""

NOISE_FALL_S = 0.3
"""Time constant with which the noise floor of a band falls."""

NOISE_CEILING_DB = -40.0
"""A band's noise floor never exceeds this level below the loudness: a long held
note is not noise."""

SILENCE_S = 0.3
"""After so much digital silence the sound starts anew: longer than most gaps between the
notes of a synthesiser, shorter than those of a noise gate. Chosen by ear."""

NEW_CONTENT = 0.003
"""A tone that breaks off leaves less novelty than this behind: tones that break off
in noise stay below, ones that go on a fourth higher and 24 dB softer reach 0.005."""

REST_RISE_DB = 6.0
"""What comes up by so much after a tone broke off is the next note, judged by itself."""

ECHO_DECAY_DB = 4.0
"""An echo falls by this within 40 ms, a soft note does not. Chosen by ear: the echo of a
room in which a sound dies away in 0.6 s falls by 4 dB."""

STOP_DB = 15.0
"""What falls by this much within 50 ms may have been the end of a tone, if nothing new
follows. A room's echo fills such steps up, and softer notes seldom need asking."""

STARTUP_S = 0.093
"""After the start two windows must fill before the room is known from the note."""

STARTUP_DBFS = -45.0
"""What sounds when the stream begins is a note only above this level."""

STARTUP_UNDER_PLAYING_DB = 25.0
"""Where sound was heard before, a note after digital silence may be this far below it."""

STARTUP_DECAY_DB = 18.0
"""It is a stroke if it has died away by this, more than brown noise drifts."""

STARTUP_TONAL_SHARE = 0.02
"""It is a tone if this share of it stands clear: noise of any colour reached 0.014 in
240 trials, 99 of 100 notes more."""

TONAL_REACH_BANDS = 3
"""Neighbourhood from which a tone stands clear; small enough for the partials of a cello."""

SETTINGS = np.dtype(
    [
        ("hop_samples", np.int64),  # one frame each
        ("lasting_frames", np.int64),  # a knock is shorter, a note longer
        ("lag_frames", np.int64),  # the novelty compares with the spectrum this long ago
        ("mean_frames", np.int64),  # past novelty in the threshold
        ("call_wait_frames", np.int64),  # frames after the peak before a call
        ("settle_wait_frames", np.int64),  # frames after the peak before it settles
        ("peak_reach_frames", np.int64),  # a peak is the highest of so many on either side
        ("interval_frames", np.int64),  # onsets are never closer
        ("prelude_frames", np.int64),  # contact noise precedes its note by at most this
        ("startup_frames", np.int64),  # spectra not yet trusted after the start
        ("silence_frames", np.int64),  # of digital silence after which the sound starts anew
        ("tonal_reach_bands", np.int64),  # neighbourhood of a tone at the start
        ("vibrato_bands", np.int64),  # reach of the maximum filter
        ("delay_samples", np.int64),  # from onset to the end of the frame of its peak
        ("dc_pole", np.float64),  # of the high-pass
        ("hold_samples", np.int64),  # that the running peak is held before it falls
        ("peak_fall", np.float64),  # factor a sample on the running peak
        ("lasting_crest", np.float64),  # peak over the level of a note that lasts
        ("playing_rise", np.float64),  # factor a frame on the playing level below the peak
        ("playing_fall", np.float64),  # factor a frame on the playing level above the peak
        ("peak_floor", np.float64),  # amplitude; quieter peaks count as this
        ("noise_rise", np.float64),  # factor a frame on the noise floor of a band
        ("noise_fall", np.float64),  # share of the way down a frame
        ("noise_ceiling", np.float64),  # a band's noise floor never exceeds this × loudness
        ("noise_margin", np.float64),  # factor on the noise floor of a band
        ("compression", np.float64),  # factor on the loudness
        ("call_threshold", np.float64),  # novelty
        ("settle_threshold", np.float64),  # novelty
        ("mean_weight", np.float64),  # factor on the mean past novelty
        ("gate_dbfs", np.float64),
        ("gate_over_noise_db", np.float64),
        ("gate_under_peak_db", np.float64),
        ("prelude_db", np.float64),  # contact noise is this much softer than its note
        ("stop_db", np.float64),  # a tone that breaks off falls by at least this
        ("new_content", np.float64),  # novelty after it by which it was none
        ("rest_rise_db", np.float64),  # the next note raises the level by this
        ("echo_decay_db", np.float64),  # what stays up longer is a note
        ("startup_dbfs", np.float64),  # a note at the very start reaches this level
        ("startup_under_playing_db", np.float64),  # a later one, this far below the playing
        ("startup_decay_db", np.float64),  # one that is no tone dies away by this
        ("startup_tonal_share", np.float64),  # share of the magnitude in tones, more is a note
    ],
    align=True,
)
"""`DetectorConfig` in the units of the kernels, for one sample rate."""


@dataclass(frozen=True, slots=True)
class DetectorConfig:
    """Settings of the onset detector; the defaults serve every instrument.

    Where nothing else is said, a default was chosen by the F measure at 50 ms on half of
    the rendered development takes (bowed and plucked strings, winds, brass, piano; dry, in
    rooms, and hard), and kept because the other half and real solo takes agreed.

    Attributes
    ----------
    call_threshold, settle_threshold
        Novelty (mean rise of a band, in powers of ten) that an onset must exceed, on
        top of the running mean: when it is called at once, and with hindsight. Calling
        is stricter because it cannot yet see a clearer onset that follows.
    minimum_interval_s
        Two onsets are never closer than this: sixteen notes a second are faster than
        anyone plays one voice.
    mean_weight, mean_s
        How much of the mean novelty of the last ``mean_s`` seconds raises the threshold.
    call_wait_s, settle_wait_s
        How long after its novelty peak an onset is called, and settled: one frame, to
        know that it was a peak, and a tenth of a second, for what longer waiting gave
        causal detectors nothing.
    prelude_s, prelude_db
        A soft onset, followed within ``prelude_s`` by a clearer one that is
        ``prelude_db`` louder, is the finger or plectrum touching the string: it comes
        4 to 90 ms before the note in recordings of guitars.
    gate_dbfs, gate_over_noise_db, gate_under_peak_db
        A note reaches this level, stands this far above the noise floor, and is at
        most this far below the loudness. Chosen by ear: the first is a quiet room through
        a laptop's microphone, the second what a note needs to be heard as one, the third
        the range from *fff* to *ppp*.
    compression_db, noise_margin_db
        Levels fade out of the novelty this far below the loudness, and this far above
        the noise floor of their band, which noise itself exceeds now and then.
    playing_fall_db_per_s, noise_rise_db_per_s
        How fast the level of the playing falls, a diminuendo of 30 dB in a minute, and
        the noise floor rises, less than the slowest swell of a note. Chosen by ear.
    bands_per_octave, lowest_hz, highest_hz
        The triangular bands: 25 cents, so that a semitone is clear of the maximum filter
        of the note before; from below the guitar's lowest string (the overtones of lower
        notes carry them) to the top of bow noise. Chosen by ear.
    """

    call_threshold: float = 0.015
    settle_threshold: float = 0.013
    minimum_interval_s: float = 0.06
    mean_weight: float = 1.2
    mean_s: float = 0.1
    call_wait_s: float = 0.006
    settle_wait_s: float = 0.1
    prelude_s: float = 0.087
    prelude_db: float = 8.0
    gate_dbfs: float = -66.0
    gate_over_noise_db: float = 6.0
    gate_under_peak_db: float = 40.0
    compression_db: float = 50.0
    noise_margin_db: float = 12.0
    playing_fall_db_per_s: float = 0.5
    noise_rise_db_per_s: float = 1.0
    bands_per_octave: int = 48
    lowest_hz: float = 60.0
    highest_hz: float = 14000.0

    def __post_init__(self) -> None:
        # The upper limits are what the detector's histories and buffers hold.
        limits = {
            "call_threshold": (0.0, math.inf),
            "settle_threshold": (0.0, math.inf),
            "minimum_interval_s": (0.01, 0.09),
            "mean_weight": (-1e-9, 10.0),
            "mean_s": (0.01, 0.3),
            "call_wait_s": (-1e-9, self.settle_wait_s),
            "settle_wait_s": (self.minimum_interval_s, 0.15),
            "prelude_s": (-1e-9, self.settle_wait_s),
            "prelude_db": (-1e-9, 120.0),
            "gate_dbfs": (-120.0, 0.0),
            "gate_over_noise_db": (-1e-9, 60.0),
            "gate_under_peak_db": (0.0, 120.0),
            "compression_db": (0.0, 120.0),
            "noise_margin_db": (-60.0, 60.0),
            "playing_fall_db_per_s": (-1e-9, 100.0),
            "noise_rise_db_per_s": (-1e-9, 100.0),
            "bands_per_octave": (2, 61),
            "lowest_hz": (20.0, self.highest_hz),
            "highest_hz": (self.lowest_hz, 20000.0),
        }
        for name, (above, below) in limits.items():
            _require(name, getattr(self, name), above, below)


def _require(name: str, value: float, above: float, below: float) -> None:
    if not above < value < below:
        raise ValueError(f"{name} must lie between {above:g} and {below:g}, not {value!r}")


@dataclass(frozen=True, slots=True, eq=False)
class FrameTables:
    """What the spectrum front-end needs at one sample rate.

    Attributes
    ----------
    window
        float32, shape (n,): the analysis window, scaled so that a full-scale sine
        reads 1 in its bin.
    cosine, sine
        float32, shape (n,): of ``2·pi·k/n``.
    band_start
        int32, shape (n_bands, 3): first bin, first weight and number of bins of a band.
    band_weight
        float32: the weights of all bands one after the other; each band sums to 1.
    """

    window: Float32Array
    cosine: Float32Array
    sine: Float32Array
    band_start: Int32Array
    band_weight: Float32Array


def asymmetric_window(n_samples: int, fall_samples: int) -> Float32Array:
    """A window with a long sin² rise and a short cos² fall, for a short delay.

    The newest samples count almost at once, the oldest fade out slowly; area 2, so
    that a full-scale sine reads 1.
    """
    rise_samples = n_samples - fall_samples
    rise = np.sin(0.5 * np.pi * (np.arange(rise_samples) + 0.5) / rise_samples) ** 2
    fall = np.cos(0.5 * np.pi * (np.arange(fall_samples) + 0.5) / fall_samples) ** 2
    window = np.concatenate([rise, fall])
    scaled: Float32Array = (2.0 * window / window.sum()).astype(np.float32)
    return scaled


@dataclass(frozen=True, slots=True)
class BandLayout:
    """Triangular bands: logarithmic, and at least ``spacing_hz`` apart.

    The spacing is no less than the coarsest bin width of all working rates, so that
    the bands are the same at each of them.
    """

    bands_per_octave: int
    lowest_hz: float
    highest_hz: float
    spacing_hz: float

    def feet_hz(self) -> list[float]:
        """Centres of the triangles, and the two outer feet."""
        ratio = 2.0 ** (1.0 / self.bands_per_octave)
        feet = [self.lowest_hz]
        while feet[-1] < self.highest_hz:
            feet.append(max(feet[-1] * ratio, feet[-1] + self.spacing_hz))
        return feet


def build_tables(rate_hz: int, n_window: int, fall_samples: int, bands: BandLayout) -> FrameTables:
    """Window, twiddle factors and triangular bands for windows of ``n_window`` samples."""
    angle = 2.0 * np.pi * np.arange(n_window) / n_window
    bin_hz = np.arange(n_window // 2) * rate_hz / n_window
    feet = bands.feet_hz()
    start: list[tuple[int, int, int]] = []
    weight: list[float] = []
    for low, centre, high in zip(feet, feet[1:], feet[2:], strict=False):
        rise, fall = (bin_hz - low) / (centre - low), (high - bin_hz) / (high - centre)
        triangle = np.maximum(np.minimum(rise, fall), 0.0)
        bins = np.flatnonzero(triangle)
        start.append((int(bins[0]), len(weight), len(bins)))
        weight.extend(triangle[bins] / triangle.sum())
    return FrameTables(
        window=asymmetric_window(n_window, fall_samples),
        cosine=np.cos(angle).astype(np.float32),
        sine=np.sin(angle).astype(np.float32),
        band_start=np.array(start, np.int32),
        band_weight=np.array(weight, np.float32),
    )


def build_settings(rate_hz: int, config: DetectorConfig) -> npt.NDArray[np.void]:
    """``config`` in samples, frames and factors; shape (1,), dtype `SETTINGS`."""
    if rate_hz not in WORKING_RATES_HZ:
        raise ValueError(f"rate_hz must be one of {WORKING_RATES_HZ}, not {rate_hz!r}")
    hop_samples = round(rate_hz * 256 / 44100)
    hop_s = hop_samples / rate_hz

    def frames(duration_s: float) -> int:
        return round(duration_s / hop_s)

    settings = np.zeros(1, SETTINGS)
    record = settings[0]
    record["hop_samples"] = hop_samples
    record["lag_frames"] = frames(NOVELTY_LAG_S)
    record["mean_frames"] = frames(config.mean_s)
    record["call_wait_frames"] = frames(config.call_wait_s)
    record["settle_wait_frames"] = frames(config.settle_wait_s)
    record["peak_reach_frames"] = frames(PEAK_REACH_S)
    record["interval_frames"] = math.ceil(config.minimum_interval_s / hop_s)
    record["prelude_frames"] = frames(config.prelude_s)
    record["startup_frames"] = frames(STARTUP_S)
    record["silence_frames"] = frames(SILENCE_S)
    record["tonal_reach_bands"] = TONAL_REACH_BANDS
    record["vibrato_bands"] = VIBRATO_BANDS
    record["delay_samples"] = round(NOVELTY_DELAY_S * rate_hz)
    record["dc_pole"] = math.exp(-2.0 * math.pi * DC_CORNER_HZ / rate_hz)
    record["hold_samples"] = round(PEAK_HOLD_S * rate_hz)
    record["peak_fall"] = 10.0 ** (-PEAK_FALL_DB_PER_S / 20.0 / rate_hz)
    record["lasting_frames"] = frames(LASTING_S)
    record["lasting_crest"] = 10.0 ** (LASTING_CREST_DB / 20.0)
    record["playing_rise"] = 10.0 ** (PLAYING_RISE_DB_PER_S / 20.0 * hop_s)
    record["playing_fall"] = 10.0 ** (-config.playing_fall_db_per_s / 20.0 * hop_s)
    record["peak_floor"] = 10.0 ** (QUIETEST_PEAK_DBFS / 20.0)
    record["noise_rise"] = 10.0 ** (config.noise_rise_db_per_s / 20.0 * hop_s)
    record["noise_fall"] = hop_s / NOISE_FALL_S
    record["noise_ceiling"] = 10.0 ** (NOISE_CEILING_DB / 20.0)
    record["noise_margin"] = 10.0 ** (config.noise_margin_db / 20.0)
    record["compression"] = 10.0 ** (-config.compression_db / 20.0)
    record["call_threshold"] = config.call_threshold
    record["settle_threshold"] = config.settle_threshold
    record["mean_weight"] = config.mean_weight
    record["gate_dbfs"] = config.gate_dbfs
    record["gate_over_noise_db"] = config.gate_over_noise_db
    record["gate_under_peak_db"] = config.gate_under_peak_db
    record["prelude_db"] = config.prelude_db
    record["stop_db"] = STOP_DB
    record["new_content"] = NEW_CONTENT
    record["rest_rise_db"] = REST_RISE_DB
    record["echo_decay_db"] = ECHO_DECAY_DB
    record["startup_dbfs"] = STARTUP_DBFS
    record["startup_under_playing_db"] = STARTUP_UNDER_PLAYING_DB
    record["startup_decay_db"] = STARTUP_DECAY_DB
    record["startup_tonal_share"] = STARTUP_TONAL_SHARE
    return settings
