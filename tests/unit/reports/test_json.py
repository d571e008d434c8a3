from __future__ import annotations

import json
import math
from importlib.resources import files
from typing import Any

import jsonschema
import pytest

from practiceear.cli import run
from practiceear.errors import ExitCode
from practiceear.metrics.catalogue import MetricKey
from tests.support.recordings import FIXTURES


def schema(name: str) -> dict[str, object]:
    text = (files("practiceear.reports") / "schema" / name).read_text(encoding="utf-8")
    loaded: dict[str, object] = json.loads(text)
    return loaded


@pytest.mark.parametrize(
    "options",
    [["--bpm", "92", "--instrument", "violin", "--first-beat", "1.0"], [], ["--bpm", "23"]],
)
def test_a_review_follows_its_schema(
    capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    takes = [str(FIXTURES / name / "take.flac") for name in ("violin_detached", "silent_room")]
    assert run(["review", *takes, "missing.wav", "--json", *options]) == ExitCode.PARTIAL
    content = json.loads(capsys.readouterr().out, parse_constant=lambda c: math.nan)
    jsonschema.validate(content, schema("review-1.json"))
    assert len(content["takes"]) == 2
    assert len(content["takes"][0]["notes"]) == content["takes"][0]["n_notes"] > 20


def reviewed(capsys: pytest.CaptureFixture[str], name: str, *options: str) -> dict[str, Any]:
    assert run(["review", str(FIXTURES / name / "take.flac"), "--json", *options]) == ExitCode.OK
    content = json.loads(capsys.readouterr().out)
    jsonschema.validate(content, schema("review-1.json"))
    take: dict[str, Any] = content["takes"][0]
    return take


GUITAR = ("--instrument", "guitar", "--bpm", "190", "--beats", "3+2+2", "--subdivision", "1")


def test_places_of_the_bar_are_listed_where_the_bar_is_known(
    capsys: pytest.CaptureFixture[str],
) -> None:
    name = "guitar_added_meter_48k_stereo"
    known = reviewed(capsys, name, *GUITAR, "--first-beat", "0.7")
    assert [one["beat"] for one in known["positions"]] == [1, 2, 3, 4, 5, 6, 7]
    assert known["positions_reason"] is None
    assert sum(one["is_named"] for one in known["positions"]) <= 1
    unknown = reviewed(capsys, name, *GUITAR)
    assert unknown["positions"] == []
    assert unknown["positions_reason"]
    assert unknown["metrics"][MetricKey.ON_CLICK_INNER]["value"] is None


def test_what_the_detector_is_taken_out_of_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    metrics = reviewed(capsys, "violin_detached", "--instrument", "violin")["metrics"]
    is_out = {key for key, metric in metrics.items() if metric["is_floor_out"]}
    own = {
        MetricKey.CORRECTED_SD_IOI,
        MetricKey.CORRECTED_DEVIATION_SPREAD,
        MetricKey.CORRECTED_LOUDNESS_SD,
    }
    assert is_out == {*own, MetricKey.GATE_RATIO}


def test_measures_for_experts_stand_apart(capsys: pytest.CaptureFixture[str]) -> None:
    take = reviewed(capsys, "tap_table", "--instrument", "tap")
    assert set(take["expert"]) == {
        MetricKey.NPVI,
        MetricKey.LAG_ONE_IOI,
        MetricKey.CLOCK_SD,
        MetricKey.MOTOR_SD,
    }
    assert not set(take["expert"]) & set(take["metrics"])
    assert take["double_onsets"]["n_changes"] == take["double_onsets"]["share"]["n"] > 0


def test_onsets_follow_their_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["onsets", str(FIXTURES / "tap_table" / "take.flac"), "--json"]) == ExitCode.OK
    jsonschema.validate(json.loads(capsys.readouterr().out), schema("onsets-1.json"))
