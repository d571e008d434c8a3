"""Corrections by hand: their file, and what they do to a take."""

from __future__ import annotations

import copy
import json
import math
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from practiceear.analysis.corrections.apply import PlacedMarks, track_again
from practiceear.analysis.corrections.edits import (
    LARGEST_FILE_BYTES,
    Mark,
    MarkEdit,
    Remark,
    TakeEdits,
    edits_text,
    read_edits,
    refuse_other_take,
)
from practiceear.analysis.pipeline import NotePipeline
from practiceear.analysis.review import TakeReview, review_take
from practiceear.audio.takefile import TakeFile
from practiceear.errors import UsageError
from practiceear.files import sha256_of
from practiceear.fixtures.fixture import Fixture, read_fixture
from practiceear.instruments.registry import load_profile
from tests.support.recordings import FIXTURES

DIGEST = "0123456789abcdef" * 4
ADD, DELETE, MOVE = MarkEdit.ADD, MarkEdit.DELETE, MarkEdit.MOVE
SOUND = ("level_dbfs", "attack_s", "dip_db", "gate_ratio", "pitch_midi", "offset_sample")


# The file


GOOD: dict[str, Any] = {
    "format": "practiceear-edits",
    "version": 1,
    "take": {"name": "take.wav", "sha256": DIGEST},
    "marks": [
        {"do": "add", "time_s": 1.234},
        {"do": "delete", "time_s": 2.5},
        {"do": "move", "time_s": 3.1, "to_s": 3.12},
    ],
    "remarks": [{"time_s": 4.0, "text": "höre „hier“"}],
}


