"""Flutes, reeds and brass."""

from __future__ import annotations

from practiceear.instruments.profile import DetectorError, Family, InstrumentProfile
from practiceear.notes.pitch import PitchRange
from practiceear.notes.tracker import TrackerConfig

# The tongue stops the air within a few milliseconds, but a room hides all that is more than
# about 10 dB below the note.
BLOWN_NOTES = TrackerConfig(end_fall_db=10.0)

FLUTE = InstrumentProfile(
    name="flute",
    family=Family.FLUTE,
    pitch_range=PitchRange(238.0, 2700.0),  # B3 = 247 Hz with a B foot, to E7
    detector_error=DetectorError(
        onset_s=0.0058, bias_s=0.024, level_db=1.5, gate_sd=0.14, gate_bias=0.11, attack_s=0.0145
    ),
    tracker=BLOWN_NOTES,
    has_struck_tones=False,
)

CLARINET = InstrumentProfile(
    name="clarinet",
    family=Family.REED,
    pitch_range=PitchRange(135.0, 2200.0),  # sounding C#3 = 139 Hz on the A clarinet
    detector_error=DetectorError(
        onset_s=0.0049, bias_s=0.022, level_db=1.0, gate_sd=0.07, gate_bias=0.06, attack_s=0.0115
    ),
    tracker=BLOWN_NOTES,
    has_struck_tones=False,
)

OBOE = InstrumentProfile(
    name="oboe",
    family=Family.REED,
    pitch_range=PitchRange(224.0, 1900.0),  # B flat 3 = 233 Hz
    detector_error=DetectorError(
        onset_s=0.0035, bias_s=0.008, level_db=0.9, gate_sd=0.08, gate_bias=0.07, attack_s=0.0138
    ),
    tracker=BLOWN_NOTES,
    has_struck_tones=False,
)

SAXOPHONE = InstrumentProfile(
    name="saxophone",
    family=Family.REED,
    pitch_range=PitchRange(62.0, 1600.0),  # from the baritone's C2 to the soprano's top
    detector_error=DetectorError(
        onset_s=0.0039, bias_s=0.013, level_db=0.8, gate_sd=0.07, gate_bias=0.09, attack_s=0.0140
    ),
    tracker=BLOWN_NOTES,
    has_struck_tones=False,
)

TRUMPET = InstrumentProfile(
    name="trumpet",
    family=Family.BRASS,
    pitch_range=PitchRange(158.0, 1500.0),  # sounding E3 = 165 Hz
    detector_error=DetectorError(
        onset_s=0.0028, bias_s=0.012, level_db=1.0, gate_sd=0.08, gate_bias=0.07, attack_s=0.0210
    ),
    tracker=BLOWN_NOTES,
    has_struck_tones=False,
)
