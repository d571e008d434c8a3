"""Fit the estimate of how many notes were heard (``practiceear.analysis.missed_notes``).

The shipped detector hears takes made from nothing and from recorded notes, many of them hard: fast,
high, reverberant, swaying. What it missed there is known. Prints the ``RecallModel`` to put in the
module, and how well it does on takes that it was not fitted on (five parts, each fitted on the
others). Run it after every new training of the network; PyTorch is not needed.

Usage: python -m training.recall SAMPLES_FOLDER [--takes N] [--check FOLDER ...]
"""

from __future__ import annotations

import argparse
import dataclasses
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from mir_eval.util import match_events

from benchmarks.takes import TakeGroup
from practiceear.analysis.missed_notes import (
    FEWEST_MISSED,
    MODEL,
    Evidence,
    RecallModel,
    TraceArray,
    estimate_hearing,
    find_traces,
    logistic,
    onset_inputs,
    trace_inputs,
)
from practiceear.analysis.pipeline import NotePipeline
from practiceear.audio.blocks import AudioBlock
from practiceear.instruments.profile import UNNAMED

from . import render, struck, voices
from .material import Bank, MaterialConfig, played_take
from .phrase import PhraseConfig, random_phrase
from .room import Rng, background, db, recorded, reverberated, shaped
from .truth import RATE_HZ, FloatArray, NoteArray, Take, TimeArray, as_notes, merged, note_truth

LOG = logging.getLogger(__name__)
TAKE_S = 22.0
USUAL_KINDS = (
    "bowed",
    "wind",
    "plucked",
    "piano",
    "rendered",
    "legato",
    "tongued",
    "pizzicato",
    "short",
    "sparse",
    "held",
    "swaying",
)
HARD_KINDS = ("bowed", "wind", "plucked", "piano", "rendered")
HARD_SHARE, SUNG_SHARE = 0.45, 0.1
"""Of all takes, those with much to miss, and long swaying tones at which nothing is missed."""

MATCH_S, TRACE_S = 0.05, 0.08
"""An onset is right, and a trace explains a missed note, within so much of the truth."""

N_PARTS, RIDGE = 5, 1.0
FEWEST_NOTES, BAD, GOOD = 8, 0.7, 0.9
"""Takes of fewer notes say nothing; below the second notes are missing, above the third none."""

MOST_FALSE = 0.03
"""Of well heard takes that are called badly heard: the limits are as high as this allows."""


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """One take: its evidence, and what is true of it.

    Attributes
    ----------
    is_true
        Of each onset confirmed, whether it is a note.
    traces, is_missed
        The traces, and whether each is a missed note.
    n_notes, n_missed
        Notes played, and those not heard.
    """

    name: str
    evidence: Evidence
    is_true: TimeArray
    traces: TraceArray
    is_missed: TimeArray
    n_notes: int
    n_missed: int

    @property
    def recall(self) -> float:
        """Share of the notes that were heard."""
        return 1.0 - self.n_missed / max(1, self.n_notes)


def hard_take(name: str, bank: Bank, rng: Rng) -> Take:
    """Fast or high playing of one kind, often in a hall."""
    kind = str(rng.choice(HARD_KINDS))
    shortest_s, longest_s = 0.085, 1.6
    if rng.random() < 0.5:
        shortest_s = float(rng.uniform(0.055, 0.11))
        longest_s = float(rng.choice([0.13, 0.2, 0.35, 1.0]))
    lowest = {"bowed": (28, 36, 48, 55), "wind": (44, 50, 58, 60, 72, 76)}
    low = int(rng.choice(lowest.get(kind, (36, 48, 60, 72, 84))))
    slurs = float(rng.uniform(0.0, 0.9)) if kind in ("bowed", "wind", "rendered") else 0.0
    config = PhraseConfig(
        low, low + int(rng.integers(12, 30)), slurs, TAKE_S, shortest_s, longest_s
    )
    dry, notes = _hard_dry(kind, config, bank, rng)
    n_samples = int(TAKE_S * RATE_HZ)
    dry = np.pad(dry, (0, max(0, n_samples - dry.size)))[:n_samples]
    return Take(name, in_hall(dry, rng) if rng.random() < 0.6 else recorded(dry, rng), notes)


