from __future__ import annotations

import json
import math
from importlib.resources import files

import jsonschema
import pytest

from practiceear.cli import run
from practiceear.errors import ExitCode
from tests.support.recordings import FIXTURES


def schema(name: str) -> dict[str, object]:
    text = (files("practiceear.reports") / "schema" / name).read_text(encoding="utf-8")
    loaded: dict[str, object] = json.loads(text)
    return loaded


@pytest.mark.parametrize(
    "options",
    [["--bpm", "92", "--instrument", "violin", "--first-beat", "1.0"], [], ["--bpm", "23"]],
)
def test_a_review_follows_its_schema(capsys, options: list[str]) -> None:
    takes = [str(FIXTURES / name / "take.flac") for name in ("violin_detached", "silent_room")]
    assert run(["review", *takes, "missing.wav", "--json", *options]) == ExitCode.PARTIAL
    content = json.loads(capsys.readouterr().out, parse_constant=lambda c: math.nan)
    jsonschema.validate(content, schema("review-1.json"))
    assert len(content["takes"]) == 2
    assert len(content["takes"][0]["notes"]) == content["takes"][0]["n_notes"] > 20


def test_onsets_follow_their_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["onsets", str(FIXTURES / "tap_table" / "take.flac"), "--json"]) == ExitCode.OK
    jsonschema.validate(json.loads(capsys.readouterr().out), schema("onsets-1.json"))
