"""Right after playing: the sentence first, all of it in reach, at every size."""

from __future__ import annotations

import pytest

from practiceear.app.take_saving import summary_text
from practiceear.live.snapshot import LivePhase
from practiceear.rhythm.grid import Subdivision
from practiceear.settings import Exercise
from tests.tui import driving
from tests.tui.driving import Driver, drive
from tests.tui.fake_backend import FakeBackend, playing, reviewed

EXERCISE = Exercise(bpm=60.0, subdivision=Subdivision.parse("4"))


def backend() -> FakeBackend:
    return FakeBackend(review=reviewed([1.0 + 0.25 * k for k in range(64)], EXERCISE))


async def end(driver: Driver) -> None:
    await driver.see(playing((0.0,) * 8, phase=LivePhase.FINISHED))
    assert driver.screen_name == "SummaryScreen"


def test_the_finding_comes_first_and_the_rest_below() -> None:
    async def job(driver: Driver) -> None:
        await end(driver)
        page = driver.page
        order = ["64 notes were heard.", "Where in the bar", "Note by note", "Evenness"]
        assert [page.index(words) for words in order] == sorted(
            page.index(words) for words in order
        )

    drive(job, backend=backend(), size=(80, 24))


def test_the_sentence_that_matters_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driving, "described", summary_text)

    async def job(driver: Driver) -> None:
        await end(driver)
        said = driver.text("#finding")
        assert "from note to note" in said
        assert driver.page.count(said) == 1
        first, _, _rest = said.partition(":")
        assert first not in driver.text("#measures")

    drive(job, backend=backend(), size=(160, 60))


def test_reading_on_is_no_new_take_until_all_is_read() -> None:
    async def job(driver: Driver) -> None:
        await end(driver)
        scroll = driver.app.screen.query_one("#scroll")
        assert scroll.scroll_y == 0
        await driver.press("down", "down")
        assert scroll.scroll_y > 0
        await driver.press("pageup")
        assert scroll.scroll_y == 0
        while scroll.scroll_y < scroll.max_scroll_y:
            before = scroll.scroll_y
            await driver.press("pagedown")
            assert driver.screen_name == "SummaryScreen"
            assert before < scroll.scroll_y <= before + scroll.size.height
        await driver.press("pagedown")
        assert "That is all" in driver.page
        assert driver.screen_name == "SummaryScreen"
        await driver.press("pagedown")
        assert driver.screen_name == "PlayScreen"

    drive(job, backend=backend(), size=(80, 18))


@pytest.mark.parametrize("size", [(200, 60), (80, 24), (40, 12), (10, 5), (1, 1)])
def test_every_size_can_be_drawn(size: tuple[int, int]) -> None:
    async def job(driver: Driver) -> None:
        await end(driver)
        for new_size in ((80, 24), (0, 0), size):
            await driver.resize(*new_size)
        assert driver.text("#finding") == "64 notes were heard."

    drive(job, backend=backend(), size=size)
