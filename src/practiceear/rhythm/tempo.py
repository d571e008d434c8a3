"""A metronome grid for a take: found from its notes, or laid over them.

From notes alone the length of a *slot* can be found; how many slots a beat has is a
guess between 50 and 160 bpm, which the fit's remark names. Deviations and evenness do
not depend on it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from practiceear.rhythm.alignment import checked_onsets
from practiceear.rhythm.beat import (
    EVEN_SUBDIVISIONS,
    BeatGuess,
    as_swing,
    beat_remark,
    first_beat_of,
    guess_beats,
    n_cells_of,
    rarity,
)
from practiceear.rhythm.grid import HIGHEST_BPM, LOWEST_BPM, Meter, MetronomeGrid, Subdivision
from practiceear.rhythm.pulse import (
    CLEARLY_BETTER,
    EQUALLY_GOOD,
    WIDEST_SPREAD_SLOTS,
    Pulse,
    fault_of,
    fault_of_found,
    fit_phase,
    fit_pulses,
    likeliest,
    off_multiple,
    probability_of,
    rival_tempo,
    steady_pulse,
)
from practiceear.units import FloatArray, beat_s_to_bpm, bpm_to_beat_s

FEWEST_NOTES = 8
"""Fewer notes support no grid."""

WIDEST_SPREAD_AT_TEMPO_SLOTS = 0.25
"""Notes spread further do not fit a given tempo: at this, 1 in 22 is nearer to a wrong slot."""

WIDEST_STEP_SLOTS, LEAST_CLOSE_SHARE = 3, 0.1
"""Where fewer than this share of notes follow within two slots, the slots are too fine: the grid
only joins lengths that have no beat in common, such as triplets and sixteenths."""

NO_COMMON_BEAT = "the notes have lengths that no one beat holds"

_OTHER_PERIOD = 0.02  # nearer periods may be the same tempo, played a little off it


class Misfit(Enum):
    """Why notes support no grid."""

    FEW_NOTES = "few notes"
    OTHER_TEMPO = "other tempo"
    """They keep to another tempo than the one that was given."""

    AMBIGUOUS = "ambiguous"
    """Two tempos explain them equally well."""

    LENGTHS = "lengths"
    """Their lengths have no beat in common."""

    UNSTEADY = "unsteady"
    PAUSE = "pause"
    """After a pause they begin anew off the beat before it."""

    TEMPO_CHANGED = "tempo changed"
    """The metronome itself changed its tempo."""


@dataclass(frozen=True, slots=True)
class GridFit:
    """A grid for a take, or the reason why its notes support none.

    Attributes
    ----------
    grid
        None where there is a ``reason``, in words for the player, and a ``misfit``, its kind.
    is_phase_known
        Whether the first beat was given, so that early and late have a meaning; a phase found
        from the notes is their own mean.
    is_tempo_found
        Whether the tempo came from the notes.
    spread_slots, explained_share
        Standard deviation of the notes around the pulse in slots, and the share of notes on it;
        NaN where not fitted.
    slot_probability
        Probability of this pulse among those that were tried; 1 where the tempo was given, NaN
        without a grid.
    beats
        Where the tempo was found: the beats that the pulse may be counted by, the likeliest
        first. Evenness and spread are the same for all of them.
    remark
        What was assumed, in words for the player; may be empty.
    """

    grid: MetronomeGrid | None
    reason: str = ""
    misfit: Misfit | None = None
    is_phase_known: bool = False
    is_tempo_found: bool = False
    spread_slots: float = math.nan
    explained_share: float = math.nan
    slot_probability: float = math.nan
    beats: tuple[BeatGuess, ...] = ()
    remark: str = ""

    def __post_init__(self) -> None:
        if not bool(self.reason) == (self.misfit is not None) == (self.grid is None):
            raise ValueError("a fit holds either a grid or a reason and its kind")


def find_grid(
    onset_s: FloatArray,
    *,
    bpm: float | None = None,
    meter: Meter | None = None,
    subdivision: Subdivision | None = None,
    first_beat_s: float | None = None,
) -> GridFit:
    """Lay a grid over a take, finding from its notes what is not given.

    Parameters
    ----------
    onset_s
        float64, shape (n_notes,): when notes begin, finite and in order (else ``ValueError``).
    bpm
        The tempo, 20 to 400 (else ``UsageError``); found from the notes where None.
    meter
        Beats in a bar, 4 where None; it plays no part in the fit.
    subdivision
        Slots in a beat; the simplest that explains the notes where None.
    first_beat_s
        When the first beat is due; fitted where None, and then early and late are unknown.
    """
    onset_s = checked_onsets(onset_s)
    given = _Given(meter or Meter(), subdivision, first_beat_s)
    is_enough = onset_s.size >= FEWEST_NOTES
    if bpm is not None:
        MetronomeGrid(bpm, first_beat_s=first_beat_s or 0.0)  # raises where it makes no sense
        if subdivision is not None and first_beat_s is not None:
            grid = MetronomeGrid(bpm, given.meter, subdivision, first_beat_s)
            if not is_enough:
                return GridFit(grid, is_phase_known=True)
            # A beat that is late in every bar is no stray: nothing is left to be found.
            if (spread := _spread_slots(onset_s, grid)) <= WIDEST_SPREAD_SLOTS:
                return GridFit(grid, is_phase_known=True, spread_slots=spread, slot_probability=1.0)
    if not is_enough:
        return _too_few(onset_s.size)
    return _at_any_tempo(onset_s, given) if bpm is None else _at_tempo(onset_s, bpm, given)


def place_program(onset_s: FloatArray, grid: MetronomeGrid, *, is_phase_known: bool) -> GridFit:
    """Lay the grid of a metronome whose tempo changed over the notes played to it.

    Parameters
    ----------
    onset_s
        float64, shape (n_notes,): when notes begin, in order.
    grid
        When the metronome's beats were sent to the loudspeaker, or heard.
    is_phase_known
        Whether they are those that were heard; where not, the delay that suits the notes best
        is taken, and nobody is early or late as a whole.
    """
    onset_s = checked_onsets(onset_s)
    if onset_s.size < FEWEST_NOTES:
        return GridFit(grid, is_phase_known=True) if is_phase_known else _too_few(onset_s.size)
    if not is_phase_known:
        costs = [_mean_distance(onset_s - delay_s, grid) + delay_s * 1e-3 for delay_s in _DELAYS_S]
        delay_s = float(_DELAYS_S[int(np.argmin(costs))])
        grid = replace(grid, first_beat_s=grid.first_beat_s + delay_s)
    spread = _spread_slots(onset_s, grid)
    if spread > WIDEST_SPREAD_AT_TEMPO_SLOTS:
        reason = "the notes do not keep to the metronome's tempos"
        return GridFit(None, reason, Misfit.OTHER_TEMPO, spread_slots=spread)
    return GridFit(grid, is_phase_known=is_phase_known, spread_slots=spread, slot_probability=1.0)


_DELAYS_S = np.arange(-0.1, 0.5, 0.004)
"""From a player's early bias to the delay of wireless headphones."""


