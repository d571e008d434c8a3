"""The same sound gives the same events, notes and numbers, however it comes in."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import soundfile

import practiceear
from practiceear.analysis.pipeline import NotePipeline, PipelineOutput
from practiceear.analysis.snapshot import measure
from practiceear.audio.blocks import AudioBlock
from practiceear.errors import PracticeEarError
from practiceear.instruments.registry import load_instrument
from practiceear.onset.event import OnsetKind
from practiceear.settings import Exercise
from tests.support.recordings import FIXTURES

RATE_HZ = 44100
TAKES = ("violin_detached", "piano_sixteenths_click", "viola_slurred_room")


@pytest.fixture(scope="module", params=TAKES)
def sound(request: pytest.FixtureRequest) -> np.ndarray:
    """Five seconds of a fixture."""
    samples, rate_hz = soundfile.read(FIXTURES / request.param / "take.flac", dtype="float32")
    assert rate_hz == RATE_HZ
    return np.asarray(samples[RATE_HZ : 6 * RATE_HZ])


def in_blocks(sound: np.ndarray, sizes: Iterator[int] | int) -> Iterator[AudioBlock]:
    start = 0
    while start < len(sound):
        size = sizes if isinstance(sizes, int) else next(sizes)
        yield AudioBlock(np.ascontiguousarray(sound[start : start + size]), start)
        start += size


def random_sizes(seed: int) -> Iterator[int]:
    generator = np.random.default_rng(seed)
    while True:
        yield int(generator.integers(0, 3000))


def hear(
    sound: np.ndarray, sizes: Iterator[int] | int = 4096, ear: NotePipeline | None = None
) -> PipelineOutput:
    ear = ear or NotePipeline(RATE_HZ, load_instrument("violin"))
    return ear.run(in_blocks(sound, sizes))


def assert_same(one: PipelineOutput, other: PipelineOutput) -> None:
    assert one.events.tobytes() == other.events.tobytes()
    assert one.notes.tobytes() == other.notes.tobytes()


@pytest.mark.parametrize("size", [7, 64, 441, 100_000_000])
def test_blocks_of_any_size_give_the_same_bits(sound: np.ndarray, size: int) -> None:
    assert_same(hear(sound, size), hear(sound))


def test_single_samples_give_the_same_bits(sound: np.ndarray) -> None:
    short = sound[: 2 * RATE_HZ]
    assert_same(hear(short, 1), hear(short))


@pytest.mark.parametrize("seed", range(3))
def test_random_blocks_give_the_same_bits(sound: np.ndarray, seed: int) -> None:
    assert_same(hear(sound, random_sizes(seed)), hear(sound))


def test_metrics_follow_from_the_notes_alone(sound: np.ndarray) -> None:
    snapshots = []
    for size in (4096, 333):
        ear = NotePipeline(RATE_HZ, load_instrument("violin"))
        notes = hear(sound, size, ear).notes
        snapshots.append(measure(notes, ear, Exercise()))
    assert repr(snapshots[0].metrics) == repr(snapshots[1].metrics)


def test_reset_is_a_fresh_ear(sound: np.ndarray) -> None:
    ear = NotePipeline(RATE_HZ, load_instrument("violin"))
    ear.push(AudioBlock(sound[:50_000].copy(), 0))
    ear.push(AudioBlock(sound[60_000:90_000].copy(), 60_000))
    assert len(ear.gaps) == 1
    ear.reset()
    assert not ear.gaps
    assert_same(hear(sound, ear=ear), hear(sound))


@pytest.mark.parametrize("gain_db", [-24.0, -12.0, 6.0])
def test_gain_moves_levels_not_onsets(sound: np.ndarray, gain_db: float) -> None:
    plain = hear(sound).notes
    scaled = hear(sound * np.float32(10 ** (gain_db / 20))).notes
    assert abs(len(scaled) - len(plain)) <= 1
    nearest = [int(np.argmin(np.abs(plain["onset_sample"] - at))) for at in scaled["onset_sample"]]
    moved_s = np.abs(scaled["onset_sample"] - plain["onset_sample"][nearest]) / RATE_HZ
    assert np.mean(moved_s < 0.001) > 0.9
    louder_db = (scaled["level_dbfs"] - plain["level_dbfs"][nearest])[moved_s < 0.001]
    assert louder_db == pytest.approx(gain_db, abs=0.5)


def test_leading_silence_shifts_everything(sound: np.ndarray) -> None:
    quiet = (1e-5 * np.random.default_rng(5).standard_normal(256 * 100)).astype(np.float32)
    onsets = practiceear.detect_onsets(sound, RATE_HZ)["onset_s"]
    shifted = practiceear.detect_onsets(np.concatenate([quiet, sound]), RATE_HZ)["onset_s"]
    shift_s = len(quiet) / RATE_HZ
    later = onsets[onsets > 0.5]  # what comes first is heard beside another past
    found = shifted[shifted > 0.5 + shift_s] - shift_s
    assert len(found) == len(later)
    assert found == pytest.approx(later, abs=0.005)  # hops fall elsewhere


def test_stereo_of_twice_the_same_is_mono(sound: np.ndarray) -> None:
    mono = practiceear.detect_onsets(sound, RATE_HZ)
    stereo = practiceear.detect_onsets(np.stack([sound, sound], axis=1), RATE_HZ)
    assert mono.tobytes() == stereo.tobytes()


def test_array_and_ear_agree(sound: np.ndarray) -> None:
    onsets = practiceear.detect_onsets(sound, RATE_HZ, instrument="violin")
    notes = hear(sound).notes
    assert np.array_equal(onsets["onset_s"], notes["onset_sample"] / RATE_HZ)
    assert np.array_equal(onsets["detected_s"], notes["detected_sample"] / RATE_HZ)


def test_every_call_is_settled_or_withdrawn(sound: np.ndarray) -> None:
    events = hear(sound).events
    called = events[events["kind"] == OnsetKind.PROVISIONAL]["onset_id"]
    is_end = np.isin(events["kind"], [OnsetKind.CONFIRMED, OnsetKind.RETRACTED])
    ended = events[is_end]["onset_id"]
    assert len(np.unique(ended)) == len(ended)
    assert set(called) <= set(ended)


def test_a_gap_splits_the_take_and_stretches_nothing(sound: np.ndarray) -> None:
    half = 256 * 450
    lost = 50_000
    ear = NotePipeline(RATE_HZ, load_instrument("violin"))
    blocks = [
        AudioBlock(sound[:half].copy(), 0),
        AudioBlock(sound[half:].copy(), half + lost),
    ]
    split = ear.run(blocks)
    assert [(gap.first_sample, gap.n_samples) for gap in ear.gaps] == [(half, lost)]
    before = hear(sound[:half]).notes
    after = hear(sound[half:]).notes
    assert np.array_equal(split.notes["onset_sample"][: len(before)], before["onset_sample"])
    assert np.array_equal(
        split.notes["onset_sample"][len(before) :], after["onset_sample"] + half + lost
    )
    assert split.notes["offset_sample"][len(before) - 1] <= half
    called = split.events[split.events["kind"] == OnsetKind.PROVISIONAL]["onset_id"]
    assert len(np.unique(called)) == len(called)


def test_no_interval_reaches_across_a_gap(sound: np.ndarray) -> None:
    half = 256 * 450
    for lost in (2000, 15_435, 50_000):
        ear = NotePipeline(RATE_HZ, load_instrument("violin"))
        blocks = [
            AudioBlock(sound[:half].copy(), 0),
            AudioBlock(sound[half:].copy(), half + lost),
        ]
        notes = ear.run(blocks).notes
        snapshot = measure(notes, ear, Exercise())
        first_note = snapshot.intervals.first_note
        begins = snapshot.notes["onset_sample"][first_note]
        ends = snapshot.notes["onset_sample"][first_note + 1]
        assert not np.any((begins < half) & (ends > half))


def test_a_block_that_overlaps_is_refused() -> None:
    ear = NotePipeline(RATE_HZ, load_instrument("violin"))
    ear.push(AudioBlock(np.zeros(100, np.float32), 0))
    with pytest.raises(ValueError, match="overlaps"):
        ear.push(AudioBlock(np.zeros(100, np.float32), 99))


@pytest.mark.parametrize("rate_hz", [8000, 22050, 48000, 96000, 192000])
def test_silence_and_its_noise_hold_no_onset(rate_hz: int) -> None:
    assert len(practiceear.detect_onsets(np.zeros(3 * rate_hz), rate_hz)) == 0
    noise = np.random.default_rng(2).standard_normal(5 * rate_hz)
    for level in (1e-4, 1e-2):
        assert len(practiceear.detect_onsets(level * noise, rate_hz)) == 0


@pytest.mark.parametrize("n_samples", [0, 1, 3, 100, 3000])
def test_very_short_sounds_hold_no_onset_and_raise_nothing(n_samples: int) -> None:
    assert len(practiceear.detect_onsets(np.zeros(n_samples), RATE_HZ)) == 0


@pytest.mark.parametrize("rate_hz", [0, 1000, -44100, 44100.5, float("nan"), True])
def test_rates_that_make_no_sense_are_refused(rate_hz: float) -> None:
    with pytest.raises(PracticeEarError):
        practiceear.detect_onsets(np.zeros(1000), rate_hz)  # type: ignore[arg-type]


def test_nan_is_refused_and_says_where() -> None:
    samples = np.zeros(RATE_HZ)
    samples[RATE_HZ // 2] = np.nan
    with pytest.raises(PracticeEarError, match=r"0\.500 s"):
        practiceear.detect_onsets(samples, RATE_HZ)
