"""Runs a practice session's app without a terminal, a microphone or a clock."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

from textual.pilot import Pilot

from practiceear.analysis.review import TakeReview
from practiceear.journal.records import Moment, SessionKind, SessionRecord
from practiceear.live.snapshot import LivePhase, LiveSnapshot
from practiceear.practice.drill import built_in_drills
from practiceear.practice.instructions import Instruction
from practiceear.practice.plan import PracticePlan, read_plan
from practiceear.practice.session_limits import PastPractice
from practiceear.practice.session_run import SessionRun
from practiceear.practice.session_writer import JournaledSession, SessionWriter
from practiceear.practice.steps import Step, StepKind
from practiceear.settings import LiveOptions
from practiceear.tui.practice_app import PracticeApp
from tests.tui.driving import shown
from tests.tui.fake_backend import FakeBackend, described, playing, reviewed

PLAN = """
name = "Back to the violin"
author = "R. Meyer"
instrument = "violin"
silent_rehearsal = true
[ceiling]
bpm = 72
[[drill]]
name = "g-major-violin"
bpm = 60
target_bpm = 72
runs = 4
"""
SIZE = (80, 24)

Job = Callable[["PracticeDriver"], Awaitable[None]]


def read(folder: Path, text: str = PLAN) -> PracticePlan:
    path = folder / "plan.toml"
    path.write_text(text, encoding="utf-8")
    return read_plan(path, built_in_drills())


def steps_of(plan: PracticePlan) -> tuple[Step, ...]:
    """One step of each kind, short."""
    planned = plan.drills[0]
    drill = Step(StepKind.DRILL, 40.0, planned.drill, 60.0, 3, planned)
    return (
        drill,
        Step(StepKind.ASK, 10.0),
        Step(StepKind.REST, 300.0),
        Step(StepKind.SILENT_REHEARSAL, 8.25, planned.drill, 60.0, 1),
        replace(drill, n_runs=1),
        Step(StepKind.PERFORMANCE, 9.0, planned.drill, 60.0, 1),
        Step(StepKind.ASK, 10.0),
    )


@cache
def scale() -> TakeReview:
    """A scale of 29 notes, nearly even."""
    return reviewed([2.0 + 0.25 * k + 0.004 * (-1) ** (k // 2) for k in range(29)])


class PracticeDriver:
    """One running app."""

    def __init__(self, app: PracticeApp, pilot: Pilot[None], backend: FakeBackend) -> None:
        self.app, self.pilot, self.backend = app, pilot, backend

    async def settle(self) -> None:
        """Let threads and screens come to rest."""
        await self.pilot.pause()
        while not all(worker.is_finished for worker in self.app.workers):
            await self.app.workers.wait_for_complete()
            await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.settle()

    async def wait(self, time_s: float) -> None:
        """Let time pass."""
        self.app.fake_time_s += time_s
        self.app.poll()
        await self.settle()

    async def see(self, snapshot: LiveSnapshot) -> None:
        self.backend.player.now = snapshot
        await self.wait(0.0)

    async def play(self, time_s: float = 12.0) -> None:
        """Play a run to its end."""
        self.app.fake_time_s += time_s
        await self.see(playing((0.001, -0.001) * 8, phase=LivePhase.FINISHED))

    async def end_wait(self) -> None:
        """Let the breath, rest or rehearsal pass that is on."""
        until_s = self.now.until_s  # type: ignore[union-attr]
        await self.wait(until_s - self.app.view.session_s())

    @property
    def now(self) -> Instruction:
        return self.app.view.now

    @property
    def screen_name(self) -> str:
        return type(self.app.screen).__name__

    @property
    def page(self) -> str:
        widgets = self.app.screen.query("*").results()
        return "\n".join(shown(widget) for widget in widgets if widget.size.area and widget.display)


def drive_practice(
    job: Job,
    folder: Path,
    *,
    backend: FakeBackend | None = None,
    size: tuple[int, int] = SIZE,
    past: PastPractice | None = None,
    steps: Callable[[PracticePlan], tuple[Step, ...]] = steps_of,
    is_begun: bool = True,
) -> None:
    """Run a session's app, do the job, and leave."""
    backend = backend or FakeBackend(review=scale())
    plan = read(folder)
    record = SessionRecord(Moment.now(), SessionKind.PLAN, plan.name, plan.sha256)
    past = past or PastPractice(pains=(0.0,))
    kept = JournaledSession(SessionRun(plan, steps(plan), past), SessionWriter(folder, record))

    async def run() -> None:
        app = PracticeApp(
            backend, LiveOptions("violin"), kept, describe=described, is_fake_clock=True
        )
        async with app.run_test(size=size) as pilot:
            driver = PracticeDriver(app, pilot, backend)
            await driver.settle()
            if is_begun:
                await driver.press("space")
            await job(driver)

    try:
        asyncio.run(run())
    finally:
        kept.writer.close()
