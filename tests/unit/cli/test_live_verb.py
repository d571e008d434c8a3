"""The live verbs without a sound card: what they print and how they end."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from practiceear.cli import run
from practiceear.cli.live import false_alarm_words
from practiceear.errors import ExitCode
from practiceear.live import opening


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRACTICEEAR_HOME", str(tmp_path))


def test_demo_in_lines_ends_with_the_report(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = opening.open_demo
    monkeypatch.setattr(opening, "prepare_live", lambda: None)
    monkeypatch.setattr(opening, "open_demo", lambda **options: real(is_real_time=False, **options))
    assert run(["live", "--demo", "--plain"]) == ExitCode.OK
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Demo: the built-in demo take plays")
    assert any("between notes, heard (SD)" in line for line in lines)
    progress = [line for line in lines if re.match(r"Bar \d+: \d+ notes", line)]
    assert all(", uneven, varying by about" in line for line in progress[1:])
    told = "Beat 4 is 37 ms late in every bar"  # the sentence that matters
    assert sum(line.startswith(told) for line in lines) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--bpm", "500"], "500 bpm is outside 20 to 400"),
        (["--bpm", "1e9"], "1e9 bpm is outside 20 to 400"),
        (["--bpm", "1000000000"], "1000000000 bpm is outside 20 to 400"),
        (["--bpm", "nan"], "nan bpm is outside 20 to 400"),
        (["--gap", "2+2"], "--gap means nothing without a metronome"),
        (["--bpm", "60", "--gap", "no"], "2+2"),
        (["--bpm", "60", "--tempo-change", "+4/2..40"], "never lead"),
        (["--bpm", "60", "--breath", "4"], "no breath cue"),
        (["--quiet-when-in-time"], "means nothing without a metronome"),
        (["--instrument", "violn"], "Did you mean violin"),
    ],
)
def test_options_without_sense_are_refused_before_anything_is_opened(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["live", *arguments]) == ExitCode.USAGE
    complaint = capsys.readouterr().err
    assert said in complaint
    assert len(complaint.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--bpm", "66,5"], "66.5 is"),
        (["--bpm", "fast"], "'fast' is not a number"),
        (["--bpm", "60", "--gap", "130%"], "130 %"),
        (["--demo", "--input", "Foo"], "--input means nothing beside --demo"),
        (["--demo", "--gap", "2+2"], "--gap means nothing beside --demo"),
        (["--count-in", "1.5"], "whole number"),
    ],
)
def test_what_makes_no_sense_is_said_in_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert run(["live", "--plain", *arguments]) == ExitCode.USAGE
    shown = capsys.readouterr().err
    assert said in shown
    assert shown.count("\n") == 1


def test_false_alarms_of_the_sound_system_are_told_only_where_there_were_some() -> None:
    assert false_alarm_words(0) == ""
    assert "once" in false_alarm_words(1)
    assert "3 times" in false_alarm_words(3)
