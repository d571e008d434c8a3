"""From screen to screen: every key, every way a take can begin and end."""

from __future__ import annotations

from functools import cache

import pytest

from practiceear.analysis.review import TakeReview
from practiceear.errors import MissingError, PracticeEarError, TakeError, UsageError
from practiceear.live.snapshot import LivePhase, LiveSnapshot
from tests.tui.driving import VIOLIN, Driver, drive
from tests.tui.fake_backend import FakeBackend, playing, reviewed

STEADY_S = (0.001, -0.001) * 8
MAIN_KEYS = ["space", "pagedown", "pageup"]


@cache
def review() -> TakeReview:
    return reviewed([1.0 + 0.25 * k for k in range(40)])


@pytest.mark.parametrize("key", MAIN_KEYS)
def test_one_key_starts_and_stops_and_space_plays_again(key: str) -> None:
    async def job(driver: Driver) -> None:
        assert driver.screen_name == "SetupScreen"
        await driver.press(key)
        assert driver.screen_name == "PlayScreen"
        await driver.see(playing(STEADY_S))
        first = driver.backend.player
        await driver.press(key)
        driver.app.poll()
        await driver.settle()
        assert first.deeds == ["start", "stop", "summary", "close"]
        assert driver.screen_name == "SummaryScreen"
        await driver.press("space")
        assert driver.screen_name == "PlayScreen"
        assert driver.backend.player is not first
        assert driver.backend.setups == [VIOLIN, VIOLIN]

    drive(job, backend=FakeBackend(review=review()), is_playing=False)


def test_enter_starts_too() -> None:
    async def job(driver: Driver) -> None:
        await driver.press("enter")
        assert driver.screen_name == "PlayScreen"

    drive(job, is_playing=False)


@pytest.mark.parametrize("phase", [LivePhase.FINISHED, LivePhase.FAILED])
def test_a_take_that_ends_by_itself_is_summed_up(phase: LivePhase) -> None:
    async def job(driver: Driver) -> None:
        warning = "The sound stopped." if phase is LivePhase.FAILED else ""
        await driver.see(playing(STEADY_S, phase=phase, warning=warning))
        assert driver.screen_name == "SummaryScreen"
        assert driver.text("#finding") == "40 notes were heard."
        assert ("! The sound stopped." in driver.page) == (phase is LivePhase.FAILED)
        assert driver.backend.player.deeds[-2:] == ["summary", "close"]

    drive(job, backend=FakeBackend(review=review()))


def test_a_take_without_a_note_says_so() -> None:
    async def job(driver: Driver) -> None:
        await driver.see(playing((), phase=LivePhase.FINISHED))
        assert driver.text("#finding") == "Nothing was heard."

    drive(job, backend=FakeBackend(review=None))


@pytest.mark.parametrize("key", ["s", "escape"])
def test_from_the_summary_to_the_setup(key: str) -> None:
    async def job(driver: Driver) -> None:
        await driver.see(playing(STEADY_S, phase=LivePhase.FINISHED))
        await driver.press(key)
        assert driver.screen_name == "SetupScreen"

    drive(job)


def test_escape_drops_the_take_and_gives_the_devices_back() -> None:
    async def job(driver: Driver) -> None:
        await driver.see(playing(STEADY_S))
        await driver.press("escape")
        assert driver.screen_name == "SetupScreen"
        assert driver.backend.player.deeds == ["start", "close"]
        await driver.press("escape")
        assert driver.screen_name == "SetupScreen"

    drive(job)


@pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+c"])
def test_quitting_gives_the_devices_back(key: str) -> None:
    async def job(driver: Driver) -> None:
        await driver.see(playing(STEADY_S))
        await driver.pilot.press(key)
        await driver.pilot.pause()
        await driver.app.workers.wait_for_complete()
        await driver.pilot.pause()
        assert not driver.app.is_running or driver.app._exit
        assert driver.backend.player.deeds[:4] == ["start", "stop", "summary", "close"]

    drive(job)


