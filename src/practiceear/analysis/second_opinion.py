"""What another onset detector hears in the same take: aubio (Brossier 2006), an optional extra."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from practiceear.analysis.onset_matching import match_onsets
from practiceear.audio.takefile import TakeFile
from practiceear.errors import MissingError
from practiceear.units import FloatArray

WINDOW_S = 0.050
HOP_SAMPLES = 512  # with 1024 the settings of aubio's own command
WINDOW_SAMPLES = 1024


@dataclass(frozen=True, slots=True, eq=False)
class SecondOpinion:
    """Where two detectors agree and where not.

    Attributes
    ----------
    name
        The other detector.
    n_agreed
        Onsets heard by both within ``window_s``.
    only_ours_s, only_theirs_s
        Onset times heard by one of them only.
    """

    name: str
    window_s: float
    n_agreed: int
    only_ours_s: FloatArray
    only_theirs_s: FloatArray


def require_aubio() -> None:
    """Raise ``MissingError`` where aubio is not installed, before anything is heard."""
    try:
        import aubio  # noqa: F401
    except ImportError as error:
        raise MissingError(
            "the second opinion needs aubio, which is not installed",
            "Install it with: pip install 'practiceear[aubio]'",
        ) from error


def ask_aubio(path: Path, channel: int | None, ours_s: FloatArray) -> SecondOpinion:
    """Let aubio, at its defaults, hear the take at ``path`` and compare.

    Raises
    ------
    MissingError
        Where aubio is not installed.
    """
    require_aubio()
    import aubio

    take = TakeFile(path, channel=channel)
    detector = aubio.onset("default", WINDOW_SAMPLES, HOP_SAMPLES, take.rate_hz)
    theirs_s: list[float] = []
    for block in take.blocks(HOP_SAMPLES):
        hop = np.zeros(HOP_SAMPLES, dtype=np.float32)
        hop[: len(block.samples)] = block.samples
        if detector(hop)[0]:
            theirs_s.append(float(detector.get_last_s()))
    return compare("aubio", ours_s, np.array(theirs_s))


def compare(name: str, ours_s: FloatArray, theirs_s: FloatArray) -> SecondOpinion:
    """Match two lists of onsets, each once, within ``WINDOW_S``."""
    pairs = match_onsets(ours_s, theirs_s, WINDOW_S)
    return SecondOpinion(
        name=name,
        window_s=WINDOW_S,
        n_agreed=len(pairs),
        only_ours_s=np.delete(ours_s, [pair[0] for pair in pairs]),
        only_theirs_s=np.delete(theirs_s, [pair[1] for pair in pairs]),
    )
