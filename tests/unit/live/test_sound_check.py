"""Before a take: the level that is heard, the room behind it, clipping and silence."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest

from practiceear.audio.shared_buffer import SharedAudioBuffer
from practiceear.audio.virtual_player import VirtualPlayer
from practiceear.live.sound_check import MicrophoneCheck, SoundPicture
from tests.support.gain import gain_controlled, with_pauses
from tests.support.jack import wait_until
from tests.support.sounds import take as plucked_take

RATE_HZ = 48000


def seen(take: np.ndarray, after_s: float = 2.5) -> SoundPicture:
    """What is seen of a take once so much of it was played."""
    player = VirtualPlayer(
        SharedAudioBuffer(RATE_HZ, (), n_outputs=1), take.astype(np.float32), name="somebody"
    )
    check = MicrophoneCheck(player)
    check.start()
    try:
        time.sleep(after_s)
        return check.picture()
    finally:
        check.close()


def noise(level_dbfs: float, seconds: float = 6.0) -> np.ndarray:
    chance = np.random.default_rng(1)
    return 10 ** (level_dbfs / 20) * chance.standard_normal(round(seconds * RATE_HZ))


def test_the_room_is_what_is_left_between_notes() -> None:
    take = noise(-55.0)
    time_s = np.arange(len(take)) / RATE_HZ
    take += 0.2 * np.sin(2 * np.pi * 440 * time_s) * (time_s % 0.6 < 0.4)
    picture = seen(take)
    assert picture.room_dbfs == pytest.approx(-55.0, abs=2.0)
    assert -16.0 < picture.peak_dbfs < -12.0
    assert not picture.has_clipped
    assert picture.is_alive


def test_a_clipped_moment_stays_to_be_read() -> None:
    take = noise(-50.0)
    take[RATE_HZ // 2 : RATE_HZ // 2 + 100] = 1.0
    assert seen(take).has_clipped


def test_before_the_first_second_nothing_is_said_of_the_room() -> None:
    assert math.isnan(seen(noise(-50.0), after_s=0.5).room_dbfs)


@pytest.mark.parametrize("is_controlled", [False, True])
def test_a_level_that_moves_by_itself_is_noticed_in_pauses(is_controlled: bool) -> None:
    phrase = plucked_take(list(np.arange(0.2, 4.2, 0.5)), 4.5, RATE_HZ)
    sound = with_pauses(phrase, RATE_HZ, pause_s=2.0, room_dbfs=-60.0)
    if is_controlled:
        sound = gain_controlled(sound, RATE_HZ, 8.0)
    exchange = SharedAudioBuffer(RATE_HZ, (), is_patient=True)
    check = MicrophoneCheck(VirtualPlayer(exchange, sound, name="somebody", is_real_time=False))
    check.start()
    try:
        assert not check.picture().is_gain_controlled  # not known yet
        wait_until(lambda: check.picture().is_silent, 60.0)  # all of it was heard
        assert check.picture().is_gain_controlled is is_controlled
    finally:
        check.close()


def test_digital_silence_is_noticed() -> None:
    assert seen(np.zeros(8 * RATE_HZ), after_s=5.6).is_silent
