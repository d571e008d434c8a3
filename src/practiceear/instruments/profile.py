"""Instrument profiles.

A profile is data: which pitches an instrument plays, how its notes start and stop, and how
exactly the detector times them. Any package may offer one through the entry-point
group ``practiceear.instruments``; it must be an :class:`InstrumentProfile`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from practiceear.notes.pitch import PitchRange
from practiceear.notes.tracker import TrackerConfig
from practiceear.onset.config import DetectorConfig


class Family(Enum):
    """How the sound is made; detector and measures differ by it."""

    BOWED = "bowed"
    PLUCKED = "plucked"
    REED = "reed"
    FLUTE = "flute"
    BRASS = "brass"
    STRUCK = "struck"
    TAP = "tap"


@dataclass(frozen=True, slots=True)
class DetectorError:
    """The detector's own error on this instrument: one standard deviation, and the bias.

    Measured on rendered notes whose onset is known to the sample: ``benchmarks/floors.py``
    and ``benchmarks/typical_errors.py``, figures in ``benchmarks/results``.

    Attributes
    ----------
    onset_s
        Of an onset time, after the constant bias: the median over takes, against the moment
        when the note comes within 20 dB of its top. One take in ten exceeds it by half to
        three times. It stands for onsets without an estimate by the detector:
        taps, and notes added by hand.
    bias_s
        How far the mean of many onset times is off the first -40 dB of the note, the worst
        moment that it could be compared with: it follows how slowly a tone rises.
    level_db
        Of a note's level.
    gate_sd, gate_bias
        Of one gate ratio, and of the mean of many: a room blurs where a note ends.
    attack_s
        Of an attack time.
    repeated
        A note may be off by this many times its estimated error every time it is played: a
        note, place or stroke that is late by less is not named. In one take of twenty some
        note of the pattern exceeds 2.8 (141 rendered takes;
        bowed 2.9, piano 2.8, plucked and winds 2.6), each instrument tested on the others
        2.6 to 2.9 (``benchmarks/named_notes.py``).
    """

    onset_s: float
    bias_s: float
    level_db: float
    gate_sd: float
    gate_bias: float
    attack_s: float
    repeated: float = 3.0

    def __post_init__(self) -> None:
        for name in (
            "onset_s", "bias_s", "level_db", "gate_sd", "gate_bias", "attack_s", "repeated"
        ):  # fmt: skip
            if not 0 < getattr(self, name) < 10:
                raise ValueError(f"{name} of a floor must be above 0, not {getattr(self, name)}")


@dataclass(frozen=True, slots=True)
class InstrumentProfile:
    """One instrument.

    ``detector``, ``tracker``: settings that differ from the defaults, each justified where it is
    set. ``has_gate``: whether a note's end can be heard; False where it rings on or a pedal holds
    it. ``has_struck_tones``: whether some of its notes begin as a click does: struck, plucked or
    knocked; where none do, what sounds very much like a click is no note.
    """

    name: str  # as typed by the user: lower case, words joined by hyphens
    family: Family  # how its sound is made
    pitch_range: PitchRange | None  # where to look for pitch; None for sounds without pitch
    detector_error: DetectorError  # how exactly its notes are measured
    detector: DetectorConfig = field(default_factory=DetectorConfig)
    tracker: TrackerConfig = field(default_factory=TrackerConfig)
    has_gate: bool = True
    has_struck_tones: bool = True

    def __post_init__(self) -> None:
        if not self.name or self.name != self.name.lower() or " " in self.name:
            raise ValueError(f"a profile's name is lower case without blanks, not {self.name!r}")


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
"""What is assumed where the user names no instrument: the least common denominator."""
