"""Reads TOML and JSON from outside into typed structs; a mistake is named with place and key.

A struct declares the keys of an object, their types and bounds; `convert` checks them all.
"""

from __future__ import annotations

import difflib
import hashlib
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import inspect

from practiceear.errors import UsageError
from practiceear.files import decoded, read_bytes

LARGEST_TOML_BYTES = 2**20
_PATH = re.compile(r" - at `\$([\w.\[\]]*)`$")
_STEP = re.compile(r"\w+")
_Struct = TypeVar("_Struct", bound=msgspec.Struct)
_Place = tuple[str | int, ...]


class DataError(ValueError):
    """A value from outside that is not what it should be.

    ``place``: keys and indices, from 0, that lead to the object which holds it. ``key``: its key;
    empty where the object itself is wrong. ``reason``: what is wrong with it. ``hint``: the nearest
    word that is known; empty where none is.
    """

    def __init__(self, place: _Place, key: str, reason: str, hint: str = "") -> None:
        super().__init__(f"{key} {reason}".lstrip())
        self.place, self.key, self.reason, self.hint = place, key, reason, hint

    def where(self) -> str:
        """The place as a path, such as ``marks[1]``."""
        steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.place)
        return "".join(steps).removeprefix(".")


def convert(content: object, kind: type[_Struct]) -> _Struct:
    """Build a struct from parsed data; DataError names the first key or value that is wrong."""
    try:
        return msgspec.convert(content, kind, builtin_types=(date,))
    except msgspec.ValidationError as error:
        raise _explained(error, content, kind) from error
    except UnicodeError as error:
        raise DataError((), "", "a text in it holds halves of characters") from error


def refuse_other_format(content: object, name: str, version: int) -> None:
    """Raise ValueError where a file is of another format or version."""
    if not isinstance(content, dict) or content.get("format") != name:
        raise ValueError(f'it does not say "format": "{name}"')
    found = content.get("version")
    if found != version or isinstance(found, bool):
        raise ValueError(f"it is of version {short(found)}, and only {version} is known")


@dataclass(frozen=True, slots=True)
class TomlFile:
    """A TOML file as it was parsed.

    ``name``: how the file is called in errors. ``content``: its tables. ``sha256``: digest of the
    whole file; empty for text that was not read from one.
    """

    name: str
    content: dict[str, object]
    sha256: str = ""

    @classmethod
    def read(cls, path: Path) -> TomlFile:
        """Read a file; UsageError where it cannot be read or is no TOML."""
        try:
            content = read_bytes(path, LARGEST_TOML_BYTES)
            text = decoded(content)
        except OSError as error:
            raise UsageError(
                f"{path} cannot be read: {error.strerror}", "Check its name"
            ) from error
        except ValueError as error:
            raise UsageError(
                f"{path} cannot be used: {error}", "Check its name, and save it as text in UTF-8"
            ) from error
        return cls.parse(text, str(path), hashlib.sha256(content).hexdigest())

    @classmethod
    def parse(cls, text: str, name: str, sha256: str = "") -> TomlFile:
        """Read a text; errors as for `read`."""
        try:
            return cls(name, tomllib.loads(text), sha256)
        except (ValueError, RecursionError) as error:  # also of a number with too many digits
            raise UsageError(f"{name} is not valid TOML: {error}", "Mend it there") from error

    def convert(self, kind: type[_Struct]) -> _Struct:
        """Build a struct; UsageError with the place, the key and the nearest one that is known."""
        try:
            return convert(self.content, kind)
        except DataError as error:
            hint = error.hint or "Mend it in the file"
            raise self.wrong(error.place, error.key, error.reason, hint) from error

    def wrong(
        self, place: _Place, key: str, reason: str, hint: str = "Mend it in the file"
    ) -> UsageError:
        """Return the error that names a key, its place and what is wrong with it."""
        at = self.name
        if len(place) == 1:
            at = f"[{place[0]}] of {self.name}"
        elif place:
            at = f"[[{place[0]}]] number {int(place[1]) + 1} of {self.name}"
        return UsageError(f"{key} in {at} {reason}" if key else f"{at}: {reason}", hint)


def nearest(word: str, options: Iterable[str]) -> str:
    """Return the hint that offers the most similar option, or all of them."""
    known = tuple(options)
    similar = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"Did you mean {similar[0]}?" if similar else f"Known are {', '.join(sorted(known))}"


