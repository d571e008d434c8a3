"""A silent rehearsal: its count-in is heard, its beat is seen, and nothing of it is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from practiceear.errors import DeviceError
from practiceear.journal.connection import open_journal
from practiceear.journal.reading import list_takes
from practiceear.practice.drill import built_in_drills, find_drill
from practiceear.practice.instructions import Paused, Play, Rehearse, Stopped
from practiceear.practice.plan import PracticePlan
from practiceear.practice.steps import Step, StepKind
from practiceear.tui.widgets.big_number import BeatDisplay
from tests.tui.fake_backend import FakeBackend
from tests.tui.practising import PracticeDriver, drive_practice, scale

BPM = 64.0
BEAT_S = 60.0 / BPM
LEAD_S = 0.5  # of the backend's count-in
BEATS = 4 + 8.25  # a bar of count-in, then 29 sixteenths of which the last one fills a beat


def rehearsed_first(plan: PracticePlan) -> tuple[Step, ...]:
    drill = plan.drills[0].drill
    return (
        Step(StepKind.SILENT_REHEARSAL, 8.25 * BEAT_S, drill, BPM, 1),
        Step(StepKind.PERFORMANCE, 9.0, drill, BPM, 1),
    )


def beat(driver: PracticeDriver) -> int | None:
    return driver.app.screen.query_one("#beat", BeatDisplay).view.beat


def number_of_takes(folder: Path) -> int:
    with open_journal(folder) as journal:
        return len(list_takes(journal))


def test_the_count_in_sounds_then_the_beat_is_seen_and_the_run_follows(tmp_path: Path) -> None:
    async def job(driver: PracticeDriver) -> None:
        backend = driver.backend
        (setup,) = backend.counted_in
        assert setup.program is not None
        assert (setup.program.bpm, setup.program.n_count_in_bars) == (BPM, 1)
        assert "READY" in driver.page
        assert beat(driver) is None
        await driver.wait(LEAD_S - 0.5 * BEAT_S)
        beats, signs = [], []
        for _ in range(12):
            await driver.wait(BEAT_S)
            assert isinstance(driver.now, Rehearse)
            beats.append(beat(driver))
            signs.append("COUNT IN" in driver.page)
        assert beats == [0, 1, 2, 3] * 3
        assert signs == [True] * 4 + [False] * 8
        assert backend.players == []
        assert backend.count_ins[0].deeds == ["start"]
        await driver.wait((BEATS - 11.5) * BEAT_S)
        assert isinstance(driver.now, Play)
        assert backend.count_ins[0].deeds == ["start", "close"]
        assert [setup.program.bpm for setup in backend.setups if setup.program] == [BPM]

    drive_practice(job, tmp_path, steps=rehearsed_first)


def test_nothing_of_it_is_recorded(tmp_path: Path) -> None:
    async def job(driver: PracticeDriver) -> None:
        await driver.wait(5.0)
        await driver.press("escape")
        assert isinstance(driver.now, Stopped)
        assert driver.backend.players == []
        assert driver.backend.count_ins[0].deeds == ["start", "close"]

    drive_practice(job, tmp_path, steps=rehearsed_first)
    assert number_of_takes(tmp_path) == 0


@pytest.mark.parametrize("key", ["s", "space"])
def test_it_can_be_left_out_in_the_midst_of_the_count_in(tmp_path: Path, key: str) -> None:
    async def job(driver: PracticeDriver) -> None:
        await driver.wait(LEAD_S + BEAT_S)
        await driver.press(key)
        assert isinstance(driver.now, Play)
        assert driver.backend.count_ins[0].deeds == ["start", "close"]

    drive_practice(job, tmp_path, steps=rehearsed_first)


def test_after_a_pause_it_is_counted_in_anew(tmp_path: Path) -> None:
    async def job(driver: PracticeDriver) -> None:
        await driver.wait(LEAD_S + 7 * BEAT_S)
        await driver.press("p")
        assert isinstance(driver.now, Paused)
        assert driver.backend.count_ins[0].deeds == ["start", "close"]
        await driver.wait(100.0)
        await driver.press("p")
        await driver.wait(LEAD_S + 0.5 * BEAT_S)
        assert "COUNT IN" in driver.page
        assert beat(driver) == 0
        assert [count_in.deeds for count_in in driver.backend.count_ins] == [
            ["start", "close"],
            ["start"],
        ]

    drive_practice(job, tmp_path, steps=rehearsed_first)


def test_without_a_loudspeaker_it_is_seen(tmp_path: Path) -> None:
    backend = FakeBackend(review=scale(), has_loudspeaker=False)

    async def job(driver: PracticeDriver) -> None:
        await driver.wait(1.5 * BEAT_S)
        assert "COUNT IN" in driver.page
        assert beat(driver) == 1
        assert "!" not in driver.page
        await driver.wait(BEATS * BEAT_S)
        assert isinstance(driver.now, Play)

    drive_practice(job, tmp_path, steps=rehearsed_first, backend=backend)


def test_a_loudspeaker_that_refuses_is_told_and_the_beat_is_seen(tmp_path: Path) -> None:
    reason = DeviceError("Headphones is busy", "Choose another one")
    backend = FakeBackend(review=scale(), count_in_refusal=reason)

    async def job(driver: PracticeDriver) -> None:
        await driver.wait(1.5 * BEAT_S)
        assert "! The count-in is only seen: Headphones is busy." in driver.page
        assert beat(driver) == 1
        assert driver.backend.count_ins[0].deeds == ["start", "close"]

    drive_practice(job, tmp_path, steps=rehearsed_first, backend=backend)


def test_long_tones_have_neither_count_in_nor_beat(tmp_path: Path) -> None:
    tones = find_drill(built_in_drills(), "long-tones")

    def steps(plan: PracticePlan) -> tuple[Step, ...]:
        _, performance = rehearsed_first(plan)
        assert tones.tone_s is not None
        return (Step(StepKind.SILENT_REHEARSAL, tones.tone_s, tones, BPM, 1), performance)

    async def job(driver: PracticeDriver) -> None:
        assert driver.backend.count_ins == []
        assert not driver.app.screen.query_one("#beat", BeatDisplay).display
        assert tones.tone_s is not None
        await driver.wait(tones.tone_s - 0.1)
        assert isinstance(driver.now, Rehearse)
        await driver.wait(0.2)
        assert isinstance(driver.now, Play)

    drive_practice(job, tmp_path, steps=steps)
