"""Our detector told what is played, as a player tells it, beside the one setting for all."""

from __future__ import annotations

from benchmarks.peers import CONFIRMED, Peer, confirmed_by
from benchmarks.takes import Take
from practiceear.instruments.profile import UNNAMED, InstrumentProfile
from practiceear.instruments.registry import instrument_names, load_instrument

OWN_PROFILE = "practiceear own profile"
ABOUT_OWN_PROFILE = (
    "confirmed, told the instrument, or one of its family where only that is known; left out "
    "where that changes nothing"
)


def told_detector(take: Take) -> Peer:
    """Our detector under the take's own profile."""
    profile = _profile_of(take)
    is_as_unnamed = profile.detector == UNNAMED.detector and profile.has_struck_tones
    if is_as_unnamed:
        return CONFIRMED
    about = f"{profile.detector}, struck tones {profile.has_struck_tones}"
    return Peer(OWN_PROFILE, about, CONFIRMED.package, confirmed_by(profile))


def _profile_of(take: Take) -> InstrumentProfile:
    """The take's instrument, else the first of its family, else none in particular."""
    profiles = [load_instrument(name) for name in instrument_names()]
    named = [profile for profile in profiles if profile.name == take.instrument]
    related = [profile for profile in profiles if profile.family.value == take.family]
    return next(iter(named + related), UNNAMED)
