"""The words of the reports: labels, units for players, the finding in one sentence.

Thresholds of "even": the smallest displacement of one note in an even sequence that
listeners notice is 6 ms below intervals of 240 ms and 2.5 % above (Friberg & Sundberg
1995, doi 10.1121/1.413218); twice that is taken as clearly audible.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from practiceear.instruments.profile import Family
from practiceear.metrics.evenness import Unfit
from practiceear.metrics.glitches import DoubleStarts
from practiceear.metrics.metric import Metric
from practiceear.metrics.on_time import OnTime
from practiceear.metrics.position import PositionOffsets
from practiceear.metrics.run_alignment import AlignedRuns
from practiceear.metrics.run_notes import NoteHabit, RunFinding
from practiceear.metrics.run_study import RunStudy
from practiceear.metronome.grid import MetronomeGrid
from practiceear.metronome.tempo import Misfit
from practiceear.session.review import TakeReview
from practiceear.session.snapshot import UNCLEAR_SHARE, SessionSnapshot

SILENT_SHARE = 1 / 3
"""Share of the grid's places without a note from which on they may not all be rests."""

OUTLIER_RATIO = 1.4
"""An SD this much larger than the robust one comes from one or two notes."""

METRONOME_SD_S = 0.0015
"""No player is this even: what is heard is a machine."""

MISFIT_S_PER_S = 0.002
"""From 0.2 % off the tempo on, that is what should be said first."""

ASYMMETRY = 1.6
"""Beyond this the upper half of an interval is so much longer that ± would mislead."""

VERY_EVEN = "very even"

MOST_PARTS_NAMED = 4
"""Of the parts that were left out, so many are named."""

QUIET_PEAK = 0.02  # -34 dBFS: the noise of a laptop microphone comes close
LARGE_DC_OFFSET = 0.02
CANCELLED_DB = 12.0
PHONE_RATE_HZ = 22050


@dataclass(frozen=True, slots=True)
class MetricWords:
    """How a measure is named to a player."""

    group: str
    label: str
    unit: str


METRIC_WORDS = {
    "sd_ioi_s": MetricWords("Evenness", "between notes, heard (SD)", "ms"),
    "true_sd_ioi_s": MetricWords("Evenness", "of it the player's own", "ms"),
    "cv_ioi_percent": MetricWords("Evenness", "share of the note value", "%"),
    "robust_sd_ioi_s": MetricWords("Evenness", "typical unevenness", "ms"),
    "deviation_spread_s": MetricWords("Timing", "about the beat, heard (SD)", "ms"),
    "true_deviation_spread_s": MetricWords("Timing", "of it the player's own", "ms"),
    "deviation_bias_s": MetricWords("Timing", "early (-) or late (+)", "ms"),
    "drift_s_per_s": MetricWords("Timing", "drift against the beat", "ms/s"),
    "on_time_inner_percent": MetricWords("Timing", "at the player's centre", "%"),
    "on_time_outer_percent": MetricWords("Timing", "near the player's centre", "%"),
    "on_click_inner_percent": MetricWords("Timing", "on the click", "%"),
    "on_click_outer_percent": MetricWords("Timing", "near the click", "%"),
    "swing_offset_s": MetricWords("Timing", "off-beats after the triplet", "ms"),
    "swing_ratio": MetricWords("Timing", "long to short (triplets: 2)", ""),
    "loudness_sd_db": MetricWords("Loudness", "note to note, heard (SD)", "dB"),
    "true_loudness_sd_db": MetricWords("Loudness", "of it the player's own", "dB"),
    "accent_contrast_db": MetricWords("Loudness", "accents above the others", "dB"),
    "accent_d_prime": MetricWords("Loudness", "accents against the spread", ""),
    "gate_ratio": MetricWords("Articulation", "sounding share of a note", ""),
    "gate_ratio_sd": MetricWords("Articulation", "from note to note (SD)", ""),
    "legato_dip_db": MetricWords("Articulation", "fall before the next note", "dB"),
    "detached_percent": MetricWords("Articulation", "detached notes", "%"),
    "attack_sd_s": MetricWords("Articulation", "attack time (SD)", "ms"),
    "medial_sd_ioi_s": MetricWords("Runs", "medial unevenness (SD)", "ms"),
    "irregularity_s": MetricWords("Runs", "same notes uneven each time", "ms"),
    "instability_s": MetricWords("Runs", "wanders from run to run", "ms"),
    "alternate_offset_s": MetricWords("Runs", "every second note late", "ms"),
    "tone_wavering_db": MetricWords("Long tones", "level, 3 to 12 a second", "dB"),
    "tone_wavering_hz": MetricWords("Long tones", "times a second", "Hz"),
    "tone_swell_db": MetricWords("Long tones", "slow swell", "dB"),
    "tone_pitch_cents": MetricWords("Long tones", "pitch (SD)", "cents"),
}
"""Words for every measure, by its key, in the order of the report; "at" and "on" are nearer than
"near": inside the window in which nobody hears that a note is off."""

