"""What native libraries print goes to a log; the screen keeps the terminal."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import os, sys
from pathlib import Path
from practiceear.tui.base_app import native_output_to
print("before", file=sys.stderr)
with native_output_to(Path(sys.argv[1])):
    os.write(2, b"native noise\\n")
    print("drawn", file=sys.__stderr__)
    print("python", file=sys.stderr)
os.write(2, b"after\\n")
print("end", file=sys.stderr)
"""


def run(log: Path) -> str:
    command = [sys.executable, "-c", PROGRAM, str(log)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stderr


def test_native_messages_go_to_the_log_and_nothing_else(tmp_path: Path) -> None:
    log = tmp_path / "native.log"
    log.write_text("yesterday\n")
    assert run(log).split() == ["before", "drawn", "python", "after", "end"]
    assert log.read_text() == "yesterday\nnative noise\n"


def test_a_log_that_cannot_be_written_is_no_reason_to_stop(tmp_path: Path) -> None:
    assert run(tmp_path / "missing" / "native.log").split() == [
        "before",
        "drawn",
        "python",
        "after",
        "end",
    ]


def test_stderr_comes_back_after_an_error(tmp_path: Path) -> None:
    program = PROGRAM.replace('print("drawn"', 'raise SystemExit("broken"); print("drawn"')
    command = [sys.executable, "-c", program, str(tmp_path / "native.log")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr.split() == ["before", "broken"]