def short(value: object) -> str:
    """Return a value as it stands in the file, short enough for one line."""
    if isinstance(value, dict | list):
        return "a table" if isinstance(value, dict) else "a list"
    try:
        shown = repr(value)
    except ValueError:  # a number with too many digits
        return "a number of thousands of digits"
    return shown if len(shown) <= 40 else f"{shown[:37]}..."


def _explained(
    error: msgspec.ValidationError, content: object, kind: type[msgspec.Struct]
) -> DataError:
    """Explain a validation error in words that a player understands."""
    found = _PATH.search(str(error))
    expected: inspect.Type = inspect.type_info(kind)
    place: list[str | int] = []
    value = content
    for step in _STEP.findall(found.group(1)) if found else ():
        name, value, expected = _inside(value, expected, step)
        place.append(name)
    if isinstance(error.__cause__, ValueError):
        return DataError(tuple(place), "", str(error.__cause__))
    expected = _known(expected)
    if str(error).startswith(("Object missing", "Object contains unknown")):
        return _wrong_key(tuple(place), expected, value)
    names = [at for at, name in enumerate(place) if isinstance(name, str)]
    at = names[-1] if names else 0
    key = "".join(name if isinstance(name, str) else f"[{name}]" for name in place[at:])
    hint = ""
    if isinstance(expected, inspect.EnumType) and isinstance(value, str):
        hint = nearest(value, _members(expected))
    return DataError(
        tuple(place[:at]), key, f"must be {_words(expected)}, not {short(value)}", hint
    )


def _inside(
    value: object, expected: inspect.Type, step: str
) -> tuple[str | int, object, inspect.Type]:
    """One step of a path: its name, the value there and what was expected."""
    expected = _known(expected)
    if isinstance(expected, inspect.StructType):
        fields = expected.fields
        if isinstance(value, dict):
            (field,) = (field for field in fields if field.encode_name == step)
            return step, value[step], field.type
        field = fields[int(step)]
        return field.encode_name, _at(value, step), field.type
    if isinstance(expected, inspect.ListType | inspect.VarTupleType):
        return int(step), _at(value, step), expected.item_type
    raise TypeError(f"{expected} has no parts")


def _at(value: object, step: str) -> object:
    return value[int(step)] if isinstance(value, list | tuple) else None


def _known(expected: inspect.Type) -> inspect.Type:
    """Return what is expected of a value that is there: neither null nor anything about it."""
    if isinstance(expected, inspect.UnionType):
        none = (inspect.NoneType, inspect.CustomType)
        return next(part for part in expected.types if not isinstance(part, none))
    return expected


def _wrong_key(place: _Place, expected: inspect.Type, value: object) -> DataError:
    """Name the unknown key, or the missing one."""
    fields = expected.fields if isinstance(expected, inspect.StructType) else ()
    keys = list(value) if isinstance(value, dict) else []
    if isinstance(expected, inspect.StructType) and expected.forbid_unknown_fields:
        known = [field.encode_name for field in fields]
        for key in keys:
            if key not in known:
                return DataError(place, short(key), "is not known", nearest(key, known))
    for field in fields:
        if field.required and field.encode_name not in keys:
            return DataError(place, field.encode_name, "is missing", "Add it")
    return DataError(place, "", "its keys are not those of the format")


def _words(expected: inspect.Type) -> str:
    """What is expected, in words."""
    words = "an object"
    match expected:
        case inspect.Metadata(extra_json_schema={"description": str(description)}):
            words = description
        case inspect.FloatType(ge=low, le=high) | inspect.IntType(ge=low, le=high):
            words = "a number" if isinstance(expected, inspect.FloatType) else "a whole number"
            words += "" if low is None or high is None else f" from {low:g} to {high:g}"
        case inspect.EnumType():
            words = f"one of {', '.join(_members(expected))}"
        case inspect.StrType():
            words = "a text"
        case inspect.BoolType():
            words = "true or false"
        case inspect.DateType():
            words = "a date without quotes, such as 2026-03-02"
        case inspect.ListType(max_length=most) | inspect.VarTupleType(max_length=most):
            words = "a list" if most is None else f"a list of at most {most}"
        case inspect.StructType(array_like=True, fields=fields):
            words = f"a list of {len(fields)}"
    return words


def _members(expected: inspect.EnumType) -> list[str]:
    return [str(member.value) for member in expected.cls]
