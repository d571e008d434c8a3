"""What the real Sonic Visualiser makes of our files."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from practiceear.cli import run
from practiceear.errors import ExitCode
from tests.desktop.sonic_visualiser import PROGRAM, kept_layers
from tests.support.recordings import FIXTURES

pytestmark = pytest.mark.skipif(
    PROGRAM is None, reason="Sonic Visualiser is not installed (apt install sonic-visualiser)"
)

TAKE = FIXTURES / "violin_detached" / "take.flac"
OPTIONS = ["--instrument", "violin", "--bpm", "92", "--subdivision", "2"]
LAYERS = ("onsets", "deviation", "level")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sonic-visualiser")


@pytest.fixture(scope="module")
def layers(folder: Path) -> dict[str, Path]:
    """The layers that Sonic Visualiser kept of ours, by their names."""
    for name in LAYERS:
        files = [str(folder / f"{name}{ending}") for ending in (".svl", ".csv")]
        assert run(["export", str(TAKE), *files, "--layer", name, *OPTIONS]) == ExitCode.OK
    midi = folder / "played.mid"
    assert run(["export", str(TAKE), str(midi), *OPTIONS]) == ExitCode.OK
    opened = [*(folder / f"{name}.svl" for name in LAYERS), midi]
    return {shown_name(layer): layer for layer in kept_layers(TAKE, opened, folder)}


def shown_name(layer: Path) -> str:
    element = ElementTree.parse(layer).find("display/layer")
    assert element is not None
    return element.get("name", "")


def points(layer: Path) -> list[dict[str, str]]:
    found = [dict(point.attrib) for point in ElementTree.parse(layer).iterfind("data/*/point")]
    assert len(found) > 20
    return found


@pytest.mark.parametrize(
    ("name", "shown"), [("onsets", "Onsets"), ("deviation", "Late or early"), ("level", "Level")]
)
def test_a_layer_is_kept_point_for_point(
    folder: Path, layers: dict[str, Path], name: str, shown: str
) -> None:
    assert points(layers[shown]) == points(folder / f"{name}.svl")
    ours = (folder / f"{name}.csv").read_text("utf-8").splitlines()
    assert layers[shown].with_suffix(".csv").read_text("utf-8").splitlines() == ours


def test_notes_of_the_midi_file_begin_where_the_onsets_are(layers: dict[str, Path]) -> None:
    notes, onsets = points(layers["Notes"]), points(layers["Onsets"])
    assert len(notes) == len(onsets)
    for note, onset in zip(notes, onsets, strict=True):
        assert abs(int(note["frame"]) - int(onset["frame"])) <= 3  # 0.07 ms: half a tick and half
        assert onset["label"].startswith(note["label"].split(" ")[0])  # the pitch
