"""Turning through the takes of earlier days: by keys alone, with or without their recordings."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from practiceear.analysis.review import TakeReview
from practiceear.errors import JournalError, TakeError
from practiceear.metronome.program import MetronomeProgram
from practiceear.rhythm.grid import Subdivision
from practiceear.settings import Exercise
from practiceear.tui.player import JournalPage, SummaryText
from practiceear.tui.screens.past_takes import EMPTY, FIRST, LAST, NO_RECORDING
from practiceear.tui.widgets.take_view import TakeDrawing
from tests.tui.driving import VIOLIN, Driver, Job, drive
from tests.tui.fake_backend import FakeBackend, FakeJournal, FakeTakes, reviewed

EXERCISE = Exercise(bpm=60.0, subdivision=Subdivision.parse("4"))
ONSET_S = [1.0 + 0.25 * k for k in range(64)]
CELLO_PROGRAM = MetronomeProgram(72.0, subdivision=Subdivision.parse("2"))
DAMAGED = JournalError("the journal is damaged", "Run: practiceear journal salvage")
SIZES = [(80, 24), (120, 40)]


def page(take_id: int, number: int, n_takes: int, *, is_recorded: bool = False) -> JournalPage:
    return JournalPage(
        take_id=take_id,
        number=number,
        n_takes=n_takes,
        began=f"2026-03-0{1 + take_id // 3} 18:0{take_id}",
        instrument="cello",
        program=CELLO_PROGRAM,
        text=SummaryText(
            f"Even: {take_id + 10} ms between notes.",
            ["sd of intervals   12 ± 2 ms (n 63)", "effort 4 of 10", "pain 2 of 10"],
        ),
        recording=Path(f"/takes/{take_id}.flac") if is_recorded else None,
    )


@cache
def review() -> TakeReview:
    return reviewed(ONSET_S, EXERCISE)


def backend(*pages: JournalPage, **changes: Any) -> FakeBackend:
    takes = FakeTakes(found=review(), **changes)
    return FakeBackend(takes=takes, journal=FakeJournal(list(pages)))


def turning(
    job: Job,
    *pages: JournalPage,
    size: tuple[int, int] = (80, 24),
    **changes: Any,
) -> None:
    drive(job, backend=backend(*pages, **changes), is_playing=False, size=size)


TWO_SITTINGS = (page(1, 1, 2), page(2, 2, 2), page(3, 1, 1))


@pytest.mark.parametrize("size", SIZES)
def test_a_page_says_which_take_it_is_and_all_that_was_written_down(size: tuple[int, int]) -> None:
    async def job(driver: Driver) -> None:
        await driver.press("j")
        assert driver.screen_name == "JournalScreen"
        for words in (
            "take 2 of 2 · 2026-03-01 18:02 · cello",
            "Even: 12 ms",
            "12 ± 2 ms (n 63)",
            "effort 4 of 10",
            "pain 2 of 10",
        ):
            assert words in driver.page

    turning(job, page(1, 1, 2), page(2, 2, 2), size=size)


@pytest.mark.parametrize("size", SIZES)
def test_the_keys_that_open_and_turn_are_named(size: tuple[int, int]) -> None:
    async def job(driver: Driver) -> None:
        assert " j " in driver.page
        await driver.press("j")
        assert "pgup pgdn" in driver.page
        assert "quit" in driver.page

    turning(job, *TWO_SITTINGS, size=size)


def test_pages_are_turned_over_the_edge_of_a_session_and_stop_at_the_ends() -> None:
    async def job(driver: Driver) -> None:
        await driver.press("j")
        seen = [driver.text("HeadLine").split(" · ")[:2]]
        for key in ("pageup", "pageup", "pagedown"):
            await driver.press(key)
            seen.append(driver.text("HeadLine").split(" · ")[:2])
        assert seen == [
            ["take 1 of 1", "2026-03-02 18:03"],
            ["take 2 of 2", "2026-03-01 18:02"],
            ["take 1 of 2", "2026-03-01 18:01"],
            ["take 2 of 2", "2026-03-01 18:02"],
        ]
        await driver.press("pageup", "pageup")
        assert FIRST in driver.page
        await driver.press("pagedown", "pagedown", "pagedown")
        assert LAST in driver.page
        await driver.press("pageup")
        assert LAST not in driver.page

    turning(job, *TWO_SITTINGS)


def test_a_recording_is_heard_as_it_was_played_and_the_words_stay() -> None:
    async def job(driver: Driver) -> None:
        await driver.press("j")
        heard_as = replace(VIOLIN, instrument="cello", program=CELLO_PROGRAM)
        assert driver.backend.takes.opened == [(Path("/takes/2.flac"), heard_as.exercise)]
        assert "Even: 12 ms" in driver.page
        await driver.press("p")
        playback = driver.backend.takes.playbacks[-1]
        assert playback.is_playing
        playback.position_s = ONSET_S[5] + 0.01
        driver.app.poll()
        assert driver.app.screen.query_one("#drawing", TakeDrawing).cursor_note == 5
        await driver.press("right")
        assert playback.position_s == pytest.approx(ONSET_S[6])
        await driver.press("pageup")
        assert not playback.is_playing
        assert not driver.app.screen.query("#drawing")

    turning(job, page(1, 1, 2), page(2, 2, 2, is_recorded=True))


def test_a_page_can_be_turned_while_its_recording_is_still_listened_to() -> None:
    async def job(driver: Driver) -> None:
        takes = driver.backend.takes
        takes.may_be_heard.clear()
        await driver.pilot.press("j")
        while driver.screen_name != "JournalScreen":
            await driver.pilot.pause(0.01)
        await driver.pilot.press("p", "pageup")
        while "take 1 of 2" not in driver.page:
            await driver.pilot.pause(0.01)
        takes.may_be_heard.set()
        await driver.settle()
        assert takes.opened == []
        assert takes.playbacks == []
        assert "take 1 of 2" in driver.page

    turning(job, page(1, 1, 2), page(2, 2, 2, is_recorded=True))


def test_a_recording_that_cannot_be_heard_leaves_the_words() -> None:
    async def job(driver: Driver) -> None:
        await driver.press("j")
        assert "Even: 12 ms" in driver.page
        assert "! the file is damaged" in driver.page
        await driver.press("pageup")
        assert "take 1 of 2" in driver.page

    reason = TakeError("the file is damaged", "Take another one")
    turning(job, page(1, 1, 2), page(2, 2, 2, is_recorded=True), reason=reason)


@pytest.mark.parametrize("key", ["p", "h"])
def test_without_a_recording_that_is_said(key: str) -> None:
    async def job(driver: Driver) -> None:
        await driver.press("j", key)
        assert NO_RECORDING in driver.page

    turning(job, *TWO_SITTINGS)


def test_an_empty_journal_is_one_sentence() -> None:
    async def job(driver: Driver) -> None:
        await driver.press("j")
        assert driver.screen_name == "SetupScreen"
        assert EMPTY[:60] in driver.page

    turning(job)


def test_a_damaged_journal_is_told_of_and_nothing_is_lost() -> None:
    async def job(driver: Driver) -> None:
        await driver.press("j")
        driver.backend.journal.reason = DAMAGED
        await driver.press("pageup")
        assert "! the journal is damaged" in driver.page
        await driver.press("escape", "j")
        assert driver.screen_name == "SetupScreen"
        assert "! the journal is damaged" in driver.page

    turning(job, *TWO_SITTINGS)


def test_space_plays_with_the_setup_and_not_as_the_old_take() -> None:
    async def job(driver: Driver) -> None:
        await driver.press("j", "space")
        assert driver.screen_name == "PlayScreen"
        assert driver.backend.setups == [VIOLIN]

    turning(job, *TWO_SITTINGS)


def test_where_no_grid_was_kept_none_is_drawn() -> None:
    async def job(driver: Driver) -> None:
        await driver.press("j")
        assert "Where in the bar" not in driver.page
        assert "Note by note" in driver.page
        await driver.press("pageup")
        assert "Where in the bar" in driver.page

    gridless = reviewed(ONSET_S, Exercise(is_tempo_steady=False))
    changing = replace(page(2, 2, 2, is_recorded=True), program=None, is_tempo_steady=False)
    turning(job, page(1, 1, 2, is_recorded=True), changing, found_gridless=gridless)


def test_the_help_lies_over_a_page_that_is_being_heard() -> None:
    async def job(driver: Driver) -> None:
        takes = driver.backend.takes
        takes.may_be_heard.clear()
        await driver.pilot.press("j")
        while driver.screen_name != "JournalScreen":
            await driver.pilot.pause(0.01)
        await driver.pilot.press("question_mark")
        takes.may_be_heard.set()
        await driver.settle()
        assert driver.screen_name == "HelpScreen"
        await driver.press("escape", "p")
        assert takes.playbacks[-1].is_playing

    turning(job, page(1, 1, 1, is_recorded=True))


@pytest.mark.parametrize("size", [(200, 60), (40, 12), (10, 5), (1, 1)])
def test_every_size_can_be_drawn(size: tuple[int, int]) -> None:
    async def job(driver: Driver) -> None:
        await driver.press("j")
        for new_size in ((80, 24), (0, 0), size):
            await driver.resize(*new_size)
        await driver.press("pageup", "pagedown")
        assert driver.text("#finding").startswith("Even: 13 ms")

    turning(job, page(1, 1, 2), page(3, 2, 2, is_recorded=True), size=size)
