"""Piano and other keyboards with hammers."""

from __future__ import annotations

from practiceear.instruments.profile import DetectorError, Family, InstrumentProfile
from practiceear.notes.pitch import PitchRange
from practiceear.notes.tracker import TrackerConfig

PIANO = InstrumentProfile(
    name="piano",
    family=Family.STRUCK,
    # From A flat 1: lower strings need a longer look than a 16th note lasts.
    pitch_range=PitchRange(51.0, 4300.0),
    detector_error=DetectorError(
        onset_s=0.0011, bias_s=0.002, level_db=1.3, gate_sd=0.08, gate_bias=0.11, attack_s=0.0083
    ),
    # Strings die away by themselves; the damper is faster.
    tracker=TrackerConfig(end_fall_db=18.0, natural_decay_db_s=20.0),
)
