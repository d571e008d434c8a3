"""A profile as a stranger would write it: nothing but data."""

from practiceear.instruments.profile import DetectorError, Family, InstrumentProfile
from practiceear.notes.pitch import PitchRange
from practiceear.notes.tracker import TrackerConfig

HURDY_GURDY = InstrumentProfile(
    name="hurdy-gurdy",
    family=Family.BOWED,
    pitch_range=PitchRange(190.0, 1200.0),  # the melody strings of a G/C instrument
    # Not measured yet: those of the hardest bowed instrument.
    detector_error=DetectorError(
        onset_s=0.0064, bias_s=0.010, level_db=2.4, gate_sd=0.10, gate_bias=0.10, attack_s=0.0330
    ),
    tracker=TrackerConfig(end_fall_db=10.0, natural_decay_db_s=10.0),
    has_gate=False,  # the wheel never stops
)

NOT_A_PROFILE = "hurdy-gurdy"
