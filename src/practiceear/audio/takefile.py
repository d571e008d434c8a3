"""Recorded takes: files and arrays of any rate and channel count, as mono blocks.

Conventions: channels are averaged (or one is chosen), rates outside
``WORKING_RATES_HZ`` are resampled with soxr's linear-phase "HQ" setting, whose
delay is compensated, so a time in the take is a time in the file. Files are read
in chunks of one fixed size whatever the block size: the samples
delivered do not depend on it, and memory stays flat.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soxr

from practiceear.audio.blocks import CHUNK_FRAMES, WORKING_RATES_HZ, AudioBlock, Frames, Samples
from practiceear.audio.recording_quality import QualityMeter, RecordingQuality
from practiceear.audio.sound_reader import SoundReader, open_sound
from practiceear.errors import TakeError, UsageError
from practiceear.units import samples_to_seconds

LOWEST_RATE_HZ = 8000  # telephone quality; below it consonants of an attack are gone
HIGHEST_RATE_HZ = 768_000
SHORTEST_TAKE_S = 0.1  # two analysis windows: less holds no note and its context
LARGEST_SAMPLE = 1e10  # 32-bit integers written as floats; beyond it powers would overflow


def working_rate_hz(rate_hz: int) -> int:
    """The rate at which a take of ``rate_hz`` is analysed.

    UsageError where the rate is too low for attacks to be heard, or absurdly high.
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
    def health(self) -> RecordingQuality:
        """What was found out so far; complete once the blocks are read."""
        return replace(self._meter.read(), n_promised_frames=self.n_promised_frames)

    def _chunks(self) -> Iterator[Frames]:
        """All frames in order, at most ``CHUNK_FRAMES`` at a time."""
        raise NotImplementedError

    def blocks(self, block_samples: int) -> Iterator[AudioBlock]:
        """Deliver the take as mono blocks at the working rate.

        TakeError on samples that are not numbers, or where the file cannot be read on.
        """
        self._meter = self._new_meter()
        yield from self._cut(self._working_chunks(is_new=True), block_samples)

    def blocks_again(self, block_samples: int) -> Iterator[AudioBlock]:
        """Deliver once more the blocks of a take that was read; its health stays as it was."""
        yield from self._cut(self._working_chunks(is_new=False), block_samples)

    def _cut(self, chunks: Iterator[Samples], block_samples: int) -> Iterator[AudioBlock]:
        if block_samples < 1:
            raise ValueError(f"block_samples must be 1 or more, not {block_samples}")
        held = np.zeros(0, dtype=np.float32)
        first_sample = 0
        for arrived in chunks:
            held = np.concatenate((held, arrived)) if len(held) else arrived
            n_whole = len(held) - len(held) % block_samples
            for start in range(0, n_whole, block_samples):
                yield AudioBlock(held[start : start + block_samples], first_sample + start)
            held, first_sample = held[n_whole:], first_sample + n_whole
        if len(held):
            yield AudioBlock(held, first_sample)

    def _working_chunks(self, *, is_new: bool) -> Iterator[Samples]:
        """Mono chunks at the working rate; new ones are checked and measured."""
        resampler = None
        if self.file_rate_hz != self.rate_hz:
            resampler = soxr.ResampleStream(self.file_rate_hz, self.rate_hz, 1, dtype="float32")
        for all_frames in self._chunks():
            frames = all_frames[:, self._chosen]
            if is_new:
                self._refuse_non_numbers(frames)
            mono = self._mix(frames)
            if is_new:
                self._meter.add(frames, mono)
            yield resampler.resample_chunk(mono) if resampler else mono
        if resampler:
            yield resampler.resample_chunk(np.zeros(0, dtype=np.float32), last=True)

    def _new_meter(self) -> QualityMeter:
        return QualityMeter(self._n_listened, self.file_rate_hz)

    def _mix(self, frames: Frames) -> Samples:
        if frames.shape[1] == 1:
            return np.ascontiguousarray(frames[:, 0])
        mono: Samples = np.mean(frames, axis=1, dtype=np.float32)
        return mono

    def _refuse_non_numbers(self, frames: Frames) -> None:
        bad = np.flatnonzero(~(np.abs(frames) <= LARGEST_SAMPLE).all(axis=1))  # NaN is not either
        if len(bad):
            where_s = samples_to_seconds(self._meter.n_frames + int(bad[0]), self.file_rate_hz)
            is_number = bool(np.isfinite(frames[bad[0]]).all())
            what = "far beyond full scale" if is_number else "that is not a number"
            raise TakeError(
                f"{self.name} holds a sample {what}, at {where_s:.3f} s",
                "Export it again as 16 or 24 bit audio",
            )


