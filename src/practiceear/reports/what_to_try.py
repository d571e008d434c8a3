"""What to try next, in one sentence about the sound: never about a finger, never a diagnosis.

Attention to the sound helps more than attention to the fingers (Duke, Cash & Allen 2011).
Each case has a whole sentence with named fields, so that it can be translated.
"""

from __future__ import annotations

from enum import Enum

from practiceear.analysis.review import TakeReview
from practiceear.analysis.snapshot import NOTES_MISSING, UNCLEAR_SHARE, SessionSnapshot
from practiceear.instruments.profile import UNNAMED
from practiceear.metrics.catalogue import MetricKey
from practiceear.metrics.intervals import Unfit
from practiceear.metrics.on_time import Side
from practiceear.metrics.reliability import FEWEST_FOR_FIRM
from practiceear.metrics.runs.notes import NoteHabit, RunFinding
from practiceear.reports.words import (
    METRONOME_SD_S,
    OUTLIER_RATIO,
    clear_habit,
    misfit,
    note_name,
    places_name,
    unfit_words,
)
from practiceear.rhythm.tempo import Misfit

UNEVEN_DB = 3.0
"""From here on a row of notes sounds uneven: three times what is just told of piano tones."""

UNEVEN_LENGTH = 0.15
"""Lengths that differ by so much of the interval are heard as short and long notes."""


FAST_NOTE_S = 0.125
"""Notes that follow each other faster run together: those of a bow or a breath are lost."""


class Case(Enum):
    """What matters most about a take."""

    NOTHING_HEARD = "nothing heard"
    TOO_FEW = "too few"
    MACHINE = "machine"
    NO_GRID = "no grid"
    OTHER_TEMPO = "other tempo"
    LENGTHS = "lengths"
    TWO_TEMPOS = "two tempos"
    RUBATO = "rubato"
    TOO_VAGUE = "too vague"
    UNCLEAR = "unclear"
    UNCLEAR_UNNAMED = "unclear, no instrument named"
    FAR = "far"
    LATE = "late"
    EARLY = "early"
    OFF_BEATS = "off-beats"
    PLACE_LATE = "place late"
    PLACE_EARLY = "place early"
    HABIT_LATE = "habit late"
    HABIT_EARLY = "habit early"
    WANDER = "wander"
    DRIFT = "drift"
    ONE_NOTE = "one note"
    UNEVEN = "uneven"
    LOUDNESS = "loudness"
    ARTICULATION = "articulation"
    AT_FLOOR = "at the floor"
    UNSURE = "unsure"
    UNSURE_FAST = "unsure, of fast notes"
    EVEN = "even"


TO_TRY = {
    Case.NOTHING_HEARD: "play nearer to the microphone, or turn its input up.",
    Case.TOO_FEW: "play the same again for longer, so that there is enough to tell from.",
    Case.MACHINE: "take the click by headphones, so that only you are heard.",
    Case.NO_GRID: "play notes of one length to a click whose tempo I know.",
    Case.OTHER_TEMPO: "leave the tempo out, or give the one that you played.",
    Case.LENGTHS: "play one note value at a time, so that equal notes stand side by side.",
    Case.TWO_TEMPOS: "record each tempo by itself.",
    Case.RUBATO: "to hear how even you are, play one note value in strict time, to a click.",
    Case.TOO_VAGUE: "play the same again, a little slower and for longer.",
    Case.UNCLEAR: "play nearer to the microphone or in a quieter room.",
    Case.UNCLEAR_UNNAMED: "name the instrument, and play nearer to the microphone.",
    Case.FAR: "check the first beat and the notes to a beat, or play closer to the click.",
    Case.LATE: "hear the next note before it is due, so that it and the click are one sound.",
    Case.EARLY: "let each note sound for its whole length, so that the next meets the click.",
    Case.OFF_BEATS: "say the off-beats aloud between the clicks, then play them with your voice.",
    Case.HABIT_LATE: "listen to {note}: hear it come sooner, slowly first, then in the whole run.",
    Case.HABIT_EARLY: "listen to the note before {note}: let it sound for its whole length.",
    Case.PLACE_LATE: "sing the bar, hear {place} on time, then play it as you sang it.",
    Case.PLACE_EARLY: "sing the bar, let the note before {place} sound out, then play it so.",
    Case.WANDER: "slow down until each run sounds like the one before; rest between runs.",
    Case.DRIFT: "listen to the click between your notes, and let the two become one sound.",
    Case.ONE_NOTE: "find by ear the note that stands out; repeat from two notes before it.",
    Case.UNEVEN: "play slower until you hear equal lengths, then come back to this tempo.",
    Case.LOUDNESS: "listen for equal loudness from note to note, softly first.",
    Case.ARTICULATION: "listen to the silences between the notes, and make them alike.",
    Case.AT_FLOOR: "this is as fine as can be told; softer or faster may tell more.",
    Case.UNSURE: "play it again nearer to the microphone; in a drier sound more can be told.",
    Case.UNSURE_FAST: "play it again slower: notes this close together blur in the recording.",
    Case.EVEN: "keep this sound; softer, faster or without the click may tell more.",
}
"""One sentence for each case; ``note`` and ``place`` are filled in."""


