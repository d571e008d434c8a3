"""The takes a network is trained and validated on, each made from its own seed."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from . import negatives, render, struck, voices, waveguides
from .clicks import click_track, random_click, ringing_click, tonal_click
from .phrase import PhraseConfig, random_phrase
from .render import Sample
from .room import Rng, background, db, in_hall, recorded, shaped
from .truth import (
    BOWED,
    PIANO,
    PLUCKED,
    RATE_HZ,
    WIND,
    FloatArray,
    NoteArray,
    NoteRow,
    Take,
    TimeArray,
    as_notes,
    note_truth,
)

NO_NOTES = as_notes([])
KINDS = (
    "bowed",
    "wind",
    "plucked",
    "piano",
    "tap",
    "rendered",
    "legato",
    "sparse",
    "pizzicato",
    "long",
    "held",
    "clicks",
    "breath",
    "handling",
    "babble",
    "room",
    "tongued",
    "bells",
    "beeps",
    "short",
    "swaying",
    "fast",
    "high",
    "strum",
    "waveguide",
)  # in the order of their seeds: new ones go last
SILENT_KINDS = ("breath", "handling", "babble", "room")
CLICK_MAKERS = {"clicks": random_click, "bells": ringing_click, "beeps": tonal_click}
HELD_KINDS = ("long", "held", "swaying")
HALL_KINDS = ("fast", "strum", "waveguide")  # a part of them played in a hall
# how often a rendered take is of a family; strings are the hardest and have few samples
LOUD_CLICK_DB = 18.0  # below the playing; softer ones nobody can be asked to hear
_FAST_SHARE = (0.36, 0.24, 0.22, 0.1, 0.08)
FAMILY_SHARE = {BOWED: 0.42, WIND: 0.30, PLUCKED: 0.20, PIANO: 0.08}


@dataclass(frozen=True, slots=True)
class MaterialConfig:
    """How many takes of each kind; a take lasts take_s."""

    seed: int = 20_265
    take_s: float = 22.0
    n_bowed: int = 150
    n_wind: int = 105
    n_plucked: int = 84
    n_piano: int = 24
    n_tap: int = 44
    n_rendered: int = 300
    n_legato: int = 100
    n_sparse: int = 130
    n_pizzicato: int = 60
    n_long: int = 80
    n_held: int = 120
    n_clicks: int = 160
    n_breath: int = 50
    n_handling: int = 80
    n_babble: int = 64
    n_room: int = 16
    n_tongued: int = 60
    n_bells: int = 60
    n_beeps: int = 100
    n_short: int = 120
    n_swaying: int = 130
    n_fast: int = 240
    n_high: int = 160
    n_strum: int = 90
    n_waveguide: int = 140


@dataclass(frozen=True, slots=True)
class Bank:
    """Samples by instrument and articulation, their decoded sound, and recorded noises."""

    banks: dict[tuple[str, str], list[Sample]]
    cache: dict[Path, FloatArray]
    tremolo: list[Path] = field(default_factory=list)  # of the cache
    clicks: list[FloatArray] = field(default_factory=list)
    bells: list[FloatArray] = field(default_factory=list)  # of the clicks, those that ring
    frets: list[FloatArray] = field(default_factory=list)


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


BankMaker = Callable[[float, Bank, Rng], tuple[FloatArray, NoteArray]]
MAKERS = {"bowed": _bowed, "wind": _wind, "plucked": _plucked, "piano": _piano}


def _choose_bank(bank: Bank, rng: Rng) -> list[Sample]:
    """A family by its share, then any of its banks; bowed ones by articulation evenly."""
    by_family: dict[int, list[tuple[str, str]]] = {}
    for key in sorted(bank.banks):
        by_family.setdefault(render.family_of(*key), []).append(key)
    families = [f for f in FAMILY_SHARE if f in by_family]
    share = np.array([FAMILY_SHARE[f] for f in families])
    keys = by_family[families[int(rng.choice(len(families), p=share / share.sum()))]]
    return bank.banks[keys[int(rng.integers(len(keys)))]]


def _rendered(
    take_s: float, bank: Bank, rng: Rng, is_sparse: bool = False
) -> tuple[FloatArray, NoteArray]:
    config = PhraseConfig(0, 127, rng.uniform(0.1, 0.8), take_s, is_sparse=is_sparse)
    return render.render_take(_choose_bank(bank, rng), config, rng, bank.cache)


def _pizzicato(take_s: float, bank: Bank, rng: Rng) -> tuple[FloatArray, NoteArray]:
    """Short plucked notes of any pitch, often alone, sometimes made from nothing."""
    is_sparse = bool(rng.random() < 0.5)
    keys = [k for k in sorted(bank.banks) if k[1] == "pizz"]
    if not keys or rng.random() < 0.5:
        low = int(rng.choice([48, 55, 62, 69, 76]))
        style = struck.plucked_style(rng)
        style = dataclasses.replace(style, damping_s=rng.uniform(0.01, 0.08), is_ringing=False)
        config = PhraseConfig(
            low, low + int(rng.integers(10, 24)), 0.0, take_s, 0.07, is_sparse=is_sparse
        )
        return struck.play_struck(config, style, rng)
    chosen = bank.banks[keys[int(rng.integers(len(keys)))]]
    config = PhraseConfig(0, 127, 0.0, take_s, 0.07, is_sparse=is_sparse)
    return render.render_take(chosen, config, rng, bank.cache)


def _held(take_s: float, bank: Bank, rng: Rng) -> tuple[FloatArray, NoteArray]:
    """Recorded notes held long, with vibrato, swells or section tremolo: one onset each."""
    keys = [k for k in sorted(bank.banks) if k[1].startswith("sus")]
    key = keys[int(rng.integers(len(keys)))]
    chosen, family = bank.banks[key], render.family_of(*key)
    paths = [sample.path for sample in chosen]
    if bank.tremolo and rng.random() < 0.12:
        paths = bank.tremolo
    out, rows, time_s = np.zeros(int(take_s * RATE_HZ), np.float32), [], rng.uniform(0.1, 1.0)
    cents, rate_hz = rng.choice([0.0, rng.uniform(5, 70)]), rng.uniform(4, 7.5)
    while time_s < take_s - 1.5:
        path = paths[int(rng.integers(len(paths)))]
        if path not in bank.cache:
            render.load(next(s for s in chosen if s.path == path), 1.0, bank.cache)
        sound = bank.cache[path].copy()[: int(rng.uniform(1.0, 6.0) * RATE_HZ)]
        if cents:
            sound = render.vibrated(sound, rate_hz, cents * rng.uniform(0.6, 1.3))
            depth_db = rng.uniform(0, 5)
            wave = np.sin(2 * np.pi * rate_hz * np.arange(sound.size) / RATE_HZ + rng.uniform(0, 6))
            sound = sound * (10 ** (depth_db / 40 * wave)).astype(np.float32)
        n_fade = min(sound.size, int(rng.uniform(0.02, 0.3) * RATE_HZ))
        sound[-n_fade:] *= np.linspace(1, 0, n_fade, dtype=np.float32)
        t40_s, t20_s = struck.rise_times(sound)
        struck.add_at(out, sound, time_s, db(-rng.uniform(0, 10)))
        rows.append(note_truth(time_s + t40_s, time_s + t20_s, family, False))
        time_s += sound.size / RATE_HZ + rng.choice([rng.uniform(0.02, 0.2), rng.uniform(0.2, 1.0)])
    return out, as_notes(rows)


def _swaying(take_s: float, bank: Bank, rng: Rng) -> tuple[FloatArray, NoteArray]:
    """Long tones with a player's whole vibrato, of pitch or of breath: one onset each.

    Through the resonances of a body each partial swells and sinks on its own, several times a
    second; a flute's vibrato moves the level of all.
    """
    keys = [k for k in sorted(bank.banks) if k[1].startswith("sus")]
    bowed = [k for k in keys if render.family_of(*k) == BOWED] or keys
    chosen_keys = bowed if rng.random() < 0.5 else keys
    key = chosen_keys[int(rng.integers(len(chosen_keys)))]
    samples, family = bank.banks[key], render.family_of(*key)
    out, rows, time_s = np.zeros(int(take_s * RATE_HZ), np.float32), [], rng.uniform(0.1, 1.0)
    rate_hz, depth_db = rng.uniform(4.3, 7.0), rng.uniform(0, 4 if family == BOWED else 9)
    body_hz, body_db = voices.body(rng, rng.uniform(80, 300), rng.uniform(5, 12))
    while time_s < take_s - 1.5:
        sample = samples[int(rng.integers(len(samples)))]
        ratio = float(2 ** (rng.uniform(-4, 4) / 12))
        sound = render.load(sample, ratio, bank.cache)[: int(rng.uniform(1.5, 6.0) * RATE_HZ)]
        sound = render.vibrated(sound, rate_hz * rng.uniform(0.93, 1.07), rng.uniform(15, 70))
        sound = shaped(sound, body_hz, body_db)
        wave = np.sin(2 * np.pi * rate_hz * np.arange(sound.size) / RATE_HZ + rng.uniform(0, 6))
        sound = sound * (10 ** (depth_db / 40 * wave)).astype(np.float32)
        sound = sound / (np.max(np.abs(sound)) + 1e-9)
        n_fade = min(sound.size, int(rng.uniform(0.02, 0.3) * RATE_HZ))
        sound[-n_fade:] *= np.linspace(1, 0, n_fade, dtype=np.float32)
        t40_s, t20_s = struck.rise_times(sound)
        struck.add_at(out, sound, time_s, db(-rng.uniform(0, 12)))
        rows.append(note_truth(time_s + t40_s, time_s + t20_s, family, False))
        rest_s = rng.choice([rng.uniform(0.02, 0.2), rng.uniform(0.2, 1.0)])
        time_s += sound.size / RATE_HZ + rest_s
    return out, as_notes(rows)


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


def _tongued(take_s: float, bank: Bank, rng: Rng) -> tuple[FloatArray, NoteArray]:
    """Winds whose tongue hardly parts the notes, from recordings or made from nothing."""
    keys = [k for k in sorted(bank.banks) if k[1] == "sus" and render.family_of(*k) == WIND]
    if keys and rng.random() < 0.5:
        config = PhraseConfig(0, 127, rng.uniform(0.1, 0.6), take_s, 0.09)
        chosen = bank.banks[keys[int(rng.integers(len(keys)))]]
        return render.render_take(chosen, config, rng, bank.cache)
    low = int(rng.choice([34, 44, 50, 52, 58, 60, 72]))
    style = voices.wind_style(rng, low)
    soft_s = (0.006, rng.uniform(0.015, 0.05))
    style = dataclasses.replace(
        style,
        dip_db=(3.0, rng.uniform(6.0, 18.0)),
        fall_s=soft_s,
        rise_s=soft_s,
        burst_db=style.burst_db - rng.uniform(0, 12),
    )
    config = PhraseConfig(low, low + int(rng.integers(12, 30)), rng.uniform(0, 0.5), take_s, 0.1)
    return voices.play_sustained(random_phrase(config, rng), style, take_s, rng)


def _short(take_s: float, bank: Bank, rng: Rng) -> tuple[FloatArray, NoteArray]:
    """Notes of 20 to 120 ms, alone or in quick runs: staccatissimo, spiccato, damped plucks."""
    low = int(rng.choice([40, 48, 55, 60, 67, 74]))
    config = PhraseConfig(
        low,
        low + int(rng.integers(10, 26)),
        0.0,
        take_s,
        shortest_s=0.06,
        longest_s=float(rng.choice([0.2, 0.5, 1.2])),
        is_sparse=bool(rng.random() < 0.35),
        longest_held_s=float(np.exp(rng.uniform(np.log(0.02), np.log(0.12)))),
    )
    kind = str(rng.choice(["rendered", "wind", "bowed", "plucked"], p=[0.45, 0.25, 0.12, 0.18]))
    if kind == "rendered":
        return render.render_take(_choose_bank(bank, rng), config, rng, bank.cache)
    if kind == "plucked":
        style = dataclasses.replace(
            struck.plucked_style(rng),
            decay_s=float(np.exp(rng.uniform(np.log(0.015), np.log(0.3)))),
            damping_s=rng.uniform(0.003, 0.04),
            is_ringing=False,
        )
        return struck.play_struck(config, style, rng)
    is_bowed = kind == "bowed"
    blown = voices.bowed_style(rng, low) if is_bowed else voices.wind_style(rng, low)
    blown = dataclasses.replace(
        blown,
        attack_s=(0.003, rng.uniform(0.008, 0.03)),
        release_s=float(np.exp(rng.uniform(np.log(0.004), np.log(0.2 if is_bowed else 0.05)))),
        early_probability=0.0,  # no longer than the note itself
    )
    return voices.play_sustained(random_phrase(config, rng), blown, take_s, rng)


def _fast(take_s: float, bank: Bank, rng: Rng) -> tuple[FloatArray, NoteArray]:
    """Runs of 60 to 170 ms a note, tongued, bowed, slurred, plucked or struck."""
    kind = str(rng.choice(["rendered", "wind", "bowed", "plucked", "piano"], p=_FAST_SHARE))
    low = int(rng.choice([36, 48, 55, 60, 67, 72]))
    config = PhraseConfig(
        low,
        low + int(rng.integers(10, 30)),
        float(rng.choice([0.0, 0.5, 1.0])),
        take_s,
        shortest_s=0.06,
        longest_s=0.17,
        is_fast=True,
    )
    if kind == "rendered":
        return render.render_take(_choose_bank(bank, rng), config, rng, bank.cache)
    if kind == "plucked":
        return struck.play_struck(config, struck.plucked_style(rng), rng)
    if kind == "piano":
        return struck.play_struck(config, struck.piano_style(rng), rng)
    is_bowed = kind == "bowed"
    style = voices.bowed_style(rng, low) if is_bowed else voices.wind_style(rng, low)
    quick = dataclasses.replace(
        style,
        attack_s=(0.004, rng.uniform(0.012, 0.05)),
        fall_s=(0.003, rng.uniform(0.006, 0.03)),
        rise_s=(0.004, rng.uniform(0.01, 0.04)),
        slur_s=(0.002, rng.uniform(0.006, 0.025)),
        dip_db=(2.0, rng.uniform(5.0, 25.0)),
        slur_dip_db=(0.0, rng.uniform(0.5, 8.0)),
        early_probability=0.15,
    )
    return voices.play_sustained(random_phrase(config, rng), quick, take_s, rng)


def _high(take_s: float, bank: Bank, rng: Rng) -> tuple[FloatArray, NoteArray]:
    """The highest notes of what is plucked or struck: short, bright, much like a click."""
    config = PhraseConfig(
        72,
        108,
        0.0,
        take_s,
        shortest_s=0.09,
        longest_s=1.2,
        is_sparse=bool(rng.random() < 0.35),
        longest_held_s=float(rng.choice([math.inf, rng.uniform(0.05, 0.4)])),
    )
    keys = [k for k in sorted(bank.banks) if render.family_of(*k) in (PLUCKED, PIANO)]
    if keys and rng.random() < 0.5:
        chosen = bank.banks[keys[int(rng.integers(len(keys)))]]
        top = max(s.pitch_midi for s in chosen)
        high = [s for s in chosen if s.pitch_midi >= top - 12]
        style = dataclasses.replace(render.random_style(high, rng), reach=9.0)
        return render.render_take(high, config, rng, bank.cache, style)
    is_piano = rng.random() < 0.45
    made = struck.piano_style(rng) if is_piano else struck.plucked_style(rng)
    decay_s = float(np.exp(rng.uniform(np.log(0.03), np.log(1.5))))
    made = dataclasses.replace(
        made,
        decay_s=decay_s,
        decay_corner_hz=rng.uniform(1500, 8000),
        inharmonicity=float(np.exp(rng.uniform(np.log(1e-4), np.log(2e-2)))),
        is_ringing=bool(rng.random() < 0.6),
    )
    return struck.play_struck(config, made, rng)


def _strum(take_s: float, bank: Bank, rng: Rng) -> tuple[FloatArray, NoteArray]:
    """Chords, strummed or rolled: one event each, among single notes."""
    low = int(rng.choice([36, 40, 40, 45, 55]))
    config = PhraseConfig(low, low + int(rng.integers(12, 28)), 0.0, take_s, 0.11)
    share = rng.uniform(0.3, 1.0)
    keys = [k for k in sorted(bank.banks) if render.family_of(*k) in (PLUCKED, PIANO)]
    if keys and rng.random() < 0.45:
        chosen = bank.banks[keys[int(rng.integers(len(keys)))]]
        style = dataclasses.replace(render.random_style(chosen, rng), chord_probability=share)
        return render.render_take(chosen, config, rng, bank.cache, style)
    made = struck.plucked_style(rng) if rng.random() < 0.75 else struck.piano_style(rng)
    if rng.random() < 0.6:
        made = dataclasses.replace(
            made,
            is_ringing=False,
            damping_s=rng.uniform(0.002, 0.02),
            slap_probability=rng.uniform(0.3, 1.0),
        )
    made = dataclasses.replace(made, chord_probability=share)
    return struck.play_struck(config, made, rng)


def _waveguide(take_s: float, _bank: Bank, rng: Rng) -> tuple[FloatArray, NoteArray]:
    """Bowed and blown by physical models, which bend and join notes as players do."""
    return waveguides.waveguide_take(take_s, rng)


def _sparse(take_s: float, bank: Bank, rng: Rng) -> tuple[FloatArray, NoteArray]:
    """Single notes of any instrument, seconds apart."""
    kind = str(rng.choice(["bowed", "wind", "plucked", "plucked", "piano", "rendered", "rendered"]))
    if kind == "rendered":
        return _rendered(take_s, bank, rng, is_sparse=True)
    return MAKERS[kind](take_s, rng, is_sparse=True)


def _distractions(
    dry: FloatArray, bank: Bank, rng: Rng, noise_probability: float
) -> tuple[FloatArray, TimeArray, NoteArray]:
    """Clicks and noises that may be heard beside the playing: sound, click times, their truth."""
    take_s = dry.size / RATE_HZ
    peak = np.max(np.abs(dry)) + 1e-9
    out = np.zeros_like(dry)
    clicks_s: TimeArray = np.zeros(0)
    rows: list[NoteRow] = []
    if rng.random() < 0.3:
        clicks_s = negatives.click_times(take_s, rng)
        below_db = rng.uniform(6, 32)
        track, rows = click_track(dry.size, clicks_s, rng, bank.clicks)
        out += peak * db(-below_db) * track
        rows = [(*row[:4], row[4] and below_db < LOUD_CLICK_DB) for row in rows]
    if rng.random() < noise_probability:
        out += peak * db(-rng.uniform(18, 40)) * negatives.breaths(take_s, rng)[: dry.size]
    if rng.random() < noise_probability:
        noise = negatives.handling(take_s, rng, bank.frets)
        out += peak * db(-rng.uniform(18, 40)) * noise[: dry.size]
    if rng.random() < 0.06:
        out += peak * db(-rng.uniform(22, 40)) * negatives.babble(take_s, rng)[: dry.size]
    return out, clicks_s, as_notes(rows)


def _cut_in(dry: FloatArray, notes: NoteArray, rng: Rng) -> tuple[FloatArray, NoteArray]:
    """Begin the take just before one of its notes, or in the middle of one that sounds on.

    A note that sounds when the take begins counts as begun with its first sample.
    """
    if notes.size < 8:
        return dry, notes
    k = int(rng.integers(1, notes.size // 2))
    is_inside = rng.random() < 0.4
    cut_s = notes["onset_s"][k] - rng.uniform(0, 0.03)
    if is_inside:
        cut_s = notes["label_s"][k] + rng.uniform(0.08, 0.3)
    at = max(0, int(cut_s * RATE_HZ))
    kept = notes[notes["label_s"] > at / RATE_HZ].copy()
    for name in ("onset_s", "t20_s", "label_s"):
        kept[name] -= at / RATE_HZ
    near = dry[at : at + int(0.02 * RATE_HZ)]
    is_sounding = np.sqrt(np.mean(near**2)) > 0.05 * np.max(np.abs(dry))
    if is_inside and is_sounding and (not kept.size or kept["label_s"][0] > 0.06):
        first = note_truth(0.0, 0.0, int(notes["family"][k]), False)
        kept = as_notes([first, *[tuple(row) for row in kept]])
    return dry[at:], kept


def _gated(audio: FloatArray, rng: Rng) -> FloatArray:
    """A noise gate: digital silence where it is soft for long."""
    n_step = 441
    n_steps = audio.size // n_step
    level = np.max(np.abs(audio[: n_steps * n_step].reshape(n_steps, n_step)), axis=1)
    is_open = level > db(-rng.uniform(25, 45)) * level.max()
    n_hold = int(rng.integers(3, 30))
    held = np.convolve(is_open, np.ones(n_hold), "full")[:n_steps] > 0
    gate = np.repeat(held, n_step).astype(np.float32)
    return audio * np.pad(gate, (0, audio.size - gate.size), mode="edge")


def _played(
    kind: str, config: MaterialConfig, bank: Bank, rng: Rng
) -> tuple[FloatArray, NoteArray]:
    """A dry take of a kind."""
    take_s = config.take_s
    if kind == "tap":
        return struck.play_taps(take_s, rng)
    if kind == "long":
        return negatives.long_tones(take_s, rng)
    if kind == "legato":
        return _legato(take_s, rng)
    from_bank: dict[str, BankMaker] = {
        "rendered": _rendered,
        "pizzicato": _pizzicato,
        "held": _held,
        "sparse": _sparse,
    }
    from_bank |= {"tongued": _tongued, "short": _short, "swaying": _swaying, "fast": _fast}
    from_bank |= {"high": _high, "strum": _strum, "waveguide": _waveguide}
    if kind in from_bank:
        return from_bank[kind](take_s, bank, rng)
    return MAKERS[kind](take_s, rng)


def played_take(kind: str, seed: int, config: MaterialConfig, bank: Bank) -> Take:
    """One take with notes, in a room, with distractions."""
    rng = np.random.default_rng(seed)
    dry, notes = _played(kind, config, bank, rng)
    if kind != "tap" and rng.random() < 0.25:
        dry, notes = _cut_in(dry, notes, rng)
    n_samples = int(config.take_s * RATE_HZ)
    dry = np.pad(dry, (0, max(0, n_samples - dry.size)))[:n_samples]
    beside, clicks_s, clicks = _distractions(dry, bank, rng, 0.45 if kind == "sparse" else 0.18)
    record = recorded
    if kind in HALL_KINDS and rng.random() < 0.25:
        record = in_hall
    if clicks_s.size and rng.random() < 0.5:  # a speaker in the same room, or bleed that is dry
        audio = record(dry + beside, rng)
    else:
        wet = record(dry, rng)
        scale = np.max(np.abs(wet)) / (np.max(np.abs(dry)) + 1e-9)
        audio = wet + (scale * beside).astype(np.float32)
    if rng.random() < 0.08:
        audio = _gated(audio, rng)
    notes = as_notes([tuple(row) for row in (*notes, *clicks)])
    return Take(f"{kind}-{seed}", audio, notes, clicks_s)


def silent_take(kind: str, seed: int, config: MaterialConfig, bank: Bank) -> Take:
    """One take without any note: nothing, or a metronome, begins in it."""
    rng = np.random.default_rng(seed)
    take_s = config.take_s
    if kind == "room":
        return Take(f"room-{seed}", negatives.room_only(take_s, rng), NO_NOTES)
    notes = NO_NOTES
    if kind in CLICK_MAKERS:
        recordings = {"clicks": bank.clicks, "bells": bank.bells, "beeps": []}[kind]
        dry, notes = negatives.clicks_only(take_s, rng, recordings, CLICK_MAKERS[kind])
    elif kind == "handling":
        dry = negatives.handling(take_s, rng, bank.frets)
    else:
        dry = {"breath": negatives.breaths, "babble": negatives.babble}[kind](take_s, rng)
    if rng.random() < 0.3:
        dry = dry + db(-rng.uniform(10, 40)) * background(dry.size, rng)
    audio = recorded(dry, rng)
    if rng.random() < 0.1:
        audio = _gated(audio, rng)
    return Take(f"{kind}-{seed}", audio, notes)


def make_takes(
    config: MaterialConfig,
    bank: Bank,
    kinds: tuple[str, ...] = KINDS,
    part: int = 0,
    n_parts: int = 1,
) -> Iterator[Take]:
    """Every n_parts-th take of some kinds, in a fixed order; a take's seed depends on neither."""
    seed = config.seed * 10_000
    for kind in KINDS:
        for _ in range(getattr(config, f"n_{kind}")):
            seed += 1
            if kind in kinds and seed % n_parts == part:
                is_played = kind not in (*SILENT_KINDS, *CLICK_MAKERS)
                make = played_take if is_played else silent_take
                yield make(kind, seed, config, bank)
