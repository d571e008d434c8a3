"""The instruments that play the fixtures: which recordings, and how their notes end and join."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .note_sound import Manner, Voice
from .packages import fluid_bank, tonejs_bank
from .source_note import NoteBank, Samples, SourceNote
from .truth import rise_sample

_TAP_RATE_HZ = 96_000
_N_TAPS = 12
_SLOWEST_SPEECH_S = 0.075

# Each voice: where its recordings come from ("fluid" and the General MIDI preset, "tonejs" and
# the package's instrument), and its manner: names of its articulations, how notes end and join.
_VOICES = {
    # Some of these recordings were cut into their first moment: the longer rise softens the cut.
    "violin": ("tonejs:violin", Manner("detache", "legato", 0.010, "ring", 0.020)),
    "viola": ("fluid:41", Manner("detache", "legato", 0.004, "ring", 0.022)),
    "cello": ("fluid:42", Manner("detache", "legato", 0.004, "ring", 0.028)),
    "double-bass": ("fluid:32", Manner("pizzicato", release="ring", release_s=0.030)),
    "steel-guitar": ("tonejs:guitar-acoustic", Manner("plucked", release="ring", release_s=0.020)),
    "nylon-guitar": ("fluid:24", Manner("plucked", release="ring", release_s=0.020)),
    "flute": ("tonejs:flute", Manner("tongued", "slurred", 0.004, "fade", 0.060)),
    "clarinet": ("fluid:71", Manner("tongued", "slurred", 0.002, "fade", 0.045, 0.030)),
    "oboe": ("fluid:68", Manner("tongued", "slurred", 0.002, "fade", 0.040, 0.030)),
    "saxophone": ("tonejs:saxophone", Manner("tongued", "slurred", 0.002, "fade", 0.050, 0.030)),
    "trumpet": ("tonejs:trumpet", Manner("tongued", "slurred", 0.001, "fade", 0.040, 0.030)),
    "piano": ("tonejs:piano", Manner("struck", release="ring", release_s=0.035)),
    "tap": ("tap", Manner("tapped")),
}


def load_voice(name: str, cache: Path) -> Voice:
    """Return the voice called `name`, fetching its recordings into `cache` where needed."""
    if name not in _VOICES:
        raise ValueError(f"no voice {name!r}; there are {', '.join(_VOICES)}")
    recordings, manner = _VOICES[name]
    kind, _, which = recordings.partition(":")
    match kind:
        case "fluid":
            bank = fluid_bank(int(which), cache)
        case "tonejs":
            bank = tonejs_bank(which, cache)
        case _:
            bank = tap_bank()
    return Voice(_quick_to_speak(bank), manner)


def _quick_to_speak(bank: NoteBank) -> NoteBank:
    """Return the bank without recordings too slow from -40 to -20 dB to start a short note."""

    def speaks_s(note: SourceNote) -> float:
        rate = round(note.samplerate_hz)
        rise = rise_sample(note.samples, rate, -20.0) - rise_sample(note.samples, rate, -40.0)
        return rise / rate

    quick = tuple(note for note in bank.notes if speaks_s(note) <= _SLOWEST_SPEECH_S)
    return NoteBank(quick, bank.source, bank.licence)


def tap_bank() -> NoteBank:
    """Return fingertips on a wooden table, made from decaying modes: no two taps alike."""
    rng = np.random.default_rng(77)
    taps = tuple(
        SourceNote(f"tap {n}", _tap(rng), float(_TAP_RATE_HZ), None) for n in range(_N_TAPS)
    )
    return NoteBank(taps, "synthesized by recordings/rendering/voices.py", "MIT")


def _tap(rng: np.random.Generator) -> Samples:
    """One tap: the table's low modes, the top's ring, and the skin's short rustle."""
    seconds = np.arange(round(0.35 * _TAP_RATE_HZ)) / _TAP_RATE_HZ
    sound = np.zeros(len(seconds))
    modes = ((118, 1.0, 0.040), (203, 0.8, 0.030), (341, 0.6, 0.018), (612, 0.4, 0.011),
             (1130, 0.25, 0.006), (2350, 0.15, 0.003))  # fmt: skip
    for pitch_hz, gain, decay_s in modes:
        phase = 2 * np.pi * pitch_hz * rng.normal(1.0, 0.01) * seconds
        mode_gain = gain * 10 ** (rng.normal(0.0, 2.0) / 20)
        sound += mode_gain * np.sin(phase) * np.exp(-seconds / (decay_s * rng.uniform(0.85, 1.2)))
    rustle = rng.normal(size=len(seconds)) * np.exp(-seconds / 0.0015)
    return sound + 0.35 * np.asarray(rustle, np.float64)