def _hard_dry(
    kind: str, config: PhraseConfig, bank: Bank, rng: Rng
) -> tuple[FloatArray, NoteArray]:
    if kind == "rendered":
        config = dataclasses.replace(config, low_midi=0, high_midi=127)
        return render.render_take(_any_bank(bank, rng), config, rng, bank.cache)
    if kind in ("plucked", "piano"):
        style = struck.plucked_style(rng) if kind == "plucked" else struck.piano_style(rng)
        return struck.play_struck(config, style, rng)
    low = config.low_midi
    blown = voices.bowed_style(rng, low) if kind == "bowed" else voices.wind_style(rng, low)
    return voices.play_sustained(random_phrase(config, rng), blown, TAKE_S, rng)


def sung_take(name: str, bank: Bank, rng: Rng) -> Take:
    """Tones of 0.4 to 3 s with a player's vibrato, one after another: all of them easy to hear."""
    keys = [key for key in sorted(bank.banks) if key[1].startswith("sus")]
    key = keys[int(rng.integers(len(keys)))]
    family = render.family_of(*key)
    out, rows = np.zeros(int(TAKE_S * RATE_HZ), np.float32), []
    rate_hz, cents, depth_db = rng.uniform(4.3, 7.0), rng.uniform(5, 60), rng.uniform(0, 9)
    body_hz, body_db = voices.body(rng, rng.uniform(80, 300), rng.uniform(3, 10))
    time_s = float(rng.uniform(0.1, 1.0))
    while time_s < TAKE_S - 0.5:
        length_s = float(np.exp(rng.uniform(np.log(0.4), np.log(3.0))))
        sample = bank.banks[key][int(rng.integers(len(bank.banks[key])))]
        ratio = float(2 ** (rng.uniform(-4, 4) / 12))
        sound = render.load(sample, ratio, bank.cache)[: int(length_s * RATE_HZ)]
        sound = shaped(
            render.vibrated(sound, rate_hz, cents * rng.uniform(0.6, 1.3)), body_hz, body_db
        )
        wave = np.sin(2 * np.pi * rate_hz * np.arange(sound.size) / RATE_HZ + rng.uniform(0, 6))
        sound = sound * (10 ** (depth_db / 40 * wave)).astype(np.float32)
        sound = sound / (np.max(np.abs(sound)) + 1e-9)
        n_fade = min(sound.size, int(rng.uniform(0.02, 0.2) * RATE_HZ))
        sound[-n_fade:] *= np.linspace(1, 0, n_fade, dtype=np.float32)
        t40_s, t20_s = struck.rise_times(sound)
        struck.add_at(out, sound, time_s, db(-rng.uniform(0, 10)))
        rows.append(note_truth(time_s + t40_s, time_s + t20_s, family, False))
        time_s += sound.size / RATE_HZ + float(rng.choice([0.0, 0.03, rng.uniform(0.1, 0.8)]))
    return Take(
        name, in_hall(out, rng) if rng.random() < 0.4 else recorded(out, rng), as_notes(rows)
    )


def _any_bank(bank: Bank, rng: Rng) -> list[render.Sample]:
    keys = sorted(bank.banks)
    return bank.banks[keys[int(rng.integers(len(keys)))]]


def in_hall(dry: FloatArray, rng: Rng) -> FloatArray:
    """A dry take as a microphone far off in a hall hears it."""
    rt60_s = float(np.exp(rng.uniform(np.log(0.4), np.log(2.5))))
    audio = reverberated(dry, rt60_s, rng.uniform(-8, 8), rng)
    level = np.sqrt(np.mean(audio**2)) + 1e-9
    audio = audio + level * db(-rng.uniform(16, 55)) * background(audio.size, rng)
    audio = audio / (np.max(np.abs(audio)) + 1e-9)
    return np.asarray(audio * db(-rng.uniform(0, 30)), np.float32)


