"""What is played: rhythm, pitches, dynamics and the way notes are joined."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .room import Rng

ATTACK, RETAKE, SLUR, CROSS = range(4)  # out of silence; bow change or tongue; same bow; new string


@dataclass(frozen=True, slots=True)
class PhraseNote:
    """One note of a phrase; end_s is where the player lets go."""

    start_s: float
    end_s: float
    pitch_midi: float
    level_db: float
    join: int


@dataclass(frozen=True, slots=True)
class PhraseConfig:
    """What a player of one instrument may be asked to play."""

    low_midi: int
    high_midi: int
    slur_probability: float
    duration_s: float = 22.0
    shortest_s: float = 0.085
    longest_s: float = 1.6
    is_sparse: bool = False  # single notes seconds apart: silence before a sound says nothing
    longest_held_s: float = math.inf  # how long the player holds a note at most
    is_fast: bool = False  # runs of notes between shortest_s and longest_s, with breath between


def _interval_lengths(config: PhraseConfig, rng: Rng) -> list[float]:
    """Inter-onset intervals in seconds that fill the take."""
    if config.is_sparse:
        return [float(x) for x in np.exp(rng.uniform(np.log(0.7), np.log(4.5), 40))]
    if config.is_fast:
        return _runs(config, rng)
    beat_s = 60.0 / rng.uniform(50, 160)
    ladders = (
        [1.0],
        [0.5],
        [1 / 3],
        [0.25],
        [1.0, 0.5, 0.5],
        [0.75, 0.25],
        [0.5, 0.25, 0.25],
        [2.0, 1.0, 1.0],
        [0.5, 1.0, 0.5],
        [2 / 3, 1 / 3],
        [1.5, 0.5],
    )
    pattern = ladders[int(rng.integers(0, len(ladders)))]
    jitter = rng.uniform(0.0, 0.08)
    out: list[float] = []
    while sum(out) < config.duration_s:
        if rng.random() < 0.06:
            pattern = ladders[int(rng.integers(0, len(ladders)))]
        for part in pattern:
            length_s = part * beat_s * float(np.exp(rng.normal(0, jitter)))
            out.append(float(np.clip(length_s, config.shortest_s, config.longest_s)))
    return out


def _runs(config: PhraseConfig, rng: Rng) -> list[float]:
    """Quick runs at a tempo of their own, each ended by a longer note."""
    out: list[float] = []
    usual_s = np.exp(rng.uniform(np.log(config.shortest_s), np.log(config.longest_s)))
    jitter = rng.uniform(0.0, 0.1)
    while sum(out) < config.duration_s:
        if rng.random() < 0.4:
            usual_s = np.exp(rng.uniform(np.log(config.shortest_s), np.log(config.longest_s)))
        n_notes = int(rng.integers(3, 33))
        length_s = np.maximum(usual_s * np.exp(rng.normal(0, jitter, n_notes)), config.shortest_s)
        out.extend(length_s)
        out.append(float(usual_s * rng.choice([2.0, 3.0, 4.0, 6.0])))
    return out


def _pitches(n_notes: int, config: PhraseConfig, rng: Rng) -> list[float]:
    """A melody: scale, broken chord, leaps, repeated notes or trills, changing on the way."""
    steps_of = ([2, 2, 1, 2, 2, 2, 1], [1], [4, 3, 5], [12], [7, 5], [2, 1])
    pitch = float(rng.integers(config.low_midi, config.high_midi + 1))
    direction, kind = 1, int(rng.integers(0, 5))
    steps = steps_of[int(rng.integers(0, len(steps_of)))]
    out: list[float] = []
    for i in range(n_notes):
        out.append(pitch)
        if rng.random() < 0.05:
            kind = int(rng.integers(0, 5))
            steps = steps_of[int(rng.integers(0, len(steps_of)))]
        if kind in (0, 1):
            pitch += direction * steps[i % len(steps)]
        elif kind == 2:
            pitch += int(rng.integers(-12, 13))
        elif kind == 3 and rng.random() < 0.3:
            pitch += int(rng.integers(-5, 6))
        elif kind == 4:
            pitch = out[-2] if len(out) > 1 and rng.random() < 0.8 else pitch + 2
        if pitch > config.high_midi or pitch < config.low_midi or rng.random() < 0.04:
            direction = -direction
            pitch = float(np.clip(pitch, config.low_midi, config.high_midi))
    return out


def random_phrase(config: PhraseConfig, rng: Rng) -> list[PhraseNote]:
    """A whole take's notes, joined by slur groups, bow changes, crossings and rests."""
    lengths = _interval_lengths(config, rng)
    pitches = _pitches(len(lengths), config, rng)
    gate = float(rng.choice([rng.uniform(0.25, 0.8), rng.uniform(0.9, 1.0), 1.0, 1.0]))
    if config.is_sparse:
        gate = float(rng.uniform(0.1, 0.95))
    slurred, left, level = rng.random() < config.slur_probability, 0, 0.0
    time_s, ended = float(rng.uniform(0.2, 1.5)), True
    notes: list[PhraseNote] = []
    for length_s, pitch in zip(lengths, pitches, strict=True):
        if rng.random() < 0.03:
            slurred = rng.random() < config.slur_probability
        if rng.random() < 0.04:
            time_s += rng.uniform(0.2, 1.2)
            ended, left = True, 0
        if left <= 0:
            join, left = RETAKE, int(rng.integers(2, 9)) if slurred else 1
        else:
            join = CROSS if rng.random() < 0.25 else SLUR
        left -= 1
        if join != RETAKE and notes and abs(notes[-1].pitch_midi - pitch) < 0.5:
            join = RETAKE  # the same pitch again needs a new stroke to be heard
        held = gate if left == 0 else 1.0
        if ended or (join == RETAKE and notes and notes[-1].end_s < time_s - 0.02):
            join = ATTACK
        level = float(np.clip(level + rng.normal(0, 2.0), -12, 6))
        held_s = length_s * min(1.0, held * float(np.exp(rng.normal(0, 0.04))))
        end_s = time_s + min(held_s, config.longest_held_s * float(np.exp(rng.normal(0, 0.15))))
        notes.append(PhraseNote(time_s, end_s, pitch, level + float(rng.normal(0, 1.5)), join))
        time_s, ended = time_s + length_s, False
        if time_s > config.duration_s - 0.5:
            break
    return notes
