"""The shortest way in: samples in, onsets out."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from practiceear.analysis.missed_notes import Hearing, estimate_hearing
from practiceear.analysis.pipeline import BLOCK_SAMPLES, NotePipeline
from practiceear.audio.blocks import BlockSource
from practiceear.audio.takefile import TakeArray
from practiceear.errors import UsageError
from practiceear.instruments.profile import InstrumentProfile
from practiceear.instruments.registry import load_profile
from practiceear.units import samples_to_seconds

DETECTED_ONSET = np.dtype(
    [
        ("onset_s", np.float64),  # when the note begins
        ("error_s", np.float64),  # SD of what onset_s may be off; NaN where not known
        ("detected_s", np.float64),  # when a live listener would have known
        ("level_dbfs", np.float64),  # loudest 20 ms RMS of its first 100 ms
        ("strength", np.float64),  # how clearly it was heard: 1 is the detector's threshold
    ]
)
"""One confirmed onset as :func:`detect_onsets` gives it."""


class DetectedOnsets(np.ndarray[tuple[int], np.dtype[np.void]]):
    """Onsets of a take, dtype ``DETECTED_ONSET``, shape (n_onsets,), and how complete they are.

    Attributes
    ----------
    hearing
        Which share of the notes played was probably heard, for the take and for passages of a
        few seconds, and where notes are probably missing. A part of the array keeps the take's.
    """

    hearing: Hearing

    def __array_finalize__(self, source: npt.NDArray[Any] | None) -> None:
        self.hearing = getattr(source, "hearing", Hearing())


def detect_onsets(
    samples: npt.ArrayLike, samplerate: int, instrument: str | None = None
) -> DetectedOnsets:
    """Hear where the notes in ``samples`` begin.

    Parameters
    ----------
    samples
        Shape (n,) or (n, n_channels); floats in -1..1, or integers at full scale.
        Channels are averaged.
    samplerate
        Samples per second, 8000 to 768000.
    instrument
        One of the names that ``practiceear instruments`` lists; None for any.

    Returns
    -------
    DetectedOnsets
        Structured, shape (n_onsets,), in order of time: ``onset_s``; ``error_s``, the
        standard deviation of what that may be off, NaN where it is not known; ``detected_s``,
        the last input sample the detector needed, in seconds; ``level_dbfs``, the loudest
        20 ms RMS within 100 ms of the onset; ``strength``, 1.0 being the detector's
        threshold. Silence gives an empty array. Its ``hearing`` tells which share of the notes
        played was probably heard (``hearing.take.recall``, and for ``hearing.passages``), and
        from when to when notes are probably missing (``hearing.missing_s``).

    Raises
    ------
    PracticeEarError
        On samples that are not finite real numbers, an unusable rate or an unknown
        instrument.

    Examples
    --------
    >>> import numpy as np
    >>> import practiceear
    >>> len(practiceear.detect_onsets(np.zeros(44100), 44100))
    0
    """
    if isinstance(samplerate, bool | str) or samplerate % 1 != 0:
        raise UsageError(f"a sample rate of {samplerate!r} is not a whole number", "Give it in Hz")
    return onsets_of(TakeArray(samples, int(samplerate)), load_profile(instrument))


def onsets_of(source: BlockSource, profile: InstrumentProfile) -> DetectedOnsets:
    """The onsets of a take in seconds."""
    rate_hz = source.rate_hz
    pipeline = NotePipeline(rate_hz, profile, is_pitch_wanted=False)
    notes = pipeline.run(source.blocks(BLOCK_SAMPLES)).notes
    onsets = np.zeros(len(notes), dtype=DETECTED_ONSET).view(DetectedOnsets)
    onsets.hearing = estimate_hearing(pipeline.evidence(notes))
    onsets["onset_s"] = samples_to_seconds(notes["onset_sample"], rate_hz)
    onsets["error_s"] = notes["onset_error_s"]
    onsets["detected_s"] = samples_to_seconds(notes["detected_sample"], rate_hz)
    onsets["level_dbfs"] = notes["level_dbfs"]
    onsets["strength"] = notes["strength"]
    return onsets
