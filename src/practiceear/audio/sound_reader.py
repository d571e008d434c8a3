"""Opens the sound of a file with whatever decoder can read it."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import soundfile

from practiceear.audio.blocks import CHUNK_FRAMES, Frames, without_first
from practiceear.audio.container import (
    MPEG_LAYER_3,
    READABLE,
    StoredSound,
    is_asf_cut,
    stored_sound,
)
from practiceear.audio.declared_length import (
    LONGEST_BELIEVED_FRAMES,
    DeclaredLength,
    MpegFrames,
    count_mpeg_frames,
    is_ogg_cut,
    promised_by_bytes,
    promised_by_decoder,
    promised_by_mpeg,
)
from practiceear.audio.devices import hushed_native_output
from practiceear.audio.ffmpeg import FfmpegReader
from practiceear.errors import MissingError, TakeError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class SplicedFile(io.RawIOBase):
    """Read-only view of ``head``, followed by ``n_bytes`` of a file from ``first_byte`` on.

    A decoder that would stumble over a damaged header, or believe it, reads this instead.
    """

    def __init__(self, path: Path, head: bytes, first_byte: int, n_bytes: int) -> None:
        super().__init__()
        self._file = path.open("rb")
        self._head, self._first_byte = head, first_byte
        self._n_bytes = len(head) + n_bytes
        self._position = 0

    def readable(self) -> bool:
        """Always true."""
        return True

    def seekable(self) -> bool:
        """Always true."""
        return True

    def tell(self) -> int:
        """Return the position of the next byte to be read."""
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Set the position of the next byte to be read, and return it."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._n_bytes}[whence]
        self._position = max(0, start + offset)
        return self._position

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill ``buffer`` as far as there is something to read; return how many bytes that was.

        A disk that fails is the end of the file: decoders written in C know no exceptions.
        """
        view = memoryview(buffer).cast("B")
        n_filled = 0
        wanted = min(len(view), max(0, self._n_bytes - self._position))
        if self._position < len(self._head):
            part = self._head[self._position : self._position + wanted]
            view[: len(part)] = part
            n_filled = len(part)
        try:
            self._file.seek(self._first_byte + self._position + n_filled - len(self._head))
            n_filled += self._file.readinto(view[n_filled:wanted])
        except OSError:
            pass
        self._position += n_filled
        return n_filled

    def close(self) -> None:
        """Close the file behind the view."""
        self._file.close()
        super().close()


UNCOUNTED_CHUNK_FRAMES = 64
_HEAD_BYTES = 16
_ASF = b"0&\xb2u\x8ef\xcf\x11"
_DECODER_ERRORS = (soundfile.LibsndfileError, RuntimeError)


class SoundReader(Protocol):
    """The frames of a file, whatever decodes them.

    ``n_promised_frames``: how long it should be; None where unknown. ``is_start_known``: whether
    the length of the encoder's padding before the sound is known, or there is none.
    """

    rate_hz: int
    n_channels: int
    n_promised_frames: int | None
    is_start_known: bool

    def is_cut(self, n_read: int) -> bool:
        """Whether a file of which ``n_read`` frames could be read is cut off or damaged."""

    def chunks(self, first_frame: int = 0) -> Iterator[Frames]:
        """Deliver the frames from ``first_frame`` on, at most ``CHUNK_FRAMES`` at a time."""


@dataclass(frozen=True, slots=True)
class _Source:
    """What the decoder library reads: a file, or a part of it behind another header."""

    path: Path
    part: tuple[bytes, int, int] | None = None

    @contextmanager
    def opened(self) -> Iterator[soundfile.SoundFile]:
        # Its MP3 decoder tells the terminal of every byte that it does not like.
        part = None if self.part is None else SplicedFile(self.path, *self.part)
        try:
            with hushed_native_output():
                file = soundfile.SoundFile(openable(self.path) if part is None else part)
            with file:
                yield file
        finally:
            if part is not None:
                part.close()


class LibraryReader:
    """The frames of a file that libsndfile decodes; its errors where it cannot.

    ``promised`` gives the length of a file of which the decoder counts so many frames.
    """

    def __init__(
        self,
        source: _Source,
        promised: Callable[[int], DeclaredLength],
        *,
        is_start_known: bool = True,
    ) -> None:
        self._source = source
        with source.opened() as file:
            self.rate_hz, self.n_channels = int(file.samplerate), int(file.channels)
            self.n_counted_frames = int(file.frames)
        length = promised(self.n_counted_frames)
        self.n_promised_frames, self._is_cut = length.n_frames, length.is_cut
        self.is_start_known = is_start_known

    def is_cut(self, n_read: int) -> bool:
        """Whether a file of which ``n_read`` frames could be read is cut off or damaged."""
        is_short = self.n_promised_frames is not None and n_read < self.n_promised_frames
        return self._is_cut or is_short

    def chunks(self, first_frame: int = 0) -> Iterator[Frames]:
        """Deliver the frames from ``first_frame`` to the end or a damage."""
        with self._source.opened() as file:
            if self.n_counted_frames >= LONGEST_BELIEVED_FRAMES:
                # Without a count the decoder fails on the last, incomplete chunk, and cannot seek.
                yield from without_first(_read(file, UNCOUNTED_CHUNK_FRAMES), first_frame)
                return
            if first_frame:
                file.seek(min(first_frame, file.frames))
            yield from _read(file, CHUNK_FRAMES)


