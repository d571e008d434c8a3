"""The setup: what is typed and turned is what is played."""

from __future__ import annotations

from dataclasses import replace

from practiceear.errors import MissingError
from practiceear.tui.player import Setup
from tests.tui.driving import PROGRAM, VIOLIN, Driver, drive
from tests.tui.fake_studio import FakeStudio


def test_an_untouched_form_plays_what_it_was_filled_with() -> None:
    for setup in (VIOLIN, Setup("flute"), replace(VIOLIN, input_device="usb", is_quiet=True)):

        async def deed(driver: Driver, setup: Setup = setup) -> None:
            await driver.press("space")
            assert driver.studio.setups == [setup]

        drive(deed, setup=setup, is_playing=False)


def test_a_tempo_is_typed_over_the_old_one() -> None:
    async def deed(driver: Driver) -> None:
        await driver.press("7", "2", "space")
        assert driver.studio.setups[0].program == replace(PROGRAM, bpm=72.0)

    drive(deed, is_playing=False)


def test_choices_turn_and_return() -> None:
    async def deed(driver: Driver) -> None:
        driver.app.screen.query_one("#instrument").focus()
        await driver.press("right")
        assert "cello" in driver.text("#instrument")
        await driver.press("left", "left")
        assert "guitar" in driver.text("#instrument")
        await driver.press("space")
        assert driver.studio.setups[0].instrument == "guitar"

    drive(deed, is_playing=False)


def test_arrows_go_from_field_to_field() -> None:
    async def deed(driver: Driver) -> None:
        await driver.press("down", "3", "plus", "2", "plus", "2", "up", "9", "0", "space")
        program = driver.studio.setups[0].program
        assert program is not None
        assert (str(program.meter), program.bpm) == ("3+2+2", 90.0)

    drive(deed, is_playing=False)


def test_an_error_stands_at_its_field_until_it_is_mended() -> None:
    async def deed(driver: Driver) -> None:
        await driver.press("9", "9", "9", "space")
        assert driver.screen_name == "SetupScreen"
        assert "! A tempo of 999 bpm is outside 20 to 400" in driver.text("#bpm")
        assert driver.app.screen.focused is driver.app.screen.query_one("#bpm")
        assert driver.studio.players == []
        await driver.press("backspace")
        assert "!" not in driver.text("#bpm")
        await driver.press("space")
        assert driver.studio.setups[0].program == replace(PROGRAM, bpm=99.0)

    drive(deed, is_playing=False)


def test_a_field_takes_only_what_it_can_use() -> None:
    async def deed(driver: Driver) -> None:
        await driver.press("x", "8", "y", "0", "z")
        assert "80" in driver.text("#bpm")
        driver.app.screen.query_one("#tempo_change").focus()
        await driver.press(*"alt:120/4", "space")
        program = driver.studio.setups[0].program
        assert program is not None
        assert str(program.tempo_change) == "alt:120/4"

    drive(deed, is_playing=False)


def test_the_tempo_can_be_tapped() -> None:
    async def deed(driver: Driver) -> None:
        for time_s in (0.0, 0.5, 1.0, 1.5):
            driver.app.fake_time_s = time_s
            await driver.press("t")
        assert "120" in driver.text("#bpm")

    drive(deed, is_playing=False)


def test_without_a_metronome_its_fields_are_gone() -> None:
    async def deed(driver: Driver) -> None:
        driver.app.screen.query_one("#has_metronome").focus()
        await driver.press("right")
        assert not driver.app.screen.query_one("#bpm").display
        assert "beats to the bar" not in driver.page
        await driver.press("space")
        assert driver.studio.setups[0].program is None

    drive(deed, is_playing=False)


def test_devices_can_be_chosen() -> None:
    async def deed(driver: Driver) -> None:
        assert "the system's: USB microphone" in driver.text("#input_device")
        driver.app.screen.query_one("#input_device").focus()
        await driver.press("right", "right", "down", "right", "space")
        setup = driver.studio.setups[0]
        assert (setup.input_device, setup.output_device) == ("line", "phones")

    drive(deed, is_playing=False, size=(80, 40))


def test_devices_that_cannot_be_listed_are_no_dead_end() -> None:
    refusal = MissingError("the PortAudio library is missing", "Install libportaudio2")

    async def deed(driver: Driver) -> None:
        assert "! the PortAudio library is missing" in driver.text("#input_device")
        assert driver.text("#notice") == "Install libportaudio2"
        driver.studio.device_refusal = None
        await driver.press("r")
        assert "USB microphone" in driver.text("#input_device")

    drive(deed, studio=FakeStudio(device_refusal=refusal), is_playing=False, size=(80, 40))


def test_the_setup_survives_every_size() -> None:
    async def deed(driver: Driver) -> None:
        for size in ((40, 12), (1, 1), (0, 0), (200, 60), (80, 24)):
            await driver.resize(*size)
            await driver.press("down")
        assert "space: start" in driver.text("#start")

    drive(deed, is_playing=False)
