"""Small files of others are read within bounds, and only where they are files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from practiceear.errors import TakeError
from practiceear.files import open_regular, read_bytes, read_text, sha256_of


def test_a_text_is_read_with_a_byte_order_mark_or_without(tmp_path: Path) -> None:
    for content in ("Übung".encode(), "Übung".encode("utf-8-sig")):
        (tmp_path / "x").write_bytes(content)
        assert read_text(tmp_path / "x", 100) == "Übung"


def test_what_is_too_long_or_no_text_says_so(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(bytes(101))
    with pytest.raises(ValueError, match="longer than 100"):
        read_bytes(tmp_path / "x", 100)
    (tmp_path / "x").write_bytes(b"a\xff")
    with pytest.raises(ValueError, match="byte 1"):
        read_text(tmp_path / "x", 100)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_a_pipe_or_a_device_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path(os.devnull)):
        with pytest.raises(OSError, match="a pipe or a device"):
            read_bytes(path, 100)
        with pytest.raises(TakeError, match="a pipe or a device"):
            sha256_of(path)
    with pytest.raises(IsADirectoryError, match="a folder"):
        open_regular(tmp_path)


def test_a_link_to_a_file_is_followed(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("y")
    (tmp_path / "link").symlink_to(tmp_path / "x")
    assert read_text(tmp_path / "link", 100) == "y"
