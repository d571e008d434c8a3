"""Choosing devices, on machines described by a stand-in for PortAudio."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType, SimpleNamespace

import pytest

from practiceear.audio import devices
from practiceear.audio.devices import choose_device, list_devices, usable_format
from practiceear.errors import DeviceError, MissingError

Machine = Callable[..., None]
"""Makes devices as `_machine` describes them the only ones."""


class _NotPossibleError(Exception):
    """PortAudio's reason."""


def _machine(
    *found: tuple[str, int, int, float], jack: tuple[int, int] | None = None
) -> SimpleNamespace:
    """Devices as (name, inputs, outputs, rate); the last host is JACK where there is one."""
    hosts = [{"name": "ALSA", "default_input_device": 0, "default_output_device": 0}]
    if jack:
        hosts.append(
            {
                "name": "JACK Audio Connection Kit",
                "default_input_device": jack[0],
                "default_output_device": jack[1],
            }
        )
    listed = [
        {
            "name": name,
            "hostapi": 1 if jack and index >= jack[0] else 0,
            "max_input_channels": n_in,
            "max_output_channels": n_out,
            "default_samplerate": rate,
        }
        for index, (name, n_in, n_out, rate) in enumerate(found)
    ]

    def check(device: int, samplerate: int, channels: int | None = None, dtype: str = "") -> None:
        one = listed[device]
        if samplerate != one["default_samplerate"] and "hw" in str(one["name"]):
            raise _NotPossibleError
        if "stereo only" in str(one["name"]) and channels == 1:
            raise _NotPossibleError

    return SimpleNamespace(
        query_devices=lambda: listed,
        query_hostapis=lambda: hosts,
        default=SimpleNamespace(device=(0, 0) if found else (-1, -1)),
        check_input_settings=check,
        check_output_settings=check,
        PortAudioError=_NotPossibleError,
    )


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    def put(*found: tuple[str, int, int, float], jack: tuple[int, int] | None = None) -> None:
        stand_in = _machine(*found, jack=jack)
        monkeypatch.setattr(devices, "open_portaudio", lambda: stand_in)

    return put


def test_no_device_is_said_with_what_to_do(machine: Machine) -> None:
    machine()
    assert list_devices("input") == []
    with pytest.raises(DeviceError, match="no microphone was found"):
        choose_device("input")


def test_jack_is_meant_where_it_runs(machine: Machine) -> None:
    machine(("hw", 2, 2, 44100.0), ("system", 1, 1, 48000.0), jack=(1, 1))
    assert choose_device("input").label == "system (JACK)"
    assert [one.is_default for one in list_devices("input")] == [True, False]


def test_names_may_be_shortened_but_not_be_ambiguous(machine: Machine) -> None:
    machine(("USB Mic", 1, 0, 48000.0), ("USB Mixer", 2, 0, 48000.0), ("Line", 0, 2, 48000.0))
    assert choose_device("input", "mixer").name == "USB Mixer"
    assert choose_device("input", "1").name == "USB Mixer"
    with pytest.raises(DeviceError, match="several"):
        choose_device("input", "usb")
    with pytest.raises(DeviceError, match="there is no microphone 'Line'"):
        choose_device("input", "Line")


def test_the_microphone_s_own_rate_is_taken_if_it_can_be_heard_at(machine: Machine) -> None:
    machine(("hw a", 1, 1, 44100.0), ("hw b", 1, 1, 16000.0))
    assert usable_format(list_devices("input")[0], list_devices("output")[0]) == (44100, 1)
    with pytest.raises(DeviceError, match="runs at 16000 Hz"):
        usable_format(list_devices("input")[1], None)


def test_a_card_that_only_gives_two_channels_gives_two(machine: Machine) -> None:
    machine(("stereo only", 2, 0, 48000.0))
    assert usable_format(choose_device("input"), None) == (48000, 2)


def test_bluetooth_is_known_by_its_name(machine: Machine) -> None:
    machine(("AirPods Pro", 1, 0, 24000.0), ("Built-in", 1, 0, 48000.0))
    assert [one.is_bluetooth for one in list_devices("input")] == [True, False]


def test_without_the_library_one_line_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    import builtins

    real = builtins.__import__

    def refuse(name: str, *rest: object, **more: object) -> ModuleType:
        if name == "sounddevice":
            raise OSError("PortAudio library not found")
        return real(name, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(MissingError, match="PortAudio") as error:
        devices.open_portaudio()
    assert "libportaudio2" in error.value.hint
