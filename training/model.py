"""The causal network: one small trunk, a head for every moment at which something may be said.

A temporal convolutional network (Bai, Kolter & Koltun 2018) over band levels and their
differences. All convolutions look back only; a head's delay says how many frames after the
onset it answers. Soft targets and the loss follow Schlueter & Boeck (2014).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

N_LONG, N_SHORT, N_LOW = 134, 33, 78
N_BANDS = N_LONG + N_SHORT + N_LOW
LAG_LONG, LAG_SHORT, LAG_RISE, LAGS_LOW = 2, 1, 3, (4, 12)
MAX_LAG = 12
N_INPUTS = 3 * N_LONG + 2 * N_SHORT + len(LAGS_LOW) * N_LOW


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """Size of the trunk and the delay in frames of every head."""

    n_channels: int = 48
    dilations: tuple[int, ...] = (1, 2, 4, 8, 16, 32)
    head_names: tuple[str, ...] = ("early", "soon", "called", "confirmed", "tap", "click")
    head_delays: tuple[int, ...] = (1, 2, 4, 17, 1, 17)


def differences(levels: Tensor) -> Tensor:
    """(batch, MAX_LAG + frames, N_BANDS) levels to (batch, frames, N_INPUTS) inputs."""
    now = levels[:, MAX_LAG:]
    n_frames = now.shape[1]

    def lagged(lag: int, low: int, high: int) -> Tensor:
        start = MAX_LAG - lag
        return levels[:, start : start + n_frames, low:high]

    split = N_LONG + N_SHORT
    widest = nn.functional.max_pool1d(lagged(LAG_RISE, 0, N_LONG), 3, 1, 1)
    parts = [
        now[..., :split],
        now[..., :N_LONG] - lagged(LAG_LONG, 0, N_LONG),
        now[..., N_LONG:split] - lagged(LAG_SHORT, N_LONG, split),
        torch.relu(now[..., :N_LONG] - widest),
    ]
    parts += [now[..., split:] - lagged(lag, split, N_BANDS) for lag in LAGS_LOW]
    return torch.cat(parts, dim=-1)


class OnsetNetwork(nn.Module):
    """(batch, MAX_LAG + frames, N_BANDS) levels to (batch, frames, heads) logits."""

    mean: Tensor
    scale: Tensor

    def __init__(self, config: ModelConfig = ModelConfig()) -> None:
        super().__init__()
        n = config.n_channels
        self.config = config
        self.register_buffer("mean", torch.zeros(N_INPUTS))
        self.register_buffer("scale", torch.ones(N_INPUTS))
        self.enter = nn.Linear(N_INPUTS, n)
        self.layers = nn.ModuleList(nn.Conv1d(n, n, 3, dilation=d) for d in config.dilations)
        self.leave = nn.Linear(n, len(config.head_names))

    def forward(self, levels: Tensor) -> Tensor:
        """Logits of all heads."""
        weight = self.enter.weight * self.scale  # standardised here: the inputs are many
        bias = self.enter.bias - weight @ self.mean
        hidden = torch.relu(nn.functional.linear(differences(levels), weight, bias))
        hidden = hidden.transpose(1, 2).contiguous()
        for layer, dilation in zip(self.layers, self.config.dilations, strict=True):
            past = nn.functional.pad(hidden, (2 * dilation, 0))
            hidden = hidden + torch.relu(layer(past))
        return self.leave(hidden.transpose(1, 2))
