"""Recorded takes: files and arrays of any rate and channel count, as mono blocks.

Conventions: channels are averaged (or one is chosen), rates outside
``WORKING_RATES_HZ`` are resampled with soxr's linear-phase "HQ" setting, whose
delay is compensated, so a time in the take is a time in the file. Files are read
in chunks of one fixed size whatever block size is asked for: the samples
delivered do not depend on it, and memory stays flat.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from practiceear.audio.block import WORKING_RATES_HZ, AudioBlock, Samples
from practiceear.errors import TakeError, UsageError
from practiceear.units import samples_to_seconds

LOWEST_RATE_HZ = 8000  # telephone quality; below it consonants of an attack are gone
HIGHEST_RATE_HZ = 768_000
SHORTEST_TAKE_S = 0.1  # two analysis windows: less holds no note and its context
CHUNK_FRAMES = 4096  # one FLAC block: of a damaged file no more than this is lost
CLIPPING_LEVEL = 0.9999  # 16-bit full scale is 0.99997; three of these in a row are a clipped peak
CLIPPED_RUN_SAMPLES = 3
READABLE = "WAV, FLAC, OGG, MP3 or AIFF"

Frames = npt.NDArray[np.float32]
"""Samples of all channels, shape (n, n_channels)."""


@dataclass(frozen=True, slots=True)
class TakeHealth:
    """What was found out about a take while it was read.

    Attributes
    ----------
    n_frames
        Frames read at the file's own rate.
    n_promised_frames
        Frames that the file's header announces; more than ``n_frames`` in a file cut short.
    peak
        Largest absolute sample of any channel, 1.0 being full scale.
    dc_offset
        Mean of all samples.
    n_clipped_samples
        Samples in runs of three or more at full scale.
    mix_loss_db
        How much quieter the average of the channels is than the loudest channel;
        large where channels cancel each other.
    """

    n_frames: int = 0
    n_promised_frames: int = 0
    peak: float = 0.0
    dc_offset: float = 0.0
    n_clipped_samples: int = 0
    mix_loss_db: float = 0.0

    @property
    def is_cut_short(self) -> bool:
        """Whether the file ends before its header says it does."""
        return self.n_frames < self.n_promised_frames

    @property
    def is_silent(self) -> bool:
        """Whether every sample is zero."""
        return self.peak == 0.0


class _HealthMeter:
    """Running sums behind :class:`TakeHealth`."""

    def __init__(self, n_channels: int) -> None:
        self.n_frames = 0
        self._peak = 0.0
        self._n_clipped_samples = 0
        self._sum = 0.0
        self._channel_power = np.zeros(n_channels)
        self._mono_power = 0.0
        self._run_lengths = np.zeros(n_channels, dtype=np.int64)

    def add(self, frames: Frames, mono: Samples) -> None:
        """Take in one chunk and the mono signal made from it."""
        self.n_frames += len(frames)
        self._peak = max(self._peak, float(np.max(np.abs(frames))))
        self._sum += float(np.sum(mono, dtype=np.float64))
        self._channel_power += np.sum(np.square(frames, dtype=np.float64), axis=0)
        self._mono_power += float(np.sum(np.square(mono, dtype=np.float64)))
        if self._peak >= CLIPPING_LEVEL:
            self._count_clipped(frames)

    def _count_clipped(self, frames: Frames) -> None:
        for channel in range(frames.shape[1]):
            at_limit = np.abs(frames[:, channel]) >= CLIPPING_LEVEL
            edges = np.flatnonzero(np.diff(np.concatenate(([False], at_limit, [False]))))
            lengths = edges[1::2] - edges[::2]
            self._n_clipped_samples += int(lengths[lengths >= CLIPPED_RUN_SAMPLES].sum())

    def read(self, n_promised_frames: int) -> TakeHealth:
        """Sum up what was found so far."""
        loudest = float(self._channel_power.max())
        loss_db = 10.0 * np.log10(loudest / max(self._mono_power, 1e-30)) if loudest > 0 else 0.0
        return TakeHealth(
            n_frames=self.n_frames,
            n_promised_frames=n_promised_frames,
            peak=self._peak,
            dc_offset=self._sum / max(1, self.n_frames),
            n_clipped_samples=self._n_clipped_samples,
            mix_loss_db=max(0.0, float(loss_db)),
        )


def working_rate_hz(rate_hz: int) -> int:
    """The rate at which a take of ``rate_hz`` is analysed.

    Raises
    ------
    UsageError
        Where the rate is too low for attacks to be heard, or absurdly high.
    """
    if not LOWEST_RATE_HZ <= rate_hz <= HIGHEST_RATE_HZ:
        raise UsageError(
            f"a sample rate of {rate_hz} Hz is outside {LOWEST_RATE_HZ} to {HIGHEST_RATE_HZ} Hz",
            "Record at 44100 or 48000 Hz",
        )
    if rate_hz in WORKING_RATES_HZ:
        return rate_hz
    return 44100 if rate_hz % 11025 == 0 else 48000


class _Take:
    """Mixing, resampling, blocks and health: all that files and arrays share."""

    def __init__(self, name: str, file_rate_hz: int, n_channels: int, channel: int | None) -> None:
        if channel is not None and not 1 <= channel <= n_channels:
            raise UsageError(f"{name} has no channel {channel}", f"Choose one of 1 to {n_channels}")
        self.name = name
        self.file_rate_hz = file_rate_hz
        self.n_channels = n_channels
        self._channel = channel
        self._rate_hz = working_rate_hz(file_rate_hz)
        self._meter = _HealthMeter(n_channels)

    @property
    def rate_hz(self) -> int:
        """Samples per second of the delivered blocks."""
        return self._rate_hz

    @property
    def n_promised_frames(self) -> int:
        """How many frames there should be, at the file's own rate."""
        raise NotImplementedError

    @property
    def duration_s(self) -> float:
        """How long the take should be."""
        return samples_to_seconds(self.n_promised_frames, self.file_rate_hz)

    @property
    def health(self) -> TakeHealth:
        """What was found out so far; complete once the blocks are read."""
        return self._meter.read(self.n_promised_frames)

    def _chunks(self) -> Iterator[Frames]:
        """All frames in order, at most ``CHUNK_FRAMES`` at a time."""
        raise NotImplementedError

    def blocks(self, block_samples: int) -> Iterator[AudioBlock]:
        """Deliver the take as mono blocks at the working rate.

        Raises
        ------
        TakeError
            On samples that are not numbers, or where the file cannot be read on.
        """
        if block_samples < 1:
            raise ValueError(f"block_samples must be 1 or more, not {block_samples}")
        self._meter = _HealthMeter(self.n_channels)
        held = np.zeros(0, dtype=np.float32)
        first_sample = 0
        for arrived in self._working_chunks():
            held = np.concatenate((held, arrived)) if len(held) else arrived
            n_whole = len(held) - len(held) % block_samples
            for start in range(0, n_whole, block_samples):
                yield AudioBlock(held[start : start + block_samples], first_sample + start)
            held, first_sample = held[n_whole:], first_sample + n_whole
        if len(held):
            yield AudioBlock(held, first_sample)

    def _working_chunks(self) -> Iterator[Samples]:
        """Mono chunks at the working rate."""
        resampler = None
        if self.file_rate_hz != self.rate_hz:
            resampler = soxr.ResampleStream(self.file_rate_hz, self.rate_hz, 1, dtype="float32")
        for frames in self._chunks():
            self._refuse_non_numbers(frames)
            mono = self._mix(frames)
            self._meter.add(frames, mono)
            yield resampler.resample_chunk(mono) if resampler else mono
        if resampler:
            yield resampler.resample_chunk(np.zeros(0, dtype=np.float32), last=True)

    def _mix(self, frames: Frames) -> Samples:
        if self._channel is not None:
            return np.ascontiguousarray(frames[:, self._channel - 1])
        if frames.shape[1] == 1:
            return np.ascontiguousarray(frames[:, 0])
        mono: Samples = np.mean(frames, axis=1, dtype=np.float32)
        return mono

    def _refuse_non_numbers(self, frames: Frames) -> None:
        bad = np.flatnonzero(~np.isfinite(frames).all(axis=1))
        if len(bad):
            where_s = samples_to_seconds(self._meter.n_frames + int(bad[0]), self.file_rate_hz)
            raise TakeError(
                f"{self.name} holds a sample that is not a number, at {where_s:.3f} s",
                "Export it again as 16 or 24 bit audio",
            )

    def _refuse_short(self, n_frames: int) -> None:
        duration_s = samples_to_seconds(n_frames, self.file_rate_hz)
        if duration_s < SHORTEST_TAKE_S:
            raise TakeError(
                f"{self.name} is too short to hold a note"
                f" ({n_frames} samples, {1000 * duration_s:.1f} ms)",
                f"A take needs at least {1000 * SHORTEST_TAKE_S:.0f} ms of sound",
            )


