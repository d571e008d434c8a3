"""The words of the reports: labels, units for players, the finding in one sentence.

Thresholds of "even": the smallest displacement of one note in an even sequence that
listeners notice is 6 ms below intervals of 240 ms and 2.5 % above (Friberg & Sundberg
1995, doi 10.1121/1.413218); twice that is taken as clearly audible.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from practiceear.analysis.missed_notes import Hearing
from practiceear.analysis.review import TakeReview
from practiceear.analysis.snapshot import UNCLEAR_SHARE, SessionSnapshot
from practiceear.audio.recording_quality import LONGEST_PADDING_S
from practiceear.click_removal.metronome_recogniser import HeardMetronome
from practiceear.instruments.profile import Family
from practiceear.metrics.catalogue import MetricKey
from practiceear.metrics.double_onsets import DoubleOnsets
from practiceear.metrics.metric import Metric
from practiceear.metrics.on_time import INNER_S, OnTime
from practiceear.metrics.position import PositionOffsets
from practiceear.metrics.runs.alignment import AlignedRuns
from practiceear.metrics.runs.notes import NoteHabit, RunFinding
from practiceear.metrics.runs.study import RunStudy
from practiceear.rhythm.grid import MetronomeGrid
from practiceear.rhythm.tempo import Misfit

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

MOST_PARTS_NAMED = 4
"""Of the parts that were left out, so many are named."""

QUIET_PEAK = 0.02  # -34 dBFS: the noise of a laptop microphone comes close
LARGE_DC_OFFSET = 0.02
CANCELLED_DB = 12.0
PHONE_RATE_HZ = 22050


POSITIONS_LABEL = "places of the bar"
DOUBLE_ONSETS_LABEL = "double onsets"
NOTE_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


def in_player_units(value: float, unit: str) -> float:
    """Seconds become milliseconds; all else stays."""
    return 1000.0 * value if unit in {"s", "s/s"} else value


def capitalised(words: str) -> str:
    """The words with a capital at their beginning."""
    return words[:1].upper() + words[1:]


def doubt(snapshot: SessionSnapshot) -> str:
    """Why what was measured allows no verdict on the player, in whole sentences, or nothing."""
    sd_ioi = snapshot.metrics[MetricKey.SD_IOI]
    about_ms = f"about {number(1000.0 * sd_ioi.value)} ms"
    if sd_ioi.value < METRONOME_SD_S:
        return f"Too even for a player ({about_ms} from note to note): is it the metronome I hear?"
    share = snapshot.unclear_share
    if share > UNCLEAR_SHARE:
        return (
            f"Too unclear to judge: {100 * share:.0f} % of the notes were missing or extra."
            f" The others vary by {about_ms}."
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
    return fit.reason


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


def metronome_words(snapshot: SessionSnapshot) -> str:
    """Which clicks of a metronome were left out, or nothing."""
    parts = [_clicks_words(heard) for heard in snapshot.metronomes]
    if not parts:
        return ""
    more = f" and {len(parts) - MOST_PARTS_NAMED} more" if len(parts) > MOST_PARTS_NAMED else ""
    return f"left out: clicks of a metronome at {'; '.join(parts[:MOST_PARTS_NAMED])}{more}."


def _clicks_words(heard: HeardMetronome) -> str:
    first, last = _clock(heard.first_s), _clock(math.ceil(heard.last_s))
    if math.isnan(heard.per_minute):
        return f"{first} to {last}, {counted(heard.n_clicks, 'sound')} like one"
    return f"{first} to {last}, {heard.per_minute:.3g} a minute"


def _clock(time_s: float) -> str:
    minutes, seconds = divmod(int(time_s), 60)
    return f"{minutes}:{seconds:02d}"


def missed_words(review: TakeReview) -> str:
    """That notes were probably missed, and what may help; or nothing."""
    missing_s = review.snapshot.hearing.missing_s
    if not missing_s:
        return ""
    said = f"I am probably missing notes {_from_to_clock(missing_s)}."
    if 0 < review.health.peak < QUIET_PEAK:
        return f"{said} Turn the input up, or move the microphone nearer."
    if review.snapshot.profile.family is Family.BOWED:
        return f"{said} If you plucked, review it as guitar: pizzicato is heard better so."
    return f"{said} Name the instrument that was played, or another one like it."


def _from_to_clock(parts_s: Sequence[tuple[float, float]]) -> str:
    """Such as ``from 0:08 to 0:21 and from 1:02 to 1:10``."""
    named = [
        f"from {clock(first_s)} to {clock(math.ceil(end_s))}"
        for first_s, end_s in parts_s[:MOST_PARTS_NAMED]
    ]
    if len(parts_s) > MOST_PARTS_NAMED:
        named.append(f"in {len(parts_s) - MOST_PARTS_NAMED} more places")
    return " and ".join([part for part in (", ".join(named[:-1]), named[-1]) if part])


def clock(time_s: float) -> str:
    """Whole minutes and seconds that have passed, such as ``1:02``."""
    minutes, seconds = divmod(int(time_s), 60)
    return f"{minutes}:{seconds:02d}"


def share_heard_spoken(hearing: Hearing) -> str:
    """Which share of the notes played was heard, with its interval; empty where not known."""
    if hearing.take is None:
        return ""
    low, high = 100.0 * hearing.take.low, 100.0 * hearing.take.high
    return f"about {100.0 * hearing.take.recall:.0f} %, {low:.0f} to {high:.0f} %"


def silent_places(snapshot: SessionSnapshot) -> list[str]:
    """Say so where much of the grid held no note: rests, or what the ear missed."""
    n_empty = snapshot.alignment.n_rest_slots if snapshot.alignment else 0
    n_places = n_empty + len(snapshot.notes)
    if n_empty < SILENT_SHARE * n_places:
        return []
    return [f"{n_empty} of {n_places} places held no note, or none that was heard"]


def spoken(metric: Metric) -> str:
    """Value and 95 % interval: with ± where it is about symmetric, else from and to.

    Of what is nothing once the detector is taken out, only the interval.
    """
    unit = metric.key.info.player_unit
    value, low, high = (
        in_player_units(bound, metric.unit) for bound in (metric.value, metric.low, metric.high)
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
    return number(in_player_units(metric.detector_error, metric.unit)) + counted


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
    known = [(share, window_s) for share, window_s in shares if not share.is_unavailable]
    if not known:
        return found.inner.reason
    values = ", ".join(
        f"{share.value:.0f} % within {1000 * window_s:.0f} ms ({_from_to(share)} %)"
        for share, window_s in known
    )
    return f"{values}, n {found.inner.n}"


def _from_to(share: Metric) -> str:
    return f"{share.low:.0f} to {share.high:.0f}"


def positions_spoken(found: PositionOffsets, grid: MetronomeGrid) -> str:
    """Which places of the bar are early or late again and again, or that none is."""
    if found.reason:
        return found.reason
    if found.lean is None:
        fewest, *_, most = sorted(offset.n for offset in found.offsets)
        each = f"{fewest}" if fewest == most else f"{fewest} to {most}"
        return f"no position stands out ({len(found.offsets)} played, n {each} each)"
    apart, places = found.lean.apart, found.lean.places
    name = "off-beats are" if found.lean.is_off_beats else f"{places_name(places, grid)} is"
    than = "the beats" if found.lean.is_off_beats else "the rest"
    word = "later" if apart.value > 0.0 else "earlier"
    value_ms, reach_ms = 1000.0 * abs(apart.value), 1000.0 * (apart.high - apart.value)
    apart_by = f"{number(value_ms)} ± {number(reach_ms)} ms {word} than {than}"
    late = late_words(found.mean_late_s(places))
    return f"{name} {late}, {apart_by} (n {apart.n}, floor {number(1000.0 * apart.detector_error)})"


def late_words(late_s: float) -> str:
    """Such as ``45 ms late``; on the click where nobody would hear it."""
    if abs(late_s) <= INNER_S:
        return "on the click"
    return f"{number(1000.0 * abs(late_s))} ms {'late' if late_s > 0.0 else 'early'}"


def places_name(places: tuple[int, ...], grid: MetronomeGrid) -> str:
    """One place, a whole beat or one note of every beat, as a player counts them."""
    n_slots = grid.subdivision.n_slots
    beats, slots = {place // n_slots for place in places}, {place % n_slots for place in places}
    if len(beats) == 1 and len(places) > 1:
        return f"beat {beats.pop() + 1}"
    if len(beats) > 1 and len(slots) == 1:
        return f"note {slots.pop() + 1} of every beat"
    return " and ".join(place_name(place, grid) for place in places)


def place_name(position: int, grid: MetronomeGrid) -> str:
    """A slot of the bar as a player counts it."""
    beat, slot = divmod(position, grid.subdivision.n_slots)
    return f"note {slot + 1} of beat {beat + 1}" if slot else f"beat {beat + 1}"


def double_onsets_spoken(found: DoubleOnsets) -> str:
    """How many changes of note began twice; empty where that is not told."""
    if found.share.is_unavailable:
        return ""
    changes, interval = f"{found.n_changes} changes of note", f"{_from_to(found.share)} %"
    if not found.n_double:
        return f"none in {changes} ({interval})"
    had = "had a double onset"
    return f"{found.n_double} of {changes} {had} ({found.share.value:.0f} %, {interval})"


def joins_spoken(dip: Metric, detached: Metric) -> str:
    """How far the sound falls between notes, and how many are detached; empty where neither."""
    parts = [] if dip.is_unavailable else [spoken(dip)]
    if not detached.is_unavailable:
        parts.append(f"{detached.value:.0f} % detached, {_from_to(detached)}")
    return f"{'; '.join(parts)} (n {max(dip.n, detached.n)})" if parts else ""


def runs_spoken(study: RunStudy) -> str:
    """How many runs of which patterns there were, and what they have in common where sure."""
    habit = study.standing_out
    if study.finding is RunFinding.HABIT and habit is not None:
        its_own = next(pattern for pattern in study.patterns if pattern.pattern == habit.pattern)
        return f"{_pattern(its_own)}; {habit_words(habit)}"
    counted = ", ".join(_pattern(pattern) for pattern in study.patterns[:2])
    if n_more := max(0, len(study.patterns) - 2):
        counted += f", {n_more} more " + ("pattern" if n_more == 1 else "patterns")
    is_wander = study.finding is RunFinding.WANDER
    return f"{counted}; notes wander from run to run" if is_wander else counted


def clear_habit(snapshot: SessionSnapshot) -> NoteHabit | None:
    """The note of a pattern that is early or late every time, by more than the detector may err."""
    study, least_s = snapshot.runs, max(INNER_S, snapshot.profile.detector_error.bias_s)
    habit = study.standing_out
    if habit is None or study.finding is not RunFinding.HABIT or abs(habit.late_s) <= least_s:
        return None
    return habit


def _pattern(pattern: AlignedRuns) -> str:
    return f"{pattern.n_runs} times {pattern.n_places} notes {pattern.direction}".rstrip()


def habit_words(habit: NoteHabit) -> str:
    """Which note it is, and by how much it is early or late."""
    word = "late" if habit.late_s > 0.0 else "early"
    name = f" ({note_name(habit.pitch_midi)})" if np.isfinite(habit.pitch_midi) else ""
    late_ms = number(1000.0 * abs(habit.late_s))
    note = f"note {habit.place + 1}{name}"
    return f"the same note is always {word}: {note}, {late_ms} ms, in {habit.n_runs} runs"


def note_name(pitch_midi: float) -> str:
    """The nearest note's name and octave: 60 is C4, 69 is A4."""
    octave, step = divmod(round(pitch_midi), 12)
    return f"{NOTE_NAMES[step]}{octave - 1}"


