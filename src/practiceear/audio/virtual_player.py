"""A player without a microphone: a take is fed through the very path that live sound takes."""

from __future__ import annotations

import threading
import time

import numpy as np

from practiceear.audio.blocks import Samples
from practiceear.audio.shared_buffer import SharedAudioBuffer
from practiceear.audio.stream_kernels import exchange as exchange_samples

BLOCK_SAMPLES = 256


class VirtualPlayer:
    """Plays a take into an exchange, in its own time or as fast as it is taken.

    Parameters
    ----------
    exchange
        With one input and one output channel.
    take
        float32, shape (n,): what the microphone is to hear; silence follows.
    name
        What stands for the microphone.
    is_real_time
        False: as fast as the analysis takes it (the exchange should be patient).
    bleed
        float32, shape (n,): response of the room from loudspeaker to microphone; None for
        headphones.
    """

    def __init__(
        self,
        exchange: SharedAudioBuffer,
        take: Samples,
        *,
        name: str,
        is_real_time: bool = True,
        bleed: Samples | None = None,
    ) -> None:
        self._exchange, self._take, self._name = exchange, take, name
        self._is_real_time, self._bleed = is_real_time, bleed
        self._tail = np.zeros(0 if bleed is None else len(bleed) - 1, np.float32)
        self._is_stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._wait_samples = 0

    @property
    def exchange(self) -> SharedAudioBuffer:
        """The memory that the player fills."""
        return self._exchange

    @property
    def input_name(self) -> str:
        """Who plays."""
        return self._name

    @property
    def output_name(self) -> str:
        """Nobody hears the click."""
        return ""

    @property
    def callback_kind(self) -> str:
        """``"virtual"``."""
        return "virtual"

    def wait(self, n_samples: int) -> None:
        """Come in so many samples after the stream begins; negative: in the middle of the take."""
        self._wait_samples = n_samples

    def start(self) -> None:
        """Begin to play."""
        self._thread = threading.Thread(target=self._play, name="virtual player", daemon=True)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """Whether it still plays."""
        return self._thread is not None and self._thread.is_alive()

    def close(self) -> None:
        """Stop playing."""
        self._is_stopping.set()
        self._exchange.stop_waiting()
        if self._thread is not None:
            self._thread.join(1.0)

    def _play(self) -> None:
        output = np.zeros(BLOCK_SAMPLES, np.float32)
        rate_hz = self._exchange.rate_hz
        heard = np.zeros(BLOCK_SAMPLES, np.float32)
        started_s, first = time.monotonic(), 0
        while not self._is_stopping.is_set():
            samples = heard + self._played(first)
            exchange_samples(
                self._exchange.words,
                self._exchange.floats,
                samples,
                output,
                BLOCK_SAMPLES,
                0,
                round((first + BLOCK_SAMPLES) * 1e9 / rate_hz),
            )
            heard = self._through_room(output)
            first += BLOCK_SAMPLES
            ahead_s = first / rate_hz - (time.monotonic() - started_s)
            if self._is_real_time and ahead_s > 0:
                time.sleep(ahead_s)

    def _played(self, first_sample: int) -> Samples:
        """What the player plays in the block that begins at a sample of the stream."""
        at = first_sample - self._wait_samples
        block = np.zeros(BLOCK_SAMPLES, np.float32)
        inside = self._take[max(at, 0) : max(at + BLOCK_SAMPLES, 0)]
        start = min(max(-at, 0), BLOCK_SAMPLES)
        block[start : start + len(inside)] = inside
        return block

    def _through_room(self, output: Samples) -> Samples:
        """What of the click comes back, one block later."""
        if self._bleed is None:
            return np.zeros(BLOCK_SAMPLES, np.float32)
        wet = np.convolve(output, self._bleed).astype(np.float32)
        wet[: len(self._tail)] += self._tail
        self._tail = wet[BLOCK_SAMPLES:]
        return wet[:BLOCK_SAMPLES]
