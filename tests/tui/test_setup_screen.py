"""The setup: what is typed and turned is what is played."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from textual.events import Key

from practiceear.audio.blocks import StreamOptions
from practiceear.errors import DeviceError, MissingError
from practiceear.live.calibration_store import StoredCalibration
from practiceear.settings import LiveOptions
from practiceear.tui.widgets.form_rows import FormRow
from tests.tui.driving import PROGRAM, VIOLIN, Driver, drive
from tests.tui.fake_backend import FakeBackend, FakeCheck


def test_an_untouched_form_plays_what_it_was_filled_with() -> None:
    for setup in (
        VIOLIN,
        LiveOptions("flute"),
        replace(VIOLIN, stream=StreamOptions("usb"), is_quiet=True),
    ):

        async def job(driver: Driver, setup: LiveOptions = setup) -> None:
            await driver.press("space")
            assert driver.backend.setups == [setup]

        drive(job, setup=setup, is_playing=False)


def test_a_tempo_is_typed_over_the_old_one() -> None:
    async def job(driver: Driver) -> None:
        await driver.press("7", "2", "enter", "space")
        assert driver.backend.setups[0].program == replace(PROGRAM, bpm=72.0)

    drive(job, is_playing=False)


def test_a_tempo_that_is_typed_faster_than_the_screen_draws_is_taken_whole() -> None:
    async def job(driver: Driver) -> None:
        def at_once(*keys: str) -> None:
            for key in keys:
                driver.app.post_message(Key(key, key if key.isdigit() else None))

        at_once("7", "2")
        await driver.settle()
        assert driver.app.screen.query_one("#bpm", FormRow).value == "72"
        await driver.press("delete")
        at_once("8", "4", "enter")
        await driver.settle()
        assert driver.app.screen.query_one("#bpm", FormRow).value == "84"
        assert driver.app.screen.focused is None

    drive(job, is_playing=False)


def test_a_digit_on_a_choice_takes_that_value() -> None:
    async def job(driver: Driver) -> None:
        driver.app.screen.query_one("#subdivision").focus()
        await driver.press("3")
        assert driver.app.screen.query_one("#subdivision", FormRow).value == "3"
        assert driver.app.screen.query_one("#bpm", FormRow).value == "60"

    drive(job, is_playing=False)


def test_choices_turn_and_return() -> None:
    async def job(driver: Driver) -> None:
        driver.app.screen.query_one("#instrument").focus()
        await driver.press("right")
        assert "cello" in driver.text("#instrument")
        await driver.press("left", "left")
        assert "guitar" in driver.text("#instrument")
        await driver.press("space")
        assert driver.backend.setups[0].instrument == "guitar"

    drive(job, is_playing=False)


def test_arrows_go_from_field_to_field() -> None:
    async def job(driver: Driver) -> None:
        driver.app.screen.query_one("#bpm").focus()
        await driver.press("down", "3", "plus", "2", "plus", "2", "up", "9", "0", "enter", "space")
        program = driver.backend.setups[0].program
        assert program is not None
        assert (str(program.meter), program.bpm) == ("3+2+2", 90.0)

    drive(job, is_playing=False)


def test_an_error_stands_at_its_field_until_it_is_mended() -> None:
    async def job(driver: Driver) -> None:
        await driver.press("9", "9", "9", "enter")
        assert driver.screen_name == "SetupScreen"
        assert "! A tempo of 999 bpm is outside 20 to 400" in driver.text("#bpm")
        assert driver.app.screen.focused is driver.app.screen.query_one("#bpm")
        assert driver.backend.players == []
        await driver.press("backspace")
        assert "!" not in driver.text("#bpm")
        await driver.press("enter", "enter")
        assert driver.backend.setups[0].program == replace(PROGRAM, bpm=99.0)

    drive(job, is_playing=False)


def test_a_field_takes_only_what_it_can_use() -> None:
    async def job(driver: Driver) -> None:
        await driver.press("8", "y", "0")
        assert "80" in driver.text("#bpm")
        driver.app.screen.query_one("#tempo_change").focus()
        await driver.press(*"alt:120/4", "enter", "space")
        program = driver.backend.setups[0].program
        assert program is not None
        assert str(program.tempo_change) == "alt:120/4"

    drive(job, is_playing=False)


@pytest.mark.parametrize("field", ["bpm", "beats", "gap", "tempo_change", "count_in", "breath"])
def test_in_a_field_no_letter_is_a_key_and_each_is_refused_in_words(field: str) -> None:
    async def job(driver: Driver) -> None:
        row = driver.app.screen.query_one(f"#{field}", FormRow)
        row.focus()
        value = row.value
        for key in ("q", "t", "o", "j", "r", "b", "u", "space", "question_mark"):
            await driver.press(key)
            if field == "tempo_change" and key == "t":  # of "alt"
                await driver.press("backspace")
                continue
            assert "means nothing here" in driver.text(f"#{field}")
            assert driver.screen_name == "SetupScreen"
            assert not driver.app._exit
        assert row.value == ("" if field == "tempo_change" else value)
        assert driver.backend.players == []
        assert "enter" in driver.text("#keys")
        await driver.press("enter")
        assert "means nothing here" not in driver.text(f"#{field}")
        await driver.press("space")
        assert driver.screen_name == "PlayScreen"

    drive(job, is_playing=False)


@pytest.mark.parametrize(
    ("typed", "meter", "understood"),
    [
        ("2/4", "2", "2 beats, accent on 1"),
        ("7/8", "7", "7 beats, accent on 1"),
        ("6/8", "3+3", "6 beats, accents on 1 and 4"),
        ("2+2+3", "2+2+3", "7 beats, accents on 1, 3 and 5"),
        ("3+2/8", "3+2", "5 beats, accents on 1 and 4"),
    ],
)
def test_a_meter_is_typed_as_it_is_written_and_what_was_understood_is_shown(
    typed: str, meter: str, understood: str
) -> None:
    async def job(driver: Driver) -> None:
        driver.app.screen.query_one("#beats").focus()
        await driver.press(
            *(character.replace("+", "plus").replace("/", "slash") for character in typed)
        )
        assert typed in driver.text("#beats")
        assert understood in driver.text("#beats")
        await driver.press("enter", "space")
        program = driver.backend.setups[0].program
        assert program is not None
        assert str(program.meter) == meter

    drive(job, is_playing=False)


def test_a_take_that_was_cut_off_is_offered_until_it_is_recovered() -> None:
    backend = FakeBackend()
    backend.journal.cut_off = "The take of 2026-03-01 18:00 (violin) was cut off."

    async def job(driver: Driver) -> None:
        assert "18:00 (violin)" in driver.text("#notice")
        assert "Press u" in driver.text("#notice")
        await driver.press("right")
        assert "Press u" in driver.text("#notice")
        await driver.press("u")
        assert "Recovered as take 7" in driver.text("#notice")
        await driver.press("u")
        assert backend.journal.n_recoveries == 1

    drive(job, backend=backend, is_playing=False)


def test_the_tempo_can_be_tapped() -> None:
    async def job(driver: Driver) -> None:
        for time_s in (0.0, 0.5, 1.0, 1.5):
            driver.app.fake_time_s = time_s
            await driver.press("t")
        assert "120" in driver.text("#bpm")

    drive(job, is_playing=False)


def test_without_a_metronome_its_fields_are_gone() -> None:
    async def job(driver: Driver) -> None:
        driver.app.screen.query_one("#has_metronome").focus()
        await driver.press("right")
        assert not driver.app.screen.query_one("#bpm").display
        assert "beats to the bar" not in driver.page
        await driver.press("space")
        assert driver.backend.setups[0].program is None

    drive(job, is_playing=False)


def test_devices_can_be_chosen() -> None:
    async def job(driver: Driver) -> None:
        assert "the system's: USB microphone" in driver.text("#input_device")
        driver.app.screen.query_one("#input_device").focus()
        await driver.press("right", "right", "down", "right", "space")
        setup = driver.backend.setups[0]
        assert (setup.stream.microphone, setup.stream.loudspeaker) == ("line", "phones")

    drive(job, is_playing=False, size=(80, 40))


def test_devices_that_cannot_be_listed_are_no_dead_end() -> None:
    reason = MissingError("the PortAudio library is missing", "Install libportaudio2")

    async def job(driver: Driver) -> None:
        assert "! the PortAudio library is missing" in driver.text("#input_device")
        assert driver.text("#notice") == "Install libportaudio2"
        driver.backend.device_refusal = None
        await driver.press("r")
        assert "USB microphone" in driver.text("#input_device")

    drive(job, backend=FakeBackend(device_refusal=reason), is_playing=False, size=(80, 40))


def test_the_setup_survives_every_size() -> None:
    async def job(driver: Driver) -> None:
        for size in ((40, 12), (1, 1), (0, 0), (200, 60), (80, 24)):
            await driver.resize(*size)
            await driver.press("down")
        assert "space: start" in driver.text("#start")

    drive(job, is_playing=False)


def test_the_arrows_reach_every_field_of_a_form_that_scrolls() -> None:
    async def job(driver: Driver) -> None:
        for _ in range(16):
            await driver.press("down")
        focused = driver.app.screen.focused
        assert focused is driver.app.screen.query_one("#output_device")

    drive(job, is_playing=False, size=(80, 14))


GOOD = StoredCalibration(0.0213, 0.0004, 12, 12, "good", "2026-03-01T10:00:00+00:00")


def hear(check: FakeCheck, **changes: object) -> None:
    check.now = replace(check.now, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("deed_of_check", "words"),
    [
        (hear, "room -60 dB: quiet enough"),
        (lambda check: hear(check, room_dbfs=float("nan")), "listening to the room"),
        (lambda check: hear(check, room_dbfs=-45.0), "soft notes may be missed"),
        (lambda check: hear(check, room_dbfs=-30.0), "! room -30 dB: too loud"),
        (lambda check: hear(check, has_clipped=True), "! too loud: turn the microphone down"),
        (
            lambda check: hear(check, is_gain_controlled=True),
            "! the level moves by itself: switch off automatic gain, then press r",
        ),
        (lambda check: hear(check, is_silent=True), "! not a sound arrives"),
        (lambda check: hear(check, is_alive=False), "! no sound comes from the microphone"),
        (
            lambda check: setattr(check, "calibration", GOOD),
            "2026-03-01: good, clicks scatter by 0.4 ms",
        ),
        (lambda check: setattr(check, "is_bluetooth", True), "wireless: its delay changes"),
        (lambda check: None, "not calibrated: evenness works"),
    ],
)
def test_what_the_microphone_hears_is_said_before_a_take(
    deed_of_check: Callable[[FakeCheck], None], words: str
) -> None:
    async def job(driver: Driver) -> None:
        deed_of_check(driver.backend.checks[-1])
        driver.app.poll()
        await driver.settle()
        assert words in driver.text("#check")

    drive(job, is_playing=False)


def test_the_level_is_shown_and_everything_fits_on_24_rows() -> None:
    async def job(driver: Driver) -> None:
        driver.app.poll()
        await driver.settle()
        assert "-20 dB peak" in driver.text("#level")
        form = driver.app.screen.query_one("#scroll")
        assert form.max_scroll_y == 0

    drive(job, is_playing=False)


def test_the_microphone_is_given_back_before_the_take_and_heard_again_after_it() -> None:
    async def job(driver: Driver) -> None:
        first = driver.backend.checks[-1]
        await driver.press("space")
        assert first.is_closed
        assert len([check for check in driver.backend.checks if not check.is_closed]) == 0
        await driver.press("escape")
        assert len([check for check in driver.backend.checks if not check.is_closed]) == 1

    drive(job, is_playing=False)


def test_another_microphone_is_listened_to_as_soon_as_it_is_chosen() -> None:
    async def job(driver: Driver) -> None:
        driver.app.screen.query_one("#input_device").focus()
        await driver.press("right")
        await driver.press("right")
        assert driver.backend.listened_to[-2:] == ["usb", "line"]
        assert [check.is_closed for check in driver.backend.checks[-2:]] == [True, False]

    drive(job, is_playing=False)


def test_a_microphone_that_is_busy_is_said_and_the_form_still_works() -> None:
    async def job(driver: Driver) -> None:
        assert "! USB microphone is busy" in driver.text("#check")
        assert not driver.app.screen.query_one("#level").display
        await driver.press("space")
        assert driver.backend.setups

    reason = DeviceError("USB microphone is busy", "Close the other program that uses it")
    drive(job, backend=FakeBackend(check_refusal=reason), is_playing=False)


def test_without_a_microphone_there_is_no_meter() -> None:
    async def job(driver: Driver) -> None:
        driver.app.poll()
        await driver.settle()
        assert not driver.app.screen.query_one("#level").display
        assert "no microphone is used" in driver.text("#check")

    drive(job, backend=FakeBackend(has_microphone=False), is_playing=False)