_UNFIT = {
    Unfit.LENGTHS: Case.LENGTHS,
    Unfit.TEMPO_CHANGES: Case.TWO_TEMPOS,
    Unfit.TEMPO_MOVES: Case.RUBATO,
}


def what_to_try(review: TakeReview) -> str:
    """One sentence on what to try next."""
    snapshot = review.snapshot
    fields = {"note": "", "place": ""}
    habit = snapshot.runs.standing_out
    if habit is not None:
        fields["note"] = _note(habit)
    grid, lean = snapshot.grid_fit.grid, snapshot.positions.lean
    if grid is not None and lean is not None:
        fields["place"] = places_name(lean.places, grid)
    return TO_TRY[case_of(snapshot)].format(**fields)


def case_of(snapshot: SessionSnapshot) -> Case:
    """What matters most: first whether the numbers can be believed, then the largest thing."""
    if doubt := _doubt(snapshot):
        return doubt
    if misfit(snapshot):
        return Case.DRIFT
    return _whole(snapshot) or _place(snapshot) or _spread(snapshot)


def _doubt(snapshot: SessionSnapshot) -> Case | None:
    sd_ioi = snapshot.metrics[MetricKey.SD_IOI]
    if not len(snapshot.notes):
        return Case.NOTHING_HEARD
    if case := _of_rhythm(snapshot):
        return case
    if sd_ioi.is_unavailable:
        return _unavailable(snapshot)
    if sd_ioi.value < METRONOME_SD_S:
        return Case.MACHINE
    if unfit_words(snapshot):
        is_other = snapshot.grid_fit.misfit is Misfit.OTHER_TEMPO
        return Case.OTHER_TEMPO if is_other else Case.NO_GRID
    return _unclear(snapshot) if snapshot.unclear_share > UNCLEAR_SHARE else None


def _unavailable(snapshot: SessionSnapshot) -> Case:
    if snapshot.metrics[MetricKey.SD_IOI].reason == NOTES_MISSING:
        return _unclear(snapshot)
    return Case.TOO_FEW if snapshot.intervals.n < FEWEST_FOR_FIRM else Case.TOO_VAGUE


def _unclear(snapshot: SessionSnapshot) -> Case:
    return Case.UNCLEAR_UNNAMED if snapshot.profile.name == UNNAMED.name else Case.UNCLEAR


def _whole(snapshot: SessionSnapshot) -> Case | None:
    lateness, lean = snapshot.lateness, snapshot.positions.lean
    if lean is not None and lean.is_off_beats:
        return Case.OFF_BEATS
    if lateness is not None and lateness.is_far:
        return Case.FAR
    if lateness is None or not lateness.is_off:
        return None
    return Case.LATE if lateness.side is Side.LATE else Case.EARLY


def _of_rhythm(snapshot: SessionSnapshot) -> Case | None:
    """What about the rhythm itself keeps its notes from being compared."""
    unfit = snapshot.intervals.unfit
    if unfit is Unfit.LENGTHS and snapshot.grid_fit.misfit is Misfit.OTHER_TEMPO:
        return Case.OTHER_TEMPO
    return _UNFIT[unfit] if unfit is not None else None


def _place(snapshot: SessionSnapshot) -> Case | None:
    lean = snapshot.positions.lean
    if lean is not None:
        return Case.PLACE_LATE if lean.apart.value > 0.0 else Case.PLACE_EARLY
    habit = clear_habit(snapshot)
    if habit is None:
        return None
    return Case.HABIT_LATE if habit.late_s > 0.0 else Case.HABIT_EARLY


def _spread(snapshot: SessionSnapshot) -> Case:
    sd_ioi, robust = snapshot.metrics[MetricKey.SD_IOI], snapshot.metrics[MetricKey.ROBUST_SD_IOI]
    noticed_s = snapshot.noticed_s
    own = snapshot.metrics[MetricKey.CORRECTED_SD_IOI]
    if own.value > noticed_s and own.is_at_detector_error:
        is_fast = snapshot.intervals.usual_s < FAST_NOTE_S
        return Case.UNSURE_FAST if is_fast else Case.UNSURE
    if own.value > noticed_s:
        is_one = not robust.is_unavailable and sd_ioi.value > OUTLIER_RATIO * max(
            robust.value, robust.detector_error
        )
        if is_one:
            return Case.ONE_NOTE
        is_wander = snapshot.runs.finding is RunFinding.WANDER
        return Case.WANDER if is_wander else Case.UNEVEN
    return _beside_time(snapshot) or (Case.EVEN if own.value > 0.0 else Case.AT_FLOOR)


def _beside_time(snapshot: SessionSnapshot) -> Case | None:
    loudness = snapshot.metrics[MetricKey.CORRECTED_LOUDNESS_SD]
    lengths = snapshot.metrics[MetricKey.GATE_RATIO_SD]
    if not loudness.is_unavailable and loudness.low > UNEVEN_DB:
        return Case.LOUDNESS
    is_uneven = (
        not lengths.is_unavailable
        and not lengths.is_at_detector_error
        and lengths.low > UNEVEN_LENGTH
    )
    return Case.ARTICULATION if is_uneven else None


def _note(habit: NoteHabit) -> str:
    name = "" if habit.pitch_midi != habit.pitch_midi else f" ({note_name(habit.pitch_midi)})"
    return f"note {habit.place + 1}{name}"
