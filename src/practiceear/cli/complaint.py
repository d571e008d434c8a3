"""The one line on stderr that says what is wrong and what to do."""

from __future__ import annotations

import os
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


def discard_standard_output() -> None:
    """Send what is still printed nowhere: its reader, such as ``head``, has had enough."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def warn_if_cut_short(name: str, health: TakeHealth) -> bool:
    """Say that a take ends before its header does; return whether it does."""
    if health.is_cut_short and health.n_promised_frames:
        name = printable(name)
        share = 100 * health.n_frames / health.n_promised_frames
        print(
            f"practiceear: {name} ends early: only its first {min(share, 99):.0f} % could be read"
            " and are reported. Copy the file again from where it was recorded.",
            file=sys.stderr,
        )
    return health.is_cut_short
