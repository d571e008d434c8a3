"""Standard streams that are closed, full, or read by nobody: no fault of the program."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from practiceear.errors import ExitCode


def ended(command: str) -> subprocess.CompletedProcess[str]:
    """What came of a command in a shell."""
    program = f"{sys.executable} -m practiceear"
    line = command.replace("practiceear", program)
    return subprocess.run(["bash", "-c", line], check=False, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("practiceear instruments >&-", ExitCode.OK),
        ("practiceear --help <&- >&- 2>&-", ExitCode.OK),
        ("practiceear --no-such-option 2>&-", ExitCode.USAGE),
        ("practiceear --no-such-option 2>/dev/full", ExitCode.USAGE),
        ("practiceear --no-such-option 2>&1 | true; exit ${PIPESTATUS[0]}", ExitCode.USAGE),
        ("practiceear instruments | true; exit ${PIPESTATUS[0]}", ExitCode.OK),
    ],
)
def test_the_exit_code_is_the_same_whoever_reads(command: str, code: int) -> None:
    done = ended(command)
    assert done.returncode == code
    assert done.stdout == done.stderr == ""


def test_what_is_printed_goes_into_no_file_that_is_opened_next(tmp_path: Path) -> None:
    take, report = tmp_path / "take.wav", tmp_path / "report.json"
    take.write_text("no sound")
    done = ended(f"practiceear review {take} --json {report} <&- >&- 2>&-")
    assert done.returncode == ExitCode.TAKE
    assert take.read_text() == "no sound"
    assert report.read_text().startswith("{")
