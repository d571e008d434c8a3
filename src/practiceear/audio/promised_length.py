"""How long a file should be, where its container tells more than the decoder.

Only so can a file that was cut short be told from a whole one. What decoders say where
the container holds no count is a guess from the file's size.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from practiceear.audio.container import StoredSound
from practiceear.audio.mpeg_frames import MpegFrames

LONGEST_BELIEVED_FRAMES = 2**48  # more is a count that the encoder left open
LARGEST_OGG_PAGE_BYTES = 65307
MPEG_DELAY_SAMPLES = 529  # of every decoder of layer III; left out of what it delivers
_OGG_HEADER_BYTES = 27
_LAST_OGG_PAGE = 4  # a bit of a page's flags (RFC 3533)


@dataclass(frozen=True, slots=True)
class PromisedLength:
    """How long a file should be.

    Attributes
    ----------
    n_frames
        Samples of each channel; None where nothing tells.
    is_cut
        Whether the container shows that the end of the file is missing.
    """

    n_frames: int | None
    is_cut: bool = False


def promised_by_bytes(n_frames: int, sound: StoredSound) -> PromisedLength:
    """Return what a WAV, AIFF, CAF or AU file promises, of which a decoder counts ``n_frames``."""
    if not sound.is_cut:
        return PromisedLength(n_frames)
    if not sound.n_bytes or not sound.n_declared_bytes:
        return PromisedLength(None, is_cut=True)
    whole = -(-n_frames * sound.n_declared_bytes // sound.n_bytes)
    return PromisedLength(whole, is_cut=True)


def promised_by_mpeg(n_frames: int, counted: MpegFrames) -> PromisedLength:
    """Return what an MP3 file promises, of which a decoder counts ``n_frames``.

    One without an info tag has no count at all, so that its frames are counted.
    """
    if counted.n_declared_frames is None:
        whole = counted.n_frames * counted.frame_samples - MPEG_DELAY_SAMPLES
        return PromisedLength(whole, is_cut=not counted.is_last_whole)
    # Some encoders count the frame that holds the info tag itself.
    is_tag_counted = counted.is_last_whole and counted.n_declared_frames == counted.n_frames
    return PromisedLength(n_frames - counted.frame_samples if is_tag_counted else n_frames)


def promised_by_decoder(n_frames: int) -> PromisedLength:
    """Return what a decoder counts; an encoder that writes to a pipe leaves the count open."""
    return PromisedLength(n_frames if n_frames < LONGEST_BELIEVED_FRAMES else None)


def is_ogg_cut(path: Path) -> bool:
    """Whether the last page of an Ogg stream is missing, or not whole.

    Raises
    ------
    OSError
        Where the file cannot be read.
    """
    n_bytes = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, n_bytes - 2 * LARGEST_OGG_PAGE_BYTES))
        tail = file.read()
    page = tail.rfind(b"OggS")
    header = tail[page : page + _OGG_HEADER_BYTES]
    if page < 0 or len(header) < _OGG_HEADER_BYTES or not header[5] & _LAST_OGG_PAGE:
        return True
    n_parts = header[26]
    sizes = tail[page + _OGG_HEADER_BYTES : page + _OGG_HEADER_BYTES + n_parts]
    return len(sizes) < n_parts or page + _OGG_HEADER_BYTES + n_parts + sum(sizes) > len(tail)
