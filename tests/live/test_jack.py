"""The live path with PortAudio's real callback, on a server without a card."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.jack import RATE_HZ, JackServer, is_jack_here

SCENES = Path(__file__).with_name("scenes.py")
LONGEST_S = 90


@pytest.fixture
def jack(request: pytest.FixtureRequest) -> Iterator[JackServer]:
    """A running server; the parameter is its period."""
    if not is_jack_here():
        if os.environ.get("CI"):
            pytest.fail("jackd2 and jack-tools must be installed in CI")
        pytest.skip("needs jackd2 and jack-tools")
    server = JackServer.start(getattr(request, "param", 1024))
    yield server
    server.stop()


def _play(name: str, *arguments: str, on_line: Callable[[], None] | None = None) -> dict[str, Any]:
    """What a scene found; ``on_line`` is done after the first line that it prints."""
    program = subprocess.Popen(
        [sys.executable, str(SCENES), name, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "JACK_NO_START_SERVER": "1"},  # a tool would start one behind us
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


@pytest.mark.parametrize(
    ("jack", "callback"),
    [(64, "native"), (256, "native"), (1024, "native"), (256, "python")],
    indirect=["jack"],
)
def test_two_minutes_of_clicks_each_at_its_sample(jack: JackServer, callback: str) -> None:
    found = _play("clicks", callback)
    assert found["callback"] == callback
    assert found["dropped"] == 0
    assert found["gaps"] == 0
    assert found["worst click"] < 1e-6


def test_notes_of_a_virtual_player_are_those_of_the_file(jack: JackServer, tmp_path: Path) -> None:
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


def test_calibration_finds_the_server_s_round_trip(jack: JackServer) -> None:
    exact_s = _play("clicks", "native")["lag"] / RATE_HZ  # counted on the tape
    jack.stop()  # a server stays in freewheel when its client is gone
    another = JackServer.start(1024)
    found = _play("calibration", "yes")
    another.stop()
    assert found["lag_s"] == pytest.approx(exact_s, abs=0.0001)
    assert found["spread_s"] < 0.001
    assert abs(found["bias_s"]) < 0.001


def test_nothing_connected_is_refused_not_wrong(jack: JackServer) -> None:
    found = _play("calibration", "no")
    assert found["lag_s"] is None
    assert "None of the" in found["message"]


def test_a_server_that_dies_ends_the_take_and_keeps_it(jack: JackServer, tmp_path: Path) -> None:
    assert jack.process is not None
    found = _play("dying", str(tmp_path), on_line=jack.process.kill)
    assert found["ended"]
    assert found["closed in s"] < 5
    assert found["phase"] == "FAILED"
    assert "unplugged" in found["warning"]
    assert found["kept_s"] > 0.5
