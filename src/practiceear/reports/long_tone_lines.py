"""What is said of held tones: how the sound wavers, nothing about the player."""

from __future__ import annotations

import math

from practiceear.metrics.metric import Metric
from practiceear.reports.words import number, spoken
from practiceear.session.long_tone import HeldTone, LongTones

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
        *(f"    {label:<26}{_told(one)}" for label, one in rows),
    ]


def _wavering(tone: HeldTone) -> str:
    wavering, rate = tone.wavering, tone.rate
    if wavering.is_refused:
        return wavering.refusal
    if wavering.is_at_floor:
        return "steady, as far as can be told in this room"
    if rate.is_refused:
        return f"the level moves by {number(wavering.value)} dB, at no rate of its own"
    return f"wavers {rate.value:.1f} times a second by {number(wavering.value)} dB"


def _told(metric: Metric) -> str:
    if metric.is_refused:
        return metric.refusal
    told = [f"n {metric.n}"]
    if math.isfinite(metric.floor):
        told.append(f"floor {number(metric.floor)}")
    if metric.is_at_floor:
        told.append("at the floor")
    return f"{spoken(metric):<23} ({', '.join(told)})"
