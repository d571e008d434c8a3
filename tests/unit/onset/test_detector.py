from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Iterable

import numpy as np
import pytest
import soundfile

from practiceear.audio.blocks import WORKING_RATES_HZ
from practiceear.onset.config import DetectorConfig
from practiceear.onset.detector import OnsetDetector
from practiceear.onset.event import ONSET, OnsetKind
from practiceear.onset.records import MINIMUM_INTERVAL_S
from tests.support import sounds
from tests.support.recordings import FIXTURES
from tests.support.tones import tone_row

RATE_HZ = 44100
HOP = 256
ONSETS_S = [0.5, 0.8, 1.03, 1.31, 1.5, 1.9, 2.05, 2.4]
DETECTOR = OnsetDetector(RATE_HZ)


def events_of(
    sound: np.ndarray, sizes: Iterable[int] = (1 << 30,), detector: OnsetDetector = DETECTOR
) -> np.ndarray:
    """All events of a sound fed in blocks of the given sizes, the last one for the rest."""
    detector.reset()
    found, start, size = [], 0, 0
    steps = iter(sizes)
    while start < len(sound):
        size = next(steps, size)
        found.append(detector.process(sound[start : start + size]))
        start += size
    return np.concatenate([*found, detector.finish()])


def settled_s(events: np.ndarray, rate_hz: int = RATE_HZ) -> np.ndarray:
    return np.asarray(events["onset_sample"][events["kind"] == OnsetKind.CONFIRMED] / rate_hz)


def assert_same(events: np.ndarray, expected: np.ndarray) -> None:
    """All fields alike, to the bit; what is not known of the one is not known of the other."""
    for field in ONSET.names or ():
        np.testing.assert_array_equal(events[field], expected[field], err_msg=field)


def assert_onsets(events: np.ndarray, expected_s: list[float], within_s: float = 0.012) -> None:
    found = settled_s(events)
    assert len(found) == len(expected_s), found
    np.testing.assert_allclose(found, expected_s, atol=within_s)


@pytest.fixture(scope="module")
def plucked() -> np.ndarray:
    return sounds.take(ONSETS_S, 3.0, RATE_HZ)


@pytest.fixture(scope="module")
def restless() -> np.ndarray:
    """Bowed notes, knocks before them and a loud room: calls that come to nothing, too."""
    sound = sounds.take([0.0, *ONSETS_S], 3.0, RATE_HZ, is_bowed=True, noise_dbfs=-45.0)
    generator = np.random.default_rng(11)
    for onset_s in ONSETS_S[::2]:
        first = round((onset_s - 0.05) * RATE_HZ)
        sound[first : first + 300] += generator.normal(0, 0.01, 300).astype(np.float32)
    return sound


@pytest.mark.parametrize("size", [1, 7, 64, 441, 4096, 5000])
def test_same_events_for_every_block_size(restless: np.ndarray, size: int) -> None:
    whole = events_of(restless)
    assert len(settled_s(whole)) >= len(ONSETS_S)
    assert_same(events_of(restless, [size]), whole)


def test_same_events_for_random_blocks(restless: np.ndarray) -> None:
    sizes = np.random.default_rng(3).integers(0, 3000, 2000)
    assert_same(events_of(restless, sizes), events_of(restless))


def test_reset_equals_a_fresh_detector(restless: np.ndarray, plucked: np.ndarray) -> None:
    used = OnsetDetector(RATE_HZ)
    used.process(restless[:50_000])
    fresh = events_of(plucked, detector=OnsetDetector(RATE_HZ))
    assert_same(events_of(plucked, detector=used), fresh)
    used.reset()
    assert used._state.tobytes() == OnsetDetector(RATE_HZ)._state.tobytes()


