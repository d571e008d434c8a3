"""Corrections by hand: a layer over what the detector heard, kept in a file of its own.

The file names its take by a digest, so that corrections never meet another recording. What
the detector heard is not in it and is never changed by it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

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

_Made = TypeVar("_Made")


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
            raise ValueError(f"do must be a MarkEdit, not {_cut(self.do)}")
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
        if not re.fullmatch("[0-9a-f]{64}", self.sha256):
            raise ValueError("take.sha256 must be 64 hexadecimal digits in lower case")
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
        {"do": one.do.value, "time_s": _shown(one.time_s)}
        | ({} if one.to_s is None else {"to_s": _shown(one.to_s)})
        for one in edits.marks
    ]
    content = {
        "format": FORMAT,
        "version": VERSION,
        "take": {"name": edits.take_name, "sha256": edits.sha256},
        "marks": marks,
        "remarks": [{"time_s": _shown(one.time_s), "text": one.text} for one in edits.remarks],
    }
    return json.dumps(content, indent=1, allow_nan=False) + "\n"


def read_edits(path: Path) -> TakeEdits:
    """Read an edits file.

    Raises
    ------
    UsageError
        Where it cannot be read, is broken, or is of another version; says where.
    """
    try:
        return _take_edits(_document(path))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", "Check its name") from error
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise UsageError(
            f"{path} holds no corrections that can be used: {reason}",
            "Save it again from the report or program that made it",
        ) from error


def _document(path: Path) -> Any:
    return json.loads(read_text(path, LARGEST_FILE_BYTES), parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number")


def _take_edits(content: Any) -> TakeEdits:
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ValueError(f'it does not say "format": "{FORMAT}"')
    version = content.get("version")
    if version != VERSION or isinstance(version, bool):
        raise ValueError(f"it is of version {version!r}, and only {VERSION} is known")
    fields = _fields(content, ("format", "version", "take", "marks", "remarks"))
    take = _at("take", lambda one: _fields(one, ("name", "sha256")), fields["take"])
    marks = _each("marks", fields["marks"], MOST_MARKS, _mark)
    remarks = _each("remarks", fields["remarks"], MOST_REMARKS, _remark)
    return TakeEdits(_text("take.name", take), _text("take.sha256", take), marks, remarks)


def _mark(content: Any) -> Mark:
    do = content.get("do") if isinstance(content, dict) else None
    if do not in list(MarkEdit):
        raise ValueError(f"do must be add, delete or move, not {_cut(do)}")
    is_move = do == MarkEdit.MOVE
    fields = _fields(content, ("do", "time_s", "to_s") if is_move else ("do", "time_s"))
    to_s = _seconds("to_s", fields) if is_move else None
    return Mark(MarkEdit(do), _seconds("time_s", fields), to_s)


def _remark(content: Any) -> Remark:
    fields = _fields(content, ("time_s", "text"))
    return Remark(_seconds("time_s", fields), _text("text", fields))


def _each(key: str, listed: Any, most: int, make: Callable[[Any], _Made]) -> tuple[_Made, ...]:
    """What ``make`` makes of each element of a list; its complaints say which one it was."""
    if not isinstance(listed, list) or len(listed) > most:
        raise ValueError(f"{key} must be a list of at most {most}")
    return tuple(_at(f"{key}[{i}]", make, one) for i, one in enumerate(listed))


def _at(place: str, make: Callable[[Any], _Made], content: Any) -> _Made:
    try:
        return make(content)
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from None


def _fields(content: Any, keys: tuple[str, ...]) -> dict[str, Any]:
    """``content`` as an object with exactly these keys."""
    if not isinstance(content, dict):
        raise ValueError(f"an object is needed, not {_cut(content)}")
    for key in keys:
        if key not in content:
            raise ValueError(f"{key} is missing")
    for key in content:
        if key not in keys:
            raise ValueError(f"{_cut(key)} is not known")
    return content


def _seconds(key: str, fields: dict[str, Any]) -> float:
    value = fields[key]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{key} must be a number of seconds, not {_cut(value)}")
    _refuse_odd_time(key, value)
    return float(value)


def _text(key: str, fields: dict[str, Any]) -> str:
    value = fields[key.rpartition(".")[2]]
    if not isinstance(value, str):
        raise ValueError(f"{key} must be text, not {_cut(value)}")
    return value


def _refuse_odd_time(key: str, time_s: float) -> None:
    if not 0 <= time_s <= LATEST_S:
        raise ValueError(f"{key} must be from 0 to {LATEST_S:.0f} seconds, not {_cut(time_s)}")


def _refuse_odd_text(key: str, text: str, longest: int) -> None:
    if not (text.strip() and len(text) <= longest):
        raise ValueError(f"{key} must have from 1 to {longest} characters, not {len(text)}")


def _cut(value: object) -> str:
    """A value as it stands in the file, short enough for one line."""
    shown = repr(value)
    return shown if len(shown) <= 40 else f"{shown[:37]}..."


def _shown(time_s: float) -> float:
    return round(time_s, 6)  # microseconds: finer than a sample
