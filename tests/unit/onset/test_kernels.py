from __future__ import annotations

import numpy as np
import pytest

from practiceear.onset import kernels, refine_kernels, spectrum_kernels
from practiceear.onset.config import (
    BandLayout,
    DetectorConfig,
    FrameTables,
    build_settings,
    build_tables,
)
from practiceear.onset.detector import PENDING, RAW_EVENT, STATE
from practiceear.onset.event import OnsetKind
from tests import naive

pytestmark = pytest.mark.kernel

BANDS = BandLayout(bands_per_octave=6, lowest_hz=900.0, highest_hz=16000.0, spacing_hz=700.0)


def tables_of(n_window: int) -> FrameTables:
    return build_tables(44100, n_window, n_window // 8, BANDS)


def state_of(**fields: float) -> np.ndarray:
    state = np.zeros(1, STATE)
    for name in ("frame", "settled_frame", "start_frame"):
        state[0][name] = -1
    state[0]["last_settled_frame"] = state[0]["last_called_frame"] = -128
    for name, value in fields.items():
        state[0][name] = value
    return state


def novelty_of(seed: int, n_frames: int = 110) -> np.ndarray:
    """Restless novelty with clear peaks, some of them close together."""
    generator = np.random.default_rng(seed)
    novelty = generator.gamma(1.5, 0.004, n_frames)
    novelty[generator.integers(0, n_frames, 12)] += generator.uniform(0.02, 0.2, 12)
    return novelty.astype(np.float32)


def ring_of(values: np.ndarray) -> np.ndarray:
    ring = np.zeros(128, np.float32)
    ring[: len(values)] = values
    return ring


@pytest.mark.parametrize("n_window", [32, 64, 128, 256])
def test_spectrum_is_fouriers(n_window: int) -> None:
    tables = tables_of(n_window)
    samples = np.random.default_rng(1).standard_normal(n_window + 5).astype(np.float32)
    work = np.zeros((4, n_window // 2), np.float32)
    magnitude = np.zeros(n_window // 2, np.float32)
    spectrum_kernels.load_frame(samples, 5, tables.window, work)
    row = spectrum_kernels.fourier(work, tables.cosine, tables.sine)
    spectrum_kernels.magnitudes(work, row, tables.cosine, tables.sine, magnitude)
    windowed = samples[5:] * tables.window
    np.testing.assert_allclose(magnitude, naive.spectrum(windowed.tolist()), atol=2e-6)
    np.testing.assert_allclose(magnitude, np.abs(np.fft.rfft(windowed))[:-1], atol=2e-6)


def test_large_transform_is_numpys() -> None:
    tables = tables_of(1024)
    samples = np.random.default_rng(2).standard_normal(1024).astype(np.float32)
    work = np.zeros((4, 512), np.float32)
    magnitude = np.zeros(512, np.float32)
    spectrum_kernels.load_frame(samples, 0, tables.window, work)
    row = spectrum_kernels.fourier(work, tables.cosine, tables.sine)
    spectrum_kernels.magnitudes(work, row, tables.cosine, tables.sine, magnitude)
    expected = np.abs(np.fft.rfft(samples.astype(float) * tables.window))[:-1]
    np.testing.assert_allclose(magnitude, expected, atol=1e-6)


def test_bands_are_triangles() -> None:
    tables = tables_of(64)
    magnitude = np.random.default_rng(3).random(32).astype(np.float32)
    level = np.zeros(len(tables.band_start), np.float32)
    spectrum_kernels.sum_bands(magnitude, tables.band_start, tables.band_weight, level)
    expected = naive.bands(magnitude.tolist(), 44100 / 64, BANDS.feet_hz())
    np.testing.assert_allclose(level, expected, rtol=1e-5)


@pytest.mark.parametrize("reach", [0, 1, 2])
def test_flux(reach: int) -> None:
    now, before, noise = np.random.default_rng(4).random((3, 20)).astype(np.float32)
    found = spectrum_kernels.spectral_flux(now, before, reach, noise, 2.0, 0.01)
    grounds = [0.01 + 2.0 * x for x in noise.tolist()]
    assert found == pytest.approx(naive.flux(now.tolist(), before.tolist(), reach, grounds))
    assert spectrum_kernels.spectral_flux(before, before, reach, noise, 2.0, 0.01) == 0.0


def test_flux_of_one_bent_tone_is_nothing() -> None:
    before, now = np.full((2, 20), 0.001, np.float32)
    before[9] = now[10] = 0.5
    silent = np.zeros(20, np.float32)
    assert spectrum_kernels.spectral_flux(now, before, 0, silent, 1.0, 1e-4) > 0.05
    assert spectrum_kernels.spectral_flux(now, before, 1, silent, 1.0, 1e-4) == 0.0


def test_noise_floor_of_bands() -> None:
    levels = np.random.default_rng(5).random((30, 12)).astype(np.float32)
    noise = np.zeros(12, np.float32)
    spectrum_kernels.start_noise(levels[0], 3, noise)
    expected = naive.first_noise(levels[0].tolist(), 3)
    np.testing.assert_allclose(noise, expected, rtol=1e-5)
    for row in levels[1:]:
        spectrum_kernels.track_noise(row, 1.01, 0.1, 0.4, noise)
        expected = naive.next_noise(row.tolist(), expected, 1.01, 0.1, 0.4)
    np.testing.assert_allclose(noise, expected, rtol=1e-5)


def test_tonal_share() -> None:
    level, other = np.random.default_rng(6).random((2, 40)).astype(np.float32) ** 4
    found = spectrum_kernels.tonal_share(level, other, 3)
    assert found == pytest.approx(naive.tonal_share((level + other).tolist(), 3), rel=1e-4)


@pytest.mark.parametrize("sizes", [[600], [1] * 600, [7] * 86, [250, 0, 350]])
def test_samples_are_high_passed_and_followed(sizes: list[int]) -> None:
    samples = (np.random.default_rng(7).standard_normal(700) * 0.1 + 0.3).astype(np.float32)
    settings = build_settings(44100, DetectorConfig())
    state = state_of(last_in=samples[0])
    buffer = np.zeros(1000, np.float32)
    start = 0
    for size in sizes:
        spectrum_kernels.append_samples(
            samples[start : start + size], buffer, settings[0], state[0]
        )
        start += size
    fed = min(start, len(samples))
    expected = naive.high_pass(samples[:fed].tolist(), float(settings[0]["dc_pole"]))
    np.testing.assert_allclose(buffer[:fed], expected, atol=1e-6)
    assert state[0]["energy"] == pytest.approx(sum(x * x for x in expected))
    assert state[0]["peak"] == pytest.approx(max(map(abs, expected)), rel=1e-3)
    assert state[0]["n_buffered"] == fed


def test_buffer_keeps_its_newer_half() -> None:
    buffer = np.arange(16, dtype=np.float32)
    state = state_of(n_buffered=14)
    spectrum_kernels.make_room(buffer, 2, state[0])
    assert state[0]["n_buffered"] == 14
    spectrum_kernels.make_room(buffer, 3, state[0])
    assert state[0]["n_buffered"] == 8
    assert buffer[:8].tolist() == list(range(6, 14))


@pytest.mark.parametrize("seed", range(6))
def test_strength_and_peaks(seed: int) -> None:
    novelty = novelty_of(seed)
    ring, n = ring_of(novelty), len(novelty)
    found = [kernels.excess(t, 0.013, 17, 1.2, ring) for t in range(n)]
    np.testing.assert_allclose(found, naive.strengths(novelty.tolist(), 0.013, 17, 1.2), rtol=1e-5)
    peaks = [t for t in range(n) if kernels.is_peak(t, n - 1, 3, ring)]
    assert peaks == naive.peaks(novelty.tolist(), 3)


@pytest.mark.parametrize("seed", range(6))
def test_calls_settled_and_withdrawn(seed: int) -> None:
    novelty = novelty_of(seed)
    level_dbfs = np.random.default_rng(seed).uniform(-45, -10, len(novelty)).astype(np.float32)
    settings = build_settings(44100, DetectorConfig())
    events = stream(novelty, level_dbfs, settings)

    record = settings[0]
    strength = naive.strengths(
        novelty.tolist(),
        float(record["settle_threshold"]),
        int(record["mean_frames"]),
        float(record["mean_weight"]),
    )
    wait, n = int(record["settle_wait_frames"]), len(novelty)

    def is_note(frame: int) -> bool:
        """What the judge heard by the time it settled this frame."""
        heard = min(n, frame + wait + 1)
        novelty_heard = novelty[:heard].tolist()
        levels_heard = level_dbfs[:heard].tolist()
        reach, drop_db = int(record["prelude_frames"]), float(record["prelude_db"])
        loudest = max(levels_heard[max(0, frame - 2) :])
        is_prelude = naive.prelude(frame, novelty_heard, levels_heard, reach, drop_db)
        return loudest > -40.0 and not is_prelude

    peaks = naive.peaks(novelty.tolist(), int(record["peak_reach_frames"]))
    expected = naive.settled_frames(strength, peaks, int(record["interval_frames"]), is_note)
    settled = events[events["kind"] == OnsetKind.SETTLED]
    assert settled["frame"].tolist() == expected
    assert len(expected) > 2

    called = events[events["kind"] == OnsetKind.CALLED]
    ended = events[events["kind"] != OnsetKind.CALLED]
    assert set(called["onset_id"]) <= set(ended["onset_id"])
    assert len(set(ended["onset_id"])) == len(ended)


def stream(novelty: np.ndarray, level_dbfs: np.ndarray, settings: np.ndarray) -> np.ndarray:
    """Run picker and judge over finished novelty, as the stream would."""
    state = state_of(start_frame=-100, peak=1.0, noise_dbfs=-90.0)
    pending, events = np.zeros(32, PENDING), np.zeros(200, RAW_EVENT)
    levels, noise = np.zeros((128, 40), np.float32), np.zeros(40, np.float32)
    heard, heard_dbfs = ring_of(novelty[:0]), ring_of(novelty[:0])
    settings[0]["startup_frames"] = 0
    wait = int(settings[0]["settle_wait_frames"])
    for frame in range(len(novelty)):
        heard[frame], heard_dbfs[frame] = novelty[frame], level_dbfs[frame]
        state[0]["frame"] = frame
        state[0]["n_samples"] = 256 * (frame + 1)
        kernels.pick_call(heard, heard_dbfs, settings[0], state[0], pending, events)
        if frame >= wait:
            kernels.settle(
                frame - wait,
                levels,
                noise,
                heard,
                heard_dbfs,
                settings[0],
                state[0],
                pending,
                events,
            )
    n_streamed = int(state[0]["n_events"])
    streamed = events[:n_streamed].copy()
    n_last = kernels.finish(levels, noise, heard, heard_dbfs, pending, settings, state, events)
    return np.concatenate([streamed, events[:n_last]])


def test_rise_curve_and_its_crossing() -> None:
    generator = np.random.default_rng(8)
    rise = 1.0 / (1.0 + np.exp(-(np.arange(40) - 18.0) / 2.0))
    rows = (0.01 + rise[:, None] * generator.random(6)).astype(np.float32)
    rows *= generator.uniform(0.9, 1.1, rows.shape).astype(np.float32)
    expected = naive.rise(rows.tolist(), 10, 30, 0.001)
    curve = np.zeros(40, np.float32)
    refine_kernels.rise_curve(rows, 10, 0, 30, 0.001, np.zeros((2, 6), np.float32), curve)
    np.testing.assert_allclose(curve, expected, atol=1e-4)

    row = refine_kernels.crossing(curve, 40, 0.2, 0.8)
    assert np.interp(row, np.arange(40), curve) == pytest.approx(0.2, abs=1e-4)
    top = next(k for k, value in enumerate(expected) if value >= 0.8)
    assert row < top
    assert all(value >= 0.2 for value in expected[int(row) + 1 : top])


def test_stages_together() -> None:
    """Samples to novelty in one go, against the twins one after the other."""
    tables, settings = tables_of(64), build_settings(44100, DetectorConfig())
    settings[0]["hop_samples"], settings[0]["startup_frames"] = 32, 4
    samples = np.random.default_rng(9).standard_normal(32 * 24).astype(np.float32) * 0.1
    samples[400:] *= 4.0
    n_bands, state = len(tables.band_start), state_of(last_in=samples[0], n_buffered=64)
    novelty = np.zeros(128, np.float32)
    level_dbfs = np.zeros(128, np.float32)
    levels = np.zeros((128, n_bands), np.float32)
    kernels.advance(
        samples, tables.window, tables.cosine, tables.sine, tables.band_start,
        tables.band_weight, np.zeros(256, np.float32), np.zeros((4, 32), np.float32),
        np.zeros(32, np.float32), levels, np.zeros(n_bands, np.float32), novelty, level_dbfs,
        np.zeros(32, PENDING), settings, state, np.zeros(64, RAW_EVENT),
    )  # fmt: skip
    record = settings[0]
    passed = [0.0] * 64 + naive.high_pass(samples.tolist(), float(record["dc_pole"]))
    rows: list[list[float]] = [[0.0] * n_bands] * 3
    noise, expected = [0.0] * n_bands, []
    for frame in range(24):
        heard = passed[: 64 + 32 * (frame + 1)]
        windowed = [x * w for x, w in zip(heard[-64:], tables.window.tolist(), strict=True)]
        rows.append(naive.bands(naive.spectrum(windowed), 44100 / 64, BANDS.feet_hz()))
        peak = max(map(abs, heard))
        if frame == 3:
            noise = naive.first_noise(rows[-1], spectrum_kernels.NEIGHBOUR_BANDS)
        elif frame > 3:
            rise, fall = float(record["noise_rise"]), float(record["noise_fall"])
            ceiling = peak * float(record["noise_ceiling"])
            noise = naive.next_noise(rows[-1], noise, rise, fall, ceiling)
        grounds = [
            float(record["noise_margin"]) * x + peak * float(record["compression"]) for x in noise
        ]
        expected.append(naive.flux(rows[-1], rows[-4], 1, grounds))
    np.testing.assert_allclose(levels[:24], rows[3:], atol=1e-6)
    # The running peak is released by 0.003 dB meanwhile; the twin holds it.
    np.testing.assert_allclose(novelty[:24], expected, rtol=2e-3, atol=1e-5)
    energy = [sum(x * x for x in passed[64 + 32 * k : 96 + 32 * k]) / 32 for k in range(24)]
    np.testing.assert_allclose(level_dbfs[:24], 10 * np.log10(energy), atol=1e-3)


@pytest.mark.parametrize("seed", range(3))
def test_level_and_noise_floor_of_the_whole_sound(seed: int) -> None:
    generator = np.random.default_rng(seed)
    energy = 256 * 10.0 ** generator.uniform(-9.0, -1.0, 60)
    settings, state = build_settings(44100, DetectorConfig()), state_of(peak=0.5, playing=0.1)
    expected = naive.noise_floors(energy.tolist(), 256, float(settings[0]["noise_rise"]), 0.5)
    for frame, value in enumerate(energy.tolist()):
        state[0]["frame"], state[0]["energy"] = frame, value
        level_dbfs = spectrum_kernels.track_level(settings[0], state[0])
        assert level_dbfs == pytest.approx(10 * np.log10(value / 256 + 1e-12))
        assert state[0]["noise_dbfs"] == pytest.approx(expected[frame], abs=1e-3)
        assert state[0]["energy"] == 0.0


@pytest.mark.parametrize("seed", range(4))
def test_level_of_the_playing(seed: int) -> None:
    generator = np.random.default_rng(seed)
    level_dbfs = np.repeat(generator.uniform(-70.0, -15.0, 12), 10)  # longer than a ring
    level_dbfs += generator.uniform(-3.0, 3.0, len(level_dbfs))
    peaks = 10.0 ** ((level_dbfs + generator.uniform(3.0, 25.0, len(level_dbfs))) / 20.0)
    settings = build_settings(44100, DetectorConfig())
    expected = naive.playing_levels(peaks.tolist(), level_dbfs.tolist(), settings[0])
    ring, state, found = ring_of(level_dbfs[:0]), state_of(), []
    for frame, peak in enumerate(peaks.tolist()):
        ring[frame & 127] = level_dbfs[frame]
        state[0]["frame"], state[0]["peak"] = frame, peak
        spectrum_kernels.track_playing(ring, settings[0], state[0])
        found.append(float(state[0]["playing"]))
        assert spectrum_kernels.loudness(state[0]) == max(peak, found[-1])
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_gate() -> None:
    record = build_settings(44100, DetectorConfig())[0]
    outcomes = set()
    for noise_dbfs in (-90.0, -62.0, -30.0):
        for loudness_dbfs in (-60.0, -20.0, 0.0):
            state = state_of(noise_dbfs=noise_dbfs, playing=10.0 ** (loudness_dbfs / 20.0))
            for level_dbfs in np.arange(-80.5, 0.0, 1.0).tolist():
                found = kernels.passes_gate(level_dbfs, record, state[0])
                assert found == naive.stands_out(level_dbfs, noise_dbfs, loudness_dbfs, record)
                outcomes.add(found)
    assert outcomes == {True, False}


@pytest.mark.parametrize("seed", range(40))
def test_stop(seed: int) -> None:
    """Ends of tones, with or without an echo or a softer note after them."""
    generator = np.random.default_rng(seed)
    record, frame, newest = build_settings(44100, DetectorConfig())[0], 40, 57
    rows = generator.uniform(0.0, 1e-4, (128, 40))
    rows[:40, 12] += 0.3
    rows[40:, 12 + 5 * (seed % 2)] += generator.choice([0.0, 0.001, 0.02])
    level_dbfs = np.full(128, -15.0) + generator.uniform(-1, 1, 128)
    level_dbfs[40:] -= generator.uniform(5.0, 30.0)
    level_dbfs[50:] -= generator.choice([0.0, 8.0])
    level_dbfs[generator.integers(46, 70) :] = -15.0  # the next note
    noise = np.full(40, 1e-5, np.float32)
    levels, ring = rows.astype(np.float32), level_dbfs.astype(np.float32)
    found = kernels.is_stop(frame, newest, levels, ring, noise, record, state_of(playing=0.5)[0])
    grounds = [float(record["compression"] * 0.5 + record["noise_margin"] * x) for x in noise]
    assert found == naive.stop(frame, levels[: newest + 1].tolist(), ring.tolist(), grounds, record)
    early = kernels.is_stop(frame, 43, levels, ring, noise, record, state_of(playing=0.5)[0])
    assert not early


def test_stop_needs_a_fall_and_nothing_new() -> None:
    record, noise = build_settings(44100, DetectorConfig())[0], np.full(40, 1e-6, np.float32)
    levels, level_dbfs = np.full((128, 40), 1e-5, np.float32), np.full(128, -60.0, np.float32)
    levels[:40, 12], level_dbfs[:40] = 0.3, -15.0
    state = state_of(playing=0.5)[0]
    assert kernels.is_stop(40, 57, levels, level_dbfs, noise, record, state)
    softer = levels.copy()
    softer[40:, 25] = 0.01
    assert not kernels.is_stop(40, 57, softer, level_dbfs, noise, record, state)
    assert not kernels.is_stop(40, 57, levels, level_dbfs * 0 - 15, noise, record, state)


@pytest.mark.parametrize("n_starts", [1, 2])
def test_note_at_start(n_starts: int) -> None:
    record = build_settings(44100, DetectorConfig())[0]
    generator, outcomes = np.random.default_rng(10), []
    for _ in range(60):
        rows = generator.uniform(0.5, 1.0, (128, 40)) * 0.01
        rows[:, 20] += generator.choice([0.0, 0.2])
        level_dbfs = np.full(128, generator.uniform(-70.0, -20.0))
        level_dbfs[60:] -= generator.choice([0.0, 10.0, 25.0])
        level_dbfs[:50] = -3.0  # before the silence: must not be looked back at
        state = state_of(start_frame=50, frame=67, n_starts=n_starts, playing=0.1)
        levels, ring = rows.astype(np.float32), level_dbfs.astype(np.float32)
        found = kernels.is_note_at_start(levels, ring, record, state[0])
        playing_dbfs = -20.0 if n_starts > 1 else None
        heard = slice(50, 68)
        assert found == naive.note_at_start(
            levels[heard].tolist(), ring[heard].tolist(), playing_dbfs, record
        )
        outcomes.append(found)
    assert 5 < sum(outcomes) < 55


def pending_of(frames: list[int]) -> np.ndarray:
    pending = np.zeros(32, PENDING)
    pending["frame"][: len(frames)] = frames
    pending["onset_id"][: len(frames)] = 100 + np.arange(len(frames))
    pending["known_sample"][: len(frames)] = 256 * (np.array(frames, dtype=int) + 2)
    return pending


@pytest.mark.parametrize("frames", [[], [7], [3, 9, 20], [5, 11], [1, 2, 30]])
def test_nearest_call(frames: list[int]) -> None:
    pending, state = pending_of(frames), state_of(n_pending=len(frames))
    for frame in range(40):
        for reach in (0, 2, 6):
            found = kernels.nearest_call(frame, reach, state[0], pending)
            assert found == naive.nearest(frame, reach, frames)


@pytest.mark.parametrize("before_frame", [0, 4, 10, 50])
def test_withdrawn_calls(before_frame: int) -> None:
    frames = [3, 9, 20]
    pending, events = pending_of(frames), np.zeros(10, RAW_EVENT)
    state = state_of(n_pending=3, n_samples=9999, playing=0.25)
    kernels.withdraw_calls(before_frame, state[0], pending, events)
    gone = [frame for frame in frames if frame < before_frame]
    written = events[: state[0]["n_events"]]
    assert written["frame"].tolist() == gone
    assert written["onset_id"].tolist() == [100 + k for k in range(len(gone))]
    assert written["called_sample"].tolist() == [256 * (frame + 2) for frame in gone]
    assert set(written["kind"].tolist()) <= {int(OnsetKind.WITHDRAWN)}
    assert set(written["known_sample"].tolist()) <= {9999}
    assert set(written["loudness"].tolist()) <= {0.25}
    assert pending["frame"][: state[0]["n_pending"]].tolist() == frames[len(gone) :]


@pytest.mark.parametrize("seed", range(12))
def test_crossing(seed: int) -> None:
    generator = np.random.default_rng(seed)
    curve = np.cumsum(generator.uniform(-0.1, 0.16, 50)).astype(np.float32)
    row = refine_kernels.crossing(curve, 45, 0.2, 0.8)
    assert row == pytest.approx(naive.crossing(curve[:45].tolist(), 0.2, 0.8), abs=1e-4)
