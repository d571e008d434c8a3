"""What only a live take can tell: every tempo by itself, and playing without the click."""

from __future__ import annotations

import math
from dataclasses import asdict

from practiceear.analysis.corrections.apply import Correction
from practiceear.analysis.corrections.edits import MarkEdit, TakeEdits
from practiceear.analysis.long_tone import HeldTone, LongTones
from practiceear.analysis.review import TakeReview
from practiceear.metrics.catalogue import MetricKey
from practiceear.metrics.metric import Metric
from practiceear.plain_text import printable
from practiceear.reports.note_table import heard_rows
from practiceear.reports.words import capitalised, number, spoken


def live_lines(review: TakeReview) -> list[str]:
    """Lines on the tempos and on silent bars; none where a take had neither."""
    lines = []
    if review.tempos:
        lines.append("By tempo, spread about the beat")
        for tempo in review.tempos:
            spread = tempo.snapshot.metrics[MetricKey.DEVIATION_SPREAD]
            lines.append(f"  {tempo.bpm:.4g} bpm".ljust(30) + _told_live(spread))
    if review.with_click is not None and review.without_click is not None:
        lines.append("Spread about the beat, drift taken out")
        lines.append("  with the click".ljust(30) + _told_live(review.with_click))
        lines.append("  in silent bars".ljust(30) + _told_live(review.without_click))
    return lines


def _told_live(metric: Metric) -> str:
    if metric.is_unavailable:
        return metric.reason
    floor = (
        f", floor {1000 * metric.detector_error:.1f}"
        if math.isfinite(metric.detector_error)
        else ""
    )
    return f"{spoken(metric):<24}(n {metric.n}{floor})"


MOST_TONES = 12
DISCLAIMER = "This describes the sound; it is not a tremor measurement and makes no diagnosis."
NO_TONES = "Long tones: none held for 2.5 s or longer."


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
    rows = [("slow swell", tone.swell), ("pitch (SD)", tone.pitch)]
    return [
        f"  at {tone.start_s:.1f} s, {tone.length_s:.1f} s: {_wavering(tone)}",
        f"    {'level, 3 to 12 a second':<26}{_told(tone.wavering)}",
        *(f"    {label:<26}{_told(metric)}" for label, metric in rows),
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


def _told(metric: Metric) -> str:
    if metric.is_unavailable:
        return metric.reason
    details = [f"n {metric.n}"]
    if math.isfinite(metric.detector_error):
        details.append(f"floor {number(metric.detector_error)}")
    if metric.is_at_detector_error:
        details.append("at the floor")
    return f"{spoken(metric):<23} ({', '.join(details)})"


_DONE = {MarkEdit.ADD: "added", MarkEdit.MOVE: "moved", MarkEdit.DELETE: "deleted"}


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


def correction_record(correction: Correction | None, rate_hz: int) -> dict[str, object] | None:
    """The corrections for JSON, and the notes as the detector had heard them."""
    if correction is None:
        return None
    edits = correction.edits
    return {
        "take_name": edits.take_name,
        "sha256": edits.sha256,
        **{f"n_{done}": edits.count(do) for do, done in _DONE.items()},
        "marks": [
            {key: value for key, value in asdict(mark).items() if value is not None}
            for mark in edits.marks
        ],
        "remarks": [asdict(remark) for remark in edits.remarks],
        "heard_notes": heard_rows(correction.heard, rate_hz),
    }
