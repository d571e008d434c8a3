"""Every kernel of the detector against its naive twin."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import pytest

from practiceear.audio.blocks import WORKING_RATES_HZ
from practiceear.onset import (
    analysis_kernels,
    network_kernels,
    picking_kernels,
    timing_kernels,
)
from practiceear.onset.config import DetectorConfig
from practiceear.onset.event import ONSET, OnsetKind
from practiceear.onset.features import FeatureConfig, make_analysis
from practiceear.onset.loudness_kernels import (
    end_loudness_frame,
    level_samples,
    reset_loudness,
)
from practiceear.onset.records import (
    CLICK_HEAD,
    CONFIRMED_HEAD,
    FINE_REACH,
    N_FINE,
    N_HEADS,
    N_HISTORY,
    N_PENDING,
    N_PROBABILITY,
    N_TIMER_HIDDEN,
    PROVISIONAL_HEAD,
    STATE,
    TAP_HEAD,
    TAP_WAIT_FRAMES,
)
from practiceear.onset.tables import SHAPES, build_tables
from tests import naive_onset as naive

pytestmark = pytest.mark.kernel

RATE_HZ = 44100
HOP = 256
DELAYS = [1, 2, 4, 17, 1, 17]
NEVER = 2.0  # a probability that no localiser reaches


def random_weights(**changes: object) -> dict[str, np.ndarray]:
    """Weights that make a lively network; no head is ever sure for long."""
    generator = np.random.default_rng(7)
    weights = {
        name: generator.normal(0, 0.6 / math.sqrt(max(1, shape[0] if shape else 1)), shape)
        for name, shape in SHAPES.items()
    }
    weights |= {
        "dilation": np.array([1, 2, 4, 8, 16, 32]),
        "delay_frames": np.array(DELAYS),
        "n_summed": np.ones(N_HEADS, int),
        "threshold": np.full(N_HEADS, 0.2),
        "fine_threshold": np.array(NEVER),
        "fine_offset_s": np.array(0.0),
        "timer_out_weight": np.zeros((N_TIMER_HIDDEN, 2)),  # a timer that moves nothing
        "timer_out_bias": np.array([0.0, math.log(2.0)]),
        "timer_spread": np.array(1.5),
        "time_offset_s": np.array([-0.002, 0.001, -0.003, 0.002]),
    }
    return weights | {name: np.asarray(value) for name, value in changes.items()}


def tables_of(
    rate_hz: int = RATE_HZ, target: Literal["notes", "taps"] = "notes", **changes: object
) -> np.ndarray:
    return build_tables(rate_hz, random_weights(**changes), DetectorConfig(target=target))


def fresh(tables: np.ndarray, first_sample: int = 0) -> np.ndarray:
    state = np.zeros(1, STATE)
    picking_kernels.reset_state(state, tables, first_sample, 0)
    return state


def restless(n_samples: int, rate_hz: int = RATE_HZ) -> np.ndarray:
    """Tones that come and go over an offset, a sample that is none, and one that is absurd."""
    time_s = np.arange(n_samples) / rate_hz
    sound = 0.3 * np.sin(2 * np.pi * 440 * time_s) * (np.sin(2 * np.pi * 31 * time_s) > 0)
    sound += np.random.default_rng(3).normal(0, 0.01, n_samples) + 0.1
    sound[n_samples // 3], sound[n_samples // 2] = np.nan, 1e6
    return sound.astype(np.float32)


# ---- loudness


@pytest.mark.parametrize("n_run", [HOP, 100])
def test_levelled_sound_is_the_twins(n_run: int) -> None:
    tables = tables_of()
    tables["hop"], tables["hold_samples"], tables["lasting_frames"] = 50, 300, 3
    tables["peak_fall"], tables["playing_fall"] = 0.99, 0.9
    state, sound = fresh(tables), restless(3000)
    sound[1500:] *= 0.01
    out = np.zeros(len(sound), np.float32)
    for frame in range(len(sound) // 50):
        for first in range(50 * frame, 50 * frame + 50, n_run):
            last = min(first + n_run, 50 * frame + 50)
            level_samples(sound, first, last, state[0], tables[0], out[first:last])
        end_loudness_frame(state[0], tables[0])
        state[0]["n_frames"] += 1
    settings = {name: float(tables[0][name]) for name in ("hop", "dc_pole", "hold_samples")}
    for name in ("peak_fall", "lasting_frames", "lasting_crest", "playing_rise", "playing_fall"):
        settings[name] = float(tables[0][name])
    for name in ("gain_floor", "gain_target"):
        settings[name] = float(tables[0][name])
    np.testing.assert_allclose(out, np.array(naive.levelled(sound.tolist(), settings)), atol=1e-6)
    reset_loudness(state[0], tables[0])
    assert state[0]["n_samples"] == 0
    assert state[0]["peak"] == state[0]["playing"] == tables[0]["gain_floor"]


# ---- analysis


@pytest.mark.parametrize("n_window", [8, 16, 32, 64, 128, 512])
def test_spectrum_is_fouriers(n_window: int) -> None:
    generator = np.random.default_rng(n_window)
    signal = generator.standard_normal(n_window).astype(np.float32)
    window = generator.uniform(0, 1, n_window).astype(np.float32)
    whole = np.exp(-2j * np.pi * np.arange(n_window // 2) / n_window)
    twiddle = np.concatenate([whole, whole[::2]])
    work = np.zeros((2, 2, n_window // 2), np.float32)
    found = np.zeros(n_window // 2 + 1, np.float32)
    real, imag = twiddle.real.astype(np.float32), twiddle.imag.astype(np.float32)
    analysis_kernels.magnitudes(signal, window, real, imag, work[0], work[1], found)
    np.testing.assert_allclose(found, np.abs(np.fft.rfft(signal * window)), atol=2e-5)


def hear_frames(sound: np.ndarray, tables: np.ndarray, n_run: int) -> list[np.ndarray]:
    """Levels of every frame, the samples fed in runs."""
    state, found, done = fresh(tables), [], 0
    while done < len(sound):
        n_new = min(n_run, len(sound) - done, state[0]["n_to_hop"], 4096 - state[0]["at"])
        analysis_kernels.hear_samples(sound[done : done + n_new], state[0], tables[0])
        done += n_new
        if state[0]["n_to_hop"] == 0:
            state[0]["n_to_hop"] = tables[0]["hop"]
            end_loudness_frame(state[0], tables[0])
            analysis_kernels.analyse(state[0], tables[0])
            found.append(state[0]["levels"][state[0]["n_frames"] % N_HISTORY].copy())
            state[0]["n_frames"] += 1
    return found


@pytest.mark.parametrize("rate_hz", WORKING_RATES_HZ)
def test_band_levels_are_the_twins(rate_hz: int) -> None:
    tables, analysis = tables_of(rate_hz), make_analysis(rate_hz)
    n_frames = 17 if rate_hz == RATE_HZ else 3  # more than the ring holds, where it is cheap
    sound = restless(n_frames * analysis.hop + 5, rate_hz)
    settings = {
        name: float(analysis.loudness[0][name]) for name in analysis.loudness.dtype.names or ()
    }
    levelled = np.array(naive.levelled(sound.tolist(), settings))
    expected = naive.band_levels(levelled, analysis, FeatureConfig().log_scale)
    found = hear_frames(sound, tables, 441)
    assert len(found) == len(expected) == n_frames
    np.testing.assert_allclose(found, expected, atol=5e-5)


def test_runs_of_any_length_give_the_same_bits() -> None:
    tables, sound = tables_of(), restless(2 * HOP)
    whole = hear_frames(sound, tables, 4096)
    for n_run in (1, 7, 100):
        np.testing.assert_array_equal(hear_frames(sound, tables, n_run), whole)


def test_fine_energies_are_the_twins() -> None:
    tables = tables_of()
    state, sound = fresh(tables), restless(1000) * np.float32(0.1)
    sound[~np.isfinite(sound)] = 0
    for first in range(0, 1000, 77):
        analysis_kernels.add_fine_energy(sound[first : first + 77], state[0], tables[0])
    expected = naive.fine_energies(sound.astype(float), 44)
    assert state[0]["n_fine"] == expected.shape[1] == 22
    np.testing.assert_allclose(state[0]["fine"][:, :22], expected, rtol=1e-4)


# ---- network


def test_network_is_the_twins() -> None:
    weights = random_weights()
    tables = tables_of()
    state = fresh(tables)
    n_frames = 70  # the deepest layer looks back 64
    levels = np.random.default_rng(1).uniform(0, 2, (n_frames, len(state[0]["levels"][0])))
    rows = naive.inputs(levels)
    expected = naive.probabilities(rows, weights)
    assert expected.std() > 0.01
    for t in range(n_frames):
        state[0]["levels"][t % N_HISTORY] = levels[t]
        analysis_kernels.set_inputs(state[0])
        np.testing.assert_allclose(state[0]["inputs"], rows[t], atol=1e-6)
        network_kernels.answer(state[0], tables[0])
        found = state[0]["probability"][:, t % N_PROBABILITY]
        np.testing.assert_allclose(found, expected[t], atol=1e-4)
        state[0]["n_frames"] += 1


def test_a_network_that_is_sure_of_nothing_leaves_no_denormal() -> None:
    tables = tables_of(leave_bias=np.full(N_HEADS, -100.0))
    state = fresh(tables)
    network_kernels.answer(state[0], tables[0])
    assert np.all(state[0]["probability"][:, 0] > np.finfo(np.float32).tiny)


@pytest.mark.parametrize("n_fine", [1, 50, 200, 300])
@pytest.mark.parametrize("threshold", [0.0, 0.99])
def test_localiser_is_the_twins(n_fine: int, threshold: float) -> None:
    weights = random_weights(fine_threshold=threshold)
    tables = tables_of(fine_threshold=threshold)
    state = fresh(tables)
    energies = 10 ** np.random.default_rng(n_fine).uniform(-8, 0, (2, n_fine))
    for step in range(n_fine):
        state[0]["fine"][:, step % N_FINE] = energies[:, step]
    state[0]["n_fine"] = n_fine
    onset_samples = 44.0 * (n_fine - 80) + 13.0
    expected = naive.localised(onset_samples, energies, 44, weights)
    found = network_kernels.localise(onset_samples, state[0], tables[0])
    assert found == pytest.approx(expected, abs=0.05, nan_ok=True)
    assert math.isnan(found) or abs(found - onset_samples) <= (FINE_REACH + 1) * 44


def test_nothing_is_localised_before_a_millisecond() -> None:
    tables = tables_of()
    assert math.isnan(network_kernels.localise(0.0, fresh(tables)[0], tables[0]))


@pytest.mark.parametrize("n_fine", [1, 150, 300, 700])
@pytest.mark.parametrize("wide", [0.3, 30.0])
def test_timer_is_the_twins(n_fine: int, wide: float) -> None:
    rng = np.random.default_rng(n_fine)
    weights = random_weights(timer_out_weight=wide * rng.normal(0, 0.1, (N_TIMER_HIDDEN, 2)))
    tables = build_tables(RATE_HZ, weights, DetectorConfig())
    state = fresh(tables)
    energies = 10 ** rng.uniform(-8, 0, (2, n_fine))
    probability = rng.uniform(0, 1, (100, N_HEADS))
    for step in range(n_fine):
        state[0]["fine"][:, step % N_FINE] = energies[:, step]
    for t in range(100):
        state[0]["probability"][:, t % N_PROBABILITY] = probability[t]
    state[0]["n_fine"], state[0]["n_frames"] = n_fine, 99
    onset_samples = max(0.0, 44.0 * (n_fine - 120) + 13.0)
    expected = naive.timed(onset_samples, 1.7, energies, probability, weights)
    timing_kernels.time_onset(onset_samples, 1.7, state[0], tables[0])
    assert tuple(state[0]["timed"]) == pytest.approx(expected, rel=1e-3, abs=1e-3)
    assert abs(expected[0]) <= 0.03 * RATE_HZ


@pytest.mark.parametrize("shift", [-9.0, -1.0, 0.5, 9.0])
def test_an_onset_is_moved_as_far_as_it_was_promised(shift: float) -> None:
    bias = np.array([shift, math.log(2.0)])
    tables = tables_of(timer_out_bias=bias, time_offset_s=np.zeros(4))
    probability = np.zeros((90, N_HEADS), np.float32)
    probability[17 + 20, CONFIRMED_HEAD] = 0.8
    at, error_s = (
        pick(probability, one)[-1][["onset_sample", "error_s"]].tolist()
        for one in (tables_of(time_offset_s=np.zeros(4)), tables)
    )
    assert error_s[1] == pytest.approx(0.005 * 1.5 * 2.0)
    moved_s = (error_s[0] - at[0]) / RATE_HZ
    assert moved_s == pytest.approx(np.clip(0.005 * shift, -0.03, 0.03), abs=5e-4)


# ---- picking


def pick(probability: np.ndarray, tables: np.ndarray, n_samples: int = 1 << 40) -> np.ndarray:
    """All events of given probabilities (n_frames, n_heads); the sound ends at n_samples."""
    state, found = fresh(tables, 1000), []
    state[0]["end_sample"] = n_samples
    events = np.zeros(64, ONSET)
    for t in range(len(probability)):
        state[0]["n_samples"] = (t + 1) * HOP
        state[0]["probability"][:, t % N_PROBABILITY] = probability[t]
        state[0]["n_events"] = 0
        network_kernels.score_heads(state[0], tables[0])
        picking_kernels.settle_onset(state[0], tables[0], events)
        picking_kernels.close_calls(state[0], tables[0], events)
        picking_kernels.call_onsets(state[0], tables[0], events)
        found.append(events[: state[0]["n_events"]].copy())
        state[0]["n_frames"] += 1
        until = picking_kernels.settled_until(state[0]["n_frames"], state[0], tables[0])
        later = picking_kernels.settled_until_now(state, tables)
        assert until == later
        assert 0 <= until <= state[0]["n_samples"]
    n_events = picking_kernels.close_all(state, tables, events)
    return np.concatenate([*found, events[:n_events]])


def answers(seed: int, n_frames: int = 400) -> np.ndarray:
    """Probabilities of restless heads: blunt peaks and some plateaus."""
    generator = np.random.default_rng(seed)
    rough = generator.uniform(0, 1, (n_frames + 2, N_HEADS)) ** 2
    smooth = (rough[:-2] + rough[1:-1] + rough[2:]) / 2
    return np.round(np.minimum(smooth, 0.99), 2).astype(np.float32)


def of_kind(events: np.ndarray, kind: OnsetKind) -> np.ndarray:
    return np.asarray(events[events["kind"] == kind])


@pytest.mark.parametrize("n_summed", [(1, 1, 1, 1, 1, 1), (2, 3, 5, 9, 1, 9)])
@pytest.mark.parametrize("seed", range(4))
def test_picked_notes_are_the_twins(seed: int, n_summed: tuple[int, ...]) -> None:
    threshold = 0.2 * np.array(n_summed) ** 0.9
    weights = random_weights(n_summed=n_summed, threshold=threshold)
    tables = tables_of(n_summed=n_summed, threshold=threshold)
    probability = answers(seed)
    events = pick(probability, tables)
    confirmed = probability[:, CONFIRMED_HEAD].astype(float)
    score, n = naive.scores(confirmed, n_summed[CONFIRMED_HEAD]), n_summed[CONFIRMED_HEAD]
    expected: list[float] = []
    for t in naive.peaks(score, weights["threshold"][CONFIRMED_HEAD], 1):
        onset = (naive.middle(confirmed, t, n) - 17 + 0.5) * HOP - 0.001 * RATE_HZ
        if not expected or onset >= expected[-1] + 1323:
            expected.append(max(0.0, onset))
    found = of_kind(events, OnsetKind.CONFIRMED)["onset_sample"] - 1000
    assert len(found) > 10
    np.testing.assert_allclose(found, expected, atol=1.0)

    called = naive.calls(probability.astype(float), weights)
    expected = [max(0.0, (at + 0.5) * HOP + 0.002 * RATE_HZ) for at in called]
    found = of_kind(events, OnsetKind.PROVISIONAL)["onset_sample"] - 1000
    np.testing.assert_allclose(found, expected, atol=1.0)


@pytest.mark.parametrize("target", ["notes", "taps"])
@pytest.mark.parametrize("seed", range(4))
def test_every_call_ends_once(seed: int, target: Literal["notes", "taps"]) -> None:
    tables = tables_of(target=target)
    events = pick(answers(seed), tables)
    called = of_kind(events, OnsetKind.PROVISIONAL)
    ended = events[np.isin(events["kind"], [OnsetKind.CONFIRMED, OnsetKind.RETRACTED])]
    assert len(called) > 10
    assert len(np.unique(ended["onset_id"])) == len(ended)
    assert set(called["onset_id"]) <= set(ended["onset_id"])
    known = dict(zip(called["onset_id"], called["known_sample"], strict=True))
    position = dict(zip(called["onset_id"], called["onset_sample"], strict=True))
    for event in ended:
        assert event["detected_sample"] == known.get(event["onset_id"], event["known_sample"])
        if event["kind"] == OnsetKind.RETRACTED:
            assert event["onset_sample"] == position[event["onset_id"]]
        elif event["onset_id"] in position:
            moved = abs(int(event["onset_sample"]) - int(position[event["onset_id"]]))
            assert moved <= 0.05 * RATE_HZ + 1
    confirmed = of_kind(events, OnsetKind.CONFIRMED)
    assert np.all(np.diff(confirmed["onset_sample"]) >= round(0.03 * RATE_HZ))
    assert np.all(confirmed["strength"] >= 1.0)


def test_a_faint_peak_is_half_heard_and_no_onset() -> None:
    tables = tables_of(time_offset_s=np.zeros(4))  # its threshold is .2, of a score of p / 2
    probability = np.zeros((120, N_HEADS), np.float32)
    probability[40, CONFIRMED_HEAD] = 0.2  # half the threshold
    probability[60, CONFIRMED_HEAD] = 0.1  # a quarter: nothing
    probability[80, CONFIRMED_HEAD] = 0.8
    probability[95, CONFIRMED_HEAD] = 0.3
    events = pick(probability, tables)
    kinds = [OnsetKind.HALF_HEARD, OnsetKind.CONFIRMED, OnsetKind.HALF_HEARD]
    assert events["kind"].tolist() == kinds
    assert events["onset_id"].tolist() == [-1, 0, -1]
    assert events["strength"].tolist() == pytest.approx([0.5, 2.0, 0.75])
    assert events["onset_sample"][0] == pytest.approx(1000 + 23.5 * HOP, abs=1)


def test_a_confirmed_onset_says_how_it_sounds() -> None:
    tables = tables_of(n_summed=[2, 3, 5, 9, 3, 9])
    state, events = fresh(tables), np.zeros(64, ONSET)
    state[0]["n_frames"] = 50
    state[0]["probability"][CONFIRMED_HEAD, 48:51] = [0.2, 0.8, 0.2]
    state[0]["probability"][CLICK_HEAD, 47:50] = [0.1, 0.3, 0.2]
    levels = np.arange(state[0]["levels"].size).reshape(state[0]["levels"].shape) / 1000.0
    state[0]["levels"][:] = levels
    picking_kernels.describe_sound(50, 32.3 * HOP, state[0], tables[0], events[0])
    assert events[0]["click_like"] == pytest.approx(0.6 / 1.2)
    expected = levels[[35 % N_HISTORY, 36 % N_HISTORY, 37 % N_HISTORY, 38 % N_HISTORY], :134]
    np.testing.assert_allclose(
        events[0]["sound"], expected.mean(axis=0).reshape(67, 2).mean(axis=1), rtol=1e-5
    )


def test_taps_settle_after_their_wait_under_their_own_id() -> None:
    tables = tables_of(target="taps")
    probability = np.zeros((60, N_HEADS), np.float32)
    probability[:, CONFIRMED_HEAD] = probability[:, PROVISIONAL_HEAD] = (
        0.9  # nobody listens to these
    )
    probability[20, TAP_HEAD], probability[29, TAP_HEAD] = 0.8, 0.6
    events = pick(probability, tables)
    kinds = [OnsetKind.PROVISIONAL, OnsetKind.CONFIRMED, OnsetKind.PROVISIONAL, OnsetKind.CONFIRMED]
    assert events["kind"].tolist() == kinds
    assert events["onset_id"].tolist() == [0, 0, 1, 1]
    assert events["known_sample"][1] == 1000 + (21 + TAP_WAIT_FRAMES) * HOP
    assert events["onset_sample"][1] == pytest.approx(1000 + 19.5 * HOP - 0.002 * RATE_HZ, abs=1)
    assert events["strength"].tolist() == pytest.approx([2.0, 2.0, 1.5, 1.5])


def test_a_tap_whose_sound_was_cut_off_is_withdrawn() -> None:
    tables = tables_of(target="taps")
    probability = np.zeros((40, N_HEADS), np.float32)
    probability[20, TAP_HEAD] = 0.8
    tables["settle_offset_samples"] = -1.5 * HOP  # it is confirmed after the end
    events = pick(probability, tables, n_samples=21 * HOP)
    assert events["kind"].tolist() == [OnsetKind.PROVISIONAL, OnsetKind.RETRACTED]


def test_a_note_takes_the_nearest_call_and_the_other_is_withdrawn() -> None:
    tables = tables_of(time_offset_s=np.zeros(4))
    probability = np.zeros((90, N_HEADS), np.float32)
    probability[21, 0] = probability[31, 0] = 0.9  # onsets of frames 20 and 30
    probability[17 + 26, CONFIRMED_HEAD] = 0.8  # an onset of frame 26
    events = pick(probability, tables)
    kinds = [OnsetKind.PROVISIONAL, OnsetKind.PROVISIONAL, OnsetKind.CONFIRMED, OnsetKind.RETRACTED]
    assert events["kind"].tolist() == kinds
    assert events["onset_id"].tolist() == [0, 1, 1, 0]
    assert events["strength"][2:].tolist() == pytest.approx([2.0, 0.0])


def test_a_note_without_a_call_gets_a_new_id() -> None:
    tables = tables_of(time_offset_s=np.zeros(4))
    probability = np.zeros((90, N_HEADS), np.float32)
    probability[21, 0] = 0.9
    probability[17 + 30, CONFIRMED_HEAD] = 0.8  # ten frames, 58 ms, from the call
    events = pick(probability, tables)
    confirmed = of_kind(events, OnsetKind.CONFIRMED)[0]
    assert confirmed["onset_id"] == 1
    assert confirmed["detected_sample"] == confirmed["known_sample"]


@pytest.mark.parametrize("is_called", [False, True])
def test_the_click_of_the_end_is_no_note_unless_called_before(is_called: bool) -> None:
    tables = tables_of(time_offset_s=np.zeros(4))
    probability = np.zeros((90, N_HEADS), np.float32)
    probability[21, 0] = 0.9 * is_called
    probability[30, 0] = 0.9  # in the silence after the end nothing is called
    probability[17 + 20, CONFIRMED_HEAD] = 0.8
    events = pick(probability, tables, n_samples=24 * HOP)
    assert events["kind"].tolist() == [OnsetKind.PROVISIONAL, OnsetKind.CONFIRMED] * is_called
    assert np.all(events["known_sample"] <= 1000 + 24 * HOP)


@pytest.mark.parametrize(
    ("n_frames", "kind"), [(30, OnsetKind.CONFIRMED), (60, OnsetKind.RETRACTED)]
)
def test_a_call_stands_where_the_end_came_before_judgement(n_frames: int, kind: OnsetKind) -> None:
    tables = tables_of(time_offset_s=np.zeros(4))
    probability = np.zeros((90, N_HEADS), np.float32)
    probability[21, 0] = 0.9  # an onset of frame 20, which nothing confirms
    events = pick(probability, tables, n_samples=n_frames * HOP)
    assert events["kind"].tolist() == [OnsetKind.PROVISIONAL, kind]
    assert events["onset_sample"][1] == events["onset_sample"][0]


def test_what_was_just_settled_is_not_settled_again() -> None:
    tables = tables_of()
    state = fresh(tables)
    state[0]["last_settled"] = 10_000
    found = [picking_kernels.settled_samples(x, state[0], tables[0]) for x in (10_500.0, 12_000.0)]
    assert math.isnan(found[0])
    assert found[1] == pytest.approx(12_000 - 0.001 * RATE_HZ)


def test_pending_calls_never_overflow() -> None:
    tables, probability = tables_of(), np.zeros((600, N_HEADS), np.float32)
    for frame in range(0, 600, 9):
        probability[frame, 0] = 0.9
    state, events, most = fresh(tables), np.zeros(64, ONSET), 0
    for t in range(len(probability)):
        state[0]["probability"][:, t % N_PROBABILITY] = probability[t]
        state[0]["n_samples"], state[0]["n_events"] = (t + 1) * HOP, 0
        network_kernels.score_heads(state[0], tables[0])
        picking_kernels.close_calls(state[0], tables[0], events)
        picking_kernels.call_onsets(state[0], tables[0], events)
        state[0]["n_frames"] += 1
        most = max(most, int(state[0]["n_pending"]))
    assert 3 <= most < N_PENDING


# ---- the stream


@pytest.mark.parametrize("n_block", [HOP, 300])
def test_blocks_and_stages_give_the_same_state(n_block: int) -> None:
    tables, sound = tables_of(), restless(3 * HOP + 40)
    whole, pieces, events = fresh(tables), fresh(tables), np.zeros(64, ONSET)
    picking_kernels.hear_block(sound, whole, tables, events)
    for first in range(0, len(sound), n_block):
        picking_kernels.hear_block(sound[first : first + n_block], pieces, tables, events)
    assert whole[0]["n_frames"] == 3
    assert whole[0]["n_samples"] == len(sound)
    for name in STATE.names or ():
        if name != "n_events":
            np.testing.assert_array_equal(whole[0][name], pieces[0][name], err_msg=name)
