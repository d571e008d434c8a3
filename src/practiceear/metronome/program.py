"""What the metronome plays: tempo, bars, count-in, silent bars, ramps, as clicks at samples.

Beat times are exact fractions, rounded only to the sample of each click: a click is never more
than half a sample off, however long the metronome runs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from fractions import Fraction
from itertools import count, groupby

import numpy as np
import numpy.typing as npt

from practiceear.metronome.bar_changes import GapClick, TempoChange, exact, is_whole, require
from practiceear.rhythm.grid import Meter, MetronomeGrid, Subdivision

_MOST_COUNT_IN_BARS = 8
_LONGEST_BREATH_BEATS = 32
_LOWEST_VOLUME_DB = -60.0

__all__ = [
    "CLICK",
    "Bar",
    "ClickArray",
    "ClickKind",
    "GapClick",
    "MetronomeProgram",
    "TempoChange",
    "TempoSection",
    "bars",
    "section_grids",
]


class ClickKind(IntEnum):
    """How a click sounds."""

    ACCENT = 0  # the first beat of a group of the bar
    BEAT = 1
    SLOT = 2  # a subdivision of the beat


CLICK = np.dtype(
    [
        ("sample", np.int64),  # where the click begins, in samples since the stream began
        ("kind", np.uint8),  # a ClickKind
        ("bar", np.int64),  # bars of the count-in are below 0, bar 0 is the first one played
        ("beat", np.int64),  # of the bar, from 0
        ("slot", np.int64),  # of the beat, from 0
        ("bpm", np.float64),  # tempo of its bar
        ("is_audible", np.bool_),  # False in bars that are silent on purpose
    ]
)
"""One click of the metronome."""

ClickArray = npt.NDArray[np.void]
"""A structured array of dtype ``CLICK``, shape (n_clicks,), in order of ``sample``."""


@dataclass(frozen=True, slots=True)
class MetronomeProgram:
    """What the metronome plays; ``UsageError`` where it makes no sense.

    ``bpm``, ``meter``, ``subdivision``: tempo, bar and the slots of a beat in which the player
    plays. ``gap``, ``tempo_change``: silent bars; a tempo that changes. ``breath``: beats to
    breathe in and out, such as (4, 8), 1 to 32 each: shown, for winds.
    """

    bpm: float
    meter: Meter = field(default_factory=Meter)
    subdivision: Subdivision = field(default_factory=Subdivision)
    n_count_in_bars: int = 1  # bars before bar 0, at most 8
    is_slot_clicked: bool = False  # whether subdivisions click too, softer
    gap: GapClick | None = None
    tempo_change: TempoChange | None = None
    volume_db: float = -12.0  # of the accent, below full scale; -60 to 0
    is_silent: bool = False  # no click at all: the beat is only shown
    breath: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        MetronomeGrid(self.bpm)  # raises where there is no such tempo
        require(
            is_whole(self.n_count_in_bars, 0) and self.n_count_in_bars <= _MOST_COUNT_IN_BARS,
            f"A count-in of {self.n_count_in_bars} bars is outside 0 to {_MOST_COUNT_IN_BARS}",
            "Count in 1 or 2 bars, or 0 for none",
        )
        require(
            _LOWEST_VOLUME_DB <= self.volume_db <= 0.0,
            f"A volume of {self.volume_db:g} dB is outside {_LOWEST_VOLUME_DB:g} to 0",
            "0 dB is as loud as the click can be, -12 dB is usual",
        )
        self._check_ramp()
        require(
            self.breath is None or (len(self.breath) == 2 and all(map(_is_breath, self.breath))),
            f"{self.breath} are not beats to breathe in and out",
            f"Give 1 to {_LONGEST_BREATH_BEATS} beats each, such as 4 in and 8 out",
        )

    def _check_ramp(self) -> None:
        change = self.tempo_change
        if change is None or change.kind != "ramp":
            return
        require(
            (change.limit_bpm - self.bpm) * change.step_bpm > 0.0,
            f"Steps of {change.step_bpm:+g} bpm never lead from {self.bpm:g} "
            f"to {change.limit_bpm:g} bpm",
            "A ramp that climbs ends above the tempo, such as +4/2..120, "
            "one that falls below it, such as -4/2..60",
        )

    @property
    def click_gain(self) -> float:
        """Factor of the clicks' sounds."""
        return float(10.0 ** (self.volume_db / 20.0))

    @property
    def steady_bpm(self) -> float | None:
        """The tempo of all bars; None where it changes."""
        return self.bpm if self.tempo_change is None else None

    def bpm_of_bar(self, bar: int) -> float:
        """Tempo of a bar; the bars of the count-in, below 0, have the tempo of bar 0."""
        if self.tempo_change is None:
            return self.bpm
        return self.tempo_change.bpm_of_bar(bar, self.bpm)

    def is_bar_audible(self, bar: int) -> bool:
        """Whether a bar has its click; the count-in, below 0, has it unless all is silent."""
        return not self.is_silent and (self.gap is None or self.gap.is_bar_audible(bar))

    def breath_phase(self, beat_position: float) -> float | None:
        """Phase of the breath: -1 up to 0 breathing in, 0 up to 1 breathing out.

        None without a cue and before bar 0. ``beat_position`` is in beats since bar 0.
        """
        if self.breath is None or not 0.0 <= beat_position < math.inf:
            return None
        n_in, n_out = self.breath
        position = beat_position % (n_in + n_out)
        return position / n_in - 1.0 if position < n_in else (position - n_in) / n_out


