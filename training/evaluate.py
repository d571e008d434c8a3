"""Score a trained network: thresholds from the validation set, figures on negatives."""

from __future__ import annotations

import argparse
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from . import held_out, negatives
from .features import band_levels, make_analysis
from .model import MAX_LAG, ModelConfig, OnsetNetwork
from .picking import HeadPicking, called_events, event_times, picking_of
from .room import recorded
from .scoring import Figures, Scored, figures, table
from .truth import CLICK, RATE_HZ, is_attack

LOG = logging.getLogger(__name__)
HOP_S = 256 / RATE_HZ
NONE = np.zeros(0)
GIVEN_AWAY = 0.003  # of F50


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """A take's probabilities and truth: where notes began, and where anything did, clicks too."""

    name: str
    group: str
    probability: np.ndarray
    hop_s: float
    reference_s: np.ndarray
    attacks_s: np.ndarray
    clicks_s: np.ndarray


def load_network(path: Path) -> OnsetNetwork:
    """A network that train.train saved."""
    saved = torch.load(path, weights_only=False)
    config = ModelConfig(**saved["model"])
    model = OnsetNetwork(config)
    model.load_state_dict(saved["state"])
    model.eval()
    return model


def probabilities(model: OnsetNetwork, levels: np.ndarray) -> np.ndarray:
    """(n_frames, heads)."""
    padded = np.concatenate([np.zeros((MAX_LAG, levels.shape[1]), np.float32), levels])
    with torch.no_grad():
        return np.asarray(
            torch.sigmoid(model(torch.from_numpy(padded.astype(np.float32))[None]))[0]
        )


def hear(model: OnsetNetwork, audio: np.ndarray, rate_hz: int) -> np.ndarray:
    """Probabilities of a sound, (n_frames, heads)."""
    return probabilities(model, band_levels(audio.astype(np.float32), make_analysis(rate_hz)))


def validation_takes(folder: Path, model: OnsetNetwork) -> list[Heard]:
    """All takes of a folder that dataset.write_dataset wrote."""
    truth = np.load(folder / "truth.npz")
    levels = np.load(folder / "levels.npy", mmap_mode="r")
    first = np.concatenate([[0], np.cumsum(truth["n_frames"])])
    first_note = np.concatenate([[0], np.cumsum(truth["n_notes"])])
    first_click = np.concatenate([[0], np.cumsum(truth["n_clicks"])])
    out = []
    for i, name in enumerate(truth["names"]):
        notes = truth["notes"][first_note[i] : first_note[i + 1]]
        probability = probabilities(model, np.asarray(levels[first[i] : first[i + 1]], np.float32))
        out.append(
            Heard(
                str(name),
                str(name).split("-")[0],
                probability,
                HOP_S,
                notes["label_s"][notes["family"] < CLICK],
                notes["label_s"][is_attack(notes)],
                truth["clicks"][first_click[i] : first_click[i + 1]],
            )
        )
    return out


def negative_takes(model: OnsetNetwork) -> list[Heard]:
    """Held-out clicks and room noise; breath, handling, talk with seeds never trained on."""
    out = []
    for group, takes in (("clicks", held_out.click_takes()), ("room", held_out.room_takes())):
        for name, audio in takes.items():
            out.append(Heard(name, group, hear(model, audio, RATE_HZ), HOP_S, NONE, NONE, NONE))
    for group, maker in (
        ("breath", negatives.breaths),
        ("handling", negatives.handling),
        ("babble", negatives.babble),
    ):
        for seed in range(4):
            rng = np.random.default_rng(4_000_000 + seed)
            audio = recorded(maker(25.0, rng), rng)
            out.append(
                Heard(
                    f"{group}{seed}",
                    group,
                    hear(model, audio, RATE_HZ),
                    HOP_S,
                    NONE,
                    NONE,
                    NONE,
                )
            )
    return out


def settle(take: Heard, picking: HeadPicking, head: int) -> Scored:
    """A take's events by one head."""
    time_s, known_s = event_times(take.probability[:, head], picking, take.hop_s)
    return Scored(take.name, take.group, take.attacks_s, time_s, take.clicks_s, known_s)


def call(take: Heard, heads: list[HeadPicking]) -> Scored:
    """A take's events by the early heads together."""
    time_s, known_s = called_events(take.probability, heads, take.hop_s)
    return Scored(take.name, take.group, take.reference_s, time_s, take.clicks_s, known_s)


def by_group(scored: list[Scored], keys: list[str] | None = None) -> dict[str, Figures]:
    """Figures over all and by group; a group may hold several keys joined by "|"."""
    rows = {"all": figures(scored)}
    for key in keys or sorted({s.group for s in scored}):
        part = [s for s in scored if key in s.group.split("|")]
        if part:
            rows[key] = figures(part)
    return rows


def per_minute(takes: list[Heard], picking: HeadPicking, head: int) -> dict[str, float]:
    """Events a minute of one head, by group."""
    count: dict[str, list[float]] = {}
    for take in takes:
        n = event_times(take.probability[:, head], picking, take.hop_s)[0].size
        total = count.setdefault(take.group, [0.0, 0.0])
        total[0] += n
        total[1] += take.probability.shape[0] * take.hop_s / 60
    return {k: round(v[0] / v[1], 2) for k, v in count.items()}


def choose_threshold(takes: list[Heard], head: int, name: str, delay: int) -> tuple[float, float]:
    """The settling threshold and its F50 over notes plus negatives of the validation set.

    The highest one within GIVEN_AWAY of the best: a false note costs more trust than a
    missed one.
    """
    scored = {}
    for threshold in np.arange(0.4, 1.01, 0.05):
        picking = picking_of(name, float(threshold), delay)
        f50 = figures([settle(t, picking, head) for t in takes if t.group != "tap"]).f50
        scored[float(threshold)] = f50
    best = max(scored.values())
    threshold = max(t for t, f50 in scored.items() if f50 >= best - GIVEN_AWAY)
    return threshold, scored[threshold]


def main() -> None:
    """Thresholds and figures on the validation set only."""
    parser = argparse.ArgumentParser()
    parser.add_argument("weights", type=Path)
    parser.add_argument("--validation", type=Path, required=True)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(1)
    model = load_network(args.weights)
    takes = validation_takes(args.validation, model)
    head = model.config.head_names.index("confirmed")
    delay = model.config.head_delays[head]
    threshold, f50 = choose_threshold(takes, head, "confirmed", delay)
    LOG.info("confirmed: threshold %.3f, F50 %.4f", threshold, f50)
    picking = picking_of("confirmed", threshold, delay)
    scored = [settle(t, picking, head) for t in takes if t.group != "tap"]
    LOG.info(table(by_group(scored)))
    LOG.info(per_minute(negative_takes(model), picking, head))


if __name__ == "__main__":
    main()
