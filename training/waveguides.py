"""Bowed strings and winds as digital waveguides, played by gestures of bow, breath and fingers.

A string is two delay lines that meet under the bow, whose friction is solved as by McIntyre,
Schumacher and Woodhouse (1983) and Smith (1986): of the two states that may both hold, sticking
and slipping, the one before goes on. A reed lets air into the bore as by Bernoulli, less the more
it is closed (Kergomard 1995); a cone is two cylinders side by side (Ollivier, Dalmont and Kergomard
2004); a flute's jet reaches the edge late and drives the bore by a cubic (Cook 1992). Every take
first plays its instrument at some pitches, is tuned by what was measured there, and keeps to those
that spoke.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numba
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from . import phrase
from .phrase import PhraseConfig, PhraseNote, random_phrase
from .room import Rng, db, shaped
from .struck import add_at, noise_burst, rise_times
from .truth import BOWED, RATE_HZ, WIND, FloatArray, NoteArray, NoteRow, as_notes, note_truth
from .voices import body

STEP = 32  # samples a control step
STEP_S = STEP / RATE_HZ
LINE = 4096  # samples of a delay line: reaches below the lowest note
CURVES = 9  # rows of a gesture's control curves, see the names below
SPEED, FORCE, NEAR, FAR_A, FAR_B, MIX, LOSS, OPEN, GAIN = range(CURVES)
STATIC, DYNAMIC = 0.8, 0.3  # friction of rosin (Smith 1986)
CLARINET, SAXOPHONE, FLUTE, STRING = range(4)
SOFTER = 0.8  # level at a bow change as a share of that around it, if it is to be trusted
HEARD_S = 0.3  # an attack's peak is looked for so long
Curves = NDArray[np.float64]  # (CURVES, n_steps)


@dataclass(frozen=True, slots=True)
class Instrument:
    """One instrument; drawn once a take."""

    kind: int  # CLARINET, SAXOPHONE, FLUTE or STRING
    near_pole: float  # one-pole low-pass at the bridge, the mouthpiece or the embouchure
    far_pole: float  # the same at the finger or the open end
    near_gain: float
    far_gain: float
    position: float  # of bow or reed as a share of the string or cone; of the jet's delay
    knee: float  # of the friction curve, m/s; strength of the reed; gain of the jet
    noise: float  # of bow hair or breath, as a share of friction or pressure
    body_hz: FloatArray
    body_db: FloatArray
    tuned_midi: FloatArray  # pitches that were measured and spoke
    tuned_cents: FloatArray  # how far the delay is to be shortened there

    def settings(self) -> tuple[float, float, float, float, float]:
        """What its kernel needs beside the curves."""
        return (self.near_pole, self.far_pole, self.near_gain, self.knee, self.noise)


@numba.njit(cache=True, inline="always")
def _read(line, at, delay):  # type: ignore[no-untyped-def]
    """Read a delay line by Lagrange interpolation of third order; delay at least 2 samples."""
    whole = int(delay)
    d = delay - whole
    i = at - whole
    a, b = line[(i + 1) % LINE], line[i % LINE]
    c, e = line[(i - 1) % LINE], line[(i - 2) % LINE]
    return (
        -a * d * (d - 1) * (d - 2) / 6
        + b * (d + 1) * (d - 1) * (d - 2) / 2
        - c * (d + 1) * d * (d - 2) / 2
        + e * (d + 1) * d * (d - 1) / 6
    )


@numba.njit(cache=True, inline="always")
def _friction(push, bow_force, knee, is_stuck):  # type: ignore[no-untyped-def]
    """Force on the string and whether it sticks; push: bow less free string velocity."""
    sign = 1.0 if push >= 0 else -1.0
    push = abs(push)
    a, b = 0.5 * bow_force * DYNAMIC, 0.5 * bow_force * (STATIC - DYNAMIC)
    half = 0.5 * (push - knee - a)
    below = half * half - knee * (a + b - push)
    can_stick = push <= a + b
    can_slip = below >= 0 and half + np.sqrt(max(below, 0.0)) > 0
    if can_stick and (is_stuck or not can_slip):
        return 2 * sign * push, True
    slip = max(half + np.sqrt(max(below, 0.0)), 0.0)
    return 2 * sign * (push - slip), False


@numba.njit(cache=True, inline="always")
def _reed(push, strength):  # type: ignore[no-untyped-def]
    """Pressure that the reed's flow adds; push: mouth less free bore pressure."""
    if push >= 1.0 or strength <= 1e-6:
        return 0.0
    inward = push < 0
    d = abs(push)
    cubic = strength if inward else -strength
    s = np.sqrt(d)
    for _ in range(6):
        value = s * s + strength * s + cubic * s * s * s - d
        slope = 2 * s + strength + 3 * cubic * s * s
        s = min(max(s - value / slope, 0.0), 2.0)
    return s * s - d if inward else d - s * s


@numba.njit(cache=True)
def _sound(kind, settings, curves, noise, out):  # type: ignore[no-untyped-def]
    """Run one string or bore through its control curves; settings as by Instrument.settings."""
    near_pole, far_pole, near_gain, knee, noise_gain = settings
    near, far = np.zeros(LINE), np.zeros(LINE)
    now, value = np.zeros(CURVES), 0.0
    y_near, y_far, slow, before, y_block, x_block = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    is_stuck = False
    for c in range(curves.shape[1] - 1):
        for i in range(STEP):
            n = c * STEP + i
            for k in range(CURVES):
                now[k] = curves[k, c] + (curves[k, c + 1] - curves[k, c]) * (i / STEP)
            mix = now[MIX]
            x_far = 0.0
            if mix < 1:
                x_far += (1 - mix) * _read(far, n, now[FAR_A])
            if mix > 0:
                x_far += mix * _read(far, n, now[FAR_B])
            y_far = far_pole * y_far + (1 - far_pole) * x_far
            in_far = -now[LOSS] * y_far
            slow += 0.25 * (noise[n] - slow)
            if kind == FLUTE:
                x_block, before = in_far, x_block
                y_block = x_block - before + 0.995 * y_block
                pressure = now[SPEED] * now[OPEN] * (1 + noise_gain * slow)
                near[n % LINE] = pressure - near_gain * y_block
                jet = knee * _read(near, n, now[NEAR])
                jet = min(max(jet * (jet * jet - 1), -1.0), 1.0)
                far[n % LINE] = jet + 0.5 * y_block
                out[n] = now[GAIN] * x_far
                continue
            in_near = in_far
            if kind != CLARINET:
                x_near = _read(near, n, now[NEAR])
                y_near = near_pole * y_near + (1 - near_pole) * x_near
                in_near = -near_gain * y_near
            free = in_near + in_far
            if kind == STRING:
                grip = now[FORCE] * (1 if is_stuck else max(0.0, 1 + noise_gain * slow))
                push, is_stuck = _friction(now[SPEED] - free, grip, knee, is_stuck)
                value = free + 0.5 * push
                out[n] = now[GAIN] * x_near
            else:
                pressure = now[SPEED] * (1 + noise_gain * slow)
                value = free + _reed(pressure - free, knee * now[OPEN])
                out[n] = now[GAIN] * (x_far - 0.9 * y_far)
            near[n % LINE] = value - in_near
            far[n % LINE] = value - in_far


