"""Reads a TOML file key by key: every mistake is named with its place and the nearest key."""

from __future__ import annotations

import difflib
import hashlib
import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import Any

from practiceear.errors import UsageError
from practiceear.files import decoded, read_bytes
from practiceear.moments import check_year

LARGEST_FILE_BYTES = 2**20


class TomlTable:
    """One table of a file; each key is taken once, and `finish` refuses what is left.

    Parameters
    ----------
    values
        As ``tomllib`` read them.
    file
        How the file is called in errors.
    place
        Where in it the table stands, such as ``[ceiling]``; empty for the top.

    Attributes
    ----------
    sha256
        Digest of the whole file; empty for text that was not read from one.
    """

    def __init__(self, values: dict[str, Any], file: str, place: str = "") -> None:
        self._values, self._file, self._place = dict(values), file, place
        self._known: list[str] = []
        self.sha256 = ""

    @classmethod
    def read(cls, path: Path) -> TomlTable:
        """Read a file.

        Raises
        ------
        UsageError
            Where it cannot be read or is no TOML.
        """
        try:
            content = read_bytes(path, LARGEST_FILE_BYTES)
            text = decoded(content)
        except OSError as error:
            raise UsageError(
                f"{path} cannot be read: {error.strerror}", "Check its name"
            ) from error
        except ValueError as error:
            raise UsageError(
                f"{path} cannot be used: {error}", "Check its name, and save it as text in UTF-8"
            ) from error
        table = cls.parse(text, str(path))
        table.sha256 = hashlib.sha256(content).hexdigest()
        return table

    @classmethod
    def parse(cls, text: str, file: str) -> TomlTable:
        """Read a text; errors as for `read`."""
        try:
            return cls(tomllib.loads(text), file)
        except (ValueError, RecursionError) as error:  # also of a number with too many digits
            raise UsageError(f"{file} is not valid TOML: {error}", "Mend it there") from error

    def text(self, key: str, default: str | None = None) -> str:
        """A text; required where there is no default."""
        value = self._take(key, default)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(key, "must be a text in quotes")
        return value

    def optional_text(self, key: str) -> str | None:
        """A text, or None where the key is not there."""
        if key in self._values:
            return self.text(key)
        self._known.append(key)
        return None

    def number(self, key: str, low: float, high: float, default: float | None = None) -> float:
        """A number from ``low`` to ``high``."""
        value = self._take(key, default)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not low <= value <= high:  # which NaN is not, either
            raise self.wrong(key, f"must be a number from {low:g} to {high:g}, not {value!r}")
        return float(value)

    def optional_count(self, key: str, low: int, high: int) -> int | None:
        """A whole number, or None where the key is not there."""
        if key in self._values:
            return self.count(key, low, high)
        self._known.append(key)
        return None

    def optional_number(self, key: str, low: float, high: float) -> float | None:
        """A number, or None where the key is not there."""
        if key in self._values:
            return self.number(key, low, high)
        self._known.append(key)
        return None

    def count(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number from ``low`` to ``high``."""
        value = self.number(key, low, high, default)
        if value != int(value):
            raise self.wrong(key, "must be a whole number")
        return int(value)

    def flag(self, key: str, default: bool) -> bool:
        """Read true or false."""
        value = self._take(key, default)
        if not isinstance(value, bool):
            raise self.wrong(key, "must be true or false")
        return value

    def choice(self, key: str, options: tuple[str, ...], default: str | None = None) -> str:
        """One of some words; a typo is answered with the nearest."""
        value = self.text(key, default)
        if value not in options:
            raise self.wrong(key, f"cannot be {value!r}", nearest(value, options))
        return value

    def day(self, key: str) -> date | None:
        """A date such as 2026-03-02, or None where the key is not there."""
        if key not in self._values:
            self._known.append(key)
            return None
        value = self._take(key, None)
        if not isinstance(value, date) or isinstance(value, datetime):
            raise self.wrong(key, "must be a date without quotes, such as 2026-03-02")
        try:
            check_year(value)
        except ValueError as error:
            raise self.wrong(key, f"cannot be: {error}") from error
        return value

    def texts(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """A list of texts."""
        value = self._take(key, list(default))
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self.wrong(key, 'must be a list of texts, such as ["violin", "viola"]')
        return tuple(value)

    def counts(self, key: str, low: int, high: int, default: tuple[int, ...]) -> tuple[int, ...]:
        """A list of whole numbers."""
        value = self._take(key, list(default))
        is_right = isinstance(value, list) and all(
            isinstance(one, int) and not isinstance(one, bool) and low <= one <= high
            for one in value
        )
        if not is_right:
            raise self.wrong(key, f"must be a list of whole numbers from {low} to {high}")
        return tuple(value)

    def table(self, key: str) -> TomlTable:
        """A table in this one; empty where it is not there."""
        value = self._take(key, {})
        if not isinstance(value, dict):
            raise self.wrong(key, f"must be a table that begins with [{key}]")
        return TomlTable(value, self._file, f"[{key}]")

    def tables(self, key: str) -> list[TomlTable]:
        """All tables of that name, in order."""
        value = self._take(key, [])
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise self.wrong(key, f"must be tables that begin with [[{key}]]")
        return [
            TomlTable(one, self._file, f"[[{key}]] number {at}") for at, one in enumerate(value, 1)
        ]

    def finish(self) -> None:
        """Refuse keys that nobody asked for: they are typos, and would not be obeyed."""
        for key in self._values:
            raise self.wrong(key, "is not known here", nearest(key, tuple(self._known)))

    def wrong(self, key: str, reason: str, hint: str = "Mend it in the file") -> UsageError:
        """Return the error that names a key, its place and what is wrong with it."""
        place = f"{self._place} of {self._file}" if self._place else self._file
        return UsageError(f"{key} in {place} {reason}", hint)

    def _take(self, key: str, default: Any) -> Any:
        self._known.append(key)
        value = self._values.pop(key, default)
        if value is None:
            raise self.wrong(key, "is missing", "Add it")
        return value


def nearest(word: str, options: tuple[str, ...]) -> str:
    """Return the hint that offers the most similar option, or all of them."""
    similar = difflib.get_close_matches(word, options, n=1, cutoff=0.5)
    if similar:
        return f"Did you mean {similar[0]}?"
    return f"Known are {', '.join(sorted(options))}"
