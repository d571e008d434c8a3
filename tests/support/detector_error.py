"""Removes one detector error, the same for every value, from a standard deviation."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from practiceear.metrics.detector_error import Errors, without_errors
from practiceear.metrics.metric import Metric

LEAST = 1e-12  # errors are above 0


def without_floor(
    metric: Metric, detector_error: float | None = None, scatter: float = 1.0
) -> Metric:
    """As ``without_errors``, which removes the error of each value; its own error where None."""
    error = metric.detector_error if detector_error is None else detector_error
    if error < 0.0 or scatter < 0.0:
        raise ValueError(f"detector_error and scatter must be 0 or more, not {error}, {scatter}")
    if metric.is_unavailable or math.isnan(error):
        return metric
    errors = Errors(metric.value * np.array([1.0, -1.0]), np.full(2, max(error, LEAST)))
    return without_errors(replace(metric, detector_error=error), errors, scatter)
