"""The timer: by how much a confirmed onset is to be moved, and how far off it may be then.

It learns from what the finished detector itself hears in takes whose truth is known: the inputs
are those that its kernel writes, the answer is the note's -20 dB point less the time that the
network and the localiser gave. Mean and spread are learned together (Nix and Weigend 1994), with
Student's t in place of a normal law, so that a few gross errors do not rule (Lange, Little and
Taylor, "Robust statistical modeling using the t distribution", 1989).
"""

from __future__ import annotations

import argparse
import datetime
import logging
import multiprocessing
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import mir_eval
import numpy as np
import torch
from torch import nn

from practiceear.onset.config import DetectorConfig
from practiceear.onset.detector import N_EVENTS
from practiceear.onset.event import ONSET, OnsetKind
from practiceear.onset.picking_kernels import hear_block, reset_state
from practiceear.onset.records import N_TIMER_HIDDEN, N_TIMER_NET, STATE, TIMER_UNIT_S
from practiceear.onset.tables import SHAPES, Weights, build_tables

from . import render
from .dataset import N_PARTS, VALIDATION, Material, read_material, scaled
from .export import save
from .material import Bank, MaterialConfig, make_takes
from .phrase import PhraseConfig
from .room import practice_room
from .truth import RATE_HZ, FloatArray, Take, TimeArray, is_attack, merged

LOG = logging.getLogger(__name__)
KINDS = (
    "bowed",
    "wind",
    "plucked",
    "piano",
    "rendered",
    "legato",
    "pizzicato",
    "tongued",
    "short",
    "fast",
    "high",
    "strum",
)
WINDOW_S = 0.06  # an onset further off than this is no note's
GROSS_S = 0.15
"""Who takes a false onset for a note is so far off it, or as far as the nearest note is."""
SLOW_SHARE = 0.4  # of sustained takes whose notes speak slowly
DEGREES = 3.0  # of Student's t: errors have heavy tails
LEAST_SPREAD = 0.05  # a spread over the unit, added to every standardised input's
BELIEVED = 0.5
"""Share of a move that is made. Rendered takes would have all of it; on real ones (seen while
this was chosen) all of it did harm, half of it neither good nor harm."""
N_NEIGHBOURS = 8  # intervals of a take from which its error is known


CARD_LINE = """\
- Timer: made {date} by `training.timer`, seed {seed}, {steps} steps: how far off each confirmed
  onset may be, learned from what this network heard in {n_takes} takes of the same makers, with
  other seeds; the factor from said to real errors ({factor:.2f}) from {n_unseen} takes of the
  held-out source. It is not held against real recordings but by those of `training/README.md`.
"""


@dataclass(frozen=True, slots=True)
class TimerConfig:
    """How much the timer hears and learns; ``share`` is of the network's own material."""

    seed: int = 31_337
    share: float = 0.5
    n_phrases: int = 900
    n_steps: int = 12_000


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """Settled onsets of one take: inputs (n, N_TIMER_NET), answers in units of TIMER_UNIT_S.

    ``number`` is the note's among those of the take, -1 where the onset is no note's.
    """

    inputs: FloatArray
    answer: FloatArray
    number: np.ndarray


def phrase_takes(bank: Bank, numbers: Iterable[int], seed: int) -> Iterator[Take]:
    """Phrases of recorded notes as a microphone on a music stand hears them, every bank in turn."""
    by_source: dict[tuple[str, str, str], list[render.Sample]] = {}
    for (instrument, articulation), samples in bank.banks.items():
        for sample in samples:
            key = (instrument, articulation, sample.source.split("/")[0])
            by_source.setdefault(key, []).append(sample)
    keys = sorted(key for key, samples in by_source.items() if len(samples) >= 5)
    for number in numbers:
        rng = np.random.default_rng([seed, 5, number])
        slurs = float(rng.choice([0.0, 0.0, 0.5]))
        config = PhraseConfig(0, 127, slurs, longest_s=float(rng.choice([0.9, 1.6])))
        key = keys[number % len(keys)]
        speech = slow_speech(rng) if rng.random() < SLOW_SHARE else None
        style = replace(render.random_style(by_source[key], rng), speech=speech)
        dry, notes = render.render_take(by_source[key], config, rng, bank.cache, style)
        yield Take(" ".join(key), practice_room(dry, rng), notes)


def slow_speech(rng: np.random.Generator) -> render.Speech:
    """How notes speak that are late to speak: more slowly than recorded single notes do."""
    return render.Speech(float(rng.uniform(0.02, 0.12)), float(rng.uniform(8, 30)))


