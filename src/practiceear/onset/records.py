"""Sizes and records of the onset detector: its tables and its state.

Each is one record, so that a detector is two arrays of length one and nothing else.
"""

from __future__ import annotations

import numpy as np

from practiceear.onset.loudness_kernels import LOUDNESS_SETTINGS, LOUDNESS_STATE

N_LONG, N_SHORT, N_LOW = 134, 33, 78  # bands of the three windows
LOW = 2  # number of the window on the decimated signal
N_BANDS = N_LONG + N_SHORT + N_LOW
N_INPUTS = 3 * N_LONG + 2 * N_SHORT + 2 * N_LOW

N_CHANNELS, N_LAYERS = 48, 6
N_HEADS = 6
PROVISIONAL_HEAD, CONFIRMED_HEAD, TAP_HEAD = 2, 3, 4  # 0 and 1 call before; whoever is sure first
CLICK_HEAD = 5  # says of what was confirmed how much it sounds like a metronome's click

N_HISTORY = 32  # frames of levels kept; a power of two, back to the sound after an onset
MAX_FFT = 4096  # samples of the long window at the doubled rates; a power of two
MAX_FIR = 256
MAX_WEIGHTS = 6144  # band weights of all three banks
N_TRUNK = 2 * (1 + 2 + 4 + 8 + 16 + 32) + N_LAYERS  # frames of all convolution rings
N_PROBABILITY = 64  # frames of probabilities kept; a power of two
N_FINE = 512  # 1 ms energies kept; a power of two, more than a call that stands looks back

FINE_BEFORE, FINE_WINDOW = 60, 106  # fine steps that the localiser hears, and those before
FINE_REACH = 32  # it moves an onset by at most so many fine steps
N_FINE_NET, N_FINE_HIDDEN, N_FINE_OUT = 2 * FINE_WINDOW, 24, 2 * FINE_REACH + 2

TIMER_PROVISIONAL_FRAMES, TIMER_SKIPPED_FRAMES = 44, 8  # of what the calling heads answered
TIMER_CONFIRMED_FRAMES = 24  # and of the confirmed head, all before the onset confirms
TIMER_BEFORE, TIMER_WINDOW, TIMER_FOLD = 80, 190, 2  # fine steps that the timer hears, by twos
N_TIMER_NET = (
    3 * (TIMER_PROVISIONAL_FRAMES - TIMER_SKIPPED_FRAMES)
    + TIMER_CONFIRMED_FRAMES
    + 2 * TIMER_WINDOW // TIMER_FOLD
    + 2
)
N_TIMER_HIDDEN = 48
TIMER_UNIT_S = 0.005
TIMER_REACH_S = 0.03
"""The timer moves an onset by at most so much."""

LATEST_DELAY_FRAMES = 24  # of a head: what the localiser hears is then still kept
N_AFTER_PEAK = 1  # frames heard after a confirmed peak
CERTAIN = 2.0  # what a head's probabilities sum up to around an onset: .5 + 1 + .5
PEAK_BEFORE = 4  # a peak of a score exceeds so many frames before it
PEAK_GAP_FRAMES = 8  # between two peaks of one head
HALF_HEARD = 0.3  # share of the threshold from which a peak of the confirmed head is half heard
SOUND_FIRST, SOUND_FRAMES = 3, 4  # frames after an onset that say how it sounds
CALL_GAP_FRAMES = 9  # between two calls
N_CALLS_KEPT = 4
TAP_WAIT_FRAMES = 9  # after its call a tap confirms: 60 ms, what the localiser hears after it
N_PENDING = 16  # calls that wait; at least 8 frames apart and gone after 40, so 6 suffice

MATCH_REACH_S = 0.05
"""A confirmed onset takes the nearest call within this time: the field's tolerance."""

MINIMUM_INTERVAL_S = 0.03
"""Settled onsets are never closer: the field takes two within 30 ms for one."""

FLUSH_S = 0.2
"""Silence heard after the end, so that the last notes settle."""

