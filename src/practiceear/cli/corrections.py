"""``--edits``: corrections by hand, from our own file or from labels of Audacity."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from practiceear.session.edits import TakeEdits
    from practiceear.session.placed_marks import PlacedMarks

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
    from practiceear.files import sha256_of
    from practiceear.reports.exchange.audacity import read_labels
    from practiceear.session.edits import read_edits, refuse_other_take
    from practiceear.session.placed_marks import PlacedMarks

    if path.suffix.lower() == ".json":
        edits = read_edits(path)
        refuse_other_take(edits, path, take_path)
        return edits
    labels = read_labels(path)
    digest = sha256_of(take_path)
    return PlacedMarks(str(path), take_path.name, digest, labels.time_s, labels.remarks)
