"""The playing screen: what stands on it in every state, and what does not."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace

import pytest

from practiceear.live.snapshot import LivePhase, LiveSnapshot, NoteState
from practiceear.metronome.program import GapClick, MetronomeProgram
from practiceear.rhythm.grid import Meter
from practiceear.settings import LiveOptions
from practiceear.tui.widgets.band import NoteStrip, StripView
from tests.tui.driving import PROGRAM, VIOLIN, Driver, drive
from tests.tui.fake_backend import FakeBackend, playing

STEADY_S = (-0.002, 0.001, 0.0, 0.002, -0.001, 0.0, 0.001, -0.001) * 2
LATE_S = tuple(note_s + 0.02 for note_s in STEADY_S)
JUDGEMENT_WORDS = ("EARLY", "LATE", "ON TIME", "EVEN", "early", "late", "ms, ", "more note")


def large(text: str, driver: Driver) -> str:
    """How the band would draw a text."""
    from practiceear.tui.widgets.big_number import fit_letters

    return fit_letters(text, driver.app.size.width - 4, 5)[2].strip()


@pytest.mark.parametrize(
    ("deviations_s", "sign"),
    [(STEADY_S, "● ON TIME"), (LATE_S, "▶ LATE"), ((-0.02,) * 8, "◀ EARLY")],
)
def test_the_sign_is_drawn_with_shape_and_words(deviations_s: Sequence[float], sign: str) -> None:
    async def job(driver: Driver) -> None:
        await driver.see(playing(deviations_s))
        assert large(sign, driver) in driver.text("#band")

    drive(job)


def test_the_number_has_its_interval_and_count() -> None:
    async def job(driver: Driver) -> None:
        await driver.see(playing(LATE_S))
        words = driver.text("#number")
        assert re.search(r"ms, [\d.]+ to [\d.]+", words)
        assert "16 notes" in words
        assert "how steady you are" in words
        await driver.see(playing(LATE_S[:3], elapsed_s=50.0))
        assert "until I can tell how steady you are" in driver.text("#number")

    drive(job)


def test_where_one_stands_is_said_at_the_top() -> None:
    async def job(driver: Driver) -> None:
        await driver.see(playing(STEADY_S))
        assert driver.text("#head").startswith("bar 12 · 60 bpm · violin ")
        assert driver.text("#head").endswith(" 0:42  ◉ REC")
        await driver.see(playing(STEADY_S, is_recording=False, n_gaps=2, n_lost_samples=99))
        assert "REC" not in driver.text("#head")
        assert "sound lost 2 times" in driver.text("#head")

    drive(job)


def test_the_present_beat_is_the_full_box() -> None:
    async def job(driver: Driver) -> None:
        columns = []
        for beat in range(4):
            await driver.see(playing(STEADY_S, beat=beat))
            boxes = driver.text("#beat").splitlines()[2]
            columns.append(boxes.rindex("█"))
            assert boxes.count("│") == 6
        assert columns == sorted(set(columns))

    drive(job)


def test_uncalibrated_nothing_is_early_or_late_on_average() -> None:
    async def job(driver: Driver) -> None:
        await driver.see(playing(LATE_S, is_calibrated=False))
        assert large("● EVEN", driver) in driver.text("#band")
        page = driver.page
        assert "your own average" in page
        assert not any(word in page for word in ("early", "late", "LATE", "EARLY"))

    drive(job)


def test_quiet_shows_no_judgement_until_the_end() -> None:
    async def job(driver: Driver) -> None:
        await driver.see(playing(LATE_S))
        page = driver.page
        assert not any(word in page for word in JUDGEMENT_WORDS)
        assert large("▶ LATE", driver) not in page
        assert not any(dot in page for dot in "○●▶◀")
        assert not driver.app.screen.query_one("#band").display
        assert "bar" in driver.text("#number")
        assert "level" in driver.text("#level")

    drive(job, setup=replace(VIOLIN, is_quiet=True))


def test_called_notes_are_hollow_until_they_are_settled() -> None:
    async def job(driver: Driver) -> None:
        confirmed = playing((0.001,) * 9)
        newest = replace(confirmed.notes[-1], state=NoteState.PROVISIONAL, deviation_s=0.02)
        await driver.see(replace(confirmed, notes=(*confirmed.notes[:-1], newest)))
        hollow = [row.index("○") for row in driver.text("#strip").splitlines() if "○" in row]
        assert len(hollow) == 1
        await driver.see(confirmed)
        text = driver.text("#strip")
        assert "○" not in text
        assert max(row.rindex("●") for row in text.splitlines() if "●" in row) < hollow[0]

    drive(job)


def test_a_withdrawn_note_leaves_the_strip() -> None:
    async def job(driver: Driver) -> None:
        picture = playing((0.02,))
        await driver.see(picture)
        assert "●" in driver.text("#strip")
        await driver.see(replace(picture, notes=()))
        assert "●" not in driver.text("#strip")

    drive(job)


@pytest.mark.parametrize(("deviation_s", "arrow"), [(-0.3, "◀"), (0.3, "▶")])
def test_a_note_beyond_the_strip_is_an_arrow_at_its_end(deviation_s: float, arrow: str) -> None:
    async def job(driver: Driver) -> None:
        await driver.see(playing((deviation_s,)))
        dots = driver.text("#strip").splitlines()[0]
        assert dots.strip(" ┊") == arrow
        assert dots.startswith("◀") == (arrow == "◀")

    drive(job)


def test_clipping_is_said_in_words() -> None:
    async def job(driver: Driver) -> None:
        await driver.see(playing(STEADY_S))
        assert "CLIPS" not in driver.page
        await driver.see(playing(STEADY_S, is_clipping=True, peak_dbfs=0.0))
        assert "■ CLIPS: turn the input down" in driver.text("#level")

    drive(job)


def test_a_warning_goes_before_the_banner() -> None:
    async def job(driver: Driver) -> None:
        await driver.see(playing(STEADY_S))
        assert driver.text("#notice") == "No microphone: the demo take."
        await driver.see(playing(STEADY_S, warning="Too quiet."))
        assert driver.text("#notice") == "! Too quiet."

    drive(job, backend=FakeBackend(banner="No microphone: the demo take."))


def test_ready_checks_the_level() -> None:
    async def job(driver: Driver) -> None:
        for peak_dbfs, words in ((-math.inf, "play a loud note"), (-50.0, "play a loud note")):
            await driver.see(LiveSnapshot(peak_dbfs=peak_dbfs))
            assert words in driver.text("#number")
        await driver.see(LiveSnapshot(peak_dbfs=-10.0))
        assert "play a loud note" not in driver.text("#number")
        await driver.see(LiveSnapshot(peak_dbfs=0.0, is_clipping=True))
        assert "turn the input down" in driver.text("#number")

    drive(job)


def test_the_count_in_is_named() -> None:
    async def job(driver: Driver) -> None:
        await driver.see(playing((), phase=LivePhase.COUNT_IN, bar=-1, beat=1))
        assert driver.text("#head").startswith("count-in")
        assert "play from the next bar on" in driver.text("#band")

    drive(job)


def test_a_silent_bar_shows_no_beat() -> None:
    async def job(driver: Driver) -> None:
        await driver.see(playing(STEADY_S, bar=1))
        sounding = driver.text("#beat")
        await driver.see(playing(STEADY_S, bar=2, beat=0, is_click_audible=False))
        first = driver.text("#beat")
        await driver.see(playing(STEADY_S, bar=2, beat=3, is_click_audible=False))
        assert first == driver.text("#beat") != sounding
        assert "│" not in first

    drive(job, setup=replace(VIOLIN, program=replace(PROGRAM, gap=GapClick(2, 2))))


def test_a_resting_click_is_explained_and_the_beat_stays() -> None:
    async def job(driver: Driver) -> None:
        await driver.see(playing(STEADY_S, is_click_audible=False))
        assert "The click rests" in driver.text("#notice")
        assert "│" in driver.text("#beat")

    drive(job, setup=replace(VIOLIN, is_quiet_when_in_time=True))


def test_a_silent_metronome_has_the_bigger_beat() -> None:
    heights = []

    async def job(driver: Driver) -> None:
        await driver.see(playing(STEADY_S, is_click_audible=False))
        heights.append(sum("█" in row for row in driver.text("#beat").splitlines()))

    drive(job)
    drive(job, setup=replace(VIOLIN, program=replace(PROGRAM, is_silent=True)))
    assert heights[1] > heights[0]


def test_the_breath_cue_fills_and_empties() -> None:
    async def job(driver: Driver) -> None:
        full = []
        for phase in (-0.9, -0.5, -0.1, 0.1, 0.5, 0.9):
            await driver.see(playing((), breath_phase=phase))
            text = driver.text("#breath")
            assert ("breathe in" if phase < 0 else "breathe out") in text
            full.append(text.count("█"))
        assert full[:3] == sorted(full[:3])
        assert full[3:] == sorted(full[3:], reverse=True)
        await driver.see(playing(()))
        assert "breathe" not in driver.page

    drive(job, setup=replace(VIOLIN, program=replace(PROGRAM, breath=(4, 8))))


def test_without_a_metronome_there_is_no_beat_and_no_strip() -> None:
    async def job(driver: Driver) -> None:
        nothing = playing((), bpm=None, bar=None, beat=None, is_calibrated=False)
        await driver.see(replace(nothing, spread_s=0.014, spread_n=20))
        assert "how even from note to note" in driver.text("#number")
        assert not driver.app.screen.query_one("#beat").display
        assert not driver.app.screen.query_one("#strip").display
        assert "bpm" not in driver.page

    drive(job, setup=LiveOptions("violin"))


def test_the_number_stays_calm_within_a_second() -> None:
    async def job(driver: Driver) -> None:
        await driver.see(playing(LATE_S, elapsed_s=42.0))
        before = driver.text("#number"), driver.text("#band")
        await driver.see(playing(STEADY_S, elapsed_s=42.9, spread_s=0.05))
        assert (driver.text("#number"), driver.text("#band")) == before
        await driver.see(playing(STEADY_S, elapsed_s=43.0, spread_s=0.05))
        assert driver.text("#number") != before[0]

    drive(job)


def test_what_did_not_change_is_not_drawn_again() -> None:
    async def job(driver: Driver) -> None:
        await driver.see(playing(STEADY_S))
        strip = driver.app.screen.query_one("#strip", NoteStrip)
        draws: list[StripView] = []
        draw = strip.draw
        strip.draw = lambda view, *size: draws.append(view) or draw(view, *size)  # type: ignore
        await driver.see(playing(STEADY_S, beat=3, level_dbfs=-50.0))
        assert draws == []
        await driver.see(playing(LATE_S))
        assert len(draws) == 1

    drive(job)


@pytest.mark.parametrize(
    "size", [(200, 60), (120, 40), (80, 24), (60, 18), (40, 12), (20, 6), (3, 3), (1, 1)]
)
def test_every_size_can_be_drawn(size: tuple[int, int]) -> None:
    async def job(driver: Driver) -> None:
        await driver.see(playing(LATE_S, warning="Too quiet.", is_clipping=True))
        for width, height in ((1, 1), size, (0, 0), (2, 40), (200, 1), size):
            await driver.resize(width, height)
            await driver.see(playing(STEADY_S))
            await driver.see(playing(LATE_S))
        if size[0] >= 10:
            assert "16 notes" in driver.text("#number")

    drive(job, size=size)


def test_a_small_screen_drops_the_strip_and_keeps_the_number() -> None:
    async def job(driver: Driver) -> None:
        await driver.see(playing(LATE_S))
        assert driver.app.screen.query_one("#strip").size.area
        for size in ((60, 18), (40, 12)):
            await driver.resize(*size)
            assert not driver.app.screen.query_one("#strip").display
            number = driver.text("#number")
            assert "█" in number
            assert "16 notes" in number

    drive(job)


@pytest.mark.parametrize("n_beats", [1, 7, 12, 32])
@pytest.mark.parametrize("size", [(40, 12), (80, 24)])
def test_every_meter_fits(n_beats: int, size: tuple[int, int]) -> None:
    async def job(driver: Driver) -> None:
        for beat in (0, n_beats - 1):
            await driver.see(playing(STEADY_S, n_beats=n_beats, beat=beat))
            width = driver.app.screen.query_one("#beat").size.width
            assert all(len(row) <= width for row in driver.text("#beat").splitlines())

    program = MetronomeProgram(120.0, Meter((n_beats,)))
    drive(job, setup=LiveOptions("guitar", program), size=size)
