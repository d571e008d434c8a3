from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from practiceear.audio.blocks import WORKING_RATES_HZ
from practiceear.instruments.registry import instrument_names, load_instrument
from practiceear.notes.pitch import PitchFinder, PitchRange
from practiceear.notes.tracker import LARGEST_BLOCK_SAMPLES, NoteArray, NoteTracker, TrackerConfig
from practiceear.onset.event import ONSET, OnsetArray
from tests.support.tones import settled_at, tone_row

RATE_HZ = 44100
SETTLING_SAMPLES = 5000  # as far behind as a detector is


def track(
    sound: np.ndarray,
    confirmed: OnsetArray,
    *,
    block_samples: int = 1024,
    config: TrackerConfig | None = None,
    rate_hz: int = RATE_HZ,
) -> NoteArray:
    """Feed a tracker as the ear does: onsets arrive confirmed, some time after their sound."""
    pitch_finder = PitchFinder(rate_hz, PitchRange(80.0, 2000.0))
    tracker = NoteTracker(rate_hz, config or TrackerConfig(), pitch_finder)
    notes = []
    n_given = 0
    for start in range(0, len(sound), block_samples):
        block = sound[start : start + block_samples]
        until = max(0, start + len(block) - SETTLING_SAMPLES)
        n_known = int(np.searchsorted(confirmed["onset_sample"], until))
        notes.append(tracker.process(block, confirmed[n_given:n_known], until))
        n_given = n_known
    notes.append(tracker.finish(confirmed[n_given:]))
    joined = np.concatenate(notes)
    joined["pitch_midi"] = pitch_finder.pitches_midi()[: len(joined)]
    return joined


def test_lengths_and_gate_ratios_are_those_that_were_played() -> None:
    onset_s = 0.3 + 0.25 * np.arange(12)
    length_s = 0.25 * np.tile([0.3, 0.6, 0.9], 4)
    notes = track(tone_row(onset_s, length_s), settled_at(onset_s))
    assert len(notes) == 12
    assert notes["gate_ratio"][:-1] == pytest.approx(length_s[:-1] / 0.25, abs=0.03)
    assert np.isnan(notes["gate_ratio"][-1])
    sounding_s = (notes["offset_sample"] - notes["onset_sample"]) / RATE_HZ
    assert sounding_s == pytest.approx(length_s, abs=0.006)


@pytest.mark.parametrize("block_samples", [256, 4096])
def test_a_note_between_two_others_cannot_be_far_off(block_samples: int) -> None:
    onset_s = np.array([0.3, 0.38, 0.46, 0.54, 1.1, 1.7])
    confirmed = settled_at(onset_s)
    confirmed["error_s"] = [0.1, 0.1, 0.002, np.nan, 0.1, 0.1]
    notes = track(tone_row(onset_s, 0.07), confirmed, block_samples=block_samples)
    twin_s = 1.0 / np.hypot(
        1.0 / confirmed["error_s"], [125.0, 125.0, 125.0, 125.0, 1 / 0.056, 1 / 0.06]
    )
    assert notes["onset_error_s"] == pytest.approx(twin_s, rel=1e-3, nan_ok=True)
    assert notes["onset_error_s"][:2].max() < 0.009


def test_levels_are_those_that_were_played() -> None:
    onset_s = 0.3 + 0.3 * np.arange(8)
    level_dbfs = np.array([-10, -20, -30, -40, -12, -14, -16, -18.0])
    notes = track(tone_row(onset_s, 0.2, level_dbfs=level_dbfs), settled_at(onset_s))
    assert notes["level_dbfs"] == pytest.approx(level_dbfs, abs=0.4)


