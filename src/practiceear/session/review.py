"""Reviews a recorded take: the same ear as live, then the measures."""

from __future__ import annotations

from dataclasses import dataclass

from practiceear.audio.block import BlockSource
from practiceear.audio.takefile import TakeFile, TakeHealth
from practiceear.instruments.profile import InstrumentProfile
from practiceear.instruments.registry import load_instrument
from practiceear.instruments.unnamed import UNNAMED
from practiceear.session.ear import Ear, listen
from practiceear.session.snapshot import Exercise, SessionSnapshot, measure

BLOCK_SAMPLES = 4096


@dataclass(frozen=True, slots=True, eq=False)
class TakeReview:
    """A reviewed take.

    Attributes
    ----------
    name
        The take as the user named it.
    file_rate_hz, n_channels, duration_s
        Of the file itself.
    health
        What was found out about the recording while it was read.
    snapshot
        What was heard and measured.
    """

    name: str
    file_rate_hz: int
    n_channels: int
    duration_s: float
    health: TakeHealth
    snapshot: SessionSnapshot


def load_profile(instrument: str | None) -> InstrumentProfile:
    """The profile of a named instrument, or what serves any where none is named."""
    return load_instrument(instrument) if instrument is not None else UNNAMED


def review_take(
    take: TakeFile,
    source: BlockSource,
    profile: InstrumentProfile,
    exercise: Exercise,
    *,
    name: str | None = None,
) -> TakeReview:
    """Listen to a take from ``source``, which delivers its blocks, and measure it.

    ``name`` is how the take is called in reports: by its path where None.

    Raises
    ------
    TakeError
        Where the take cannot be read or is digitally silent.
    """
    ear = Ear(take.rate_hz, profile)
    notes = listen(ear, source.blocks(BLOCK_SAMPLES)).notes
    take.refuse_silence()
    return TakeReview(
        name=name or str(take.path),
        file_rate_hz=take.file_rate_hz,
        n_channels=take.n_channels,
        duration_s=take.health.n_frames / take.file_rate_hz,
        health=take.health,
        snapshot=measure(notes, ear, exercise),
    )
