"""What a live session shows at one moment: a frozen picture for the screen and the line output."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import Enum

from practiceear.live.click_feed import ClickFeed
from practiceear.live.levels import LevelMeter


class LivePhase(Enum):
    """Where a live session stands."""

    READY = "ready"  # listening; starts with the first note, or with the count-in
    COUNT_IN = "count-in"
    PLAYING = "playing"
    FINISHED = "finished"  # ended by silence or by the player: the take can be reviewed
    FAILED = "failed"  # the sound stopped coming: what was played is kept


class NoteState(Enum):
    """How sure the ear is of a note."""

    PROVISIONAL = "called"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class LiveNote:
    """One note of the strip.

    Attributes
    ----------
    onset_id
        The same from its call to its settling; a retracted one is no longer listed.
    onset_s
        Since the stream began.
    deviation_s
        Late is positive; NaN where there is no metronome or no slot near enough. About the
        player's own centre where `LiveSnapshot.is_calibrated` is False.
    level_dbfs
        NaN until the note was measured.
    beat, slot
        The beat of the bar and the slot of the beat that it is nearest to, from 0; None without
        a metronome.
    known_at_s
        When the sound that told of it reached the analysis, on the session's clock: what the
        ear, the disk and the screen take comes after.
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
    bar, beat
        Of the metronome; bars of the count-in are below 0, beats count from 0; None without one.
    beat_phase
        How much of the beat has passed, 0 to 1.
    bpm
        Tempo of the bar; None without a metronome.
    is_click_audible
        False in silent bars and while the click rests because all is in time.
    breath_phase
        Below 0: breathing in, -1 to 0; above: breathing out, 0 to 1; None without a cue.
    level_dbfs, peak_dbfs
        RMS of the last tenth of a second; peak of the last second.
    is_clipping
        Whether full scale was reached in the last second.
    notes
        The last notes, the newest last.
    n_notes
        All confirmed notes so far.
    spread_s, spread_n, spread_floor_s
        SD of the confirmed deviations about their centre (with metronome) or of the intervals
        (without), over the last 32; NaN until there are 8; the detector's own share of it.
    spread_low_s, spread_high_s
        Its 95 % interval, from the same function as that of the summary.
    bias_floor_s
        How far off the ear, or a calibration, may place all notes alike: nearer to the click
        than that nobody is early or late.
    inner_s, outer_s
        The on-time windows at this tempo: not audible, audible (Friberg & Sundberg 1995).
    is_calibrated
        Whether early and late are known, not only even and uneven.
    n_gaps, n_lost_samples
        Sound that did not arrive.
    is_recording
        Whether the take is being written to disk.
    warning
        One line, or empty: what is wrong just now and what to do.
    """

    phase: LivePhase = LivePhase.READY
    elapsed_s: float = 0.0
    bar: int | None = None
    beat: int | None = None
    n_beats: int = 4
    beat_phase: float = 0.0
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
    spread_floor_s: float = math.nan
    bias_floor_s: float = 0.0
    inner_s: float = math.nan
    outer_s: float = math.nan
    is_calibrated: bool = False
    n_gaps: int = 0
    n_lost_samples: int = 0
    is_recording: bool = False
    warning: str = ""


def with_beat(
    picture: LiveSnapshot, feed: ClickFeed, now_s: float, *, is_resting: bool
) -> LiveSnapshot:
    """Return the picture with where the metronome is.

    Parameters
    ----------
    now_s
        Of the stream, as the loudspeaker hears it.
    is_resting
        Whether the click rests because all is in time.
    """
    place, program = feed.place(now_s), feed.program
    if place is None:
        return replace(picture, n_beats=program.meter.n_beats, bpm=program.bpm)
    beats_played = place.bar * program.meter.n_beats + place.beat_position
    return replace(
        picture,
        bar=place.bar,
        beat=place.beat,
        n_beats=program.meter.n_beats,
        beat_phase=min(place.beat_position - place.beat, 1.0),
        bpm=place.bpm,
        is_click_audible=place.is_audible and not is_resting,
        breath_phase=program.breath_phase(beats_played),
    )


LAG_MOVED_S = 0.003
"""Half of what is heard as late: from here on the calibration no longer holds."""


def worst_warning(*warnings: str) -> str:
    """Return the first that says anything; empty where none does."""
    return next((one for one in warnings if one), "")


def gap_warning(n_gaps: int) -> str:
    """Say that sound did not arrive."""
    if not n_gaps:
        return ""
    times = "once" if n_gaps == 1 else f"{n_gaps} times"
    return f"sound was lost {times}: the take is split there"


def level_warning(level: LevelMeter, *, has_notes: bool) -> str:
    """Say that the microphone is too loud or mute."""
    if level.is_clipping:
        return "too loud: turn the microphone down"
    if level.is_digitally_silent and not has_notes:
        return "not a sound arrives: is the microphone muted?"
    return ""


def gain_warning(*, is_controlled: bool) -> str:
    """Say that something turns the microphone up while nobody plays."""
    if not is_controlled:
        return ""
    return "the level moves by itself: switch off automatic gain in the sound settings"


def lag_warning(known_s: float | None, heard_s: float | None) -> str:
    """Say that the delay heard in this take is not that of the calibration."""
    if known_s is None or heard_s is None or abs(heard_s - known_s) <= LAG_MOVED_S:
        return ""
    moved_ms = 1000 * (heard_s - known_s)
    return f"the delay moved by {moved_ms:+.0f} ms since the calibration: taken as heard"
