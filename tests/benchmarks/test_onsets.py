"""The report of one run over a folder of sets, by a detector that hears what it is told to."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from benchmarks import onsets
from benchmarks.peers import Peer
from benchmarks.rules import Detections

PLAYED_S = {"violins": (0.2, 0.29, 0.8), "flutes": (0.3, 0.7)}
HEARD_S = (0.2, 0.3, 0.7)
SETS = """
[groups]
"strings" = ["violins"]
"winds" = ["flutes"]

[[left_out]]
take = "violins/anna"
from_s = 0.6
to_s = 1.0
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    heard_s = np.array(HEARD_S)
    peer = Peer("fake", "", "numpy", lambda _samples, _rate: Detections(heard_s, heard_s + 0.1))
    monkeypatch.setattr(onsets, "PEERS", (peer,))
    for dataset, played_s in PLAYED_S.items():
        take = tmp_path / "takes" / dataset / "anna.flac"
        take.parent.mkdir(parents=True)
        soundfile.write(take, np.full(44100, 0.25), 44100)
        labels = "".join(f"{time_s}\n" for time_s in played_s)
        take.with_suffix(".onsets.txt").write_text(labels, encoding="utf-8")
    (tmp_path / "takes" / "sets.toml").write_text(SETS, encoding="utf-8")
    known = {"real/violins/anna": {"madmom": [0.2, 0.29, 0.8]}, "real/flutes/anna": {"madmom": []}}
    (tmp_path / "takes" / "onsets.json").write_text(json.dumps(known), encoding="utf-8")
    return tmp_path


def _rows(report: str, title: str) -> dict[str, list[str]]:
    """The first table of a part: by its first column the others."""
    part = report.split(f"## {title}\n")[1].split("\n\n## ", maxsplit=1)[0]
    lines = [line for line in part.split("\n") if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    rows: dict[str, list[str]] = {}
    for first, *others in cells:
        rows.setdefault(first, others)
    return rows


def test_every_set_is_scored_beside_what_was_heard_elsewhere(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = "takes,intervals,each"
    where = ["--folders", str(folder / "takes"), "--kept", str(folder / "kept")]
    assert onsets.main([*where, "--parts", parts]) == 0
    report = capsys.readouterr().out
    sets = _rows(report, "All sets")
    assert sets["takes"] == ["notes", "fake", "madmom"]
    # Violins: two of three found by three, without the end two of two by two; flutes: two by three.
    assert sets["all notes"][:2] == ["5", ".727 / .727 / 2.5"]
    assert sets["strings"][:2] == ["3", ".667 / .667 / 5.0"]
    assert sets["strings, passages left out"][:2] == ["2", "1.00 / 1.00 / 5.0"]
    assert sets["winds"] == ["2", ".800 / .800 / 0.0", ".000 / .000 / –"]
    fast = _rows(report, "Fast notes")
    assert fast["all notes: 80 to 100 ms"] == ["2", "1.00", "1.00"]
    assert fast["strings: 200 ms and more"] == ["1", ".000", "1.00"]
    assert _rows(report, "Take by take")["flutes/anna"][1] == ".800 / .800 / 1.00 / .667"
    assert "CPU" not in report


def test_a_part_that_is_not_known_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert onsets.main(["--folders", str(folder), "--parts", "takes,songs"]) == 2
    assert "no part songs" in capsys.readouterr().err
