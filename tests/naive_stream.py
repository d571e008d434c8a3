"""What the sound card's callback does, as a musician could check it by hand."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass
class NaiveExchange:
    """A tape in, a tape out, and a list of clicks."""

    sounds: list[np.ndarray]
    clock: int = 0
    heard: list[tuple[int, float]] = field(default_factory=list)  # sample number, value
    clicks: list[tuple[int, int, float, bool]] = field(default_factory=list)
    states: dict[int, str] = field(default_factory=dict)
    is_muted: bool = False

    def call(self, samples: np.ndarray, n_outputs: int, n_lost: int = 0) -> np.ndarray:
        """One call of the callback; samples of shape (n, channels)."""
        self.clock += n_lost
        n = len(samples)
        for i in range(n):
            self.heard.append((self.clock + i, float(np.mean(samples[i], dtype=np.float32))))
        out = np.zeros((n, n_outputs), np.float32)
        for index, (start, sound, gain, may_rest) in enumerate(self.clicks):
            if index not in self.states and start < self.clock + n:
                if start < self.clock:
                    self.states[index] = "late"
                elif self.is_muted and may_rest:
                    self.states[index] = "rested"
                else:
                    self.states[index] = "sounded"
            if self.states.get(index) == "sounded":
                for k, value in enumerate(self.sounds[sound]):
                    if self.clock <= start + k < self.clock + n:
                        out[start + k - self.clock] += np.float32(gain) * value
        self.clock += n
        return out