POSITIONS_LABEL = "places of the bar"
DOUBLE_STARTS_LABEL = "double starts"
NOTE_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


def in_player_units(value: float, unit: str) -> float:
    """Seconds become milliseconds; all else stays."""
    return 1000.0 * value if unit in {"s", "s/s"} else value


def finding(review: TakeReview) -> str:
    """Return the one sentence that matters most."""
    snapshot = review.snapshot
    n_notes = len(snapshot.notes)
    if n_notes == 0:
        return "No notes were heard."
    sd_ioi = snapshot.metric("sd_ioi_s")
    if sd_ioi.is_refused:
        is_of_lengths = snapshot.intervals.unfit is Unfit.LENGTHS
        reason = (unfit_words(snapshot) if is_of_lengths else "") or sd_ioi.refusal
        return f"{_notes(n_notes)} heard; how even the playing is cannot be said: {reason}."
    if misfit_words := unfit_words(snapshot):
        measured = f"{spoken(sd_ioi)}, {sd_ioi.n} intervals"
        return f"{_sentence(misfit_words)}. Notes of equal length vary by {measured}."
    if doubt := _doubt(snapshot):
        measured = f"{spoken(sd_ioi)} between notes, {sd_ioi.n} intervals"
        return f"{doubt}: {measured}.".replace("?:", "?")
    own = snapshot.metric("true_sd_ioi_s")
    nearest_ms = 1000.0 * min(own.value - own.low, own.high - own.value) or 1000.0 * sd_ioi.value
    heard_ms, floor_ms = _rounded(1000.0 * sd_ioi.value, nearest_ms), number(1000.0 * sd_ioi.floor)
    heard = f"{heard_ms} heard, {sd_ioi.n} intervals{_silent_places(snapshot)}"
    verdict = _verdict(snapshot, own.value)
    may_be_noticed = _verdict(snapshot, own.high) != VERY_EVEN
    if own.value == 0.0 or (own.is_at_floor and verdict == VERY_EVEN and may_be_noticed):
        words = "As even as can be told"
        return (
            f"{words}: {spoken(own)} between notes, {heard}; the detector alone shows {floor_ms}."
        )
    told = f"{spoken(own)} between notes ({heard}, floor {floor_ms})"
    few = "Few notes yet, but " if sd_ioi.is_rough else ""
    if own.is_at_floor and verdict != VERY_EVEN:
        verdict, told = f"perhaps {verdict}", f"{told}; the detector alone may show as much"
    return _sentence(f"{few}{verdict}: {told}.")


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:]


def _doubt(snapshot: SessionSnapshot) -> str:
    """Why what was measured allows no verdict on the player, or nothing."""
    if snapshot.metric("sd_ioi_s").value < METRONOME_SD_S:
        return "Too even for a player, is it the metronome that is heard?"
    share = snapshot.unclear_share
    if share > UNCLEAR_SHARE:
        return (
            f"Heard too unclearly to judge, {100 * share:.0f} % of the notes were missing or extra"
            " to the ear; the others"
        )
    return ""


def unfit_words(snapshot: SessionSnapshot) -> str:
    """Why no beat could be laid under the notes, or nothing.

    A pause after which the beat begins anew is no doubt about the notes on either side of it.
    """
    fit = snapshot.grid_fit
    if fit.misfit is None or fit.misfit in (Misfit.PAUSE, Misfit.TEMPO_CHANGED):
        return ""
    if fit.misfit is Misfit.UNSTEADY:
        return "no steady pulse in this take"
    return fit.refusal


def left_out_words(snapshot: SessionSnapshot) -> str:
    """Which sounds were taken for no part of the playing, or nothing."""
    parts = snapshot.left_out_s
    if not parts:
        return ""
    times = ", ".join(
        f"{first:.1f} to {last:.1f} s" if last - first >= 0.1 else f"{first:.1f} s"
        for first, last in parts[:MOST_PARTS_NAMED]
    )
    more = f" and {len(parts) - MOST_PARTS_NAMED} more" if len(parts) > MOST_PARTS_NAMED else ""
    return (
        f"left out, because it keeps to no beat of the playing: {times}{more}."
        " Talk, tuning and a slowing end sound like that."
    )


