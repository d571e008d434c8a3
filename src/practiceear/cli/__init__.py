"""The ``practiceear`` command: errors become one line and an exit code here, nowhere else."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from practiceear.cli.complaint import complain
from practiceear.errors import ExitCode, PracticeEarError


def main() -> None:
    """Entry point of the ``practiceear`` script."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; nothing is raised but ``SystemExit``."""
    from practiceear.cli.app import parse_and_run

    try:
        return parse_and_run(arguments)
    except PracticeEarError as error:
        return complain(error)
    except BrokenPipeError:  # the reader, such as `head`, has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.OK
    except KeyboardInterrupt:
        print("practiceear: interrupted; nothing was written.", file=sys.stderr)
        return ExitCode.INTERRUPTED
    except Exception as error:
        if os.environ.get("PRACTICEEAR_DEBUG"):
            raise
        print(
            f"practiceear: a fault of the program ({type(error).__name__}: {error})."
            " Please report it; PRACTICEEAR_DEBUG=1 shows where it happened.",
            file=sys.stderr,
        )
        return ExitCode.INTERNAL
