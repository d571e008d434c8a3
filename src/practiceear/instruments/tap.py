"""Fingers on a table or an instrument's body: the sharpest ruler for precision tasks."""

from __future__ import annotations

from practiceear.instruments.profile import DetectorFloor, Family, InstrumentProfile
from practiceear.notes.tracker import TrackerConfig

TAP = InstrumentProfile(
    name="tap",
    family=Family.TAP,
    pitch_range=None,
    floor=DetectorFloor(onset_s=0.0015, level_db=0.5, gate_ratio=0.10, attack_s=0.003),
    tracker=TrackerConfig(end_fall_db=15.0),
    has_gate=False,  # a knock has no length that the player chooses
)
