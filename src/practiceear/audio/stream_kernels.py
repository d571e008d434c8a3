"""What happens inside the sound card's callback: samples in, clicks out, and nothing else.

All that the callback and the other threads share is one block of memory, seen as 64-bit words
and as 32-bit floats. Each word has one writer. Whoever fills a region publishes its new end
with a store that releases; whoever reads it first loads that end with a load that acquires
(without which a processor such as Arm's may show the end before the samples).

PortAudio's callback is machine code: no Python, so no other thread can hold it up. Where C's
``unsigned long`` is not 64 bits wide (Windows), the stream falls back to a callback in Python
that does the same. It stands in this file because Numba's cache overlooks edits of any other.
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import cfunc, types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.numpy_support import carray

from practiceear.audio.blocks import Samples
from practiceear.numba_cache import IS_INTERPRETED, kernel

if TYPE_CHECKING:
    from numba.core.ccallback import CFunc

Words = npt.NDArray[np.int64]

# Words of the header, and who writes each.
WRITTEN = 0  # callback: samples put into the ring so far
READ = 1  # reader: samples taken out of the ring so far
CLOCK = 2  # callback: samples since the stream began, lost ones included
RING_SAMPLES = 3  # fixed; a power of two
N_GAPS = 4  # callback: gaps put into the table so far
GAPS_READ = 5  # reader
N_CLICKS = 6  # planner: clicks put into the table so far
FIRST_CLICK = 7  # callback: all clicks before this one have died away
IS_MUTED = 8  # planner: clicks that may rest, rest
N_INPUT_FLAGS = 9  # callback: how often the host said that input was lost
N_OUTPUT_FLAGS = 10  # callback: how often it said that output came too late
N_DROPPED = 11  # callback: samples for which the ring had no room
N_CALLS = 12  # callback
FIRST_TIME_NS = 13  # callback: the host's clock at the first call
N_STUMBLES = 14  # callback: how often the host said so and nothing was lost
PENDING_LOST = 15  # callback: samples lost since the ring was last written
N_INPUTS = 16  # fixed: channels in
N_OUTPUTS = 17  # fixed: channels out
RATE_HZ = 18  # fixed
IS_PATIENT = 19  # reader: wait for room instead of dropping (a server that is not real-time)
LATENESS_NOW = 20  # callback: most that a call of this stretch came behind the samples
LATENESS_BEFORE = 21  # callback: the same of the stretch before
STRETCH_END = 22  # callback: CLOCK at which the stretch ends
N_HEADER = 32

MOST_GAPS = 256
GAP_WORDS = 2  # place in the ring, samples lost before it
FIRST_GAP = N_HEADER

MOST_CLICKS = 1024
CLICK_WORDS = 4  # first sample, sound, gain in millionths, state
FIRST_CLICK_WORD = FIRST_GAP + MOST_GAPS * GAP_WORDS
PENDING, SOUNDED, RESTED, LATE = 0, 1, 2, 3  # states of a click
MUST_SOUND = 8  # added to the sound of a click that never rests, such as the count-in's

MOST_SOUNDS = 8
SOUND_SAMPLES = 1 << 15  # room for each sound
FIRST_SOUND_LENGTH = FIRST_CLICK_WORD + MOST_CLICKS * CLICK_WORDS
FIRST_SOUND = FIRST_SOUND_LENGTH + MOST_SOUNDS
FIRST_RING_WORD = FIRST_SOUND + MOST_SOUNDS * SOUND_SAMPLES // 2

INPUT_OVERFLOW, OUTPUT_UNDERFLOW = 2, 4  # PaStreamCallbackFlags
LONGEST_LOSS_S = 3600  # longer, and it was the host's clock that jumped
STRETCH_S = 2

if IS_INTERPRETED:

    def load_acquire(words: Words, index: int) -> int:
        """The word, and all that was written before it was published."""
        return int(words[index])

    def store_release(words: Words, index: int, value: int) -> None:
        """Publish the word together with all that was written before."""
        words[index] = value
else:

    @intrinsic
    def load_acquire(typing_context, words, index):  # type: ignore[no-untyped-def]
        """The word, and all that was written before it was published."""

        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            pointer = _word_pointer(context, builder, signature, arguments)
            return builder.load_atomic(pointer, "acquire", 8)

        return types.int64(words, index), generate

    @intrinsic
    def store_release(typing_context, words, index, value):  # type: ignore[no-untyped-def]
        """Publish the word together with all that was written before."""

        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            pointer = _word_pointer(context, builder, signature, arguments)
            word = context.cast(builder, arguments[2], signature.args[2], types.int64)
            builder.store_atomic(word, pointer, "release", 8)
            return context.get_dummy_value()

        return types.void(words, index, value), generate


def _word_pointer(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    words = context.make_array(signature.args[0])(context, builder, value=arguments[0])
    index = context.cast(builder, arguments[1], signature.args[1], types.intp)
    pointer = cgutils.gep_inbounds(builder, words.data, index)
    return builder.bitcast(pointer, ir.IntType(64).as_pointer())


@kernel
def count_lost(words: Words, n_samples: int, flags: int, time_ns: int) -> int:
    """Note what the host says of lost samples; return how many were lost before this call.

    Only the host's clock can tell how long an interruption was. Many hosts call in bursts,
    so one pause between calls says nothing: a call's *lateness* is how far the clock is
    ahead of all samples so far, and samples were lost where it exceeds the most of the last
    seconds by half a call. Less was taken up by buffers between the card and here.
    """
    if words[FIRST_TIME_NS] == 0:
        words[FIRST_TIME_NS] = time_ns
    passed_ns = time_ns - words[FIRST_TIME_NS]
    lateness = passed_ns * words[RATE_HZ] // 1_000_000_000 - words[CLOCK]
    usual = max(words[LATENESS_NOW], words[LATENESS_BEFORE])
    if flags & OUTPUT_UNDERFLOW:
        words[N_OUTPUT_FLAGS] += 1
    n_lost = 0
    if flags & INPUT_OVERFLOW:
        words[N_INPUT_FLAGS] += 1
        n_behind = lateness - usual
        is_known = words[N_CALLS] > 0 and n_behind <= LONGEST_LOSS_S * words[RATE_HZ]
        if is_known and n_behind * 2 >= n_samples:
            n_lost = n_behind
        else:
            words[N_STUMBLES] += 1
    _remember_lateness(words, lateness - n_lost)
    return int(n_lost)


@kernel
def _remember_lateness(words: Words, lateness: int) -> None:
    """Keep the most of this stretch and of the one before: clocks drift, bursts do not."""
    clock = words[CLOCK]
    if clock >= words[STRETCH_END]:
        is_first = words[STRETCH_END] == 0
        words[LATENESS_BEFORE] = lateness if is_first else words[LATENESS_NOW]
        words[LATENESS_NOW] = lateness
        words[STRETCH_END] = clock + STRETCH_S * words[RATE_HZ]
    words[LATENESS_NOW] = max(words[LATENESS_NOW], lateness)


@kernel
def take_in(words: Words, floats: Samples, samples: Samples, n_samples: int, n_lost: int) -> None:
    """Put the call's input into the ring, the mean of its channels, behind any gap."""
    size = words[RING_SAMPLES]
    n_inputs = words[N_INPUTS]
    written = words[WRITTEN]
    words[PENDING_LOST] += n_lost
    while (
        load_acquire(words, IS_PATIENT) and size - (written - load_acquire(words, READ)) < n_samples
    ):
        pass
    has_room = size - (written - load_acquire(words, READ)) >= n_samples
    n_gaps = words[N_GAPS]
    is_gap_due = words[PENDING_LOST] > 0
    if is_gap_due and n_gaps - load_acquire(words, GAPS_READ) >= MOST_GAPS:
        has_room = False
    if not has_room:
        words[N_DROPPED] += n_samples
        words[PENDING_LOST] += n_samples
        return
    if is_gap_due:
        at = FIRST_GAP + (n_gaps % MOST_GAPS) * GAP_WORDS
        words[at], words[at + 1] = written, words[PENDING_LOST]
        words[PENDING_LOST] = 0
        store_release(words, N_GAPS, n_gaps + 1)
    base = 2 * FIRST_RING_WORD
    for i in range(n_samples):
        total = np.float32(0.0)
        for channel in range(n_inputs):
            total += samples[i * n_inputs + channel]
        floats[base + ((written + i) & (size - 1))] = total / n_inputs
    store_release(words, WRITTEN, written + n_samples)


