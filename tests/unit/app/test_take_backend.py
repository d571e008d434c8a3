"""What the backend asks the sound card for; no device is opened."""

from __future__ import annotations

import pytest

from practiceear.app.take_backend import LiveBackend
from practiceear.audio.blocks import StreamOptions
from practiceear.audio.microphone import Microphone
from practiceear.cli import run
from practiceear.errors import DeviceError, ExitCode
from practiceear.live import opening
from practiceear.settings import LiveOptions


@pytest.fixture
def wishes(monkeypatch: pytest.MonkeyPatch) -> list[StreamOptions]:
    """The streams that were asked for; none is given."""
    asked: list[StreamOptions] = []

    def open_stream(wish: StreamOptions, _sounds: object) -> None:
        asked.append(wish)
        raise DeviceError("it is busy", "Wait")

    monkeypatch.setattr(Microphone, "open", open_stream)
    return asked


def test_a_take_is_played_with_the_devices_that_were_chosen(wishes: list[StreamOptions]) -> None:
    player = LiveBackend().new_player(
        LiveOptions("violin", stream=StreamOptions("USB microphone", "Headphones"))
    )
    with pytest.raises(DeviceError):
        player.start()
    assert (wishes[0].microphone, wishes[0].loudspeaker) == ("USB microphone", "Headphones")


def test_a_take_in_lines_is_played_with_the_devices_that_were_named(
    wishes: list[StreamOptions], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "prepare_live", lambda: None)
    arguments = ["live", "--plain", "--input", "USB microphone", "--output", "Headphones"]
    assert run(arguments) == ExitCode.DEVICE
    assert (wishes[0].microphone, wishes[0].loudspeaker) == ("USB microphone", "Headphones")
