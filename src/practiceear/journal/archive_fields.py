"""Takes a stranger's JSON apart, key by key: what cannot be is named with its place and its key."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any, TypeVar

from practiceear.journal.records import DAY_S, LONGEST_TEXT, Moment
from practiceear.plain_text import is_controlling

LONGEST_TIME_S = 1e12
_UID = re.compile(r"[0-9a-f]{32}")
_Member = TypeVar("_Member", bound=Enum)


class Fields:
    """One JSON object of an archive.

    Parameters
    ----------
    content
        As it was parsed.
    place
        Where it stands, such as ``take 2``; empty for the session itself.

    Raises
    ------
    ValueError
        By every method, where a value is missing, of another type or out of range; it names
        the place, the key and the value.
    """

    def __init__(self, content: Any, place: str = "") -> None:
        self._place = place
        if not isinstance(content, dict):
            raise ValueError(f"{place or 'the session'} is {_short(content)}, not an object")
        self._content = content

    def wrong(self, key: str, reason: str) -> ValueError:
        """Return the error that names the place and the key."""
        return ValueError(f"{self._place}, {key}: {reason}" if self._place else f"{key}: {reason}")

    def value(self, key: str) -> Any:
        """The value as it stands."""
        if key not in self._content:
            raise self.wrong(key, "it is missing")
        return self._content[key]

    def number(self, key: str, low: float, high: float) -> float:
        """A number from ``low`` to ``high``."""
        return self._checked_number(key, self.value(key), low, high)

    def optional_number(self, key: str, low: float, high: float) -> float | None:
        """The same, or None for null."""
        return None if self.value(key) is None else self.number(key, low, high)

    def count(self, key: str, most: int) -> int:
        """A whole number from 0 to ``most``."""
        number = self.number(key, 0, most)
        if number != int(number):
            raise self.wrong(key, f"{number:g} is not a whole number")
        return int(number)

    def line(self, key: str) -> str:
        """A text without characters that control a terminal, line breaks among them."""
        text = self.value(key)
        if not isinstance(text, str):
            raise self.wrong(key, f"{_short(text)} is not a text")
        if len(text) > LONGEST_TEXT:
            raise self.wrong(key, f"it is longer than {LONGEST_TEXT} characters")
        if any(is_controlling(one) for one in text):
            raise self.wrong(key, f"{_short(text)} holds characters that control a terminal")
        return text

    def name(self, key: str) -> str:
        """A line that is not empty."""
        text = self.line(key)
        if not text.strip():
            raise self.wrong(key, "it is empty")
        return text

    def optional_line(self, key: str) -> str | None:
        """A line, or None for null."""
        return None if self.value(key) is None else self.line(key)

    def parsed(self, key: str, parse: Callable[[str], object]) -> str | None:
        """A line that ``parse`` can read, or None for null."""
        text = self.optional_line(key)
        if text is not None:
            try:
                parse(text)
            except ValueError as error:
                raise self.wrong(key, f"{_short(text)} cannot be read") from error
        return text

    def matching(self, key: str, pattern: str) -> str:
        """A line of a certain form, such as ``[a-z]+``."""
        text = self.line(key)
        if not re.fullmatch(pattern, text):
            raise self.wrong(key, f"{_short(text)} is not written as it should be")
        return text

    def uid(self) -> str:
        """The name that no other journal gives."""
        return self.matching("uid", _UID.pattern)

    def member(self, key: str, kind: type[_Member]) -> _Member:
        """One of the values of an enumeration."""
        try:
            return kind(self.value(key))
        except ValueError:
            known = ", ".join(str(one.value) for one in kind)
            raise self.wrong(key, f"{_short(self.value(key))} is none of {known}") from None

    def moment(self) -> Moment:
        """When it began: not in the future."""
        utc_s, at = self.past_utc_s("started_utc_s"), self.line("started_at")
        try:
            return Moment(utc_s, at)
        except ValueError as error:
            raise self.wrong("started_at", str(error)) from error

    def past_utc_s(self, key: str) -> float:
        """Seconds since 1970, in UTC, not in the future but for a clock that runs fast."""
        utc_s = self.number(key, -LONGEST_TIME_S, LONGEST_TIME_S)
        if not -DAY_S <= utc_s <= time.time() + DAY_S:
            when = "before 1970" if utc_s < 0 else "in the future"
            raise self.wrong(key, f"{utc_s:.0f} lies {when}")
        return utc_s

    def optional_past_utc_s(self, key: str) -> float | None:
        """The same, or None for null."""
        return None if self.value(key) is None else self.past_utc_s(key)

    def listed(self, key: str, most: int) -> list[Any]:
        """A list of at most ``most``."""
        values = self.value(key)
        if not isinstance(values, list) or len(values) > most:
            raise self.wrong(key, f"it is not a list of at most {most}")
        return values

    def objects(self, key: str, most: int) -> Iterator[Fields]:
        """The objects of a list, each with its place: ``take 2`` of ``takes``."""
        before = f"{self._place}, " if self._place else ""
        for number, content in enumerate(self.listed(key, most), 1):
            yield Fields(content, f"{before}{key.removesuffix('s')} {number}")

    def optional_numbers(
        self, key: str, row: Any, ranges: dict[str, tuple[float, float]]
    ) -> list[float | None]:
        """A list of numbers or nulls, in the order and within the ranges of named columns."""
        if not isinstance(row, list) or len(row) != len(ranges):
            raise self.wrong(key, f"{_short(row)} is not a list of {len(ranges)}")
        return [
            None if value is None else self._checked_number(f"{key} {name}", value, *bounds)
            for value, (name, bounds) in zip(row, ranges.items(), strict=True)
        ]

    def _checked_number(self, key: str, value: Any, low: float, high: float) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.wrong(key, f"{_short(value)} is not a number")
        if not low <= value <= high:
            raise self.wrong(key, f"{_short(value)} is not from {low:g} to {high:g}")
        return float(value)


def _short(value: Any) -> str:
    """A value as it stands in the file, short enough for one line."""
    shown = repr(value) if not isinstance(value, dict | list) else "a list or an object"
    return shown if len(shown) <= 40 else f"{shown[:37]}..."
