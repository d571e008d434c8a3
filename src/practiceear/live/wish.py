"""What a player asks for; light, so that the screen is there before anything heavy is loaded."""

from __future__ import annotations

from dataclasses import dataclass, field

from practiceear.audio.stream import StreamWish
from practiceear.metronome.program import MetronomeProgram
from practiceear.rhythm.grid import Subdivision

DEMO_NAME = "the built-in demo take"
DEMO_PROGRAM = MetronomeProgram(66.0, subdivision=Subdivision.parse("4"))
"""What the demo take was played to; a test holds it to the take's own file."""


@dataclass(frozen=True, slots=True)
class LiveWish:
    """What a player asks for.

    Attributes
    ----------
    instrument
        Name of a profile; None for any.
    program
        The metronome; None plays free.
    is_recording
        Whether the take is kept.
    is_quiet_when_in_time
        Whether the click rests while all is in time.
    stream
        Devices, and how they are opened.
    """

    instrument: str | None = None
    program: MetronomeProgram | None = None
    is_recording: bool = True
    is_quiet_when_in_time: bool = False
    ends_by_itself: bool = True
    stream: StreamWish = field(default_factory=StreamWish)
