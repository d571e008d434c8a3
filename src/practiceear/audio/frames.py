"""Samples of all channels of a file, in the pieces in which they are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

CHUNK_FRAMES = 4096  # one FLAC block: of a damaged file no more than this is lost

Frames = npt.NDArray[np.float32]
"""Samples of all channels, shape (n, n_channels)."""


def without_first(chunks: Iterable[Frames], n_frames: int) -> Iterator[Frames]:
    """Deliver chunks of frames from the frame ``n_frames`` on."""
    for frames in chunks:
        n_skipped = min(n_frames, len(frames))
        n_frames -= n_skipped
        if n_skipped < len(frames):
            yield frames[n_skipped:]
