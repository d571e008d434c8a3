"""What was calibrated once is known again, and a damaged file costs no more than itself."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from practiceear.errors import OutputError
from practiceear.live.calibration_store import CalibrationStore, StoredCalibration

MEASURED = StoredCalibration(
    lag_s=0.0417,
    iqr_s=0.0003,
    n_heard=19,
    n_played=20,
    grade="good",
    made_at="2025-03-01T20:15:07+02:00",
)
DEVICES = ("Built-in Microphone", "Kopfhörer “2” \udcff", 48000)


def test_what_was_put_is_got_by_another_start(tmp_path: Path) -> None:
    CalibrationStore(tmp_path).put(*DEVICES, MEASURED)
    store = CalibrationStore(tmp_path)
    assert store.get(*DEVICES) == MEASURED
    assert store.warning == ""


def test_each_pair_of_devices_and_rate_has_its_own(tmp_path: Path) -> None:
    store = CalibrationStore(tmp_path)
    routes = [(one, other, hz) for one in "ab" for other in "ab" for hz in (44100, 48000)]
    for position, route in enumerate(routes):
        store.put(*route, replace(MEASURED, lag_s=0.01 * position))
    lags_s = [found.lag_s for route in routes if (found := store.get(*route))]
    assert lags_s == [0.01 * position for position in range(8)]
    assert store.get("a", "c", 44100) is None
    assert store.get("a", "a", 96000) is None


def test_a_newer_calibration_takes_the_place_of_the_older(tmp_path: Path) -> None:
    store = CalibrationStore(tmp_path)
    store.put(*DEVICES, MEASURED)
    newer = replace(MEASURED, lag_s=0.05, grade="fair")
    store.put(*DEVICES, newer)
    assert store.get(*DEVICES) == newer
    content = json.loads((tmp_path / "calibrations.json").read_text())
    assert len(content["calibrations"]) == 1


def test_nothing_is_known_before_anything_was_measured(tmp_path: Path) -> None:
    store = CalibrationStore(tmp_path / "not yet made")
    assert store.get(*DEVICES) is None
    assert store.warning == ""


def spoiled(**changes: object) -> str:
    row = {
        "input_name": "a",
        "output_name": "b",
        "rate_hz": 48000,
        "lag_s": 0.04,
        "iqr_s": 0.0,
        "n_heard": 1,
        "n_played": 1,
        "grade": "good",
        "made_at": "2025-03-01T20:15:07+02:00",
    }
    return json.dumps({"schema": 1, "calibrations": [{**row, **changes}]})


def test_the_file_that_the_damaged_ones_are_made_from_is_not(tmp_path: Path) -> None:
    (tmp_path / "calibrations.json").write_text(spoiled())
    store = CalibrationStore(tmp_path)
    assert store.get("a", "b", 48000) is not None
    assert store.warning == ""


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"[]",
        b"7",
        b"{}",
        b"[" * 100_000,
        b'{"schema": 1, "calibrations": {"a": 1}}',
        b'{"schema": 99, "calibrations": []}',
        spoiled()[:-20].encode(),
        spoiled(lag_s=None).encode(),
        spoiled(lag_s=float("nan")).encode(),
        spoiled(lag_s=10**400).encode(),
        spoiled(made_at="2026-W48-1T20:15:07+02:00").encode(),
        spoiled(rate_hz=float("inf")).encode(),
        spoiled(n_heard=2).encode(),
        spoiled(made_at="2025-03-01T20:15:07").encode(),
        spoiled(made_at=None).encode(),
        spoiled(grade="").encode(),
    ],
)
def test_a_damaged_file_is_kept_aside_with_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "calibrations.json"
    path.write_bytes(content)
    store = CalibrationStore(tmp_path)
    assert store.get("a", "b", 48000) is None
    assert "damaged" in store.warning
    assert len(store.warning.splitlines()) == 1
    assert (tmp_path / "calibrations.damaged.json").read_bytes() == content
    store.put(*DEVICES, MEASURED)
    assert store.get(*DEVICES) == MEASURED


def test_no_damaged_file_is_lost_to_the_next(tmp_path: Path) -> None:
    for content in ("one", "two", "three"):
        (tmp_path / "calibrations.json").write_text(content)
        store = CalibrationStore(tmp_path)
        store.put(*DEVICES, MEASURED)
        assert "damaged" in store.warning
    kept = {path.read_text() for path in tmp_path.glob("*.damaged*")}
    assert kept == {"one", "two", "three"}


def test_a_file_that_cannot_be_read_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "calibrations.json").mkdir()
    store = CalibrationStore(tmp_path)
    assert store.get(*DEVICES) is None
    assert "cannot be read" in store.warning
    with pytest.raises(OutputError, match="calibrations"):
        store.put(*DEVICES, MEASURED)
    assert [path.name for path in tmp_path.iterdir()] == ["calibrations.json"]


def test_a_crash_while_writing_leaves_the_older_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = CalibrationStore(tmp_path)
    store.put(*DEVICES, MEASURED)

    def pulled_plug(_handle: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", pulled_plug)
    with pytest.raises(KeyboardInterrupt):
        store.put("a", "b", 44100, MEASURED)
    assert store.get(*DEVICES) == MEASURED
    assert [path.name for path in tmp_path.iterdir()] == ["calibrations.json"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("lag_s", float("nan")),
        ("lag_s", 1e9),
        ("lag_s", -1e9),
        ("iqr_s", 1e9),
        ("iqr_s", -0.001),
        ("iqr_s", float("nan")),
        ("n_heard", 21),
        ("n_heard", -1),
        ("grade", ""),
        ("grade", "good\n\x1b[31m"),
        ("made_at", "2026-W48-1T20:15:07+02:00"),
        ("made_at", "9999-12-31T20:15:07+00:00"),
        ("made_at", "2025-03-01T20:15:07"),
        ("made_at", "yesterday"),
    ],
)
def test_a_calibration_that_makes_no_sense_is_refused(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=field):
        replace(MEASURED, **{field: value})  # type: ignore[arg-type]  # of each field its own
