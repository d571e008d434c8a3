"""Where the sound card's thread and ours meet: a ring of input, a table of clicks to play.

The callback itself is in ``stream_kernels.py``; this is the Python side of its memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from practiceear.audio import stream_kernels as memory
from practiceear.audio.blocks import AudioBlock, Samples
from practiceear.units import FloatArray, IntArray

RING_S = 12.0
"""How long the analysis may be away before sound is lost."""

LONGEST_READ_SAMPLES = 1 << 14


@dataclass(frozen=True, slots=True)
class BufferCounts:
    """What the callback counted so far.

    ``n_input_flags``, ``n_output_flags``: how often the host said that input was lost, or output
    came too late.
    """

    clock_sample: int  # samples since the stream began, lost ones included
    n_calls: int  # calls of the callback
    n_input_flags: int
    n_output_flags: int
    n_stumbles: int  # how often the host said that input was lost, and nothing was
    n_dropped_samples: int  # samples that the analysis was too slow to take


class SharedAudioBuffer:
    """Shared memory between the sound card's callback and the analysis.

    Parameters
    ----------
    rate_hz
        Samples per second.
    sounds
        Click sounds, each at most ``SOUND_SAMPLES`` long; clicks name them by index.
    n_inputs, n_outputs
        Channels; 0 for none.
    is_patient
        Make the callback wait for room in the ring: only for a server that runs as fast as
        it can.
    ring_s
        How long the analysis may be away before sound is lost.
    """

    def __init__(
        self,
        rate_hz: int,
        sounds: tuple[Samples, ...] = (),
        *,
        n_inputs: int = 1,
        n_outputs: int = 1,
        is_patient: bool = False,
        ring_s: float = RING_S,
    ) -> None:
        if len(sounds) > memory.MOST_SOUNDS:
            raise ValueError(f"at most {memory.MOST_SOUNDS} sounds, not {len(sounds)}")
        n_ring = 1 << int(np.ceil(np.log2(ring_s * rate_hz)))
        self.rate_hz = rate_hz
        self.words = np.zeros(memory.FIRST_RING_WORD + n_ring // 2, np.int64)
        self.floats = self.words.view(np.float32)
        self.words[memory.RING_SAMPLES] = n_ring
        self.words[memory.RATE_HZ] = rate_hz
        self.words[memory.N_INPUTS] = n_inputs
        self.words[memory.N_OUTPUTS] = n_outputs
        self.words[memory.IS_PATIENT] = is_patient
        for index, sound in enumerate(sounds):
            self._keep_sound(index, sound)
        self._out = np.empty(LONGEST_READ_SAMPLES, np.float32)
        self._next_sample = 0

    def _keep_sound(self, index: int, sound: Samples) -> None:
        if len(sound) > memory.SOUND_SAMPLES:
            raise ValueError(f"a click of {len(sound)} samples is longer than allowed")
        start = 2 * memory.FIRST_SOUND + index * memory.SOUND_SAMPLES
        self.floats[start : start + len(sound)] = sound
        self.words[memory.FIRST_SOUND_LENGTH + index] = len(sound)

    @property
    def counts(self) -> BufferCounts:
        """What the callback counted so far."""
        words = self.words
        clock = int(memory.look(words, memory.CLOCK))
        return BufferCounts(
            clock,
            int(words[memory.N_CALLS]),
            int(words[memory.N_INPUT_FLAGS]),
            int(words[memory.N_OUTPUT_FLAGS]),
            int(words[memory.N_STUMBLES]),
            int(words[memory.N_DROPPED]),
        )

    def read(self) -> list[AudioBlock]:
        """Take everything out of the ring; a jump of ``first_sample`` marks lost samples."""
        blocks: list[AudioBlock] = []
        while True:
            first = int(self.words[memory.READ])
            n_samples = int(memory.copy_out(self.words, self.floats, self._out))
            if not n_samples:
                return blocks
            blocks += self._split_at_gaps(first, self._out[:n_samples].copy())

    def _split_at_gaps(self, first_in_ring: int, samples: Samples) -> list[AudioBlock]:
        blocks, done = [], 0
        n_gaps, n_read = (
            int(memory.look(self.words, memory.N_GAPS)),
            int(self.words[memory.GAPS_READ]),
        )
        for gap in range(n_read, n_gaps):
            at = memory.FIRST_GAP + (gap % memory.MOST_GAPS) * memory.GAP_WORDS
            place = int(self.words[at]) - first_in_ring
            if place >= len(samples):
                break  # its samples come with the next read
            blocks += self._block(samples[done:place])
            self._next_sample += int(self.words[at + 1])
            done = place
            memory.publish(self.words, memory.GAPS_READ, gap + 1)
        return blocks + self._block(samples[done:])

    def _block(self, samples: Samples) -> list[AudioBlock]:
        if not len(samples):
            return []
        block = AudioBlock(samples, self._next_sample)
        self._next_sample += len(samples)
        return [block]

    def schedule(
        self, samples: IntArray, sounds: IntArray, gains: FloatArray, *, may_rest: bool = True
    ) -> int:
        """Put clicks into the table; return how many found room, the first ones.

        ``samples``: int64, shape (n,), rising: the sample at which each click begins. ``sounds``:
        int64, shape (n,): index of its sound. ``gains``: float64, shape (n,): factor of its sound,
        below 8. ``may_rest``: whether they are silent while `set_muted` is on.
        """
        words = self.words
        n_clicks = int(words[memory.N_CLICKS])
        n_free = memory.MOST_CLICKS - (n_clicks - int(memory.look(words, memory.FIRST_CLICK)))
        n_new = min(len(samples), n_free)
        for i in range(n_new):
            at = memory.FIRST_CLICK_WORD + ((n_clicks + i) % memory.MOST_CLICKS) * (
                memory.CLICK_WORDS
            )
            words[at] = samples[i]
            words[at + 1] = int(sounds[i]) + (0 if may_rest else memory.MUST_SOUND)
            words[at + 2] = round(float(gains[i]) * 1e6)
            words[at + 3] = memory.PENDING
        memory.publish(words, memory.N_CLICKS, n_clicks + n_new)
        return n_new

    def stop_waiting(self) -> None:
        """Let a patient callback drop samples from now on: nobody will read them."""
        memory.publish(self.words, memory.IS_PATIENT, 0)

    @property
    def n_scheduled(self) -> int:
        """Clicks put into the table so far."""
        return int(self.words[memory.N_CLICKS])

    def click_state(self, index: int) -> int:
        """What became of one of the last scheduled clicks: PENDING, SOUNDED, RESTED or LATE."""
        at = memory.FIRST_CLICK_WORD + (index % memory.MOST_CLICKS) * memory.CLICK_WORDS
        return int(self.words[at + 3])

    def set_muted(self, is_muted: bool) -> None:
        """Let the clicks that may rest be silent from the next one on, or sound again."""
        memory.publish(self.words, memory.IS_MUTED, int(is_muted))

    def drop_all_clicks(self) -> None:
        """Forget all clicks that have not begun."""
        words = self.words
        for click in range(int(memory.look(words, memory.FIRST_CLICK)), self.n_scheduled):
            at = memory.FIRST_CLICK_WORD + (click % memory.MOST_CLICKS) * memory.CLICK_WORDS
            if words[at + 3] == memory.PENDING:
                words[at + 3] = memory.RESTED


class SoundStream(Protocol):
    """Microphone in and clicks out, on one sample counter."""

    @property
    def exchange(self) -> SharedAudioBuffer:
        """The memory that the stream fills and empties."""
        ...

    @property
    def input_name(self) -> str:
        """The microphone."""
        ...

    @property
    def output_name(self) -> str:
        """The loudspeaker; "" where there is none."""
        ...

    @property
    def callback_kind(self) -> str:
        """Who moves the samples: ``"native"``, ``"python"`` or ``"virtual"``."""
        ...

    def start(self) -> None:
        """Let samples flow."""
        ...

    @property
    def is_alive(self) -> bool:
        """Whether samples still arrive."""
        ...

    def close(self) -> None:
        """Stop, and give the devices back; never hangs."""
        ...
