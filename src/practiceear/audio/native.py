"""PortAudio's callback as machine code: no Python, so no other thread can hold it up.

Where C's ``unsigned long`` is not 64 bits wide (Windows), or the code cannot be made, the
stream falls back to a callback in Python that does the same and no more.
"""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
from numba import carray, cfunc, types

from practiceear.audio.stream_kernels import (
    FIRST_RING_WORD,
    N_HEADER,
    N_INPUTS,
    N_OUTPUTS,
    RING_SAMPLES,
    exchange,
)

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


def compile_callback() -> Any:
    """Make the callback, or load it from the cache; its ``address`` is given to PortAudio."""
    options: dict[str, Any] = {"nopython": True}
    try:
        return cfunc(_SIGNATURE, cache=True, **options)(_callback)
    except RuntimeError:  # no folder for the cache
        return cfunc(_SIGNATURE, **options)(_callback)


def _callback(  # type: ignore[no-untyped-def]  # noqa: PLR0917 PortAudio's signature
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
