"""Drills are data: those of the program are sound, a player's own are checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from practiceear.data_files import TomlFile
from practiceear.errors import UsageError
from practiceear.instruments.registry import instrument_names, load_instrument
from practiceear.practice.drill import (
    Drill,
    DrillKind,
    built_in_drills,
    find_drill,
    load_drills,
    midi_of,
    read_drill,
)

GOOD = {"name": '"mine"', "title": '"Mine"', "kind": '"scale"', "notes": '"C4 D4"'}


def drill_text(**changes: str) -> str:
    return "\n".join(f"{key} = {value}" for key, value in {**GOOD, **changes}.items())


@pytest.mark.parametrize("drill", built_in_drills(), ids=lambda one: one.name)
def test_built_in_drills_can_be_played_on_what_they_are_written_for(drill: Drill) -> None:
    assert drill.listen_for.endswith(".")
    for name in drill.instruments:
        pitch_range = load_instrument(name).pitch_range
        for midi in drill.pitch_midi:
            assert pitch_range is not None
            hz = 440.0 * 2.0 ** ((midi - 69) / 12.0)
            assert pitch_range.lowest_hz <= hz <= pitch_range.highest_hz, (name, midi)


def test_every_instrument_has_a_scale_or_taps_and_long_tones() -> None:
    for name in instrument_names():
        kinds = {one.kind for one in built_in_drills() if one.suits(name)}
        assert DrillKind.LONG_TONE in kinds
        assert kinds & {DrillKind.SCALE, DrillKind.TAPPING, DrillKind.REPEATED}


@pytest.mark.parametrize(
    ("name", "midi"),
    [("A4", 69), ("C4", 60), ("B#3", 60), ("Cb4", 59), ("F#5", 78), ("Bbb2", 45), ("C-1", 0)],
)
def test_note_names_are_pitches(name: str, midi: int) -> None:
    assert midi_of(name) == midi


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"notes": '"C4 H4"'}, "H4"),
        ({"fingering": '"1 2 3"'}, "3 marks for 2 notes"),
        ({"kind": '"scales"'}, "scales"),
        ({"kind": '"long tones"'}, "tone_s"),
        ({"tone_s": "6"}, "tone_s"),
        ({"name": '"My Drill"'}, "lower case"),
        ({"bpm": "1000"}, "20 to 400"),
        ({"runs": "2.5"}, "whole"),
        ({"nots": '"C4"'}, "nots"),
    ],
)
def test_a_mistake_is_named(changes: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_drill(TomlFile.parse(drill_text(**changes), "mine.toml"))


def test_the_nearest_key_is_offered() -> None:
    with pytest.raises(UsageError) as caught:
        read_drill(TomlFile.parse(drill_text(fingerring='"1 2"'), "mine.toml"))
    assert "fingering" in caught.value.hint
    with pytest.raises(UsageError) as caught:
        find_drill(built_in_drills(), "g-major-viola")
    assert "major" in caught.value.hint


def test_a_players_own_drill_goes_in_front(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text(drill_text(name='"taps"', title='"My taps"'))
    drills = load_drills(tmp_path)
    assert find_drill(drills, "taps").title == "My taps"
    assert len(drills) == len(built_in_drills())
    assert load_drills(tmp_path / "nowhere") == built_in_drills()


def test_a_drill_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="UTF-8"):
        load_drills(tmp_path)
