"""The ``practiceear`` command: errors become one line and an exit code here, nowhere else."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from practiceear.cli.terminal import (
    complain,
    complete_standard_streams,
    discard_standard_output,
    print_error,
)
from practiceear.errors import REPORT_IT, ExitCode, OutputError, PracticeEarError, program_fault
from practiceear.plain_text import PrintableStream


def main() -> None:
    """Entry point of the ``practiceear`` script."""
    complete_standard_streams()
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; nothing is raised but ``SystemExit``."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal may not know ±, nor a name's bytes
            stream.reconfigure(errors="backslashreplace")
    with _printable_output():
        return _run(arguments)


@contextmanager
def _printable_output() -> Iterator[None]:
    """Let nothing that is printed control the terminal: names in it may be a stranger's."""
    before = {"stdout": sys.stdout, "stderr": sys.stderr}
    for name, stream in before.items():
        setattr(sys, name, PrintableStream(stream))
    try:
        yield
    finally:
        for name, stream in before.items():
            setattr(sys, name, stream)


def _run(arguments: Sequence[str]) -> int:
    from practiceear.cli.app import parse_and_run

    try:
        code = parse_and_run(arguments)
        sys.stdout.flush()
        return code
    except PracticeEarError as error:
        return complain(error)
    except BrokenPipeError:
        discard_standard_output()
        return ExitCode.OK
    except KeyboardInterrupt as interrupt:
        print_error("interrupted.")
        return getattr(interrupt, "exit_code", ExitCode.INTERRUPTED)
    except OSError as error:
        return _output_failed(error)
    except Exception as error:
        if os.environ.get("PRACTICEEAR_DEBUG"):
            raise
        print_error(f"{program_fault(error)}. {REPORT_IT}")
        return ExitCode.INTERNAL


def _output_failed(error: OSError) -> int:
    """Complain of an output that failed; what Python still holds for it is let go."""
    if os.environ.get("PRACTICEEAR_DEBUG"):
        raise error
    discard_standard_output()
    where = error.filename or "standard output"
    return complain(
        OutputError(f"{where} cannot be written: {error.strerror}", "Make room or choose a file")
    )
