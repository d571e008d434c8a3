"""Options that several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from practiceear.audio.file_endings import READABLE

if TYPE_CHECKING:
    from practiceear.analysis.corrections.apply import PlacedMarks
    from practiceear.analysis.corrections.edits import TakeEdits


def number(text: str) -> float:
    """Read a number as typed; who writes a comma is told how it is written here."""
    try:
        return float(text)
    except ValueError:
        written = text.replace(",", ".", 1)
        hint = f", but {written} is" if _is_number(written) else ""
        raise typer.BadParameter(f"{text!r} is not a number{hint}") from None


def tempo(text: str) -> float:
    """Read beats per minute as typed; one out of range is told in the player's own writing."""
    from practiceear.rhythm.grid import HIGHEST_BPM, LOWEST_BPM

    bpm = number(text)
    if not LOWEST_BPM <= bpm <= HIGHEST_BPM:
        raise typer.BadParameter(
            f"a tempo of {text} bpm is outside {LOWEST_BPM:g} to {HIGHEST_BPM:g}:"
            " count in longer or shorter beats, and use the subdivision for fast notes"
        )
    return bpm


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


Instrument = Annotated[
    str | None,
    typer.Option(
        "--instrument",
        "-i",
        metavar="NAME",
        help="What is played; `practiceear instruments` lists the names.",
    ),
]
Channel = Annotated[
    int | None,
    typer.Option(
        "--channel", metavar="N", help="Listen to this channel only, counted from 1.", min=1
    ),
]
JsonTarget = Annotated[
    str | None,
    typer.Option(
        "--json",
        metavar="[FILE]",
        help="Write JSON to FILE (ending in .json), or print it.",
    ),
]
Take = Annotated[
    Path, typer.Argument(metavar="TAKE", readable=False, help=f"A recording: {READABLE}.")
]


Edits = Annotated[
    Path | None,
    typer.Option(
        "--edits",
        metavar="FILE",
        readable=False,
        help="Corrections to the notes heard: .json, or labels from Audacity.",
    ),
]


def read_corrections(path: Path, take_path: Path) -> TakeEdits | PlacedMarks:
    """Read the corrections to one take.

    Raises
    ------
    UsageError
        Where the file is broken, or corrects another take.
    """
    from practiceear.analysis.corrections.apply import PlacedMarks
    from practiceear.analysis.corrections.edits import read_edits, refuse_other_take
    from practiceear.files import sha256_of
    from practiceear.reports.exchange.audacity import read_labels

    if path.suffix.lower() == ".json":
        edits = read_edits(path)
        refuse_other_take(edits, path, take_path)
        return edits
    labels = read_labels(path)
    digest = sha256_of(take_path)
    return PlacedMarks(str(path), take_path.name, digest, labels.time_s, labels.remarks)