def fitting_takes(bank: Bank, n_takes: int, seed: int) -> Iterator[Take]:
    """The takes that the estimate is fitted on, each from its own seed."""
    config = MaterialConfig(take_s=TAKE_S)
    for number in range(n_takes):
        rng = np.random.default_rng([seed, number])
        share = rng.random()
        if share < HARD_SHARE:
            yield hard_take(f"hard-{number}", bank, rng)
        elif share < HARD_SHARE + SUNG_SHARE:
            yield sung_take(f"sung-{number}", bank, rng)
        else:
            kind = USUAL_KINDS[number % len(USUAL_KINDS)]
            yield played_take(kind, int(rng.integers(1 << 30)), config, bank)


def hear(name: str, audio: FloatArray, rate_hz: int, true_s: TimeArray) -> Heard:
    """What the detector hears of a take, beside the truth."""
    pipeline = NotePipeline(rate_hz, UNNAMED, is_pitch_wanted=False)
    samples = np.asarray(audio, np.float32)
    output = pipeline.run(
        AudioBlock(samples[at : at + 8192], at) for at in range(0, samples.size, 8192)
    )
    evidence = pipeline.evidence(output.notes)
    reference_s, traces = merged(true_s), find_traces(evidence)
    is_true, is_missed = np.zeros(evidence.onset_s.size), np.zeros(traces.size)
    pairs = match_events(reference_s, evidence.onset_s, MATCH_S)
    for _, onset in pairs:
        is_true[onset] = 1.0
    missed_s = np.delete(reference_s, [note for note, _ in pairs])
    for _, trace in match_events(missed_s, traces["time_s"], TRACE_S):
        is_missed[trace] = 1.0
    return Heard(name, evidence, is_true, traces, is_missed, reference_s.size, missed_s.size)


def logistic_weights(inputs: TimeArray, answer: TimeArray) -> TimeArray:
    """Ridge logistic regression by Newton's method; the first input is the constant."""
    weights = np.zeros(inputs.shape[1])
    penalty = RIDGE * np.eye(weights.size)
    penalty[0, 0] = 1e-6
    for _ in range(30):
        expected = logistic(inputs @ weights)
        curvature = inputs.T @ ((expected * (1.0 - expected) + 1e-9)[:, None] * inputs) + penalty
        slope = inputs.T @ (answer - expected) - penalty @ weights
        weights = weights + np.linalg.solve(curvature, slope)
    return weights


def fit(takes: list[Heard]) -> RecallModel:
    """The model that explains what was missed in these takes; its limits stay as they are."""
    trace = logistic_weights(
        np.concatenate([trace_inputs(take.traces) for take in takes]),
        np.concatenate([take.is_missed for take in takes]),
    )
    onset = logistic_weights(
        np.concatenate([onset_inputs(take.evidence.strength) for take in takes]),
        np.concatenate([take.is_true for take in takes]),
    )
    explained = np.array([logistic(trace_inputs(take.traces) @ trace).sum() for take in takes])
    n_missed = np.array([take.n_missed for take in takes])
    n_heard = np.array([take.n_notes for take in takes]) - n_missed
    recall = n_heard / np.maximum(1, n_heard + n_missed)
    factors = np.arange(0.8, 2.01, 0.05)
    errors = [np.sum((n_heard / (n_heard + f * explained + 1e-9) - recall) ** 2) for f in factors]
    untraced = float(factors[int(np.argmin(errors))])
    spread = np.std(np.log((n_missed + 0.5) / (untraced * explained + 0.5)))
    return dataclasses.replace(
        MODEL,
        trace=tuple(round(float(weight), 3) for weight in trace),
        onset=(round(float(onset[0]), 3), round(float(onset[1]), 3)),
        untraced=round(untraced, 2),
        spread=round(float(spread), 2),
    )


