"""What is assumed where the user names no instrument: the least common denominator."""

from __future__ import annotations

from practiceear.instruments.profile import DetectorError, Family, InstrumentProfile
from practiceear.notes.pitch import PitchRange
from practiceear.notes.tracker import TrackerConfig

UNNAMED = InstrumentProfile(
    name="any",
    family=Family.BOWED,  # the hardest to time: no floor is promised that a violin would break
    pitch_range=PitchRange(62.0, 3600.0),
    detector_error=DetectorError(
        onset_s=0.0058, bias_s=0.024, level_db=2.4, gate_sd=0.15, gate_bias=0.25, attack_s=0.0330
    ),
    # Between a bow, which does not decay, and a string, which does.
    tracker=TrackerConfig(end_fall_db=12.0, natural_decay_db_s=15.0),
)
