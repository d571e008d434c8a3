"""A take that is played: what the loudspeaker gets, and where in the take that is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Self

import numpy as np
import pytest
import soundfile

from practiceear.audio.take_player import SILENT_FOR_S, TakePlayer, TakeSound
from practiceear.errors import DeviceError, TakeError

RATE_HZ = 48000
N_SAMPLES = 2 * RATE_HZ
BLOCK_SAMPLES = 480
DELAY_S = 0.1


def steps() -> np.ndarray:
    """A sound that tells its own place: every hundredth of a second has its own height."""
    return (np.arange(N_SAMPLES) // BLOCK_SAMPLES / 250.0).astype(np.float32)


@pytest.fixture
def take(tmp_path: Path) -> Path:
    path = tmp_path / "take.wav"
    soundfile.write(path, steps(), RATE_HZ, subtype="FLOAT")
    return path


@dataclass
class FakeOutput:
    """A loudspeaker that asks for samples when the test says so."""

    rate_hz: int = RATE_HZ
    name: str = "Headphones"
    delay_s: float = DELAY_S
    now_s: float = 100.0
    n_opened: int = 0
    n_closed: int = 0
    is_open: bool = False
    reason: Exception | None = None

    def open(self, rate_hz: int, fill: Callable[..., None], stopped: Callable[[], None]) -> Self:
        self.n_opened += 1
        self.fill, self.stopped = fill, stopped
        return self

    def start(self) -> None:
        if self.reason:
            raise self.reason
        self.is_open = True

    def close(self) -> None:
        self.is_open = False
        self.n_closed += 1

    def ask(self, n_blocks: int = 1) -> np.ndarray:
        """Ask for blocks, each as long as it lasts after the one before."""
        heard = []
        for _ in range(n_blocks):
            self.now_s += BLOCK_SAMPLES / self.rate_hz
            output = np.full((BLOCK_SAMPLES, 2), 9.0, np.float32)
            times = SimpleNamespace(currentTime=5.0, outputBufferDacTime=5.0 + self.delay_s)
            self.fill(output, BLOCK_SAMPLES, times, None)
            np.testing.assert_array_equal(output[:, 0], output[:, 1])
            heard.append(output[:, 0])
        return np.concatenate(heard)


@pytest.fixture
def output() -> FakeOutput:
    return FakeOutput()


@pytest.fixture
def player(take: Path, output: FakeOutput) -> Iterator[TakePlayer]:
    player = TakePlayer(take, 2.0, open_output=output.open, clock_s=lambda: output.now_s)
    yield player
    player.close()


def wait_until_read(player: TakePlayer) -> None:
    """Let the reader come as far ahead as it goes."""
    n_before = -1
    for _ in range(500):
        ahead = player._ahead
        if ahead is None or ahead._is_read or ahead._n_read == n_before > 0:
            return
        n_before = ahead._n_read
        time.sleep(0.05)


def play(player: TakePlayer) -> None:
    player.play()
    wait_until_read(player)


def test_what_is_heard_is_the_take(player: TakePlayer, output: FakeOutput) -> None:
    play(player)
    np.testing.assert_allclose(output.ask(50), steps()[: 50 * BLOCK_SAMPLES])


def test_the_position_is_what_leaves_the_loudspeaker(
    player: TakePlayer, output: FakeOutput
) -> None:
    play(player)
    assert player.position_samples == 0
    output.ask(50)
    # The last block of 480 begins to be heard a delay after it was asked for.
    assert player.position_samples == pytest.approx(49 * 480 - DELAY_S * RATE_HZ, abs=1)
    output.now_s += DELAY_S
    assert player.position_samples == pytest.approx(49 * 480, abs=1)
    output.now_s += 0.005
    assert player.position_samples == pytest.approx(49.5 * 480, abs=1)


def test_no_call_no_progress(player: TakePlayer, output: FakeOutput) -> None:
    play(player)
    output.ask(50)
    output.now_s += 1.0
    assert player.position_samples == 50 * 480
    assert player.is_playing


@pytest.mark.parametrize("delay_s", [-3.0, 86400.0, float("nan")])
def test_an_absurd_delay_is_not_believed(
    player: TakePlayer, output: FakeOutput, delay_s: float
) -> None:
    output.delay_s = delay_s
    play(player)
    output.ask(10)
    assert player.position_samples == pytest.approx(9 * 480, abs=1)


def test_a_pause_is_silent_and_goes_on_where_it_was_heard(
    player: TakePlayer, output: FakeOutput
) -> None:
    play(player)
    output.ask(50)
    player.pause()
    place = player.position_samples
    assert not player.is_playing
    assert not output.ask(20).any()
    assert player.position_samples == place == pytest.approx(49 * 480 - 4800, abs=1)
    play(player)
    np.testing.assert_allclose(output.ask(), steps()[place : place + 480])
    assert output.n_opened == 1


@pytest.mark.parametrize("is_playing", [True, False])
def test_seeking_goes_there_at_once(
    player: TakePlayer, output: FakeOutput, is_playing: bool
) -> None:
    if is_playing:
        play(player)
        output.ask(10)
    player.seek(1.5)
    assert player.position_samples == 72000
    assert player.is_playing == is_playing
    play(player)
    np.testing.assert_allclose(output.ask(), steps()[72000:72480])


@pytest.mark.parametrize(("asked_s", "position_samples"), [(-1.0, 0), (5.0, N_SAMPLES)])
def test_seeking_stays_inside_the_take(
    player: TakePlayer, asked_s: float, position_samples: int
) -> None:
    player.seek(asked_s)
    assert player.position_samples == position_samples


def test_the_end_is_reached_when_it_was_heard_and_then_it_begins_anew(
    player: TakePlayer, output: FakeOutput
) -> None:
    player.seek(1.9)
    play(player)
    output.ask(10)
    assert player.is_playing
    assert player.position_samples < N_SAMPLES
    output.now_s += DELAY_S + 0.01
    assert not player.is_playing
    assert player.position_samples == N_SAMPLES
    assert not output.ask().any()
    play(player)
    np.testing.assert_allclose(output.ask(), steps()[:480])
    assert player.position_samples == 0


def test_a_device_that_asks_no_more_is_lost(player: TakePlayer, output: FakeOutput) -> None:
    play(player)
    output.ask(50)
    output.now_s += SILENT_FOR_S + 0.1
    assert not player.is_playing
    assert str(player.error).startswith("Headphones stopped")
    assert player.position_samples == 50 * 480
    play(player)
    assert player.error is None
    assert player.is_playing
    assert (output.n_opened, output.n_closed) == (2, 1)


def test_a_device_that_says_it_stopped_is_lost(player: TakePlayer, output: FakeOutput) -> None:
    play(player)
    output.ask(5)
    output.stopped()
    assert isinstance(player.error, DeviceError)
    assert not player.is_playing


def test_a_paused_device_may_be_silent_for_ever(player: TakePlayer, output: FakeOutput) -> None:
    play(player)
    output.ask(5)
    player.pause()
    output.now_s += 3600.0
    assert player.error is None


def test_a_refused_start_gives_the_device_back(player: TakePlayer, output: FakeOutput) -> None:
    output.reason = DeviceError("it is busy", "Close the other program")
    with pytest.raises(DeviceError, match="busy"):
        player.play()
    assert (output.n_opened, output.n_closed) == (1, 1)
    assert not player.is_playing


def test_closing_gives_the_device_back_once_and_keeps_the_position(
    player: TakePlayer, output: FakeOutput
) -> None:
    play(player)
    output.ask(50)
    place = player.position_samples
    player.close()
    player.close()
    assert output.n_closed == 1
    assert player.position_samples == place
    player.play()  # comes too late
    assert not player.is_playing
    assert not output.is_open


@pytest.mark.parametrize("output_rate_hz", [44100, 96000])
def test_a_device_of_another_rate_hears_the_same(take: Path, output_rate_hz: int) -> None:
    output = FakeOutput(rate_hz=output_rate_hz, delay_s=0.0)
    player = TakePlayer(take, 2.0, open_output=output.open, clock_s=lambda: output.now_s)
    play(player)
    heard = output.ask(40)
    assert player.position_samples == pytest.approx(39 * 480 * RATE_HZ / output_rate_hz, abs=2)
    at = np.arange(len(heard)) * RATE_HZ / output_rate_hz
    np.testing.assert_allclose(heard[500:], steps()[at.astype(int)][500:], atol=0.01)
    player.close()


@pytest.mark.parametrize("ending", ["flac", "ogg", "aiff", "mp3", "wav"])
@pytest.mark.parametrize("file_rate_hz", [22050, 44100, 48000])
def test_every_format_is_read_from_its_middle(
    tmp_path: Path, ending: str, file_rate_hz: int
) -> None:
    path = tmp_path / f"take.{ending}"
    rng = np.random.default_rng(3)
    sound = np.convolve(rng.normal(0.0, 0.1, 3 * file_rate_hz), np.ones(32) / 6.0, "same")
    soundfile.write(path, np.column_stack([sound, sound]).clip(-1, 1), file_rate_hz)
    take = TakeSound(path)
    whole = np.concatenate(list(take.chunks(0, take.rate_hz)))
    first = round(1.3 * take.rate_hz)
    part = np.concatenate(list(take.chunks(first, take.rate_hz)))
    same = slice(4000, 20000)  # a coder and a resampler need their first samples
    assert np.corrcoef(part[same], whole[first:][same])[0, 1] > 0.95


def test_a_take_cut_off_while_it_was_written_is_read_from_its_middle(tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole.flac", tmp_path / "cut.flac"
    soundfile.write(whole, steps(), RATE_HZ)
    content = bytearray(whole.read_bytes())
    content[21] &= 0xF0  # the count of samples in the header: not known
    content[22:26] = bytes(4)
    cut.write_bytes(content)
    heard = np.concatenate(list(TakeSound(cut).chunks(30000, RATE_HZ)))
    np.testing.assert_allclose(heard[:20000], steps()[30000:50000], atol=1e-4)


def test_a_take_that_is_gone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TakeError, match="there is no file"):
        TakePlayer(tmp_path / "gone.wav", 1.0)


def test_a_take_that_goes_while_it_is_played_is_told(
    take: Path, player: TakePlayer, output: FakeOutput
) -> None:
    take.unlink()
    player.play()
    for _ in range(200):
        if player.error is not None:
            break
        time.sleep(0.01)
    assert "cannot be read on" in str(player.error)
    assert not player.is_playing
