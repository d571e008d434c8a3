"""What a live session is to do."""

from __future__ import annotations

from dataclasses import dataclass

from practiceear.audio.take_writer import TakeWriter
from practiceear.instruments.profile import InstrumentProfile
from practiceear.metronome.program import MetronomeProgram


@dataclass(frozen=True, slots=True)
class LivePlan:
    """What a live session is to do.

    Attributes
    ----------
    profile
        The instrument that is listened for.
    program
        The metronome; None plays free.
    lag_s
        Round trip of a click from a calibration of these devices; None where there is none.
    writer
        Where the take is written; None does not record.
    is_quiet_when_in_time
        Let the click rest while all notes are inside the window.
    ends_by_itself
        End after silence.
    """

    profile: InstrumentProfile
    program: MetronomeProgram | None = None
    lag_s: float | None = None
    writer: TakeWriter | None = None
    is_quiet_when_in_time: bool = False
    ends_by_itself: bool = True
