"""How long a file should be, where its container tells more than the decoder.

Only so can a file that was cut short be told from a whole one. What decoders say where
the container holds no count is a guess from the file's size.
"""

from __future__ import annotations

from dataclasses import dataclass

from practiceear.audio.container import StoredSound
from practiceear.audio.mpeg_frames import MpegFrames

LONGEST_BELIEVED_FRAMES = 2**48  # more is a count that the encoder left open
MPEG_DELAY_SAMPLES = 529  # of every decoder of layer III; left out of what it delivers


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


def promised_by_mpeg(n_frames: int, stream: MpegFrames, *, is_cut: bool) -> PromisedLength:
    """Return what an MP3 file promises, of which a decoder counts ``n_frames``.

    One without an info tag has no count at all, so that its frames are counted. ``is_cut`` is
    whether the file around it is known to be cut.
    """
    counted = stream.counted
    if stream.n_declared_frames is None:
        whole = counted.n_frames * stream.frame_samples - MPEG_DELAY_SAMPLES
        is_harmed = counted.is_interrupted or not counted.is_last_whole
        return PromisedLength(whole, is_cut or is_harmed)
    # Some encoders count the frame that holds the info tag itself.
    is_tag_counted = counted.is_last_whole and stream.n_declared_frames == counted.n_frames
    whole = n_frames - stream.frame_samples if is_tag_counted else n_frames
    return PromisedLength(whole, is_cut or counted.is_interrupted)


def promised_by_decoder(n_frames: int) -> PromisedLength:
    """Return what a decoder counts; an encoder that writes to a pipe leaves the count open."""
    return PromisedLength(n_frames if n_frames < LONGEST_BELIEVED_FRAMES else None)