@kernel
def put_out(
    words: Words, floats: Samples, output: Samples, n_samples: int, first_sample: int
) -> None:
    """Write the clicks that sound during the call, the same to every channel."""
    n_outputs = words[N_OUTPUTS]
    output[: n_samples * n_outputs] = np.float32(0.0)
    n_clicks = load_acquire(words, N_CLICKS)
    is_muted = words[IS_MUTED] != 0
    end_sample = first_sample + n_samples
    is_leading = True
    for click in range(words[FIRST_CLICK], n_clicks):
        at = FIRST_CLICK_WORD + (click % MOST_CLICKS) * CLICK_WORDS
        starts = words[at]
        if starts >= end_sample:
            break
        sound = words[at + 1] % MUST_SOUND
        n_sound = words[FIRST_SOUND_LENGTH + sound]
        if words[at + 3] == PENDING:
            if starts < first_sample:
                words[at + 3] = LATE  # it came after its time: never half a click
            elif is_muted and words[at + 1] < MUST_SOUND:
                words[at + 3] = RESTED
            else:
                words[at + 3] = SOUNDED
        if words[at + 3] == SOUNDED and starts + n_sound > first_sample:
            gain = np.float32(words[at + 2] * 1e-6)
            first = max(starts, first_sample)
            last = min(starts + n_sound, end_sample)
            base = 2 * FIRST_SOUND + sound * SOUND_SAMPLES - starts
            for sample in range(first, last):
                value = gain * floats[base + sample]
                for channel in range(n_outputs):
                    output[(sample - first_sample) * n_outputs + channel] += value
        if words[at + 3] == SOUNDED and starts + n_sound > end_sample:
            is_leading = False
        if is_leading:
            words[FIRST_CLICK] = click + 1


