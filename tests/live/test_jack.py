"""The live path with PortAudio's real callback, on a server without a card."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.live.playing import play_scene
from tests.support.jack import RATE_HZ, JackServer, is_jack_here


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


@pytest.mark.parametrize(
    ("jack", "callback"),
    [(64, "native"), (256, "native"), (1024, "native"), (256, "python")],
    indirect=["jack"],
)
def test_two_minutes_of_clicks_each_at_its_sample(jack: JackServer, callback: str) -> None:
    found = play_scene("clicks", callback)
    assert found["callback"] == callback
    assert found["dropped"] == 0
    assert found["gaps"] == 0
    assert found["worst click"] < 1e-6


def test_of_a_rehearsal_the_count_in_sounds_and_nothing_after_it(jack: JackServer) -> None:
    found = play_scene("count_in", "120")
    assert np.diff(found["onset_s"]) == pytest.approx([0.5, 0.5, 0.5], abs=0.001)
    assert 0.3 < found["lead_s"] <= 0.5


def test_notes_of_a_virtual_player_are_those_of_the_file(jack: JackServer, tmp_path: Path) -> None:
    found = play_scene("player", str(tmp_path))
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
    exact_s = play_scene("clicks", "native")["lag"] / RATE_HZ  # counted on the tape
    jack.stop()  # a server stays in freewheel when its client is gone
    another = JackServer.start(1024)
    found = play_scene("calibration", "yes")
    another.stop()
    assert found["lag_s"] == pytest.approx(exact_s, abs=0.0001)
    assert found["spread_s"] < 0.001
    assert abs(found["bias_s"]) < 0.001


def test_nothing_connected_is_refused_not_wrong(jack: JackServer) -> None:
    found = play_scene("calibration", "no")
    assert found["lag_s"] is None
    assert "None of the" in found["message"]


def test_a_server_that_dies_ends_the_take_and_keeps_it(jack: JackServer, tmp_path: Path) -> None:
    assert jack.process is not None
    found = play_scene("dying", str(tmp_path), on_line=jack.process.kill)
    assert found["ended"]
    assert found["closed in s"] < 5
    assert found["phase"] == "FAILED"
    assert "unplugged" in found["warning"]
    assert found["kept_s"] > 0.5
