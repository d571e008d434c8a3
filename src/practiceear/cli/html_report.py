"""``--html``: the review as one page to be looked at, heard and corrected."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from practiceear.errors import UsageError
from practiceear.reports.write import STANDARD_OUTPUT

HtmlTarget = Annotated[
    str | None,
    typer.Option("--html", metavar="FILE", help="Write a page to look at, hear and correct."),
]
NoAudio = Annotated[bool, typer.Option("--no-audio", help="Leave the sound out of the page.")]


def refuse_odd_page(html_target: str | None, n_takes: int, *, is_without_audio: bool) -> None:
    """Raise where what was asked of the page makes no sense."""
    if html_target is None:
        if is_without_audio:
            raise UsageError("--no-audio means nothing without --html", "Give --html FILE too")
        return
    if n_takes > 1:
        raise UsageError("--html shows one take", "Review that take by itself")
    if html_target != STANDARD_OUTPUT and Path(html_target).suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"{html_target} is no name for a page", "End it in .html")
