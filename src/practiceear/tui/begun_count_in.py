"""The count-in of a silent rehearsal as it begins: heard where it can be, else only seen."""

from __future__ import annotations

from dataclasses import dataclass, replace

from practiceear.errors import PracticeEarError
from practiceear.practice.run_orders import Rehearse
from practiceear.tui.player import CountIn, Setup, Studio


@dataclass(frozen=True, slots=True)
class BegunCountIn:
    """A count-in that has begun.

    Attributes
    ----------
    sound
        What is heard, to be closed at the end; None where it is only seen.
    lead_s
        So long from now its first beat comes.
    warning
        Why it is not heard, where it should have been; may be empty.
    """

    sound: CountIn | None = None
    lead_s: float = 0.0
    warning: str = ""


def begin_count_in(studio: Studio, setup: Setup, rehearsal: Rehearse) -> BegunCountIn:
    """Let the count-in of a rehearsal sound, if it can; may take seconds."""
    if rehearsal.program is None:
        return BegunCountIn()
    sound = None
    try:
        sound = studio.new_count_in(replace(setup, program=rehearsal.program))
        return BegunCountIn() if sound is None else BegunCountIn(sound, sound.start())
    except PracticeEarError as error:
        if sound is not None:
            sound.close()
        return BegunCountIn(warning=f"The count-in is only seen: {error}")
