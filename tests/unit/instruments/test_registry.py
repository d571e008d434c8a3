from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint

import pytest

from practiceear.errors import MissingError, UsageError
from practiceear.instruments import registry
from practiceear.instruments.profile import UNNAMED, InstrumentProfile

ASKED_FOR = {
    "violin", "viola", "cello", "double-bass", "guitar", "flute", "clarinet", "oboe",
    "saxophone", "trumpet", "piano", "tap",
}  # fmt: skip


def test_all_instruments_are_found() -> None:
    assert set(registry.instrument_names()) >= ASKED_FOR


@pytest.mark.parametrize("name", sorted(ASKED_FOR))
def test_every_profile_is_whole(name: str) -> None:
    profile = registry.load_instrument(name)
    assert profile.name == name
    assert 0.0005 < profile.detector_error.onset_s < 0.03
    assert (profile.pitch_range is None) == (name == "tap")


def test_no_floor_is_finer_than_where_nothing_is_known() -> None:
    floors = [registry.load_instrument(name).detector_error.onset_s for name in ASKED_FOR]
    assert UNNAMED.detector_error.onset_s >= max(floors)


def test_listing_imports_no_profile() -> None:
    probe = (
        "from practiceear.instruments.registry import instrument_sources; instrument_sources();"
        "import sys; sys.exit('practiceear.instruments.profile' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", probe], check=False).returncode == 0


@pytest.mark.parametrize(
    ("name", "offered"), [("violn", "violin"), ("Chello", "cello"), ("sax", "saxophone")]
)
def test_an_unknown_name_is_answered_with_the_nearest(name: str, offered: str) -> None:
    with pytest.raises(UsageError, match=offered) as caught:
        registry.load_instrument(name)
    assert name in caught.value.message


def test_names_may_be_typed_as_they_are_spoken() -> None:
    assert registry.load_instrument("Double Bass").name == "double-bass"


def offer(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    point = EntryPoint("theremin", value, registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: [point])


def test_a_strangers_profile_is_loaded_as_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, "practiceear.instruments.strings:VIOLIN")
    assert isinstance(registry.load_instrument("theremin"), InstrumentProfile)


@pytest.mark.parametrize("value", ["no_such_package:THEREMIN", "practiceear.units:FloatArray"])
def test_a_strangers_broken_profile_is_named(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    offer(monkeypatch, value)
    with pytest.raises(MissingError, match="theremin") as caught:
        registry.load_instrument("theremin")
    assert value in caught.value.message
