"""Runs the app without a terminal and looks at what is on its screen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from textual.pilot import Pilot
from textual.widgets import Static

from practiceear.live.snapshot import LiveSnapshot
from practiceear.metronome.program import MetronomeProgram
from practiceear.rhythm.grid import Meter, Subdivision
from practiceear.settings import LiveOptions
from practiceear.tui.app import PracticeEarApp
from practiceear.tui.widgets.cells import CellWidget
from tests.tui.fake_backend import FakeBackend, described

PROGRAM = MetronomeProgram(60.0, Meter(), Subdivision.parse("4"))
VIOLIN = LiveOptions("violin", PROGRAM)
SIZE = (80, 24)
MOST_ROUNDS = 100  # of messages from screen to app, on a busy machine

Job = Callable[["Driver"], Awaitable[None]]


class Driver:
    """One running app."""

    def __init__(self, app: PracticeEarApp, pilot: Pilot[None], backend: FakeBackend) -> None:
        self.app = app
        self.pilot = pilot
        self.backend = backend

    async def settle(self) -> None:
        """Let threads and screens come to rest."""
        await self.pilot.pause()
        while not all(worker.is_finished for worker in self.app.workers):
            await self.app.workers.wait_for_complete()
            await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.settle()

    async def see(self, snapshot: LiveSnapshot) -> None:
        """Let the take be at this moment, once the app has opened it."""
        for _ in range(MOST_ROUNDS):
            if self.backend.players:
                break
            await self.settle()
        self.backend.player.now = snapshot
        self.app.poll()
        await self.settle()

    async def resize(self, width: int, height: int) -> None:
        await self.pilot.resize_terminal(width, height)
        await self.settle()

    @property
    def screen_name(self) -> str:
        return type(self.app.screen).__name__

    def text(self, selector: str) -> str:
        """What one widget shows."""
        return shown(self.app.screen.query_one(selector))

    @property
    def page(self) -> str:
        """What all widgets show that are not left out."""
        widgets = self.app.screen.query("*").results()
        return "\n".join(shown(widget) for widget in widgets if widget.size.area and widget.display)


def shown(widget: Any) -> str:
    if isinstance(widget, CellWidget):
        return widget.plain
    return str(widget.content) if isinstance(widget, Static) else ""


def drive(
    job: Job,
    *,
    backend: FakeBackend | None = None,
    setup: LiveOptions = VIOLIN,
    size: tuple[int, int] = SIZE,
    is_playing: bool = True,
    is_ready: bool = True,
) -> None:
    """Run an app, do the job, and leave; ``is_playing`` begins with a take."""
    backend = backend or FakeBackend()

    async def run() -> None:
        app = PracticeEarApp(
            backend,
            setup,
            describe=described,
            is_started_at_once=is_playing,
            is_fake_clock=True,
        )
        async with app.run_test(size=size) as pilot:
            driver = Driver(app, pilot, backend)
            if is_ready:
                await driver.settle()
            await job(driver)

    asyncio.run(run())