class TakeArray(_Take):
    """A take that is already in memory.

    ``samples``: shape (n,) or (n, n_channels), any real dtype; integers are scaled to -1..1.
    ``rate_hz``: samples per second of ``samples``.
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
        scaled /= -float(np.iinfo(samples.dtype.str).min)
    elif samples.dtype.kind == "u":
        half = float(np.iinfo(samples.dtype.str).max // 2 + 1)
        scaled = scaled / half - 1.0
    with np.errstate(over="ignore"):  # what is too large for float32 is refused as it is read
        frames = scaled.astype(np.float32)
    return frames.reshape(len(frames), 1 if frames.ndim == 1 else frames.shape[1])


class TakeFile(_Take):
    """A recorded take on disk.

    ``path``: a file that `open_sound` can read, at 8 to 768 kHz, any number of channels.
    ``channel``: the channel to listen to, counted from 1; None averages all of them.

    TakeError where there is no such file, it is not audio, or it is too short. MissingError where
    only ffmpeg could read it, which is not installed.
    """

    def __init__(self, path: Path, *, channel: int | None = None) -> None:
        self.path = path
        self._reader = _opened(path)
        try:
            working_rate_hz(self._reader.rate_hz)
        except UsageError as error:  # in a file it is an unusable take, not a wrong option
            raise TakeError(f"{path}: {error.message}", error.hint) from error
        super().__init__(str(path), self._reader.rate_hz, self._reader.n_channels, channel)
        if self.n_promised_frames is not None:
            self._refuse_short(self.n_promised_frames)

    @property
    def n_promised_frames(self) -> int | None:
        """How many frames the file's header announces; None where it does not say."""
        return self._reader.n_promised_frames

    @property
    def health(self) -> RecordingQuality:
        """What was found out so far; complete once the blocks are read."""
        health = super().health
        is_cut = self._reader.is_cut(health.n_frames)
        return replace(health, is_cut_short=is_cut, is_start_known=self._reader.is_start_known)

    def _refuse_short(self, n_frames: int) -> None:
        duration_s = samples_to_seconds(n_frames, self.file_rate_hz)
        if duration_s < SHORTEST_TAKE_S:
            raise TakeError(
                f"{self.name} is too short to hold a note"
                f" ({n_frames} samples, {1000 * duration_s:.1f} ms)",
                f"A take needs at least {1000 * SHORTEST_TAKE_S:.0f} ms of sound",
            )

    def frames_from(self, first_frame: int) -> Iterator[Frames]:
        """Deliver the frames of all channels from a place on, as they are in the file."""
        return self._reader.chunks(first_frame)

    def blocks(self, block_samples: int) -> Iterator[AudioBlock]:
        """Deliver the take as mono blocks at the working rate.

        TakeError where there is no sound in the whole take, on samples that are not numbers, or
        where the file cannot be read on.
        """
        self.refuse_silence()  # first: an hour of zeros would be listened to for long
        yield from super().blocks(block_samples)

    def refuse_silence(self) -> None:
        """Raise ``TakeError`` where the whole take holds nothing at all.

        Reads as far as the first sample that is not zero, and far enough to hold a note.
        """
        n_frames, is_silent = 0, True
        n_needed = SHORTEST_TAKE_S * self.file_rate_hz
        for frames in self._chunks():
            n_frames += len(frames)
            is_silent &= not frames[:, self._chosen].any()  # NaN is not zero either
            if n_frames >= n_needed and not is_silent:
                return
        if n_frames == 0:
            raise TakeError(f"{self.path} is damaged from its beginning", "Copy or record it again")
        self._refuse_short(n_frames)
        raise TakeError(
            f"{self.path} is silent: every sample is zero",
            "Check which microphone was recorded, and whether it was muted",
        )

    def _chunks(self) -> Iterator[Frames]:
        return self._reader.chunks()


def _opened(path: Path) -> SoundReader:
    """A reader of the file, or one clear reason why there is none."""
    try:
        if not path.exists():
            raise TakeError(f"there is no file {path}", "Check the name")
        if path.is_dir():
            raise TakeError(f"{path} is a folder", "Name the takes inside it, such as folder/*.wav")
        if not path.is_file():
            raise TakeError(f"{path} is no file but a pipe or device", "Save it to a file first")
        if path.stat().st_size == 0:
            raise TakeError(f"{path} is empty (0 bytes)", "Record or copy it again")
        return open_sound(path)
    except (OSError, ValueError) as error:  # ValueError: a name with a zero byte
        if isinstance(error, UsageError):
            raise
        reason = getattr(error, "strerror", None) or str(error)
        raise TakeError(
            f"{path} cannot be read: {reason}", "Check its name and who may read it"
        ) from error
