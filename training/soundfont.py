"""Single notes and percussion of FluidR3 GM (MIT), for takes rendered from recordings.

The presets that validation uses (violin, viola, cello, flute, oboe, trumpet, tenor saxophone
and pizzicato of the same SoundFont) are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr

from recordings.rendering.packages import open_fluid
from recordings.rendering.soundfont import SoundFont
from recordings.rendering.source_note import SourceNote, sustain

from .render import Sample
from .room import Rng
from .truth import RATE_HZ, FloatArray

SOURCE, HELD_OUT_SOURCE, LICENCE = "FluidR3_GM_others", "FluidR3_GM", "MIT"
HELD_S = 4.0
SUSTAINED, PLUCKED, STRUCK = "sus", "pluck", "hit"
# General MIDI preset: (instrument, articulation)
PRESETS = {
    22: ("harmonica", SUSTAINED),
    43: ("bass", SUSTAINED),
    57: ("trombone", SUSTAINED),
    58: ("tuba", SUSTAINED),
    59: ("muted trumpet", SUSTAINED),
    60: ("horn", SUSTAINED),
    64: ("soprano sax", SUSTAINED),
    65: ("alto sax", SUSTAINED),
    67: ("baritone sax", SUSTAINED),
    69: ("english horn", SUSTAINED),
    70: ("bassoon", SUSTAINED),
    71: ("clarinet", SUSTAINED),
    72: ("piccolo", SUSTAINED),
    74: ("recorder", SUSTAINED),
    75: ("pan flute", SUSTAINED),
    52: ("choir", SUSTAINED),
    6: ("harpsichord", STRUCK),
    8: ("celesta", STRUCK),
    9: ("glockenspiel", STRUCK),
    10: ("music box", STRUCK),
    11: ("vibraphone", STRUCK),
    12: ("marimba", STRUCK),
    13: ("xylophone", STRUCK),
    15: ("dulcimer", PLUCKED),
    24: ("nylon guitar", PLUCKED),
    25: ("steel guitar", PLUCKED),
    26: ("jazz guitar", PLUCKED),
    27: ("clean guitar", PLUCKED),
    28: ("muted guitar", PLUCKED),
    31: ("guitar harmonics", PLUCKED),
    32: ("double bass", PLUCKED),
    33: ("electric bass", PLUCKED),
    35: ("fretless bass", PLUCKED),
    46: ("harp", PLUCKED),
    104: ("sitar", PLUCKED),
    105: ("banjo", PLUCKED),
    106: ("shamisen", PLUCKED),
}
HELD_OUT = {
    40: ("violin", SUSTAINED),
    41: ("viola", SUSTAINED),
    42: ("cello", SUSTAINED),
    45: ("violin", "pizz"),
    56: ("trumpet", SUSTAINED),
    66: ("sax", SUSTAINED),
    68: ("oboe", SUSTAINED),
    73: ("flute", SUSTAINED),
}
TREMOLO_PRESET, FRET_PRESET = 44, 120
CLICKS = (
    "High Q", "Slap", "Sticks", "Square Click", "Metronome Click", "Metronome Bell", "Std Kick",
    "Rim Tap", "Std Snr", "Clap", "Hi-Hat Closed", "Hi-Hat Foot", "BellRide", "Tambourine",
    "Cow Bell", "Bongo Rim", "Low Bongo", "Closed Slap", "High Agogo", "Low Agogo", "Cabasa",
    "Maracas", "Clave", "High Woodblock", "Low Woodblock", "Triangle", "Small Shaker", "Castanet",
)  # fmt: skip
BELLS = (
    "Metronome Bell", "BellRide", "Cow Bell", "High Agogo", "Low Agogo", "Triangle",
    "Low Bongo", "High Woodblock", "Low Woodblock",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SoundFontSounds:
    """Notes as samples with their sound beside them, and sounds that are no notes."""

    samples: list[Sample]
    cache: dict[Path, FloatArray]
    tremolo: list[Path]  # of the cache: whole string sections that tremble
    clicks: list[FloatArray]
    bells: list[FloatArray]
    frets: list[FloatArray]


def _sound(note: SourceNote, duration_s: float) -> FloatArray:
    """The note at RATE_HZ from its first sample above -40 dB on, peak 1."""
    n_source = int(duration_s * note.samplerate_hz)
    audio = sustain(note, n_source) if note.loop_samples else note.samples[:n_source]
    audio = soxr.resample(audio, note.samplerate_hz, RATE_HZ).astype(np.float32)
    audio = audio / (np.max(np.abs(audio)) + 1e-9)
    power = np.convolve(audio**2, np.full(44, 1 / 44), "full")[: audio.size]
    first = int(np.argmax(power >= 1e-4 * power[: int(0.5 * RATE_HZ)].max()))
    return np.ascontiguousarray(audio[max(0, first - 8) :])


def _dying(audio: FloatArray, pitch_midi: float, rng: Rng) -> FloatArray:
    """What the synthesizer's envelope does: loops of plucked strings die away."""
    tau_s = rng.uniform(0.25, 1.6) * 2 ** (-(pitch_midi - 55) / 24)
    time_s = np.arange(audio.size, dtype=np.float32) / RATE_HZ
    return np.asarray(audio * np.exp(-time_s / tau_s), np.float32)


def _notes(
    font: SoundFont, presets: dict[int, tuple[str, str]], source: str
) -> tuple[list[Sample], dict[Path, FloatArray]]:
    """Samples of some presets, and their sound by path."""
    samples, cache, rng = [], {}, np.random.default_rng(1)
    for preset, (instrument, articulation) in presets.items():
        for k, note in enumerate(font.preset_notes(preset)):
            if note.pitch_midi is None:
                continue
            key = Path(f"fluid/{preset}/{k}")
            cache[key] = _sound(note, HELD_S)
            if articulation != SUSTAINED:
                cache[key] = _dying(cache[key], note.pitch_midi, rng)
            samples.append(
                Sample(key, instrument, articulation, note.pitch_midi, 0.0, 0.0, source, LICENCE)
            )
    return samples, cache


def read_held_out(cache_folder: Path) -> tuple[list[Sample], dict[Path, FloatArray]]:
    """The presets for validation, where no folder of samples holds them."""
    return _notes(open_fluid(cache_folder), HELD_OUT, HELD_OUT_SOURCE)


def read_sounds(cache_folder: Path) -> SoundFontSounds:
    """Everything that training takes from the SoundFont; fetched once into the folder."""
    font = open_fluid(cache_folder)
    samples, cache = _notes(font, PRESETS, SOURCE)
    tremolo = []
    for k, note in enumerate(font.preset_notes(TREMOLO_PRESET)):
        tremolo.append(Path(f"fluid/{TREMOLO_PRESET}/{k}"))
        cache[tremolo[-1]] = _sound(note, HELD_S)
    kit = font.preset_notes(0, bank=128)
    clicks = [_sound(n, 0.4) for n in kit if n.name.startswith(CLICKS)]
    bells = [_sound(n, 0.6) for n in kit if n.name.startswith(BELLS)]
    frets = [_sound(n, 0.4) for n in font.preset_notes(FRET_PRESET)]
    return SoundFontSounds(samples, cache, tremolo, clicks, bells, frets)
