"""Flutes, reeds and brass."""

from __future__ import annotations

from practiceear.instruments.profile import DetectorFloor, Family, InstrumentProfile
from practiceear.notes.pitch import PitchRange
from practiceear.notes.tracker import TrackerConfig

# The tongue stops the air within a few milliseconds, but a room hides all that is more than
# about 10 dB below the note.
BLOWN_NOTES = TrackerConfig(end_fall_db=10.0)

REED_FLOOR = DetectorFloor(onset_s=0.0080, level_db=0.8, gate_ratio=0.10, attack_s=0.020)
FLUTE_FLOOR = DetectorFloor(onset_s=0.0100, level_db=0.8, gate_ratio=0.10, attack_s=0.020)
BRASS_FLOOR = DetectorFloor(onset_s=0.0080, level_db=0.8, gate_ratio=0.10, attack_s=0.020)

FLUTE = InstrumentProfile(
    name="flute",
    family=Family.FLUTE,
    pitch_range=PitchRange(238.0, 2700.0),  # B3 = 247 Hz with a B foot, to E7
    floor=FLUTE_FLOOR,
    tracker=BLOWN_NOTES,
)

CLARINET = InstrumentProfile(
    name="clarinet",
    family=Family.REED,
    pitch_range=PitchRange(135.0, 2200.0),  # sounding C#3 = 139 Hz on the A clarinet
    floor=REED_FLOOR,
    tracker=BLOWN_NOTES,
)

OBOE = InstrumentProfile(
    name="oboe",
    family=Family.REED,
    pitch_range=PitchRange(224.0, 1900.0),  # B flat 3 = 233 Hz
    floor=REED_FLOOR,
    tracker=BLOWN_NOTES,
)

SAXOPHONE = InstrumentProfile(
    name="saxophone",
    family=Family.REED,
    pitch_range=PitchRange(62.0, 1600.0),  # from the baritone's C2 to the soprano's top
    floor=REED_FLOOR,
    tracker=BLOWN_NOTES,
)

TRUMPET = InstrumentProfile(
    name="trumpet",
    family=Family.BRASS,
    pitch_range=PitchRange(158.0, 1500.0),  # sounding E3 = 165 Hz
    floor=BRASS_FLOOR,
    tracker=BLOWN_NOTES,
)