class TakeArray(_Take):
    """A take that is already in memory.

    Parameters
    ----------
    samples
        Shape (n,) or (n, n_channels), any real dtype; integers are scaled to -1..1.
    rate_hz
        Samples per second of ``samples``.
    """

    def __init__(self, samples: npt.ArrayLike, rate_hz: int) -> None:
        frames = _as_frames(np.asarray(samples))
        super().__init__("the take", rate_hz, frames.shape[1], channel=None)
        self._frames = frames

    @property
    def n_promised_frames(self) -> int:
        """How many frames the array has."""
        return len(self._frames)

    def _chunks(self) -> Iterator[Frames]:
        for start in range(0, len(self._frames), CHUNK_FRAMES):
            yield self._frames[start : start + CHUNK_FRAMES]


def _as_frames(samples: npt.NDArray[np.generic]) -> Frames:
    """Shape (n, n_channels) in float32, whatever was given."""
    if samples.ndim not in (1, 2) or samples.dtype.kind not in "fiu":
        raise UsageError(
            f"samples of shape {samples.shape} and type {samples.dtype} are not audio",
            "Give real numbers of shape (n,) or (n, n_channels)",
        )
    if samples.ndim == 2 and not 1 <= samples.shape[1] <= 64:
        raise UsageError(
            f"samples of shape {samples.shape} would be {samples.shape[1]} channels",
            "Give one row a sample, one column a channel",
        )
    scaled = samples.astype(np.float64)
    if samples.dtype.kind == "i":
        scaled /= -float(np.iinfo(samples.dtype).min)  # type: ignore[type-var]
    elif samples.dtype.kind == "u":
        half = float(np.iinfo(samples.dtype).max // 2 + 1)  # type: ignore[type-var]
        scaled = scaled / half - 1.0
    return scaled.astype(np.float32).reshape(
        len(scaled), 1 if scaled.ndim == 1 else scaled.shape[1]
    )


class TakeFile(_Take):
    """A recorded take on disk.

    Parameters
    ----------
    path
        A WAV, FLAC, OGG, MP3 or AIFF file at 8 to 768 kHz, any number of channels.
    channel
        The channel to listen to, counted from 1; None averages all of them.

    Raises
    ------
    TakeError
        Where there is no such file, it is not audio, or it is too short.
    """

    def __init__(self, path: Path, *, channel: int | None = None) -> None:
        info = _read_header(path)
        self.path = path
        self._n_promised_frames = int(info.frames)
        try:
            super().__init__(str(path), int(info.samplerate), int(info.channels), channel)
        except UsageError as error:
            # A rate given in code is a wrong argument; in a file it is an unusable take.
            if str(path) in error.message:
                raise
            raise TakeError(f"{path}: {error.message}", error.hint) from error
        self._refuse_short(self._n_promised_frames)

    @property
    def n_promised_frames(self) -> int:
        """How many frames the file's header announces."""
        return self._n_promised_frames

    def refuse_silence(self) -> None:
        """Raise ``TakeError`` where the whole take, once read, held nothing at all."""
        if self.health.n_frames == 0:
            raise TakeError(f"{self.path} is damaged from its beginning", "Copy or record it again")
        if self.health.is_silent:
            raise TakeError(
                f"{self.path} is silent: every sample is zero",
                "Check which microphone was recorded, and whether it was muted",
            )

    def _chunks(self) -> Iterator[Frames]:
        with soundfile.SoundFile(self.path) as file:
            while True:
                try:
                    frames = file.read(CHUNK_FRAMES, dtype="float32", always_2d=True)
                except (soundfile.LibsndfileError, RuntimeError):
                    return  # damaged from here on: `health.is_cut_short` tells
                if not len(frames):
                    return
                yield frames


def _read_header(path: Path) -> soundfile._SoundFileInfo:
    """The header of an audio file, or one clear reason why there is none."""
    if not path.exists():
        raise TakeError(f"there is no file {path}", "Check the name")
    if path.is_dir():
        raise TakeError(f"{path} is a folder", "Name the takes inside it, such as folder/*.wav")
    try:
        with path.open("rb") as file:
            is_empty = not file.read(1)
    except OSError as error:
        raise TakeError(
            f"{path} cannot be read: {error.strerror}", "Check who may read it"
        ) from error
    if is_empty:
        raise TakeError(f"{path} is empty (0 bytes)", "Record or copy it again")
    try:
        return soundfile.info(path)
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise TakeError(
            f"{path} is not an audio file that can be read", f"Use {READABLE}"
        ) from error
