"""Stores the round-trip latency of each pair of devices.

The lag belongs to a microphone, a loudspeaker and a sample rate together: with another of
the three it is another one. All calibrations are in one small JSON file, written whole.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from msgspec import Struct, convert, structs

from practiceear.files import cannot_write, make_folder, read_text, write_whole
from practiceear.moments import read_moment
from practiceear.plain_text import printable

FILE_NAME = "calibrations.json"
SCHEMA = 1
LARGEST_FILE_BYTES = 4_000_000
LONGEST_LAG_S = 10.0
"""No pair of devices is later, nor can clocks that differ more be meant."""


class _Route(Struct, frozen=True):
    """Names of the input and the output device, samples per second."""

    input_name: str
    output_name: str
    rate_hz: int


class _File(Struct):
    schema: int
    calibrations: list[dict[str, str | int | float]]


@dataclass(frozen=True, slots=True)
class StoredCalibration:
    """A calibration as it was measured once.

    Attributes
    ----------
    lag_s
        How much later a click is heard in the recording than it was meant to sound.
    iqr_s
        Interquartile range of the single clicks' lags.
    n_heard, n_played
        How many clicks were heard, of how many.
    grade
        How far it can be trusted, in one word.
    made_at
        When it was measured: ISO 8601 date and time with its offset from UTC.
    """

    lag_s: float
    iqr_s: float
    n_heard: int
    n_played: int
    grade: str
    made_at: str

    def __post_init__(self) -> None:
        if not abs(self.lag_s) <= LONGEST_LAG_S:
            raise ValueError(f"lag_s must be within {LONGEST_LAG_S:g} s, not {self.lag_s}")
        if not 0.0 <= self.iqr_s <= LONGEST_LAG_S:
            raise ValueError(f"iqr_s must be 0 to {LONGEST_LAG_S:g} s, not {self.iqr_s}")
        if not 0 <= self.n_heard <= self.n_played:
            raise ValueError(f"n_heard must be 0 to n_played, not {self.n_heard}")
        if not self.grade or self.grade != printable(self.grade):
            raise ValueError("grade must be a word")
        try:
            read_moment(self.made_at)
        except ValueError as error:
            raise ValueError(f"made_at: {error}") from error


class CalibrationStore:
    """The calibrations of one player's devices.

    Parameters
    ----------
    folder
        Where the file is kept.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self._warning = ""

    @property
    def warning(self) -> str:
        """One line for the player where the file could not be used; else empty."""
        return self._warning

    def get(self, input_name: str, output_name: str, rate_hz: int) -> StoredCalibration | None:
        """Return what was measured with these devices at this rate; None if nothing was.

        Of a file that cannot be used, `warning` tells; a damaged one is kept aside.
        """
        try:
            return self._read().get(_Route(input_name, output_name, rate_hz))
        except OSError as error:
            self._warning = f"{self._path} cannot be read ({error.strerror}): calibrate again"
            return None

    def put(
        self, input_name: str, output_name: str, rate_hz: int, calibration: StoredCalibration
    ) -> None:
        """Remember a calibration in place of an older one with the same devices and rate.

        Raises
        ------
        OutputError
            The file cannot be written; what was remembered stays.
        """
        try:
            known = self._read()
        except OSError as error:  # writing would lose what is in it
            raise cannot_write(self._path, error) from error
        known[_Route(input_name, output_name, rate_hz)] = calibration
        make_folder(self._path.parent)
        write_whole(self._path, _as_text(known))

    def _read(self) -> dict[_Route, StoredCalibration]:
        try:
            return _as_calibrations(json.loads(read_text(self._path, LARGEST_FILE_BYTES)))
        except FileNotFoundError:
            return {}
        except (ValueError, RecursionError):
            self._warning = self._set_aside()
            return {}

    def _set_aside(self) -> str:
        """Give the damaged file another name; return what is to be said about it."""
        number, kept = 1, self._path.with_suffix(".damaged.json")
        while kept.exists():
            number += 1
            kept = self._path.with_suffix(f".damaged-{number}.json")
        self._path.rename(kept)
        return f"{self._path} was damaged and is kept as {kept.name}: calibrate again"


def _as_text(known: dict[_Route, StoredCalibration]) -> str:
    rows = [structs.asdict(route) | asdict(stored) for route, stored in known.items()]
    return json.dumps({"schema": SCHEMA, "calibrations": rows}, indent=1, allow_nan=False) + "\n"


def _as_calibrations(content: object) -> dict[_Route, StoredCalibration]:
    """Read what was written; ValueError if it is not."""
    file = convert(content, _File)
    if file.schema != SCHEMA:
        raise ValueError(f"schema {file.schema} is not known")
    return {convert(row, _Route): convert(row, StoredCalibration) for row in file.calibrations}
