"""The form's texts and the setup say the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from practiceear.audio.blocks import StreamOptions
from practiceear.metronome.program import GapClick, MetronomeProgram, TempoChange
from practiceear.rhythm.grid import Meter, Subdivision
from practiceear.settings import LiveOptions
from practiceear.tui.setup_form import FieldError, read_texts, texts_of

FULL = LiveOptions(
    instrument="flute",
    program=MetronomeProgram(
        bpm=72.5,
        meter=Meter((3, 2, 2)),
        subdivision=Subdivision.parse("swing"),
        n_count_in_bars=2,
        is_slot_clicked=True,
        gap=GapClick(share_off=0.3, seed=11),
        tempo_change=TempoChange("ramp", 4, 120.0, 5.0),
        volume_db=-18.0,
        is_silent=True,
        breath=(4, 8),
    ),
    stream=StreamOptions("usb", "phones"),
    is_quiet=True,
    is_quiet_when_in_time=True,
    is_recording=False,
)


@pytest.mark.parametrize(
    "setup",
    [
        FULL,
        LiveOptions("violin"),
        LiveOptions("violin", MetronomeProgram(60.0)),
        LiveOptions(
            "cello",
            MetronomeProgram(
                60.0, gap=GapClick(2, 2), tempo_change=TempoChange("alternate", 4, 90.0)
            ),
        ),
    ],
)
def test_a_setup_comes_back_from_its_texts(setup: LiveOptions) -> None:
    assert read_texts(texts_of(setup), setup) == setup


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("bpm", "999"),
        ("bpm", ""),
        ("bpm", "6.0.0"),
        ("beats", "3+"),
        ("gap", "2"),
        ("tempo_change", "+4"),
        ("tempo_change", "-4/2..120"),
        ("count_in", ""),
        ("count_in", "99"),
        ("breath", "4"),
        ("breath", "0+8"),
        ("breath", "99+8"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(field: str, text: str) -> None:
    texts = replace(texts_of(replace(FULL)), **{field: text})
    with pytest.raises(FieldError) as caught:
        read_texts(texts, FULL)
    assert caught.value.field == field
    assert caught.value.error.hint


def test_without_a_metronome_its_fields_do_not_count() -> None:
    texts = replace(texts_of(FULL), has_metronome="no", bpm="nonsense")
    assert read_texts(texts, FULL).program is None