def settled_onsets(take: Take, weights: Weights) -> Settled:
    """What the detector confirms in one take, before any timer moves it."""
    tables = build_tables(RATE_HZ, weights | untimed(), DetectorConfig())
    state, events = np.zeros(1, STATE), np.zeros(N_EVENTS, ONSET)
    reset_state(state, tables, 0, 0)
    hop = int(tables[0]["hop"])
    sound = np.concatenate([take.audio, np.zeros(40 * hop, np.float32)])
    inputs, onset_s = [], []
    for first in range(0, sound.size - hop + 1, hop):
        n_events = hear_block(sound[first : first + hop], state, tables, events)
        for event in events[:n_events]:
            if event["kind"] == OnsetKind.CONFIRMED:
                inputs.append(state[0]["timer_inputs"].copy())
                onset_s.append(event["onset_sample"] / RATE_HZ)
    true_s, heard_s = merged(take.notes["t20_s"][is_attack(take.notes)]), np.array(onset_s)
    number = np.full(heard_s.size, -1)
    for true, heard in mir_eval.util.match_events(true_s, heard_s, WINDOW_S):
        number[heard] = true
    answer = np.where(number >= 0, true_s[number] - heard_s, _to_nearest(true_s, heard_s))
    answer = (answer / TIMER_UNIT_S).astype(np.float32)
    return Settled(np.array(inputs, np.float32).reshape(-1, N_TIMER_NET), answer, number)


def _to_nearest(true_s: TimeArray, heard_s: TimeArray) -> TimeArray:
    """How far the nearest true onset is from each heard one, at most GROSS_S."""
    off_s = np.append(true_s, np.inf)[None, :] - heard_s[:, None]
    nearest = np.take_along_axis(off_s, np.argmin(np.abs(off_s), axis=1)[:, None], axis=1)
    return np.clip(nearest[:, 0], -GROSS_S, GROSS_S)


def untimed() -> Weights:
    """Weights of a timer that moves nothing."""
    return {name: np.zeros(shape) for name, shape in SHAPES.items() if name.startswith("timer_")}


def network() -> nn.Sequential:
    """The untrained timer: shift and logarithm of the spread, in units of TIMER_UNIT_S."""
    return nn.Sequential(
        nn.Linear(N_TIMER_NET, N_TIMER_HIDDEN),
        nn.ReLU(),
        nn.Linear(N_TIMER_HIDDEN, N_TIMER_HIDDEN),
        nn.ReLU(),
        nn.Linear(N_TIMER_HIDDEN, 2),
    )


def loss(out: torch.Tensor, answer: torch.Tensor) -> torch.Tensor:
    """Minus the log likelihood of Student's t, less its constant."""
    log_spread = out[:, 1].clamp(-3.0, 3.0)
    off = (answer - out[:, 0]) * torch.exp(-log_spread)
    return (log_spread + 0.5 * (DEGREES + 1.0) * torch.log1p(off * off / DEGREES)).mean()


