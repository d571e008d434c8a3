"""The takes a network is trained and validated on, each made from its own seed."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import negatives, render, struck, voices
from .clicks import click_track
from .phrase import PhraseConfig, random_phrase
from .render import Sample
from .room import Rng, background, db, recorded
from .truth import RATE_HZ, FloatArray, NoteArray, Take, as_notes

NO_NOTES = as_notes([])
KINDS = (
    "bowed",
    "wind",
    "plucked",
    "piano",
    "tap",
    "rendered",
    "long",
    "clicks",
    "breath",
    "handling",
    "babble",
    "room",
    "sparse",
    "more_clicks",
    "more_handling",
    "more_breath",
    "legato",
)  # in the order of their seeds: new ones go last
SILENT_KINDS = ("clicks", "breath", "handling", "babble", "room")


@dataclass(frozen=True, slots=True)
class MaterialConfig:
    """How many takes of each kind; a take lasts take_s."""

    seed: int = 20_264
    take_s: float = 22.0
    n_bowed: int = 150
    n_wind: int = 105
    n_plucked: int = 84
    n_piano: int = 24
    n_tap: int = 22
    n_rendered: int = 190
    n_clicks: int = 46
    n_breath: int = 28
    n_handling: int = 42
    n_babble: int = 24
    n_room: int = 16
    n_long: int = 56
    n_sparse: int = 120
    n_more_clicks: int = 70
    n_more_handling: int = 30
    n_more_breath: int = 20
    n_legato: int = 100


@dataclass(frozen=True, slots=True)
class Bank:
    """Samples by instrument and articulation, and their decoded sound."""

    banks: dict[tuple[str, str], list[Sample]]
    cache: dict[Path, FloatArray]


def _bowed(take_s: float, rng: Rng, is_sparse: bool = False) -> tuple[FloatArray, NoteArray]:
    low = int(rng.choice([28, 36, 36, 36, 36, 48, 48, 55, 55, 55]))
    config = PhraseConfig(
        low, low + int(rng.integers(14, 36)), rng.uniform(0.2, 0.9), take_s, is_sparse=is_sparse
    )
    return voices.play_sustained(
        random_phrase(config, rng), voices.bowed_style(rng, low), take_s, rng
    )


def _wind(take_s: float, rng: Rng, is_sparse: bool = False) -> tuple[FloatArray, NoteArray]:
    low = int(rng.choice([40, 44, 49, 50, 54, 58, 60, 60, 72]))
    config = PhraseConfig(
        low, low + int(rng.integers(12, 32)), rng.uniform(0.1, 0.9), take_s, is_sparse=is_sparse
    )
    return voices.play_sustained(
        random_phrase(config, rng), voices.wind_style(rng, low), take_s, rng
    )


def _plucked(take_s: float, rng: Rng, is_sparse: bool = False) -> tuple[FloatArray, NoteArray]:
    low = int(rng.choice([28, 36, 40, 40, 40, 55]))
    style = struck.plucked_style(rng)
    low += 19 if style.tilt > 1.7 else 0  # harmonics sound high
    config = PhraseConfig(
        low, low + int(rng.integers(14, 40)), 0.0, take_s, 0.07, is_sparse=is_sparse
    )
    return struck.play_struck(config, style, rng)


def _piano(take_s: float, rng: Rng, is_sparse: bool = False) -> tuple[FloatArray, NoteArray]:
    low = int(rng.integers(30, 65))
    config = PhraseConfig(
        low, low + int(rng.integers(14, 36)), 0.0, take_s, 0.07, is_sparse=is_sparse
    )
    return struck.play_struck(config, struck.piano_style(rng), rng)


MAKERS = {"bowed": _bowed, "wind": _wind, "plucked": _plucked, "piano": _piano}


def _rendered(
    take_s: float, bank: Bank, rng: Rng, is_sparse: bool = False
) -> tuple[FloatArray, NoteArray]:
    keys = sorted(bank.banks)
    weight = np.array(
        [3.0 if key[0] in render.STRINGS and key[1] != "pizz" else 1.0 for key in keys]
    )
    key = keys[int(rng.choice(len(keys), p=weight / weight.sum()))]
    config = PhraseConfig(0, 127, rng.uniform(0.1, 0.8), take_s, is_sparse=is_sparse)
    return render.render_take(bank.banks[key], config, rng, bank.cache)


def _legato(take_s: float, rng: Rng) -> tuple[FloatArray, NoteArray]:
    """Smooth playing: slurs almost without a dip, soft bow and tongue changes, often low."""
    is_bowed = rng.random() < 0.55
    low = int(rng.choice([28, 36, 36, 36, 48, 55] if is_bowed else [44, 50, 54, 58, 60, 72]))
    style = voices.bowed_style(rng, low) if is_bowed else voices.wind_style(rng, low)
    soft_s = (0.02, rng.uniform(0.04, 0.09))
    style = dataclasses.replace(
        style,
        slur_dip_db=(0.0, rng.uniform(0.3, 3.0)),
        dip_db=(2.0, rng.uniform(4.0, 9.0)),
        fall_s=soft_s,
        rise_s=soft_s,
        burst_db=style.burst_db - 8,
        slur_s=(0.004, 0.03),
    )
    config = PhraseConfig(low, low + int(rng.integers(12, 30)), rng.uniform(0.5, 1.0), take_s, 0.12)
    return voices.play_sustained(random_phrase(config, rng), style, take_s, rng)


def _sparse(take_s: float, bank: Bank, rng: Rng) -> tuple[FloatArray, NoteArray]:
    """Single notes of any instrument, seconds apart."""
    kind = str(rng.choice(["bowed", "wind", "plucked", "plucked", "piano", "rendered", "rendered"]))
    if kind == "rendered":
        return _rendered(take_s, bank, rng, is_sparse=True)
    return MAKERS[kind](take_s, rng, is_sparse=True)


def _distractions(
    dry: FloatArray, rng: Rng, noise_probability: float
) -> tuple[FloatArray, FloatArray]:
    """Clicks and noises that may be heard beside the playing: (sound, click times)."""
    take_s = dry.size / RATE_HZ
    peak = np.max(np.abs(dry)) + 1e-9
    out, clicks_s = np.zeros_like(dry), np.zeros(0)
    if rng.random() < 0.3:
        clicks_s = negatives.click_times(take_s, rng)
        out += peak * db(-rng.uniform(6, 32)) * click_track(dry.size, clicks_s, rng)
    for maker in (negatives.breaths, negatives.handling):
        if rng.random() < noise_probability:
            out += peak * db(-rng.uniform(18, 40)) * maker(take_s, rng)[: dry.size]
    if rng.random() < 0.06:
        out += peak * db(-rng.uniform(22, 40)) * negatives.babble(take_s, rng)[: dry.size]
    return out, clicks_s


def played_take(kind: str, seed: int, config: MaterialConfig, bank: Bank) -> Take:
    """One take with notes, in a room, with distractions."""
    rng = np.random.default_rng(seed)
    if kind == "rendered":
        dry, notes = _rendered(config.take_s, bank, rng)
    elif kind == "tap":
        dry, notes = struck.play_taps(config.take_s, rng)
    elif kind == "long":
        dry, notes = negatives.long_tones(config.take_s, rng)
    elif kind == "sparse":
        dry, notes = _sparse(config.take_s, bank, rng)
    elif kind == "legato":
        dry, notes = _legato(config.take_s, rng)
    else:
        dry, notes = MAKERS[kind](config.take_s, rng)
    n_samples = int(config.take_s * RATE_HZ)
    dry = np.pad(dry, (0, max(0, n_samples - dry.size)))[:n_samples]
    beside, clicks_s = _distractions(dry, rng, 0.45 if kind == "sparse" else 0.18)
    if clicks_s.size and rng.random() < 0.5:  # a speaker in the same room, or bleed that is dry
        return Take(f"{kind}-{seed}", recorded(dry + beside, rng), notes, clicks_s)
    wet = recorded(dry, rng)
    scale = np.max(np.abs(wet)) / (np.max(np.abs(dry)) + 1e-9)
    return Take(f"{kind}-{seed}", wet + (scale * beside).astype(np.float32), notes, clicks_s)


def silent_take(kind: str, seed: int, config: MaterialConfig) -> Take:
    """One take without any note."""
    rng = np.random.default_rng(seed)
    makers = {
        "clicks": negatives.clicks_only,
        "breath": negatives.breaths,
        "handling": negatives.handling,
        "babble": negatives.babble,
        "room": negatives.room_only,
    }
    kind = kind.removeprefix("more_")
    dry = makers[kind](config.take_s, rng)
    if kind == "room":
        return Take(f"room-{seed}", dry, NO_NOTES)
    if rng.random() < 0.3:
        dry = dry + db(-rng.uniform(10, 40)) * background(dry.size, rng)
    return Take(f"{kind}-{seed}", recorded(dry, rng), NO_NOTES)


def make_takes(config: MaterialConfig, bank: Bank) -> Iterator[Take]:
    """All takes of a configuration, in a fixed order."""
    seed = config.seed * 10_000
    for kind in KINDS:
        for _ in range(getattr(config, f"n_{kind}")):
            seed += 1
            if kind.removeprefix("more_") in SILENT_KINDS:
                yield silent_take(kind, seed, config)
            else:
                yield played_take(kind, seed, config, bank)
