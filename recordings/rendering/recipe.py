"""What one take is: who plays what, how, where, and into which file."""

from __future__ import annotations

from dataclasses import dataclass

from .performer import Grid, Playing, Score
from .room import Bleed, Room

MAJOR = (0, 2, 4, 5, 7, 9, 11)
MINOR = (0, 2, 3, 5, 7, 8, 10)


@dataclass(frozen=True, slots=True)
class Recorder:
    """The file: sample rate, channels, and the peak it is recorded at.

    A `peak_dbfs` above 0 clips, as an input turned up too far does.
    """

    samplerate_hz: int = 44_100
    n_channels: int = 1
    peak_dbfs: float = -5.0


@dataclass(frozen=True, slots=True)
class TakeRecipe:
    """One take to render. Without a `score` nobody plays and the take lasts `silent_s`."""

    name: str
    purpose: str
    tier: str
    instrument: str
    seed: int
    grid: Grid
    room: Room
    voice: str = ""
    score: Score | None = None
    playing: Playing | None = None
    recorder: Recorder = Recorder()
    bleed: Bleed | None = None
    silent_s: float = 0.0
    finding: str = ""


def on_scale(tonic_midi: int, mode: tuple[int, ...], degrees: tuple[int, ...]) -> tuple[float, ...]:
    """Return the MIDI pitches of scale degrees, 0 being the tonic and 7 its octave."""
    return tuple(float(tonic_midi + 12 * (d // 7) + mode[d % 7]) for d in degrees)


def up_and_down(top: int) -> tuple[int, ...]:
    """Return the degrees of a scale up to `top` and down again, without repeating either end."""
    return (*range(top), *range(top, 0, -1))


def in_thirds(top: int) -> tuple[int, ...]:
    """Return the degrees of a scale in broken thirds up to `top` and down again."""
    up = [d for low in range(top - 1) for d in (low, low + 2)]
    down = [d for high in range(top, 1, -1) for d in (high, high - 2)]
    return (*up, *down)


def repeated(degrees: tuple[int, ...], n_slots: int) -> tuple[int, ...]:
    """Return the pattern over and over, `n_slots` notes of it."""
    return tuple(degrees[n % len(degrees)] for n in range(n_slots))
