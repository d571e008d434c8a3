"""Recorded takes: files and arrays of any rate and channel count, as mono blocks.

Conventions: channels are averaged (or one is chosen), rates outside
``WORKING_RATES_HZ`` are resampled with soxr's linear-phase "HQ" setting, whose
delay is compensated, so a time in the take is a time in the file. Files are read
in chunks of one fixed size whatever block size is asked for: the samples
delivered do not depend on it, and memory stays flat.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from practiceear.audio.block import WORKING_RATES_HZ, AudioBlock, Samples
from practiceear.audio.health import Frames, HealthMeter, TakeHealth
from practiceear.audio.promised_length import promised_frames
from practiceear.errors import TakeError, UsageError
from practiceear.units import samples_to_seconds

LOWEST_RATE_HZ = 8000  # telephone quality; below it consonants of an attack are gone
HIGHEST_RATE_HZ = 768_000
SHORTEST_TAKE_S = 0.1  # two analysis windows: less holds no note and its context
CHUNK_FRAMES = 4096  # one FLAC block: of a damaged file no more than this is lost
UNCOUNTED_CHUNK_FRAMES = 64
READABLE = "WAV, FLAC, OGG, MP3 or AIFF"


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
        self._chosen = slice(None) if channel is None else slice(channel - 1, channel)
        self._n_listened = n_channels if channel is None else 1
        self._rate_hz = working_rate_hz(file_rate_hz)
        self._meter = self._new_meter()

    @property
    def rate_hz(self) -> int:
        """Samples per second of the delivered blocks."""
        return self._rate_hz

    @property
    def n_promised_frames(self) -> int | None:
        """How many frames there should be, at the file's own rate; None where unknown."""
        raise NotImplementedError

    @property
    def duration_s(self) -> float | None:
        """How long the take should be; None where unknown."""
        if self.n_promised_frames is None:
            return None
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
        self._meter = self._new_meter()
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
        for all_frames in self._chunks():
            frames = all_frames[:, self._chosen]
            self._refuse_non_numbers(frames)
            mono = self._mix(frames)
            self._meter.add(frames, mono)
            yield resampler.resample_chunk(mono) if resampler else mono
        if resampler:
            yield resampler.resample_chunk(np.zeros(0, dtype=np.float32), last=True)

    def _new_meter(self) -> HealthMeter:
        return HealthMeter(self._n_listened, self.file_rate_hz)

    def _mix(self, frames: Frames) -> Samples:
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
        self._n_promised_frames = promised_frames(path, int(info.frames), str(info.format))
        try:
            working_rate_hz(int(info.samplerate))
        except UsageError as error:  # in a file it is an unusable take, not a wrong option
            raise TakeError(f"{path}: {error.message}", error.hint) from error
        super().__init__(str(path), int(info.samplerate), int(info.channels), channel)
        self._refuse_short(int(info.frames))

    @property
    def n_promised_frames(self) -> int | None:
        """How many frames the file's header announces; None where it does not say."""
        return self._n_promised_frames

    def _refuse_short(self, n_frames: int) -> None:
        duration_s = samples_to_seconds(n_frames, self.file_rate_hz)
        if duration_s < SHORTEST_TAKE_S:
            raise TakeError(
                f"{self.name} is too short to hold a note"
                f" ({n_frames} samples, {1000 * duration_s:.1f} ms)",
                f"A take needs at least {1000 * SHORTEST_TAKE_S:.0f} ms of sound",
            )

    def blocks(self, block_samples: int) -> Iterator[AudioBlock]:
        """Deliver the take as mono blocks at the working rate.

        Raises
        ------
        TakeError
            Where there is no sound in the whole take, on samples that are not numbers, or
            where the file cannot be read on.
        """
        self.refuse_silence()  # first: an hour of zeros would be listened to for long
        yield from super().blocks(block_samples)

    def refuse_silence(self) -> None:
        """Raise ``TakeError`` where the whole take holds nothing at all.

        Reads as far as the first sample that is not zero.
        """
        n_frames = 0
        for frames in self._chunks():
            n_frames += len(frames)
            if frames[:, self._chosen].any():  # NaN is not zero either
                return
        if n_frames == 0:
            raise TakeError(f"{self.path} is damaged from its beginning", "Copy or record it again")
        raise TakeError(
            f"{self.path} is silent: every sample is zero",
            "Check which microphone was recorded, and whether it was muted",
        )

    def _chunks(self) -> Iterator[Frames]:
        # Without a count the decoder fails on the last, incomplete chunk: make it a short one.
        n_chunk = CHUNK_FRAMES if self._n_promised_frames is not None else UNCOUNTED_CHUNK_FRAMES
        with soundfile.SoundFile(openable(self.path)) as file:
            while True:
                try:
                    frames = file.read(n_chunk, dtype="float32", always_2d=True)
                except (soundfile.LibsndfileError, RuntimeError):
                    return  # damaged from here on: `health.is_cut_short` tells
                if not len(frames):
                    return
                yield frames


def _read_header(path: Path) -> soundfile._SoundFileInfo:
    """The header of an audio file, or one clear reason why there is none."""
    try:
        if not path.exists():
            raise TakeError(f"there is no file {path}", "Check the name")
        if path.is_dir():
            raise TakeError(f"{path} is a folder", "Name the takes inside it, such as folder/*.wav")
        if not path.is_file():
            raise TakeError(f"{path} is no file but a pipe or device", "Save it to a file first")
        with path.open("rb") as file:
            is_empty = not file.read(1)
    except (OSError, ValueError) as error:  # ValueError: a name with a zero byte
        reason = getattr(error, "strerror", None) or str(error)
        raise TakeError(
            f"{path} cannot be read: {reason}", "Check its name and who may read it"
        ) from error
    if is_empty:
        raise TakeError(f"{path} is empty (0 bytes)", "Record or copy it again")
    try:
        return soundfile.info(openable(path))
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise TakeError(
            f"{path} is not an audio file that can be read", f"Use {READABLE}"
        ) from error


def openable(path: Path) -> Path | bytes:
    """The path as soundfile opens it even where its name is not UTF-8."""
    return path if sys.platform == "win32" else os.fsencode(path)
