"""How long a file should be, where its container tells more than the decoder.

Only so can a file that was cut short be told from a whole one. What decoders say where
the container holds no count is a guess from the file's size.
"""

from __future__ import annotations

import mmap
from pathlib import Path

LONGEST_BELIEVED_FRAMES = 2**48  # more is a count that the encoder left open
LARGEST_OGG_PAGE_BYTES = 65307

# MPEG audio layer III (ISO/IEC 11172-3 and 13818-3): kbit/s by index, for version 1 and 2.
_KBIT_S = (
    (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0),
    (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0),
)
_RATE_HZ = (44100, 48000, 32000, 0)
_RATE_DIVISOR = {3: 1, 2: 2, 0: 4}  # by version bits: MPEG 1, 2, 2.5
_ID3_HEADER_BYTES = 10
_INFO_REACH_BYTES = 48  # the info tag follows the side information: 9 to 32 bytes, a checksum


def promised_frames(path: Path, n_frames: int, file_format: str) -> int | None:
    """Return how many frames (samples of each channel) a file should hold.

    Parameters
    ----------
    path
        The file.
    n_frames
        What the decoder says.
    file_format
        The decoder's name of the format, such as ``"MP3"``.

    Returns
    -------
    int or None
        None where nothing tells. An encoder that writes to a pipe leaves the count of a
        FLAC file open. The decoder takes the size of a WAV, AIFF or OGG file for its
        length: the outer chunk of the first two says how many bytes follow, and the last
        page of an OGG stream is marked as such (RFC 3533). An MP3 without an info tag
        has no count at all, so that its pieces are counted.
    """
    if n_frames >= LONGEST_BELIEVED_FRAMES:
        return None
    if file_format == "MP3":
        return _promised_by_mp3(path, n_frames)
    n_bytes = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(8)
        file.seek(max(0, n_bytes - LARGEST_OGG_PAGE_BYTES))
        tail = file.read()
    if head[:4] in (b"RIFF", b"FORM"):
        n_told = 8 + int.from_bytes(head[4:], "little" if head[:4] == b"RIFF" else "big")
        is_told = 8 < n_told < 2**32 - 1  # a recorder that never came back leaves 0 or all ones
        return round(n_frames * n_told / n_bytes) if is_told and n_told > n_bytes + 1 else n_frames
    if head[:4] == b"OggS":
        page = tail.rfind(b"OggS")
        is_last = 0 <= page < len(tail) - 5 and bool(tail[page + 5] & 4)
        return n_frames if is_last else n_frames + 1
    return n_frames


def _promised_by_mp3(path: Path, n_frames: int) -> int | None:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as audio:
        start = _end_of_tags(audio)
        first_bytes, piece_samples = _piece_at(audio, start)
        if not first_bytes:
            return None
        n_counted = _info_count(audio[start : start + _INFO_REACH_BYTES])
        n_begun, is_last_whole = _count_pieces(audio, start)
    if n_counted is None:
        return n_begun * piece_samples
    # Some encoders count the piece that holds the info tag itself.
    is_tag_counted = is_last_whole and n_counted == n_begun
    return n_frames - piece_samples if is_tag_counted else n_frames


def _end_of_tags(audio: mmap.mmap) -> int:
    """Where the sound begins: behind ID3v2 tags and zeros that fill them up."""
    position = 0
    while audio[position : position + 3] == b"ID3":
        n_bytes = 0
        for byte in audio[position + 6 : position + _ID3_HEADER_BYTES]:
            n_bytes = n_bytes << 7 | byte & 0x7F
        position += _ID3_HEADER_BYTES + n_bytes
    while audio[position : position + 1] == b"\0":
        position += 1
    return position


def _piece_at(audio: mmap.mmap, position: int) -> tuple[int, int]:
    """Return bytes and samples of the MP3 frame at ``position``; zeros where there is none."""
    header = int.from_bytes(audio[position : position + 4], "big")
    version, layer = header >> 19 & 3, header >> 17 & 3
    rate_hz = _RATE_HZ[header >> 10 & 3] // _RATE_DIVISOR.get(version, 1)
    kbit_s = _KBIT_S[0 if version == 3 else 1][header >> 12 & 15]
    if header >> 21 != 0x7FF or layer != 1 or version == 1 or not rate_hz or not kbit_s:
        return 0, 0
    n_samples = 1152 if version == 3 else 576
    return n_samples // 8 * 1000 * kbit_s // rate_hz + (header >> 9 & 1), n_samples


def _info_count(first_piece: bytes) -> int | None:
    """How many pieces follow the first one, if it is an info tag that counts them."""
    place = max(first_piece.find(b"Xing"), first_piece.find(b"Info"))
    if place < 0 or not first_piece[place + 7] & 1:
        return None
    return int.from_bytes(first_piece[place + 8 : place + 12], "big")


def _count_pieces(audio: mmap.mmap, position: int) -> tuple[int, bool]:
    """How many pieces begin, and whether the last one is whole."""
    n_begun = 0
    while (n_bytes := _piece_at(audio, position)[0]) > 0:
        n_begun += 1
        position += n_bytes
    return n_begun, position <= len(audio)
