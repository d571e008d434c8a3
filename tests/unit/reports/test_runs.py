"""Runs in a review, from samples to words: a habit is named, chance is not."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import soundfile

from practiceear.analysis.pipeline import NotePipeline
from practiceear.analysis.review import TakeReview, review_take
from practiceear.analysis.snapshot import SessionSnapshot, measure
from practiceear.audio.takefile import TakeFile
from practiceear.instruments.registry import load_instrument
from practiceear.metrics.runs.notes import RunFinding
from practiceear.notes.tracker import NOTE
from practiceear.reports.json import review_json
from practiceear.reports.text import review_text
from practiceear.reports.words import note_name, runs_spoken
from practiceear.settings import Exercise
from practiceear.units import FloatArray
from tests.support import scales, sounds

RATE_HZ = 44100
N_NOTES, LATE_PLACE, LATE_S = 15, 5, 0.025
ROOT_MIDI = 48


def reviewed(folder: Path, n_runs: int, late_s: float, sd_s: float) -> TakeReview:
    """Plucked scales of two octaves, again and again, one note late each time."""
    habit_s = np.zeros(N_NOTES)
    habit_s[LATE_PLACE] = late_s
    pitches = scales.scale(N_NOTES, ROOT_MIDI)
    rng = np.random.default_rng(3)
    take = scales.played(pitches, n_runs, rng, pause=(3.0, 4.0), late_s=habit_s, sd_s=sd_s)
    ends_s = np.append(take.onset_s[1:], take.onset_s[-1] + 0.6)
    sound = sounds.room(float(ends_s[-1]) + 0.4, -70.0, RATE_HZ)
    for onset_s, end_s, midi in zip(take.onset_s, ends_s, np.tile(pitches, n_runs), strict=True):
        pitch_hz = 440.0 * 2.0 ** ((midi - 69.0) / 12.0)
        note = sounds.pluck(pitch_hz, min(0.6, end_s - onset_s), RATE_HZ)
        first = round(onset_s * RATE_HZ)
        sound[first : first + len(note)] += 0.3 * note
    path = folder / "take.wav"
    soundfile.write(path, sound, RATE_HZ, subtype="FLOAT")
    file = TakeFile(path)
    return review_take(file, file, load_instrument("guitar"), Exercise())


def run_lines(review: TakeReview) -> list[str]:
    lines = review_text(review).splitlines()
    first = next((n for n, line in enumerate(lines) if line.startswith("Runs")), len(lines))
    return lines[first : lines.index("", first)] if first < len(lines) else []


def test_a_note_that_is_late_in_every_run_is_named(tmp_path: Path) -> None:
    review = reviewed(tmp_path, 10, LATE_S, 0.005)
    study = review.snapshot.runs
    assert study.finding is RunFinding.HABIT
    assert study.standing_out is not None
    assert study.standing_out.place == LATE_PLACE
    assert study.standing_out.late_s == pytest.approx(LATE_S, abs=0.008)
    lines = run_lines(review)
    assert len(lines) <= 4
    assert lines[0].startswith(
        "Runs: 10 times 15 notes up; the same note is always late: note 6 (A3)"
    )


def test_chance_names_no_note_and_json_follows_its_schema(tmp_path: Path) -> None:
    review = reviewed(tmp_path, 10, 0.0, 0.012)
    assert review.snapshot.runs.finding is not RunFinding.HABIT
    assert not any("always" in line for line in run_lines(review))
    content = json.loads(review_json([review], []))
    schema = files("practiceear.reports") / "schema" / "review-1.json"
    jsonschema.validate(content, json.loads(schema.read_text(encoding="utf-8")))
    runs = content["takes"][0]["runs"]
    assert [one["n_runs"] for one in runs["patterns"]] == [10]
    assert len(runs["notes"]) == N_NOTES
    assert not any(one["stands_out"] for one in runs["notes"])


def test_three_runs_say_how_many_more_are_needed(tmp_path: Path) -> None:
    lines = run_lines(reviewed(tmp_path, 3, LATE_S, 0.005))
    assert len(lines) == 2
    assert "3 of the 5 needed, 2 more" in lines[1]


def without_pitch(onset_s: FloatArray) -> SessionSnapshot:
    notes = np.zeros(onset_s.size, dtype=NOTE)
    notes["onset_sample"] = np.round(onset_s * RATE_HZ)
    notes["offset_sample"] = notes["onset_sample"] + RATE_HZ // 10
    notes["pitch_midi"] = np.nan
    return measure(notes, NotePipeline(RATE_HZ, load_instrument("guitar")), Exercise())


@pytest.mark.parametrize("n_notes", [0, 1, 2, 200])
def test_without_pitch_and_pauses_nothing_is_claimed(n_notes: int) -> None:
    late_s = np.random.default_rng(2).normal(0.0, 0.006, n_notes)
    study = without_pitch(0.5 + 0.15 * np.arange(n_notes) + late_s).runs
    assert study.patterns == ()
    assert study.finding is RunFinding.OPEN
    assert all(one.is_unavailable for one in study.metrics)


def test_without_pitch_runs_are_measured_but_no_note_is_named() -> None:
    habit_s = np.zeros(N_NOTES)
    habit_s[LATE_PLACE] = LATE_S
    rng = np.random.default_rng(4)
    pitches = scales.scale(N_NOTES)
    take = scales.played(pitches, 10, rng, pause=(3.0, 4.0), late_s=habit_s, sd_s=0.004)
    study = without_pitch(take.onset_s).runs
    assert not study.irregularity.is_unavailable
    assert study.finding is RunFinding.OPEN
    assert study.standing_out is None
    assert runs_spoken(study) == "10 times 15 notes"


def test_notes_have_names() -> None:
    assert [note_name(midi) for midi in (60, 69, 54.9, 21)] == ["C4", "A4", "G3", "A0"]
