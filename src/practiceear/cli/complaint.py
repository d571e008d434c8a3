"""The one line on stderr that says what is wrong and what to do."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from practiceear.errors import PracticeEarError
from practiceear.plain_text import printable

if TYPE_CHECKING:
    from practiceear.audio.health import TakeHealth


def complain(error: PracticeEarError) -> int:
    """Print an error as one line on stderr and return its exit code."""
    print(f"practiceear: {printable(' '.join(str(error).split()))}", file=sys.stderr)
    return error.exit_code


def warn_if_cut_short(name: str, health: TakeHealth) -> bool:
    """Say that a take is cut off or damaged; return whether it is."""
    if health.is_cut_short:
        say_cut_short(name, health.share_read)
    return health.is_cut_short


def say_cut_short(name: str, share_read: float | None) -> None:
    """Say how much of a take could be read, ``None`` where that is not known."""
    from practiceear.reports.words import cut_short

    print(
        f"practiceear: {printable(name)} {cut_short(share_read)}."
        " Copy the file again from where it was recorded.",
        file=sys.stderr,
    )
