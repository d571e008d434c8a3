"""The live path in real time, on PipeWire through ALSA: what most Linux players have."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import mir_eval
import numpy as np
import pytest
import soundfile

from tests.live.playing import play_scene
from tests.support.pipewire import PipeWire, is_pipewire_here

FIXTURE = Path(__file__).resolve().parents[2] / "recordings" / "fixtures" / "guitar_missed_notes"
PLAYED_S = 9.0


@pytest.fixture
def pipewire() -> Iterator[PipeWire]:
    """A running server of our own."""
    if not is_pipewire_here():
        if os.environ.get("CI"):
            pytest.fail("pipewire and what belongs to it must be installed in CI")
        pytest.skip("needs pipewire, pipewire-pulse, wireplumber, pulseaudio-utils, dbus")
    server = PipeWire.start()
    yield server
    server.stop()


def test_a_take_is_heard_in_real_time_and_kept_when_the_server_dies(
    pipewire: PipeWire, tmp_path: Path
) -> None:
    samples, rate_hz = soundfile.read(FIXTURE / "take.flac", dtype="float32")
    played = samples[: round(PLAYED_S * rate_hz)]
    take = tmp_path / "played.wav"
    soundfile.write(take, np.concatenate([played, np.zeros(rate_hz, np.float32)]), rate_hz)

    def play_and_die() -> None:
        pipewire.play(take).wait(60)
        pipewire.kill()

    found = play_scene(
        "listener", str(tmp_path), on_line=play_and_die, environment=pipewire.environment
    )
    assert "ALSA" in found["microphone"]
    assert found["ended"]
    assert found["closed in s"] < 5
    assert found["phase"] == "FAILED"
    assert "unplugged" in found["warning"]
    assert found["kept_s"] > PLAYED_S

    true_s = np.genfromtxt(FIXTURE / "truth.csv", delimiter=",", names=True, dtype=None)["t20_s"]
    true_s = true_s[true_s < PLAYED_S - 0.3]
    heard_s = np.array(found["onset_s"])
    assert len(heard_s) >= 0.9 * len(true_s)
    # When the musician began is not known: the shift that fits best is taken out.
    shifts_s = heard_s[:, np.newaxis] - true_s
    starts_s = np.arange(shifts_s.min(), shifts_s.max(), 0.005)
    scores = [mir_eval.onset.f_measure(true_s + one, heard_s)[0] for one in starts_s]
    assert max(scores) >= 0.9
