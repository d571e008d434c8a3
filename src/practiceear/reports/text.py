"""A review as a tired violinist wants to read it: the line that matters first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby

from practiceear.analysis.corrections.apply import Correction
from practiceear.analysis.corrections.edits import MarkEdit, TakeEdits
from practiceear.analysis.long_tone import HeldTone, LongTones
from practiceear.analysis.review import TakeReview
from practiceear.analysis.second_opinion import SecondOpinion
from practiceear.analysis.snapshot import SessionSnapshot
from practiceear.instruments.profile import UNNAMED
from practiceear.metrics.catalogue import CORRECTED, MetricGroup, MetricKey
from practiceear.metrics.metric import Metric
from practiceear.plain_text import printable
from practiceear.reports.headline import finding
from practiceear.reports.what_to_try import what_to_try
from practiceear.reports.words import (
    DOUBLE_ONSETS_LABEL,
    POSITIONS_LABEL,
    capitalised,
    double_onsets_spoken,
    floor_spoken,
    joins_spoken,
    misfit,
    number,
    positions_spoken,
    recording_remarks,
    runs_spoken,
    share_heard_spoken,
    shares_spoken,
    spoken,
    tempo_spoken,
)
from practiceear.units import FloatArray

LABEL_WIDTH = 28
MOST_TIMES = 8
MOST_TONES = 12
DISCLAIMER = "This describes the sound; it is not a tremor measurement and makes no diagnosis."
NO_TONES = "Long tones: none held for 2.5 s or longer."

_DONE = {MarkEdit.ADD: "added", MarkEdit.MOVE: "moved", MarkEdit.DELETE: "deleted"}


def review_text(review: TakeReview) -> str:
    """Return the report on one take, ending in a newline."""
    return "\n".join([finding(review), *lines_below_finding(review)]) + "\n"


def lines_below_finding(review: TakeReview) -> list[str]:
    """Return the report on one take without its first sentence."""
    lines = [f"Try: {what_to_try(review)}", "", _heading(review)]
    if review.snapshot.profile.name == UNNAMED.name:
        lines.append("  Name the instrument (--instrument) for finer floors of levels and lengths.")
    lines += [f"  Note: {remark}" for remark in recording_remarks(review)]
    lines += correction_lines(review.correction)
    if len(review.snapshot.notes):
        lines += ["", *_notes_lines(review.snapshot), ""]
        lines += _metric_lines(review.snapshot)
        lines += _run_lines(review.snapshot)
        lines += live_lines(review)
        lines += ["", *_legend()]
    lines += long_tone_lines(review.long_tones)
    if remarks := remark_lines(review.correction):
        lines += ["", *remarks]
    if review.second_opinion is not None:
        lines += ["", *_second_opinion_lines(review.second_opinion)]
    return lines


def _second_opinion_lines(opinion: SecondOpinion) -> list[str]:
    return [
        f"Second opinion, {opinion.name}: {opinion.n_agreed} onsets heard by both"
        f" (within {1000 * opinion.window_s:.0f} ms).",
        f"  only PracticeEar: {_times(opinion.only_ours_s)}",
        f"  only {opinion.name}: {_times(opinion.only_theirs_s)}",
    ]


def _heading(review: TakeReview) -> str:
    parts = [printable(review.name), review.snapshot.profile.name, _duration(review.duration_s)]
    if review.snapshot.profile.name == UNNAMED.name:
        parts[1] = "no instrument named"
    return " · ".join(parts)


def _duration(duration_s: float) -> str:
    if duration_s < 120:
        return f"{duration_s:.1f} s"
    minutes, seconds = divmod(round(duration_s), 60)
    return f"{minutes} min {seconds} s"


def _notes_lines(snapshot: SessionSnapshot) -> list[str]:
    n_notes = len(snapshot.notes)
    fit, alignment = snapshot.grid_fit, snapshot.alignment
    share = (
        [f"{_row('of those played')}{heard}"]
        if (heard := share_heard_spoken(snapshot.hearing))
        else []
    )
    if fit.grid is None or alignment is None:
        remarks = [f"{_row('')}{fit.remark}"] if fit.remark else []
        none = f"{_row('metronome grid')}none: {fit.reason}"
        return [f"{_row('notes heard')}{n_notes}", *share, none, *remarks]
    grid = fit.grid
    per_beat = "swing" if str(grid.subdivision) == "swing" else f"{grid.subdivision} to the beat"
    found = " (found from the notes)" if fit.is_tempo_found else ""
    lines = [
        f"{_row('notes heard')}{n_notes}",
        *share,
        f"{_row('metronome grid')}{tempo_spoken(grid)}{found}, {per_beat},"
        f" {grid.meter} {'beat' if grid.meter.n_beats == 1 else 'beats'} to the bar",
        f"{_row('not heard where due')}{_counted(len(snapshot.missed_s), snapshot.missed_s)}",
        f"{_row('extra')}{_counted(alignment.n_extra, snapshot.onset_s[~alignment.is_matched])}",
    ]
    if doubled := double_onsets_spoken(snapshot.double_onsets):
        lines.append(f"{_row(DOUBLE_ONSETS_LABEL)}{doubled}")
    if alignment.n_rest_slots:
        places = f"{alignment.n_rest_slots} places of the grid where no note was heard"
        lines.append(f"{_row('taken for rests')}{places}")
    if misfit(snapshot):
        lines.append(f"{_row('tempo')}{misfit(snapshot)}")
    if fit.remark:
        lines.insert(2 + len(share), f"{_row('')}{fit.remark}")
    if snapshot.gaps:
        times = "once" if len(snapshot.gaps) == 1 else f"{len(snapshot.gaps)} times"
        lines.append(f"{_row('sound lost')}{times}: the take is split there")
    return lines


def _counted(count: int, times_s: FloatArray) -> str:
    return "none" if count == 0 else f"{count}, at {_times(times_s)}"


def _times(times_s: FloatArray) -> str:
    if not len(times_s):
        return "none"
    shown = ", ".join(f"{time_s:.2f}" for time_s in times_s[:MOST_TIMES])
    n_more = len(times_s) - MOST_TIMES
    return f"{shown} s" + (f" and {n_more} more" if n_more > 0 else "")


def _metric_lines(snapshot: SessionSnapshot) -> list[str]:
    lines: list[str] = []
    for group, members in groupby(snapshot.compared, key=lambda metric: metric.key.info.group):
        listed = list(members)
        reasons = {metric.reason for metric in listed}
        if len(reasons) == 1 and listed[0].is_unavailable:
            lines.append(f"{group}: {listed[0].reason}")
            continue
        lines.append(group)
        for metric in listed:
            lines += [_metric_row(metric), *_rows_below(metric.key, snapshot)]
    return lines


def _run_lines(snapshot: SessionSnapshot) -> list[str]:
    """At most four lines on runs of one pattern; none where nothing was played again."""
    study = snapshot.runs
    if not study.patterns:
        return []
    lines, reasons = [f"Runs: {runs_spoken(study)}"], set[str]()
    for metric in (study.medial_sd_ioi, study.irregularity, study.instability):
        if metric.reason and metric.reason in reasons:  # one reason is told once
            continue
        reasons.add(metric.reason)
        lines.append(_metric_row(metric))
    return lines


def _metric_row(metric: Metric) -> str:
    remarks = _at_floor(metric)
    if metric.is_rough:
        things = "runs" if metric.key.info.group is MetricGroup.RUNS else "notes"
        remarks.append(f"rough: few {things}")
    return f"{_row(metric.key.info.label)}{_measured(metric, remarks)}"


def _rows_below(key: MetricKey, snapshot: SessionSnapshot) -> list[str]:
    """What else is known, below the measure with this key; mostly nothing."""
    if key in CORRECTED:
        corrected = snapshot.metrics[CORRECTED[key]]
        return [] if corrected.is_unavailable else [_metric_row(corrected)]
    if key == MetricKey.DRIFT:
        return _habit_rows(snapshot)
    if key == MetricKey.LOUDNESS_SD:
        return _accent_rows(snapshot)
    if key == MetricKey.GATE_RATIO_SD:
        joins = joins_spoken(
            snapshot.metrics[MetricKey.LEGATO_DIP], snapshot.metrics[MetricKey.DETACHED_SHARE]
        )
        return [f"{_row(MetricKey.LEGATO_DIP.info.label)}{joins}"] if joins else []
    return []


def _accent_rows(snapshot: SessionSnapshot) -> list[str]:
    """Accents, also refused where the player named groups; not in swing, which has its own."""
    grid, contrast = snapshot.grid_fit.grid, snapshot.metrics[MetricKey.ACCENT_CONTRAST]
    if grid is None or not snapshot.grid_fit.is_phase_known:
        return []
    is_told = not contrast.is_unavailable and grid.subdivision.is_even
    if not is_told and len(grid.meter.groups) == 1:
        return []
    clarity = snapshot.metrics[MetricKey.ACCENT_CLARITY]
    return [
        _metric_row(metric)
        for metric in (contrast, clarity)
        if metric is contrast or not metric.is_unavailable
    ]


def _habit_rows(snapshot: SessionSnapshot) -> list[str]:
    fit = snapshot.grid_fit
    near = {
        key: shares_spoken(shares)
        for key, shares in (
            (MetricKey.ON_TIME_OUTER, snapshot.on_time),
            (MetricKey.ON_CLICK_OUTER, snapshot.on_click),
        )
        if shares is not None
    }
    if near.get(MetricKey.ON_CLICK_OUTER) == near.get(
        MetricKey.ON_TIME_OUTER
    ):  # one reason is told once
        near.pop(MetricKey.ON_CLICK_OUTER, None)
    rows = [f"{_row(key.info.label)}{words}" for key, words in near.items()]
    if fit.grid is not None and fit.is_phase_known:
        rows.append(f"{_row(POSITIONS_LABEL)}{positions_spoken(snapshot.positions, fit.grid)}")
    swing = (snapshot.metrics[MetricKey.SWING_OFFSET], snapshot.metrics[MetricKey.SWING_RATIO])
    return [*rows, *(_metric_row(metric) for metric in swing if not metric.is_unavailable)]


def _measured(metric: Metric, remarks: Sequence[str] = ()) -> str:
    """One measure: value, interval, n, floor and remarks, or why there is none."""
    if metric.is_unavailable:
        return metric.reason
    has_floor = math.isfinite(metric.detector_error)
    floor = [f"floor {floor_spoken(metric)}"] if has_floor else []
    return f"{spoken(metric):<23} ({', '.join([f'n {metric.n}', *floor, *remarks])})"


def _at_floor(metric: Metric) -> list[str]:
    return ["at the floor"] if metric.is_at_detector_error else []


def _row(label: str) -> str:
    return f"  {label:<{LABEL_WIDTH}}"


def _legend() -> list[str]:
    return [
        "± is the 95 % interval, n what it rests on. The floor is the detector's own share: what a",
        "perfectly even player may still show, or how far off a mean may be. Where it is",
        "counted, the ± allows for it; elsewhere numbers are what was heard.",
    ]


def live_lines(review: TakeReview) -> list[str]:
    """Lines on the tempos and on silent bars; none where a take had neither."""
    lines = []
    if review.tempos:
        lines.append("By tempo, spread about the beat")
        for tempo in review.tempos:
            spread = tempo.snapshot.metrics[MetricKey.DEVIATION_SPREAD]
            lines.append(f"  {tempo.bpm:.4g} bpm".ljust(30) + _measured(spread))
    if review.with_click is not None and review.without_click is not None:
        lines.append("Spread about the beat, drift taken out")
        lines.append("  with the click".ljust(30) + _measured(review.with_click))
        lines.append("  in silent bars".ljust(30) + _measured(review.without_click))
    return lines


def long_tone_lines(found: LongTones | None) -> list[str]:
    """Lines on each held tone; none where they were not asked for."""
    if found is None:
        return []
    if not found.tones:
        return ["", NO_TONES]
    lines = ["", f"Long tones: {len(found.tones)} held{_too_short(found.n_too_short)}"]
    for tone in found.tones[:MOST_TONES]:
        lines += _tone_lines(tone)
    if (n_more := len(found.tones) - MOST_TONES) > 0:
        lines.append(f"  and {n_more} more tones, in the JSON report")
    return [*lines, f"  {DISCLAIMER}"]


def _too_short(n_too_short: int) -> str:
    return f", {n_too_short} shorter than 2.5 s left out" if n_too_short else ""


def _tone_lines(tone: HeldTone) -> list[str]:
    rows = (
        ("level, 3 to 12 a second", tone.wavering),
        ("slow swell", tone.swell),
        ("pitch (SD)", tone.pitch),
    )
    return [
        f"  at {tone.start_s:.1f} s, {tone.length_s:.1f} s: {_wavering(tone)}",
        *(f"    {label:<26}{_measured(metric, _at_floor(metric))}" for label, metric in rows),
    ]


def _wavering(tone: HeldTone) -> str:
    wavering, rate = tone.wavering, tone.rate
    if wavering.is_unavailable:
        return wavering.reason
    if wavering.is_at_detector_error:
        return "steady, as far as can be told in this room"
    if rate.is_unavailable:
        return f"the level moves by {number(wavering.value)} dB, at no rate of its own"
    return f"wavers {rate.value:.1f} times a second by {number(wavering.value)} dB"


def corrections_spoken(edits: TakeEdits) -> str:
    """How many notes were corrected, such as ``with 1 correction by hand (1 moved)``."""
    n_marks = len(edits.marks)
    if not n_marks:
        return "without corrections"
    kinds = [f"{edits.count(do)} {done}" for do, done in _DONE.items() if edits.count(do)]
    plural = "" if n_marks == 1 else "s"
    return f"with {n_marks} correction{plural} by hand ({', '.join(kinds)})"


def correction_lines(correction: Correction | None) -> list[str]:
    """The line for a review whose notes were corrected; none for all others."""
    if correction is None or not correction.edits.marks:
        return []
    spoken = corrections_spoken(correction.edits)
    return [f"  {capitalised(spoken)}; the floors are the detector's."]


def remark_lines(correction: Correction | None) -> list[str]:
    """The remarks in order of time, under a heading; nothing where there are none."""
    if correction is None or not correction.edits.remarks:
        return []
    in_order = sorted(correction.edits.remarks, key=lambda remark: remark.time_s)
    return [
        "Remarks",
        *(
            f"  {remark.time_s:8.2f} s  {printable(' '.join(remark.text.split()))}"
            for remark in in_order
        ),
    ]
