"""``practiceear compare`` as a user types it."""

from __future__ import annotations

import json
import math
from importlib.resources import files
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import soundfile

from practiceear.cli import run
from practiceear.errors import ExitCode
from tests.support.tones import tone_row

RATE_HZ = 44100
OPTIONS = ["--instrument", "flute", "--bpm", "120", "--subdivision", "2"]


def write_take(path: Path, sd_s: float, seed: int) -> Path:
    rng = np.random.default_rng(seed)
    onset_s = 0.5 + 0.25 * np.arange(40) + rng.normal(0.0, sd_s, 40)
    hz = 330.0 * 2 ** (np.arange(40) % 8 / 12)
    sound = tone_row(np.sort(onset_s), 0.17, pitch_hz=hz)
    soundfile.write(path, sound + 1e-4 * rng.standard_normal(len(sound)), RATE_HZ)
    return path


@pytest.fixture(scope="module")
def takes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("takes")
    sds_s = {"even": 0.004, "uneven": 0.035, "uneven again": 0.035}
    return {
        name: str(write_take(folder / f"{name}.wav", sd_s, seed))
        for seed, (name, sd_s) in enumerate(sds_s.items())
    }


def schema() -> dict[str, object]:
    text = (files("practiceear.reports") / "schema" / "compare-1.json").read_text("utf-8")
    loaded: dict[str, object] = json.loads(text)
    return loaded


def test_the_better_take_is_told(takes: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compare", takes["uneven"], takes["even"], *OPTIONS]) == ExitCode.OK
    captured = capsys.readouterr()
    assert captured.out.startswith("More even than before: between notes, heard ")
    assert captured.err == ""
    assert run(["compare", takes["even"], takes["uneven"], *OPTIONS]) == ExitCode.OK
    assert capsys.readouterr().out.startswith("Less even than before")


def test_like_takes_are_within_chance(
    takes: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["compare", takes["uneven"], takes["uneven again"], *OPTIONS]) == ExitCode.OK
    assert capsys.readouterr().out.startswith("No difference beyond chance")


def test_json_follows_its_schema_and_agrees_with_the_text(
    takes: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    names = [takes["uneven"], takes["even"], takes["uneven again"]]
    assert run(["compare", *names, *OPTIONS, "--json"]) == ExitCode.OK
    content = json.loads(capsys.readouterr().out, parse_constant=lambda c: math.nan)
    jsonschema.validate(content, schema())
    assert [one["take"] for one in content["takes"]] == names
    assert [(one["first"], one["second"]) for one in content["comparisons"]] == [(0, 1), (0, 2)]
    better, alike = (one["metrics"]["sd_ioi_s"] for one in content["comparisons"])
    assert better["is_different"]
    assert better["value"] < 1
    assert better["value"] == pytest.approx(better["second"]["value"] / better["first"]["value"])
    assert not alike["is_different"]
    assert better["confidence"] == alike["confidence"] > 0.95


def test_the_schema_refuses_what_it_does_not_know(
    takes: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    run(["compare", takes["uneven"], takes["even"], *OPTIONS, "--json"])
    content = json.loads(capsys.readouterr().out)
    content["comparisons"][0]["metrics"]["sd_ioi_s"]["is_better"] = True
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(content, schema())


def test_a_report_in_a_file_comes_beside_the_text(
    takes: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "c.json"
    code = run(["compare", takes["uneven"], takes["even"], *OPTIONS, "--json", str(target)])
    assert code == ExitCode.OK
    assert capsys.readouterr().out.startswith("More even")
    jsonschema.validate(json.loads(target.read_text()), schema())


def test_one_take_is_not_enough(takes: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compare", takes["even"]]) == ExitCode.USAGE
    assert "Name two takes or more" in capsys.readouterr().err


def test_a_take_is_never_taken_for_the_report(
    takes: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    before = Path(takes["even"]).read_bytes()
    both = [takes["uneven"], takes["even"]]
    assert run(["compare", takes["uneven"], "--json", takes["even"], *OPTIONS]) == ExitCode.OK
    assert [one["take"] for one in json.loads(capsys.readouterr().out)["takes"]] == both
    assert run(["compare", *both, f"--json={takes['even']}"]) == ExitCode.USAGE
    assert "would be overwritten" in capsys.readouterr().err
    assert Path(takes["even"]).read_bytes() == before


def test_a_missing_take_does_not_stop_the_rest(
    takes: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = str(tmp_path / "missing.wav")
    names = [takes["uneven"], missing, takes["even"]]
    assert run(["compare", *names, *OPTIONS, "--json"]) == ExitCode.PARTIAL
    captured = capsys.readouterr()
    content = json.loads(captured.out)
    jsonschema.validate(content, schema())
    assert len(content["comparisons"]) == 1
    assert [(one["take"], one["exit_code"]) for one in content["failed"]] == [(missing, 3)]
    assert len(captured.err.strip().splitlines()) == 1


@pytest.mark.parametrize("is_first", [True, False])
def test_with_too_few_takes_left_nothing_is_compared(
    takes: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str], is_first: bool
) -> None:
    names = [takes["even"], str(tmp_path / "missing.wav")]
    names = names[::-1] if is_first else names
    assert run(["compare", *names, *OPTIONS, "--json"]) == ExitCode.TAKE
    captured = capsys.readouterr()
    content = json.loads(captured.out)
    jsonschema.validate(content, schema())
    assert content["takes"] == content["comparisons"] == []
    assert len(captured.err.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--bpm", "0"], "20 to 400"),
        (["--first-beat", "1"], "without a tempo"),
        (["--instrument", "violn"], "Did you mean violin"),
        (["--csv"], "csv"),
    ],
)
def test_options_that_make_no_sense(
    takes: dict[str, str], capsys: pytest.CaptureFixture[str], options: list[str], words: str
) -> None:
    assert run(["compare", takes["even"], takes["uneven"], *options]) == ExitCode.USAGE
    captured = capsys.readouterr()
    assert words in captured.err
    assert captured.out == ""
