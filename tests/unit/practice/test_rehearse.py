"""Imagined runs: their tempo, their length, and where in them one is."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path

import pytest

from practiceear.practice.drill import built_in_drills, find_drill
from practiceear.practice.instructions import CountInBegins, Pause, Play, Rehearse, Resume
from practiceear.practice.plan import read_plan
from practiceear.practice.schedule import todays_steps
from practiceear.practice.session_limits import PastPractice
from practiceear.practice.session_run import SessionRun
from practiceear.practice.steps import run_length_s
from tests.unit.practice.simulated_players import SimulatedPlayer, play

SCALE = find_drill(built_in_drills(), "g-major-violin")
PLAN = """
name = "Imagined"
author = "R. Meyer"
instrument = "violin"
silent_rehearsal = true
[ceiling]
bpm = 120
[rest]
short_after_minutes = 8
[[drill]]
name = "g-major-violin"
bpm = 60
target_bpm = 120
runs = 60
"""


def session(folder: Path, target_bpm: int = 120) -> SessionRun:
    path = folder / "plan.toml"
    path.write_text(PLAN.replace("120", str(target_bpm)), encoding="utf-8")
    plan = read_plan(path, built_in_drills())
    return SessionRun(plan, todays_steps(plan, date(2026, 3, 5)), PastPractice(pains=(0.0,)))


def test_it_has_the_tempo_of_the_run_that_follows_it(tmp_path: Path) -> None:
    player = SimulatedPlayer(cv_of_run=lambda run: max(0.03, 0.1 * 0.985**run))
    orders = [one for _, one, _ in play(session(tmp_path), player)]
    pairs = [
        (one.bpm, next(after.bpm for after in orders[at:] if isinstance(after, Play)))
        for at, one in enumerate(orders)
        if isinstance(one, Rehearse)
    ]
    assert pairs
    assert all(imagined == played for imagined, played in pairs)
    assert max(imagined for imagined, _ in pairs) > 60.0  # the ladder was climbed meanwhile


def test_what_need_not_be_played_any_more_is_not_imagined(tmp_path: Path) -> None:
    run = session(tmp_path, target_bpm=72)
    orders = [one for _, one, _ in play(run, SimulatedPlayer())]
    assert max(one.bpm for one in orders if isinstance(one, Play)) == 72.0
    assert not any(isinstance(one, Rehearse) for one in orders)
    assert not run.is_cut_short


@pytest.mark.parametrize("bpm", [40.0, 66.0, 123.0])
def test_bars_and_beats_are_those_of_a_clock_that_counts(bpm: float) -> None:
    one = Rehearse(SCALE, bpm, began_s=10.0)
    beat_s = 60.0 / bpm
    assert one.until_s == pytest.approx(10.0 + 4 * beat_s + run_length_s(SCALE, bpm))
    places = [one.beat_at(10.0 + (k + 0.5) * beat_s) for k in range(12)]
    assert places == [(bar, beat) for bar in (-1, 0, 1) for beat in range(4)]
    assert one.beat_at(9.99) is None
    starts_s = one.bar_starts_s()
    assert list(starts_s) == [-1, 0, 1, 2]
    for bar, start_s in starts_s.items():
        assert one.beat_at(start_s + 0.01) == (bar, 0)
        assert start_s < one.until_s


def test_before_it_is_known_when_it_begins_there_is_no_beat_and_no_end() -> None:
    one = Rehearse(SCALE, 60.0)
    assert one.beat_at(100.0) is None
    assert math.isnan(one.until_s)


def test_long_tones_have_no_beat() -> None:
    tones = find_drill(built_in_drills(), "long-tones")
    one = Rehearse(tones, 60.0, began_s=0.0)
    assert one.program is None
    assert one.beat_at(1.0) is None
    assert one.bar_starts_s() == {}
    assert one.length_s == tones.tone_s


def test_after_a_pause_its_count_in_comes_again(tmp_path: Path) -> None:
    run = session(tmp_path)
    at_s = next(
        at_s
        for at_s, order, _ in play(run, SimulatedPlayer())
        if isinstance(order, Rehearse) and not math.isnan(order.began_s)
    )
    assert isinstance(run.now, Rehearse)
    run.feed(Pause(), at_s + 3.0)
    again = run.feed(Resume(), at_s + 60.0)
    assert isinstance(again, Rehearse)
    assert math.isnan(again.began_s)
    begun = run.feed(CountInBegins(0.5), at_s + 61.0)
    assert isinstance(begun, Rehearse)
    assert begun.began_s == pytest.approx(at_s + 61.5)
