"""Our detector told what is played, as a player tells it, beside the one setting for all."""

from __future__ import annotations

import numpy as np

from benchmarks.rules import Detections
from benchmarks.takes import Take
from practiceear.instruments.profile import InstrumentProfile
from practiceear.instruments.registry import instrument_names, load_instrument
from practiceear.onset.detector import OnsetDetector
from practiceear.onset.event import OnsetKind

OWN_PROFILE = "practiceear own profile"
ABOUT_OWN_PROFILE = (
    "confirmed, told the instrument, or one of its family where only that is known; left out "
    "where no take has either"
)


def profile_of(take: Take) -> InstrumentProfile | None:
    """The take's instrument, else the first of its family, else None."""
    profiles = [load_instrument(name) for name in instrument_names()]
    named = [profile for profile in profiles if profile.name == take.instrument]
    related = [profile for profile in profiles if profile.family.value == take.family]
    return next(iter(named + related), None)


def detect_settled(take: Take, profile: InstrumentProfile) -> Detections:
    """What confirms in a take under a profile's settings."""
    detector = OnsetDetector(take.rate_hz, profile.detector)
    events = np.concatenate([detector.process(take.samples), detector.finish()])
    confirmed = np.sort(events[events["kind"] == OnsetKind.CONFIRMED], order="onset_sample")
    return Detections(
        confirmed["onset_sample"] / take.rate_hz, confirmed["known_sample"] / take.rate_hz
    )