def missed_words(review: TakeReview) -> str:
    """That notes were probably missed, and what may help; or nothing."""
    if not review.are_notes_missed:
        return ""
    said = "I probably missed notes here: the sound rises where I heard none."
    if 0 < review.health.peak < QUIET_PEAK:
        return f"{said} Turn the input up, or move the microphone nearer."
    if review.snapshot.profile.family is Family.BOWED:
        return f"{said} If you plucked, review it as guitar: pizzicato is heard better so."
    return f"{said} Name the instrument that was played, or another one like it."


def _silent_places(snapshot: SessionSnapshot) -> str:
    """Say so where much of the grid held no note: rests, or what the ear missed."""
    n_empty = snapshot.alignment.n_rest_slots if snapshot.alignment else 0
    n_places = n_empty + len(snapshot.notes)
    if n_empty < SILENT_SHARE * n_places:
        return ""
    return f"; {n_empty} of {n_places} places held no note, or none that was heard"


def _verdict(snapshot: SessionSnapshot, own_s: float) -> str:
    """What listeners would say of a player's own spread."""
    sd_ioi, robust = snapshot.metric("sd_ioi_s"), snapshot.metric("robust_sd_ioi_s")
    noticed_s = max(0.006, 0.025 * float(np.median(snapshot.intervals.ioi_s)))
    if own_s <= noticed_s:
        return VERY_EVEN
    if not robust.is_refused and sd_ioi.value > OUTLIER_RATIO * max(robust.value, robust.floor):
        return f"one or two notes stand out, {number(1000.0 * robust.value)} ms is typical"
    if own_s <= 2.0 * noticed_s:
        return "fairly even, a trained ear hears it move"
    return "uneven enough to be heard"


def spoken(metric: Metric) -> str:
    """Value and 95 % interval: with ± where it is about symmetric, else from and to.

    Of what is nothing once the detector is taken out, only the interval.
    """
    unit = METRIC_WORDS[metric.key].unit
    value, low, high = (
        in_player_units(one, metric.unit) for one in (metric.value, metric.low, metric.high)
    )
    below, above = value - low, high - value
    if metric.is_floor_out and metric.value == 0.0:
        return f"0 to {number(high)} {unit}"
    is_about_symmetric = above <= ASYMMETRY * below and below <= ASYMMETRY * above
    if is_about_symmetric and not (metric.is_floor_out and low == 0.0):
        text = f"{_rounded(value, above)} ± {number(above)} {unit}"
    else:
        text = f"{_rounded(value, below)} {unit}, {_rounded(low, below)} to {_rounded(high, below)}"
    return " ".join(text.split()).replace(" ,", ",")


def floor_spoken(metric: Metric) -> str:
    """A floor in the player's units, and whether the interval allows for it already."""
    counted = " counted" if metric.is_floor_out else ""
    return number(in_player_units(metric.floor, metric.unit)) + counted


def number(value: float) -> str:
    """A number with two digits that count, never rounded to nothing."""
    return _rounded(value, value)


def _rounded(value: float, uncertainty: float) -> str:
    """``value`` with as many decimals as its uncertainty has worth showing."""
    if abs(uncertainty) >= 9.5 or uncertainty == 0.0:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(uncertainty) >= 0.95 else f"{value:.2f}"


def shares_spoken(found: OnTime) -> str:
    """Shares of notes inside both windows, as far as they are told."""
    shares = ((found.inner, found.inner_s), (found.outer, found.outer_s))
    told = [(share, window_s) for share, window_s in shares if not share.is_refused]
    if not told:
        return found.inner.refusal
    values = ", ".join(
        f"{one.value:.0f} % within {1000 * s:.0f} ms ({_from_to(one)} %)" for one, s in told
    )
    return f"{values}, n {found.inner.n}"


def _from_to(share: Metric) -> str:
    return f"{share.low:.0f} to {share.high:.0f}"


def positions_spoken(found: PositionOffsets, grid: MetronomeGrid) -> str:
    """Which place of the bar is early or late again and again, or that none is."""
    if found.refusal:
        return found.refusal
    if found.named is None:
        fewest, *_, most = sorted(one.n for one in found.offsets)
        each = f"{fewest}" if fewest == most else f"{fewest} to {most}"
        return f"no position stands out ({len(found.offsets)} played, n {each} each)"
    offset = found.offset(found.named)
    word = "late" if offset.value > 0.0 else "early"
    value_ms, reach_ms = 1000.0 * abs(offset.value), 1000.0 * (offset.high - offset.value)
    told = f"n {offset.n}, ± {number(reach_ms)}, floor {number(1000.0 * offset.floor)}"
    return f"{place_name(found.named, grid)} comes {number(value_ms)} ms {word} ({told})"


