"""Everything that is known about a session at one moment, frozen."""

from __future__ import annotations

from dataclasses import dataclass, field

from practiceear.instruments.profile import InstrumentProfile
from practiceear.metrics.metric import Metric
from practiceear.metronome.align import Alignment
from practiceear.metronome.grid import Meter, Subdivision
from practiceear.metronome.tempo import GridFit
from practiceear.notes.note import NoteArray
from practiceear.session.ear import Gap
from practiceear.units import FloatArray, samples_to_seconds


@dataclass(frozen=True, slots=True)
class Exercise:
    """What the player set out to play, as far as it is known.

    Attributes
    ----------
    bpm
        Beats per minute; None: to be found from the notes.
    meter
        Beats in a bar and their groups.
    subdivision
        Notes to a beat; None: to be found from the notes.
    first_beat_s
        When the first click sounded, in seconds of the take; None where it is not known.
    """

    bpm: float | None = None
    meter: Meter = field(default_factory=Meter)
    subdivision: Subdivision | None = None
    first_beat_s: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class SessionSnapshot:
    """What was heard and what follows from it.

    Attributes
    ----------
    rate_hz
        Samples per second of all positions.
    profile
        The instrument that was listened for.
    notes
        dtype ``NOTE``, read-only.
    gaps
        Places where sound was lost.
    grid_fit
        The metronome grid, or why there is none.
    alignment
        Which slot each note was meant for; None without a grid.
    metrics
        The measures, in the order in which they are reported.
    """

    rate_hz: int
    profile: InstrumentProfile
    notes: NoteArray
    gaps: tuple[Gap, ...]
    grid_fit: GridFit
    alignment: Alignment | None
    metrics: tuple[Metric, ...]

    @property
    def onset_s(self) -> FloatArray:
        """Onset times of the notes in seconds, shape (n_notes,)."""
        return samples_to_seconds(self.notes["onset_sample"], self.rate_hz)

    def metric(self, key: str) -> Metric:
        """The measure with this key; KeyError where there is none."""
        for metric in self.metrics:
            if metric.key == key:
                return metric
        raise KeyError(key)