@kernel
def exchange(
    words: Words,
    floats: Samples,
    samples: Samples,
    output: Samples,
    n_samples: int,
    flags: int,
    time_ns: int,
) -> None:
    """One call of the callback: input into the ring, clicks into the output."""
    n_lost = count_lost(words, n_samples, flags, time_ns)
    first_sample = words[CLOCK] + n_lost
    # Clicks first: who reads the input of this call must find them marked as sounded.
    if words[N_OUTPUTS] > 0:
        put_out(words, floats, output, n_samples, first_sample)
    if words[N_INPUTS] > 0:
        take_in(words, floats, samples, n_samples, n_lost)
    words[N_CALLS] += 1
    store_release(words, CLOCK, first_sample + n_samples)


@kernel
def copy_out(words: Words, floats: Samples, out: Samples) -> int:
    """Move samples of the ring into ``out``; return how many there were, at most its size."""
    size, read = words[RING_SAMPLES], words[READ]
    n_samples = min(load_acquire(words, WRITTEN) - read, out.size)
    base = 2 * FIRST_RING_WORD
    for i in range(n_samples):
        out[i] = floats[base + ((read + i) & (size - 1))]
    store_release(words, READ, read + n_samples)
    return int(n_samples)


@kernel
def publish(words: Words, index: int, value: int) -> None:
    """Store a word so that whoever sees it sees all that was written before."""
    store_release(words, index, value)


@kernel
def look(words: Words, index: int) -> int:
    """Load a word and with it all that was written before it was published."""
    return int(load_acquire(words, index))


_SIGNATURE = types.int32(
    types.CPointer(types.float32),
    types.CPointer(types.float32),
    types.uint64,
    types.CPointer(types.float64),
    types.uint64,
    types.voidptr,
)
_CURRENT_TIME = 1  # of PaStreamCallbackTimeInfo: input ADC, current, output DAC


def is_native_possible() -> bool:
    """Whether C's types here are those that the compiled callback expects."""
    return ctypes.sizeof(ctypes.c_ulong) == 8


def compile_callback() -> CFunc:
    """PortAudio's callback, compiled or loaded from the cache; PortAudio needs its ``address``."""
    try:
        return cfunc(_SIGNATURE, cache=True)(_callback)
    except RuntimeError:  # no folder for the cache
        return cfunc(_SIGNATURE)(_callback)


def _callback(  # type: ignore[no-untyped-def]
    source, sink, n_frames, time_info, flags, memory
):
    header = carray(memory, (N_HEADER,), np.int64)
    n_words = FIRST_RING_WORD + header[RING_SAMPLES] // 2
    words = carray(memory, (n_words,), np.int64)
    floats = carray(memory, (2 * n_words,), np.float32)
    n_samples = int(n_frames)
    # PortAudio gives no pointer for a direction that is not open.
    samples = (
        floats[:0]
        if header[N_INPUTS] == 0
        else carray(source, (n_samples * header[N_INPUTS],), np.float32)
    )
    output = (
        floats[:0]
        if header[N_OUTPUTS] == 0
        else carray(sink, (n_samples * header[N_OUTPUTS],), np.float32)
    )
    now_ns = int(carray(time_info, (3,), np.float64)[_CURRENT_TIME] * 1e9)
    exchange(words, floats, samples, output, n_samples, int(flags), now_ns)
    return 0
