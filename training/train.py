"""Train the network on a dataset folder; AdamW, cosine schedule, averaged weights."""

from __future__ import annotations

import argparse
import logging
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from practiceear.onset.features import FeatureConfig, band_centres_hz

from .material import HELD_KINDS, SILENT_KINDS
from .model import MAX_LAG, N_BANDS, ModelConfig, OnsetNetwork
from .truth import CLICK, RATE_HZ, TAP, TICK, is_attack

LOG = logging.getLogger(__name__)
HOP_S = 256 / RATE_HZ
_FEATURES = FeatureConfig()
CENTRES_HZ = np.concatenate(
    [
        band_centres_hz(bands)
        for bands in (_FEATURES.long_bands, _FEATURES.short_bands, _FEATURES.low_bands)
    ]
)
WITH_NOTE_S = 0.04  # of a note: a click so near is heard as that note
HAS_BFLOAT16 = torch.cpu._is_avx512_bf16_supported()  # where it is none, four times as slow
IGNORE_FRAMES = 64  # at a piece's start, while the trunk fills


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """How long and how hard to train."""

    seed: int = 1
    n_steps: int = 7000
    n_pieces: int = 36
    n_frames: int = 640
    rate: float = 3e-3
    warm_up: int = 100
    averaging: float = 0.99
    positive_weight: float = 3.0
    mix_probability: float = 0.2
    notch_probability: float = 0.1  # of pieces that lose a part of their bands
    hard_weight: float = 1.0  # of takes without notes and long tones: false calls come from them
    n_threads: int = 1
    head_weights: tuple[float, ...] = (0.6, 0.6, 1.0, 1.8, 0.5, 0.5)


def polishing(config: TrainConfig, n_steps: int) -> TrainConfig:
    """The second phase: small steps, takes that provoke false calls count twice."""
    return replace(config, n_steps=n_steps, rate=1.2e-3, hard_weight=2.2, seed=config.seed + 100)


