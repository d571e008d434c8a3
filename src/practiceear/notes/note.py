"""The record of one heard note."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

NOTE = np.dtype(
    [
        ("onset_sample", np.int64),  # where it begins, samples since the take began
        ("offset_sample", np.int64),  # where it stops sounding, never after the next onset
        ("fall_s", np.float64),  # so much earlier it may have ended: the room rang it out since
        ("called_sample", np.int64),  # a live listener knew of it once these samples had arrived
        ("onset_error_s", np.float64),  # SD of what onset_sample may be off; NaN: not known
        ("strength", np.float64),  # of the onset: 1 is the detector's threshold
        ("attack_s", np.float64),  # rise from -20 to -3 dB of its top; NaN: no rise (slur)
        ("level_dbfs", np.float64),  # loudest 20 ms RMS of the first 100 ms
        ("dip_db", np.float64),  # fall from the level before the next onset; NaN: no next note
        ("gate_ratio", np.float64),  # length / inter-onset interval; NaN: no next note
        ("pitch_midi", np.float64),  # 69 is A4; NaN where the pitch is not clear
    ]
)
"""One note. A take's notes come in order of ``onset_sample``."""

NoteArray = npt.NDArray[np.void]
"""A structured array of dtype ``NOTE``, shape (n_notes,)."""