def schema() -> dict[str, Any]:
    text = (files("practiceear.reports") / "schema" / "edits-1.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def written(tmp_path: Path, content: object) -> Path:
    path = tmp_path / "edits.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return path


def test_what_is_written_is_read_again_and_follows_the_schema(tmp_path: Path) -> None:
    edits = read_edits(written(tmp_path, GOOD))
    assert edits.marks[2] == Mark(MOVE, 3.1, 3.12)
    assert edits.remarks == (Remark(4.0, "höre „hier“"),)
    again = tmp_path / "again.json"
    again.write_text(edits_text(edits), "utf-8")
    assert read_edits(again) == edits
    assert json.loads(edits_text(edits)) == GOOD
    jsonschema.validate(GOOD, schema())


def changed(*keys: str | int, to: object) -> dict[str, Any]:
    content = copy.deepcopy(GOOD)
    at: Any = content
    for key in keys[:-1]:
        at = at[key]
    if to is KeyError:
        del at[keys[-1]]
    else:
        at[keys[-1]] = to
    return content


BROKEN = {
    "marks[1]: time_s": changed("marks", 1, "time_s", to=-0.1),
    "marks[0]: time_s": changed("marks", 0, "time_s", to="1.2"),
    "marks[2]: to_s is missing": changed("marks", 2, "to_s", to=KeyError),
    "marks[0]: 'to_s' is not known": changed("marks", 0, "to_s", to=1.0),
    "marks[0]: do": changed("marks", 0, "do", to="split"),
    "marks[1] must be an object": changed("marks", 1, to=[1, 2]),
    "marks must be a list": changed("marks", to={}),
    "time_s must be a number": changed("marks", 0, "time_s", to=True),
    "from 0 to 86400": changed("marks", 0, "time_s", to=1e9),
    "remarks[0]: text": changed("remarks", 0, "text", to=" "),
    "1 to 2000 characters": changed("remarks", 0, "text", to="x" * 2001),
    "at most 1000": changed("remarks", to=[{"time_s": 1, "text": "x"}] * 1001),
    "take: sha256 is missing": changed("take", "sha256", to=KeyError),
    "take: sha256 must be": changed("take", "sha256", to=DIGEST.upper()),
    "take must be an object": changed("take", to="take.wav"),
    "version 2": changed("version", to=2),
    "version '1'": changed("version", to="1"),
    "version True": changed("version", to=True),
    "'by' is not known": changed("by", to="me"),
    "marks is missing": changed("marks", to=KeyError),
    '"format"': changed("format", to="labels"),
    'say "format"': [],
}


@pytest.mark.parametrize("where", BROKEN)
def test_what_the_schema_refuses_is_refused_with_its_place(tmp_path: Path, where: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(BROKEN[where], schema())
    path = written(tmp_path, BROKEN[where])
    with pytest.raises(UsageError) as caught:
        read_edits(path)
    assert where in str(caught.value)
    assert str(path) in str(caught.value)


ANY_VALUE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 100_000),
    st.floats(-1.0, 90_000.0),
    st.text(max_size=3),
    st.sampled_from(
        ["add", "delete", "move", DIGEST, [], {}, [{}], GOOD["marks"], GOOD["remarks"]]
    ),
)
PLACES = [
    (), ("format",), ("version",), ("take",), ("take", "name"), ("take", "sha256"), ("marks",),
    ("marks", 0), ("marks", 0, "do"), ("marks", 0, "time_s"), ("marks", 0, "to_s"),
    ("marks", 2, "do"), ("marks", 2, "to_s"), ("remarks",), ("remarks", 0),
    ("remarks", 0, "time_s"), ("remarks", 0, "text"), ("remarks", 0, "by"),
]  # fmt: skip


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(place=st.sampled_from(PLACES), value=ANY_VALUE)
def test_the_reader_takes_what_the_schema_takes_and_nothing_else(
    tmp_path: Path, place: tuple[str | int, ...], value: object
) -> None:
    content = changed(*place, to=value) if place else value
    is_valid = jsonschema.Draft202012Validator(schema()).is_valid(content)
    path = written(tmp_path, json.dumps(content))
    if is_valid:
        again = json.loads(edits_text(read_edits(path)))
        assert jsonschema.Draft202012Validator(schema()).is_valid(again)
    else:
        with pytest.raises(UsageError):
            read_edits(path)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "line 1"),
        ('{"format": ', "line 1 column 12"),
        (json.dumps(GOOD).replace("1.234", "NaN"), "NaN"),
        (json.dumps(GOOD).replace("1.234", "1e999"), "marks[0]"),
        (json.dumps(GOOD).replace("1.234", "9" * 5000), ""),
        (json.dumps(GOOD).replace("1.234", "9" * 400), "marks[0]"),
        ("[" * 100_000, "deep"),
        (" " * (LARGEST_FILE_BYTES + 1), "longer than"),
    ],
)
def test_what_is_no_json_is_refused_in_one_line(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_edits(written(tmp_path, text))
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_a_missing_file_and_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_edits(tmp_path / "none.json")
    path = tmp_path / "bytes.json"
    path.write_bytes(b"\xff\xfe{}")
    with pytest.raises(UsageError, match="byte 0"):
        read_edits(path)


def test_another_recording_is_refused_whatever_its_name(tmp_path: Path) -> None:
    take = tmp_path / "take.wav"
    take.write_bytes(b"one")
    edits = TakeEdits("take.wav", sha256_of(take))
    refuse_other_take(edits, tmp_path / "edits.json", take)
    take.write_bytes(b"two")
    with pytest.raises(UsageError, match="another recording"):
        refuse_other_take(edits, tmp_path / "edits.json", take)


# What they do


@pytest.fixture(
    scope="module", params=["violin_detached", "piano_sixteenths_click", "saxophone_ahead_22k"]
)
def fixture(request: pytest.FixtureRequest) -> Fixture:
    return read_fixture(FIXTURES / request.param)


@pytest.fixture(scope="module")
def plain(fixture: Fixture) -> TakeReview:
    return review(fixture)


def review(fixture: Fixture, *marks: Mark, edits: PlacedMarks | None = None) -> TakeReview:
    take = TakeFile(fixture.take_path)
    wanted = edits or (TakeEdits("take", DIGEST, marks) if marks else None)
    profile = load_profile(fixture.instrument)
    return review_take(take, take, profile, fixture.exercise, edits=wanted)


def test_no_corrections_change_nothing(fixture: Fixture, plain: TakeReview) -> None:
    take = TakeFile(fixture.take_path)
    profile = load_profile(fixture.instrument)
    empty = TakeEdits("take", DIGEST)
    corrected = review_take(take, take, profile, fixture.exercise, edits=empty)
    assert corrected.snapshot.notes.tobytes() == plain.snapshot.notes.tobytes()
    assert repr(corrected.snapshot.metrics) == repr(plain.snapshot.metrics)
    assert corrected.correction is not None
    assert corrected.correction.heard.tobytes() == plain.snapshot.notes.tobytes()


def test_what_is_deleted_and_added_at_its_place_sounds_the_same(
    fixture: Fixture, plain: TakeReview
) -> None:
    notes = plain.snapshot.notes
    at_s = [float(plain.snapshot.onset_s[i]) for i in (0, 7, -1)]
    marks = [Mark(do, time_s) for time_s in at_s for do in (DELETE, ADD)]
    corrected = review(fixture, *marks).snapshot.notes
    for field in ("onset_sample", *SOUND):
        assert np.array_equal(corrected[field], notes[field], equal_nan=True), field
    assert np.flatnonzero(np.isnan(corrected["strength"])).tolist() == [0, 7, len(notes) - 1]


def test_the_order_of_corrections_is_no_matter(fixture: Fixture, plain: TakeReview) -> None:
    onset_s = plain.snapshot.onset_s
    middle_s = 0.5 * (onset_s[10] + onset_s[11])
    marks = [
        Mark(ADD, float(middle_s)),
        Mark(DELETE, float(onset_s[4])),
        Mark(MOVE, float(onset_s[6]), float(onset_s[6]) + 0.02),
        Mark(ADD, float(onset_s[4]) + 0.006),
    ]
    one, other = review(fixture, *marks), review(fixture, *reversed(marks))
    assert one.snapshot.notes.tobytes() == other.snapshot.notes.tobytes()
    assert repr(one.snapshot.metrics) == repr(other.snapshot.metrics)


def test_a_deleted_note_leaves_its_neighbours_and_lengthens_the_one_before(
    fixture: Fixture, plain: TakeReview
) -> None:
    before, after = (
        plain.snapshot.notes,
        review(fixture, Mark(DELETE, float(plain.snapshot.onset_s[5]) + 0.004)).snapshot.notes,
    )
    assert np.array_equal(np.delete(before["onset_sample"], 5), after["onset_sample"])
    assert after["offset_sample"][4] >= before["offset_sample"][4]
    rest = np.delete(np.arange(len(before)), [4, 5])
    for field in SOUND:
        kept = after[field][np.delete(np.arange(len(after)), 4)]
        assert np.array_equal(kept, before[field][rest], equal_nan=True), field


def test_a_moved_note_is_measured_at_its_new_place_and_keeps_its_call(
    fixture: Fixture, plain: TakeReview
) -> None:
    before = plain.snapshot
    to_s = float(before.onset_s[5]) + 0.025
    after = review(fixture, Mark(MOVE, float(before.onset_s[5]), to_s)).snapshot
    assert after.onset_s[5] == pytest.approx(to_s, abs=0.501 / after.rate_hz)
    assert after.notes["detected_sample"][5] == before.notes["detected_sample"][5]
    assert after.notes["strength"][5] == before.notes["strength"][5]
    # The loudest 20 ms of the 100 that begin 25 ms later, by hand from the sound itself.
    assert after.notes["level_dbfs"][5] == pytest.approx(loudest_dbfs(fixture, to_s), abs=0.15)
    assert np.array_equal(np.delete(after.onset_s, 5), np.delete(before.onset_s, 5))


def loudest_dbfs(fixture: Fixture, onset_s: float) -> float:
    take = TakeFile(fixture.take_path)
    sound = np.concatenate([block.samples for block in take.blocks(4096)]).astype(np.float64)
    first, width = round(onset_s * take.rate_hz), round(0.02 * take.rate_hz)
    starts = range(first, first + round(0.08 * take.rate_hz), round(0.001 * take.rate_hz))
    return max(10 * math.log10(np.mean(sound[at : at + width] ** 2)) for at in starts)


@pytest.fixture(scope="module")
def corrected_piano() -> tuple[Fixture, TakeReview]:
    fixture = read_fixture(FIXTURES / "piano_sixteenths_click")
    onset_s = review(fixture).snapshot.onset_s
    marks = [Mark(DELETE, float(onset_s[3])), Mark(MOVE, float(onset_s[8]), onset_s[8] + 0.01)]
    return fixture, review(fixture, *marks)


@pytest.mark.parametrize("size", [7, 64, 441, 3000])
def test_blocks_of_any_size_give_the_same_corrected_notes(
    corrected_piano: tuple[Fixture, TakeReview], size: int
) -> None:
    fixture, corrected = corrected_piano
    take, profile = TakeFile(fixture.take_path), load_profile(fixture.instrument)
    assert corrected.correction is not None
    onsets = corrected.correction.onsets
    again = track_again(take.blocks(size), onsets, take.rate_hz, profile)
    assert again.tobytes() == corrected.snapshot.notes.tobytes()


def test_what_was_heard_is_kept_beside_the_corrections(fixture: Fixture, plain: TakeReview) -> None:
    corrected = review(fixture, Mark(DELETE, float(plain.snapshot.onset_s[2])))
    assert corrected.correction is not None
    assert corrected.correction.heard.tobytes() == plain.snapshot.notes.tobytes()
    with pytest.raises(ValueError, match="read-only"):
        corrected.correction.heard["onset_sample"] = 0


def test_corrections_that_fit_no_note_are_refused_by_name() -> None:
    fixture = read_fixture(FIXTURES / "violin_detached")
    onset_s = [float(one) for one in review(fixture).snapshot.onset_s]
    refused = {
        "no note to delete at": [Mark(DELETE, onset_s[3] + 0.006)],
        "no note to move at": [Mark(MOVE, onset_s[3] + 0.1, onset_s[3])],
        "two corrections name": [Mark(DELETE, onset_s[3]), Mark(MOVE, onset_s[3] + 0.001, 1.0)],
        "two notes at": [Mark(ADD, onset_s[3] + 0.004)],
        "less than 5 ms": [Mark(MOVE, onset_s[3], onset_s[4])],
        "the take ends": [Mark(ADD, 14.78)],
    }
    for reason, marks in refused.items():
        with pytest.raises(UsageError, match=reason):
            review(fixture, *marks)


# Marks of other programs


def placed(*time_s: float) -> PlacedMarks:
    return PlacedMarks("labels.txt", "take.wav", DIGEST, time_s)


def test_differences_become_the_fewest_corrections() -> None:
    heard_s = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    edits = placed(1.0004, 2.02, 3.031, 4.0, 6.0).beside(heard_s)
    assert set(edits.marks) == {
        Mark(MOVE, 2.0, 2.02),
        Mark(DELETE, 3.0),
        Mark(ADD, 3.031),
        Mark(DELETE, 5.0),
        Mark(ADD, 6.0),
    }


def test_two_labels_at_one_note_are_a_move_at_most_and_an_added_one() -> None:
    edits = placed(1.0, 1.02, 2.0).beside(np.array([1.0, 2.0]))
    assert edits.marks == (Mark(ADD, 1.02),)


def test_labels_of_another_take_are_refused() -> None:
    with pytest.raises(UsageError, match=r"1 of its 4 labels are near one of the 3 notes"):
        placed(1.0, 2.5, 3.5, 4.5).beside(np.array([1.0, 2.0, 3.0]))


def test_placed_marks_are_the_onsets_of_the_corrected_take() -> None:
    fixture = read_fixture(FIXTURES / "violin_detached")
    wanted_s = review(fixture).snapshot.onset_s.round(6)
    wanted_s[4] += 0.012
    wanted_s = np.sort(np.append(np.delete(wanted_s, 9), 0.3))
    marks = replace(placed(), time_s=tuple(wanted_s.tolist()))
    corrected = review(fixture, edits=marks)
    assert corrected.snapshot.onset_s == pytest.approx(wanted_s, abs=2e-5)
    assert corrected.correction is not None
    edits = corrected.correction.edits
    assert (edits.count(ADD), edits.count(MOVE), edits.count(DELETE)) == (1, 1, 1)
    from_file = review(fixture, *edits.marks)
    assert from_file.snapshot.notes.tobytes() == corrected.snapshot.notes.tobytes()


def test_the_ear_and_the_second_pass_agree_on_settled_onsets() -> None:
    fixture = read_fixture(FIXTURES / "viola_slurred_room")
    take, profile = TakeFile(fixture.take_path), load_profile(fixture.instrument)
    heard = NotePipeline(take.rate_hz, profile).run(take.blocks(4096))
    confirmed = heard.events[heard.events["kind"] == 2]
    again = track_again(take.blocks(4096), confirmed, take.rate_hz, profile)
    assert again.tobytes() == heard.notes.tobytes()
