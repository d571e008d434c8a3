"""How long a file should be, where its container shows more than the decoder.

A file that was cut short is recognised only by that: without a count in the container,
decoders guess the length from the file's size.
"""

from __future__ import annotations

import mmap
import zlib
from dataclasses import dataclass, replace
from pathlib import Path

from practiceear.audio.container import StoredSound

_HEADER_BYTES = 27
_LAST_PAGE = 4
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def is_ogg_cut(path: Path) -> bool:
    """Whether pages are missing or damaged, the last ones among them; ValueError if empty."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as sound:
        position, is_last = 0, False
        following: dict[bytes, int] = {}  # number of the next page, by stream
        while position < len(sound):
            page = _page_at(sound, position)
            if not page:
                return True
            stream, number = page[14:18], int.from_bytes(page[18:22], "little")
            if following.get(stream, number) != number:
                return True
            following[stream] = number + 1 & 0xFFFFFFFF
            is_last = bool(page[5] & _LAST_PAGE)
            position += len(page)
    return not is_last


def _page_at(sound: mmap.mmap, position: int) -> bytes:
    """The page that begins at a place, with its header; empty where it is not whole."""
    header = sound[position : position + _HEADER_BYTES]
    if len(header) < _HEADER_BYTES or not header.startswith(b"OggS"):
        return b""
    sizes = sound[position + _HEADER_BYTES : position + _HEADER_BYTES + header[26]]
    n_bytes = _HEADER_BYTES + header[26] + sum(sizes)
    page = sound[position : position + n_bytes]
    is_whole = len(page) == n_bytes and _checksum(page) == int.from_bytes(page[22:26], "little")
    return page if is_whole else b""


def _checksum(page: bytes) -> int:
    """That of Ogg: as zlib's, with the bits of each byte the other way round and nothing added."""
    bare = page[:22] + bytes(4) + page[26:]
    mirrored = zlib.crc32(bare.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)


# kbit/s by index, for version 1 and 2.
_KBIT_S = (
    (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0),
    (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0),
)
_RATE_HZ = (44100, 48000, 32000, 0)
_RATE_DIVISOR = {3: 1, 2: 2, 0: 4}  # by version bits: MPEG 1, 2, 2.5
_SAME_STREAM = 0xFFFE0C00  # sync, version, layer and rate: what all frames of a stream share
_ID3_HEADER_BYTES = 10
_INFO_REACH_BYTES = 48  # the info tag follows the side information: 9 to 32 bytes, a checksum
_START_REACH_BYTES = 1 << 16  # a damaged beginning is passed over so far
MOST_FRAMES = 2**30  # a year of sound: more than any file has


@dataclass(frozen=True, slots=True)
class FrameCount:
    """How many frames begin in a stream, one with an info tag among them.

    ``is_last_whole``: the last frame ends within the stream. ``is_interrupted``: something else
    stands between frames, so some were damaged.
    """

    n_frames: int
    is_last_whole: bool
    is_interrupted: bool


@dataclass(frozen=True, slots=True)
class MpegFrames:
    """What a stream holds.

    ``n_declared_frames``: how many frames the info tag declares, itself left out; None without such
    a tag. ``info_frame``: A frame with an info tag that declares more frames than there are, to be
    put before a stream without one: the decoder guesses the length from the first frame else, and
    stops there. Empty where there is a tag.
    """

    first_byte: int  # where the first frame begins, behind all tags
    frame_samples: int  # how many samples of each channel a frame holds
    n_declared_frames: int | None
    info_frame: bytes
    counted: FrameCount  # what was counted


