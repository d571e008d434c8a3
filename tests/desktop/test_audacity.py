"""Labels through the real Audacity: in, corrected there, out, and into a review."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from practiceear.cli import run
from practiceear.errors import ExitCode
from tests.desktop.audacity import audacity, why_not
from tests.support.recordings import FIXTURES

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())

TAKE = FIXTURES / "violin_detached" / "take.flac"
OPTIONS = ["--instrument", "violin", "--bpm", "92", "--subdivision", "2"]


def test_labels_go_through_audacity_and_come_back_as_corrections(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edits, labels, midi = (tmp_path / name for name in ("edits.json", "labels.txt", "played.mid"))
    remarked = tmp_path / "remarked.txt"
    assert run(["export", str(TAKE), str(labels), str(midi), *OPTIONS]) == ExitCode.OK
    remarked.write_text(labels.read_text("utf-8") + "4.000000\t5.500000\tschöner Ton\n", "utf-8")
    back, corrected = tmp_path / "back.txt", tmp_path / "corrected.txt"
    with audacity(tmp_path / "home") as program:
        program.do(f"Import2: Filename={TAKE}")
        program.do_with_file("ImportLabels:", "containing labels", remarked)
        seen = program.labels()
        program.do_with_file("ExportLabels:", "Export Labels", back)
        start, end, _ = seen[3]
        program.do(f"SetLabel: Label=3 Start={start + 0.015} End={end + 0.015}")
        program.do_with_file("ExportLabels:", "Export Labels", corrected)
        program.do_with_file("ImportMIDI:", "MIDI file", midi)
        assert '"kind":"note"' in program.do("GetInfo: Type=Tracks Format=JSON")
    assert len(seen) == len(labels.read_text("utf-8").splitlines()) + 1
    assert sorted(back.read_text("utf-8").splitlines()) == sorted(
        remarked.read_text("utf-8").splitlines()
    )
    options = [*OPTIONS, "--edits", str(corrected)]
    assert run(["export", str(TAKE), str(edits), *options]) == ExitCode.OK
    content = json.loads(edits.read_text("utf-8"))
    assert content["remarks"] == [{"time_s": 4.0, "text": "schöner Ton"}]
    (move,) = content["marks"]
    assert move["do"] == "move"
    assert move["to_s"] - move["time_s"] == pytest.approx(0.015, abs=1e-5)
