"""A part of a file behind a header of our making, read as if it were a file of its own."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class SplicedFile(io.RawIOBase):
    """Read-only view of ``head``, followed by ``n_bytes`` of a file from ``first_byte`` on.

    A decoder that would stumble over a damaged header, or believe it, reads this instead.

    Parameters
    ----------
    path
        The file.
    head
        What is read in place of all that comes before ``first_byte``.
    first_byte, n_bytes
        The part of the file that follows it.
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
