"""Fingers on a table or an instrument's body: the sharpest ruler for precision tasks."""

from __future__ import annotations

from practiceear.instruments.profile import DetectorError, Family, InstrumentProfile
from practiceear.notes.tracker import TrackerConfig
from practiceear.onset.config import DetectorConfig

TAP = InstrumentProfile(
    name="tap",
    family=Family.TAP,
    pitch_range=None,
    # Real taps on a guitar's body against hand labels, whose own error is part of it.
    detector_error=DetectorError(
        onset_s=0.0018, bias_s=0.004, level_db=0.3, gate_sd=0.10, gate_bias=0.33, attack_s=0.0030
    ),
    detector=DetectorConfig(target="taps"),
    tracker=TrackerConfig(end_fall_db=15.0),
    has_gate=False,  # a knock has no length that the player chooses
)
