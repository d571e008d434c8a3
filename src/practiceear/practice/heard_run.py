"""What the rules of practice need to know of a run: a few numbers out of its review."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from practiceear.analysis.review import TakeReview
from practiceear.journal.from_review import LOUD_WITHIN_DB
from practiceear.practice.drill import Drill
from practiceear.units import samples_to_seconds

CV_KEY = "cv_ioi_percent"
HEARD_SHARE = 0.6
"""A run of whose notes less was heard is judged neither for nor against the player."""


@dataclass(frozen=True, slots=True)
class HeardRun:
    """A run as it was heard.

    Attributes
    ----------
    duration_s, sounding_s, loud_s
        Of the take; of it with a note sounding; of it loud.
    n_notes, n_intervals
        What was heard, and what its evenness rests on.
    cv_ioi, floor_cv
        SD of intervals over their mean, and what the detector alone would show; NaN where
        it was refused.
    mean_level_dbfs
        Of its notes; NaN without any.
    """

    duration_s: float
    sounding_s: float = 0.0
    loud_s: float = 0.0
    n_notes: int = 0
    n_intervals: int = 0
    cv_ioi: float = math.nan
    floor_cv: float = math.nan
    mean_level_dbfs: float = math.nan


def heard_run(review: TakeReview, loud_level_dbfs: float = math.nan) -> HeardRun:
    """Take from a review what the rules look at.

    Parameters
    ----------
    review
        Of the run.
    loud_level_dbfs
        The player's own loud level; NaN where it is not known: nothing counts as loud.
    """
    snapshot = review.snapshot
    notes, cv = snapshot.notes, snapshot.metric(CV_KEY)
    length_s = samples_to_seconds(notes["offset_sample"] - notes["onset_sample"], snapshot.rate_hz)
    is_loud = notes["level_dbfs"] >= loud_level_dbfs - LOUD_WITHIN_DB  # never, beside NaN
    levels_dbfs = notes["level_dbfs"][np.isfinite(notes["level_dbfs"])]
    return HeardRun(
        duration_s=review.duration_s,
        sounding_s=float(np.sum(length_s)),
        loud_s=float(np.sum(length_s[is_loud])),
        n_notes=len(notes),
        n_intervals=cv.n,
        cv_ioi=cv.value / 100.0,
        floor_cv=cv.detector_error / 100.0,
        mean_level_dbfs=float(np.mean(levels_dbfs)) if len(levels_dbfs) else math.nan,
    )


def was_heard(heard: HeardRun | None, drill: Drill | None) -> bool:
    """Whether enough of a run was heard to count it; of a drill without notes, any."""
    n_notes = len(drill.notes) if drill is not None else 0
    return heard is not None and heard.n_notes >= max(1.0, HEARD_SHARE * n_notes)
