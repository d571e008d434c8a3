"""What the onset detector says: calls, settled onsets and withdrawn calls.

An onset is *called* as early as the detector dares, for the live dot on the
screen. About a tenth of a second later it is *settled*: confirmed, moved by some
milliseconds, withdrawn, or added where it came too softly to be called. Metrics
and reports use settled onsets only.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import numpy.typing as npt


class OnsetKind(IntEnum):
    """The three things a detector can say about an onset."""

    CALLED = 1
    SETTLED = 2
    WITHDRAWN = 3


ONSET = np.dtype(
    [
        ("onset_id", np.int64),  # the same for a call and what became of it; counts up from 0
        ("kind", np.uint8),  # an OnsetKind
        ("onset_sample", np.int64),  # where the note begins, samples since the take began
        ("known_sample", np.int64),  # this event needed the samples before this one
        ("called_sample", np.int64),  # known_sample of the call; of this event if never called
        ("error_s", np.float64),  # SD of what onset_sample may be off; NaN where not known
        ("strength", np.float32),  # how clearly it was heard: 1 is the detector's threshold
    ]
)
"""One onset event. Settled events come in order of ``onset_sample``."""

OnsetArray = npt.NDArray[np.void]
"""A structured array of dtype ``ONSET``, shape (n_events,)."""
