"""The live path with PortAudio's real callback, on a server without a card."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.jack import RATE_HZ, is_jack_here

SCENES = Path(__file__).with_name("scenes.py")
LONGEST_S = 90


def _play(name: str, *arguments: str) -> dict[str, Any]:
    """What a scene found; it and its server end with it, whatever happened."""
    if not is_jack_here():
        if os.environ.get("CI"):
            pytest.fail("jackd2 and jack-tools must be installed in CI")
        pytest.skip("needs jackd2 and jack-tools")
    program = subprocess.Popen(
        [sys.executable, str(SCENES), name, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "JACK_NO_START_SERVER": "1"},  # a tool would start one behind us
    )
    try:
        out, complaints = program.communicate(timeout=LONGEST_S)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGKILL)
        program.wait()
    assert program.returncode in (0, -signal.SIGKILL), complaints[-2000:]
    found: dict[str, Any] = json.loads(out.splitlines()[-1])
    return found


@pytest.mark.parametrize(
    ("period", "callback"),
    [("64", "native"), ("256", "native"), ("1024", "native"), ("256", "python")],
)
def test_two_minutes_of_clicks_each_at_its_sample(period: str, callback: str) -> None:
    found = _play("clicks", period, callback)
    assert found["callback"] == callback
    assert found["dropped"] == 0
    assert found["gaps"] == 0
    assert found["worst click"] < 1e-6


def test_notes_of_a_virtual_player_are_those_of_the_file(tmp_path: Path) -> None:
    found = _play("player", str(tmp_path))
    live, recorded, played = (np.array(found[key]) for key in ("live", "recorded", "file"))
    assert found["phase"] == "FINISHED"
    assert found["gaps"] == 0
    assert len(live) == len(recorded) == len(played)
    assert np.max(np.abs(live - recorded)) <= 1
    # Wherever in the stream the file began: the detector's hops then fall elsewhere on it,
    # which may move a bowed onset by a fraction of one.
    shift = live - played
    assert np.median(np.abs(shift - np.median(shift))) <= 0.001 * RATE_HZ


def test_calibration_finds_the_server_s_round_trip() -> None:
    found = _play("calibration", "yes")
    assert found["lag_s"] == pytest.approx(found["exact_s"], abs=0.0003)
    assert found["spread_s"] < 0.001
    assert abs(found["bias_s"]) < 0.001


def test_nothing_connected_is_refused_not_wrong() -> None:
    found = _play("calibration", "no")
    assert found["lag_s"] is None
    assert "None of the" in found["message"]


def test_a_server_that_dies_ends_the_take_and_keeps_it(tmp_path: Path) -> None:
    found = _play("dying", str(tmp_path))
    assert found["ended"]
    assert found["closed in s"] < 5
    assert found["phase"] == "FAILED"
    assert "unplugged" in found["warning"]
    assert found["kept_s"] > 0.5
