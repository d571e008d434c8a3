"""What a page holds of the sound itself: its outline, its spectrogram and a stream to hear."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from practiceear.audio.blocks import BlockSource, Samples
from practiceear.audio.take_encoder import TakeEncoder

LONGEST_HEARD_S = 900.0
"""15 minutes are 7 MB of sound, a page of 10 MB: what mail still carries."""

OUTLINE_PER_S = 100
MOST_OUTLINE = 60_000  # 10 minutes at the full rate; longer takes are drawn coarser
_BLOCK_SAMPLES = 65_536


@dataclass(frozen=True, slots=True, eq=False)
class PageSound:
    """The sound of a take, made small.

    ``outline``: int8, shape (n, 2): lowest and highest sample of each of n equal stretches, 127
    being the loudest sample of the take. ``spectrogram``: uint8, shape (n_bands, n_columns): low
    bands last, 0 loud to 255 silent. ``silence_reason``: why there is no stream, in words for the
    reader; empty where there is one.
    """

    file_name: str  # how the take's file is called, without folders
    sha256: str  # digest of the take's file: corrections name it
    outline: npt.NDArray[np.int8]
    spectrogram: npt.NDArray[np.uint8]
    stream: bytes | None  # the sound compressed; None where it was left out
    silence_reason: str = ""


def hear_for_page(
    source: BlockSource, duration_s: float, *, file_name: str, sha256: str, has_audio: bool = True
) -> PageSound:
    """Read a take once more for what a page shows and plays of it.

    ``source``: the take from its first sample on. ``duration_s``: how long it is. ``file_name``,
    ``sha256``: of the take's file. ``has_audio``: whether it is to be heard from the page, where it
    is not too long for that.
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


LOWEST_HZ, HIGHEST_HZ = 100.0, 8000.0
N_BANDS = 72  # about a dozen an octave
COLUMNS_PER_S = 40
MOST_COLUMNS = 6000  # longer takes are drawn coarser: the picture stays below 220 kB
RANGE_DB = 65.0  # below the loudest all is white
_WINDOW_S = 0.046
_BITS, _UP_FILTER = 4, 2  # of the PNG format


class SpectrogramMeter:
    """Short spectra at equal distances over a take.

    ``rate_hz``, ``duration_s``: of the take.
    """

    def __init__(self, rate_hz: int, duration_s: float) -> None:
        n_columns = max(1, min(MOST_COLUMNS, round(duration_s * COLUMNS_PER_S)))
        self._n_window = round(_WINDOW_S * rate_hz)
        self._starts = np.linspace(0, duration_s * rate_hz, n_columns, endpoint=False)
        self._starts = self._starts.astype(np.int64)
        self._shape = np.hanning(self._n_window).astype(np.float32)
        self._bands = _band_weights(rate_hz, self._n_window)
        self._held = np.zeros(self._n_window // 2, dtype=np.float32)  # centres columns
        self._first_sample = 0
        self._found: list[npt.NDArray[np.float32]] = []
        self._n_done = 0

    def add(self, samples: Samples) -> None:
        """Take in the samples that come next."""
        held = np.concatenate((self._held, samples))
        end = self._first_sample + len(held) - self._n_window
        n_ready = int(np.searchsorted(self._starts, end, side="right"))
        starts = self._starts[self._n_done : n_ready] - self._first_sample
        if len(starts):
            frames = held[starts[:, None] + np.arange(self._n_window)] * self._shape
            power = np.abs(np.fft.rfft(frames)).astype(np.float32) ** 2
            # Not a BLAS product: for so little its threads cost more than they do.
            self._found.append(np.einsum("ij,jk->ik", power, self._bands))
        self._n_done = max(self._n_done, n_ready)
        n_drop = max(0, len(held) - self._n_window)
        if self._n_done < len(self._starts):
            n_drop = min(n_drop, max(0, int(self._starts[self._n_done]) - self._first_sample))
        self._held, self._first_sample = held[n_drop:], self._first_sample + n_drop

    def read(self) -> npt.NDArray[np.uint8]:
        """The picture, shape (n_bands, n_columns): 0 loud to 255 silent, high pitches first."""
        self.add(np.zeros(self._n_window, dtype=np.float32))
        if not self._found:
            return np.full((N_BANDS, 1), 255, dtype=np.uint8)
        power = np.concatenate(self._found)
        level_db = 10.0 * np.log10(np.maximum(power, 1e-12))
        below = np.clip((level_db.max() - level_db) / RANGE_DB, 0.0, 1.0)
        is_silent = power.max() <= 1e-12
        picture = np.full_like(below, 255.0) if is_silent else 255.0 * below
        return np.ascontiguousarray(np.round(picture).astype(np.uint8).T[::-1])


def _band_weights(rate_hz: int, n_window: int) -> npt.NDArray[np.float32]:
    """Triangles over the bins, shape (n_bins, n_bands), at equal distances in pitch."""
    bin_hz = np.fft.rfftfreq(n_window, 1.0 / rate_hz)
    centre_hz = np.geomspace(LOWEST_HZ, HIGHEST_HZ, N_BANDS)
    width_hz = np.maximum(centre_hz * (centre_hz[1] / centre_hz[0] - 1.0), bin_hz[1])
    nearness = 1.0 - np.abs(bin_hz[:, None] - centre_hz) / width_hz
    weights: npt.NDArray[np.float32] = np.maximum(nearness, 0.0).astype(np.float32)
    return weights


def spectrogram_png(picture: npt.NDArray[np.uint8]) -> bytes:
    """The picture in 16 shades of grey as a PNG file."""
    shades = np.pad(picture // 16, ((0, 0), (0, picture.shape[1] % 2)))
    rows = shades[:, ::2] << 4 | shades[:, 1::2]
    rows[1:] -= rows[:-1].copy()  # kept as the difference from the row above: packs better
    content = np.insert(rows, 0, _UP_FILTER, axis=1).tobytes()
    head = struct.pack(">IIBBBBB", picture.shape[1], picture.shape[0], _BITS, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(content, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
