"""A recorded take on the screen: chosen, heard again with a cursor, and put on a page."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from textual.events import Paste
from textual.widgets import Input

from practiceear.analysis.review import TakeReview
from practiceear.errors import DeviceError, MissingError, OutputError, PracticeEarError, TakeError
from practiceear.live.snapshot import LivePhase
from practiceear.plain_text import printable
from practiceear.rhythm.grid import Subdivision
from practiceear.settings import Exercise, LiveOptions
from practiceear.tui.screens.past_takes import OpenTakeScreen, TakeTree, read_path
from practiceear.tui.widgets.lines import Notice
from practiceear.tui.widgets.take_rows import take_rows
from practiceear.tui.widgets.take_view import NOTE_SHAPES, TakeDrawing, note_places
from tests.tui.driving import VIOLIN, Driver, Job, drive
from tests.tui.fake_backend import (
    FakeBackend,
    FakePlayback,
    FakePlayer,
    FakeTakes,
    playing,
    reviewed,
)

EXERCISE = Exercise(bpm=60.0, subdivision=Subdivision.parse("4"))
ONSET_S = [1.0 + 0.25 * k for k in range(64) if k not in (5, 6)]
SIZES = [(200, 60), (80, 24), (40, 12), (10, 5), (1, 1)]


@cache
def review() -> TakeReview:
    return reviewed(ONSET_S, EXERCISE)


def backend(folder: Path = Path(), **changes: Any) -> FakeBackend:
    return FakeBackend(review=review(), takes=FakeTakes(folder, review(), **changes))


async def rest(driver: Driver) -> None:
    """Let all come to rest but the loader of the list, which always waits for more."""
    for _ in range(3):
        await driver.pilot.pause()
        while busy := [worker for worker in driver.app.workers if worker.group != "_loader"]:
            await driver.app.workers.wait_for_complete(busy)
            await driver.pilot.pause()
        await driver.pilot.pause()


async def press(driver: Driver, *keys: str) -> None:
    await driver.pilot.press(*keys)
    await rest(driver)


async def choose(driver: Driver) -> None:
    await press(driver, "o")
    assert driver.screen_name == "OpenTakeScreen"
    await driver.app.screen.query_one("#takes", TakeTree).reload()
    await rest(driver)


async def type_path(driver: Driver, text: str) -> None:
    driver.app.screen.query_one("#path", Input).focus()
    driver.app.screen.query_one("#path", Input).value = text
    await press(driver, "enter")


async def open_take(driver: Driver) -> FakePlayback:
    await choose(driver)
    await type_path(driver, "/takes/scale.flac")
    assert driver.screen_name == "SummaryScreen"
    return driver.backend.takes.playbacks[-1]


def cursor(driver: Driver) -> int | None:
    driver.app.poll()
    return driver.app.screen.query_one("#drawing", TakeDrawing).cursor_note


def opening(job: Job, *, size: tuple[int, int] = (80, 24), **changes: Any) -> None:
    drive(job, backend=changes.pop("backend", None) or backend(), is_playing=False, size=size)


# Choosing.


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "week 1").mkdir()
    for name in ("a.flac", "b.WAV", "notes.txt", ".hidden.wav", "week 1/c.mp3", "d.m4a"):
        (tmp_path / name).touch()
    return tmp_path


def listed(driver: Driver) -> list[str]:
    return [
        str(node.label) for node in driver.app.screen.query_one("#takes", TakeTree).root.children
    ]


def test_takes_and_folders_are_listed_and_nothing_else(folder: Path) -> None:
    async def job(driver: Driver) -> None:
        await choose(driver)
        assert listed(driver) == ["week 1", "a.flac", "b.WAV", "d.m4a"]

    opening(job, backend=backend(folder))


NAMES = ["[@click=app.quit]a.wav", "[red]a.wav", "b\x1b[31m\u202e.wav", "c\nd.wav"]


@pytest.mark.skipif(os.name == "nt", reason="no file may be called so there")
def test_a_name_is_no_style_and_no_command(tmp_path: Path) -> None:
    for name in NAMES:
        (tmp_path / name).touch()

    async def job(driver: Driver) -> None:
        await choose(driver)
        assert listed(driver) == [printable(name) for name in NAMES]
        screen = driver.app.screen
        assert isinstance(screen, OpenTakeScreen)
        screen.show_progress(tmp_path / NAMES[2], "[red]")
        notice = driver.app.screen.query_one("#notice", Notice)
        assert "[red]" in notice.plain
        assert notice.plain.isprintable()
        drawn = "".join(segment.text for segment in notice.render_line(0))
        assert r"b\x1b[31m\u202e.wav" in drawn
        assert drawn.isprintable()
        await type_path(driver, str(tmp_path / NAMES[1]))
        assert driver.screen_name == "SummaryScreen"

    opening(job, backend=backend(tmp_path), size=(200, 60))


@pytest.mark.parametrize("key", ["enter", "space", "pagedown"])
def test_a_take_is_opened_by_keys_alone_as_it_is_set_up(folder: Path, key: str) -> None:
    async def job(driver: Driver) -> None:
        await choose(driver)
        await press(driver, "down", "down", key)
        assert driver.backend.takes.opened == [(folder / "a.flac", VIOLIN.exercise)]
        assert driver.screen_name == "SummaryScreen"
        assert driver.text("#finding") == f"{len(ONSET_S)} notes were heard."
        await driver.press("escape")
        assert driver.screen_name == "SetupScreen"

    opening(job, backend=backend(folder))


@pytest.mark.parametrize("key", ["left", "backspace"])
def test_a_key_goes_a_folder_up(folder: Path, key: str) -> None:
    async def job(driver: Driver) -> None:
        await choose(driver)
        assert listed(driver) == ["c.mp3"]
        await press(driver, key)
        await driver.app.screen.query_one("#takes", TakeTree).reload()
        assert "a.flac" in listed(driver)

    opening(job, backend=backend(folder / "week 1"))


def test_a_folder_that_is_typed_is_shown(folder: Path) -> None:
    async def job(driver: Driver) -> None:
        await choose(driver)
        await type_path(driver, str(folder / "week 1"))
        await driver.app.screen.query_one("#takes", TakeTree).reload()
        assert driver.screen_name == "OpenTakeScreen"
        assert listed(driver) == ["c.mp3"]

    opening(job, backend=backend(folder))


def test_blanks_and_question_marks_can_be_typed(folder: Path) -> None:
    async def job(driver: Driver) -> None:
        await choose(driver)
        await press(driver, "tab", "q", "space", "question_mark")
        assert driver.app.screen.query_one("#path", Input).value == "q ?"

    opening(job, backend=backend(folder))


def test_a_pasted_path_is_opened(folder: Path) -> None:
    async def job(driver: Driver) -> None:
        await choose(driver)
        field = driver.app.screen.focused
        assert field is not None
        field.post_message(Paste("'/my takes/scale.flac'\nmore"))
        await rest(driver)
        await press(driver, "enter")
        assert driver.backend.takes.opened == [(Path("/my takes/scale.flac"), VIOLIN.exercise)]

    opening(job, backend=backend(folder))


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (" /a/b.wav ", "/a/b.wav"),
        ('"/a b/c.wav"', "/a b/c.wav"),
        (r"/a\ b/c.wav", "/a b/c.wav"),
        ("file:///a%20b/c.wav", "/a b/c.wav"),
        ("~nobody-of-this-name/c.wav", "~nobody-of-this-name/c.wav"),
    ],
)
def test_what_terminals_paste_is_understood(text: str, path: str) -> None:
    assert read_path(text) == Path(path)


def test_a_take_that_cannot_be_read_is_one_line(folder: Path) -> None:
    async def job(driver: Driver) -> None:
        await choose(driver)
        await type_path(driver, "/takes/gone.flac")
        assert driver.screen_name == "OpenTakeScreen"
        assert driver.text("#notice") == "! there is no file gone.flac. Check the name."
        driver.backend.takes.reason = None
        await press(driver, "enter")
        assert driver.screen_name == "SummaryScreen"

    reason = TakeError("there is no file gone.flac", "Check the name")
    opening(job, backend=backend(folder, reason=reason))


async def wait_for(driver: Driver, words: str) -> None:
    for _ in range(200):
        await driver.pilot.pause(0.01)
        if words in driver.text("#notice"):
            return
    raise AssertionError(driver.text("#notice"))


def test_progress_is_shown_and_opening_can_be_given_up(folder: Path) -> None:
    async def job(driver: Driver) -> None:
        takes = driver.backend.takes
        await choose(driver)
        takes.may_be_heard.clear()
        driver.app.screen.query_one("#path", Input).value = "/takes/scale.flac"
        driver.app.screen.query_one("#path", Input).focus()
        await driver.pilot.press("enter")
        await wait_for(driver, "scale.flac ... 40 %")
        await driver.pilot.press("escape")
        takes.may_be_heard.set()
        await rest(driver)
        assert driver.screen_name == "OpenTakeScreen"
        assert takes.opened == []
        await press(driver, "enter")
        assert driver.screen_name == "SummaryScreen"

    opening(job, backend=backend(folder))


def test_quitting_does_not_wait_for_a_take_that_is_opened(folder: Path) -> None:
    async def job(driver: Driver) -> None:
        await choose(driver)
        driver.backend.takes.may_be_heard.clear()
        driver.app.screen.query_one("#path", Input).value = "/takes/scale.flac"
        driver.app.screen.query_one("#path", Input).focus()
        await driver.pilot.press("enter")
        await wait_for(driver, "40 %")
        await driver.pilot.press("ctrl+q")
        assert driver.app._exit
        driver.backend.takes.may_be_heard.set()

    opening(job, backend=backend(folder))


def test_all_keys_of_the_list_fit_on_80_columns(folder: Path) -> None:
    async def job(driver: Driver) -> None:
        assert all(word in driver.page for word in ("open", "help", "quit"))
        await choose(driver)
        assert all(word in driver.text("#keys") for word in ("up", "type a path", "back", "help"))

    opening(job, backend=backend(folder))


@pytest.mark.parametrize("size", SIZES)
def test_every_size_of_the_list_can_be_drawn(size: tuple[int, int], folder: Path) -> None:
    async def job(driver: Driver) -> None:
        await choose(driver)
        for new_size in ((80, 24), (0, 0), size):
            await driver.pilot.resize_terminal(*new_size)
            await rest(driver)
        assert driver.screen_name == "OpenTakeScreen"

    opening(job, size=size, backend=backend(folder))


# Hearing it again.


def test_p_plays_and_pauses_and_the_cursor_goes_along() -> None:
    async def job(driver: Driver) -> None:
        playback = await open_take(driver)
        assert cursor(driver) is None
        await driver.press("p")
        assert playback.is_playing
        for note in (0, 7, 30):
            playback.position_s = ONSET_S[note] + 0.1
            assert cursor(driver) == note
        assert f"note 31 of {len(ONSET_S)}" in driver.text("#playback")
        assert driver.text("#playback").startswith("▶ 0:09.1")
        await driver.press("p")
        assert playback.deeds == ["play", "pause"]
        assert driver.text("#playback").startswith("‖")

    opening(job)


def test_the_cursor_stays_in_sight() -> None:
    async def job(driver: Driver) -> None:
        playback = await open_take(driver)
        await driver.press("p")
        for note in (0, len(ONSET_S) - 1, 3):
            playback.position_s = ONSET_S[note]
            driver.app.poll()
            await driver.settle()
            scroll = driver.app.screen.query_one("#scroll")
            drawing = driver.app.screen.query_one("#drawing", TakeDrawing)
            assert drawing.cursor_place is not None
            row = drawing.virtual_region.y + drawing.cursor_place.row
            assert scroll.scroll_y <= row < scroll.scroll_y + scroll.size.height

    opening(job, size=(80, 15))


@pytest.mark.parametrize("width", [200, 80, 40, 12])
@pytest.mark.parametrize("exercise", [EXERCISE, Exercise()])
def test_every_note_has_its_place_in_the_drawing(width: int, exercise: Exercise) -> None:
    shaken_s = np.asarray(ONSET_S) + np.random.default_rng(1).normal(0.0, 0.02, len(ONSET_S))
    snapshot = reviewed([*shaken_s, shaken_s[-1] + 0.11], exercise).snapshot
    rows = ["".join(text for text, _ in row) for row in take_rows(snapshot, width)]
    places = note_places(snapshot, width, len(rows))
    assert len(set(places.values())) == len(places) >= len(ONSET_S)
    in_order = [places[note] for note in sorted(places)]
    assert [(place.row, place.column) for place in in_order] == sorted(
        (place.row, place.column) for place in in_order
    )
    assert all(rows[place.row][place.column] in NOTE_SHAPES for place in in_order)


def test_the_cursor_lights_the_cell_of_its_note() -> None:
    async def job(driver: Driver) -> None:
        playback = await open_take(driver)
        playback.position_s = ONSET_S[12]
        driver.app.poll()
        drawing = driver.app.screen.query_one("#drawing", TakeDrawing)
        place = drawing.cursor_place
        assert place is not None
        plain = drawing.plain.splitlines()[place.row]
        lit = drawing.render_line(place.row)
        assert lit.text.rstrip() == plain
        lit_cells = [
            column
            for column in range(lit.cell_length)
            if any(
                segment.style and segment.style.bgcolor and segment.style.bgcolor.name == "#ffffff"
                for segment in lit.crop(column, column + 1)
            )
        ]
        assert place.column in lit_cells
        assert len(lit_cells) == 3

    opening(job)


@pytest.mark.parametrize(
    ("key", "begin_s", "end_s"),
    [
        ("right", 1.0, 1.25),
        ("right", 2.0, 2.75),  # two notes are missing there
        ("left", 1.25, 1.0),
        ("left", 1.2, 1.0),
        ("right", ONSET_S[-1], ONSET_S[-1] + 1.0),  # the end of the take
        ("left", 0.5, 0.0),
        ("shift+right", 2.0, 7.0),
        ("shift+left", 7.0, 2.0),
        ("shift+left", 2.0, 0.0),
    ],
)
def test_arrows_go_through_the_take(key: str, begin_s: float, end_s: float) -> None:
    async def job(driver: Driver) -> None:
        playback = await open_take(driver)
        playback.position_s = begin_s
        await driver.press(key)
        assert playback.position_s == pytest.approx(end_s)
        assert not playback.is_playing

    opening(job)


def test_going_back_while_it_sounds_reaches_the_note_before() -> None:
    async def job(driver: Driver) -> None:
        playback = await open_take(driver)
        await driver.press("p")
        playback.position_s = ONSET_S[20] + 0.1
        await driver.press("left")
        assert playback.position_s <= ONSET_S[19]
        assert playback.is_playing

    opening(job)


@pytest.mark.parametrize("error", [DeviceError, MissingError])
def test_without_a_loudspeaker_there_is_one_line(error: type[PracticeEarError]) -> None:
    async def job(driver: Driver) -> None:
        playback = await open_take(driver)
        playback.reason = error("no loudspeaker was found", "Plug one in")
        await driver.press("p")
        assert driver.text("#message") == "! no loudspeaker was found. Plug one in."
        playback.reason = None
        await driver.press("p")
        assert playback.is_playing
        assert not driver.app.screen.query_one("#message").display

    opening(job)


def test_a_loudspeaker_that_goes_is_told_and_can_come_back() -> None:
    async def job(driver: Driver) -> None:
        playback = await open_take(driver)
        await driver.press("p")
        playback.is_playing, playback.error = False, DeviceError("USB stopped", "Plug it in again")
        driver.app.poll()
        assert driver.text("#message") == "! USB stopped. Plug it in again."
        await driver.press("p")
        assert playback.is_playing
        driver.app.poll()
        assert not driver.app.screen.query_one("#message").display

    opening(job)


def test_a_loudspeaker_that_opens_slowly_does_not_hold_the_screen() -> None:
    async def job(driver: Driver) -> None:
        playback = await open_take(driver)
        playback.may_open.clear()
        await driver.pilot.press("p")
        await driver.pilot.press("p", "right", "down", "h")
        driver.app.poll()
        assert driver.text("#playback").startswith("…")
        playback.may_open.set()
        await driver.settle()
        assert playback.deeds.count("play") == 1
        assert playback.is_playing

    opening(job)


@pytest.mark.parametrize("key", ["escape", "space", "q"])
def test_leaving_falls_silent_and_gives_the_loudspeaker_back(key: str) -> None:
    async def job(driver: Driver) -> None:
        playback = await open_take(driver)
        await driver.press("p")
        await driver.pilot.press(key)
        if key != "q":
            await driver.settle()
            assert not playback.is_playing
        else:
            await driver.pilot.pause()
        heard.append(playback)

    heard: list[FakePlayback] = []
    opening(job)
    assert "close" in heard[0].deeds


# A live take, and its page.


def live_studio(recording: Path | None) -> FakeBackend:
    made = backend()
    make = made.new_player

    def new_player(setup: LiveOptions) -> FakePlayer:
        player = make(setup)
        player.recording = recording
        return player

    made.new_player = new_player  # type: ignore[method-assign]
    return made


def test_a_live_take_that_was_recorded_can_be_heard_and_put_on_a_page() -> None:
    async def job(driver: Driver) -> None:
        await driver.see(playing((0.0,) * 8, phase=LivePhase.FINISHED))
        assert driver.screen_name == "SummaryScreen"
        await driver.press("p")
        assert driver.backend.takes.playbacks[-1].is_playing
        await driver.press("h")
        assert driver.text("#message") == "The page is in /takes/live.html"
        await driver.press("h")
        assert driver.backend.takes.pages == [Path("/takes/live.html")]

    drive(job, backend=live_studio(Path("/takes/live.flac")))


@pytest.mark.parametrize("key", ["p", "h"])
def test_one_that_was_not_recorded_says_so(key: str) -> None:
    async def job(driver: Driver) -> None:
        await driver.see(playing((0.0,) * 8, phase=LivePhase.FINISHED))
        await driver.press(key, "left", "right")
        assert "was not recorded" in driver.text("#message")

    drive(job, backend=live_studio(None))


def test_a_page_that_cannot_be_written_is_one_line() -> None:
    async def job(driver: Driver) -> None:
        await open_take(driver)
        await driver.press("h")
        assert driver.text("#message") == "! the disk is full. Make room."
        driver.backend.takes.page_refusal = None
        await driver.press("h")
        assert driver.text("#message") == "The page is in /takes/scale.html"

    opening(job, backend=backend(page_refusal=OutputError("the disk is full", "Make room")))


@pytest.mark.parametrize("size", SIZES)
def test_every_size_can_be_drawn_while_it_sounds(size: tuple[int, int]) -> None:
    async def job(driver: Driver) -> None:
        playback = await open_take(driver)
        await driver.press("p")
        for place, new_size in enumerate(((80, 24), (0, 0), size)):
            await driver.resize(*new_size)
            playback.position_s = ONSET_S[10 * place]
            assert cursor(driver) == 10 * place
            await driver.settle()

    opening(job, size=size)


def test_all_keys_of_the_summary_fit_on_80_columns_and_help_names_them() -> None:
    async def job(driver: Driver) -> None:
        await open_take(driver)
        assert all(word in driver.page for word in ("hear", "page", "quit"))
        await driver.press("question_mark")
        for words in ("open a recorded take", "hear it, pause", "a note back or on", "write its"):
            assert words in driver.text("#help")

    opening(job)
