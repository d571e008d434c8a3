"""Takes that the terminal app opens: heard as the command line hears them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from practiceear.analysis.aligned_take import TEMPO_CHANGED
from practiceear.analysis.review import TakeReview, review_take
from practiceear.app.past_takes import RecordedTakes
from practiceear.errors import TakeError
from practiceear.fixtures.fixture import demo_take
from practiceear.instruments.registry import load_instrument
from practiceear.metrics.catalogue import MetricKey
from practiceear.metronome.program import MetronomeProgram, TempoChange
from practiceear.rhythm.grid import Subdivision
from practiceear.settings import Exercise, LiveOptions
from practiceear.tui.player import CancelledError

PROGRAM = MetronomeProgram(66.0, subdivision=Subdivision.parse("4"))
VIOLIN = LiveOptions("violin", PROGRAM)


@pytest.fixture
def take(tmp_path: Path) -> Path:
    return demo_in(tmp_path)


def demo_in(folder: Path) -> Path:
    (folder / "takes").mkdir()
    with demo_take() as fixture:
        return Path(shutil.copy(fixture.take_path, folder / "takes" / "scale.flac"))


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> tuple[TakeReview, list[str]]:
    """The review of the take, and what was told of it meanwhile."""
    told: list[str] = []
    return heard(demo_in(tmp_path_factory.mktemp("opened")), told.append), told


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PRACTICEEAR_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def heard(take: Path, progress: Callable[[str], None] = lambda _words: None) -> TakeReview:
    return RecordedTakes().review(take, VIOLIN.exercise, progress)


def test_a_take_is_heard_as_the_command_line_hears_it(
    take: Path, opened: tuple[TakeReview, list[str]]
) -> None:
    from practiceear.audio.takefile import TakeFile

    file = TakeFile(take)
    exercise = Exercise(66.0, subdivision=Subdivision.parse("4"))
    truth = review_take(file, file, load_instrument("violin"), exercise)
    found, told = opened
    for field in truth.snapshot.notes.dtype.names or ():
        np.testing.assert_array_equal(found.snapshot.notes[field], truth.snapshot.notes[field])
    assert [one.value for one in found.snapshot.compared] == pytest.approx(
        [one.value for one in truth.snapshot.compared], nan_ok=True
    )
    assert told == [*dict.fromkeys(told)]
    assert told[-2:] == ["100 %", "heard, now measured"]


def test_the_tempo_counts_only_where_a_metronome_keeps_one() -> None:
    changing = MetronomeProgram(60.0, tempo_change=TempoChange.parse("+4/2..120"))
    assert VIOLIN.exercise.bpm == 66.0
    assert LiveOptions().exercise == Exercise()
    assert LiveOptions("violin", changing).exercise == Exercise(instrument="violin")


def test_where_the_tempo_changed_nothing_is_said_about_a_beat(
    take: Path, opened: tuple[TakeReview, list[str]]
) -> None:
    exercise = replace(VIOLIN.exercise, is_tempo_steady=False)
    found = RecordedTakes().review(take, exercise, lambda _words: None).snapshot
    assert found.grid_fit.grid is None
    assert found.grid_fit.reason == TEMPO_CHANGED
    assert found.alignment is None
    assert found.metrics[MetricKey.DEVIATION_SPREAD].is_unavailable
    assert not found.metrics[MetricKey.LOUDNESS_SD].is_unavailable
    assert len(found.notes) == len(opened[0].snapshot.notes)


def test_who_no_longer_waits_ends_the_listening(take: Path) -> None:
    def leave(_words: str) -> None:
        raise CancelledError

    with pytest.raises(CancelledError):
        heard(take, leave)


def test_what_is_no_take_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "no.wav").write_text("no take")
    for name in ("no.wav", "gone.wav"):
        with pytest.raises(TakeError) as error:
            heard(tmp_path / name)
        assert "\n" not in str(error.value)


def test_pages_stand_beside_the_take_and_replace_nothing(
    take: Path, home: Path, opened: tuple[TakeReview, list[str]]
) -> None:
    first, second = (RecordedTakes().write_page(opened[0], take) for _ in range(2))
    assert (first, second) == (take.with_name("scale.html"), take.with_name("scale-2.html"))
    assert "</html>" in first.read_text()
    assert not home.exists()


def test_a_folder_that_is_read_only_sends_the_page_to_the_takes(
    take: Path,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    opened: tuple[TakeReview, list[str]],
) -> None:
    monkeypatch.setattr(os, "access", lambda path, _mode: Path(path) != take.parent)
    page = RecordedTakes().write_page(opened[0], take)
    assert page == home / "takes" / "scale.html"
    assert page.is_file()