def _is_breath(n_beats: int) -> bool:
    return is_whole(n_beats, 1) and n_beats <= _LONGEST_BREATH_BEATS


@dataclass(frozen=True, slots=True, eq=False)
class Bar:
    """One bar of the metronome.

    ``index``: below 0 in the count-in. ``start_s``: when its first beat is due, in seconds since
    the stream began; not rounded to a sample. ``clicks``: dtype ``CLICK``, a row for each beat, or
    slot where these click; read-only. Silent bars have them too, not audible.
    """

    index: int
    bpm: float
    start_s: float
    clicks: ClickArray

    def __post_init__(self) -> None:
        self.clicks.flags.writeable = False


def bars(program: MetronomeProgram, rate_hz: int, first_sample: int = 0) -> Iterator[Bar]:
    """Yield the bars of a program without end, from the first one of the count-in.

    ``first_sample`` is where that begins, in samples since the stream began. Every click is at
    the sample nearest to its exact time.
    """
    start_s = Fraction(first_sample, rate_hz)
    for index in count(-program.n_count_in_bars):
        clicks = _clicks_of_bar(program, index, start_s, rate_hz)
        yield Bar(index, program.bpm_of_bar(index), float(start_s), clicks)
        start_s += _bar_s(program, index)


def _bar_s(program: MetronomeProgram, index: int) -> Fraction:
    return program.meter.n_beats * _beat_s(program, index)


def _beat_s(program: MetronomeProgram, index: int) -> Fraction:
    return 60 / exact(program.bpm_of_bar(index))


def _clicks_of_bar(
    program: MetronomeProgram, index: int, start_s: Fraction, rate_hz: int
) -> ClickArray:
    """All clicks of a bar that begins at exactly ``start_s``."""
    places = program.subdivision.positions if program.is_slot_clicked else (0.0,)
    exact_places = [exact(place) for place in places]
    accents = program.meter.accented_beats
    beat_s, bpm = _beat_s(program, index), program.bpm_of_bar(index)
    is_audible = program.is_bar_audible(index)
    rows = []
    for beat in range(program.meter.n_beats):
        for slot, place in enumerate(exact_places):
            time_s = start_s + (beat + place) * beat_s
            sample = math.floor(time_s * rate_hz + Fraction(1, 2))
            on_beat = ClickKind.ACCENT if beat in accents else ClickKind.BEAT
            kind = ClickKind.SLOT if slot else on_beat
            rows.append((sample, kind, index, beat, slot, bpm, is_audible))
    return np.array(rows, dtype=CLICK)


@dataclass(frozen=True, slots=True)
class TempoSection:
    """Successive bars of one tempo.

    ``first_bar``, ``n_bars``: the first of them, and how many. ``grid``: slot 0 is the first beat
    of ``first_bar``, in seconds since the stream began. ``first_s``, ``end_s``: when they begin and
    when the next section would, in seconds since the stream began.
    """

    first_bar: int
    n_bars: int
    grid: MetronomeGrid
    first_s: float
    end_s: float


def section_grids(
    program: MetronomeProgram, rate_hz: int, first_sample: int, n_bars: int
) -> list[TempoSection]:
    """The grids of bars 0 to ``n_bars`` - 1, in sections of equal tempo.

    ``rate_hz`` and ``first_sample`` as in `bars`; the count-in belongs to no section.
    """
    start_s = Fraction(first_sample, rate_hz) + program.n_count_in_bars * _bar_s(program, 0)
    sections = []
    for _, group in groupby(range(n_bars), key=program.bpm_of_bar):
        indices = list(group)
        first_s, first_bar = float(start_s), indices[0]
        start_s += len(indices) * _bar_s(program, first_bar)
        bpm = program.bpm_of_bar(first_bar)
        grid = MetronomeGrid(bpm, program.meter, program.subdivision, first_s)
        sections.append(TempoSection(first_bar, len(indices), grid, first_s, float(start_s)))
    return sections
