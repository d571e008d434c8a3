"""What the backend asks the sound card for; no device is opened."""

from __future__ import annotations

import pytest

from practiceear.app.take_backend import LiveBackend
from practiceear.audio.microphone import Microphone
from practiceear.audio.stream import StreamWish
from practiceear.cli import run
from practiceear.errors import DeviceError, ExitCode
from practiceear.live import opening
from practiceear.tui.player import Setup


@pytest.fixture
def wishes(monkeypatch: pytest.MonkeyPatch) -> list[StreamWish]:
    """The streams that were asked for; none is given."""
    asked: list[StreamWish] = []

    def open_stream(wish: StreamWish, _sounds: object) -> None:
        asked.append(wish)
        raise DeviceError("it is busy", "Wait")

    monkeypatch.setattr(Microphone, "open", open_stream)
    return asked


def test_a_take_is_played_with_the_devices_that_were_chosen(wishes: list[StreamWish]) -> None:
    player = LiveBackend().new_player(Setup("violin", None, "USB microphone", "Headphones"))
    with pytest.raises(DeviceError):
        player.start()
    assert (wishes[0].microphone, wishes[0].loudspeaker) == ("USB microphone", "Headphones")


def test_a_take_in_lines_is_played_with_the_devices_that_were_named(
    wishes: list[StreamWish], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "prepare_live", lambda: None)
    arguments = ["live", "--plain", "--input", "USB microphone", "--output", "Headphones"]
    assert run(arguments) == ExitCode.DEVICE
    assert (wishes[0].microphone, wishes[0].loudspeaker) == ("USB microphone", "Headphones")