def test_pitches_are_those_that_were_played_and_noise_has_none() -> None:
    onset_s = 0.3 + 0.3 * np.arange(6)
    midi = np.array([45, 52, 57, 64, 69, 81.0])
    pitch_hz = 440.0 * 2 ** ((midi - 69) / 12)
    notes = track(tone_row(onset_s, 0.25, pitch_hz=pitch_hz), settled_at(onset_s))
    assert notes["pitch_midi"] == pytest.approx(midi, abs=0.1)
    noise = 0.1 * np.random.default_rng(3).standard_normal(3 * RATE_HZ).astype(np.float32)
    assert np.isnan(track(noise, settled_at(onset_s))["pitch_midi"]).all()


def test_attack_time_follows_the_rise() -> None:
    time_s = np.arange(RATE_HZ) / RATE_HZ
    carrier = np.sin(2 * np.pi * 600 * time_s)
    measured = []
    for rise_s in (0.01, 0.03, 0.08):
        # Linear in dB from -60 to -20: from -20 to -3 dB of the top is 17/40 of the rise.
        level_db = np.clip(-60 + 40 * (time_s - 0.3) / rise_s, -60, -20)
        sound = (carrier * 10 ** (level_db / 20)).astype(np.float32)
        onset_s = [0.3 + 0.25 * rise_s]
        measured.append(float(track(sound, settled_at(onset_s))["attack_s"][0]))
    assert measured == pytest.approx([0.00425, 0.01275, 0.034], abs=0.003)


def test_a_slur_without_a_dip_has_no_attack_and_gate_one() -> None:
    onset_s = np.array([0.3, 0.6, 0.9])
    sound = tone_row([0.3], [1.5])
    notes = track(sound, settled_at(onset_s))
    assert np.isnan(notes["attack_s"][1:]).all()
    assert notes["gate_ratio"][:2] == pytest.approx([1.0, 1.0])
    assert notes["dip_db"][0] < 1.0


def test_dip_is_the_fall_before_the_next_note() -> None:
    onset_s = np.array([0.3, 0.8])
    hum = tone_row([0.0], [2.0], level_dbfs=-45, pitch_hz=300, duration_s=2.0)
    notes = track(hum + tone_row(onset_s, 0.3, duration_s=2.0), settled_at(onset_s))
    assert notes["dip_db"][0] == pytest.approx(25, abs=1.5)
    assert np.isnan(notes["dip_db"][1])


@pytest.mark.parametrize("ring_s", [0.02, 0.2])
def test_a_fall_is_as_long_as_the_room_rings(ring_s: float) -> None:
    onset_s = np.array([0.3, 1.3])
    time_s = np.arange(round(1.8 * RATE_HZ)) / RATE_HZ
    since_s = np.where(time_s < 1.3, time_s - 0.3, time_s - 1.3)
    level_db = np.where(since_s < 0.3, 0.0, -20.0 * (since_s - 0.3) / ring_s)
    sound = 0.1 * np.sin(2 * np.pi * 440 * time_s) * 10 ** (np.maximum(level_db, -80.0) / 20)
    sound[time_s < 0.3] = 0.0
    note = track(sound.astype(np.float32), settled_at(onset_s))[0]
    # From 3 to 12 dB below; where it had ended is within the two.
    assert note["fall_s"] == pytest.approx(9.0 / 20.0 * ring_s, abs=0.004)
    ended_s = note["offset_sample"] / RATE_HZ - note["fall_s"]
    assert ended_s == pytest.approx(0.6 + 3.0 / 20.0 * ring_s, abs=0.008)