def test_positions_count_from_the_given_sample(plucked: np.ndarray) -> None:
    expected = events_of(plucked)
    for field in ("onset_sample", "known_sample", "detected_sample"):
        expected[field] += 1_000_000
    DETECTOR.reset(1_000_000)
    assert DETECTOR.confirmed_until_sample == 1_000_000
    found = [DETECTOR.process(plucked), DETECTOR.finish()]
    assert_same(np.concatenate(found), expected)
    assert DETECTOR.confirmed_until_sample == 1_000_000 + len(plucked)


def test_plucked_notes_are_found_in_time(plucked: np.ndarray) -> None:
    assert_onsets(events_of(plucked), ONSETS_S, within_s=0.006)


def test_bowed_notes_are_found() -> None:
    sound = sounds.take(ONSETS_S, 3.0, RATE_HZ, is_bowed=True)
    assert_onsets(events_of(sound), ONSETS_S, within_s=0.025)


@pytest.mark.parametrize("gain_db", [-36.0, -24.0, -12.0, 6.0])
def test_gain_changes_nothing(plucked: np.ndarray, gain_db: float) -> None:
    louder = plucked * np.float32(10.0 ** (gain_db / 20.0))
    heard, expected = settled_s(events_of(louder)), settled_s(events_of(plucked))
    np.testing.assert_allclose(heard[1:], expected[1:], atol=0.003)
    # Before the first note nothing is known of the level that is to come.
    np.testing.assert_allclose(heard[:1], expected[:1], atol=0.005)