def _played(instrument: Instrument, curves: Curves, noise: FloatArray) -> FloatArray:
    """Sound of one string or bore, with its body: (n_steps * STEP,)."""
    out = np.zeros(curves.shape[1] * STEP)
    _sound(instrument.kind, instrument.settings(), curves, noise, out)
    return shaped(out.astype(np.float32), instrument.body_hz, instrument.body_db)


def _delays(
    instrument: Instrument, pitch: NDArray[np.float64], near_pitch: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Near and far delay in samples for a pitch; the bow or reed stays where near_pitch has it."""
    cents = np.interp(pitch, instrument.tuned_midi, instrument.tuned_cents)
    f0_hz = 440 * 2 ** ((pitch - 69 + cents / 100) / 12)
    near_period = RATE_HZ / (440 * 2 ** ((near_pitch - 69) / 12))
    period = RATE_HZ / f0_hz
    omega = 2 * np.pi / period

    def late(pole: float) -> NDArray[np.float64]:
        return np.asarray(np.arctan2(pole * np.sin(omega), 1 - pole * np.cos(omega)) / omega)

    if instrument.kind == CLARINET:
        near, far = np.full_like(period, 2.0), period / 2 - late(instrument.far_pole)
    elif instrument.kind == FLUTE:
        far = 1.5 * period - late(instrument.far_pole)
        near = 1.5 * instrument.position * near_period
    else:
        near = np.clip(instrument.position * near_period, 2.2, 0.3 * period + 2.2)
        far = period - near - late(instrument.far_pole)
        near = np.maximum(near - late(instrument.near_pole), 2.0)
    return np.clip(near, 2, LINE - 4), np.clip(far, 2, LINE - 4)


def _string_force(speed: float, instrument: Instrument, share: float) -> float:
    """Bow force at a share of the largest that still lets the string slip (Schelleng 1973)."""
    return share * 2 * speed / (instrument.position * (STATIC - DYNAMIC))


def _steady(instrument: Instrument, pitch: float, n_steps: int) -> Curves:
    """Curves of one note played plainly."""
    curves = np.zeros((CURVES, n_steps))
    near, far = _delays(instrument, np.full(n_steps, pitch), np.full(n_steps, pitch))
    curves[NEAR], curves[FAR_A], curves[FAR_B] = near, far, far
    curves[LOSS], curves[OPEN], curves[GAIN] = instrument.far_gain, 1.0, 1.0
    ramp = np.clip(np.arange(n_steps) * STEP_S / 0.02, 0, 1)
    curves[SPEED] = ramp * (0.2 if instrument.kind == STRING else _pressure(instrument, 0.0))
    curves[FORCE] = _string_force(0.2, instrument, 0.4)
    return curves


def _pressure(instrument: Instrument, level_db: float) -> float:
    """Mouth pressure for a level: reeds from just above speaking to just below beating shut."""
    share = float(np.clip((level_db + 14) / 22, 0, 1))
    return (0.98 + 0.2 * share) if instrument.kind == FLUTE else (0.46 + 0.3 * share)


def _pitch_error_cents(sound: FloatArray, pitch: float) -> float:
    """How much too high a steady sound is, by autocorrelation; NaN where it is no such note."""
    period = RATE_HZ / (440 * 2 ** ((pitch - 69) / 12))
    n_fft = 1 << int(np.ceil(np.log2(2 * sound.size)))
    spectrum = np.fft.rfft(sound - sound.mean(), n_fft)
    correlation = np.fft.irfft(np.abs(spectrum) ** 2)[: sound.size]
    correlation /= (correlation[0] + 1e-12) * (1 - np.arange(sound.size) / sound.size)
    first, last = int(0.8 * period), int(1.25 * period) + 2
    at = first + int(np.argmax(correlation[first:last]))
    if correlation[at] < 0.75 or not first < at < last - 1:
        return float("nan")
    for part in (2, 3):
        near = correlation[int(at / part) - 1 : int(at / part) + 3]
        if near.max() > 0.93 * correlation[at]:
            return float("nan")
    a, b, c = correlation[at - 1 : at + 2]
    exact = at + 0.5 * (a - c) / (a - 2 * b + c)
    return float(1200 * np.log2(period / exact))


def tuned(instrument: Instrument, low: int, high: int, rng: Rng) -> Instrument:
    """The instrument tuned by what sounds, at the pitches that spoke (none, it may be)."""
    pitches: FloatArray = np.arange(low, high + 1, 3, dtype=np.float32)
    n_steps = int(0.5 / STEP_S)
    noise = rng.standard_normal(n_steps * STEP).astype(np.float32)
    cents: FloatArray = np.zeros(pitches.size, np.float32)
    for is_check in (False, False, True):
        trial = replace(instrument, tuned_midi=pitches, tuned_cents=cents)
        errors, levels = np.full(pitches.size, np.nan), np.zeros(pitches.size)
        for i, pitch in enumerate(pitches):
            out = np.zeros(n_steps * STEP)
            _sound(trial.kind, trial.settings(), _steady(trial, pitch, n_steps), noise, out)
            end = out[out.size - int(0.2 * RATE_HZ) :]
            levels[i] = np.sqrt(np.mean(end**2))
            errors[i] = _pitch_error_cents(end.astype(np.float32), pitch)
        if not is_check:
            cents = cents - np.nan_to_num(errors).astype(np.float32)
    speaks = (np.abs(np.nan_to_num(errors, nan=999.0)) < 20) & (levels > 0.1 * np.median(levels))
    runs = np.split(np.arange(pitches.size), np.flatnonzero(~speaks))
    run = max((r[speaks[r]] for r in runs), key=len)  # one range without gaps
    return replace(
        instrument,
        tuned_midi=pitches[run],
        tuned_cents=cents[run],
    )


@dataclass(frozen=True, slots=True)
class Player:
    """Habits of one player, drawn once a take; a gesture's length is drawn between the pairs."""

    force: float  # bow force as a share of the largest
    speed: float  # of the bow at 0 dB, m/s
    attacks: FloatArray  # how often: from the air or the breath, bitten or hard tongue, swelling
    changes: FloatArray  # how often: reversal or tongue, lift or breath, stop
    attack_s: tuple[float, float]
    change_s: tuple[float, float]
    yielding: float  # how far force or tongue opening falls at a change, 0..1
    slur_s: tuple[float, float]
    slur_loss: float  # how much a finger damps while it comes down, 0..1
    portamento: float  # how often a slur slides
    release_s: tuple[float, float]
    stops_at_end: bool  # the bow stays on the string, the tongue on the reed
    ring_s: float  # T60 of a string let go
    vibrato_cents: float
    vibrato_hz: float
    breath_db: float  # depth of a vibrato of breath
    swell_db: float
    noise_db: float
    burst_db: float


def _between(limits: tuple[float, float], rng: Rng) -> float:
    return float(np.exp(rng.uniform(np.log(limits[0]), np.log(limits[1]))))


def _habits(n: int, rng: Rng) -> FloatArray:
    """Shares of n ways to do something; most players prefer one."""
    return np.asarray(rng.dirichlet(np.full(n, 0.7)), np.float32)


def random_player(kind: int, rng: Rng) -> Player:
    """A bowed string player or a wind player."""
    is_bowed = kind == STRING
    slow = float(np.exp(rng.uniform(np.log(0.4), np.log(1.8))))
    player = Player(
        rng.uniform(0.18, 0.6),
        rng.uniform(0.12, 0.4),
        _habits(3, rng) * np.array([1, 1, 0.35], np.float32),
        _habits(3, rng) + np.array([1, 0, 0], np.float32),
        (0.006 * slow, 0.06 * slow) if is_bowed else (0.004 * slow, 0.05 * slow),
        (0.008 * slow, 0.05 * slow) if is_bowed else (0.004 * slow, 0.03 * slow),
        rng.uniform(0.0, 0.9) if is_bowed else rng.uniform(0.7, 1.0),
        (0.002, 0.018),
        rng.uniform(0.0, 0.35),
        rng.choice([0.0, rng.uniform(0.02, 0.25)]) if is_bowed else 0.02,
        (0.01, rng.uniform(0.02, 0.12)),
        bool(rng.random() < 0.35),
        _between((0.15, 2.5), rng),
        rng.choice([0.0, rng.uniform(5, 55 if is_bowed else 20)]),
        rng.uniform(4.2, 7.2),
        0.0 if is_bowed else rng.choice([0.0, rng.uniform(0.5, 4)]),
        rng.uniform(0.5, 4.0),
        -rng.uniform(30, 56),
        -rng.uniform(20, 48),
    )
    if rng.random() < 0.6:
        return player
    soft_s = (0.02, rng.uniform(0.03, 0.1 if is_bowed else 0.05))
    return replace(  # who joins smoothly: soft, long changes and quiet fingers
        player,
        attacks=player.attacks + np.array([0, 0, 0.5], np.float32),
        changes=np.array([1, 0.15, 0], np.float32),
        attack_s=(0.02, 0.12),
        change_s=soft_s,
        slur_s=(0.004, 0.03),
        slur_loss=0.5 * player.slur_loss,
        burst_db=player.burst_db - 12,
        noise_db=player.noise_db - 6,
    )


class _Part:
    """One string or bore while its gestures are laid out."""

    def __init__(self, n_steps: int) -> None:
        self.n_steps = n_steps
        self.curves: Curves = np.zeros((CURVES, n_steps))
        self.curves[GAIN] = 1.0
        self.pitch = np.full((2, n_steps), np.nan)  # of the two finger positions of FAR_A, FAR_B
        self.vibrato = np.zeros(n_steps)  # semitones
        self.damping = np.zeros(n_steps)  # 0..1, of the far end
        self.finger = 0

    def put_finger(self, midi: float, at: int, span: int) -> None:
        """Move to a pitch, the middle of the change at a step; at once for a span of 0."""
        self.finger = 1 - self.finger
        start, stop = max(0, at - span // 2), min(self.n_steps, at + span - span // 2)
        self.pitch[self.finger, start:] = midi
        mix = self.curves[MIX]
        before = mix[max(0, start - 1)]
        mix[start:stop] = np.linspace(before, self.finger, max(0, stop - start))
        mix[stop:] = self.finger

    def slide(self, midi: float, at: int, span: int) -> None:
        """Slide the same finger to a pitch, the middle of the change at a step."""
        pitch = self.pitch[self.finger]
        start, stop = max(0, at - span // 2), min(self.n_steps, at + span - span // 2)
        x = np.linspace(-4, 4, max(0, stop - start))
        pitch[start:stop] = pitch[start] + (midi - pitch[start]) / (1 + np.exp(-x))
        pitch[stop:] = midi

    def finished(self, instrument: Instrument, player: Player, rng: Rng) -> Curves:
        """The control curves, fingers turned into delays."""
        n = self.n_steps
        wander_hz = player.vibrato_hz * np.exp(
            np.interp(np.linspace(0, 30, n), np.arange(31), rng.normal(0, 0.06, 31))
        )
        wave = np.sin(2 * np.pi * np.cumsum(wander_hz) * STEP_S + rng.uniform(0, 6.28))
        drift = np.interp(np.linspace(0, 40, n), np.arange(41), rng.normal(0, 0.03, 41))
        held = []
        for pitch in self.pitch:
            known = np.flatnonzero(np.isfinite(pitch))
            first = pitch[known[0]] if known.size else 60.0
            held.append(np.where(np.isfinite(pitch), pitch, first))
        chosen = np.where(self.curves[MIX] < 0.5, held[0], held[1])
        near_pitch = ndimage.uniform_filter1d(chosen, int(0.1 / STEP_S))
        if instrument.kind == FLUTE:
            near_pitch = ndimage.uniform_filter1d(chosen, int(0.006 / STEP_S))
        for row, pitch in zip((FAR_A, FAR_B), held, strict=True):
            moved = pitch + drift + self.vibrato * wave
            self.curves[NEAR], self.curves[row] = _delays(instrument, moved, near_pitch)
        period_s = 1 / (440 * 2 ** ((chosen - 69) / 12))
        loss = np.full(n, instrument.far_gain)
        if instrument.kind == STRING:
            loss *= 10 ** (-3 * period_s / player.ring_s)
        self.curves[LOSS] = loss * (1 - self.damping)
        depth = self.vibrato / max(player.vibrato_cents / 100, 1e-6)
        if player.breath_db:
            self.curves[SPEED] *= 10 ** (0.25 * player.breath_db * depth * wave / 20)
            self.curves[GAIN] *= 10 ** (0.75 * player.breath_db * depth * wave / 20)
        return self.curves


@dataclass(frozen=True, slots=True)
class _Gesture:
    """How one note begins: what its truth is measured from."""

    note: PhraseNote
    part: int
    join: int  # ATTACK: out of silence; RETAKE: at the softest point; SLUR: at the step itself
    first: int  # step at which the gesture begins
    at: int
    ready: int  # step at which the note has its own bow or breath
    stop: int


def _swell(n: int, player: Player, rng: Rng) -> NDArray[np.float64]:
    """A note's own rise and fall as a factor."""
    ends_db = -np.abs(rng.normal(0, player.swell_db, 2)) * np.array([0.5, 1.0])
    return np.asarray(
        10 ** (np.interp(np.linspace(0, 2, n), [0, 1, 2], [ends_db[0], 0, ends_db[1]]) / 20)
    )


def _vibrate(part: _Part, at: int, n: int, player: Player, rng: Rng) -> None:
    """Let a note's vibrato set in."""
    part.vibrato[at:] = 0
    if rng.random() < 0.75:
        t = np.arange(n) * STEP_S - rng.uniform(0, 0.35)
        depth = player.vibrato_cents / 100 * rng.uniform(0.4, 1.4)
        part.vibrato[at : at + n] = depth * np.clip(t / 0.15, 0, 1)


def _ramp(n: int, span_s: float, power: float) -> NDArray[np.float64]:
    return np.asarray(np.clip(np.arange(n) * STEP_S / max(span_s, STEP_S), 0, 1) ** power)


def _choose(shares: FloatArray, rng: Rng) -> int:
    return int(rng.choice(shares.size, p=shares / shares.sum()))


class _Bow:
    """A bow that plays two strings."""

    def __init__(self, instrument: Instrument, player: Player, n_steps: int, rng: Rng) -> None:
        self.instrument, self.player, self.rng = instrument, player, rng
        self.parts = (_Part(n_steps), _Part(n_steps))
        self.string, self.direction = 0, 1

    def _stroke(self, note: PhraseNote, n: int) -> tuple[NDArray[np.float64], float]:
        """Bow speed over a note, and its force."""
        speed = self.player.speed * db(note.level_db)
        share = self.player.force * float(np.exp(self.rng.normal(0, 0.12)))
        swell = _swell(n, self.player, self.rng)
        return self.direction * speed * swell, _string_force(speed, self.instrument, share)

    def attack(self, note: PhraseNote, at: int, stop: int, free: int) -> _Gesture:
        """Begin on a string that nobody bows; `free` steps before `at` may be used."""
        player, rng, n = self.player, self.rng, stop - at
        part = self.parts[self.string]
        length_s = n * STEP_S
        speed, force = self._stroke(note, n)
        kind = _choose(player.attacks, rng)
        span_s = min(_between(player.attack_s, rng), 0.4 * length_s)
        lead = 0
        strength = np.full(n, force)
        if kind == 0:  # from the air, the bow moves already
            strength *= _ramp(n, span_s, rng.uniform(0.7, 2))
        elif kind == 1:  # bitten: the bow lies on the string and sets off
            lead = int(min(free, rng.uniform(0.005, 0.06) / STEP_S))
            speed = speed * _ramp(n, span_s, rng.uniform(0.7, 1.5))
            bite = rng.uniform(0, 1.5) * np.exp(-np.arange(n) * STEP_S / rng.uniform(0.02, 0.08))
            strength *= 1 + bite
        else:  # swells
            span_s = min(rng.uniform(0.06, 0.4), 0.7 * length_s)
            power = rng.uniform(0.7, 1.6)
            least = rng.uniform(0.15, 0.4)
            speed = speed * (least + (1 - least) * _ramp(n, span_s, power))
            strength *= _ramp(n, 0.6 * span_s, power)
        part.put_finger(note.pitch_midi, at - lead, 0)
        part.damping[at - lead :] = 0
        part.curves[SPEED, at:stop], part.curves[FORCE, at:stop] = speed, strength
        if lead:
            part.curves[SPEED, at - lead : at] = 0
            part.curves[FORCE, at - lead : at] = strength[0] * np.linspace(0.1, 1, lead)
        _vibrate(part, at, n, player, rng)
        return _Gesture(note, self.string, phrase.ATTACK, at - lead, at, at, stop)

    def change(self, note: PhraseNote, at: int, stop: int, before: int) -> _Gesture:
        """Turn, lift or stop the bow on the string; `before` steps of the last note there are."""
        player, rng, n = self.player, self.rng, stop - at
        part = self.parts[self.string]
        self.direction = -self.direction
        speed, force = self._stroke(note, n)
        kind = _choose(player.changes, rng)
        fall_s = min(_between(player.change_s, rng), 0.3 * before * STEP_S)
        rise_s = min(_between(player.change_s, rng), 0.3 * n * STEP_S)
        fall = max(2, int(fall_s / STEP_S))
        strength = np.full(n, force)
        old = slice(at - fall, at)
        turning = np.linspace(1, 0, fall)
        if kind == 0:
            part.curves[SPEED, old] *= turning ** rng.uniform(0.6, 1.2)
            speed = speed * _ramp(n, rise_s, rng.uniform(0.6, 1.2))
            part.curves[FORCE, old] *= 1 - player.yielding * (1 - turning)
            strength *= 1 - player.yielding * (1 - _ramp(n, rise_s, 1.0))
        elif kind == 1:  # off the string for a moment, lands moving
            gap = int(min(0.3 * before, rng.uniform(0.01, 0.07) / STEP_S))
            old = slice(at - fall - gap, at - gap)
            part.curves[FORCE, old] *= turning[: part.curves[FORCE, old].size]
            part.curves[FORCE, at - gap : at] = 0
            rise_s = min(rise_s, 0.02)
            strength *= _ramp(n, rise_s, 1.0)
        else:  # stands still on the string, then bites
            still = int(min(0.25 * before, rng.uniform(0.002, 0.04) / STEP_S))
            old = slice(at - fall - still, at - still)
            part.curves[SPEED, old] *= turning[: part.curves[SPEED, old].size]
            part.curves[SPEED, at - still : at] = 0
            rise_s = min(rise_s, 0.03)
            speed = speed * _ramp(n, rise_s, 1.0)
            bite = rng.uniform(0, 1.2) * np.exp(-np.arange(n) * STEP_S / rng.uniform(0.02, 0.08))
            strength *= 1 + bite
        part.curves[SPEED, at:stop], part.curves[FORCE, at:stop] = speed, strength
        if abs(note.pitch_midi - part.pitch[part.finger, at - 1]) > 0.01:
            late = int(np.clip(rng.normal(0, 0.003), -0.006, 0.006) / STEP_S)
            part.put_finger(note.pitch_midi, at + late, int(_between(player.slur_s, rng) / STEP_S))
        _vibrate(part, at, n, player, rng)
        return _Gesture(
            note, self.string, phrase.RETAKE, old.start, at, at + int(rise_s / STEP_S), stop
        )

    def slur(self, note: PhraseNote, at: int, stop: int, before: int) -> _Gesture:
        """Go on bowing while a finger falls, rises or slides."""
        player, rng, n = self.player, self.rng, stop - at
        part = self.parts[self.string]
        speed, force = self._stroke(note, n)
        blend = _ramp(n, 0.04, 1.0)
        last_speed, last_force = part.curves[SPEED, at - 1], part.curves[FORCE, at - 1]
        part.curves[SPEED, at:stop] = last_speed + (speed - last_speed) * blend
        part.curves[FORCE, at:stop] = last_force + (force - last_force) * blend
        first = _slurred(part, note, at, player, shortest=min(n, before), rng=rng)
        _vibrate(part, at, n, player, rng)
        return _Gesture(note, self.string, phrase.SLUR, first, at, at, stop)

    def cross(self, note: PhraseNote, at: int, stop: int, before: int) -> _Gesture:
        """Roll over to the other string under the same bow."""
        player, rng, n = self.player, self.rng, stop - at
        old = self.parts[self.string]
        roll = max(2, int(min(_between((0.005, 0.04), rng), 0.3 * before * STEP_S) / STEP_S))
        tail = min(roll, old.n_steps - at)
        speed, force = old.curves[SPEED, at - 1], old.curves[FORCE, at - 1]
        old.curves[SPEED, at : at + tail] = speed
        old.curves[FORCE, at : at + tail] = force * np.linspace(1, 0, tail)
        self.string = 1 - self.string
        part = self.parts[self.string]
        speeds, force = self._stroke(note, n)
        lead = min(roll // 2, at)
        part.put_finger(note.pitch_midi, at - lead, 0)
        part.curves[SPEED, at:stop] = speeds
        part.curves[SPEED, at - lead : at] = speeds[0]
        part.curves[FORCE, at - lead : stop] = force * _ramp(n + lead, 2 * roll * STEP_S, 1.3)
        _vibrate(part, at, n, player, rng)
        return _Gesture(note, self.string, phrase.ATTACK, at - lead, at, at, stop)

    def release(self, stop: int, room: int) -> None:
        """Leave the string, or stop on it."""
        player, part = self.player, self.parts[self.string]
        n = min(room, int(_between(player.release_s, self.rng) / STEP_S))
        if n < 2 or stop < 1:
            return
        speed, force = part.curves[SPEED, stop - 1], part.curves[FORCE, stop - 1]
        end = slice(stop, stop + n)
        part.curves[SPEED, end], part.curves[FORCE, end] = speed, force
        if player.stops_at_end:
            part.curves[SPEED, end] *= np.linspace(1, 0, n)
            still = slice(stop + n, min(stop + room, stop + n + int(0.06 / STEP_S)))
            part.curves[SPEED, still] = 0
            part.damping[still] = 0.6  # else the string beyond the bow would sound on
            part.curves[FORCE, still] = force * np.linspace(1, 0, still.stop - still.start)
        else:
            part.curves[FORCE, end] *= np.linspace(1, 0, n)


def _slurred(
    part: _Part, note: PhraseNote, at: int, player: Player, *, shortest: int, rng: Rng
) -> int:
    """Change the finger within a slur; returns the first step of the change."""
    if rng.random() < player.portamento:
        span = int(min(rng.uniform(0.03, 0.14) / STEP_S, 0.5 * shortest))
        part.slide(note.pitch_midi, at, span)
        return at - span // 2
    span = max(2, int(min(_between(player.slur_s, rng) / STEP_S, 0.4 * shortest)))
    part.put_finger(note.pitch_midi, at, span)
    first = max(0, at - span)
    hump = np.sin(np.linspace(0, np.pi, at + span - first)) * player.slur_loss * rng.uniform(0, 1)
    part.damping[first : at + span] = hump[: part.n_steps - first]
    return first


class _Breath:
    """A breath, a tongue and fingers on one bore."""

    def __init__(self, instrument: Instrument, player: Player, n_steps: int, rng: Rng) -> None:
        self.instrument, self.player, self.rng = instrument, player, rng
        self.parts = (_Part(n_steps),)
        self.parts[0].curves[OPEN] = 1.0

    def _blow(self, note: PhraseNote, at: int, stop: int) -> NDArray[np.float64]:
        """Mouth pressure over a note; what it does not give of the level the output gain does."""
        gain = self.parts[0].curves[GAIN]
        before = gain[at - 1] if at else 1.0
        level = db(0.7 * note.level_db)
        gain[at:] = level + (before - level) * np.exp(-np.arange(gain.size - at) * STEP_S / 0.01)
        pressure = _pressure(self.instrument, note.level_db)
        swell = _swell(stop - at, self.player, self.rng)
        gain[at:stop] *= swell**0.7
        return pressure * (0.85 + 0.15 * swell)

    def attack(self, note: PhraseNote, at: int, stop: int, free: int) -> _Gesture:
        """Begin out of silence; `free` steps before `at` may be used."""
        player, rng, n, part = self.player, self.rng, stop - at, self.parts[0]
        pressure = self._blow(note, at, stop)
        kind = _choose(player.attacks, rng)
        span_s = min(_between(player.attack_s, rng), 0.4 * n * STEP_S)
        lead = 0
        part.curves[OPEN, at:stop] = 1.0
        if kind == 0:  # breath alone
            pressure *= _ramp(n, span_s, rng.uniform(0.5, 1.5))
        elif kind == 1:  # the tongue lets go of full breath
            lead = int(min(free, rng.uniform(0.01, 0.08) / STEP_S))
            pressure *= 1 + rng.uniform(0, 0.2) * np.exp(-np.arange(n) * STEP_S / 0.03)
            part.curves[OPEN, at:stop] = _ramp(n, 0.4 * span_s, rng.uniform(0.7, 2))
            part.curves[OPEN, max(0, at - lead - 2) : at] = 0
            part.curves[SPEED, at - lead : at] = pressure[0] * np.linspace(0.2, 1, lead)
        else:  # swells
            span_s = min(rng.uniform(0.06, 0.4), 0.7 * n * STEP_S)
            pressure *= 0.55 + 0.45 * _ramp(n, span_s, rng.uniform(0.7, 1.6))
            pressure *= _ramp(n, 0.04, 1.0)
            least = rng.uniform(0.15, 0.4)
            rising = _ramp(n, span_s, rng.uniform(0.7, 1.6))
            part.curves[GAIN, at:stop] *= least + (1 - least) * rising
        part.put_finger(note.pitch_midi, at - lead, 0)
        part.curves[SPEED, at:stop] = pressure
        _vibrate(part, at, n, player, rng)
        return _Gesture(note, 0, phrase.ATTACK, at - lead, at, at, stop)

    def change(self, note: PhraseNote, at: int, stop: int, before: int) -> _Gesture:
        """Touch the reed with the tongue, or let the breath sink for a moment."""
        player, rng, n, part = self.player, self.rng, stop - at, self.parts[0]
        pressure = self._blow(note, at, stop)
        kind = _choose(player.changes, rng)
        fall = max(2, int(min(_between(player.change_s, rng), 0.3 * before * STEP_S) / STEP_S))
        rise_s = min(_between(player.change_s, rng), 0.3 * n * STEP_S)
        is_same = abs(note.pitch_midi - part.pitch[part.finger, at - 1]) < 0.01
        depth = player.yielding if kind != 2 else 1.0
        still = int(min(0.25 * before, rng.uniform(0.002, 0.04) / STEP_S)) if kind == 2 else 0
        if is_same:  # else nobody would hear it
            depth = max(depth, rng.uniform(0.85, 1.0))
            still = max(still, int(min(0.25 * before, rng.uniform(0.006, 0.02) / STEP_S)))
        old = slice(max(0, at - fall - still), at - still)
        turning = np.linspace(1, 0, old.stop - old.start)
        rising = _ramp(n, rise_s, rng.uniform(0.7, 1.6))
        part.curves[OPEN, at:stop] = 1.0
        if kind == 1:
            part.curves[SPEED, old] *= 1 - 0.9 * depth * (1 - turning)
            part.curves[SPEED, at - still : at] *= 1 - 0.9 * depth
            pressure *= 1 - 0.9 * depth * (1 - rising)
        else:
            part.curves[OPEN, old] *= 1 - depth * (1 - turning)
            part.curves[OPEN, at - still : at] = 1 - depth
            part.curves[OPEN, at:stop] = 1 - depth * (1 - rising)
        part.curves[SPEED, at:stop] = pressure
        if not is_same:
            late = int(np.clip(rng.normal(0, 0.003), -0.006, 0.006) / STEP_S)
            part.put_finger(note.pitch_midi, at + late, int(_between(player.slur_s, rng) / STEP_S))
        _vibrate(part, at, n, player, rng)
        return _Gesture(note, 0, phrase.RETAKE, old.start, at, at + int(rise_s / STEP_S), stop)

    def slur(self, note: PhraseNote, at: int, stop: int, before: int) -> _Gesture:
        """Go on blowing while fingers open or close holes."""
        player, rng, n, part = self.player, self.rng, stop - at, self.parts[0]
        last = part.curves[SPEED, at - 1]
        pressure = self._blow(note, at, stop)
        part.curves[OPEN, at:stop] = 1.0
        part.curves[SPEED, at:stop] = last + (pressure - last) * _ramp(n, 0.03, 1.0)
        first = _slurred(part, note, at, player, shortest=min(n, before), rng=rng)
        _vibrate(part, at, n, player, rng)
        return _Gesture(note, 0, phrase.SLUR, first, at, at, stop)

    cross = slur

    def release(self, stop: int, room: int) -> None:
        """End the breath, or stop the reed with the tongue."""
        part = self.parts[0]
        n = min(room, int(_between(self.player.release_s, self.rng) / STEP_S))
        if n < 2 or stop < 1:
            return
        end = slice(stop, stop + n)
        part.curves[SPEED, end] = part.curves[SPEED, stop - 1]
        row = OPEN if self.player.stops_at_end else SPEED
        part.curves[row, end] *= np.linspace(1, 0, n)
        part.curves[OPEN, stop + n :] = 0.0 if self.player.stops_at_end else 1.0


def _lay_out(notes: list[PhraseNote], hands: _Bow | _Breath, n_steps: int) -> list[_Gesture]:
    """Play all notes that fit."""
    kept = [note for note in notes if note.start_s / STEP_S < n_steps - 200]
    gestures: list[_Gesture] = []
    stop, last = 0, 0
    for i, note in enumerate(kept):
        at = max(int(note.start_s / STEP_S), last + 16)
        following = kept[i + 1] if i + 1 < len(kept) else None
        is_last = following is None or following.join == phrase.ATTACK
        end_s = note.end_s if is_last or following is None else following.start_s
        next_stop = int(np.clip(end_s / STEP_S, at + 16, n_steps - 100))
        if note.join == phrase.ATTACK or not gestures:
            gestures.append(hands.attack(note, at, next_stop, max(0, (at - stop) // 2)))
        else:
            play = (hands.change, hands.slur, hands.cross)[note.join - phrase.RETAKE]
            gestures.append(play(note, at, next_stop, at - last))
        if is_last:
            next_s = following.start_s if following is not None else n_steps * STEP_S
            hands.release(next_stop, max(0, min(int(next_s / STEP_S), n_steps - 1) - next_stop))
        stop, last = next_stop, at
    return gestures


def _attack_row(
    gesture: _Gesture, instrument: Instrument, curves: Curves, noise: FloatArray, family: int
) -> NoteRow:
    """Truth of an attack from the note played once more, alone."""
    stop = min(gesture.stop, gesture.at + int(HEARD_S / STEP_S))
    own = curves[:, gesture.first : stop + 1].copy()
    sound = _played(instrument, own, noise[gesture.first * STEP : (stop + 1) * STEP])
    t40_s, t20_s = rise_times(sound, sound.size / RATE_HZ)
    start_s = gesture.first * STEP_S
    return note_truth(start_s + t40_s, start_s + t20_s, family, False)


def _softest_row(gesture: _Gesture, sound: FloatArray, family: int) -> NoteRow:
    """Truth of a bow change or tongue stroke: a little after the softest point."""
    window_s = max(0.006, 1 / (440 * 2 ** ((gesture.note.pitch_midi - 69) / 12)))
    half = int(0.5 * window_s * RATE_HZ)
    first = max(0, gesture.first * STEP - half)
    last = min(
        gesture.ready * STEP + half,
        gesture.at * STEP + int(0.06 * RATE_HZ),
        (gesture.at + gesture.stop) // 2 * STEP,
    )
    power = sound[first : last + int(0.1 * RATE_HZ)].astype(np.float64) ** 2
    level = np.sqrt(ndimage.uniform_filter1d(power, 2 * half + 1)) + 1e-9
    place = int(np.argmin(level[half : last - first])) + half
    peak = level[place : place + int(0.12 * RATE_HZ)].max()
    rise_s = float(np.argmax(level[place:] >= 0.7 * peak)) / RATE_HZ
    softest_s = (first + place) / RATE_HZ
    around = min(level[: place + 1].max(), peak)
    if level[place] > SOFTER * around:  # no softer than beside it: only the gesture tells
        softest_s, rise_s = gesture.at * STEP_S, 0.02
    speaks_s = float(np.argmax(level[place:] >= 0.1 * peak)) / RATE_HZ  # 0 but after a silence
    label_s = softest_s + max(min(0.25 * rise_s, 0.015), speaks_s)
    return (softest_s, label_s, label_s, family, False)


def _hz(midi: float) -> float:
    return float(440 * 2 ** ((midi - 69) / 12))


def _passage_s(sound: FloatArray, at_s: float, before_hz: float, after_hz: float) -> float:
    """When the partials of a new pitch outgrow those of the old one; NaN where they never do."""
    half, span = int(0.012 * RATE_HZ), int(0.06 * RATE_HZ)
    first = int(at_s * RATE_HZ) - span // 2
    near = sound[max(0, first - half) : first + span + half].astype(np.float64)
    if first < half or near.size < 2 * half + span:
        return float("nan")
    time_s = np.arange(near.size) / RATE_HZ
    levels = []
    for f0_hz in (before_hz, after_hz):
        turned = [near * np.exp(-2j * np.pi * k * f0_hz * time_s) for k in (1, 2, 3)]
        sums = np.cumsum(np.array(turned), axis=1)
        levels.append(np.sum(np.abs(sums[:, 2 * half :] - sums[:, : -2 * half]) ** 2, axis=0))
    old, new = levels[0] / levels[0].max(), levels[1] / levels[1].max()
    is_new = new > old
    if is_new[0] or not is_new.any():
        return float("nan")
    return (first + int(np.argmax(is_new))) / RATE_HZ


def _slur_row(
    gesture: _Gesture, before: PhraseNote, kind: int, sound: FloatArray, family: int
) -> NoteRow:
    """Truth of a slur: the middle of the pitch change, a quarter period later at the body.

    A flute's new tone takes its time to grow, so there it is measured.
    """
    pitch = gesture.note.pitch_midi
    label_s = gesture.at * STEP_S + 0.25 / _hz(pitch)
    if kind == FLUTE:
        passage_s = _passage_s(sound, label_s, _hz(before.pitch_midi), _hz(pitch))
        label_s = label_s + 0.002 if np.isnan(passage_s) else max(passage_s, label_s)
    return (label_s, label_s, label_s, family, False)


def _hiss(rubbing: NDArray[np.float64], rng: Rng) -> FloatArray:
    """Noise of hair or breath of about unit RMS, as strong as the bow rubs or the breath flows."""
    strength = np.repeat(rubbing / (np.sqrt(np.mean(rubbing**2)) + 1e-9), STEP)
    centre_hz, fall = rng.uniform(700, 5000), rng.uniform(3, 9)
    freq_hz = np.geomspace(50, 18_000, 24)
    gain_db = 6 - fall * np.abs(np.log2(freq_hz / centre_hz))
    noise = (rng.standard_normal(strength.size) * strength).astype(np.float32)
    return shaped(noise, freq_hz.astype(np.float32), gain_db.astype(np.float32))


def _add_bursts(out: FloatArray, gestures: list[_Gesture], player: Player, rng: Rng) -> None:
    """Fingers that fall, keys, scratch and tongue, at some of the notes."""
    for gesture in gestures:
        if rng.random() < (0.4 if gesture.join == phrase.SLUR else 0.5):
            burst = noise_burst(
                rng.uniform(0.003, 0.03), rng.uniform(100, 2500), rng.uniform(2500, 12_000), rng
            )
            gain = db(gesture.note.level_db + player.burst_db - rng.uniform(0, 12))
            add_at(out, burst, gesture.at * STEP_S - rng.uniform(0, 0.004), gain)


def _performed(
    notes: list[PhraseNote], instrument: Instrument, player: Player, take_s: float, rng: Rng
) -> tuple[FloatArray, NoteArray]:
    """A phrase played on an instrument: dry (n_samples,) and its NOTE_TRUTH."""
    is_bowed = instrument.kind == STRING
    family = BOWED if is_bowed else WIND
    n_steps = int(take_s / STEP_S)
    hands = (_Bow if is_bowed else _Breath)(instrument, player, n_steps, rng)
    gestures = _lay_out(notes, hands, n_steps)
    notes = [gesture.note for gesture in gestures]
    rows, out, rubbing = [], np.zeros(n_steps * STEP, np.float32), np.zeros(n_steps)
    for p, part in enumerate(hands.parts):
        curves = part.finished(instrument, player, rng)
        noise = rng.standard_normal(n_steps * STEP).astype(np.float32)
        sound = _played(instrument, curves, noise)
        for gesture in (g for g in gestures if g.part == p):
            if gesture.join == phrase.ATTACK:
                rows.append(_attack_row(gesture, instrument, curves, noise, family))
            elif gesture.join == phrase.RETAKE:
                rows.append(_softest_row(gesture, sound, family))
            else:
                before = notes[gestures.index(gesture) - 1]
                rows.append(_slur_row(gesture, before, instrument.kind, sound, family))
        out += sound
        pressing = np.sqrt(curves[FORCE]) if is_bowed else curves[OPEN] * curves[GAIN]
        rubbing += np.abs(curves[SPEED]) * pressing
    out /= np.sqrt(np.mean(out**2)) + 1e-9
    out += db(player.noise_db) * _hiss(rubbing, rng)
    _add_bursts(out, gestures, player, rng)
    return out, as_notes(rows)


RANGES = {CLARINET: (50, 84), SAXOPHONE: (44, 80), FLUTE: (60, 94)}


def random_instrument(kind: int, low: int, high: int, rng: Rng) -> Instrument:
    """An instrument that speaks between two pitches or in a part of that range."""
    for _ in range(20):
        bowed = kind == STRING
        low_hz = 440 * 2 ** ((low - 69) / 12) * rng.uniform(0.8, 2.0)
        body_hz, body_db = body(rng, low_hz, rng.uniform(4, 9) if bowed else rng.uniform(1, 5))
        position, knee = {
            STRING: (rng.uniform(0.06, 0.16), rng.uniform(0.04, 0.2)),
            CLARINET: (0.1, rng.uniform(0.3, 0.55)),
            SAXOPHONE: (rng.uniform(0.1, 0.25), rng.uniform(0.5, 0.8)),
            FLUTE: (rng.uniform(0.28, 0.36), 1.0),
        }[kind]
        instrument = Instrument(
            kind,
            rng.uniform(0.15, 0.5) if bowed else rng.uniform(0.3, 0.6),
            rng.uniform(0.15, 0.6) if bowed else rng.uniform(0.4, 0.7),
            0.5 if kind == FLUTE else rng.uniform(0.95, 0.99),
            0.995 if bowed else rng.uniform(0.94, 0.98),
            position,
            knee,
            rng.uniform(0.02, 0.15 if bowed else 0.3),
            body_hz,
            body_db,
            np.array([float(low)], np.float32),
            np.zeros(1, np.float32),
        )
        instrument = tuned(instrument, low, high, rng)
        if instrument.tuned_midi.size and np.ptp(instrument.tuned_midi) >= 9:
            return instrument
    raise RuntimeError(f"no instrument of kind {kind} speaks from {low} to {high}")


def _within(notes: list[PhraseNote], instrument: Instrument) -> list[PhraseNote]:
    """The phrase with notes that the instrument does not speak moved by octaves."""
    low, high = float(instrument.tuned_midi[0]) - 1, float(instrument.tuned_midi[-1]) + 1
    out: list[PhraseNote] = []
    for note in notes:
        pitch = note.pitch_midi
        while pitch < low:
            pitch += 12
        while pitch > high:
            pitch -= 12
        pitch = max(pitch, low)
        join = note.join
        if join in (phrase.SLUR, phrase.CROSS) and out and abs(out[-1].pitch_midi - pitch) < 0.5:
            join = phrase.RETAKE
        out.append(replace(note, pitch_midi=pitch, join=join))
    return out


def _span(notes: list[PhraseNote]) -> tuple[int, int]:
    pitches = [note.pitch_midi for note in notes]
    low = int(min(pitches))
    return low, max(low + 12, int(np.ceil(max(pitches))))


def play_bowed(notes: list[PhraseNote], take_s: float, rng: Rng) -> tuple[FloatArray, NoteArray]:
    """A phrase by a random player on two bowed strings: dry (n_samples,) and its NOTE_TRUTH."""
    instrument = random_instrument(STRING, *_span(notes), rng)
    player = random_player(STRING, rng)
    return _performed(_within(notes, instrument), instrument, player, take_s, rng)


def play_blown(
    notes: list[PhraseNote], kind: int, take_s: float, rng: Rng
) -> tuple[FloatArray, NoteArray]:
    """A phrase by a random player on a CLARINET, SAXOPHONE or FLUTE, as by play_bowed."""
    instrument = random_instrument(kind, *_span(notes), rng)
    player = random_player(kind, rng)
    return _performed(_within(notes, instrument), instrument, player, take_s, rng)


def waveguide_take(take_s: float, rng: Rng) -> tuple[FloatArray, NoteArray]:
    """A dry take of a bowed string or a wind, a third of them fast, and its NOTE_TRUTH."""
    is_fast = bool(rng.random() < 1 / 3)
    kind = int(rng.choice([STRING, STRING, STRING, CLARINET, SAXOPHONE, FLUTE]))
    if kind == STRING:
        low = int(rng.choice([43, 48, 55, 55] if is_fast else [28, 36, 36, 36, 48, 55, 55]))
        high = low + int(rng.integers(14, 34))
    else:
        lowest, highest = RANGES[kind]
        low = int(rng.integers(lowest, highest - 16))
        high = min(highest, low + int(rng.integers(14, 28)))
    config = PhraseConfig(low, high, rng.uniform(0.1, 0.9), take_s)
    if is_fast:
        config = replace(config, shortest_s=0.06, longest_s=rng.uniform(0.09, 0.16))
    notes = random_phrase(config, rng)
    if kind == STRING:
        return play_bowed(notes, take_s, rng)
    return play_blown(notes, kind, take_s, rng)
