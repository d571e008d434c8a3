"""Which files may hold a take; where the sound of WAV, RF64, W64, AIFF, CAF and AU files lies.

Decoders take what is there for all there should be, or refuse a file whose header was never
completed, because its recorder died. Here only the header is read, to know how
much sound there should be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Literal

MOST_CHUNKS = 1000  # no take has more; zeros without end would look like as many
MOST_HEAD_BYTES = 1 << 20
MPEG_LAYER_3 = 0x55
"""Format code of MP3 in a WAV file (RFC 2361)."""

_MOST_UINT32 = 0xFFFFFFFF
_ASF_FILE_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")

_BY_ITSELF = (".wav", ".wave", ".bwf", ".rf64", ".w64", ".flac", ".ogg", ".oga", ".opus", ".mp3")
_ALSO_BY_ITSELF = (".mp2", ".aif", ".aiff", ".aifc", ".caf", ".au", ".snd")
_OF_PHONES = (".m4a", ".m4b", ".m4v", ".mp4", ".mov", ".3gp", ".3gpp", ".3g2", ".aac", ".amr")
_OF_COMPUTERS = (".wma", ".wmv", ".asf", ".webm", ".weba", ".mka", ".mkv", ".avi")
TAKE_ENDINGS = frozenset(_BY_ITSELF + _ALSO_BY_ITSELF + _OF_PHONES + _OF_COMPUTERS)
READABLE = "WAV, FLAC, AIFF, CAF, Ogg, Opus, MP3 or, where ffmpeg is installed, M4A, MP4 or WebM"


@dataclass(frozen=True, slots=True)
class StoredSound:
    """The bytes of a file that hold its sound.

    ``n_declared_bytes``: how many there should be; None where the header was never completed, as in
    a file that was streamed, or whose recorder died. ``head``: A header that declares just what is
    there; empty where the decoder can do without.
    """

    first_byte: int
    n_bytes: int
    n_declared_bytes: int | None
    head: bytes = b""
    codec: int = 0  # format code of a WAV file; 0 elsewhere

    @property
    def is_cut(self) -> bool:
        """Whether less is there than should be."""
        return self.n_declared_bytes is not None and self.n_bytes < self.n_declared_bytes


@dataclass(frozen=True, slots=True)
class _Chunk:
    name: bytes
    first_byte: int
    n_bytes: int


@dataclass(frozen=True, slots=True)
class _ChunkForm:
    """How a container writes its chunks: a name, a size, and what fills them up."""

    start: int
    n_name_bytes: int
    n_size_bytes: int
    order: Literal["little", "big"]
    alignment: int
    counts_header: bool = False


_RIFF = _ChunkForm(12, 4, 4, "little", 2)
_AIFF = _ChunkForm(12, 4, 4, "big", 2)
_CAF = _ChunkForm(8, 4, 8, "big", 1)
_W64 = _ChunkForm(40, 16, 8, "little", 8, counts_header=True)


def stored_sound(path: Path) -> StoredSound | None:
    """Where the sound of a file lies; None if it is none of these containers, or broken."""
    n_bytes = path.stat().st_size
    with path.open("rb") as file:
        find = _FINDERS.get(file.read(4))
        return None if find is None else find(file, n_bytes)


def is_asf_cut(path: Path) -> bool:
    """Whether an ASF file (WMA) is shorter than it declares."""
    with path.open("rb") as file:
        head = file.read(MOST_HEAD_BYTES)
    at = head.find(_ASF_FILE_PROPERTIES)
    n_declared = int.from_bytes(head[at + 40 : at + 48], "little") if at >= 0 else 0
    return n_declared > path.stat().st_size


def _chunks(file: BinaryIO, n_file_bytes: int, form: _ChunkForm) -> Iterator[_Chunk]:
    n_header = form.n_name_bytes + form.n_size_bytes
    position = form.start
    for _ in range(MOST_CHUNKS):
        file.seek(position)
        header = file.read(n_header)
        if len(header) < n_header:
            return
        size = int.from_bytes(header[form.n_name_bytes :], form.order)
        size = max(0, size - n_header) if form.counts_header else size
        yield _Chunk(header[: form.n_name_bytes], position + n_header, size)
        position += n_header + size
        position += -position % form.alignment
        if position >= n_file_bytes:
            return


def _read(file: BinaryIO, chunk: _Chunk, n_bytes: int) -> bytes:
    file.seek(chunk.first_byte)
    return file.read(min(chunk.n_bytes, n_bytes))


def _wav(file: BinaryIO, n_file_bytes: int) -> StoredSound | None:
    """The sound of a WAV file, or of one beyond 4 GB (RF64, EBU Tech 3306)."""
    file.seek(0)
    head = file.read(12)
    layout, long_size = b"", 0
    for chunk in _chunks(file, n_file_bytes, _RIFF):
        if chunk.name == b"ds64":
            long_size = int.from_bytes(_read(file, chunk, 16)[8:16], "little")
        elif chunk.name == b"fmt ":
            layout = _read(file, chunk, 1024)
        elif chunk.name == b"data" and layout:
            is_long = chunk.n_bytes == _MOST_UINT32 and head[:4] != b"RIFF"
            found = replace(chunk, n_bytes=long_size) if is_long else chunk
            n_declared = int.from_bytes(head[4:8], "little") + 8
            is_empty = not found.n_bytes and abs(n_declared - n_file_bytes) <= 1
            return None if is_empty else _wav_sound(layout, found, n_file_bytes)
    return _wav_in_disorder(file, n_file_bytes)


def _wav_in_disorder(file: BinaryIO, n_file_bytes: int) -> StoredSound | None:
    """The sound of a WAV file whose chunks do not stand where they should."""
    file.seek(0)
    head = file.read(MOST_HEAD_BYTES)
    at_layout = head.find(b"fmt ", 8)
    at_data = head.find(b"data", at_layout + 24)
    if at_layout < 0 or at_data < 0:
        return None
    n_layout = min(int.from_bytes(head[at_layout + 4 : at_layout + 8], "little"), 1024)
    layout = head[at_layout + 8 : at_layout + 8 + n_layout]
    n_bytes = int.from_bytes(head[at_data + 4 : at_data + 8], "little")
    return _wav_sound(layout, _Chunk(b"data", at_data + 8, n_bytes), n_file_bytes)


def _wav_sound(layout: bytes, chunk: _Chunk, n_file_bytes: int) -> StoredSound:
    n_there = max(0, n_file_bytes - chunk.first_byte)
    n_declared = None if _is_open(chunk.n_bytes, n_there) else chunk.n_bytes
    n_bytes = n_there if n_declared is None else min(n_declared, n_there)
    declared = min(n_bytes, _MOST_UINT32 - 2048)
    body = b"WAVEfmt " + len(layout).to_bytes(4, "little") + layout + b"\0" * (len(layout) % 2)
    body += b"data" + declared.to_bytes(4, "little")
    head = b"RIFF" + (len(body) + declared).to_bytes(4, "little") + body
    codec = int.from_bytes(layout[:2], "little")
    return StoredSound(chunk.first_byte, n_bytes, n_declared, head, codec)


def _is_open(n_bytes: int, n_there: int) -> bool:
    """Whether a size is none: 0 until the recorder comes back, or the largest where it cannot."""
    is_largest = n_bytes >= _MOST_UINT32 - 4096 or abs(n_bytes - 0x7FFFFFFF) <= 4096
    return n_bytes == 0 or (is_largest and n_bytes > n_there)


def _w64(file: BinaryIO, n_file_bytes: int) -> StoredSound | None:
    for chunk in _chunks(file, n_file_bytes, _W64):
        if chunk.name.startswith(b"data"):
            return _as_declared(chunk.first_byte, chunk.n_bytes, n_file_bytes)
    return None


def _aiff(file: BinaryIO, n_file_bytes: int) -> StoredSound | None:
    for chunk in _chunks(file, n_file_bytes, _AIFF):
        if chunk.name == b"SSND":  # an offset and a block size come before the sound
            return _as_declared(chunk.first_byte + 8, chunk.n_bytes - 8, n_file_bytes)
    return None


def _caf(file: BinaryIO, n_file_bytes: int) -> StoredSound | None:
    for chunk in _chunks(file, n_file_bytes, _CAF):
        if chunk.name == b"data":  # a count of edits comes before the sound
            is_open = chunk.n_bytes in (0, 2**64 - 1)
            n_there = n_file_bytes - chunk.first_byte
            file.seek(0)
            head = file.read(min(chunk.first_byte, MOST_HEAD_BYTES))[:-8]
            head += min(n_there, 2**63 if is_open else chunk.n_bytes).to_bytes(8, "big")
            found = _as_declared(chunk.first_byte, 0 if is_open else chunk.n_bytes, n_file_bytes)
            return replace(found, head=head) if len(head) == chunk.first_byte else found
    return None


def _au(file: BinaryIO, n_file_bytes: int) -> StoredSound | None:
    file.seek(0)
    head = file.read(24)
    order: Literal["little", "big"] = "big" if head[:4] == b".snd" else "little"
    first_byte = int.from_bytes(head[4:8], order)
    n_bytes = int.from_bytes(head[8:12], order)
    found = _as_declared(first_byte, 0 if n_bytes == _MOST_UINT32 else n_bytes, n_file_bytes)
    if len(head) < 24 or not 24 <= first_byte <= MOST_HEAD_BYTES:
        return None
    file.seek(0)
    whole_head = file.read(first_byte)
    size = min(found.n_bytes, _MOST_UINT32 - 1).to_bytes(4, order)
    return replace(found, head=whole_head[:8] + size + whole_head[12:])


def _as_declared(first_byte: int, n_declared: int, n_file_bytes: int) -> StoredSound:
    """The sound from a place on, of a size that is open where it is 0."""
    n_there = max(0, n_file_bytes - first_byte)
    if n_declared <= 0:
        return StoredSound(first_byte, n_there, None)
    return StoredSound(first_byte, min(n_there, n_declared), n_declared)


_FINDERS: dict[bytes, Callable[[BinaryIO, int], StoredSound | None]] = {
    b"RIFF": _wav,
    b"RF64": _wav,
    b"BW64": _wav,
    b"riff": _w64,
    b"FORM": _aiff,
    b"caff": _caf,
    b".snd": _au,
    b"dns.": _au,
}


def may_be_take(path: Path) -> bool:
    """Whether a file is named like a take."""
    return path.suffix.lower() in TAKE_ENDINGS
