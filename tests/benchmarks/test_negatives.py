"""Sets of sound in which little may be heard, and how they are counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile

from benchmarks import clicks, negatives
from benchmarks.held import N_NOTES, REST_S, held_notes
from benchmarks.negatives import NegativeSet, by_group, score_negatives
from benchmarks.noises import RATE_HZ, ringing
from benchmarks.peers import Peer
from benchmarks.rules import Detections
from practiceear.errors import TakeError
from tests.support.tones import tone_row


def _peer(heard_s: list[float]) -> Peer:
    """A detector that hears the same in every sound."""
    onset_s = np.array(heard_s)
    return Peer("fake", "", "numpy", lambda _samples, _rate: Detections(onset_s, onset_s))


def _write_notes(folder: Path, articulations: list[str], length_s: float = 1.5) -> None:
    lines = ["file,instrument,articulation,pitch_midi,onset_s"]
    for i, articulation in enumerate(articulations):
        instrument = "cello" if i % 2 else "oboe"
        lines.append(f"{i}.flac,{instrument},{articulation},60,0.1")
        note = tone_row([0.1], [length_s], duration_s=0.1 + length_s)
        soundfile.write(folder / f"{i}.flac", note, RATE_HZ)
    (folder / "samples.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_one_onset_a_held_note_is_allowed_and_all_others_are_counted(tmp_path: Path) -> None:
    _write_notes(tmp_path, ["sus", "sus", "sus_short", "pizz"])
    oboe, cello = held_notes(tmp_path)
    assert (oboe.group, cello.group) == ("oboe", "cello")
    np.testing.assert_allclose(oboe.allowed_s, [REST_S + 0.1, REST_S + 0.1 + 1.6 + REST_S])
    np.testing.assert_allclose(cello.allowed_s, [REST_S + 0.1])  # the pizzicato is left out
    heard_s = [oboe.allowed_s[0] + 0.02, oboe.allowed_s[0] + 0.10, oboe.allowed_s[0] + 0.9]
    score = score_negatives(_peer(heard_s), [oboe])[0]
    assert score.n_heard == 1
    assert score.n_allowed == 2
    assert score.false_per_min == pytest.approx(2 * 60.0 / oboe.duration_s)


def test_held_notes_sound_where_they_are_allowed_and_end_without_a_step(tmp_path: Path) -> None:
    _write_notes(tmp_path, ["sus"] * 4)
    for one in held_notes(tmp_path):
        for start_s in one.allowed_s:
            start = round(start_s * RATE_HZ)
            assert np.abs(one.samples[start - 900 : start]).max() < 0.01
            assert np.abs(one.samples[start : start + 900]).max() > 0.05
        assert np.abs(one.samples[-10000:]).max() < 0.01


def test_no_more_held_notes_than_promised(tmp_path: Path) -> None:
    _write_notes(tmp_path, ["sus"] * (N_NOTES + 6), length_s=1.0)
    assert sum(len(one.allowed_s) for one in held_notes(tmp_path)) == N_NOTES


@pytest.mark.parametrize(("articulation", "length_s"), [("pizz", 1.5), ("sus", 0.5)])
def test_a_folder_without_held_notes_is_refused(
    tmp_path: Path, articulation: str, length_s: float
) -> None:
    _write_notes(tmp_path, [articulation], length_s)
    with pytest.raises(TakeError):
        held_notes(tmp_path)


def test_sets_stay_within_full_scale() -> None:
    for one in one_of_each_maker():
        assert np.isfinite(one.samples).all()
        assert 0.0 < np.abs(one.samples).max() <= 1.0
        assert (one.allowed_s < one.duration_s).all()


def one_of_each_maker() -> Iterator[NegativeSet]:
    yield negatives._clicks(clicks.KINDS[0], False)
    yield negatives._clicks(clicks.KINDS[-1], True)
    yield negatives._held("pink")
    yield negatives._events(*negatives._EVENTS[0], True)
    yield negatives._speech()
    yield negatives._tones(*negatives._SHAPES[-1])
    yield negatives._resonance(*negatives._RESONANCES[0])


@pytest.mark.parametrize(
    "names",
    [
        clicks.KINDS,
        [one[0] for one in negatives._EVENTS],
        [one[0] for one in negatives._SHAPES],
        [one[0] for one in negatives._RESONANCES],
    ],
)
def test_sets_are_named_once(names: Sequence[str]) -> None:
    assert len(set(names)) == len(names) > 1


def test_groups_pool_over_time_not_over_sounds() -> None:
    nothing = np.zeros(0)
    sets = [
        NegativeSet("clicks", name, np.zeros(length_s * RATE_HZ, np.float32), nothing)
        for name, length_s in (("short", 10), ("long", 50))
    ]
    summed = by_group(score_negatives(_peer([1.0, 2.0]), sets))[0]
    assert summed.duration_s == 60.0
    assert summed.false_per_min == pytest.approx(4.0)


def test_a_ring_lasts_as_long_as_said_and_starts_with_the_sound() -> None:
    knock = np.zeros(2 * RATE_HZ)
    knock[RATE_HZ // 2] = 1.0
    rng = np.random.default_rng(1)
    heard = ringing(knock, np.array([300.0]), 1.2, -6.0, rng)
    assert np.abs(heard[: RATE_HZ // 2]).max() < 1e-9
    first, later = (
        np.abs(heard[round(at_s * RATE_HZ) :][: round(0.3 * RATE_HZ)]).max()
        for at_s in (0.51, 1.11)
    )
    assert 20 * np.log10(first / later) == pytest.approx(30.0, abs=6.0)  # half of 60 dB; it beats
