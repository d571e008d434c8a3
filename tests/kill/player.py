"""Plays the demo in sessions of `practise` until it is killed; says what was heard, and when.

Run as ``python player.py FOLDER N``: N children play at once, each into a journal of its own,
``FOLDER/0`` and so on, and are killed at random moments. Each child writes ``heard`` beside its
journal: a line for each look at the take, with the clock and how many notes had been heard.
Printed is, child by child, when it was killed.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

from practiceear.app.take_backend import DemoBackend, SessionPlayer
from practiceear.cli.plain_practise import DemoClock, PlainPractice
from practiceear.journal.records import Moment, SessionKind, SessionRecord
from practiceear.live.snapshot import LiveSnapshot
from practiceear.practice.drill import built_in_drills
from practiceear.practice.plan import read_plan
from practiceear.practice.session_limits import PastPractice
from practiceear.practice.session_run import SessionRun
from practiceear.practice.session_writer import JournaledSession, SessionWriter
from practiceear.practice.steps import Step, StepKind
from practiceear.settings import LiveOptions
from practiceear.tui.player import LivePlayer, SummaryText

LIFE_S = (5.0, 12.0)
"""The demo counts in for some four seconds and plays for longer than the rest."""

PLAN = """
name = "Back to the violin"
author = "R. Meyer"
instrument = "violin"
[[drill]]
name = "g-major-violin"
bpm = 60
target_bpm = 72
runs = 4
"""


class WatchedPlayer(SessionPlayer):
    """The demo, in its own time; who looks at it says how many notes have been heard."""

    heard: Path

    def snapshot(self) -> LiveSnapshot:
        clock_s = time.monotonic()
        with self.heard.open("a", encoding="utf-8") as file:
            file.write(f"{clock_s} {len(self.played().so_far())}\n")
        return super().snapshot()


class WatchedBackend(DemoBackend):
    def __init__(self, heard: Path) -> None:
        super().__init__()
        self._heard = heard

    def new_player(self, setup: LiveOptions) -> LivePlayer:
        from practiceear.live.opening import open_demo

        player = WatchedPlayer(open_demo)
        player.heard = self._heard
        return player


def practise_until_killed(folder: Path) -> None:
    plan_file = folder / "plan.toml"
    plan_file.write_text(PLAN, encoding="utf-8")
    plan = read_plan(plan_file, built_in_drills())
    drill = plan.drills[0]
    steps = (Step(StepKind.DRILL, 40.0, drill.drill, 60.0, 3, drill),)
    record = SessionRecord(Moment.now(), SessionKind.PLAN, plan.name, plan.sha256)
    run = SessionRun(plan, steps, PastPractice(pains=(0.0,)))
    kept = JournaledSession(run, SessionWriter(folder, record))
    backend = WatchedBackend(folder / "heard")
    practice = PlainPractice(
        kept, backend, LiveOptions("violin"), lambda _: SummaryText("", []), DemoClock()
    )
    for _ in practice.lines():
        pass


def main() -> None:
    base, n_children = Path(sys.argv[1]), int(sys.argv[2])
    chance = random.Random(4)
    DemoBackend().prepare(lambda _: None)
    due: list[tuple[float, int]] = []
    for number in range(n_children):
        folder = base / str(number)
        folder.mkdir()
        child = os.fork()
        if child == 0:
            os.close(0)
            os.open(os.devnull, os.O_RDONLY)
            practise_until_killed(folder)
            os._exit(1)  # it should not have come to its end
        due.append((time.monotonic() + chance.uniform(*LIFE_S), child))
    children = [child for _, child in due]
    for due_s, child in sorted(due):
        time.sleep(max(0.0, due_s - time.monotonic()))
        sys.stdout.write(f"{children.index(child)} {time.monotonic()}\n")
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
