"""``practiceear export`` and ``--edits`` as a user types them."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from practiceear.cli import run
from practiceear.errors import ExitCode
from practiceear.files import sha256_of
from tests.support.recordings import FIXTURES

TAKE = FIXTURES / "violin_detached" / "take.flac"
OPTIONS = ["--instrument", "violin", "--bpm", "92"]


def schema(name: str) -> dict[str, object]:
    text = (files("practiceear.reports") / "schema" / name).read_text("utf-8")
    loaded: dict[str, object] = json.loads(text)
    return loaded


@pytest.fixture
def edits(tmp_path: Path) -> Path:
    path = tmp_path / "edits.json"
    content = {
        "format": "practiceear-edits",
        "version": 1,
        "take": {"name": "lesson.flac", "sha256": sha256_of(TAKE)},
        "marks": [
            {"do": "delete", "time_s": 1.425},
            {"do": "move", "time_s": 0.789, "to_s": 0.805},
            {"do": "add", "time_s": 1.6},
        ],
        "remarks": [{"time_s": 4.0, "text": "lighter\nbow \x1b[31m"}],
    }
    path.write_text(json.dumps(content), "utf-8")
    return path


def test_a_review_says_what_was_corrected(edits: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["review", str(TAKE), *OPTIONS, "--edits", str(edits)]) == ExitCode.OK
    out = capsys.readouterr().out
    assert "With 3 corrections by hand (1 added, 1 moved, 1 deleted)" in out
    assert "4.00 s  lighter bow \\x1b[31m\n" in out
    assert max(len(line) for line in out.splitlines() if "hand" in line) <= 100
    run(["review", str(TAKE), *OPTIONS])
    assert "correction" not in capsys.readouterr().out


def test_the_json_keeps_both_the_corrected_notes_and_those_heard(
    edits: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["review", str(TAKE), *OPTIONS, "--json"]) == ExitCode.OK
    plain = json.loads(capsys.readouterr().out)["takes"][0]
    assert run(["review", str(TAKE), *OPTIONS, "--json", "--edits", str(edits)]) == ExitCode.OK
    content = json.loads(capsys.readouterr().out)
    jsonschema.validate(content, schema("review-1.json"))
    take = content["takes"][0]
    assert plain["edits"] is None
    kept = take["edits"]["heard_notes"]
    assert kept == [{key: note[key] for key in kept[0]} for note in plain["notes"]]
    assert (take["edits"]["n_added"], take["edits"]["n_deleted"]) == (1, 1)
    onset_s = [note["onset_s"] for note in take["notes"]]
    assert onset_s[0] == pytest.approx(0.805, abs=1e-4)
    added = take["notes"][2]
    assert added["onset_s"] == pytest.approx(1.6, abs=1e-4)
    assert added["detected_s"] is None
    assert added["strength"] is None
    assert added["level_dbfs"] < 0
    assert take["metrics"]["sd_ioi_s"] != plain["metrics"]["sd_ioi_s"]


def test_labels_and_the_corrections_they_stand_for_are_one_review(
    edits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels, again = tmp_path / "labels.txt", tmp_path / "again.json"
    options = [*OPTIONS, "--edits"]
    assert run(["export", str(TAKE), str(labels), *options, str(edits)]) == ExitCode.OK
    assert "41 notes with 3 corrections by hand" in capsys.readouterr().out
    assert run(["export", str(TAKE), str(again), *options, str(labels)]) == ExitCode.OK
    capsys.readouterr()
    jsonschema.validate(json.loads(again.read_text("utf-8")), schema("edits-1.json"))
    reviews = []
    for corrections in (labels, again):
        assert run(["review", str(TAKE), *options, str(corrections), "--json"]) == ExitCode.OK
        reviews.append(json.loads(capsys.readouterr().out)["takes"][0])
    assert reviews[0]["notes"] == reviews[1]["notes"]
    assert reviews[0]["edits"]["n_moved"] == 1
    assert reviews[0]["edits"]["remarks"][0]["time_s"] == 4.0


def test_the_detectors_own_labels_correct_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = tmp_path / "labels.txt"
    assert run(["export", str(TAKE), str(labels), *OPTIONS]) == ExitCode.OK
    capsys.readouterr()
    outs = []
    for more in ([], ["--edits", str(labels)]):
        assert run(["review", str(TAKE), *OPTIONS, *more]) == ExitCode.OK
        outs.append(capsys.readouterr().out)
    assert outs[0] == outs[1]


def test_every_kind_of_file_is_written_and_twice_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kinds = ("labels.txt", "onsets.svl", "onsets.csv", "played.mid")
    contents = []
    for _ in range(2):
        targets = [str(tmp_path / kind) for kind in kinds]
        assert run(["export", str(TAKE), *targets, *OPTIONS]) == ExitCode.OK
        contents.append([(tmp_path / kind).read_bytes() for kind in kinds])
    assert contents[0] == contents[1]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(kinds)


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (["TAKE", "x.doc"], ExitCode.USAGE, "End its name in one of .txt"),
        (["TAKE", "x.json"], ExitCode.USAGE, "no corrections to write"),
        (["TAKE", "x.svl", "--layer", "pitch"], ExitCode.USAGE, "no layer 'pitch'"),
        (["TAKE", "x.txt", "x.txt"], ExitCode.USAGE, "named twice"),
        (["TAKE", "none/x.txt"], ExitCode.OUTPUT, "no folder"),
        (["none.wav", "x.txt"], ExitCode.TAKE, "no file none.wav"),
        (["TAKE", "x.txt", "--edits", "none.json"], ExitCode.USAGE, "none.json cannot be read"),
    ],
)
def test_what_makes_no_sense_is_one_line_and_writes_nothing(
    arguments: list[str],
    code: ExitCode,
    reason: str,
    *,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["export", *(str(TAKE) if one == "TAKE" else one for one in arguments)]) == code
    err = capsys.readouterr().err
    assert reason in err
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_take_without_a_grid_has_no_deviations(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "x.svl"
    room = FIXTURES / "silent_room" / "take.flac"
    arguments = ["export", str(room), str(target), "--layer", "deviation"]
    assert run(arguments) == ExitCode.USAGE
    assert "late or early" in capsys.readouterr().err
    assert not target.exists()


def test_corrections_of_another_take_are_refused(
    edits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = FIXTURES / "tap_table" / "take.flac"
    assert run(["review", str(other), "--edits", str(edits)]) == ExitCode.USAGE
    captured = capsys.readouterr()
    assert "another recording (lesson.flac)" in captured.err
    assert captured.out == ""
    labels = tmp_path / "labels.txt"
    assert run(["export", str(TAKE), str(labels), *OPTIONS]) == ExitCode.OK
    assert run(["review", str(other), "--edits", str(labels)]) == ExitCode.USAGE
    assert "does not fit" in capsys.readouterr().err


def test_corrections_belong_to_one_take_and_are_not_overwritten(
    edits: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = edits.read_bytes()
    assert run(["review", str(TAKE), str(TAKE), "--edits", str(edits)]) == ExitCode.USAGE
    assert run(["export", str(TAKE), str(edits), "--edits", str(edits)]) == ExitCode.USAGE
    assert edits.read_bytes() == before
