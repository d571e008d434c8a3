from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Sequence

import numpy as np
import pytest

from practiceear.click_removal import filter_kernels as kernels
from practiceear.click_removal.click_filter import ClickFilter
from practiceear.metronome.click import click_sounds
from practiceear.metronome.program import CLICK, ClickArray
from tests import naive_click_removal as naive
from tests.support.sounds import pluck

RATE_HZ = 44100
Floats = np.ndarray


def clicks_at(times_s: Sequence[float] | Floats, rate_hz: int = RATE_HZ) -> ClickArray:
    """Clicks with an accent on every fourth."""
    clicks = np.zeros(len(times_s), CLICK)
    clicks["sample"] = np.round(np.asarray(times_s) * rate_hz)
    clicks["kind"] = np.where(np.arange(len(times_s)) % 4 == 0, 0, 1)
    clicks["is_audible"] = True
    return clicks


def small_room(rate_hz: int = RATE_HZ, rt60_s: float = 0.3) -> Floats:
    """A direct sound, and reflections from 4 ms on that die away."""
    seconds = np.arange(round(rt60_s * rate_hz)) / rate_hz
    answer = np.random.default_rng(2).normal(size=len(seconds)) * 10 ** (-3 * seconds / rt60_s)
    answer *= 0.05 * math.sqrt(RATE_HZ / rate_hz)
    answer[: round(0.004 * rate_hz)] = 0.0
    answer[0] = 1.0
    return answer


