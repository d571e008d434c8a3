"""`practiceear check` notices what it is there to notice."""

from __future__ import annotations

import json
import shutil
from importlib.resources import files
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from practiceear.cli import run
from practiceear.errors import ExitCode
from practiceear.fixtures.check import apart, check_fixture, f_measure, read_thresholds
from practiceear.fixtures.fixture import find_fixtures, read_fixture
from tests.support.recordings import FIXTURES

SHARP = "tap_table"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one fixture and its thresholds, to be spoilt."""
    shutil.copytree(FIXTURES / SHARP, tmp_path / SHARP)
    table = "[default]\nf_50_min = 0.9\n[tap_table]\nspread_max_s = 0.001\n"
    (tmp_path / "thresholds.toml").write_text(table)
    return tmp_path


@pytest.mark.parametrize("path", find_fixtures(FIXTURES), ids=lambda path: path.name)
def test_every_fixture_is_heard_as_it_should_be(path: Path) -> None:
    thresholds = read_thresholds(FIXTURES)
    verdict = check_fixture(read_fixture(path), thresholds.get(path.name, thresholds["default"]))
    assert verdict.shortfalls == ()
    assert verdict.changes == ()


def test_a_whole_folder_passes_and_says_so(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["check", str(folder)]) == ExitCode.OK
    assert "1 fixtures as they should be, 0 not." in capsys.readouterr().out
    assert run(["check", str(folder / SHARP), "--json"]) == ExitCode.OK
    content = json.loads(capsys.readouterr().out)
    assert content["is_passed"] is True
    assert content["fixtures"][0]["n_played"] == 49


def test_a_fixture_can_be_checked_from_inside(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder / SHARP)
    assert run(["check", "."]) == ExitCode.OK


def test_json_of_a_check_follows_its_schema(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["check", str(folder), "--json"]) == ExitCode.OK
    schema = files("practiceear.reports") / "schema" / "check-1.json"
    jsonschema.validate(json.loads(capsys.readouterr().out), json.loads(schema.read_text()))


def test_a_threshold_missed_is_a_regression(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "thresholds.toml").write_text("[default]\nspread_max_s = 1e-6\n")
    assert run(["check", str(folder)]) == ExitCode.REGRESSION
    assert "too low or too high: spread_s" in capsys.readouterr().out


def test_an_onset_that_moved_is_a_regression(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder / SHARP / "expected.json"
    expected = json.loads(path.read_text())
    expected["onset_s"][7] += 0.001
    path.write_text(json.dumps(expected))
    assert run(["check", str(folder)]) == ExitCode.REGRESSION
    assert "changed: the onset expected at" in capsys.readouterr().out


def test_a_number_that_changed_is_a_regression(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder / SHARP / "expected.json"
    expected = json.loads(path.read_text())
    expected["metrics"]["loudness_sd_db"] *= 1.05
    expected["metrics"]["gate_ratio"] = 0.5
    path.write_text(json.dumps(expected))
    assert run(["check", str(folder), "--json"]) == ExitCode.REGRESSION
    changes = json.loads(capsys.readouterr().out)["fixtures"][0]["changes"]
    assert len(changes) == 2


def test_update_takes_over_what_is_reported_now(folder: Path) -> None:
    path = folder / SHARP / "expected.json"
    before = path.read_text()
    path.write_text("{}")
    assert run(["check", str(folder), "--update"]) == ExitCode.OK
    assert path.read_text() == before


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("thresholds.toml", "f_50_min = [", ExitCode.TAKE),
        ("thresholds.toml", "[default]\nf_51_min = 0.9\n", ExitCode.USAGE),
        ("thresholds.toml", "[tap_tabel]\nf_50_min = 0.9\n", ExitCode.USAGE),
        (f"{SHARP}/take.toml", "bpm = 'fast'\n", ExitCode.TAKE),
        (f"{SHARP}/truth.csv", "onset_s\n0.5\n", ExitCode.TAKE),
        (f"{SHARP}/expected.json", "[]", ExitCode.TAKE),
        (f"{SHARP}/take.flac", "", ExitCode.TAKE),
    ],
)
def test_broken_files_are_named(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, content: str, code: int
) -> None:
    (folder / name).write_text(content)
    assert run(["check", str(folder)]) == code
    error = capsys.readouterr().err
    assert str(folder) in error
    assert len(error.strip().splitlines()) == 1


def test_a_folder_without_fixtures_is_no_success(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["check", str(tmp_path)]) == ExitCode.TAKE
    assert "no fixtures" in capsys.readouterr().err


def test_true_onsets_close_together_are_one() -> None:
    t20_s = np.array([0.10, 0.12, 0.20, 0.24])
    assert t20_s[apart(t20_s)] == pytest.approx([0.10, 0.20, 0.24])
    assert (t20_s - 0.01)[apart(t20_s)] == pytest.approx([0.09, 0.19, 0.23])
    assert t20_s[::-1][apart(t20_s[::-1])] == pytest.approx([0.10, 0.20, 0.24])


def test_f_measure_counts_each_onset_once() -> None:
    played = np.array([1.0, 2.0, 3.0, 4.0])
    assert f_measure(played, np.array([1.0, 1.01, 2.04, 3.06]), 0.05) == pytest.approx(0.5)
    assert np.isnan(f_measure(played[:0], played[:0], 0.05))
