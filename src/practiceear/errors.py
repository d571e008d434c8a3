"""Every error that a user can meet: what is wrong, what to do, and its exit code.

Only ``practiceear.cli.main`` turns these into a line on stderr and an exit code;
everywhere else they are raised and passed on. The table of exit codes is printed
in README.md; a test checks that they agree.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the ``practiceear`` command returns to the shell."""

    OK = 0
    REGRESSION = 1  # `check`: a fixture fell below its threshold
    USAGE = 2  # an option or argument makes no sense
    TAKE = 3  # a take cannot be read, or is silent
    OUTPUT = 4  # a report could not be written; nothing half-written is left
    MISSING = 5  # something that this command needs is not installed, or held by another one
    PARTIAL = 6  # some takes, or the end of one, could not be read; the rest is done
    DEVICE = 7  # no microphone or loudspeaker that can be used, or it stopped
    JOURNAL = 8  # the journal cannot be opened or written; what was saved before is whole
    INTERNAL = 70  # a fault of the program: please report it
    HUNG_UP = 129  # SIGHUP: the terminal was closed
    INTERRUPTED = 130  # Ctrl-C
    TERMINATED = 143  # SIGTERM: the machine shuts down, or another program ends this one


EXIT_CODE_OF_SIGNAL = {"SIGHUP": ExitCode.HUNG_UP, "SIGTERM": ExitCode.TERMINATED}


class PracticeEarError(Exception):
    """An error with one line for the user.

    ``message``: what is wrong and where, naming the file, option or value. ``hint``: what the user
    can do about it; one sentence.
    """

    exit_code: ExitCode = ExitCode.TAKE

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}. {self.hint}{'' if self.hint.endswith('?') else '.'}"


class TakeError(PracticeEarError):
    """A take cannot be read or holds nothing to measure."""

    exit_code = ExitCode.TAKE


class UsageError(PracticeEarError, ValueError):
    """A value given by the user makes no sense."""

    exit_code = ExitCode.USAGE


class OutputError(PracticeEarError):
    """A result cannot be written where the user wants it."""

    exit_code = ExitCode.OUTPUT


class MissingError(PracticeEarError):
    """A library or package that the command needs is not on this machine."""

    exit_code = ExitCode.MISSING


class DeviceError(PracticeEarError):
    """A microphone or loudspeaker is not there, busy, or stopped."""

    exit_code = ExitCode.DEVICE


class JournalError(PracticeEarError):
    """The journal is damaged, of a newer program, or cannot be written."""

    exit_code = ExitCode.JOURNAL


class PartialError(PracticeEarError):
    """Something stopped in the middle; what came before is done and kept."""

    exit_code = ExitCode.PARTIAL


def program_fault(error: Exception) -> str:
    """Describe an unexpected exception."""
    return f"a fault of the program ({type(error).__name__}: {error})"


REPORT_IT = "Please report it; PRACTICEEAR_DEBUG=1 shows where it happened."
