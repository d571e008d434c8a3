"""Runs a scene in a program of its own and reads what it found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

SCENES = Path(__file__).with_name("scenes.py")
LONGEST_S = 150


def play_scene(
    name: str,
    *arguments: str,
    on_line: Callable[[], None] | None = None,
    environment: dict[str, str] | None = None,
) -> dict[str, Any]:
    """What a scene found; ``on_line`` is done after the first line that it prints."""
    program = subprocess.Popen(
        [sys.executable, str(SCENES), name, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        # A tool of JACK would start a server behind us.
        env={**(environment or os.environ), "JACK_NO_START_SERVER": "1"},
    )
    try:
        if on_line is not None and program.stdout is not None:
            program.stdout.readline()
            on_line()
        out, _ = program.communicate(timeout=LONGEST_S)
    finally:
        program.kill()
        program.wait()
    found: dict[str, Any] = json.loads(out.splitlines()[-1])
    return found
