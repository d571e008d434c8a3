"""Our detector and its peers, behind one face.

Each peer takes mono samples and a rate and gives onsets. Peers whose packages are not
installed are left out, and the report says so. Settings are the peers' own defaults;
where one was tuned, its description says how.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
import soxr

from benchmarks.rules import Detections
from practiceear.analysis.pipeline import NotePipeline
from practiceear.audio.blocks import AudioBlock, Samples
from practiceear.instruments.profile import UNNAMED, InstrumentProfile
from practiceear.onset.detector import OnsetDetector
from practiceear.onset.event import OnsetArray, OnsetKind
from practiceear.units import FloatArray

Detect = Callable[[Samples, int], Detections]
Feed = Callable[[Samples], object]

OUR_HOP_SAMPLES = 256  # at 44.1 kHz; at other rates about as long
MADMOM_RATE_HZ = ESSENTIA_RATE_HZ = 44100


@dataclass(frozen=True, slots=True)
class Peer:
    """One detector.

    Attributes
    ----------
    name, about
        How it is called here, and what it is.
    package
        What must be importable.
    detect
        Hears one whole take.
    open_stream
        Makes, for a rate, a function that is fed blocks of any size; None where the
        detector needs the whole take.
    hop_samples
        The block size that suits it best; 0 where it needs the whole take.
    """

    name: str
    about: str
    package: str
    detect: Detect
    open_stream: Callable[[int], Feed] | None = None
    hop_samples: int = 0

    @property
    def is_installed(self) -> bool:
        """Whether it can be run here."""
        return find_spec(self.package) is not None


@dataclass(frozen=True, slots=True)
class AubioSettings:
    """How aubio is run."""

    method: str
    window_samples: int
    hop_samples: int
    is_tuned: bool


class AubioStream:
    """aubio fed blocks of any size: it wants whole hops, so blocks are gathered first."""

    def __init__(self, settings: AubioSettings, rate_hz: int) -> None:
        self._onset: Any = import_module("aubio").onset(
            settings.method, settings.window_samples, settings.hop_samples, rate_hz
        )
        if settings.is_tuned:
            self._onset.set_awhitening(False)
            self._onset.set_threshold(0.025)
            self._onset.set_silence(-50.0)
        self._hop = np.zeros(settings.hop_samples, dtype=np.float32)
        self._n_in_hop = 0
        self._n_samples = 0
        self.found: list[tuple[float, int]] = []  # onset in seconds, samples known by then

    def feed(self, block: Samples) -> None:
        """Take in the next block."""
        start, n_hop = 0, len(self._hop)
        while start < len(block):
            n_taken = min(n_hop - self._n_in_hop, len(block) - start)
            self._hop[self._n_in_hop : self._n_in_hop + n_taken] = block[start : start + n_taken]
            self._n_in_hop += n_taken
            start += n_taken
            if self._n_in_hop == n_hop:
                self._n_in_hop = 0
                self._n_samples += n_hop
                if self._onset(self._hop)[0]:
                    self.found.append((self._onset.get_last_s(), self._n_samples))


def _aubio(settings: AubioSettings) -> tuple[Detect, Callable[[int], Feed]]:
    def detect(samples: Samples, rate_hz: int) -> Detections:
        stream = AubioStream(settings, rate_hz)
        padding = np.zeros(-len(samples) % settings.hop_samples, dtype=np.float32)
        stream.feed(np.concatenate([samples, padding]))
        found = np.array(stream.found, dtype=np.float64).reshape(-1, 2)
        return Detections(found[:, 0], found[:, 1] / rate_hz)

    def open_stream(rate_hz: int) -> Feed:
        return AubioStream(settings, rate_hz).feed

    return detect, open_stream


def _called(samples: Samples, rate_hz: int) -> Detections:
    detector = OnsetDetector(rate_hz, UNNAMED.detector)
    return _of_kind(detector.process(samples), OnsetKind.PROVISIONAL, rate_hz)


def confirmed_by(profile: InstrumentProfile) -> Detect:
    """What a review takes for notes: the clicks of a metronome are left out."""

    def detect(samples: Samples, rate_hz: int) -> Detections:
        ear = NotePipeline(rate_hz, profile, is_pitch_wanted=False)
        heard = ear.run([AudioBlock(np.asarray(samples, dtype=np.float32), 0)])
        return _of_kind(heard.events, OnsetKind.CONFIRMED, rate_hz)

    return detect


def _of_kind(events: OnsetArray, kind: OnsetKind, rate_hz: int) -> Detections:
    chosen = np.sort(events[events["kind"] == kind], order="onset_sample")
    return Detections(chosen["onset_sample"] / rate_hz, chosen["known_sample"] / rate_hz)


def _our_stream(rate_hz: int) -> Feed:
    return OnsetDetector(rate_hz, UNNAMED.detector).process


def _ear_stream(rate_hz: int) -> Feed:
    ear = NotePipeline(rate_hz, UNNAMED, is_pitch_wanted=False)
    n_fed = 0

    def feed(block: Samples) -> object:
        nonlocal n_fed
        heard = ear.push(AudioBlock(block, n_fed))
        n_fed += len(block)
        return heard

    return feed


def _librosa(samples: Samples, rate_hz: int) -> Detections:
    librosa: Any = import_module("librosa")
    onset_s = librosa.onset.onset_detect(y=samples, sr=rate_hz, units="time")
    return _offline(np.asarray(onset_s, dtype=np.float64))


def _essentia(samples: Samples, rate_hz: int) -> Detections:
    standard: Any = import_module("essentia.standard")
    sound = _at_rate(samples, rate_hz, ESSENTIA_RATE_HZ)
    if len(sound) % 2:
        sound = sound[:-1]
    onset_s, _rate = standard.OnsetRate()(sound)
    return _offline(np.asarray(onset_s, dtype=np.float64))


def _madmom(processor: Any, picker: Any, samples: Samples, rate_hz: int) -> Detections:
    signal: Any = import_module("madmom.audio.signal")
    sound = signal.Signal(_at_rate(samples, rate_hz, MADMOM_RATE_HZ), sample_rate=MADMOM_RATE_HZ)
    return _offline(np.asarray(picker(processor(sound)), dtype=np.float64))


def _madmom_cnn(samples: Samples, rate_hz: int) -> Detections:
    onsets: Any = import_module("madmom.features.onsets")
    picker = onsets.OnsetPeakPickingProcessor(
        threshold=0.54, smooth=0.05, fps=100, pre_max=0.01, post_max=0.01
    )
    return _madmom(onsets.CNNOnsetProcessor(), picker, samples, rate_hz)


def _madmom_ll(samples: Samples, rate_hz: int) -> Detections:
    onsets: Any = import_module("madmom.features.onsets")
    picker = onsets.OnsetPeakPickingProcessor(
        threshold=0.23, fps=100, pre_max=0.01, post_max=0.0, post_avg=0.0
    )
    return _madmom(onsets.RNNOnsetProcessor(online=True), picker, samples, rate_hz)


def _offline(onset_s: FloatArray) -> Detections:
    onset_s = np.sort(onset_s)
    return Detections(onset_s, np.full(len(onset_s), np.nan))


def _at_rate(samples: Samples, rate_hz: int, wanted_hz: int) -> Samples:
    if rate_hz == wanted_hz:
        return samples
    resampled: Samples = soxr.resample(samples, rate_hz, wanted_hz).astype(np.float32)
    return resampled


PROVISIONAL = Peer(
    "practiceear called",
    "ours, as a live dot: early, some retracted later",
    "practiceear",
    _called,
    _our_stream,
    OUR_HOP_SAMPLES,
)
CONFIRMED = Peer(
    "practiceear confirmed",
    "ours, as all measures use it: about a tenth of a second later",
    "practiceear",
    confirmed_by(UNNAMED),
)
EAR = Peer(
    "practiceear ear",
    "ours with the notes' levels, ends and attacks",
    "practiceear",
    confirmed_by(UNNAMED),
    _ear_stream,
    OUR_HOP_SAMPLES,
)
AUBIO = Peer(
    "aubio",
    "aubio's defaults, window 1024, hop 512",
    "aubio",
    *_aubio(AubioSettings("default", 1024, 512, is_tuned=False)),
    512,
)
AUBIO_TUNED = Peer(
    "aubio tuned",
    "aubio mkl, window 1024, hop 256, whitening off, threshold 0.025, silence -50 dB",
    "aubio",
    *_aubio(AubioSettings("mkl", 1024, 256, is_tuned=True)),
    256,
)
LIBROSA = Peer("librosa", "librosa's onset_detect as it comes", "librosa", _librosa)
ESSENTIA = Peer("essentia", "essentia's OnsetRate as it comes", "essentia", _essentia)
MADMOM_CNN = Peer("madmom cnn", "madmom's CNNOnsetDetector, offline", "madmom", _madmom_cnn)
MADMOM_LL = Peer("madmom ll", "madmom's OnsetDetectorLL, causal network", "madmom", _madmom_ll)

PEERS = (PROVISIONAL, CONFIRMED, AUBIO, AUBIO_TUNED, LIBROSA, ESSENTIA, MADMOM_CNN, MADMOM_LL)
