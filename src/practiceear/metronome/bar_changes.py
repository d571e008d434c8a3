"""What changes from bar to bar: silent bars and tempos, and their notation."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, get_args

import numpy as np

from practiceear.errors import UsageError
from practiceear.rhythm.grid import MetronomeGrid

_GAP_HINT = "Give bars with and without click, such as 2+2, or the share of silent bars: 30%"
_TEMPO_HINT = (
    "Give a ramp, such as +4/2..120 (4 bpm more every 2 bars, up to 120), "
    "or alt:120/4 (every 4 bars to 120 bpm and back)"
)

_SMALLEST_STEP_BPM = 0.01  # an hour of a flatter ramp is not heard

TempoChangeKind = Literal["ramp", "alternate"]


def _percent(share: float | None) -> str:
    return f"{100.0 * (share or 0.0):.8g} %"


@dataclass(frozen=True, slots=True)
class GapClick:
    """Bars with the click and bars without it.

    ``n_on``, ``n_off``: bars with and without click, in turn, from bar 0. ``share_off``: instead of
    taking turns: the share of silent bars, between 0 and 1, drawn for each bar by itself. The first
    bar always has its click. ``seed``: the same seed silences the same bars; 0 or more.
    """

    n_on: int = 2
    n_off: int = 2
    share_off: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        require(
            is_whole(self.n_on, 1) and is_whole(self.n_off, 1),
            f"{self.n_on}+{self.n_off} are not bars with and without click",
            _GAP_HINT,
        )
        require(
            self.share_off is None or 0.0 < self.share_off < 1.0,
            f"A share of {_percent(self.share_off)} of silent bars is not between 0 and 100 %",
            _GAP_HINT,
        )
        require(
            is_whole(self.seed, 0), f"{self.seed!r} is not a seed", "Give a whole number from 0"
        )

    @classmethod
    def parse(cls, text: str, seed: int = 0) -> GapClick:
        """Read ``2+2`` (bars with and without click) or ``30%`` (share of silent bars)."""
        turns = re.fullmatch(r"([0-9]{1,6})\+([0-9]{1,6})", text.strip())
        share = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{1,6})?) ?%", text.strip())
        if turns:
            return cls(int(turns[1]), int(turns[2]), seed=seed)
        if share:
            return cls(share_off=float(share[1]) / 100.0, seed=seed)
        raise UsageError(f"{text!r} does not say which bars are silent", _GAP_HINT)

    def is_bar_audible(self, bar: int) -> bool:
        """Whether a bar has its click; bar 0 and the count-in before it always have."""
        if bar <= 0:
            return True
        if self.share_off is None:
            return bar % (self.n_on + self.n_off) < self.n_on
        # A seed sequence, unlike the generators, gives the same words in every version.
        word = np.random.SeedSequence((self.seed, bar)).generate_state(1, np.uint64)[0]
        return int(word) >= self.share_off * 2.0**64

    def __str__(self) -> str:
        if self.share_off is None:
            return f"{self.n_on}+{self.n_off}"
        return f"{100.0 * self.share_off:.8g}%"


@dataclass(frozen=True, slots=True)
class TempoChange:
    """How the tempo changes from bar to bar.

    ``kind``: ``"ramp"``: ``step_bpm`` more every ``every_bars``, up to (or down to) ``limit_bpm``;
    ``"alternate"``: ``every_bars`` at the tempo, then as many at ``limit_bpm``, in turn.
    """

    kind: TempoChangeKind
    every_bars: int
    limit_bpm: float
    step_bpm: float = 0.0

    def __post_init__(self) -> None:
        require(
            self.kind in get_args(TempoChangeKind),
            f"{self.kind!r} is no way to change the tempo",
            _TEMPO_HINT,
        )
        require(
            is_whole(self.every_bars, 1),
            f"The tempo cannot change every {self.every_bars} bars",
            _TEMPO_HINT,
        )
        MetronomeGrid(self.limit_bpm)  # raises where there is no such tempo
        is_ramp = self.kind == "ramp"
        require(
            _SMALLEST_STEP_BPM <= abs(self.step_bpm) < math.inf if is_ramp else not self.step_bpm,
            f"A tempo change of kind {self.kind!r} cannot have steps of {self.step_bpm:g} bpm",
            _TEMPO_HINT,
        )

    @classmethod
    def parse(cls, text: str) -> TempoChange:
        """Read ``+4/2..120`` or ``-4/2..60`` (a ramp), or ``alt:120/4``.

        ``+4/2..120`` is 4 bpm more every 2 bars, up to 120 bpm; ``alt:120/4`` is 4 bars at
        the tempo, 4 bars at 120 bpm, and so on.
        """
        number = r"([0-9]{1,6}(?:\.[0-9]{1,6})?)"
        ramp = re.fullmatch(rf"([+-]?){number}/([0-9]{{1,6}})\.\.{number}", text.strip())
        alternate = re.fullmatch(rf"alt:{number}/([0-9]{{1,6}})", text.strip().lower())
        if ramp:
            step_bpm = float(ramp[1] + ramp[2])
            return cls("ramp", int(ramp[3]), float(ramp[4]), step_bpm)
        if alternate:
            return cls("alternate", int(alternate[2]), float(alternate[1]))
        raise UsageError(f"{text!r} is no change of tempo", _TEMPO_HINT)

    def bpm_of_bar(self, bar: int, start_bpm: float) -> float:
        """Tempo of a bar; bar 0 and those before it have ``start_bpm``."""
        n_changes = max(bar, 0) // self.every_bars
        if self.kind == "alternate":
            return self.limit_bpm if n_changes % 2 else start_bpm
        # In fractions, so that ten steps of 0.1 bpm are 1 bpm.
        bpm = float(exact(start_bpm) + n_changes * exact(self.step_bpm))
        return min(bpm, self.limit_bpm) if self.step_bpm > 0.0 else max(bpm, self.limit_bpm)

    def __str__(self) -> str:
        if self.kind == "alternate":
            return f"alt:{self.limit_bpm:.12g}/{self.every_bars}"
        return f"{self.step_bpm:+.12g}/{self.every_bars}..{self.limit_bpm:.12g}"


def exact(number: float) -> Fraction:
    """The simple fraction nearest to a float: 72.3 is 723/10, a third of a beat 1/3."""
    return Fraction(number).limit_denominator(1_000_000)


def is_whole(number: object, least: int) -> bool:
    """Whether a value is an integer, ``least`` or more."""
    return isinstance(number, int) and not isinstance(number, bool) and number >= least


def require(is_met: bool, message: str, hint: str) -> None:
    """Raise a ``UsageError`` unless a condition is met."""
    if not is_met:
        raise UsageError(message, hint)