TABLES = np.dtype(
    [
        *LOUDNESS_SETTINGS,
        ("n_window", np.int64, (3,)),  # samples of the long, short and low (decimated) window
        ("decimation", np.int64),
        ("n_fir", np.int64),
        ("fine_step", np.int64),  # samples of one fine energy, about 1 ms
        ("log_scale", np.float32),
        ("window", np.float32, (3, MAX_FFT)),
        ("fir", np.float32, (MAX_FIR,)),
        # exp(-2 pi i k / n), k < n / 2, then the half-size ones; by window
        ("twiddle_real", np.float32, (3, MAX_FFT)),
        ("twiddle_imag", np.float32, (3, MAX_FFT)),
        ("first_band", np.int64, (4,)),  # of each window, and the end
        ("band_first_bin", np.int64, (N_BANDS,)),
        ("band_first_weight", np.int64, (N_BANDS + 1,)),
        ("band_weight", np.float32, (MAX_WEIGHTS,)),
        ("enter_weight", np.float32, (N_INPUTS, N_CHANNELS)),  # standardisation folded in
        ("enter_bias", np.float32, (N_CHANNELS,)),
        ("layer_weight", np.float32, (N_LAYERS, 3 * N_CHANNELS, N_CHANNELS)),
        ("layer_bias", np.float32, (N_LAYERS, N_CHANNELS)),
        ("dilation", np.int64, (N_LAYERS,)),  # frames
        ("leave_weight", np.float32, (N_CHANNELS, N_HEADS)),
        ("leave_bias", np.float32, (N_HEADS,)),
        ("delay_frames", np.int64, (N_HEADS,)),  # from an onset to the head's answer
        ("n_summed", np.int64, (N_HEADS,)),  # newest probabilities that make a head's score
        ("threshold", np.float32, (N_HEADS,)),  # score: 1 is certain
        ("is_taps", np.int64),  # whether taps are listened for, or notes
        ("first_calling_head", np.int64),
        ("last_calling_head", np.int64),
        ("call_gap_frames", np.int64),  # two calls are never closer
        ("confirming_head", np.int64),
        ("settle_wait_frames", np.int64),  # frames heard after its peak before an onset confirms
        ("judging_samples", np.float64),  # that must follow an onset before it can be judged
        ("call_offset_samples", np.float64),  # constants taken from the times of the heads
        ("settle_offset_samples", np.float64),
        ("fine_weight", np.float32, (N_FINE_NET, N_FINE_HIDDEN)),
        ("fine_bias", np.float32, (N_FINE_HIDDEN,)),
        ("fine_out_weight", np.float32, (N_FINE_HIDDEN, N_FINE_OUT)),
        ("fine_out_bias", np.float32, (N_FINE_OUT,)),
        ("fine_threshold", np.float32),  # probability of a sharp attack that is believed
        ("fine_offset_samples", np.float64),  # constant taken from the localiser's times
        ("timer_weight", np.float32, (N_TIMER_NET, N_TIMER_HIDDEN)),  # standardisation folded in
        ("timer_bias", np.float32, (N_TIMER_HIDDEN,)),
        ("timer_inner_weight", np.float32, (N_TIMER_HIDDEN, N_TIMER_HIDDEN)),
        ("timer_inner_bias", np.float32, (N_TIMER_HIDDEN,)),
        ("timer_out_weight", np.float32, (N_TIMER_HIDDEN, 2)),
        ("timer_out_bias", np.float32, (2,)),
        ("timer_unit_s", np.float64),  # of what it answers; and in samples
        ("timer_unit_samples", np.float64),
        ("timer_spread", np.float64),  # root mean square error over the spread it answers
        ("timer_reach_samples", np.float64),
        ("match_samples", np.float64),  # reach of a confirmed onset to its call
        ("interval_samples", np.int64),  # confirmed onsets are never closer
        ("reach_samples", np.float64),  # a confirmed onset is at most so far before its peak's time
    ],
    align=True,
)
"""Everything that stays the same while a stream is heard: analysis, weights, picking."""

STATE = np.dtype(
    [
        *LOUDNESS_STATE,
        ("first_sample", np.int64),  # position in the take of the stream's first sample
        ("end_sample", np.int64),  # samples fed by the time of the flush; far off until then
        ("n_to_hop", np.int64),  # samples until the next frame
        ("n_to_low", np.int64),  # samples until the next decimated one
        ("n_to_fine", np.int64),
        ("at", np.int64),  # place of the next sample in its ring
        ("at_low", np.int64),
        ("n_fine", np.int64),  # fine energies so far
        ("before", np.float32),  # newest levelled sample
        ("energy", np.float32, (2,)),  # being summed: plain, differenced
        ("ring", np.float32, (2 * MAX_FFT,)),  # levelled; mirrored: any window is contiguous
        ("low_ring", np.float32, (2 * MAX_FFT,)),
        ("fine", np.float32, (2, N_FINE)),
        ("real", np.float32, (2, MAX_FFT // 2)),
        ("imag", np.float32, (2, MAX_FFT // 2)),
        ("magnitude", np.float32, (MAX_FFT // 2 + 1,)),
        ("levels", np.float32, (N_HISTORY, N_BANDS)),  # log10 of band magnitudes
        ("inputs", np.float32, (N_INPUTS,)),
        ("hidden", np.float32, (N_CHANNELS,)),
        ("sums", np.float32, (N_CHANNELS,)),
        ("trunk", np.float32, (N_TRUNK, N_CHANNELS)),
        ("probability", np.float32, (N_HEADS, N_PROBABILITY)),
        ("score", np.float32, (N_HEADS, N_PROBABILITY)),
        ("last_peak", np.int64, (N_HEADS,)),  # frame of the last accepted peak of each head
        ("last_half_heard", np.int64),  # frame of the last peak that was half heard
        ("last_called", np.float64, (N_CALLS_KEPT,)),  # onset frames of the last calls
        ("fine_inputs", np.float32, (N_FINE_NET,)),
        ("fine_hidden", np.float32, (N_FINE_HIDDEN,)),
        ("fine_out", np.float32, (N_FINE_OUT,)),
        ("timer_inputs", np.float32, (N_TIMER_NET,)),
        ("timer_hidden", np.float32, (2, N_TIMER_HIDDEN)),
        ("timer_out", np.float32, (2,)),
        ("timed", np.float64, (2,)),  # samples to move the onset by, and its error in seconds
        ("n_events", np.int64),  # that the running kernel has written
        ("next_id", np.int64),  # onset_id of the next new onset
        ("n_pending", np.int64),  # calls that wait to be confirmed, oldest first
        ("pending_id", np.int64, (N_PENDING,)),
        ("pending_samples", np.float64, (N_PENDING,)),  # onset since the stream began
        ("pending_known", np.int64, (N_PENDING,)),  # samples heard by the call
        ("pending_frame", np.int64, (N_PENDING,)),  # frame of the call
        ("last_settled", np.int64),  # samples since the stream began
    ],
    align=True,
)
"""Everything that changes from sample to sample."""
