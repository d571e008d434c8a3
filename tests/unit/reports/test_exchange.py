"""Takes for other programs, and back, within the precision that is promised."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import mido
import numpy as np
import pytest

from practiceear.analysis.corrections.edits import Remark, TakeEdits
from practiceear.analysis.review import TakeReview, review_take
from practiceear.audio.takefile import TakeFile
from practiceear.errors import UsageError
from practiceear.fixtures.fixture import read_fixture
from practiceear.instruments.registry import load_profile
from practiceear.reports.json import notes_csv
from practiceear.reports.labels import Layer, labels_text, layer_csv, layer_svl, read_labels
from practiceear.reports.midi import (
    TICKS_PER_BEAT,
    WOOD_BLOCK,
    TempoMap,
    played_midi,
    velocity_of,
)
from practiceear.rhythm.grid import Meter, MetronomeGrid, Subdivision
from practiceear.rhythm.tempo import GridFit, Misfit
from practiceear.settings import Exercise
from tests.support.recordings import FIXTURES

DIGEST = "0" * 64
TAKES = ("violin_detached", "guitar_added_meter_48k_stereo", "saxophone_ahead_22k", "tap_table")


def reviewed(name: str, edits: TakeEdits | None = None, *, is_free: bool = False) -> TakeReview:
    fixture = read_fixture(FIXTURES / name)
    take = TakeFile(fixture.take_path)
    exercise = Exercise() if is_free else fixture.exercise
    return review_take(take, take, load_profile(fixture.instrument), exercise, edits=edits)


@pytest.fixture(scope="module", params=TAKES)
def review(request: pytest.FixtureRequest) -> TakeReview:
    return reviewed(request.param)


# Audacity


def test_labels_come_back_to_the_microsecond(review: TakeReview, tmp_path: Path) -> None:
    path = tmp_path / "labels.txt"
    path.write_text(labels_text(review), "utf-8")
    labels = read_labels(path)
    assert labels.time_s == pytest.approx(review.snapshot.onset_s, abs=0.6e-6)
    assert labels.remarks == ()


def test_remarks_are_stretches_and_come_back(tmp_path: Path) -> None:
    remarks = (Remark(4.0, "schöner\tTon"), Remark(2.0, "zu spät"))
    review = reviewed("violin_detached", TakeEdits("take", DIGEST, (), remarks))
    path = tmp_path / "labels.txt"
    path.write_text(labels_text(review), "utf-8")
    labels = read_labels(path)
    assert labels.remarks == (Remark(2.0, "zu spät"), Remark(4.0, "schöner Ton"))
    assert len(labels.time_s) == len(review.snapshot.notes)


def read(tmp_path: Path, content: bytes) -> list[float]:
    path = tmp_path / "labels.txt"
    path.write_bytes(content)
    return list(read_labels(path).time_s)


def test_what_audacity_writes_is_understood(tmp_path: Path) -> None:
    windows = b"\xef\xbb\xbf2.000000\t2.000000\tA\r\n1.500000\t1.510000\t\r\n"
    assert read(tmp_path, windows) == [1.5, 2.0]
    spectral = b"1.0\t1.0\tA\n\\\t440.0\t880.0\n\n3.0\t3.0\n"
    assert read(tmp_path, spectral) == [1.0, 3.0]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no label at a point"),
        (b"1.0\t1.0\tA\nonset\t2.0\n", "line 2"),
        (b"1.0\n", "line 1"),
        (b"nan\tnan\tA\n", "'nan'"),
        (b"-1.0\t2.0\tA\n", "'-1.0'"),
        (b"1,5\t1,5\tA\n", "'1,5'"),
        (b"1.0\t2.0\t \n", "neither note nor remark"),
        (b"\xff\xfe1\x00", "no file of labels"),
    ],
)
def test_what_is_no_label_is_refused_with_its_line(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    with pytest.raises(UsageError, match=reason) as caught:
        read(tmp_path, content)
    assert "\n" not in str(caught.value)


def test_a_label_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_labels(tmp_path / "none.txt")


# Sonic Visualiser


@pytest.mark.parametrize("layer", Layer)
def test_a_layer_file_is_exact_to_half_a_frame(review: TakeReview, layer: Layer) -> None:
    root = ElementTree.fromstring(layer_svl(review, layer))
    (model,), points = root.findall("data/model"), root.findall("data/dataset/point")
    rate_hz = int(model.attrib["sampleRate"])
    assert rate_hz == review.file_rate_hz
    snapshot = review.snapshot
    expected = {
        Layer.ONSETS: np.zeros(len(snapshot.notes)),
        Layer.LEVEL: snapshot.notes["level_dbfs"],
        Layer.DEVIATION: 1000.0 * snapshot.alignment.deviation_s if snapshot.alignment else None,
    }[layer]
    assert expected is not None
    is_known = np.isfinite(expected)
    frames = np.array([int(point.attrib["frame"]) for point in points])
    assert frames / rate_hz == pytest.approx(snapshot.onset_s[is_known], abs=0.51 / rate_hz)
    if layer is not Layer.ONSETS:
        values = [float(point.attrib["value"]) for point in points]
        assert values == pytest.approx(expected[is_known], rel=1e-5)
        assert model.attrib["minimum"] == f"{min(values):.6g}"


def test_the_parts_of_a_layer_file_refer_to_each_other(review: TakeReview) -> None:
    root = ElementTree.fromstring(layer_svl(review, Layer.LEVEL))
    model, dataset, layer = (root.find(f".//{tag}") for tag in ("model", "dataset", "layer"))
    assert model is not None
    assert dataset is not None
    assert layer is not None
    assert model.get("dataset") == dataset.get("id")
    assert model.get("dimensions") == dataset.get("dimensions") == "2"
    assert layer.get("model") == model.get("id")
    assert len({model.get("id"), dataset.get("id"), layer.get("id")}) == 3


@pytest.mark.parametrize("layer", Layer)
def test_the_table_of_a_layer_says_the_same(review: TakeReview, layer: Layer) -> None:
    points = ElementTree.fromstring(layer_svl(review, layer)).findall("data/dataset/point")
    rows = [line.split(",") for line in layer_csv(review, layer).splitlines()]
    assert [row[-1] for row in rows] == [point.attrib["label"] for point in points]
    frames = [float(row[0]) * review.file_rate_hz for row in rows]
    assert frames == pytest.approx([int(point.attrib["frame"]) for point in points], abs=0.51)
    if layer is not Layer.ONSETS:
        assert [row[1] for row in rows] == [point.attrib["value"] for point in points]


def test_no_cell_of_a_table_is_a_formula(review: TakeReview) -> None:
    named = replace(review, name="=HYPERLINK(1)\n")
    rows = list(csv.reader(io.StringIO(notes_csv([named]))))
    assert {row[0] for row in rows[1:]} == {r"'=HYPERLINK(1)\n"}
    level_at = rows[0].index("level_dbfs")
    assert all(float(row[level_at]) < 0.0 for row in rows[1:])  # a number stays one
    labels = [row[-1] for row in csv.reader(io.StringIO(layer_csv(review, Layer.ONSETS)))]
    assert not any(label.startswith(("+", "-", "'")) for label in labels)


# MIDI


def played(review: TakeReview) -> Iterator[tuple[float, float, int, int, int]]:
    """Start and end in seconds, channel, key and velocity, summed message by message."""
    file = mido.MidiFile(file=io.BytesIO(played_midi(review)))
    assert file.ticks_per_beat == TICKS_PER_BEAT
    tempos, tick = [], 0
    for message in file.tracks[0]:
        tick += message.time
        if message.type == "set_tempo":
            tempos.append((tick, message.tempo))
    for track in file.tracks[1:]:
        tick, sounding = 0, {}
        for message in track:
            tick += message.time
            if message.type == "note_on":
                sounding[message.note] = (tick, message)
            elif message.type == "note_off":
                start, on = sounding.pop(message.note)
                times_s = (seconds_at(start, tempos), seconds_at(tick, tempos))
                yield (*times_s, on.channel, on.note, on.velocity)
        assert not sounding


def seconds_at(tick: int, tempos: list[tuple[int, int]]) -> float:
    """By the definition of the file: each stretch at its own tempo."""
    total_us = 0.0
    edges = [*(start for start, _ in tempos[1:]), math.inf]
    for (start, tempo_us), end in zip(tempos, edges, strict=True):
        total_us += max(0, min(tick, end) - start) * tempo_us / TICKS_PER_BEAT
    return total_us / 1e6


@pytest.mark.parametrize("is_free", [False, True])
@pytest.mark.parametrize("name", TAKES)
def test_notes_are_played_when_they_were_heard(name: str, is_free: bool) -> None:
    review = reviewed(name, is_free=is_free)
    notes, rate_hz = review.snapshot.notes, review.snapshot.rate_hz
    heard = sorted(played(review))
    assert len(heard) == len(notes)
    for (start_s, end_s, channel, key, velocity), note in zip(heard, notes, strict=True):
        assert start_s == pytest.approx(note["onset_sample"] / rate_hz, abs=0.5e-4)
        assert end_s == pytest.approx(note["offset_sample"] / rate_hz, abs=1e-4)
        if np.isfinite(note["pitch_midi"]):
            assert (channel, abs(key - note["pitch_midi"]) <= 0.5) == (0, True)
        else:
            assert (channel, key) == (9, WOOD_BLOCK)
        assert (velocity - 127) / 2 == pytest.approx(note["level_dbfs"], abs=0.251)


@pytest.mark.parametrize("bpm", [20.0, 66.0, 133.7, 400.0])
@pytest.mark.parametrize("first_beat_s", [-1.9, 0.0, 0.01, 0.8, 57.3])
@pytest.mark.parametrize("groups", [(1,), (4,), (3, 2, 2)])
def test_bars_of_the_file_are_bars_of_the_metronome(
    bpm: float, first_beat_s: float, groups: tuple[int, ...]
) -> None:
    grid = MetronomeGrid(bpm, Meter(groups), Subdivision(), first_beat_s)
    tempo_map = TempoMap.of(grid)
    bar_s, bar_ticks = grid.meter.n_beats * grid.beat_s, grid.meter.n_beats * TICKS_PER_BEAT
    beat_s = tempo_map.beat_us / 1e6  # MIDI counts whole microseconds
    assert beat_s == pytest.approx(grid.beat_s, abs=0.51e-6)
    for bar in range(5):
        start_s = first_beat_s + (math.ceil((1.5 * bar_s - first_beat_s) / bar_s) + bar) * bar_s
        from_bar_line = math.remainder(tempo_map.tick(start_s), bar_ticks)
        assert abs(from_bar_line) * grid.beat_s / TICKS_PER_BEAT < 2e-4
    assert 0.5 <= tempo_map.lead_beat_us / tempo_map.beat_us < 1.51


def test_levels_outside_of_midi_are_bounded_and_none_is_neutral() -> None:
    assert [velocity_of(level) for level in (3.0, -10.0, -200.0, math.nan)] == [127, 107, 1, 64]


def test_a_take_without_notes_is_an_empty_file() -> None:
    review = reviewed("silent_room")
    assert len(review.snapshot.notes) == 0
    assert list(played(review)) == []
    assert labels_text(review) == ""
    assert ElementTree.fromstring(layer_svl(review, Layer.ONSETS)).findall(".//point") == []


def test_the_same_take_gives_the_same_bytes(review: TakeReview) -> None:
    assert played_midi(review) == played_midi(review)
    assert layer_svl(review, Layer.LEVEL) == layer_svl(review, Layer.LEVEL)


def test_without_a_grid_labels_have_a_pitch_or_a_number(tmp_path: Path) -> None:
    review = reviewed("tap_table")
    fit = GridFit(None, "none wanted", Misfit.FEW_NOTES)
    bare = replace(review.snapshot, grid_fit=fit, alignment=None)
    words = [
        line.split("\t")[2] for line in labels_text(replace(review, snapshot=bare)).splitlines()
    ]
    assert words == [str(i + 1) for i in range(len(bare.notes))]
