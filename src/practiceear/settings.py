"""What is played, how it is analysed and how a live take runs: light, for every room to share."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from practiceear.audio.blocks import StreamOptions
from practiceear.metronome.program import MetronomeProgram
from practiceear.rhythm.grid import Meter, MetronomeGrid, Subdivision

DEMO_NAME = "the built-in demo take"
DEMO_PROGRAM = MetronomeProgram(66.0, subdivision=Subdivision.parse("4"))
"""What the demo take was played to; a test compares it with the take's own file."""


@dataclass(frozen=True, slots=True)
class Exercise:
    """What the player set out to play, as far as it is known.

    Attributes
    ----------
    bpm
        Beats per minute; None: to be found from the notes.
    meter
        Beats in a bar and their groups.
    subdivision
        Notes to a beat; None: to be found from the notes.
    first_beat_s
        When the first click sounded, in seconds of the take; None where it is not known.
    first_beat_off_s
        How far off that may be, at most in one take of twenty.
    program_grid
        The grid of a metronome whose tempo changed, as it was sent or, where ``first_beat_s``
        is known, as it sounded.
    is_tempo_steady
        False where the metronome's tempo changed in ways that are not known: no one grid is
        looked for then.
    instrument
        Name of a profile; None where none is named.
    """

    bpm: float | None = None
    meter: Meter = field(default_factory=Meter)
    subdivision: Subdivision | None = None
    first_beat_s: float | None = None
    first_beat_off_s: float = 0.0
    program_grid: MetronomeGrid | None = None
    is_tempo_steady: bool = True
    instrument: str | None = None


@dataclass(frozen=True, slots=True)
class AnalysisOptions:
    """How a recorded take is analysed.

    Attributes
    ----------
    channel
        The channel to listen to, from 1 on; None takes the average of all.
    edits
        File of corrections to the notes; None where there is none.
    has_long_tones
        Whether it is measured how steadily tones are held.
    has_second_opinion
        Whether aubio's onsets are compared.
    """

    channel: int | None = None
    edits: Path | None = None
    has_long_tones: bool = False
    has_second_opinion: bool = False


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """Everything that is chosen before a live take.

    Attributes
    ----------
    instrument
        Name of a profile; None for any.
    program
        The metronome; None plays free.
    stream
        Devices, and how they are opened.
    is_quiet
        Only beat, bar and level while playing: no judgement until the end.
    is_quiet_when_in_time
        Whether the click rests while all notes are in time.
    is_recording
        Whether the take is recorded.
    ends_by_itself
        Whether silence ends the take.
    """

    instrument: str | None = None
    program: MetronomeProgram | None = None
    stream: StreamOptions = field(default_factory=StreamOptions)
    is_quiet: bool = False
    is_quiet_when_in_time: bool = False
    is_recording: bool = True
    ends_by_itself: bool = True

    @property
    def exercise(self) -> Exercise:
        """What a recording opened with these options is taken to be.

        The tempo where the metronome keeps one; else it is found from the notes. When the first
        click sounded is never known of a file.
        """
        program = self.program
        if program is None or program.steady_bpm is None:
            return Exercise(instrument=self.instrument)
        return Exercise(
            program.steady_bpm,
            program.meter,
            program.subdivision,
            instrument=self.instrument,
        )
