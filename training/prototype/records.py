"""Sizes and records of the streaming onset network: its tables, its state, its events."""

from __future__ import annotations

import numpy as np

N_LONG, N_SHORT, N_LOW = 134, 33, 78
N_BANDS = N_LONG + N_SHORT + N_LOW
N_INPUTS = 3 * N_LONG + 2 * N_SHORT + 2 * N_LOW

N_CHANNELS, N_LAYERS, N_HEADS = 48, 6, 5
MAX_LAG, N_HISTORY = 12, 16  # frames of levels kept; a power of two
MAX_FFT = 4096  # samples of the long window at the doubled rates
MAX_WEIGHTS = 6144  # non-zero band weights of all three banks
N_TRUNK = 2 * (1 + 2 + 4 + 8 + 16 + 32) + N_LAYERS  # frames of all convolution rings
N_PROBABILITY = 16  # frames of probabilities kept; a power of two
N_FINE = 256  # 1 ms energies kept; a power of two
N_FINE_BEFORE, N_FINE_NET, N_FINE_HIDDEN, N_FINE_OUT = 60, 212, 24, 66

SETTLED_HEAD, TAP_HEAD, CENTRE_REACH = 3, 4, 3
CALLED, SETTLED, TAP_CALLED, TAP_SETTLED = 0, 1, 2, 3
N_PENDING = 16  # taps that wait for what follows them
TAP_WAIT_FRAMES = 9

LOUDEST = np.float32(8.0)  # full scale is 1; above this a sample is not sound
FAINTEST = np.float32(1e-12)

EVENT = np.dtype(
    [
        ("kind", "<i8"),  # CALLED ... TAP_SETTLED
        ("onset_samples", "<f8"),  # since the stream began
        ("known_samples", "<i8"),  # samples that had to be heard
        ("probability", "<f4"),
        ("is_refined", "<i8"),
    ]
)

TABLES = np.dtype(
    [
        ("hop", "<i8"),
        ("n_long", "<i8"),  # window lengths in samples (decimated samples for low)
        ("n_short", "<i8"),
        ("n_low", "<i8"),
        ("decimation", "<i8"),
        ("n_fir", "<i8"),
        ("fine_step", "<i8"),  # samples of one fine energy, about 1 ms
        ("gain_keep", "<f8"),  # peak decay a sample
        ("gain_floor", "<f8"),
        ("gain_target", "<f8"),
        ("log_scale", "<f4"),
        ("long_window", "<f4", (MAX_FFT,)),
        ("short_window", "<f4", (MAX_FFT,)),
        ("low_window", "<f4", (MAX_FFT,)),
        ("fir", "<f4", (256,)),
        # exp(-2 pi i k / n), k < n / 2, then the half-size ones; real and imaginary, by window
        ("twiddle_real", "<f4", (3, MAX_FFT)),
        ("twiddle_imag", "<f4", (3, MAX_FFT)),
        ("band_first_bin", "<i8", (N_BANDS,)),
        ("band_first_weight", "<i8", (N_BANDS + 1,)),
        ("band_weight", "<f4", (MAX_WEIGHTS,)),
        ("enter_weight", "<f4", (N_INPUTS, N_CHANNELS)),  # standardisation folded in
        ("enter_bias", "<f4", (N_CHANNELS,)),
        ("layer_weight", "<f4", (N_LAYERS, 3 * N_CHANNELS, N_CHANNELS)),
        ("layer_bias", "<f4", (N_LAYERS, N_CHANNELS)),
        ("dilation", "<i8", (N_LAYERS,)),
        ("leave_weight", "<f4", (N_CHANNELS, N_HEADS)),
        ("leave_bias", "<f4", (N_HEADS,)),
        ("delay_frames", "<i8", (N_HEADS,)),
        ("n_wait", "<i8", (N_HEADS,)),  # frames heard after a peak before it counts
        ("threshold", "<f4", (N_HEADS,)),
        ("time_offset_samples", "<f8", (4,)),  # by kind: constant taken from onset times
        ("fine_weight", "<f4", (N_FINE_NET, N_FINE_HIDDEN)),
        ("fine_bias", "<f4", (N_FINE_HIDDEN,)),
        ("fine_out_weight", "<f4", (N_FINE_HIDDEN, N_FINE_OUT)),
        ("fine_out_bias", "<f4", (N_FINE_OUT,)),
        ("fine_threshold", "<f4"),  # probability of a sharp attack from which it is believed
        ("fine_offset_samples", "<f8"),  # constant taken from refined times
    ],
    align=True,
)

STATE = np.dtype(
    [
        ("n_samples", "<i8"),  # heard since the stream began
        ("n_frames", "<i8"),
        ("n_to_hop", "<i8"),  # samples until the next frame
        ("n_to_low", "<i8"),  # samples until the next decimated one
        ("n_to_fine", "<i8"),
        ("at", "<i8"),  # place in ring
        ("at_low", "<i8"),
        ("n_fine", "<i8"),  # fine energies so far
        ("peak", "<f8"),  # running peak of the gain control
        ("before", "<f4"),  # last gain-controlled sample
        ("energy", "<f4", (2,)),  # being summed: plain, differenced
        ("ring", "<f4", (2 * MAX_FFT,)),  # mirrored: any window is contiguous
        ("low_ring", "<f4", (2 * MAX_FFT,)),
        ("fine", "<f4", (2, N_FINE)),
        ("real", "<f4", (2, MAX_FFT // 2)),
        ("imag", "<f4", (2, MAX_FFT // 2)),
        ("magnitude", "<f4", (MAX_FFT // 2 + 1,)),
        ("levels", "<f4", (N_HISTORY, N_BANDS)),
        ("widest", "<f4", (N_LONG,)),
        ("inputs", "<f4", (N_INPUTS,)),
        ("hidden", "<f4", (N_CHANNELS,)),
        ("sums", "<f4", (N_CHANNELS,)),
        ("trunk", "<f4", (N_TRUNK, N_CHANNELS)),
        ("probability", "<f4", (N_HEADS, N_PROBABILITY)),
        ("last_peak", "<i8", (N_HEADS,)),  # frame of the last accepted peak of each head
        ("pending_samples", "<f8", (N_PENDING,)),  # onset of taps not yet settled, oldest first
        ("pending_probability", "<f4", (N_PENDING,)),
        ("pending_due", "<i8", (N_PENDING,)),  # frame at which each settles
        ("n_pending", "<i8"),
        ("last_called", "<i8", (4,)),  # onset frames of the last calls
        ("fine_inputs", "<f4", (N_FINE_NET,)),
        ("fine_hidden", "<f4", (N_FINE_HIDDEN,)),
        ("fine_out", "<f4", (N_FINE_OUT,)),
    ],
    align=True,
)
