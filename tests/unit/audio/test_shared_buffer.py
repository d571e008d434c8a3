"""The memory shared with the sound card: nothing lost, nothing moved, whatever the blocks."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from practiceear.audio import stream_kernels as memory
from practiceear.audio.shared_buffer import SharedAudioBuffer
from practiceear.numba_cache import IS_INTERPRETED
from tests.naive_stream import NaiveExchange

RATE_HZ = 48000
STATES = {memory.PENDING: None, memory.SOUNDED: "sounded", memory.RESTED: "rested"}
STATES[memory.LATE] = "late"

pytestmark = pytest.mark.kernel


def _sounds(rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    return tuple(rng.uniform(-1, 1, n).astype(np.float32) for n in (5, 300, 64))


def _call(
    one: SharedAudioBuffer, samples: np.ndarray, n_outputs: int, flags: int, ns: int
) -> np.ndarray:
    out = np.full(len(samples) * n_outputs, 9.0, np.float32)
    memory.exchange(one.words, one.floats, samples.reshape(-1).copy(), out, len(samples), flags, ns)
    return out.reshape(len(samples), n_outputs)


@pytest.mark.parametrize(("n_inputs", "n_outputs"), [(1, 1), (2, 2), (1, 2)])
def test_any_blocks_give_what_the_naive_twin_gives(n_inputs: int, n_outputs: int) -> None:
    rng = np.random.default_rng(n_inputs * 10 + n_outputs)
    sounds = _sounds(rng)
    one = SharedAudioBuffer(RATE_HZ, sounds, n_inputs=n_inputs, n_outputs=n_outputs)
    twin = NaiveExchange(list(sounds))
    starts = np.sort(rng.integers(0, 6000, 40))
    kinds, gains = rng.integers(0, 3, 40), rng.uniform(0.1, 1, 40)
    one.schedule(starts, kinds, gains)
    gains = np.round(gains * 1e6) / 1e6
    twin.clicks = [
        (int(s), int(k), float(g), True) for s, k, g in zip(starts, kinds, gains, strict=True)
    ]
    heard: list[tuple[int, float]] = []
    ns = 0
    while twin.clock < 7000:
        n = int(rng.integers(1, 400))
        is_muted = bool(rng.random() < 0.3)
        one.set_muted(is_muted)
        twin.is_muted = is_muted
        samples = rng.uniform(-1, 1, (n, n_inputs)).astype(np.float32)
        ns += round(n * 1e9 / RATE_HZ)
        np.testing.assert_allclose(
            _call(one, samples, n_outputs, 0, ns), twin.call(samples, n_outputs), atol=2e-6
        )
        if rng.random() < 0.4:
            for block in one.read():
                heard += list(enumerate(block.samples.tolist(), block.first_sample))
    for block in one.read():
        heard += list(enumerate(block.samples.tolist(), block.first_sample))
    assert [sample for sample, _ in heard] == list(range(twin.clock))
    np.testing.assert_allclose([v for _, v in heard], [v for _, v in twin.heard], atol=1e-7)
    assert [STATES[one.click_state(i)] for i in range(40)] == [twin.states[i] for i in range(40)]


def test_count_in_sounds_though_muted() -> None:
    one = SharedAudioBuffer(RATE_HZ, (np.ones(4, np.float32),))
    one.set_muted(True)
    one.schedule(np.array([3]), np.array([0]), np.array([0.5]), may_rest=False)
    out = _call(one, np.zeros((16, 1), np.float32), 1, 0, 1)
    assert np.flatnonzero(out[:, 0]).tolist() == [3, 4, 5, 6]


def test_lost_samples_leave_a_gap_and_move_nothing_else() -> None:
    one = SharedAudioBuffer(RATE_HZ, (np.ones(1, np.float32),))
    one.schedule(np.array([64 + 480 + 10]), np.array([0]), np.array([1.0]))
    ramp = np.arange(128, dtype=np.float32).reshape(-1, 1)
    _call(one, ramp[:64], 1, 0, 1_000_000_000)
    # 64 samples are 1 333 333 ns; the host says that 480 more passed without being heard
    late_ns = 1_000_000_000 + round((64 + 480) * 1e9 / RATE_HZ)
    out = _call(one, ramp[64:], 1, memory.INPUT_OVERFLOW, late_ns + 100)
    blocks = one.read()
    assert [b.first_sample for b in blocks] == [0, 64 + 480]
    assert np.concatenate([b.samples for b in blocks]).tolist() == list(range(128))
    assert np.flatnonzero(out[:, 0]).tolist() == [10]
    assert one.counts.n_input_flags == 1


def test_a_warning_without_a_loss_splits_nothing() -> None:
    one = SharedAudioBuffer(RATE_HZ, ())
    for k in range(4):
        ns = 1_000_000_000 + round(k * 64 * 1e9 / RATE_HZ)
        _call(one, np.zeros((64, 1), np.float32), 1, memory.INPUT_OVERFLOW, ns)
    assert [b.first_sample for b in one.read()] == [0]
    assert one.counts.n_input_flags == 4


BURST, PERIOD = 4, 256


def _bursts(n_calls: int, lost_before: dict[int, int], flagged: set[int]) -> SharedAudioBuffer:
    """A host that calls four times in a row, then waits; samples may be lost before a call."""
    one = SharedAudioBuffer(RATE_HZ, ())
    n_lost = 0
    for call in range(n_calls):
        n_lost += lost_before.get(call, 0)
        passed = (call // BURST) * BURST * PERIOD + n_lost
        ns = 10**18 + round(passed * 1e9 / RATE_HZ) + 1000 * (call % BURST)
        flags = memory.INPUT_OVERFLOW if call in flagged else 0
        _call(one, np.zeros((PERIOD, 1), np.float32), 1, flags, ns)
    return one


def test_a_host_that_calls_in_bursts_has_no_phantom_gaps() -> None:
    one = _bursts(2000, {}, set(range(0, 2000, 3)))
    assert [b.first_sample for b in one.read() if b.first_sample % PERIOD] == []
    assert one.counts.clock_sample == 2000 * PERIOD
    assert one.counts.n_stumbles == one.counts.n_input_flags > 600


@pytest.mark.parametrize("call", [400, 401, 403, 1600])
def test_a_loss_among_bursts_is_found_to_within_a_burst(call: int) -> None:
    n_lost = 48_000
    one = _bursts(2000, {call: n_lost}, {call, *range(8, 40, BURST)})
    found = one.counts.clock_sample - 2000 * PERIOD
    assert n_lost - BURST * PERIOD <= found <= n_lost + PERIOD
    assert one.counts.n_stumbles == one.counts.n_input_flags - 1


def test_a_latency_that_jumps_without_a_flag_moves_no_sample() -> None:
    one = _bursts(800, {400: 4800}, set())
    assert one.counts.clock_sample == 800 * PERIOD
    assert one.counts.n_input_flags == 0


def test_a_full_ring_drops_and_says_how_much() -> None:
    one = SharedAudioBuffer(RATE_HZ, ())
    size = int(one.words[memory.RING_SAMPLES])
    block = np.ones((4096, 1), np.float32)
    n_calls = size // 4096 + 3
    for _ in range(n_calls):
        _call(one, block, 1, 0, 0)
    assert one.counts.n_dropped_samples == 3 * 4096
    n_kept = sum(len(b.samples) for b in one.read())
    assert n_kept == size
    _call(one, block, 1, 0, 0)
    assert [b.first_sample for b in one.read()] == [n_calls * 4096]


def test_clicks_beyond_the_table_wait() -> None:
    one = SharedAudioBuffer(RATE_HZ, (np.ones(1, np.float32),))
    starts = np.arange(memory.MOST_CLICKS + 50) * 10
    kinds, gains = np.zeros(len(starts), np.int64), np.ones(len(starts))
    assert one.schedule(starts, kinds, gains) == memory.MOST_CLICKS
    _call(one, np.zeros((1000, 1), np.float32), 1, 0, 0)
    assert one.schedule(starts[-50:], kinds[-50:], gains[-50:]) == 50


def test_a_click_that_comes_too_late_is_not_half_heard() -> None:
    one = SharedAudioBuffer(RATE_HZ, (np.ones(100, np.float32),))
    _call(one, np.zeros((64, 1), np.float32), 1, 0, 0)
    one.schedule(np.array([60]), np.array([0]), np.array([1.0]))
    assert not _call(one, np.zeros((64, 1), np.float32), 1, 0, 0).any()
    assert one.click_state(0) == memory.LATE


def test_two_threads_lose_nothing() -> None:
    one = SharedAudioBuffer(RATE_HZ, (), is_patient=True)
    n_calls, n = 3000, 640

    def play() -> None:
        out = np.zeros(n, np.float32)
        for k in range(n_calls):
            samples = (np.arange(n) + k * n).astype(np.float32) % 65536
            memory.exchange(one.words, one.floats, samples, out, n, 0, 0)

    if IS_INTERPRETED:
        pytest.skip("one thread cannot wait for the other while interpreted")
    player = threading.Thread(target=play)
    player.start()
    got: list[np.ndarray] = []
    while player.is_alive() or sum(map(len, got)) < n * n_calls:
        got += [block.samples for block in one.read()]
    player.join()
    np.testing.assert_array_equal(
        np.concatenate(got), (np.arange(n * n_calls) % 65536).astype(np.float32)
    )
    assert one.counts.n_dropped_samples == 0
