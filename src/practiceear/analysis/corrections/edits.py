"""Corrections by hand: a layer over what the detector heard, kept in a file of its own.

The file names its take by a digest, so that corrections never meet another recording. What
the detector heard is not in it and is never changed by it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from practiceear.data_files import DataError, convert, refuse_other_format, short
from practiceear.errors import UsageError
from practiceear.files import read_text, sha256_of

FORMAT = "practiceear-edits"
VERSION = 1
"""What the file says of itself; its published schema is ``edits-1.json``."""

LATEST_S = 86_400.0
MOST_MARKS = 100_000  # hours of fast playing, every note touched
MOST_REMARKS = 1000
LONGEST_TEXT = 2000
LONGEST_NAME = 1000
LARGEST_FILE_BYTES = 16_000_000

_SHA256, _SHA256_WORDS = "[0-9a-f]{64}", "64 hexadecimal digits in lower case"
_Seconds = Annotated[float, Meta(ge=0, le=LATEST_S)]


def _text_of(longest: int) -> Meta:
    words = f"a text of 1 to {longest} characters"
    return Meta(min_length=1, max_length=longest, pattern=r"\S", description=words)


class MarkEdit(StrEnum):
    """What can be done to the marks of a take."""

    ADD = "add"
    DELETE = "delete"
    MOVE = "move"


@dataclass(frozen=True, slots=True)
class Mark:
    """One correction.

    Attributes
    ----------
    do
        What is done.
    time_s
        Where a note is added, or the onset of the note that is deleted or moved.
    to_s
        Where a note is moved to; None otherwise.

    Raises
    ------
    ValueError
        Where a time is no number of seconds from 0 to 86400, or ``to_s`` does not go with ``do``.
    """

    do: MarkEdit
    time_s: float
    to_s: float | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.do, MarkEdit):
            raise ValueError(f"do must be a MarkEdit, not {short(self.do)}")
        _refuse_odd_time("time_s", self.time_s)
        if (self.to_s is not None) != (self.do is MarkEdit.MOVE):
            raise ValueError("to_s must be given for a move, and for nothing else")
        if self.to_s is not None:
            _refuse_odd_time("to_s", self.to_s)


@dataclass(frozen=True, slots=True)
class Remark:
    """What a teacher says about one moment.

    Raises
    ------
    ValueError
        Where the time is no number of seconds from 0 to 86400, or the text is empty or longer
        than 2000 characters.
    """

    time_s: float
    text: str

    def __post_init__(self) -> None:
        _refuse_odd_time("time_s", self.time_s)
        _refuse_odd_text("text", self.text, LONGEST_TEXT)


@dataclass(frozen=True, slots=True)
class TakeEdits:
    """All corrections and remarks to one take.

    Attributes
    ----------
    take_name
        How the take's file was called; only for people.
    sha256
        Digest of the take file's bytes, 64 hexadecimal digits in lower case.
    marks
        Corrections; their order means nothing.
    remarks
        What was said about moments of the take.

    Raises
    ------
    ValueError
        Where a field is out of bounds.
    """

    take_name: str
    sha256: str
    marks: tuple[Mark, ...] = ()
    remarks: tuple[Remark, ...] = ()

    def __post_init__(self) -> None:
        _refuse_odd_text("take.name", self.take_name, LONGEST_NAME)
        if not re.fullmatch(_SHA256, self.sha256):
            raise ValueError(f"take.sha256 must be {_SHA256_WORDS}")
        for key, count, most in (
            ("marks", len(self.marks), MOST_MARKS),
            ("remarks", len(self.remarks), MOST_REMARKS),
        ):
            if count > most:
                raise ValueError(f"{key} are {count}, more than {most}")

    def count(self, do: MarkEdit) -> int:
        """How many corrections of one kind there are."""
        return sum(mark.do is do for mark in self.marks)


def refuse_other_take(edits: TakeEdits, edits_path: Path, take_path: Path) -> None:
    """Raise ``UsageError`` where ``edits`` were made to another recording."""
    if sha256_of(take_path) != edits.sha256:
        raise UsageError(
            f"{edits_path} corrects another recording ({edits.take_name}), not {take_path}",
            "Name the file that was corrected, byte for byte, or correct this one",
        )


def edits_text(edits: TakeEdits) -> str:
    """Return the content of the edits file."""
    marks = [
        {"do": mark.do.value, "time_s": _shown(mark.time_s)}
        | ({} if mark.to_s is None else {"to_s": _shown(mark.to_s)})
        for mark in edits.marks
    ]
    content = {
        "format": FORMAT,
        "version": VERSION,
        "take": {"name": edits.take_name, "sha256": edits.sha256},
        "marks": marks,
        "remarks": [
            {"time_s": _shown(remark.time_s), "text": remark.text} for remark in edits.remarks
        ],
    }
    return json.dumps(content, indent=1, allow_nan=False) + "\n"


class _Object(Struct, frozen=True, forbid_unknown_fields=True):
    """An object of the file."""


class _Mark(_Object, frozen=True):
    do: MarkEdit
    time_s: _Seconds
    to_s: _Seconds | UnsetType = UNSET

    def __post_init__(self) -> None:
        if self.do is MarkEdit.MOVE and self.to_s is UNSET:
            raise ValueError("to_s is missing")
        if self.do is not MarkEdit.MOVE and self.to_s is not UNSET:
            raise ValueError("'to_s' is not known but of a move")


class _Remark(_Object, frozen=True):
    time_s: _Seconds
    text: Annotated[str, _text_of(LONGEST_TEXT)]


class _Take(_Object, frozen=True):
    name: Annotated[str, _text_of(LONGEST_NAME)]
    sha256: Annotated[str, Meta(pattern=rf"\A{_SHA256}\Z", description=_SHA256_WORDS)]


class _EditsFile(_Object, frozen=True):
    format: str
    version: float
    take: _Take
    marks: Annotated[tuple[_Mark, ...], Meta(max_length=MOST_MARKS)]
    remarks: Annotated[tuple[_Remark, ...], Meta(max_length=MOST_REMARKS)]


def read_edits(path: Path) -> TakeEdits:
    """Read an edits file.

    Raises
    ------
    UsageError
        Where it cannot be read, is broken, or is of another version; says where.
    """
    try:
        return _take_edits(
            json.loads(read_text(path, LARGEST_FILE_BYTES), parse_constant=_refuse_constant)
        )
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", "Check its name") from error
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        if isinstance(error, DataError) and error.place:
            reason = f"{error.where()}: {reason}"
        raise UsageError(
            f"{path} holds no corrections that can be used: {reason}",
            "Save it again from the report or program that made it",
        ) from error


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number")


def _take_edits(content: object) -> TakeEdits:
    refuse_other_format(content, FORMAT, VERSION)
    file = convert(content, _EditsFile)
    marks = (
        Mark(mark.do, mark.time_s, None if isinstance(mark.to_s, UnsetType) else mark.to_s)
        for mark in file.marks
    )
    remarks = (Remark(remark.time_s, remark.text) for remark in file.remarks)
    return TakeEdits(file.take.name, file.take.sha256, tuple(marks), tuple(remarks))


def _refuse_odd_time(key: str, time_s: float) -> None:
    if not 0 <= time_s <= LATEST_S:
        raise ValueError(f"{key} must be from 0 to {LATEST_S:.0f} seconds, not {short(time_s)}")


def _refuse_odd_text(key: str, text: str, longest: int) -> None:
    if not (text.strip() and len(text) <= longest):
        raise ValueError(f"{key} must have from 1 to {longest} characters, not {len(text)}")


def _shown(time_s: float) -> float:
    return round(time_s, 6)  # microseconds: finer than a sample