def count_mpeg_frames(path: Path, first_byte: int = 0, n_bytes: int = 0) -> MpegFrames | None:
    """Count the frames of ``n_bytes`` from ``first_byte`` on (0: to the end); None without any.

    OSError or ValueError where the file cannot be read, or is empty.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as sound:
        end = first_byte + n_bytes if n_bytes else len(sound)
        start = _end_of_tags(sound, first_byte)
        start = _next_frame(sound, start, min(end, start + _START_REACH_BYTES))
        first_frame_bytes, frame_samples = _frame_at(sound, start)
        if not first_frame_bytes:
            return None
        header = int.from_bytes(sound[start : start + 4], "big")
        n_declared = _declared_by_tag(sound[start : start + _INFO_REACH_BYTES])
        counted = _count(sound, start, end)
    if n_declared is not None and counted.n_frames <= n_declared + 2:
        return MpegFrames(start, frame_samples, n_declared, b"", counted)
    if n_declared is not None:  # files put one behind the other: the tag is the first one's
        start += first_frame_bytes
        counted = replace(counted, n_frames=counted.n_frames - 1)
    return MpegFrames(start, frame_samples, None, _info_frame(header), counted)


def _end_of_tags(sound: mmap.mmap, position: int) -> int:
    """Where the sound begins: behind ID3v2 tags and zeros that fill them up."""
    while sound[position : position + 3] == b"ID3":
        n_bytes = 0
        for byte in sound[position + 6 : position + _ID3_HEADER_BYTES]:
            n_bytes = n_bytes << 7 | byte & 0x7F
        position += _ID3_HEADER_BYTES + n_bytes
    while sound[position : position + 1] == b"\0":
        position += 1
    return position


def _frame_at(sound: mmap.mmap | bytes, position: int) -> tuple[int, int]:
    """Return bytes and samples of the frame at ``position``; zeros where there is none."""
    header = int.from_bytes(sound[position : position + 4], "big")
    version, layer = header >> 19 & 3, header >> 17 & 3
    rate_hz = _RATE_HZ[header >> 10 & 3] // _RATE_DIVISOR.get(version, 1)
    kbit_s = _KBIT_S[0 if version == 3 else 1][header >> 12 & 15]
    if header >> 21 != 0x7FF or layer != 1 or version == 1 or not rate_hz or not kbit_s:
        return 0, 0
    n_samples = 1152 if version == 3 else 576
    return n_samples // 8 * 1000 * kbit_s // rate_hz + (header >> 9 & 1), n_samples


def _declared_by_tag(first_frame: bytes) -> int | None:
    """How many frames follow the first one, if it is an info tag that declares them."""
    place = max(first_frame.find(b"Xing"), first_frame.find(b"Info"))
    if place < 0 or not first_frame[place + 7] & 1:
        return None
    return int.from_bytes(first_frame[place + 8 : place + 12], "big")


def _count(sound: mmap.mmap, position: int, end: int) -> FrameCount:
    n_frames, last_end, is_interrupted = 0, position, False
    while position < end:
        n_bytes = _frame_at(sound, position)[0]
        if not n_bytes:
            behind_tags = _end_of_tags(sound, position)
            position = _next_frame(sound, max(behind_tags, position + 1), end)
            is_interrupted |= position < end and position != behind_tags
            continue
        n_frames += 1
        position += n_bytes
        last_end = position
    return FrameCount(n_frames, last_end <= end, is_interrupted)


def _next_frame(sound: mmap.mmap, position: int, end: int) -> int:
    """Where a frame begins that another of the same stream follows; ``end`` if none."""
    while 0 <= (position := sound.find(b"\xff", position, end)) < end:
        following = position + _frame_at(sound, position)[0]
        if following > position and _frame_at(sound, following)[0]:
            headers = (int.from_bytes(sound[at : at + 4], "big") for at in (position, following))
            if len({header & _SAME_STREAM for header in headers}) == 1:
                return position
        position += 1
    return end


def _info_frame(header: int) -> bytes:
    """An empty frame like the one of ``header``, with a tag that declares ``MOST_FRAMES``."""
    version = header >> 19 & 3
    index_64_kbit_s = 5 if version == 3 else 8
    header = header & ~0xF200 | 1 << 16 | index_64_kbit_s << 12  # no checksum, no padding
    is_mono = header >> 6 & 3 == 3
    side_bytes = (17 if is_mono else 32) if version == 3 else (9 if is_mono else 17)
    tag = b"Xing" + (1).to_bytes(4, "big") + MOST_FRAMES.to_bytes(4, "big")
    frame = header.to_bytes(4, "big") + bytes(side_bytes) + tag
    return frame.ljust(_frame_at(frame, 0)[0], b"\0")


LONGEST_BELIEVED_FRAMES = 2**48  # more is a count that the encoder left open
MPEG_DELAY_SAMPLES = 529  # of every decoder of layer III; left out of what it delivers


@dataclass(frozen=True, slots=True)
class DeclaredLength:
    """How long a file should be, in samples of each channel; None where unknown.

    ``is_cut``: the container shows that the end of the file is missing.
    """

    n_frames: int | None
    is_cut: bool = False


def promised_by_bytes(n_frames: int, sound: StoredSound) -> DeclaredLength:
    """Return what a WAV, AIFF, CAF or AU file promises, of which a decoder counts ``n_frames``."""
    if not sound.is_cut:
        return DeclaredLength(n_frames)
    if not sound.n_bytes or not sound.n_declared_bytes:
        return DeclaredLength(None, is_cut=True)
    whole = -(-n_frames * sound.n_declared_bytes // sound.n_bytes)
    return DeclaredLength(whole, is_cut=True)


def promised_by_mpeg(n_frames: int, stream: MpegFrames, *, is_cut: bool) -> DeclaredLength:
    """Return what an MP3 file promises, of which a decoder counts ``n_frames``.

    One without an info tag has no count at all, so that its frames are counted. ``is_cut`` is
    whether the file around it is known to be cut.
    """
    counted = stream.counted
    if stream.n_declared_frames is None:
        whole = counted.n_frames * stream.frame_samples - MPEG_DELAY_SAMPLES
        is_harmed = counted.is_interrupted or not counted.is_last_whole
        return DeclaredLength(whole, is_cut or is_harmed)
    # Some encoders count the frame that holds the info tag itself.
    is_tag_counted = counted.is_last_whole and stream.n_declared_frames == counted.n_frames
    whole = n_frames - stream.frame_samples if is_tag_counted else n_frames
    return DeclaredLength(whole, is_cut or counted.is_interrupted)


def promised_by_decoder(n_frames: int) -> DeclaredLength:
    """Return what a decoder counts; an encoder that writes to a pipe leaves the count open."""
    return DeclaredLength(n_frames if n_frames < LONGEST_BELIEVED_FRAMES else None)