def _spread_slots(onset_s: FloatArray, grid: MetronomeGrid) -> float:
    """Standard deviation of the notes about their circular mean in the slot, in slots."""
    phase = 2.0 * np.pi * grid.slot_position(onset_s)
    centre = np.angle(np.mean(np.exp(1j * phase)))
    return float(np.std(np.angle(np.exp(1j * (phase - centre))))) / (2.0 * np.pi)


def _mean_distance(onset_s: FloatArray, grid: MetronomeGrid) -> float:
    position = grid.slot_position(onset_s)
    return float(np.mean(np.abs(position - np.round(position))))


@dataclass(frozen=True, slots=True)
class _Given:
    """What is given of the grid besides its tempo."""

    meter: Meter
    subdivision: Subdivision | None
    first_beat_s: float | None


def _too_few(n_notes: int) -> GridFit:
    reason = (
        f"only {n_notes} note{'' if n_notes == 1 else 's'} heard: "
        f"{FEWEST_NOTES - n_notes} more needed to lay a grid over them"
    )
    return GridFit(None, reason, Misfit.FEW_NOTES)


def _at_tempo(onset_s: FloatArray, bpm: float, given: _Given) -> GridFit:
    """Fit phase and, where not given, the subdivision."""
    beat_s = bpm_to_beat_s(bpm)
    choices = EVEN_SUBDIVISIONS if given.subdivision is None else (given.subdivision,)
    fits = {choice: fit_phase(onset_s, beat_s / n_cells_of(choice)) for choice in choices}
    rarities = [rarity(choice) for choice in choices]
    subdivision = choices[likeliest(list(fits.values()), rarities)]
    pulse = fits[subdivision]
    if given.subdivision is None:
        subdivision = as_swing(subdivision, pulse, onset_s)
    if fault_of(pulse, WIDEST_SPREAD_AT_TEMPO_SLOTS, EQUALLY_GOOD) or _is_beaten(pulse, onset_s):
        better, misfit = _better_tempo(onset_s, bpm)
        return _no_grid(f"the notes do not keep to {bpm:g} bpm{better}", misfit, pulse)
    if reason := rival_tempo(pulse, list(fits.values())):
        return _no_grid(reason, Misfit.AMBIGUOUS, pulse)
    if _is_too_fine(pulse, onset_s):
        return _no_grid(NO_COMMON_BEAT, Misfit.LENGTHS, pulse)
    return _fit_of(onset_s, pulse, bpm, subdivision, given)