def heard_of(
    clicks: ClickArray,
    lag_s: float,
    *,
    answer: Floats | None = None,
    drift: float = 0.0,
    peak: float = 0.1,
    rate_hz: int = RATE_HZ,
) -> Floats:
    """What a microphone hears of the clicks, parts of a sample included."""
    answer = np.ones(1) if answer is None else answer
    out = np.zeros(int(clicks["sample"][-1]) + rate_hz)
    for click in clicks[clicks["is_audible"]]:
        wet = np.convolve(click_sounds(rate_hz)[click["kind"]], answer)
        at = click["sample"] * (1 + drift) + lag_s * rate_hz
        first = math.floor(at)
        n_fft = 1 << (len(wet) + 64).bit_length()
        turn = np.exp(-2j * np.pi * np.arange(n_fft // 2 + 1) / n_fft * (at - first + 32))
        moved = peak * np.fft.irfft(np.fft.rfft(wet, n_fft) * turn, n_fft)
        begin = max(0, first - 32)
        moved = moved[begin - first + 32 :][: len(out) - begin]
        out[begin : begin + len(moved)] += moved
    return out


def noise(n_samples: int, rms: float = 0.001) -> Floats:
    return rms * np.random.default_rng(7).standard_normal(n_samples)


def played_on(
    clicks: ClickArray, sound: Floats, spread_s: float, lag_s: float = 0.03, first: int = 4
) -> Floats:
    """``sound`` with a note on every click from the ``first`` on, as near as a player comes.

    It begins with a knock, so that the click's band is full of it.
    """
    rng = np.random.default_rng(3)
    sound = sound.copy()
    knock = 0.3 * np.exp(-np.arange(RATE_HZ // 10) / (0.01 * RATE_HZ))
    for click in clicks[first:]:
        start = int(click["sample"]) + round(rng.normal(lag_s, spread_s) * RATE_HZ)
        note = 0.3 * pluck(float(rng.choice([196.0, 262.0, 330.0])), 0.45, RATE_HZ)
        note[: len(knock)] += knock * rng.standard_normal(len(knock))
        sound[start : start + len(note)] += note[: len(sound) - start]
    return sound


def less_db(bleed: Floats, left: Floats, first: int, end: int | None = None) -> float:
    """How much softer what is left of the bleed is."""
    return float(10 * np.log10(np.sum(bleed[first:end] ** 2) / np.sum(left[first:end] ** 2)))


def run(
    heard: Floats, clicks: ClickArray, *, lag_s: float | None = None, rate_hz: int = RATE_HZ
) -> tuple[np.ndarray, ClickFilter]:
    click_filter = ClickFilter(rate_hz, click_sounds(rate_hz), lag_s=lag_s)
    click_filter.announce(clicks)
    return click_filter.process(heard.astype(np.float32)), click_filter


# The kernels beside their twins.


@pytest.mark.kernel
@pytest.mark.parametrize("block_samples", [1, 5, 40])
def test_taking_out_is_a_subtraction(block_samples: int) -> None:
    rng = np.random.default_rng(0)
    samples = rng.standard_normal(40).astype(np.float32)
    sounds = [(rng.standard_normal(9).astype(np.float32), first) for first in (3, 8, 20)]
    ring, history = np.zeros(64, np.float32), np.zeros(64, np.float32)
    of_ring: dict[int, float] = {}
    for sound, first in sounds:
        of_twin, of_ring = naive.expect(sound.tolist(), first, 5, of_ring)
        kernels.expect(sound, first, 5, ring)
        assert sound == pytest.approx(of_twin)
    expected, left = naive.subtract(samples.tolist(), 0, of_ring)
    cleaned = np.zeros(40, np.float32)
    for first in range(0, 40, block_samples):
        part = slice(first, first + block_samples)
        kernels.subtract(samples[part], first, ring, history, cleaned[part])
    assert cleaned == pytest.approx(expected, abs=1e-6)
    assert not left
    assert not ring.any()
    again = np.zeros(30, np.float32)
    kernels.recall(history, 6, again)
    assert np.array_equal(again, cleaned[6:36])


@pytest.mark.kernel
def test_rings_begin_again_at_their_end() -> None:
    expected, history = np.zeros(16, np.float32), np.zeros(16, np.float32)
    out = np.zeros(10, np.float32)
    kernels.expect(np.ones(10, np.float32), 12, 0, expected)
    kernels.subtract(np.full(10, 3.0, np.float32), 12, expected, history, out)
    assert np.array_equal(out, np.full(10, 2.0))
    assert not expected.any()


@pytest.mark.kernel
@pytest.mark.parametrize("half", [0, 1, 7, 100])
def test_smooth_power(half: int) -> None:
    sound = np.random.default_rng(1).standard_normal(50)
    out = np.zeros(50)
    kernels.smooth_power(sound, half, out)
    assert out == pytest.approx(naive.smooth_power(sound.tolist(), half), rel=1e-9)


COMPILED_KERNELS = """
import numpy as np
from practiceear.click_removal import click_filter, filter_kernels
from tests.unit.click_removal import test_click_filter
def count_signatures():
    found = vars(filter_kernels).items()
    return {name: len(f.signatures) for name, f in found if hasattr(f, "signatures")}
click_filter.compile_kernels()
compiled = count_signatures()
assert set(compiled.values()) == {1}, compiled
clicks = test_click_filter.clicks_at(0.5 * np.arange(1, 30))
heard = test_click_filter.heard_of(clicks, 0.03)
heard += test_click_filter.noise(len(heard))
_, used = test_click_filter.run(heard, clicks)
assert used.lag_s is not None
assert count_signatures() == compiled, (compiled, count_signatures())
"""


@pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="nothing is compiled")
def test_nothing_is_compiled_after_compile_kernels() -> None:
    done = subprocess.run(
        [sys.executable, "-c", COMPILED_KERNELS], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


# The lag.


@pytest.mark.parametrize("lag_s", [0.002, 0.0137, 0.1, 0.25, 0.4])
def test_lag_of_a_plain_loop(lag_s: float) -> None:
    clicks = clicks_at(0.2 + 0.5 * np.arange(4))
    heard = heard_of(clicks, lag_s)
    _, click_filter = run(heard + noise(len(heard)), clicks)
    assert click_filter.lag_s == pytest.approx(lag_s, abs=0.0001)
    assert click_filter.n_played == click_filter.n_heard == 4


def test_a_loop_without_any_noise() -> None:
    clicks = clicks_at(0.2 + 0.5 * np.arange(8))
    heard = np.zeros(6 * RATE_HZ)
    for click in clicks:
        sound = click_sounds(RATE_HZ)[click["kind"]]
        heard[int(click["sample"]) + 128 :][: len(sound)] += 0.25 * sound
    cleaned, click_filter = run(heard, clicks)
    assert click_filter.lag_s == pytest.approx(128 / RATE_HZ, abs=1e-5)
    assert click_filter.n_heard == click_filter.n_played == 8
    assert less_db(heard, cleaned, clicks["sample"][4]) > 25
    silence = np.zeros(6 * RATE_HZ)
    assert math.isnan(run(silence, clicks)[1].lag_s)


@pytest.mark.parametrize("rate_hz", [48000, 96000])
def test_lag_in_a_room(rate_hz: int) -> None:
    clicks = clicks_at(0.2 + 0.5 * np.arange(4), rate_hz)
    heard = heard_of(clicks, 0.05, answer=small_room(rate_hz), rate_hz=rate_hz)
    _, click_filter = run(heard + noise(len(heard)), clicks, rate_hz=rate_hz)
    assert click_filter.lag_s == pytest.approx(0.05, abs=0.001)


@pytest.mark.parametrize("spacing_s", [0.375, 0.3, 0.15])
@pytest.mark.parametrize("lag_s", [0.01, 0.1, 0.35])
def test_lag_may_be_longer_than_the_beat(spacing_s: float, lag_s: float) -> None:
    clicks = clicks_at(0.2 + spacing_s * np.arange(16))
    heard = heard_of(clicks, lag_s, answer=small_room())
    _, click_filter = run(heard + noise(len(heard)), clicks)
    assert click_filter.lag_s == pytest.approx(lag_s, abs=0.001)


def test_the_next_click_is_not_taken_for_this_one() -> None:
    clicks = clicks_at(0.2 + 0.2 * np.arange(13))
    clicks["kind"] = np.where(np.arange(13) % 2 == 0, 2, 1)  # the beats are louder, same pitch
    heard = heard_of(clicks, 0.02)
    for seed in range(8):
        hiss = 0.001 * np.random.default_rng(seed).standard_normal(len(heard))
        _, click_filter = run(heard + hiss, clicks)
        assert click_filter.lag_s == pytest.approx(0.02, abs=0.0005)


def test_the_direct_sound_counts_not_the_strongest() -> None:
    clicks = clicks_at(0.2 + 0.5 * np.arange(4))
    answer = np.zeros(RATE_HZ // 20)
    answer[[0, 90, 260, 300]] = 0.6, 0.5, 1.0, -0.8
    heard = heard_of(clicks, 0.04, answer=answer)
    _, click_filter = run(heard + noise(len(heard)), clicks)
    assert click_filter.lag_s == pytest.approx(0.04, abs=0.0003)


@pytest.mark.parametrize("drift_ppm", [-100, 20, 100])
@pytest.mark.parametrize("beat_s", [0.5, 1.5])
def test_drift_is_followed(drift_ppm: float, beat_s: float) -> None:
    clicks = clicks_at(0.2 + beat_s * np.arange(10))
    bleed = heard_of(clicks, 0.03, answer=small_room(), drift=1e-6 * drift_ppm)
    heard = bleed + noise(len(bleed))
    cleaned, click_filter = run(heard, clicks)
    assert click_filter.drift_ppm == pytest.approx(drift_ppm, abs=2)
    now_s = 0.03 + 1e-6 * drift_ppm * len(heard) / RATE_HZ
    assert click_filter.lag_s == pytest.approx(now_s, abs=0.0005)
    assert less_db(bleed, cleaned - (heard - bleed), clicks["sample"][4]) > 15
    assert click_filter.lag_iqr_s < 0.0001


def test_nothing_is_known_through_headphones() -> None:
    clicks = clicks_at(0.2 + 0.5 * np.arange(12))
    heard = noise(7 * RATE_HZ).astype(np.float32)
    heard[100], heard[200] = -0.0, np.nan
    cleaned, click_filter = run(heard, clicks)
    assert cleaned.tobytes() == heard.tobytes()
    assert math.isnan(click_filter.lag_s)
    assert math.isnan(click_filter.lag_iqr_s)
    assert math.isnan(click_filter.drift_ppm)
    assert (click_filter.n_heard, click_filter.n_played) == (0, 12)


@pytest.mark.parametrize("spread_s", [0.004, 0.012])
def test_notes_on_the_beat_are_no_clicks(spread_s: float) -> None:
    clicks = clicks_at(0.2 + 0.5 * np.arange(120))
    heard = played_on(clicks, noise(62 * RATE_HZ), spread_s).astype(np.float32)
    cleaned, click_filter = run(heard, clicks)
    assert not click_filter.is_heard
    assert np.array_equal(cleaned, heard)


@pytest.mark.parametrize("peak", [0.01, 0.03, 0.1])
def test_without_a_count_in_notes_are_not_learnt(peak: float) -> None:
    clicks = clicks_at(0.2 + 0.5 * np.arange(40))
    bleed = heard_of(clicks, 0.03, answer=small_room(), peak=peak)
    notes = played_on(clicks, noise(len(bleed)), 0.01, first=0)
    cleaned, _ = run(notes + bleed, clicks)
    assert less_db(bleed, cleaned - notes, 0) > -0.5


def test_the_given_lag_stands_until_the_click_is_heard() -> None:
    clicks = clicks_at(0.2 + 0.5 * np.arange(2))
    heard = heard_of(clicks, 0.031)
    heard += noise(len(heard))
    assert math.isnan(run(heard, clicks)[1].lag_s)
    assert run(heard[:RATE_HZ], clicks, lag_s=0.03)[1].lag_s == 0.03
    # Two clicks are enough where they confirm it, and not where they do not.
    assert run(heard, clicks, lag_s=0.03)[1].lag_s == pytest.approx(0.031, abs=0.0001)
    assert run(heard, clicks, lag_s=0.2)[1].lag_s == 0.2


# The subtraction.


def test_nothing_is_taken_out_before_the_lag_is_known() -> None:
    clicks = clicks_at(0.2 + 0.5 * np.arange(8))
    heard = heard_of(clicks, 0.03)
    heard = (heard + noise(len(heard))).astype(np.float32)
    cleaned, _ = run(heard, clicks)
    third = int(clicks["sample"][2])
    assert np.array_equal(cleaned[:third], heard[:third])


def test_output_does_not_depend_on_blocks() -> None:
    clicks = clicks_at(0.1 + 0.3 * np.arange(10))
    clicks["is_audible"][6] = False
    heard = heard_of(clicks, 0.21, answer=small_room(), drift=5e-5)
    heard = (heard + noise(len(heard))).astype(np.float32)
    whole, one = run(heard, clicks)
    rng = np.random.default_rng(4)
    for sizes in ([1], [7], [64], [441], [4096], rng.integers(1, 3000, 60).tolist()):
        other = ClickFilter(RATE_HZ, click_sounds(RATE_HZ))
        other.announce(clicks)
        parts, first, k = [], 0, 0
        while first < len(heard):
            parts.append(other.process(heard[first : first + sizes[k % len(sizes)]]))
            first += sizes[k % len(sizes)]
            k += 1
        assert np.array_equal(np.concatenate(parts), whole)
        assert (other.lag_s, other.n_heard, other.drift_ppm) == (
            one.lag_s,
            one.n_heard,
            one.drift_ppm,
        )


def test_clicks_may_be_announced_one_by_one() -> None:
    clicks = clicks_at(0.1 + 0.4 * np.arange(9))
    heard = heard_of(clicks, 0.05, answer=small_room())
    heard = (heard + noise(len(heard))).astype(np.float32)
    whole, _ = run(heard, clicks)
    other = ClickFilter(RATE_HZ, click_sounds(RATE_HZ))
    parts, first = [], 0
    for k, end in enumerate([*clicks["sample"], len(heard)]):
        parts.append(other.process(heard[first:end]))
        other.announce(clicks[k : k + 1])
        first = end
    assert np.array_equal(np.concatenate(parts), whole)


def test_the_click_goes_and_the_notes_stay() -> None:
    clicks = clicks_at(0.2 + 0.5 * np.arange(40))
    bleed = heard_of(clicks, 0.03, answer=small_room(), drift=2e-5, peak=0.06)
    notes = played_on(clicks, noise(len(bleed)), 0.01)
    cleaned, click_filter = run(notes + bleed, clicks)
    left = cleaned - notes
    assert click_filter.n_heard > 30
    first_bar, last_bar = clicks["sample"][[4, 8]], clicks["sample"][[36, 39]]
    assert less_db(bleed, left, *first_bar) > 15
    assert less_db(bleed, left, *last_bar) > 15


@pytest.mark.parametrize(("spacing_s", "least_db"), [(0.3, 25), (0.15, 18), (0.1, 12)])
def test_clicks_that_ring_into_one_another(spacing_s: float, least_db: float) -> None:
    clicks = clicks_at(0.2 + spacing_s * np.arange(100))
    bleed = heard_of(clicks, 0.2, answer=small_room())
    heard = bleed + noise(len(bleed))
    cleaned, click_filter = run(heard, clicks)
    assert click_filter.drift_ppm == pytest.approx(0.0, abs=1)
    assert less_db(bleed, cleaned - (heard - bleed), clicks["sample"][60]) > least_db


@pytest.mark.parametrize("peak", [0.0003, 0.001, 0.01])
def test_a_window_never_gets_louder(peak: float) -> None:
    clicks = clicks_at(0.2 + 0.5 * np.arange(30))
    bleed = heard_of(clicks, 0.03, answer=small_room(), peak=peak)
    others = noise(len(bleed))
    cleaned, _ = run(others + bleed, clicks)
    for click in clicks[4:]:
        part = slice(int(click["sample"]), int(click["sample"]) + RATE_HZ // 2)
        assert np.sum(cleaned[part] ** 2) <= 1.01 * np.sum((others + bleed)[part] ** 2)


def test_a_kind_not_heard_yet_is_guessed_from_its_pitch() -> None:
    clicks = clicks_at(0.2 + 0.5 * np.arange(8))
    clicks["kind"][6] = 2  # the slot is the beat, softer
    bleed = heard_of(clicks, 0.03, answer=small_room())
    heard = bleed + noise(len(bleed), 1e-4)
    cleaned, _ = run(heard, clicks)
    assert less_db(bleed, cleaned - (heard - bleed), *clicks["sample"][[6, 7]]) > 15


# When things change.


def test_silent_bars_and_their_drift() -> None:
    clicks = clicks_at(0.2 + 0.5 * np.arange(48))
    clicks["is_audible"][12:36] = False
    bleed = heard_of(clicks, 0.03, drift=1e-4)
    heard = bleed + noise(len(bleed))
    cleaned, click_filter = run(heard, clicks)
    assert click_filter.n_played == 24
    left = cleaned - (heard - bleed)
    assert less_db(bleed, left, *clicks["sample"][[36, 37]]) > 15


def test_a_lag_that_jumps_is_found_again() -> None:
    clicks = clicks_at(0.2 + 0.5 * np.arange(40))
    before, after = clicks[:16], clicks[16:]
    bleed = heard_of(after, 0.0353, answer=small_room())
    early = heard_of(before, 0.03, answer=small_room())
    bleed[: len(early)] += early
    heard = bleed + noise(len(bleed))
    cleaned, click_filter = run(heard, clicks)
    assert click_filter.lag_s == pytest.approx(0.0353, abs=0.001)
    assert less_db(bleed, cleaned - (heard - bleed), clicks["sample"][32]) > 15


def test_headphones_in_the_middle() -> None:
    clicks = clicks_at(0.2 + 0.5 * np.arange(40))
    bleed = heard_of(clicks, 0.03)
    bleed[int(clicks["sample"][16]) :] = 0.0
    heard = (bleed + noise(len(bleed))).astype(np.float32)
    cleaned, click_filter = run(heard, clicks)
    last = int(clicks["sample"][24])
    assert not click_filter.is_heard
    assert click_filter.lag_s == pytest.approx(0.03, abs=0.0005)  # the last one known
    assert np.array_equal(cleaned[last:], heard[last:])


def test_lost_samples_and_numbers_that_are_none() -> None:
    clicks = clicks_at(0.2 + 0.5 * np.arange(20))
    bleed = heard_of(clicks, 0.03)
    heard = bleed + noise(len(bleed))
    heard[int(clicks["sample"][8]) :][:400] = np.nan
    heard[int(clicks["sample"][9]) :][:2000] = 0.0
    cleaned, click_filter = run(heard, clicks)
    later = int(clicks["sample"][12])
    assert click_filter.is_heard
    assert less_db(bleed, cleaned - (heard - bleed), later) > 15


def test_a_number_that_is_none_in_the_count_in() -> None:
    clicks = clicks_at(0.2 + 0.5 * np.arange(12))
    bleed = heard_of(clicks, 0.03)
    heard = bleed + noise(len(bleed))
    heard[int(clicks["sample"][1]) + 3000] = np.nan
    cleaned, click_filter = run(heard, clicks)
    first = int(clicks["sample"][8])
    assert click_filter.is_heard
    assert less_db(bleed, cleaned - (heard - bleed), first) > 15


MUTED_FOR = {
    "digital silence": 0.0,
    "a preamplifier's noise": 1e-6,
    "numbers too small for a float": 1e-41,
}


@pytest.mark.parametrize("n_muted", [2, 5])
@pytest.mark.parametrize("level", MUTED_FOR.values(), ids=MUTED_FOR)
def test_a_microphone_that_opens_late_hears_the_click_from_then_on(
    level: float, n_muted: int
) -> None:
    clicks = clicks_at(0.2 + 0.5 * np.arange(18))
    bleed = heard_of(clicks, 0.03)
    opens = int(clicks["sample"][n_muted]) - RATE_HZ // 10
    bleed[:opens] = 0.0
    room = noise(len(bleed))
    room[:opens] *= level / 0.001
    cleaned, click_filter = run(bleed + room, clicks)
    learnt = int(clicks["sample"][n_muted + 9])  # six of the last eight were heard by then
    assert click_filter.is_heard
    assert click_filter.lag_s == pytest.approx(0.03, abs=0.0001)
    assert less_db(bleed, cleaned - room, learnt) > 15


def test_a_microphone_that_opens_slowly_is_learnt_anew() -> None:
    clicks = clicks_at(0.2 + 0.5 * np.arange(24))
    bleed = heard_of(clicks, 0.03)
    seconds = np.arange(len(bleed)) / RATE_HZ
    bleed *= np.minimum(1.0, 10.0 ** ((seconds - 4.0) * 0.6))
    cleaned, click_filter = run(bleed + noise(len(bleed), 1e-5), clicks)
    assert click_filter.is_heard
    assert less_db(bleed, cleaned, int(clicks["sample"][18])) > 15


def test_clicks_that_are_gone_teach_no_silence() -> None:
    """A gate that is shut for a while, in the count-in and in the middle."""
    clicks = clicks_at(0.2 + 0.5 * np.arange(30))
    bleed = heard_of(clicks, 0.03)
    for shut in (2, 14, 15):
        first = int(clicks["sample"][shut]) - RATE_HZ // 10
        bleed[first : first + RATE_HZ // 2] = 0.0
    cleaned, click_filter = run(bleed, clicks)
    assert click_filter.is_heard
    assert less_db(bleed, cleaned, int(clicks["sample"][22])) > 15


SOUNDS_WITHOUT_A_CLICK = {
    "silence": np.zeros(8 * RATE_HZ),
    "one sample": np.where(np.arange(8 * RATE_HZ) == 3 * RATE_HZ, 0.5, 0.0),
    "the smallest numbers": np.full(8 * RATE_HZ, 1e-45),
    "a steady voltage": np.full(8 * RATE_HZ, 0.3),
}


@pytest.mark.parametrize("heard", SOUNDS_WITHOUT_A_CLICK.values(), ids=SOUNDS_WITHOUT_A_CLICK)
def test_a_sound_without_a_click_passes_unchanged(heard: Floats) -> None:
    cleaned, click_filter = run(heard, clicks_at(0.2 + 0.5 * np.arange(14)))
    assert not click_filter.is_heard
    assert np.array_equal(cleaned, heard.astype(np.float32))


def test_what_is_left_of_a_click_is_little_and_a_note_there_is_much() -> None:
    clicks = clicks_at(0.5 + 0.5 * np.arange(16))
    lag_s = 0.03
    heard = heard_of(clicks, lag_s, answer=small_room())
    heard += noise(len(heard), 0.0003)
    due = [int(click["sample"]) + round(lag_s * RATE_HZ) for click in clicks]
    note = 0.2 * np.sin(0.06 * np.arange(4000))
    heard[due[14] : due[14] + len(note)] += note
    click_filter = ClickFilter(RATE_HZ, click_sounds(RATE_HZ))
    click_filter.announce(clicks)
    end = due[13] + 6000
    click_filter.process(heard[:end].astype(np.float32))
    assert click_filter.left_of_click(due[13]) < 0.5
    assert math.isinf(click_filter.left_of_click(due[13] - 4000))
    click_filter.process(heard[end : due[14] + 6000].astype(np.float32))
    assert click_filter.left_of_click(due[14] - 20) > 1.0