def with_limit(model: RecallModel, takes: list[Heard]) -> RecallModel:
    """The model with the highest limit that calls few well heard takes badly heard."""
    estimates = []
    for take in takes:
        if take.n_notes >= FEWEST_NOTES and take.recall > GOOD:
            hearing = estimate_hearing(take.evidence, model=model)
            if hearing.take is not None and hearing.take.n_missed >= FEWEST_MISSED:
                estimates.append(hearing.take.recall)
            else:
                estimates.append(1.0)
    limit = float(np.quantile(estimates, MOST_FALSE)) if estimates else model.take_limit
    return dataclasses.replace(model, take_limit=round(limit, 2))


def told(
    takes: list[Heard], model: RecallModel, below: float = 2.0, above: float = -1.0
) -> tuple[int, int]:
    """How many of the takes with such a recall are said to miss notes, and how many there are."""
    chosen = [t for t in takes if t.n_notes >= FEWEST_NOTES and above < t.recall < below]
    is_told = [estimate_hearing(take.evidence, model=model).is_missing for take in chosen]
    return int(np.sum(is_told)), len(chosen)


def report(name: str, takes: list[Heard], models: list[RecallModel]) -> None:
    """Print how the estimate does; take k is judged by model k modulo their number."""
    counts = np.zeros((2, 2), dtype=int)
    errors = []
    covered = []
    for number, take in enumerate(takes):
        model = models[number % len(models)]
        counts[0] += told([take], model, below=BAD)
        counts[1] += told([take], model, above=GOOD)
        hearing = estimate_hearing(take.evidence, model=model)
        if hearing.take is not None and take.n_notes >= FEWEST_NOTES:
            errors.append(abs(hearing.take.recall - take.recall))
            covered.append(hearing.take.low <= take.recall <= hearing.take.high)
    LOG.info(
        "%s: said of %d of %d takes with recall below %.1f, of %d of %d above %.1f;"
        " mean error %.3f, interval holds %.2f",
        name,
        *counts[0],
        BAD,
        *counts[1],
        GOOD,
        np.mean(errors),
        np.mean(covered),
    )


def labelled(folder: Path) -> list[Heard]:
    """Takes of a folder with known onsets, as ``benchmarks.takes`` reads them; no taps."""
    return [
        hear(take.name, take.samples, take.rate_hz, take.reference_s)
        for take in TakeGroup(folder.name, (folder,)).read()
        if take.family != "tap"
    ]


def main() -> None:
    """Fit, print, check."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("samples", type=Path, help="folder of single notes with a samples.csv")
    parser.add_argument("--takes", type=int, default=320)
    parser.add_argument("--seed", type=int, default=41)
    parser.add_argument("--check", type=Path, nargs="*", default=[], help="folders of known takes")
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    bank = Bank(render.banks(render.read_samples(args.samples)), {})
    takes = [
        hear(take.name, take.audio, RATE_HZ, take.notes["label_s"])
        for take in fitting_takes(bank, args.takes, args.seed)
    ]
    parts = [[t for i, t in enumerate(takes) if i % N_PARTS != part] for part in range(N_PARTS)]
    report("fitted on other takes", takes, [with_limit(fit(part), part) for part in parts])
    model = with_limit(fit(takes), takes)
    LOG.info("MODEL = %r", model)
    for folder in args.check:
        known = labelled(folder)
        report(folder.name, known, [model])
        for take in sorted(known, key=lambda take: take.recall):
            hearing = estimate_hearing(take.evidence, model=model)
            estimate = hearing.take.recall if hearing.take is not None else np.nan
            if take.recall < BAD or hearing.is_missing:
                LOG.info("  %s: recall %.2f, estimate %.2f", take.name, take.recall, estimate)


if __name__ == "__main__":
    main()
