"""Options that several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
    Path, typer.Argument(metavar="TAKE", readable=False, help="A WAV, FLAC, OGG, MP3 or AIFF file.")
]
