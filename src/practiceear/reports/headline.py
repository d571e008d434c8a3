"""The first line of a report: what a listener would notice first, then what is good.

Its order is that of what can matter: whether the playing was heard well enough, early or late as
a whole, places of the bar, the tempo, evenness. The drawings, the tables and what to try follow
the same order and use the same reference.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from practiceear.analysis.review import TakeReview
from practiceear.analysis.snapshot import SessionSnapshot
from practiceear.analysis.take_metrics import Evenness
from practiceear.metrics.catalogue import MetricKey
from practiceear.metrics.intervals import Unfit
from practiceear.metrics.lateness import Lateness
from practiceear.metrics.lean import Lean
from practiceear.metrics.metric import Metric
from practiceear.metrics.on_time import INNER_S, Side
from practiceear.reports.words import (
    OUTLIER_RATIO,
    capitalised,
    clear_habit,
    counted,
    doubt,
    habit_words,
    late_words,
    misfit,
    number,
    places_name,
    silent_places,
    unfit_words,
)
from practiceear.rhythm.grid import MetronomeGrid


class Verdict(Enum):
    """How even a listener would call it."""

    VERY_EVEN = "very even"
    FAIRLY_EVEN = "fairly even"
    OUTLIERS = "one or two notes stand out"
    UNEVEN = "uneven enough to be heard"
    HIDDEN = "as even as I can tell"


SENTENCES = {
    Verdict.VERY_EVEN: "very even: about {own} ms from note to note",
    Verdict.FAIRLY_EVEN: "fairly even: about {own} ms from note to note, which a trained ear hears",
    Verdict.OUTLIERS: "one or two notes stand out; the others come within about {robust} ms",
    Verdict.UNEVEN: "uneven enough to be heard: notes come about {own} ms too soon or too late",
    Verdict.HIDDEN: "as even as I can tell: this recording hides anything finer than {high} ms",
}
"""Of evenness where nothing comes before it."""

UNSURE = (
    "perhaps {verdict}: about {own} ms from note to note, but the sound is too unclear to be sure"
)

OTHERWISE = {
    Verdict.VERY_EVEN: "very even",
    Verdict.FAIRLY_EVEN: "fairly even",
    Verdict.OUTLIERS: "even but for one or two notes",
    Verdict.UNEVEN: "uneven by about {own} ms",
    Verdict.HIDDEN: "as even as I can tell",
}
"""Of evenness behind something that matters more."""


def finding(review: TakeReview) -> str:
    """Return the one or two sentences that matter most."""
    snapshot = review.snapshot
    n_notes = len(snapshot.notes)
    if n_notes == 0:
        return "No notes were heard."
    sd_ioi = snapshot.metrics[MetricKey.SD_IOI]
    if sd_ioi.is_unavailable:
        is_of_lengths = snapshot.intervals.unfit is Unfit.LENGTHS
        reason = (unfit_words(snapshot) if is_of_lengths else "") or sd_ioi.reason
        heard = f"{counted(n_notes, 'note')} heard"
        return f"{heard}; how even the playing is cannot be said: {reason}."
    if unfit := unfit_words(snapshot):
        return f"{capitalised(unfit)}. {_without_beat(snapshot)}"
    if why := doubt(snapshot):
        return why
    few = "few notes yet, but " if sd_ioi.is_rough else ""
    first, *second = _sentences(snapshot)
    sentences = [f"{few}{first}", *second[:1], *silent_places(snapshot)]
    return " ".join(f"{capitalised(sentence)}." for sentence in sentences)


def _without_beat(snapshot: SessionSnapshot) -> str:
    """How unequal notes of one length are, where the detector does not hide it."""
    own = snapshot.metrics[MetricKey.CORRECTED_SD_IOI]
    if own.is_unavailable or own.is_at_detector_error:
        return "Whether equal notes are even, I cannot tell: the sound is too unclear."
    return f"Notes of equal length vary by about {number(1000.0 * own.value)} ms."


def _sentences(snapshot: SessionSnapshot) -> list[str]:
    """What matters, the first thing first; without capitals and full stops."""
    lateness, lean = snapshot.lateness, snapshot.positions.lean
    grid = snapshot.grid_fit.grid
    leads = []
    is_whole = lateness is not None and (lateness.is_off or lateness.is_far)
    if lateness is not None and is_whole and not (lean is not None and lean.is_off_beats):
        leads.append(whole_words(lateness))
    if lean is not None and grid is not None:
        leads.append(lean_words(snapshot, lean, grid))
    elif (habit := clear_habit(snapshot)) is not None:
        leads.append(habit_words(habit))
    if tempo := misfit(snapshot):  # who rushes is early by more and more: that is one thing
        leads.insert(0, tempo)
    evenness = snapshot.evenness_without_lean or snapshot.evenness
    if not leads:
        where = [] if lateness is None else [whole_words(lateness)]
        return [_evenness_words(snapshot, evenness), *where]
    otherwise = [_otherwise_words(snapshot, evenness)]
    is_on_click = lateness is not None and lateness.side is Side.ON_CLICK
    if is_on_click and not (lean is not None and lean.is_off_beats):
        otherwise.insert(0, "about on the click")
    return [f"{leads[0]}; otherwise {', '.join(otherwise)}", *leads[1:]]


@dataclass(frozen=True, slots=True)
class _Judged:
    verdict: Verdict
    is_sure: bool
    numbers: dict[str, str]


def _judged(snapshot: SessionSnapshot, evenness: Evenness) -> _Judged:
    own, robust = evenness.corrected, evenness.robust
    numbers = {
        "own": number(1000.0 * own.value),
        "high": number(1000.0 * own.high),
        "robust": "" if robust.is_unavailable else number(1000.0 * robust.value),
    }
    verdict = _verdict(snapshot, evenness, own.value)
    is_hidden = own.is_at_detector_error and verdict is Verdict.VERY_EVEN
    if own.value == 0.0 or (
        is_hidden and _verdict(snapshot, evenness, own.high) is not Verdict.VERY_EVEN
    ):
        return _Judged(Verdict.HIDDEN, is_sure=True, numbers=numbers)
    is_sure = not own.is_at_detector_error or verdict is Verdict.VERY_EVEN
    return _Judged(verdict, is_sure, numbers)


def _verdict(snapshot: SessionSnapshot, evenness: Evenness, own_s: float) -> Verdict:
    """What listeners would say of a player's own spread."""
    noticed_s = snapshot.noticed_s
    measured, robust = evenness.measured, evenness.robust
    if own_s <= noticed_s:
        return Verdict.VERY_EVEN
    if not robust.is_unavailable and measured.value > OUTLIER_RATIO * max(
        robust.value, robust.detector_error
    ):
        return Verdict.OUTLIERS
    return Verdict.FAIRLY_EVEN if own_s <= 2.0 * noticed_s else Verdict.UNEVEN