def test_an_end_from_outside_saves_the_take_and_leaves() -> None:
    async def job(driver: Driver) -> None:
        await driver.see(playing(STEADY_S))
        driver.app.end_from_outside()
        driver.app.end_from_outside()
        for _ in range(3):
            await driver.pilot.pause()
            await driver.app.workers.wait_for_complete()
        assert not driver.app.is_running or driver.app._exit
        assert driver.backend.player.deeds[:4] == ["start", "stop", "summary", "close"]

    drive(job)


def unrecorded() -> FakeBackend:
    return FakeBackend(review=review())


async def play_unrecorded(driver: Driver) -> None:
    await driver.see(playing(STEADY_S, phase=LivePhase.FINISHED, is_recording=False))
    assert driver.screen_name == "SummaryScreen"


def test_summaries_that_are_kept_nowhere_stay_and_are_asked_about() -> None:
    async def job(driver: Driver) -> None:
        await play_unrecorded(driver)
        await driver.press("space")
        await play_unrecorded(driver)
        await driver.press("s", "b")
        assert driver.screen_name == "SummaryScreen"
        assert "not recorded" in driver.page
        await driver.press("b")
        assert driver.screen_name == "SummaryScreen"
        await driver.press("b")
        assert "the first take" in driver.page
        await driver.press("q")
        assert driver.screen_name == "LeaveScreen"
        assert "The summaries of 2 takes that were not recorded" in driver.page
        await driver.press("escape")
        assert driver.screen_name == "SummaryScreen"
        await driver.press("q", "space")
        assert driver.screen_name == "SummaryScreen"
        assert not driver.app._exit
        await driver.press("q")
        await driver.pilot.press("q")
        assert driver.app._exit

    drive(job, backend=unrecorded())


def test_leaving_in_a_take_that_is_not_recorded_shows_its_summary_first() -> None:
    async def job(driver: Driver) -> None:
        await driver.see(playing(STEADY_S, is_recording=False))
        await driver.press("q")
        driver.app.poll()
        await driver.settle()
        assert driver.screen_name == "SummaryScreen"
        assert not driver.app._exit

    drive(job, backend=unrecorded())


def test_leaving_in_a_recorded_take_after_one_that_is_kept_nowhere_ends_it_first() -> None:
    async def job(driver: Driver) -> None:
        await play_unrecorded(driver)
        await driver.press("space")
        await driver.see(playing(STEADY_S))
        await driver.press("f1", "q")
        driver.app.poll()
        await driver.settle()
        assert driver.screen_name == "SummaryScreen"
        assert driver.backend.player.deeds == ["start", "stop", "summary", "close"]
        await driver.press("q")
        assert driver.screen_name == "LeaveScreen"

    drive(job, backend=unrecorded())


def test_a_summary_that_cannot_be_made_is_said_and_the_app_goes_on() -> None:
    async def job(driver: Driver) -> None:
        def fault() -> None:
            raise ZeroDivisionError("division by zero")

        driver.backend.player.summary = fault  # type: ignore[method-assign]  # a stand-in
        await driver.see(playing(STEADY_S, phase=LivePhase.FINISHED))
        assert driver.screen_name == "SummaryScreen"
        assert "a fault of the program" in driver.page
        assert driver.backend.player.deeds[-1] == "close"
        await driver.press("s")
        assert driver.screen_name == "SetupScreen"

    drive(job)


def test_what_went_wrong_with_the_recording_is_said_in_the_summary() -> None:
    async def job(driver: Driver) -> None:
        driver.backend.player.problem = "the disk is full"
        await driver.see(playing(STEADY_S, phase=LivePhase.FINISHED))
        assert "! the disk is full" in driver.page

    drive(job, backend=unrecorded())


def test_the_help_is_read_on_with_the_pedal() -> None:
    async def job(driver: Driver) -> None:
        await driver.see(playing(STEADY_S))
        await driver.press("f1", "pagedown")
        assert driver.screen_name == "HelpScreen"
        assert driver.app.screen.query_one("#scroll").scroll_y > 0
        await driver.press("pageup")
        assert driver.app.screen.query_one("#scroll").scroll_y == 0

    drive(job)