def place_name(position: int, grid: MetronomeGrid) -> str:
    """A slot of the bar as a player counts it."""
    beat, slot = divmod(position, grid.subdivision.n_slots)
    return f"note {slot + 1} of beat {beat + 1}" if slot else f"beat {beat + 1}"


def double_starts_spoken(found: DoubleStarts) -> str:
    """How many changes of note began twice; empty where that is not told."""
    if found.share.is_refused:
        return ""
    changes, interval = f"{found.n_changes} changes of note", f"{_from_to(found.share)} %"
    if not found.n_double:
        return f"none in {changes} ({interval})"
    had = "had a double start"
    return f"{found.n_double} of {changes} {had} ({found.share.value:.0f} %, {interval})"


def joins_spoken(dip: Metric, detached: Metric) -> str:
    """How far the sound falls between notes, and how many are detached; empty where neither."""
    told = [] if dip.is_refused else [spoken(dip)]
    if not detached.is_refused:
        told.append(f"{detached.value:.0f} % detached, {_from_to(detached)}")
    return f"{'; '.join(told)} (n {max(dip.n, detached.n)})" if told else ""


def runs_spoken(study: RunStudy) -> str:
    """How many runs of which patterns there were, and what they have in common where sure."""
    habit = study.standing_out
    if study.finding is RunFinding.HABIT and habit is not None:
        its_own = next(one for one in study.patterns if one.pattern == habit.pattern)
        return f"{_pattern(its_own)}; {_habit(habit)}"
    counted = ", ".join(_pattern(one) for one in study.patterns[:2])
    if n_more := max(0, len(study.patterns) - 2):
        counted += f", {n_more} more " + ("pattern" if n_more == 1 else "patterns")
    is_wander = study.finding is RunFinding.WANDER
    return f"{counted}; notes wander from run to run" if is_wander else counted


def _pattern(pattern: AlignedRuns) -> str:
    return f"{pattern.n_runs} times {pattern.n_places} notes {pattern.direction}".rstrip()


def _habit(habit: NoteHabit) -> str:
    word = "late" if habit.late_s > 0.0 else "early"
    name = f" ({note_name(habit.pitch_midi)})" if np.isfinite(habit.pitch_midi) else ""
    late_ms = number(1000.0 * abs(habit.late_s))
    note = f"note {habit.place + 1}{name}"
    return f"the same note is always {word}: {note}, {late_ms} ms, in {habit.n_runs} runs"


def note_name(pitch_midi: float) -> str:
    """The nearest note's name and octave: 60 is C4, 69 is A4."""
    octave, step = divmod(round(pitch_midi), 12)
    return f"{NOTE_NAMES[step]}{octave - 1}"


def misfit(snapshot: SessionSnapshot) -> str:
    """How the player's tempo differs from the metronome's, where it clearly does."""
    drift, grid = snapshot.metric("drift_s_per_s"), snapshot.grid_fit.grid
    if drift.is_refused or grid is None or drift.low <= 0.0 <= drift.high:
        return ""
    if abs(drift.value) < MISFIT_S_PER_S or drift.is_at_floor:
        return ""
    word = "dragging" if drift.value > 0 else "rushing"
    played_bpm = grid.bpm / (1.0 + drift.value)
    return f"{word}: you play {played_bpm:.1f} bpm, the metronome {grid.bpm:g}"


def _notes(n_notes: int) -> str:
    return "1 note" if n_notes == 1 else f"{n_notes} notes"


def recording_remarks(review: TakeReview) -> list[str]:
    """What about the recording itself the player should know; often nothing."""
    health = review.health
    remarks = [one for one in (left_out_words(review.snapshot), missed_words(review)) if one]
    if health.n_clipped_samples:
        remarks.append(
            f"clipped ({health.n_clipped_samples} samples at full scale): the loudest notes"
            " read too soft. Turn the input down."
        )
    if health.is_gain_controlled:
        remarks.append(
            f"the noise of the room swelled in {health.n_gain_rises} pauses: loudness and note"
            " ends are not the player's. Switch off automatic gain and noise suppression in the"
            " sound settings."
        )
    if health.is_cut_short:
        remarks.append("the file ends before its header says; only what was there is reported.")
    if 0 < health.peak < QUIET_PEAK:
        remarks.append("very quiet: soft notes may be lost in noise. Turn the input up.")
    if abs(health.dc_offset) > LARGE_DC_OFFSET:
        remarks.append("the microphone adds a constant (DC) offset; it was taken out.")
    if health.mix_loss_db > CANCELLED_DB:
        remarks.append("the channels cancel each other; try --channel 1.")
    if review.file_rate_hz < PHONE_RATE_HZ:
        remarks.append(
            f"sampled at {review.file_rate_hz} Hz: the highest sounds of an attack are missing,"
            " times are less sure."
        )
    return remarks