def _evenness_words(snapshot: SessionSnapshot, evenness: Evenness) -> str:
    judged = _judged(snapshot, evenness)
    if not judged.is_sure:
        return UNSURE.format(verdict=judged.verdict.value, **judged.numbers)
    return SENTENCES[judged.verdict].format(**judged.numbers)


def _otherwise_words(snapshot: SessionSnapshot, evenness: Evenness) -> str:
    if evenness.corrected.is_unavailable:  # what is left without the places that lean is too little
        return "too few notes to tell how even"
    judged = _judged(snapshot, evenness)
    words = OTHERWISE[judged.verdict].format(**judged.numbers)
    return words if judged.is_sure else f"perhaps {words}"


def whole_words(lateness: Lateness) -> str:
    """Early, late or on the click, and by how much, for the take as a whole."""
    late_s = 0.0 if lateness.late.is_unavailable else lateness.late.value
    amount = f"{number(1000.0 * abs(late_s))} ms"
    if lateness.is_far:
        word, other = ("late", "early") if late_s > 0.0 else ("early", "late")
        return f"about {amount} {word}, or {other} for the place beside"
    how = "throughout" if lateness.is_throughout else "on average"
    about = _give_or_take(lateness.late)
    match lateness.side:
        case Side.EARLY if lateness.is_normal_lead:
            return f"a little early, which is normal: {amount} ahead of the click {how}{about}"
        case Side.EARLY:
            return f"early: {amount} ahead of the click {how}{about}"
        case Side.LATE:
            return f"late: {amount} behind the click {how}{about}"
        case Side.OPEN:
            return "early or late cannot be told yet"
    return _on_click(lateness, amount)


def _give_or_take(late: Metric) -> str:
    """How vague an amount is, where it may be half as much again; else nothing."""
    reach_s = 0.0 if late.is_unavailable else (late.high - late.low) / 2.0
    is_vague = reach_s > abs(late.value) / 2.0
    return f", give or take {number(1000.0 * reach_s)}" if is_vague else ""


def _on_click(lateness: Lateness, amount: str) -> str:
    late = lateness.late
    if not late.is_at_detector_error:  # a few milliseconds that are sure, and that nobody hears
        return f"on the click, {amount} {'late' if late.value > 0.0 else 'early'}"
    is_fine = max(-late.low, late.high) <= INNER_S
    return "on the click" if is_fine else "on the click, as far as I can tell"


def lean_words(snapshot: SessionSnapshot, lean: Lean, grid: MetronomeGrid) -> str:
    """Which places are early or late, and by how much."""
    lateness = snapshot.lateness
    side = Side.OPEN if lateness is None else lateness.side
    here_s = snapshot.positions.mean_late_s(lean.places)
    if lean.is_off_beats:
        return _off_beats_words(lean, side, here_s, lateness)
    name = places_name(lean.places, grid)
    how = " in every bar" if lean.is_in_every_bar and grid.meter.n_beats > 1 else ""
    if side is Side.ON_CLICK and _is_off_that_way(here_s, lean):
        return f"{name} is {late_words(here_s)}{how}"
    apart_ms = number(1000.0 * abs(lean.apart.value))
    word = "later" if lean.apart.value > 0.0 else "earlier"
    return f"{name} comes {apart_ms} ms {word} than the rest{how}"


def _off_beats_words(lean: Lean, side: Side, here_s: float, lateness: Lateness | None) -> str:
    is_unsaid = side is Side.ON_CLICK and not _is_off_that_way(here_s, lean)
    if lateness is None or side is Side.OPEN or is_unsaid:
        word = "later" if lean.apart.value > 0.0 else "earlier"
        return f"off-beats come {number(1000.0 * abs(lean.apart.value))} ms {word} than the beats"
    if side is Side.ON_CLICK:
        return f"off-beats are {late_words(here_s)}, the beats are on the click"
    return f"beats are {late_words(lateness.late.value)}, off-beats {late_words(here_s)}"


def _is_off_that_way(here_s: float, lean: Lean) -> bool:
    """Whether places that lean are heard to be off the click, on the side that they lean to.

    Where the others are a little early, later ones may be the very ones on the click.
    """
    return abs(here_s) > INNER_S and here_s * lean.apart.value > 0.0
