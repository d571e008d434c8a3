"""Our detector told what is played, as a player tells it, beside the one setting for all."""

from __future__ import annotations

import numpy as np

from benchmarks.peers import CONFIRMED, Peer
from benchmarks.rules import Detections
from benchmarks.takes import Take
from practiceear.audio.blocks import Samples
from practiceear.instruments.profile import UNNAMED, InstrumentProfile
from practiceear.instruments.registry import instrument_names, load_instrument
from practiceear.onset.detector import OnsetDetector
from practiceear.onset.event import OnsetKind

OWN_PROFILE = "practiceear own profile"
ABOUT_OWN_PROFILE = (
    "confirmed, told the instrument, or one of its family where only that is known; left out "
    "where that changes nothing"
)


def told_detector(take: Take) -> Peer:
    """Our detector under the take's own profile."""
    profile = _profile_of(take)
    if profile.detector == UNNAMED.detector:
        return CONFIRMED

    def detect(samples: Samples, rate_hz: int) -> Detections:
        detector = OnsetDetector(rate_hz, profile.detector)
        events = np.concatenate([detector.process(samples), detector.finish()])
        confirmed = np.sort(events[events["kind"] == OnsetKind.CONFIRMED], order="onset_sample")
        return Detections(confirmed["onset_sample"] / rate_hz, confirmed["known_sample"] / rate_hz)

    return Peer(OWN_PROFILE, repr(profile.detector), CONFIRMED.package, detect)


def _profile_of(take: Take) -> InstrumentProfile:
    """The take's instrument, else the first of its family, else none in particular."""
    profiles = [load_instrument(name) for name in instrument_names()]
    named = [profile for profile in profiles if profile.name == take.instrument]
    related = [profile for profile in profiles if profile.family.value == take.family]
    return next(iter(named + related), UNNAMED)