def asked_of(head_name: str, notes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which attacks a head is to answer, and of which nothing is asked of it; (n,) bool each.

    The confirmed head answers every attack that might be a note's, a pitched click's too; what
    was a click another head says. A click that a note goes with is a note. Only the player's
    intention tells a tap on wood from a knock: taps are a head's own.
    """
    family = notes["family"]
    is_tap, is_pitched = family == TAP, family == CLICK
    is_click = is_pitched | (family == TICK)
    is_doubtful = is_click & ~notes["is_sharp"]
    if head_name == "tap":
        return notes["is_sharp"] & ~is_click, ~notes["is_sharp"] & ~is_click
    if head_name == "confirmed":
        return is_attack(notes) & ~is_tap, is_tap | is_doubtful
    if head_name == "click":
        played_s = notes["label_s"][~is_click]
        away_s = np.abs(notes["label_s"][:, None] - played_s[None]).min(axis=1, initial=np.inf)
        return is_click & ~is_doubtful & (away_s > WITH_NOTE_S), is_doubtful | is_tap
    return ~is_tap & ~is_click, is_tap


class Pieces:
    """Random pieces of a dataset: levels, targets and masks."""

    def __init__(self, folders: list[Path], model: ModelConfig, config: TrainConfig) -> None:
        self.model, self.config = model, config
        self.rng = np.random.default_rng(config.seed)
        self.levels = [np.load(f / "levels.npy", mmap_mode="r") for f in folders]
        self.index: list[tuple[int, int, int]] = []  # folder, first frame, number of frames
        self.targets: list[tuple[np.ndarray, np.ndarray]] = []
        for i, folder in enumerate(folders):
            truth = np.load(folder / "truth.npz")
            first_frames = np.concatenate([[0], np.cumsum(truth["n_frames"])])
            first_notes = np.concatenate([[0], np.cumsum(truth["n_notes"])])
            for j, n_frames in enumerate(truth["n_frames"]):
                notes = truth["notes"][first_notes[j] : first_notes[j + 1]]
                kind = str(truth["names"][j]).split("-")[0]
                self.index.append((i, int(first_frames[j]), int(n_frames)))
                self.targets.append(self._targets(notes, int(n_frames), kind))

    def _targets(
        self, notes: np.ndarray, n_frames: int, kind: str
    ) -> tuple[np.ndarray, np.ndarray]:
        """(n_frames, heads) soft targets and masks (uint8 percent)."""
        n_heads = len(self.model.head_names)
        target = np.zeros((n_frames + 64, n_heads), np.float32)
        mask = np.ones((n_frames + 64, n_heads), np.float32)
        at = (notes["label_s"] / HOP_S).astype(int)
        for h, (name, delay) in enumerate(
            zip(self.model.head_names, self.model.head_delays, strict=True)
        ):
            if name == "tap":
                mask[:, h] = kind not in ("handling", "babble", "breath", *HELD_KINDS)
            wanted, unknown = asked_of(name, notes)
            for centre in at[unknown] + delay:
                mask[max(0, centre - 6) : centre + 9, h] = 0
            for centre in at[wanted] + delay:
                if 0 <= centre < n_frames:
                    lo = max(0, centre - 1)
                    target[lo : centre + 2, h] = np.maximum(target[lo : centre + 2, h], 0.5)
                    target[centre, h] = 1.0
                    mask[lo : centre + 2, h] = 1
        if kind in (*SILENT_KINDS, *HELD_KINDS):
            mask *= self.config.hard_weight
        return target[:n_frames], mask[:n_frames]

    def _one(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        n_frames = self.config.n_frames
        k = int(self.rng.integers(0, len(self.index)))
        folder, first, length = self.index[k]
        start = int(self.rng.integers(-8, length - n_frames))
        if self.rng.random() < 0.04:
            start = 0  # as the stream begins
        levels = np.zeros((MAX_LAG + n_frames, N_BANDS), np.float32)
        lo = max(0, start - MAX_LAG)
        levels[lo - (start - MAX_LAG) :] = self.levels[folder][
            first + lo : first + start + n_frames
        ]
        target, mask = self.targets[k]
        n_heads = target.shape[1]
        full_t, full_m = (
            np.zeros((n_frames, n_heads), np.float32),
            np.ones((n_frames, n_heads), np.float32),
        )
        lo = max(0, start)
        full_t[lo - start :], full_m[lo - start :] = (
            target[lo : start + n_frames],
            mask[lo : start + n_frames],
        )
        if start > 0:
            full_m[:IGNORE_FRAMES] = 0
        return levels, full_t, full_m

    def _notches(self, n: int) -> np.ndarray:
        """(n, 1, bands) gains: some pieces lack up to two octaves, so no band is relied on."""
        gain = np.ones((n, 1, N_BANDS), np.float32)
        for i in np.flatnonzero(self.rng.random(n) < self.config.notch_probability):
            low_hz = np.exp(self.rng.uniform(np.log(60), np.log(8000)))
            high_hz = low_hz * 2 ** self.rng.uniform(0.3, 2.0)
            depth_db = self.rng.uniform(6, 40)
            gain[i, 0, (low_hz < CENTRES_HZ) & (high_hz > CENTRES_HZ)] = 10 ** (-depth_db / 20)
        return gain

    def batch(self) -> tuple[Tensor, Tensor, Tensor]:
        """One augmented batch."""
        config, rng = self.config, self.rng
        parts = [self._one() for _ in range(config.n_pieces)]
        levels, target, mask = (torch.from_numpy(np.stack(x)) for x in zip(*parts, strict=True))
        n = config.n_pieces
        linear = torch.expm1(levels * 2.302585)
        gain_db = torch.from_numpy(rng.uniform(-18, 10, (n, 1, 1)).astype(np.float32))
        knots = torch.from_numpy(rng.normal(0, 3, (n, 1, 7)).astype(np.float32))
        eq = torch.cat(
            [
                nn.functional.interpolate(knots, size=s, mode="linear", align_corners=True)
                for s in (134, 33)
            ],
            dim=-1,
        )
        low_eq = nn.functional.interpolate(
            knots[..., :4], size=78, mode="linear", align_corners=True
        )
        linear *= 10 ** ((gain_db + torch.cat([eq, low_eq], dim=-1)) / 20)
        linear *= torch.from_numpy(self._notches(n))
        floor_db = rng.uniform(-40, 20, (n, 1, 1)) * (rng.random((n, 1, 1)) < 0.5) - 40 * (
            rng.random((n, 1, 1)) < 0.5
        )
        noise = torch.rand(levels.shape[0], levels.shape[1], 1) * 0.5 + 0.75
        linear += torch.from_numpy((10 ** (floor_db / 20) * 0.3).astype(np.float32)) * noise
        n_mix = int(n * config.mix_probability)
        if n_mix:
            quiet = 10 ** (
                -torch.from_numpy(rng.uniform(0, 24, (n_mix, 1, 1)).astype(np.float32)) / 20
            )
            linear[:n_mix] += quiet * linear[n_mix : 2 * n_mix]
            loud = quiet > 0.35  # quieter notes under others may go unheard: do not ask for them
            both = torch.maximum(target[:n_mix], target[n_mix : 2 * n_mix])
            hidden = (target[n_mix : 2 * n_mix] > 0) & ~loud
            target[:n_mix] = torch.where(loud, both, target[:n_mix])
            mask[:n_mix] = torch.minimum(mask[:n_mix], mask[n_mix : 2 * n_mix]) * (~hidden)
        return torch.log1p(linear) / 2.302585, target, mask


def standardise(model: OnsetNetwork, pieces: Pieces) -> None:
    """Set the input mean and scale from a few batches."""
    from .model import differences

    inputs = torch.cat(
        [differences(pieces.batch()[0])[:, 64:].flatten(0, 1)[::7] for _ in range(4)]
    )
    model.mean.copy_(inputs.mean(0))
    model.scale.copy_(1 / (inputs.std(0) + 0.02))


def train(
    folders: list[Path],
    out: Path,
    config: TrainConfig,
    start: Path | None = None,
) -> OnsetNetwork:
    """Train from nothing or from saved weights, log, save the averaged weights."""
    model_config = ModelConfig()
    torch.manual_seed(config.seed)
    torch.set_num_threads(config.n_threads)
    pieces = Pieces(folders, model_config, config)
    model = OnsetNetwork(model_config)
    if start is None:
        standardise(model, pieces)
    else:
        model.load_state_dict(torch.load(start, weights_only=False)["state"])
    averaged = OnsetNetwork(model_config)
    averaged.load_state_dict(model.state_dict())
    optimiser = torch.optim.AdamW(model.parameters(), lr=config.rate, weight_decay=1e-2)
    weights = torch.tensor(config.head_weights)
    started, running = time.time(), np.zeros(len(config.head_weights))
    for step in range(config.n_steps):
        progress = step / config.n_steps
        rate = (
            config.rate * min(1, (step + 1) / config.warm_up) * 0.5 * (1 + np.cos(np.pi * progress))
        )
        for group in optimiser.param_groups:
            group["lr"] = rate
        levels, target, mask = pieces.batch()
        with torch.autocast("cpu", torch.bfloat16, enabled=HAS_BFLOAT16):
            logits = model(levels)
        logits = logits.float()
        loss = nn.functional.binary_cross_entropy_with_logits(
            logits,
            target,
            weight=mask * (1 + (config.positive_weight - 1) * target),
            reduction="none",
        )
        by_head = loss.mean(dim=(0, 1))
        optimiser.zero_grad()
        (by_head * weights).sum().backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        with torch.no_grad():
            keep = min(config.averaging, step / (step + 10))
            for a, b in zip(averaged.parameters(), model.parameters(), strict=True):
                a.lerp_(b, 1 - keep)
        running = 0.98 * running + 0.02 * by_head.detach().numpy()
        if step % 100 == 99:
            text = " ".join(f"{x * 1000:.2f}" for x in running)
            LOG.info("step %d loss x1000 %s %.0f s", step + 1, text, time.time() - started)
        if (
            step % 500 == 499 or step == config.n_steps - 1
        ):  # what a cut-off run has learned is kept
            torch.save(
                {
                    "state": averaged.state_dict(),
                    "train": asdict(config),
                    "model": asdict(model_config),
                    "seconds": time.time() - started,
                },
                out,
            )
    return averaged


def main() -> None:
    """Train on dataset folders; --start polishes saved weights gently on harder negatives."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=4200)
    parser.add_argument("--start", type=Path)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    config = TrainConfig(seed=args.seed, n_steps=args.steps)
    if args.start:
        config = polishing(config, args.steps)
    train(args.folders, args.out, config, start=args.start)


if __name__ == "__main__":
    main()
