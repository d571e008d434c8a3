"""What every sound source delivers: blocks of mono samples with their place in the take."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]
"""Mono samples in -1..1, shape (n,), C-contiguous."""

WORKING_RATES_HZ = (44100, 48000, 88200, 96000)
"""The rates at which the detector runs; a source with another rate resamples."""

CHUNK_FRAMES = 4096  # one FLAC block: of a damaged file no more than this is lost

Frames = npt.NDArray[np.float32]
"""Samples of all channels, shape (n, n_channels)."""


@dataclass(frozen=True, slots=True, eq=False)
class AudioBlock:
    """A run of mono samples, float32 in -1..1, shape (n,), and where it stands in the take.

    A block whose first sample is not where the last one ended marks lost samples.
    """

    samples: Samples
    first_sample: int

    def __post_init__(self) -> None:
        if self.samples.ndim != 1 or self.samples.dtype != np.float32:
            raise ValueError(
                f"samples must be 1-D float32, not {self.samples.ndim}-D {self.samples.dtype}"
            )
        if not self.samples.flags.c_contiguous:
            raise ValueError("samples must be C-contiguous")
        if self.first_sample < 0:
            raise ValueError(f"first_sample must be 0 or more, not {self.first_sample}")

    @property
    def end_sample(self) -> int:
        """Index of the first sample after the block, since the take began."""
        return self.first_sample + len(self.samples)


class BlockSource(Protocol):
    """Anything that delivers sound: a file, an array, a microphone, a synthetic player."""

    @property
    def rate_hz(self) -> int:
        """Samples per second of the delivered blocks; one of ``WORKING_RATES_HZ``."""
        ...

    def blocks(self, block_samples: int) -> Iterator[AudioBlock]:
        """Deliver the sound in order, ``block_samples`` at a time; the last may be shorter."""
        ...


class ObservedSource:
    """A source whose blocks pass through ``observe`` whenever they are read."""

    def __init__(
        self, source: BlockSource, observe: Callable[[Iterator[AudioBlock]], Iterator[AudioBlock]]
    ) -> None:
        self._source, self._observe = source, observe

    @property
    def rate_hz(self) -> int:
        """Samples per second of the blocks."""
        return self._source.rate_hz

    def blocks(self, block_samples: int) -> Iterator[AudioBlock]:
        """Deliver the source's blocks, observed."""
        return self._observe(self._source.blocks(block_samples))


def without_first(chunks: Iterable[Frames], n_frames: int) -> Iterator[Frames]:
    """Deliver chunks of frames from the frame ``n_frames`` on."""
    for frames in chunks:
        n_skipped = min(n_frames, len(frames))
        n_frames -= n_skipped
        if n_skipped < len(frames):
            yield frames[n_skipped:]


class Framer:
    """Cuts a stream into whole frames; what is left over waits for the next block."""

    def __init__(self, step_samples: int) -> None:
        self._step_samples = step_samples
        self._held: deque[Samples] = deque()
        self._n_held = 0

    def cut(self, samples: Samples) -> Samples:
        """Take in the next samples; return the whole steps, shape (n_steps, step_samples)."""
        self._held.append(samples)
        self._n_held += len(samples)
        n_steps = self._n_held // self._step_samples
        if n_steps == 0:
            return np.zeros((0, self._step_samples), np.float32)
        held = np.concatenate(self._held)
        used = n_steps * self._step_samples
        self._held.clear()
        self._held.append(held[used:])
        self._n_held -= used
        return held[:used].reshape(n_steps, self._step_samples)


@dataclass(frozen=True, slots=True)
class StreamOptions:
    """Options of a stream of sound.

    ``microphone``, ``loudspeaker``: names as ``practiceear devices`` lists them; None takes the
    default. ``callback``: ``"python"`` leaves the compiled callback out; ``"native"`` is taken
    where possible.
    """

    microphone: str | None = None
    loudspeaker: str | None = None
    is_output_wanted: bool = True
    block_samples: int = 0  # samples a call; 0 lets the host choose
    rate_hz: int | None = None  # None takes what the microphone runs at, if the detector can
    callback: Literal["native", "python"] = "native"
    is_patient: bool = False  # see `SharedAudioBuffer`