@pytest.mark.parametrize("shift_samples", [1, 77, 1000])
def test_later_sound_gives_later_events(plucked: np.ndarray, shift_samples: int) -> None:
    later = settled_s(events_of(plucked[RATE_HZ // 4 :]))
    sooner = settled_s(events_of(plucked[RATE_HZ // 4 + shift_samples :]))
    # Hops of 5.8 ms and fine steps of 1 ms fall elsewhere.
    np.testing.assert_allclose(sooner + shift_samples / RATE_HZ, later, atol=0.003)


def test_whole_hops_of_silence_shift_exactly(plucked: np.ndarray) -> None:
    # More silence than the network remembers; 44 hops are whole fine steps too.
    sound = np.concatenate([np.zeros(150 * HOP, np.float32), plucked])
    longer = np.concatenate([np.zeros(194 * HOP, np.float32), plucked])
    expected = events_of(sound)
    for field in ("onset_sample", "known_sample", "detected_sample"):
        expected[field] += 44 * HOP
    assert_same(events_of(longer), expected)


@pytest.mark.parametrize("colour", [0.0, 1.0, 2.0])
@pytest.mark.parametrize("level_dbfs", [-75.0, -50.0, -30.0])
def test_a_room_is_no_note(colour: float, level_dbfs: float) -> None:
    noise = sounds.room(8.0, level_dbfs, RATE_HZ, colour)
    assert len(settled_s(events_of(noise))) == 0


@pytest.mark.parametrize("colour", [0.0, 1.0, 2.0])
@pytest.mark.parametrize("level_dbfs", [-75.0, -50.0, -30.0])
def test_a_room_behind_a_gate_is_no_note(colour: float, level_dbfs: float) -> None:
    noise = sounds.room(8.0, level_dbfs, RATE_HZ, colour)
    # The microphone is switched on late, and a gate opens in the middle.
    noise[: RATE_HZ // 2] = 0.0
    noise[3 * RATE_HZ : 4 * RATE_HZ] = 0.0
    noise[5 * RATE_HZ : round(5.4 * RATE_HZ)] = 0.0
    assert len(settled_s(events_of(noise))) == 0


@pytest.mark.parametrize("before_end_s", [0.05, 0.1, 0.2])
def test_a_note_in_the_last_moment_is_kept(before_end_s: float) -> None:
    sound = sounds.take([0.5, 1.0, 3.0 - before_end_s], 3.0, RATE_HZ)
    assert_onsets(events_of(sound), [0.5, 1.0, 3.0 - before_end_s])


@pytest.mark.parametrize("value", [0.0, 0.5, -1.0, 1e-40, math.nan, math.inf])
def test_what_does_not_move_is_no_note(value: float) -> None:
    assert len(events_of(np.full(RATE_HZ * 2, value, np.float32))) == 0


def test_an_offset_changes_nothing(plucked: np.ndarray) -> None:
    expected = settled_s(events_of(plucked))
    np.testing.assert_allclose(settled_s(events_of(plucked + np.float32(0.3))), expected, atol=1e-4)


def test_samples_that_are_no_numbers_do_not_stay(plucked: np.ndarray) -> None:
    broken = plucked.copy()
    broken[5000:130_000:20_000] = [math.nan, math.inf, -math.inf, 1e30, -1e30, 9.0, math.nan]
    detector = OnsetDetector(RATE_HZ)
    detector.process(broken)
    for name in detector._state.dtype.names or ():
        assert np.isfinite(detector._state[0][name]).all(), name


@pytest.mark.parametrize("level", [0.0, 1e-39, 1e-30, 1e-20])
def test_no_denormal_stays_after_a_note(plucked: np.ndarray, level: float) -> None:
    detector = OnsetDetector(RATE_HZ)
    detector.process(plucked)
    faint = level * np.random.default_rng(1).standard_normal(2 * RATE_HZ)
    detector.process(faint.astype(np.float32))
    for name in ("ring", "low_ring", "fine", "levels", "trunk", "probability", "peak", "last_out"):
        values = np.abs(np.atleast_1d(detector._state[0][name]))
        smallest = np.finfo(values.dtype).tiny
        assert not np.any((values > 0) & (values < smallest)), name


def test_ten_minutes_of_silence_hold_nothing() -> None:
    detector = OnsetDetector(RATE_HZ)
    minute = np.zeros(60 * RATE_HZ, np.float32)
    assert sum(len(detector.process(minute)) for _ in range(10)) == 0
    assert detector.confirmed_until_sample > 599 * RATE_HZ
    assert len(detector.finish()) == 0
    assert detector.confirmed_until_sample == 600 * RATE_HZ
    assert detector.next_onset_id == 0


@pytest.mark.parametrize("pitch_hz", [110.0, 440.0])
def test_vibrato_is_one_note(pitch_hz: float) -> None:
    sound = sounds.room(4.0, -65.0, RATE_HZ)
    first = RATE_HZ // 2
    note = 0.2 * sounds.bowed(pitch_hz, 3.2, RATE_HZ, vibrato_cents=35.0)
    sound[first : first + len(note)] += note
    assert_onsets(events_of(sound), [0.5], within_s=0.025)


@pytest.mark.parametrize("is_bowed", [False, True])
def test_a_note_at_the_first_sample_is_found(is_bowed: bool) -> None:
    sound = sounds.take([0.0, 0.7], 1.5, RATE_HZ, is_bowed=is_bowed)
    found = settled_s(events_of(sound))
    np.testing.assert_allclose(found, [0.0, 0.7], atol=0.025)


@pytest.mark.parametrize("length_s", [0.06, 0.08, 0.12])
def test_a_note_in_the_last_block_is_found(length_s: float) -> None:
    sound = sounds.take([0.5, 1.0], 1.0 + length_s, RATE_HZ)
    DETECTOR.reset()
    last = round(0.99 * RATE_HZ)
    streamed, rest = DETECTOR.process(sound[:last]), DETECTOR.process(sound[last:])
    events = np.concatenate([streamed, rest, DETECTOR.finish()])
    assert_onsets(events, [0.5, 1.0])
    assert events["known_sample"].max() <= len(sound)
    assert events["onset_sample"].max() <= len(sound)


@pytest.mark.parametrize("pitch_hz", [110, 440, 1000])
def test_a_tone_that_is_cut_off_by_the_end_has_no_onset_there(pitch_hz: float) -> None:
    sound = np.sin(2 * np.pi * pitch_hz * np.arange(round(1.2345 * RATE_HZ)) / RATE_HZ)
    assert np.all(settled_s(events_of((0.3 * sound).astype(np.float32))) < 1.0)


@pytest.mark.parametrize("steps", [0, 7])
@pytest.mark.parametrize(("apart_s", "n_heard"), [(0.02, 1), (0.04, 1), (0.1, 2)])
def test_two_notes_40_ms_apart_are_one(steps: int, apart_s: float, n_heard: int) -> None:
    sound = sounds.room(2.0, -70.0, RATE_HZ)
    for onset_s, pitch_hz in ((0.8, 330.0), (0.8 + apart_s, 330.0 * 2 ** (steps / 12))):
        first = round(onset_s * RATE_HZ)
        sound[first:] += 0.3 * sounds.pluck(pitch_hz, 2.0, RATE_HZ)[: len(sound) - first]
    found = settled_s(events_of(sound))
    assert len(found) == n_heard
    assert found[0] == pytest.approx(0.8 + apart_s / 2 * (n_heard == 1), abs=0.022)
    assert np.all(found < 0.8 + apart_s + 0.005)


def spread_chord(spread_s: float) -> np.ndarray:
    """Four strings, plucked one after another."""
    sound = sounds.room(2.0, -70.0, RATE_HZ)
    for k, pitch_hz in enumerate((220.0, 277.2, 329.6, 440.0)):
        first = round((0.8 + spread_s * k / 3) * RATE_HZ)
        sound[first:] += 0.2 * sounds.pluck(pitch_hz, 2.0, RATE_HZ)[: len(sound) - first]
    return sound


def test_a_quick_chord_is_one_onset() -> None:
    found = settled_s(events_of(spread_chord(0.02)))
    assert len(found) == 1
    assert 0.795 < found[0] < 0.825


def test_a_chord_spread_over_60_ms_is_one_or_two_onsets() -> None:
    # Strings 20 ms apart are no single attack and no row of notes; with the weights of the
    # day it is two.
    found = settled_s(events_of(spread_chord(0.06)))
    assert 1 <= len(found) <= 2
    assert np.all((found > 0.795) & (found < 0.865))


@pytest.mark.parametrize("is_cut", [False, True])
def test_taps_are_heard_where_taps_are_listened_for(is_cut: bool) -> None:
    sound = sounds.room(4.0, -70.0, RATE_HZ)
    onset_s = [0.5, 0.9, 1.3, 1.7, 2.1, 2.5, 2.9]
    for k, one_s in enumerate(onset_s):
        first = round(one_s * RATE_HZ)
        sound[first : first + len(knock(k))] += np.float32(0.3) * knock(k)
    if is_cut:
        sound = sound[: round(2.95 * RATE_HZ)]
    taps = OnsetDetector(RATE_HZ, DetectorConfig(target="taps"))
    events = events_of(sound, detector=taps)
    found = settled_s(events)
    # How loud taps are is not known before the second.
    np.testing.assert_allclose(found[found > 0.8], onset_s[1:], atol=0.004)
    assert_same(events_of(sound, [64], taps), events)


def test_strength_counts_in_thresholds(restless: np.ndarray) -> None:
    found = []
    for threshold in (0.4, 0.8):
        detector = OnsetDetector(RATE_HZ, DetectorConfig(confirmed=threshold))
        events = events_of(restless, detector=detector)
        confirmed = events[events["kind"] == OnsetKind.CONFIRMED]
        found.append(dict(zip(confirmed["onset_sample"], confirmed["strength"], strict=True)))
    both = found[0].keys() & found[1].keys()
    assert len(both) > 4
    for onset in both:
        assert found[0][onset] == pytest.approx(2 * found[1][onset], rel=1e-5)


def test_contact_noise_is_not_the_note() -> None:
    sound = sounds.take([0.5, 1.0], 1.8, RATE_HZ)
    knock = np.random.default_rng(2).normal(0, 0.004, 400).astype(np.float32)
    first = round(0.94 * RATE_HZ)
    sound[first : first + 400] += knock
    assert_onsets(events_of(sound), [0.5, 1.0])


def test_settled_until_is_kept(restless: np.ndarray) -> None:
    DETECTOR.reset()
    promised = 0
    for start in range(0, len(restless), 700):
        events = DETECTOR.process(restless[start : start + 700])
        onsets = events["onset_sample"][events["kind"] == OnsetKind.CONFIRMED]
        assert np.all(onsets >= promised)
        assert DETECTOR.confirmed_until_sample >= promised
        promised = DETECTOR.confirmed_until_sample
    assert promised > len(restless) - 0.25 * RATE_HZ
    last = DETECTOR.finish()
    assert np.all(last["onset_sample"][last["kind"] == OnsetKind.CONFIRMED] >= promised)
    assert DETECTOR.confirmed_until_sample == len(restless)


def test_events_are_in_order_and_belong_together(restless: np.ndarray) -> None:
    events = events_of(restless)
    assert events.dtype == ONSET
    assert np.all(np.diff(events["known_sample"]) >= 0)
    assert np.all(events["onset_sample"] <= events["known_sample"])
    assert np.all(events["detected_sample"] <= events["known_sample"])

    confirmed = events[events["kind"] == OnsetKind.CONFIRMED]
    interval = round(MINIMUM_INTERVAL_S * RATE_HZ)
    assert np.all(np.diff(confirmed["onset_sample"]) >= interval)
    assert np.all(confirmed["strength"] >= 1.0)

    called = events[events["kind"] == OnsetKind.PROVISIONAL]
    ended = events[np.isin(events["kind"], [OnsetKind.CONFIRMED, OnsetKind.RETRACTED])]
    assert len(np.unique(called["onset_id"])) == len(called) > 3
    assert len(np.unique(ended["onset_id"])) == len(ended)
    assert set(called["onset_id"]) <= set(ended["onset_id"])
    known_of_call = dict(zip(called["onset_id"], called["known_sample"], strict=True))
    for event in ended:
        known = known_of_call.get(event["onset_id"], event["known_sample"])
        assert event["detected_sample"] == known
        assert (event["onset_id"] in known_of_call) or event["kind"] == OnsetKind.CONFIRMED


def test_calls_come_early(plucked: np.ndarray) -> None:
    events = events_of(plucked)
    called = events[events["kind"] == OnsetKind.PROVISIONAL]
    delay_s = called["known_sample"] / RATE_HZ - np.array(ONSETS_S)
    assert np.all(delay_s > 0)
    assert np.median(delay_s) < 0.015
    assert np.max(delay_s) < 0.045


@pytest.mark.parametrize("rate_hz", WORKING_RATES_HZ)
@pytest.mark.parametrize("is_bowed", [False, True])
def test_all_rates_agree(rate_hz: int, is_bowed: bool) -> None:
    sound = sounds.take(ONSETS_S, 3.0, rate_hz, is_bowed=is_bowed)
    found = settled_s(events_of(sound, detector=OnsetDetector(rate_hz)), rate_hz)
    reference = settled_s(events_of(sounds.take(ONSETS_S, 3.0, RATE_HZ, is_bowed=is_bowed)))
    assert len(found) == len(reference)
    np.testing.assert_allclose(found, reference, atol=0.005)


@pytest.mark.parametrize("rate_hz", [0, 8000, 44101, 192000])
def test_other_rates_are_refused(rate_hz: int) -> None:
    with pytest.raises(ValueError, match=str(rate_hz)):
        OnsetDetector(rate_hz)


def test_no_samples_no_events() -> None:
    DETECTOR.reset()
    assert len(DETECTOR.process(np.zeros(0, np.float32))) == 0
    assert len(DETECTOR.finish()) == 0
    assert len(DETECTOR.finish()) == 0
    with pytest.raises(RuntimeError, match="reset"):
        DETECTOR.process(np.zeros(10, np.float32))


def test_returned_events_stay(plucked: np.ndarray) -> None:
    DETECTOR.reset()
    first = DETECTOR.process(plucked[: RATE_HZ * 2])
    kept = first.copy()
    DETECTOR.process(plucked[RATE_HZ * 2 :])
    assert_same(first, kept)


COMPILED_KERNELS = """
import numpy as np
from practiceear.onset import config, detector, picking_kernels

detector.compile_kernels()
def count_signatures():
    found = vars(picking_kernels).items()
    return {name: len(f.signatures) for name, f in found if hasattr(f, "signatures")}
compiled = count_signatures()
public = {"hear_block", "reset_state", "settled_until_now", "close_all"}
assert all(compiled[name] == 1 for name in public), compiled
for rate_hz, target in ((96000, "notes"), (48000, "taps")):
    ear = detector.OnsetDetector(rate_hz, config.DetectorConfig(target=target))
    sound = np.random.default_rng(0).standard_normal(100_000).astype(np.float32)
    sound[40_000:] *= 0.01
    sound[70_000:] *= 100.0
    for start in range(0, 900):
        ear.process(sound[start : start + 1])
    ear.process(sound[900:50_001])
    ear.process(sound[50_001:70_001:2])
    sound.flags.writeable = False
    ear.process(sound[70_001:90_001])
    ear.confirmed_until_sample
    ear.finish()
    ear.reset(np.int64(5), np.int64(7))
after = count_signatures()
assert after == compiled, (compiled, after)
"""


@pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="nothing is compiled")
def test_nothing_is_compiled_after_compile_kernels() -> None:
    done = subprocess.run(
        [sys.executable, "-c", COMPILED_KERNELS], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("rate_hz", [44100, 96000])
@pytest.mark.parametrize("interval_s", [0.27, 0.3])
def test_a_tone_that_breaks_off_is_one_onset(rate_hz: int, interval_s: float) -> None:
    onset_s = 0.5 + interval_s * np.arange(10)
    sound = tone_row(onset_s, 0.2, pitch_hz=330.0 * 2 ** (np.arange(10) / 12), rate_hz=rate_hz)
    noise = np.random.default_rng(0).standard_normal(len(sound)).astype(np.float32)
    detector = OnsetDetector(rate_hz)
    events = np.concatenate([detector.process(sound + 1e-4 * noise), detector.finish()])
    confirmed = events[events["kind"] == OnsetKind.CONFIRMED]
    assert confirmed["onset_sample"] / rate_hz == pytest.approx(onset_s, abs=0.006)


@pytest.mark.parametrize("pause_s", [0.1, 0.35, 0.6, 1.0])
@pytest.mark.parametrize("level_dbfs", [-12.0, -30.0, -45.0])
def test_tones_between_exact_zeros_are_found(pause_s: float, level_dbfs: float) -> None:
    onset_s = 0.5 + (0.3 + pause_s) * np.arange(6)
    sound = tone_row(onset_s, 0.3, level_dbfs=level_dbfs, pitch_hz=[330, 440, 587] * 2)
    found = settled_s(events_of(sound))
    # A plain tone in silence is much like a beep: one of them may be taken for one.
    assert len(found) >= 5
    assert np.all(np.abs(found[:, None] - onset_s[None]).min(axis=1) < 0.006)


def test_the_room_after_a_gate_is_no_note_and_the_notes_are() -> None:
    onset_s = [0.5, 1.0, 1.5, 4.5, 5.0, 6.5]
    sound = sounds.take(onset_s, 7.5, RATE_HZ, noise_dbfs=-50.0)
    sound[round(2.4 * RATE_HZ) : 4 * RATE_HZ] = 0.0
    assert_onsets(events_of(sound), onset_s)


@pytest.mark.parametrize("steps", [5, -5])
@pytest.mark.parametrize("drop_db", [6.0, 10.0])
def test_a_soft_note_right_after_a_loud_one_is_found(steps: int, drop_db: float) -> None:
    onset_s = 0.5 + 0.3 * np.arange(10)
    is_soft = np.arange(10) % 2
    sound = tone_row(
        onset_s,
        0.3,
        level_dbfs=-12.0 - drop_db * is_soft,
        pitch_hz=330.0 * 2.0 ** (steps * is_soft / 12),
    )
    noise = np.random.default_rng(0).standard_normal(len(sound)).astype(np.float32)
    # Under the window's side lobes a soft lower tone is timed late.
    assert_onsets(events_of(sound + 1e-5 * noise), onset_s.tolist(), within_s=0.04)


@pytest.mark.parametrize("steps", [5, 1, -5])
def test_a_soft_bowed_note_right_after_a_loud_one_is_found(steps: int) -> None:
    onset_s = 0.5 + 0.3 * np.arange(10)
    sound = sounds.room(4.0, -90.0, RATE_HZ)
    for k, start_s in enumerate(onset_s):
        note = sounds.bowed(330.0 * 2.0 ** (steps * (k % 2) / 12), 0.3, RATE_HZ)
        first = round(start_s * RATE_HZ)
        sound[first : first + len(note)] += (0.3, 0.05)[k % 2] * note
    assert_onsets(events_of(sound), onset_s.tolist(), within_s=0.04)


def knock(seed: int) -> np.ndarray:
    """A chair or a bump: a thump and noise, 60 dB down after 28 ms, near full scale."""
    time_s = np.arange(round(0.03 * RATE_HZ)) / RATE_HZ
    noise = 0.4 * np.random.default_rng(seed).standard_normal(len(time_s))
    sound = (np.sin(2 * np.pi * 180 * time_s) + noise) * np.exp(-time_s / 0.004)
    return np.asarray(0.9 * sound / np.abs(sound).max(), np.float32)


@pytest.mark.parametrize("knocks_s", [[0.09], [0.1, 0.35, 0.6], [0.09, 3.0, 3.3]])
@pytest.mark.parametrize("name", ["violin_detached", "guitar_missed_notes"])
@pytest.mark.parametrize("peak_dbfs", [-12.0, -26.0, -32.0])
def test_a_knock_does_not_deafen(name: str, knocks_s: list[float], peak_dbfs: float) -> None:
    sound, rate_hz = soundfile.read(FIXTURES / name / "take.flac", dtype="float32")
    assert rate_hz == RATE_HZ
    truth_s = np.genfromtxt(FIXTURES / name / "truth.csv", delimiter=",", names=True)["t20_s"]
    sound *= np.float32(10.0 ** (peak_dbfs / 20.0) / np.abs(sound).max())
    for seed, knock_s in enumerate(knocks_s):
        first = round(knock_s * RATE_HZ)
        sound[first : first + len(knock(0))] += knock(seed)
    found = settled_s(events_of(sound))
    n_heard = sum(np.abs(found - onset_s).min() < 0.05 for onset_s in truth_s)
    assert n_heard >= 0.95 * len(truth_s)
    assert len(found) - n_heard <= len(knocks_s) + 1


def test_ids_go_on_after_a_gap(plucked: np.ndarray) -> None:
    DETECTOR.reset()
    first = np.concatenate([DETECTOR.process(plucked), DETECTOR.finish()])
    assert DETECTOR.next_onset_id == first["onset_id"].max() + 1
    DETECTOR.reset(len(plucked) + 5000, first_id=DETECTOR.next_onset_id)
    second = np.concatenate([DETECTOR.process(plucked), DETECTOR.finish()])
    assert second["onset_id"].min() == first["onset_id"].max() + 1
    assert len(second) == len(first)


def test_how_blocks_lie_in_memory_does_not_matter(plucked: np.ndarray) -> None:
    expected = events_of(plucked)
    strided = np.repeat(plucked, 3)[::3]
    assert not strided.flags.c_contiguous
    assert_same(events_of(strided, [1000]), expected)
    fixed = plucked.copy()
    fixed.flags.writeable = False
    assert_same(events_of(fixed, [1000]), expected)