def _read(file: soundfile.SoundFile, n_chunk: int) -> Iterator[Frames]:
    while True:
        try:
            with hushed_native_output():
                frames: Frames = file.read(n_chunk, dtype="float32", always_2d=True)
        except _DECODER_ERRORS:
            return
        if not len(frames):
            return
        yield frames


def open_sound(path: Path) -> SoundReader:
    """Return a reader for a file that exists and is not empty.

    TakeError where it is not audio, or damaged so that nothing can be read. MissingError where only
    ffmpeg could read it, which is not installed. OSError where it cannot be read from disk.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if _is_for_ffmpeg(head):
        return FfmpegReader(path, is_known_cut=head.startswith(_ASF) and is_asf_cut(path))
    try:
        return _by_library(path, head)
    except _DECODER_ERRORS as error:
        if head[:4] in (b"OggS", b"caff", b"RIFF", b"FORM", b"riff", b"RF64"):
            return _by_ffmpeg(path, is_known_cut=head[:4] == b"OggS" and is_ogg_cut(path))
        raise TakeError(
            f"{path} is not an audio file that can be read", f"Use {READABLE}"
        ) from error


def _by_ffmpeg(path: Path, *, is_known_cut: bool) -> FfmpegReader:
    """A reader of a container whose codec libsndfile does not know, or that is damaged."""
    try:
        return FfmpegReader(path, is_known_cut=is_known_cut)
    except MissingError as error:
        raise TakeError(
            f"{path} cannot be read: it is damaged, or its codec needs ffmpeg",
            "Copy it again, install ffmpeg, or save the take as WAV, FLAC or MP3",
        ) from error


def _by_library(path: Path, head: bytes) -> LibraryReader:
    if head[:4] == b"OggS":
        is_cut = is_ogg_cut(path)
        return LibraryReader(_Source(path), lambda n: DeclaredLength(None if is_cut else n, is_cut))
    sound = stored_sound(path)
    if sound is not None and sound.codec == MPEG_LAYER_3:
        stream = count_mpeg_frames(path, sound.first_byte, sound.n_bytes)
        if stream is not None:
            end = sound.first_byte + sound.n_bytes
            return _mpeg_reader(path, stream, end, is_cut=sound.is_cut)
    if sound is not None:
        return _stored_reader(path, sound)
    stream = count_mpeg_frames(path)
    if stream is not None and stream.counted.n_frames > 1:
        return _mpeg_reader(path, stream, path.stat().st_size)
    return LibraryReader(_Source(path), promised_by_decoder)


def _stored_reader(path: Path, sound: StoredSound) -> LibraryReader:
    """A reader of the file as it is or, where that finds nothing, behind a header of our making."""

    def promised(n_frames: int) -> DeclaredLength:
        return promised_by_bytes(n_frames, sound)

    try:
        reader = LibraryReader(_Source(path), promised)
        if reader.n_counted_frames or not sound.head:
            return reader
    except _DECODER_ERRORS:
        if not sound.head:
            raise
    return LibraryReader(_Source(path, (sound.head, sound.first_byte, sound.n_bytes)), promised)


def _mpeg_reader(
    path: Path, stream: MpegFrames, end: int, *, is_cut: bool = False
) -> LibraryReader:
    part = (stream.info_frame, stream.first_byte, end - stream.first_byte)
    is_start_known = stream.n_declared_frames is not None
    return LibraryReader(
        _Source(path, part),
        lambda n: promised_by_mpeg(n, stream, is_cut=is_cut),
        is_start_known=is_start_known,
    )


def _is_for_ffmpeg(head: bytes) -> bool:
    """Whether a file begins like one that only ffmpeg reads."""
    is_adts = head[:1] == b"\xff" and len(head) > 1 and head[1] & 0xF6 == 0xF0
    return (
        is_adts
        or head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
        or head.startswith((b"\x1aE\xdf\xa3", _ASF, b"#!AMR"))
        or (head[:4] == b"RIFF" and head[8:12] == b"AVI ")
    )


def openable(path: Path) -> Path | bytes:
    """The path as soundfile opens it even where its name is not UTF-8."""
    return path if sys.platform == "win32" else os.fsencode(path)
