"""How steadily tones were held, in words and for programs. No finding about anybody's health."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from practiceear.metrics.metric import Metric
from practiceear.reports.words import number, spoken
from practiceear.session.long_tone import LongTone

HEAD = "Long tones, wavering of the level 3 to 12 times a second (vibrato counts; no diagnosis)"
NONE_FOUND = "  none was held for 5 s"


def long_tone_lines(tones: tuple[LongTone, ...] | None) -> list[str]:
    """One line a tone; nothing where nobody asked."""
    if tones is None:
        return []
    return [HEAD, *(_line(one) for one in tones)] if tones else [HEAD, NONE_FOUND]


def _line(tone: LongTone) -> str:
    at = f"  at {tone.first_s:.1f} s, {tone.length_s:.1f} s long"
    wavering, rate = tone.steadiness.wavering, tone.steadiness.rate
    if wavering.is_refused:
        return f"{at:<28}{wavering.refusal}"
    floor = f"(n {wavering.n}, floor {number(wavering.floor)})"
    if wavering.is_at_floor:
        return f"{at:<28}as steady as can be told {floor}"
    mostly = "" if rate.is_refused else f", mostly {rate.value:.1f} times a second"
    return f"{at:<28}{spoken(wavering)}{mostly} {floor}"


def long_tone_records(
    tones: tuple[LongTone, ...] | None, record: Callable[[Metric], dict[str, Any]]
) -> list[dict[str, Any]] | None:
    """The tones for JSON; ``record`` puts a measure into an object."""
    if tones is None:
        return None
    return [
        {
            "first_s": one.first_s,
            "length_s": one.length_s,
            "wavering": record(one.steadiness.wavering),
            "rate": record(one.steadiness.rate),
        }
        for one in tones
    ]
