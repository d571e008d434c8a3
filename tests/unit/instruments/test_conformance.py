"""Every profile keeps what it promises, ours and a stranger's that is found on the path."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from practiceear.cli import run
from practiceear.errors import ExitCode
from practiceear.instruments.registry import instrument_names, instrument_sources, load_instrument
from practiceear.reports.instrument_words import instrument_lines, note_name
from practiceear.session.conformance import broken_promises

STRANGER = Path(__file__).resolve().parents[2] / "third_party_profile"


@pytest.fixture
def stranger(monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that offers a hurdy-gurdy, and two profiles that are broken."""
    monkeypatch.syspath_prepend(str(STRANGER))


@pytest.mark.parametrize("name", instrument_names())
def test_our_profiles_keep_their_promises(name: str) -> None:
    assert broken_promises(load_instrument(name)) == ()


def test_a_strangers_profile_is_found_and_keeps_its_promises(stranger: None) -> None:
    assert instrument_sources()["hurdy-gurdy"] == "hurdy-gurdy"
    profile = load_instrument("hurdy-gurdy")
    assert broken_promises(profile) == ()
    lines = "\n".join(instrument_lines(profile))
    assert "the end of a sound is not the player's" in lines
    assert "less surely" in lines


def test_a_profile_that_promises_too_much_is_told(stranger: None) -> None:
    profile = load_instrument("hurdy-gurdy")
    vain = replace(profile, floor=replace(profile.floor, onset_s=1e-6))
    assert any("floor promises" in one for one in broken_promises(vain))


@pytest.mark.parametrize(("name", "said"), [("wheel-fiddle", "not an"), ("lira", "cannot be")])
def test_broken_plug_ins_are_one_line_and_the_rest_works(
    stranger: None, capsys: pytest.CaptureFixture[str], name: str, said: str
) -> None:
    assert run(["instruments", "violin", name]) == ExitCode.MISSING
    shown = capsys.readouterr()
    assert "violin, from" in shown.out
    assert said in shown.err
    assert shown.err.count("\n") == 1


def test_the_test_is_offered_to_authors(stranger: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["instruments", "hurdy-gurdy", "--test"]) == ExitCode.OK
    assert "passed" in capsys.readouterr().out


def test_every_profile_says_what_it_measures_and_what_not() -> None:
    for name in instrument_names():
        lines = instrument_lines(load_instrument(name))
        assert all(len(one) <= 120 for one in lines)
        assert any("floor" in one for one in lines)


@pytest.mark.parametrize(("hz", "name"), [(440.0, "A4"), (65.4, "C2"), (466.2, "Bb4")])
def test_notes_are_named(hz: float, name: str) -> None:
    assert note_name(hz) == name
