"""What a page holds of the sound itself: its outline, its spectrogram and a stream to hear."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from practiceear.audio.blocks import BlockSource, Samples
from practiceear.audio.take_encoder import TakeEncoder
from practiceear.reports.page.spectrogram import SpectrogramMeter

LONGEST_HEARD_S = 900.0
"""15 minutes are 7 MB of sound, a page of 10 MB: what mail still carries."""

OUTLINE_PER_S = 100
MOST_OUTLINE = 60_000  # 10 minutes at the full rate; longer takes are drawn coarser
_BLOCK_SAMPLES = 65_536


@dataclass(frozen=True, slots=True, eq=False)
class PageSound:
    """The sound of a take, made small.

    Attributes
    ----------
    file_name
        How the take's file is called, without folders.
    sha256
        Digest of the take's file: corrections name it.
    outline
        int8, shape (n, 2): lowest and highest sample of each of n equal stretches, 127 being
        the loudest sample of the take.
    spectrogram
        uint8, shape (n_bands, n_columns): low bands last, 0 loud to 255 silent.
    stream
        The sound compressed; None where it was left out.
    silence_reason
        Why there is no stream, in words for the reader; empty where there is one.
    """

    file_name: str
    sha256: str
    outline: npt.NDArray[np.int8]
    spectrogram: npt.NDArray[np.uint8]
    stream: bytes | None
    silence_reason: str = ""


def hear_for_page(
    source: BlockSource, duration_s: float, *, file_name: str, sha256: str, has_audio: bool = True
) -> PageSound:
    """Read a take once more for what a page shows and plays of it.

    Parameters
    ----------
    source
        The take from its first sample on.
    duration_s
        How long it is.
    file_name, sha256
        Of the take's file.
    has_audio
        Whether it is to be heard from the page, where it is not too long for that.
    """
    reason = _silence_reason(duration_s, has_audio=has_audio)
    encoder = None if reason else TakeEncoder(source.rate_hz)
    outline = _OutlineMeter(source.rate_hz, duration_s)
    spectrogram = SpectrogramMeter(source.rate_hz, duration_s)
    for block in source.blocks(_BLOCK_SAMPLES):
        outline.add(block.samples)
        spectrogram.add(block.samples)
        if encoder is not None:
            encoder.add(block.samples)
    return PageSound(
        file_name=file_name,
        sha256=sha256,
        outline=outline.read(),
        spectrogram=spectrogram.read(),
        stream=None if encoder is None else encoder.finish(),
        silence_reason=reason,
    )


def _silence_reason(duration_s: float, *, has_audio: bool) -> str:
    if not has_audio:
        return "The sound was left out of this page on request (--no-audio)."
    if duration_s > LONGEST_HEARD_S:
        return (
            f"The sound is not in this page: takes longer than {LONGEST_HEARD_S / 60:.0f} minutes"
            " would make it too large to send. Review a shorter part to hear it here."
        )
    return ""


class _OutlineMeter:
    """Lowest and highest sample of each of many equal stretches."""

    def __init__(self, rate_hz: int, duration_s: float) -> None:
        self._n = max(1, min(MOST_OUTLINE, round(duration_s * OUTLINE_PER_S)))
        self._per_sample = self._n / max(1.0, duration_s * rate_hz)
        self._first_sample = 0
        self._found = np.zeros((self._n, 2), dtype=np.float32)

    def add(self, samples: Samples) -> None:
        """Take in the samples that come next."""
        at = np.arange(self._first_sample, self._first_sample + len(samples)) * self._per_sample
        stretch = np.minimum(at.astype(np.int64), self._n - 1)
        starts = np.flatnonzero(np.diff(stretch, prepend=-1))
        rows = stretch[starts]
        lowest, highest = np.minimum.reduceat(samples, starts), np.maximum.reduceat(samples, starts)
        self._found[rows, 0] = np.minimum(self._found[rows, 0], lowest)
        self._found[rows, 1] = np.maximum(self._found[rows, 1], highest)
        self._first_sample += len(samples)

    def read(self) -> npt.NDArray[np.int8]:
        """All stretches; the loudest sample is 127."""
        peak = float(np.max(np.abs(self._found), initial=0.0))
        return np.round(127.0 * (self._found / (peak or 1.0))).astype(np.int8)
