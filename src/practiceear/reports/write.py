"""Writes a report whole or not at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from practiceear.errors import OutputError, UsageError
from practiceear.files import as_bytes, cannot_write, write_whole

STANDARD_OUTPUT = "-"


@dataclass(frozen=True, slots=True)
class OutputOptions:
    """Which reports are written, and where: a file, or ``-`` for standard output.

    ``has_audio``: whether the page holds the sound.
    """

    json_target: str | None = None
    csv_target: str | None = None
    html_target: str | None = None
    has_audio: bool = True

    @property
    def is_standard_output_taken(self) -> bool:
        """Whether a report goes to standard output, instead of the text."""
        return STANDARD_OUTPUT in (self.json_target, self.csv_target, self.html_target)

    def refuse_impossible(self, takes: Sequence[Path]) -> None:
        """Raise before any work is done where a report cannot or must not be written.

        OutputError, UsageError as `refuse_target` does, and where two reports would go to the same
        place.
        """
        named = {"--json": self.json_target, "--csv": self.csv_target, "--html": self.html_target}
        places: dict[str | Path, str] = {}
        for option, target in named.items():
            if target is None:
                continue
            refuse_target(target, takes)
            place = target if target == STANDARD_OUTPUT else Path(target).resolve()
            if place in places:
                raise UsageError(
                    f"{places[place]} and {option} would go to the same place", "Give one a file"
                )
            places[place] = option


def write_report(target: str, content: str | bytes) -> None:
    """Write ``content`` to the file ``target``, or to standard output for ``-``.

    It goes to a new file beside the target which then takes its name, so a full
    disk or a crash leaves an older report as it was.

    OutputError where the target cannot be written; nothing is left behind.
    """
    if target == STANDARD_OUTPUT:
        if isinstance(content, str):
            sys.stdout.write(content)
        else:
            sys.stdout.buffer.write(content)
        sys.stdout.flush()
        return
    path = Path(target)
    refuse_target(target, [])
    if path.exists() and not path.is_file():  # a pipe or device has no name to take over
        _write_in_place(path, content)
        return
    write_whole(path.resolve(), content)


def refuse_target(target: str, takes: Sequence[Path]) -> None:
    """Raise before any work is done where ``target`` cannot or must not be written.

    OutputError where its folder does not exist or may not be written to. UsageError where it is one
    of the takes.
    """
    path = Path(target)
    if target == STANDARD_OUTPUT:
        return
    try:
        is_device = path.exists() and not path.is_file() and not path.is_dir()
    except (OSError, ValueError) as error:
        raise OutputError(f"{path} cannot be written ({error})", "Choose another name") from error
    if is_device:
        return
    if any(path.exists() and take.exists() and path.samefile(take) for take in takes):
        raise UsageError(f"{path} is a take and would be overwritten", "Choose another file")
    if path.is_dir():
        raise OutputError(f"{path} is a folder", "Name a file in it")
    if not path.parent.is_dir():
        raise OutputError(f"there is no folder {path.parent}", "Make it or choose another")
    if not os.access(path.parent, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise OutputError(f"{path} is write-protected", "Choose another file or folder")


def _write_in_place(path: Path, content: str | bytes) -> None:
    try:
        path.write_bytes(as_bytes(content))
    except OSError as error:
        raise cannot_write(path, error) from error
