"""Whether an Ogg stream (RFC 3533) is whole: all of its pages are there, unharmed, to the last."""

from __future__ import annotations

import mmap
import zlib
from pathlib import Path

_HEADER_BYTES = 27
_LAST_PAGE = 4
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def is_ogg_cut(path: Path) -> bool:
    """Return whether pages of the file are missing or damaged, its last ones among them.

    Raises
    ------
    OSError, ValueError
        Where the file cannot be read, or is empty.
    """
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
    """The page that begins at a place, header and all; empty where there is no whole one."""
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
