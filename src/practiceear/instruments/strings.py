"""Bowed and plucked strings; bowed ones are plucked too, so all may have struck tones."""

from __future__ import annotations

from practiceear.instruments.profile import DetectorError, Family, InstrumentProfile
from practiceear.notes.pitch import PitchRange
from practiceear.notes.tracker import TrackerConfig

# Bow strokes swell and fade within a note, and a room hides all that is more than about
# 10 dB below it. Least error of gate ratios on rendered takes, dry to roomy, with 10 dB.
BOWED_NOTES = TrackerConfig(end_fall_db=10.0, natural_decay_db_s=10.0)
# A plucked string dies away by itself; what ends a note is a finger, which is faster.
PLUCKED_NOTES = TrackerConfig(end_fall_db=18.0, natural_decay_db_s=20.0)

VIOLIN = InstrumentProfile(
    name="violin",
    family=Family.BOWED,
    pitch_range=PitchRange(190.0, 3600.0),  # open G3 = 196 Hz, to the end of the fingerboard
    detector_error=DetectorError(
        onset_s=0.0023, bias_s=0.010, level_db=1.1, gate_sd=0.06, gate_bias=0.10, attack_s=0.0330
    ),
    tracker=BOWED_NOTES,
)

VIOLA = InstrumentProfile(
    name="viola",
    family=Family.BOWED,
    pitch_range=PitchRange(126.0, 2400.0),  # open C3 = 131 Hz
    detector_error=DetectorError(
        onset_s=0.0038, bias_s=0.009, level_db=0.9, gate_sd=0.06, gate_bias=0.07, attack_s=0.0215
    ),
    tracker=BOWED_NOTES,
)

CELLO = InstrumentProfile(
    name="cello",
    family=Family.BOWED,
    pitch_range=PitchRange(62.0, 1400.0),  # open C2 = 65.4 Hz
    detector_error=DetectorError(
        onset_s=0.0042, bias_s=0.010, level_db=2.4, gate_sd=0.08, gate_bias=0.08, attack_s=0.0200
    ),
    tracker=BOWED_NOTES,
)

DOUBLE_BASS = InstrumentProfile(
    name="double-bass",
    family=Family.BOWED,
    pitch_range=PitchRange(39.0, 700.0),  # open E1 = 41.2 Hz
    # Plucked it is heard to 2 ms; bowed it was not measured and is taken for a cello.
    detector_error=DetectorError(
        onset_s=0.0042, bias_s=0.010, level_db=2.4, gate_sd=0.26, gate_bias=0.50, attack_s=0.0300
    ),
    tracker=BOWED_NOTES,
    has_gate=False,  # plucked it rings on: lengths were off by half an interval
)

GUITAR = InstrumentProfile(
    name="guitar",
    family=Family.PLUCKED,
    pitch_range=PitchRange(78.0, 1400.0),  # open E2 = 82.4 Hz; dropped D is left out for speed
    detector_error=DetectorError(
        onset_s=0.0011, bias_s=0.007, level_db=0.5, gate_sd=0.11, gate_bias=0.14, attack_s=0.0064
    ),
    tracker=PLUCKED_NOTES,
)