@pytest.mark.parametrize("key", ["question_mark", "f1"])
@pytest.mark.parametrize("back", ["space", "escape"])
def test_help_is_everywhere_and_the_take_goes_on_below(key: str, back: str) -> None:
    async def job(driver: Driver) -> None:
        await driver.see(playing(STEADY_S))
        await driver.press(key, key)
        assert driver.screen_name == "HelpScreen"
        said = " ".join(driver.text("#help").split())
        assert "two numbers between which it most likely lies" in said
        await driver.see(playing(STEADY_S, elapsed_s=63.0))
        await driver.press(back)
        assert driver.screen_name == "PlayScreen"
        assert "1:03" in driver.text("#head")
        assert "stop" not in driver.backend.player.deeds

    drive(job)


def test_a_take_that_ends_below_the_help_is_summed_up() -> None:
    async def job(driver: Driver) -> None:
        await driver.press("f1")
        await driver.see(playing(STEADY_S, phase=LivePhase.FINISHED))
        assert driver.screen_name == "SummaryScreen"
        await driver.press("s")
        assert driver.screen_name == "SetupScreen"

    drive(job)


@pytest.mark.parametrize("error", [MissingError, UsageError, TakeError])
def test_what_cannot_be_started_is_said_in_the_setup(error: type[PracticeEarError]) -> None:
    async def job(driver: Driver) -> None:
        await driver.press("space")
        assert driver.screen_name == "SetupScreen"
        assert driver.text("#notice") == "! there is no microphone. Plug one in."
        assert driver.backend.player.deeds == ["start", "close"]
        driver.backend.reason = None
        await driver.press("space")
        assert driver.screen_name == "PlayScreen"

    reason = error("there is no microphone", "Plug one in")
    drive(job, backend=FakeBackend(reason=reason), is_playing=False)


def test_nothing_starts_while_the_ear_is_prepared() -> None:
    backend = FakeBackend()
    backend.may_be_ready.clear()

    async def job(driver: Driver) -> None:
        for _ in range(50):
            await driver.pilot.pause()
            if "compiling" in driver.page:
                break
        assert driver.screen_name == "PreparingScreen"
        assert "Preparing the ear ... compiling" in driver.text("#band")
        await driver.pilot.press("space", "pagedown", "enter", "escape")
        assert driver.screen_name == "PreparingScreen"
        assert backend.players == []
        backend.may_be_ready.set()
        await driver.settle()
        assert driver.screen_name == "SetupScreen"

    drive(job, backend=backend, is_playing=False, is_ready=False)


def test_preparing_that_fails_can_be_tried_again() -> None:
    backend = FakeBackend(prepare_refusal=MissingError("the weights are missing", "Install again"))

    async def job(driver: Driver) -> None:
        assert driver.screen_name == "PreparingScreen"
        assert driver.text("#notice") == "! the weights are missing. Install again."
        backend.prepare_refusal = None
        await driver.press("space")
        assert driver.screen_name == "SetupScreen"

    drive(job, backend=backend, is_playing=False)


def test_a_take_left_while_its_devices_open_is_closed() -> None:
    async def job(driver: Driver) -> None:
        await driver.pilot.press("space", "escape")
        await driver.settle()
        assert driver.screen_name == "SetupScreen"
        assert [player.deeds[-1] for player in driver.backend.players] == ["close"]

    drive(job, is_playing=False)


def test_a_fault_of_the_program_still_gives_the_devices_back() -> None:
    backend = FakeBackend()

    async def job(driver: Driver) -> None:
        def broken() -> LiveSnapshot:
            raise RuntimeError("broken")

        driver.backend.player.snapshot = broken  # type: ignore[method-assign]
        driver.app.call_later(driver.app.poll)
        await driver.pilot.pause()

    with pytest.raises(RuntimeError, match="broken"):
        drive(job, backend=backend)
    assert backend.player.deeds == ["start", "close"]


def test_quitting_while_the_ear_is_prepared_is_answered_and_then_done() -> None:
    backend = FakeBackend()
    backend.may_be_ready.clear()

    async def job(driver: Driver) -> None:
        await driver.pilot.press("q")
        assert "leaving as soon as it is done" in driver.text("#band")
        assert not driver.app._exit
        backend.may_be_ready.set()
        for _ in range(100):
            if driver.app._exit:
                break
            await driver.pilot.pause(0.01)
        assert driver.app._exit

    drive(job, backend=backend, is_playing=False, is_ready=False)