def tempo_spoken(grid: MetronomeGrid) -> str:
    """The metronome's tempo, or its slowest and fastest."""
    slowest, fastest = min(grid.tempos_bpm), max(grid.tempos_bpm)
    return f"{slowest:.4g} bpm" if slowest == fastest else f"{slowest:.4g} to {fastest:.4g} bpm"


def misfit(snapshot: SessionSnapshot) -> str:
    """How the player's tempo differs from the metronome's, where it clearly does."""
    drift, grid = snapshot.metrics[MetricKey.DRIFT], snapshot.grid_fit.grid
    if drift.is_unavailable or grid is None or drift.low <= 0.0 <= drift.high:
        return ""
    if abs(drift.value) < MISFIT_S_PER_S or drift.is_at_detector_error:
        return ""
    word = "dragging" if drift.value > 0 else "rushing"
    if grid.steps:
        verb = "lose" if drift.value > 0 else "gain"
        return f"{word}: you {verb} {number(1e4 * abs(drift.value))} ms on the click every 10 s"
    played_bpm = grid.bpm / (1.0 + drift.value)
    return f"{word}: you play {played_bpm:.1f} bpm, the metronome {grid.bpm:.4g}"


def counted(n: int, thing: str) -> str:
    """How many of a thing, such as ``1 note`` and ``2 notes``."""
    return f"{n} {thing}" if n == 1 else f"{n} {thing}s"