def train_timer(
    heard: list[Settled], unseen: list[Settled], seed: int, n_steps: int
) -> dict[str, np.ndarray]:
    """Train on takes that were heard; how far errors really spread comes from unseen ones."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    x, y = _pooled(heard)
    mean, spread = x.mean(0), x.std(0) + LEAST_SPREAD
    inputs, answers = torch.from_numpy((x - mean) / spread), torch.from_numpy(y)
    model = network()
    average = torch.optim.swa_utils.AveragedModel(
        model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.998)
    )
    optimiser = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=2e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, total_steps=n_steps)
    for step in range(n_steps):
        pick = torch.randint(0, len(inputs), (256,))
        out = model(nn.functional.dropout(inputs[pick], 0.1))
        now = loss(out, answers[pick])
        optimiser.zero_grad()
        now.backward()
        optimiser.step()
        schedule.step()
        average.update_parameters(model)
        if step % 1000 == 999:
            LOG.info("timer %d %.3f", step + 1, float(now.detach()))
    state = {k: v.detach().numpy() for k, v in average.module.state_dict().items()}
    believed = np.array([BELIEVED, 1.0])
    first = state["0.weight"] / spread
    arrays = {
        "timer_weight": first.T,
        "timer_bias": state["0.bias"] - first @ mean,
        "timer_inner_weight": state["2.weight"].T,
        "timer_inner_bias": state["2.bias"],
        "timer_out_weight": state["4.weight"].T * believed,
        "timer_out_bias": state["4.bias"] * believed,
    }
    arrays = {name: np.ascontiguousarray(array, np.float32) for name, array in arrays.items()}
    return arrays | {"timer_spread": np.array(_calibrated(arrays, unseen), np.float32)}


def answers(inputs: FloatArray, arrays: dict[str, np.ndarray]) -> tuple[FloatArray, FloatArray]:
    """Shift and spread of onsets, in units of TIMER_UNIT_S."""
    hidden = np.maximum(inputs @ arrays["timer_weight"] + arrays["timer_bias"], 0)
    inner = np.maximum(hidden @ arrays["timer_inner_weight"] + arrays["timer_inner_bias"], 0)
    out = inner @ arrays["timer_out_weight"] + arrays["timer_out_bias"]
    return out[:, 0], np.exp(out[:, 1].clip(-3.0, 3.0))


def takes_errors(unseen: list[Settled], arrays: dict[str, np.ndarray]) -> np.ndarray:
    """Spread of the errors of one onset in each take, and their size over what was said of each.

    From intervals between neighbours, as a player's evenness is measured; (n_takes, 2).
    """
    rows = []
    for take in unseen:
        shift, spread = answers(take.inputs, arrays)
        off = take.answer - shift
        is_pair = (np.diff(take.number) == 1) & (take.number[:-1] >= 0)
        if np.count_nonzero(is_pair) >= N_NEIGHBOURS:
            error = np.diff(off)[is_pair]
            error -= np.mean(error)
            said = (spread[1:] ** 2 + spread[:-1] ** 2)[is_pair]
            rows.append((np.std(error) / np.sqrt(2.0), np.sqrt(np.mean(error**2 / said))))
    return np.array(rows).reshape(-1, 2)


def _calibrated(arrays: dict[str, np.ndarray], unseen: list[Settled]) -> float:
    """Real error over what the timer said, of the median take."""
    real, over_said = takes_errors(unseen, arrays).T
    factor = float(np.exp(np.median(np.log(over_said))))
    LOG.info(
        "timer: %d takes, error %.2f ms, real over said within a factor of %.2f (1 SD)",
        len(real),
        1000 * TIMER_UNIT_S * float(np.median(real)),
        float(np.exp(np.std(np.log(over_said)))),
    )
    return factor


def _pooled(takes: list[Settled]) -> tuple[FloatArray, FloatArray]:
    return np.concatenate([t.inputs for t in takes]), np.concatenate([t.answer for t in takes])


def heard_takes(
    bank: Bank, weights: Weights, config: MaterialConfig, n_phrases: int
) -> list[Settled]:
    """Everything the timer learns from, or is judged on, with the seed of ``config``."""
    with multiprocessing.get_context("fork").Pool(N_PARTS) as pool:
        jobs = [
            pool.apply_async(_heard_part, (bank, weights, config, n_phrases, part))
            for part in range(N_PARTS)
        ]
        return [settled for job in jobs for settled in job.get()]


def _heard_part(
    bank: Bank, weights: Weights, config: MaterialConfig, n_phrases: int, part: int
) -> list[Settled]:
    """What one of N_PARTS processes hears."""
    found = []
    phrases = phrase_takes(bank, range(part, n_phrases, N_PARTS), config.seed)
    for source in (make_takes(config, bank, KINDS, part, N_PARTS), phrases):
        for number, take in enumerate(source):
            found.append(settled_onsets(take, weights))
            if number % 50 == 0:
                LOG.info("timer hears %d %s", number, take.name)
    return found


def add_timer(path: Path, material: Material, config: TimerConfig) -> None:
    """Train the timer of the network in a file of weights, and put it there."""
    with np.load(path) as file:
        old = {name: file[name] for name in file.files}
    seen = scaled(replace(MaterialConfig(), seed=config.seed), config.share)
    heard = heard_takes(material.seen, old, seen, config.n_phrases)
    unseen = heard_takes(material.unseen, old, VALIDATION, config.n_phrases // 8)
    arrays = train_timer(heard, unseen, config.seed, config.n_steps)
    save(old | arrays, path)
    _tell_on_card(
        path.with_suffix(".md"),
        CARD_LINE.format(
            date=datetime.date.today().isoformat(),
            seed=config.seed,
            steps=config.n_steps,
            n_takes=len(heard),
            n_unseen=len(unseen),
            factor=float(arrays["timer_spread"]),
        ),
    )


def _tell_on_card(card: Path, line: str) -> None:
    """Put what is to be known of the timer at the end of the model card, once."""
    text = card.read_text() if card.exists() else ""
    card.write_text(text.split("- Timer:", maxsplit=1)[0].rstrip("\n") + "\n" + line)


def main() -> None:
    """Make the timer anew for weights that exist."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("work", type=Path, help="folder for what is fetched")
    parser.add_argument("weights", type=Path, help="the .npz that it belongs to, and goes into")
    parser.add_argument("--samples", type=Path, help="folder of single notes with a samples.csv")
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    add_timer(args.weights, read_material(args.samples, args.work), TimerConfig())


if __name__ == "__main__":
    main()
