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

    ``first_beat_s``: when the first click sounded, in seconds of the take; None where it is not
    known. ``program_grid``: the grid of a metronome whose tempo changed, as it was sent or, where
    ``first_beat_s`` is known, as it sounded. ``is_tempo_steady``: False where the metronome's tempo
    changed in ways that are not known: no one grid is looked for then.
    """

    bpm: float | None = None  # beats per minute; None: to be found from the notes
    meter: Meter = field(default_factory=Meter)  # beats in a bar and their groups
    subdivision: Subdivision | None = None  # notes to a beat; None: to be found from the notes
    first_beat_s: float | None = None
    first_beat_off_s: float = 0.0  # how far off that may be, at most in one take of twenty
    program_grid: MetronomeGrid | None = None
    is_tempo_steady: bool = True
    instrument: str | None = None  # name of a profile; None where none is named


@dataclass(frozen=True, slots=True)
class AnalysisOptions:
    """How a recorded take is analysed."""

    channel: int | None = None  # the channel to listen to, from 1 on; None takes the average of all
    edits: Path | None = None  # file of corrections to the notes; None where there is none
    has_long_tones: bool = False  # whether it is measured how steadily tones are held
    has_second_opinion: bool = False  # whether aubio's onsets are compared


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """Everything that is chosen before a live take."""

    instrument: str | None = None  # name of a profile; None for any
    program: MetronomeProgram | None = None  # the metronome; None plays free
    stream: StreamOptions = field(default_factory=StreamOptions)  # devices, and how they are opened
    is_quiet: bool = False  # only beat, bar and level while playing: no judgement until the end
    is_quiet_when_in_time: bool = False  # whether the click rests while all notes are in time
    is_recording: bool = True  # whether the take is recorded
    ends_by_itself: bool = True  # whether silence ends the take

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