def cut_short(share_read: float | None) -> str:
    """What is wrong with a file of which only a share could be read, ``None`` if not known."""
    part = "what" if share_read is None else f"{min(100.0 * share_read, 99.0):.0f} % of it"
    return f"is cut off or damaged: only {part} could be read and is reported"


def recording_remarks(review: TakeReview) -> list[str]:
    """What about the recording itself the player should know; often nothing."""
    health = review.health
    snapshot = review.snapshot
    said = (left_out_words(snapshot), metronome_words(snapshot), missed_words(review))
    remarks = [remark for remark in said if remark]
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
        remarks.append(f"the file {cut_short(health.share_read)}.")
    if not health.is_start_known:
        remarks.append(
            "the file does not say how much padding its encoder put in front of the sound: all"
            f" times may be up to {LONGEST_PADDING_S:.2f} s off, all by the same amount."
        )
    if 0 < health.peak < QUIET_PEAK:
        remarks.append("very quiet: soft notes may be lost in noise. Turn the input up.")
    if abs(health.dc_offset) > LARGE_DC_OFFSET:
        remarks.append("the microphone adds a constant (DC) offset; it was taken out.")
    if health.mix_loss_db > CANCELLED_DB:
        remarks.append("the channels cancel each other: review one of them alone.")
    if review.file_rate_hz < PHONE_RATE_HZ:
        remarks.append(
            f"sampled at {review.file_rate_hz} Hz: the highest sounds of an attack are missing,"
            " times are less sure."
        )
    return remarks
