"""What a live session is to do."""

from __future__ import annotations

from dataclasses import dataclass, field

from practiceear.audio.take_writer import TakeWriter
from practiceear.instruments.profile import InstrumentProfile
from practiceear.settings import LiveOptions


@dataclass(frozen=True, slots=True)
class LivePlan:
    """What a live session is to do.

    Attributes
    ----------
    profile
        The instrument that is listened for.
    options
        As they were chosen.
    lag_s
        Round trip of a click from a calibration of these devices; None where there is none.
    writer
        Where the take is written; None does not record.
    """

    profile: InstrumentProfile
    options: LiveOptions = field(default_factory=LiveOptions)
    lag_s: float | None = None
    writer: TakeWriter | None = None
