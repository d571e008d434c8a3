"""The localiser: where within +-32 ms of a confirmed event a sharp attack really began.

A small perceptron over 1 ms energies (plain and differenced) from 60 ms before to 46 ms after the
event; it answers with a probability for each millisecond, and one for "no sharp attack here",
in which case the network's own time is kept.
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

import numpy as np
import torch
from torch import nn

from .features import gain_controlled, make_analysis
from .truth import RATE_HZ

LOG = logging.getLogger(__name__)
STEP = RATE_HZ // 1000  # samples of one fine energy
N_BEFORE, N_AFTER = 60, 46
REACH = 32  # ms either side
N_OUT = 2 * REACH + 2  # the last one: no sharp attack
N_HIDDEN = 24


def fine_energies(controlled: np.ndarray) -> np.ndarray:
    """(2, n_steps) mean energies of the signal and of its first difference."""
    n_steps = controlled.size // STEP
    difference = np.diff(controlled, prepend=np.float32(0))
    return np.stack(
        [
            np.mean(x[: n_steps * STEP].reshape(n_steps, STEP) ** 2, axis=1)
            for x in (controlled, difference)
        ]
    ).astype(np.float32)


def fine_inputs(energies: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """(n, 2 * 106) inputs around the given fine steps, levels relative to the window's peak."""
    at = centre[:, None] + np.arange(-N_BEFORE, N_AFTER)[None]
    inside = np.clip(at, 0, energies.shape[1] - 1)
    log = np.log10(energies[:, inside] + 1e-9)  # (2, n, 106)
    log = np.maximum(log - log.max(axis=2, keepdims=True), -6.0) / 2
    return np.concatenate([log[0], log[1]], axis=1).astype(np.float32)


def examples(
    folder: Path, rng: np.random.Generator, n_jitter: int
) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and classes (0..2*REACH: offset of the true onset from the event + REACH)."""
    truth = np.load(folder / "truth.npz")
    audio = np.load(folder / "audio.npy", mmap_mode="r")
    first = np.concatenate([[0], np.cumsum(truth["n_samples"])])
    first_note = np.concatenate([[0], np.cumsum(truth["n_notes"])])
    analysis, inputs, classes = make_analysis(RATE_HZ), [], []
    for i in range(truth["names"].size):
        notes = truth["notes"][first_note[i] : first_note[i + 1]]
        if notes.size == 0:
            continue
        sound = np.asarray(audio[first[i] : first[i + 1]], np.float32) * 10 ** (
            -rng.uniform(0, 30) / 20
        )
        energies = fine_energies(gain_controlled(sound, analysis))
        for _ in range(n_jitter):
            wanted_s = np.where(notes["is_sharp"], notes["t20_s"], notes["label_s"])
            true = wanted_s * RATE_HZ / STEP
            event = true + rng.normal(0, 7, notes.size).clip(-28, 28)
            centre = np.round(event).astype(int)
            offset = np.floor(true).astype(int) - centre + REACH
            label = np.where(notes["is_sharp"], offset, N_OUT - 1)
            keep = (
                (centre > N_BEFORE)
                & (centre < energies.shape[1] - N_AFTER)
                & (label >= 0)
                & (label < N_OUT)
            )
            inputs.append(fine_inputs(energies, centre[keep]))
            classes.append(label[keep])
    return np.concatenate(inputs), np.concatenate(classes)


def network() -> nn.Sequential:
    """The untrained localiser."""
    return nn.Sequential(
        nn.Linear(2 * (N_BEFORE + N_AFTER), N_HIDDEN), nn.ReLU(), nn.Linear(N_HIDDEN, N_OUT)
    )


def offsets(logits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(offset in fine steps, probability of a sharp attack): mean within 3 steps of the best."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    probability = shifted / shifted.sum(axis=1, keepdims=True)
    sharp = 1 - probability[:, -1]
    best = np.argmax(probability[:, :-1], axis=1)
    at = np.clip(best[:, None] + np.arange(-3, 4), 0, N_OUT - 2)
    weight = np.take_along_axis(probability, at, axis=1)
    return (weight * (at + 0.5)).sum(1) / weight.sum(1) - REACH, sharp


def train_localiser(folder: Path, out: Path, seed: int = 1, n_steps: int = 3000) -> None:
    """Train on a dataset folder and save the weights."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    rng = np.random.default_rng(seed)
    x, y = (torch.from_numpy(a) for a in examples(folder, rng, 6))
    model = network()
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 6e-3, total_steps=n_steps)
    smooth = nn.CrossEntropyLoss()
    for step in range(n_steps):
        pick = torch.randint(0, len(x), (512,))
        loss = smooth(model(x[pick] + 0.02 * torch.randn(512, x.shape[1])), y[pick])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if step % 500 == 499:
            LOG.info("localiser %d %.3f", step + 1, float(loss.detach()))
    torch.save(model.state_dict(), out)


def main() -> None:
    """Train the localiser and report its errors on validation material."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--validation", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    train_localiser(args.folder, args.out)
    model = network()
    model.load_state_dict(torch.load(args.out))
    x, y = examples(args.validation, np.random.default_rng(5), 1)
    with torch.no_grad():
        offset, sharp = offsets(model(torch.from_numpy(x)).numpy())
    is_sharp = y < N_OUT - 1
    error = (offset - (y + 0.5 - REACH))[is_sharp & (sharp > 0.5)]
    LOG.info(
        "sharp heard as sharp %.3f, soft as sharp %.3f",
        np.mean(sharp[is_sharp] > 0.5),
        np.mean(sharp[~is_sharp] > 0.5),
    )
    middle = np.median(error)
    LOG.info(
        "median %+.2f MAE %.2f ms of %d, over 5 ms %.3f",
        middle,
        np.mean(np.abs(error - middle)),
        error.size,
        np.mean(np.abs(error) > 5),
    )


if __name__ == "__main__":
    main()
