"""Standard streams that are closed, full, or read by nobody: no fault of the program."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from practiceear.errors import ExitCode


def ended(command: str) -> subprocess.CompletedProcess[str]:
    """What came of a command in a shell, ``PE`` being the program."""
    program = f"{sys.executable} -m practiceear"
    return subprocess.run(
        ["bash", "-c", command.replace("PE", program)], check=False, capture_output=True, text=True
    )


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("PE instruments >&-", ExitCode.OK),
        ("PE --help <&- >&- 2>&-", ExitCode.OK),
        ("PE onsets there-is-none.wav 2>&-", ExitCode.TAKE),
        ("PE onsets there-is-none.wav 2>/dev/full", ExitCode.TAKE),
        ("(PE onsets there-is-none.wav; exit $?) 2>&1 >/dev/null | true; exit ${PIPESTATUS[0]}", 3),
        ("PE instruments | head -n 1 >/dev/null; exit ${PIPESTATUS[0]}", ExitCode.OK),
        ("PE --no-such-option 2>&- >&-", ExitCode.USAGE),
    ],
)
def test_the_exit_code_is_the_same_whoever_reads(command: str, code: int) -> None:
    done = ended(command)
    assert done.returncode == code
    assert done.stdout == done.stderr == ""


def test_what_is_printed_goes_into_no_file_that_is_opened_next(tmp_path: Path) -> None:
    take, report = tmp_path / "take.wav", tmp_path / "report.json"
    take.write_text("no sound")
    done = ended(f"PE review {take} --json {report} <&- >&- 2>&-")
    assert done.returncode == ExitCode.TAKE
    assert take.read_text() == "no sound"
    assert report.read_text().startswith("{")
