"""SIGTERM and SIGHUP: the program ends in order, once, with the code of the README's table."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from practiceear.cli.terminal import EndedBySignalError, EndSignals
from practiceear.errors import ExitCode

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

CODES = [(signal.SIGTERM, ExitCode.TERMINATED), (signal.SIGHUP, ExitCode.HUNG_UP)]


def test_codes_are_those_that_shells_give() -> None:
    assert [code for _, code in CODES] == [128 + number for number, _ in CODES]


def test_before_anything_has_begun_the_program_is_left() -> None:
    with pytest.raises(EndedBySignalError) as left, EndSignals():
        os.kill(os.getpid(), signal.SIGTERM)
    assert left.value.exit_code is ExitCode.TERMINATED


def test_what_has_begun_is_ended_once_and_the_handlers_are_given_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    n_ends = 0

    def end() -> None:
        nonlocal n_ends
        n_ends += 1

    with EndSignals() as signals:
        assert signals.exit_code is ExitCode.OK
        signals.then = end
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)
    assert (n_ends, signals.exit_code) == (1, ExitCode.TERMINATED)
    assert signal.getsignal(signal.SIGTERM) is before


def test_what_is_ignored_stays_ignored_as_under_nohup() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with EndSignals() as signals:
            os.kill(os.getpid(), signal.SIGHUP)
        assert signals.exit_code is ExitCode.OK
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_closed_terminal_is_written_to_no_more_but_a_file_is() -> None:
    script = """
import os, signal, sys
from practiceear.cli.terminal import EndSignals
with EndSignals() as signals:
    signals.then = lambda: None
    os.kill(os.getpid(), signal.SIGHUP)
print(int(signals.exit_code), os.fstat(2).st_rdev == os.stat(os.devnull).st_rdev)
"""
    terminal, end = os.openpty()
    done = subprocess.run(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=end, check=True, text=True
    )
    os.close(terminal)
    os.close(end)
    assert done.stdout.split() == ["129", "True"]