def test_a_string_that_dies_away_by_itself_has_not_ended() -> None:
    time_s = np.arange(2 * RATE_HZ) / RATE_HZ
    ringing = np.sin(2 * np.pi * 330 * time_s) * 10 ** (-30 * time_s / 20)
    sound = np.concatenate([np.zeros(RATE_HZ // 2), 0.3 * ringing]).astype(np.float32)
    config = TrackerConfig(end_fall_db=12.0, natural_decay_db_s=40.0)
    held = track(sound, settled_at([0.5]), config=config)
    assert held["offset_sample"][0] == len(sound)
    damped = sound.copy()
    stop = round(1.2 * RATE_HZ)
    damped[stop:] *= np.exp(-np.arange(len(damped) - stop) / (0.01 * RATE_HZ)).astype(np.float32)
    stopped = track(damped, settled_at([0.5]), config=config)
    assert stopped["offset_sample"][0] / RATE_HZ == pytest.approx(1.2, abs=0.03)


@pytest.mark.parametrize("block_samples", [1, 7, 64, 441, 4096])
def test_notes_do_not_depend_on_the_size_of_the_blocks(block_samples: int) -> None:
    onset_s = 0.2 + 0.2 * np.arange(5)
    sound = tone_row(onset_s, 0.14, duration_s=1.3)
    noise = np.random.default_rng(1).standard_normal(len(sound)).astype(np.float32)
    sound = sound + 0.001 * noise
    expected = track(sound, settled_at(onset_s))
    assert track(sound, settled_at(onset_s), block_samples=block_samples).tobytes() == (
        expected.tobytes()
    )


def fed(
    tracker: NoteTracker, sound: np.ndarray, confirmed: OnsetArray, first: int = 0
) -> NoteArray:
    """Feed a tracker whose stream began at sample ``first``; all onsets are known at the end."""
    for start in range(0, len(sound), 1024):
        tracker.process(sound[start : start + 1024], confirmed[:0], first)
    return tracker.finish(confirmed)


def test_reset_forgets_everything() -> None:
    onset_s = np.array([0.2, 0.4])
    sound, confirmed = tone_row(onset_s, 0.14, duration_s=0.6), settled_at(onset_s)
    tracker = NoteTracker(RATE_HZ, TrackerConfig(), PitchFinder(RATE_HZ, None))
    notes = fed(tracker, sound, confirmed)
    tracker.process(0.5 * np.ones(3001, np.float32), confirmed[:1], 9000)  # in the middle of things
    tracker.reset()
    assert fed(tracker, sound, confirmed).tobytes() == notes.tobytes()


def test_positions_count_from_where_the_stream_was_taken_up_again() -> None:
    onset_s = np.array([0.2, 0.4])
    sound, confirmed = tone_row(onset_s, 0.14, duration_s=0.6), settled_at(onset_s)
    tracker = NoteTracker(RATE_HZ, TrackerConfig(), PitchFinder(RATE_HZ, None))
    notes = fed(tracker, sound, confirmed)
    first = 1_000_003
    tracker.reset(first)
    later = confirmed.copy()
    later["onset_sample"] += first
    moved = fed(tracker, sound, later, first)
    assert np.array_equal(moved["onset_sample"], notes["onset_sample"] + first)
    assert np.array_equal(moved["offset_sample"], notes["offset_sample"] + first)
    assert np.array_equal(moved["level_dbfs"], notes["level_dbfs"])


def test_louder_sound_changes_levels_only() -> None:
    onset_s = 0.2 + 0.2 * np.arange(6)
    sound = tone_row(onset_s, 0.13, level_dbfs=-30)
    soft, loud = track(sound, settled_at(onset_s)), track(4 * sound, settled_at(onset_s))
    assert loud["level_dbfs"] - soft["level_dbfs"] == pytest.approx(20 * np.log10(4), abs=1e-4)
    for name in ("offset_sample", "attack_s", "gate_ratio"):
        assert np.array_equal(soft[name], loud[name], equal_nan=True), name


@pytest.mark.parametrize("rate_hz", [48000, 88200, 96000])
def test_rates_agree(rate_hz: int) -> None:
    onset_s = 0.3 + 0.25 * np.arange(6)
    reference = track(tone_row(onset_s, 0.15), settled_at(onset_s))
    sound = tone_row(onset_s, 0.15, rate_hz=rate_hz)
    notes = track(sound, settled_at(onset_s, rate_hz), rate_hz=rate_hz)
    assert notes["level_dbfs"] == pytest.approx(reference["level_dbfs"], abs=0.2)
    assert notes["gate_ratio"][:-1] == pytest.approx(reference["gate_ratio"][:-1], abs=0.02)
    assert notes["pitch_midi"] == pytest.approx(reference["pitch_midi"], abs=0.1)


def test_an_onset_in_the_last_samples_is_a_note() -> None:
    sound = tone_row([0.3], [0.2], duration_s=0.6)
    notes = track(sound, settled_at([0.3, 0.598]))
    assert len(notes) == 2
    assert notes["offset_sample"][1] == len(sound)
    assert np.isnan(notes["attack_s"][1])


@pytest.mark.parametrize("before_end_s", [0.0, 0.0005, 0.002, 0.004])
def test_nothing_from_before_is_read_as_the_last_note(before_end_s: float) -> None:
    sound = tone_row([0.0], [0.9], level_dbfs=-6, duration_s=1.5)
    onset_s = len(sound) / RATE_HZ - before_end_s
    level_dbfs = track(sound, settled_at([onset_s]))["level_dbfs"][0]
    assert np.isnan(level_dbfs) or level_dbfs == -120.0


@pytest.mark.parametrize("name", instrument_names())
@pytest.mark.parametrize("rate_hz", WORKING_RATES_HZ)
def test_every_instrument_has_its_pitches_found_at_every_rate(name: str, rate_hz: int) -> None:
    profile = load_instrument(name)
    if profile.pitch_range is None:
        return
    pitch_hz = 1.06 * profile.pitch_range.lowest_hz * np.array([1.0, 2.0])
    sound = tone_row([0.3, 0.7], 0.3, pitch_hz=pitch_hz, rate_hz=rate_hz)
    finder = PitchFinder(rate_hz, profile.pitch_range)
    tracker = NoteTracker(rate_hz, profile.tracker, finder)
    fed(tracker, sound, settled_at([0.3, 0.7], rate_hz))
    assert finder.pitches_midi() == pytest.approx(69 + 12 * np.log2(pitch_hz / 440), abs=0.3)


def test_each_kernel_is_compiled_once() -> None:
    probe = (
        "from practiceear.notes import kernels, tracker; tracker.compile_kernels(); import sys;"
        "sys.exit(','.join(f.__name__ for f in (kernels.follow_envelope, kernels.measure_attack,"
        "kernels.follow_note) if len(f.signatures) != 1) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_a_block_too_long_for_the_rings_is_refused() -> None:
    tracker = NoteTracker(RATE_HZ, TrackerConfig(), PitchFinder(RATE_HZ, None))
    with pytest.raises(ValueError, match="too large"):
        tracker.process(np.zeros(LARGEST_BLOCK_SAMPLES + 1, np.float32), settled_at([]), 0)


@pytest.mark.parametrize(
    "wrong", [{"end_fall_db": 0.0}, {"end_fall_db": float("nan")}, {"natural_decay_db_s": -1.0}]
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        TrackerConfig(**wrong)


def test_silence_without_end_stays_silence() -> None:
    # The level that a ringing note would have sinks below any room: that alone is no sound.
    rate_hz = 44100
    tracker = NoteTracker(rate_hz, TrackerConfig(), PitchFinder(rate_hz, None))
    onset = np.zeros(1, dtype=ONSET)
    onset["onset_sample"] = 4410
    take = np.zeros(rate_hz * 40, dtype=np.float32)
    time_s = np.arange(rate_hz) / rate_hz
    take[4410 : 4410 + rate_hz] = 0.3 * np.sin(2 * np.pi * 440 * time_s)
    assert tracker.silent_since_sample is None
    for first in range(0, len(take), 4096):
        block, given = take[first : first + 4096], onset if first == 4096 else onset[:0]
        tracker.process(block, given, first + len(block))
        if first > 8192 and first < rate_hz - 4096:
            assert tracker.silent_since_sample is None
    since = tracker.silent_since_sample
    assert since is not None
    assert abs(since - (4410 + rate_hz)) < 0.02 * rate_hz
