"""What a live session shows at one moment, for screens and line output."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum


class LivePhase(Enum):
    """Where a live session stands."""

    READY = "ready"  # listening; starts with the first note, or with the count-in
    COUNT_IN = "count-in"
    PLAYING = "playing"
    FINISHED = "finished"  # ended by silence or by the player: the take can be reviewed
    FAILED = "failed"  # the sound stopped coming: what was played is saved


class NoteState(Enum):
    """How sure the detector is of a note."""

    PROVISIONAL = "provisional"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class LiveNote:
    """One note of the strip.

    Attributes
    ----------
    onset_id
        The same while it is provisional and confirmed; a retracted note is not listed.
    onset_s
        Since the stream began.
    deviation_s
        Late is positive; NaN where there is no metronome or no slot near enough. About the
        player's own mean where `LiveSnapshot.is_calibrated` is False.
    level_dbfs
        NaN until the note has ended.
    beat, slot
        The nearest beat of the bar and slot of the beat, from 0; None without a metronome.
    known_at_s
        When its sound reached the analysis, on the session's clock: before what the detector,
        the disk and the screen take.
    """

    onset_id: int
    onset_s: float
    state: NoteState
    deviation_s: float = math.nan
    level_dbfs: float = math.nan
    known_at_s: float = math.nan
    beat: int | None = None
    slot: int | None = None


@dataclass(frozen=True, slots=True)
class LiveSnapshot:
    """A frozen picture of a live session.

    Attributes
    ----------
    bar, beat, bpm
        Of the metronome; bars of the count-in are below 0, beats count from 0; None without one.
    is_click_audible
        False in silent bars and while the click rests because all is in time.
    breath_phase
        Below 0: breathing in, -1 to 0; above: breathing out, 0 to 1; None without a cue.
    level_dbfs, peak_dbfs, is_clipping
        RMS of the last tenth of a second; peak of the last second, and whether it is full scale.
    notes, n_notes
        The last notes, the newest last, and how many were confirmed in all.
    spread_s, spread_n, spread_low_s, spread_high_s
        SD of the confirmed deviations about their centre (with metronome) or of the intervals
        (without), over the last 32, and its 95 % interval; NaN until there are 8.
    bias_floor_s
        How far off the detector, or a calibration, may place all notes alike: nearer to the
        click than that nobody is early or late.
    inner_s, outer_s
        The on-time windows at this tempo: not audible, audible (Friberg & Sundberg 1995).
    is_calibrated
        Whether early and late are known, not only even and uneven.
    n_gaps, n_lost_samples
        Sound that did not arrive.
    is_recording
        Whether the take is being written to disk.
    warning
        What is wrong now and what to do, in a line; or empty.
    """

    phase: LivePhase = LivePhase.READY
    elapsed_s: float = 0.0
    bar: int | None = None
    beat: int | None = None
    n_beats: int = 4
    bpm: float | None = None
    is_click_audible: bool = False
    breath_phase: float | None = None
    level_dbfs: float = -math.inf
    peak_dbfs: float = -math.inf
    is_clipping: bool = False
    notes: tuple[LiveNote, ...] = ()
    n_notes: int = 0
    spread_s: float = math.nan
    spread_n: int = 0
    spread_low_s: float = math.nan
    spread_high_s: float = math.nan
    bias_floor_s: float = 0.0
    inner_s: float = math.nan
    outer_s: float = math.nan
    is_calibrated: bool = False
    n_gaps: int = 0
    n_lost_samples: int = 0
    is_recording: bool = False
    warning: str = ""