def _is_beaten(pulse: Pulse, onset_s: FloatArray) -> bool:
    """Whether the notes keep far better to a pulse of quite another period."""
    best = steady_pulse(onset_s)
    if best is None or best.log_likelihood - pulse.log_likelihood < CLEARLY_BETTER:
        return False
    return off_multiple(pulse, best) > _OTHER_PERIOD


def _is_too_fine(pulse: Pulse, onset_s: FloatArray) -> bool:
    """Whether hardly any two notes are as close as slots that can be counted."""
    steps = np.diff(pulse.cells(onset_s))
    steps = steps[steps > 0]
    return bool(steps.size) and float(np.mean(steps < WIDEST_STEP_SLOTS)) < LEAST_CLOSE_SHARE


def _no_grid(reason: str, misfit: Misfit, pulse: Pulse) -> GridFit:
    """The reason for no grid, and how badly the best pulse fitted."""
    spread, share = pulse.spread_cells, pulse.explained_share
    return GridFit(None, reason, misfit, spread_slots=spread, explained_share=share)


def _better_tempo(onset_s: FloatArray, bpm: float) -> tuple[str, Misfit]:
    """What the notes keep to instead of a given tempo, and the kind of misfit."""
    pulse = steady_pulse(onset_s)
    if pulse is None:
        return " or to any other steady tempo", Misfit.UNSTEADY
    if _is_too_fine(pulse, onset_s):
        return " in any one subdivision of the beat", Misfit.LENGTHS
    cells_in_beat = max(1, round(bpm_to_beat_s(bpm) / pulse.cell_s))
    found_bpm = beat_s_to_bpm(cells_in_beat * pulse.cell_s)
    if abs(found_bpm / bpm - 1.0) < 0.005:
        better = f" in that subdivision: they come {cells_in_beat} to a beat"
    elif abs(found_bpm / bpm - 1.0) < 0.15:
        better = f"; they keep to {found_bpm:.1f} bpm"
    else:
        better = f"; they come {60.0 / pulse.cell_s:.0f} to the minute"
    return better, Misfit.OTHER_TEMPO


def _at_any_tempo(onset_s: FloatArray, given: _Given) -> GridFit:
    """Fit tempo and phase, and name a beat."""
    pulses = fit_pulses(onset_s)
    if not pulses:
        return GridFit(None, NO_COMMON_BEAT, Misfit.LENGTHS)
    pulse = pulses[likeliest(pulses, [0.0] * len(pulses))]
    if reason := fault_of_found(pulse, onset_s):
        return _no_grid(reason, Misfit.UNSTEADY, pulse)
    if reason := rival_tempo(pulse, pulses):
        return _no_grid(reason, Misfit.AMBIGUOUS, pulse)
    if _is_too_fine(pulse, onset_s):
        return _no_grid(NO_COMMON_BEAT, Misfit.LENGTHS, pulse)
    beats = _beats(pulse, onset_s, given.subdivision)
    subdivision, bpm = beats[0].subdivision, beats[0].bpm
    if not LOWEST_BPM <= bpm <= HIGHEST_BPM:
        return GridFit(
            None,
            f"with {subdivision} notes a beat the tempo would be {bpm:.0f} bpm: "
            "leave the subdivision out or give the tempo",
            Misfit.OTHER_TEMPO,
        )
    fit = _fit_of(onset_s, pulse, bpm, subdivision, given)
    return replace(
        fit,
        is_tempo_found=True,
        slot_probability=probability_of(pulse, pulses),
        beats=beats,
        remark=beat_remark(beats),
    )


def _beats(
    pulse: Pulse, onset_s: FloatArray, subdivision: Subdivision | None
) -> tuple[BeatGuess, ...]:
    if subdivision is None:
        return guess_beats(pulse, onset_s)
    return (BeatGuess(subdivision, beat_s_to_bpm(pulse.cell_s * n_cells_of(subdivision)), 1.0),)


def _fit_of(
    onset_s: FloatArray, pulse: Pulse, bpm: float, subdivision: Subdivision, given: _Given
) -> GridFit:
    """The grid of a pulse."""
    first_beat_s = given.first_beat_s
    if first_beat_s is None:
        first_beat_s = first_beat_of(onset_s, pulse, subdivision)
    return GridFit(
        grid=MetronomeGrid(bpm, given.meter, subdivision, first_beat_s),
        is_phase_known=given.first_beat_s is not None,
        spread_slots=pulse.spread_cells,
        explained_share=pulse.explained_share,
        slot_probability=1.0,
    )
