"""The words of the reports: labels, units for players, the finding in one sentence.

Thresholds of "even": the smallest displacement of one note in an even sequence that
listeners notice is 6 ms below intervals of 240 ms and 2.5 % above (Friberg & Sundberg
1995, doi 10.1121/1.413218); twice that is taken as clearly audible.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from practiceear.metrics.metric import Metric
from practiceear.session.review import TakeReview
from practiceear.session.snapshot import SessionSnapshot

QUIET_PEAK = 0.02  # -34 dBFS: the noise of a laptop microphone comes close
LARGE_DC_OFFSET = 0.02
CANCELLED_DB = 12.0
PHONE_RATE_HZ = 22050


@dataclass(frozen=True, slots=True)
class MetricWords:
    """How a measure is named to a player."""

    group: str
    label: str
    unit: str


METRIC_WORDS = {
    "sd_ioi_s": MetricWords("Evenness", "between notes (SD)", "ms"),
    "cv_ioi_percent": MetricWords("Evenness", "share of the interval", "%"),
    "robust_sd_ioi_s": MetricWords("Evenness", "without the worst (robust)", "ms"),
    "deviation_spread_s": MetricWords("Timing", "spread about the beat", "ms"),
    "deviation_bias_s": MetricWords("Timing", "early (-) or late (+)", "ms"),
    "drift_s_per_s": MetricWords("Timing", "drift against the beat", "ms/s"),
    "loudness_sd_db": MetricWords("Loudness", "note to note (SD)", "dB"),
    "gate_ratio": MetricWords("Articulation", "length / interval", ""),
    "gate_ratio_sd": MetricWords("Articulation", "its spread (SD)", ""),
    "attack_sd_s": MetricWords("Articulation", "attack spread (SD)", "ms"),
}
"""Words for every measure, by its key, in the order of the report."""


def in_player_units(value: float, unit: str) -> float:
    """Seconds become milliseconds; all else stays."""
    return 1000.0 * value if unit in {"s", "s/s"} else value


def finding(snapshot: SessionSnapshot) -> str:
    """Return the one sentence that matters most."""
    n_notes = len(snapshot.notes)
    if n_notes == 0:
        return "No notes were heard."
    sd_ioi = snapshot.metric("sd_ioi_s")
    if sd_ioi.is_refused:
        return f"{_notes(n_notes)} heard; no evenness yet: {sd_ioi.refusal}."
    value_ms = 1000.0 * sd_ioi.value
    half_ms = 1000.0 * max(sd_ioi.high - sd_ioi.value, sd_ioi.value - sd_ioi.low)
    measured = f"{value_ms:.0f} ± {half_ms:.0f} ms between notes, {sd_ioi.n} intervals"
    if sd_ioi.is_at_floor:
        return (
            f"As even as can be told: {measured};"
            f" the detector alone would show {1000.0 * sd_ioi.floor:.0f}."
        )
    return f"{_verdict(sd_ioi, snapshot)}: {measured} (floor {1000.0 * sd_ioi.floor:.0f})."


def _verdict(sd_ioi: Metric, snapshot: SessionSnapshot) -> str:
    interval_s = float(np.median(snapshot.intervals.ioi_s))
    noticed_s = max(0.006, 0.025 * interval_s)
    if sd_ioi.value <= noticed_s:
        return "Very even"
    if sd_ioi.value <= 2.0 * noticed_s:
        return "Fairly even: a trained ear hears it move"
    return "Uneven enough to be heard"


def _notes(n_notes: int) -> str:
    return "1 note" if n_notes == 1 else f"{n_notes} notes"


def recording_remarks(review: TakeReview) -> list[str]:
    """What about the recording itself the player should know; often nothing."""
    health = review.health
    remarks: list[str] = []
    if health.n_clipped_samples:
        remarks.append(
            f"clipped ({health.n_clipped_samples} samples at full scale): the loudest notes"
            " read too soft. Turn the input down."
        )
    if health.is_cut_short:
        remarks.append("the file ends before its header says; only what was there is reported.")
    if 0 < health.peak < QUIET_PEAK:
        remarks.append("very quiet: soft notes may be lost in noise. Turn the input up.")
    if abs(health.dc_offset) > LARGE_DC_OFFSET:
        remarks.append("the microphone adds a constant (DC) offset; it was taken out.")
    if health.mix_loss_db > CANCELLED_DB:
        remarks.append("the channels cancel each other; try --channel 1.")
    if review.file_rate_hz < PHONE_RATE_HZ:
        remarks.append(
            f"sampled at {review.file_rate_hz} Hz: the highest sounds of an attack are missing,"
            " times are less sure."
        )
    return remarks
