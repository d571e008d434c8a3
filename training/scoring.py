"""How events are compared with reference onsets; the same rules for everyone.

References closer than 30 ms are one event. A false detection in the first 60 ms of a take, or
within 50 ms of a known metronome click that no note accompanies, is not counted. Matching is
mir_eval's (Raffel et al. 2014). "After bias" first removes one constant, the median
error of all matches at 50 ms.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from mir_eval.util import match_events

from .truth import merged

FIRST_S = 0.06
CLICK_S = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """One take: what was there, what was heard."""

    name: str
    group: str
    reference_s: np.ndarray
    heard_s: np.ndarray
    clicks_s: np.ndarray = field(default_factory=lambda: np.zeros(0))
    delay_s: np.ndarray = field(default_factory=lambda: np.zeros(0))  # beside heard_s


@dataclass(frozen=True, slots=True)
class Figures:
    """Scores over several takes, ms where not said otherwise."""

    n_reference: int
    f50: float
    precision: float
    recall: float
    f25: float  # after bias
    bias: float
    mae: float  # after bias
    sd: float
    interval: float  # mean absolute error of intervals between neighbours that were both heard
    sd_ioi: float  # mean absolute error over takes of the SD of intervals
    delay_median: float
    delay_p95: float


def _counted(
    take: Scored, shift_s: float, window_s: float
) -> tuple[int, int, list[tuple[int, int]]]:
    """(n_reference, n_heard that count, matches) of one take."""
    reference, heard = merged(take.reference_s), np.sort(take.heard_s - shift_s)
    matches = match_events(reference, heard, window_s)
    hit = {j for _, j in matches}
    lone = take.clicks_s
    if lone.size and reference.size:
        lone = lone[np.min(np.abs(lone[:, None] - reference[None]), axis=1) > CLICK_S]
    n_counted = 0
    for j, time_s in enumerate(heard):
        near_click = lone.size and np.min(np.abs(lone - time_s)) < CLICK_S
        n_counted += j in hit or not (time_s < FIRST_S or near_click)
    return reference.size, n_counted, matches


def _f(takes: list[Scored], shift_s: float, window_s: float) -> tuple[float, float, float, int]:
    n_ref = n_heard = n_hit = 0
    for take in takes:
        a, b, matches = _counted(take, shift_s, window_s)
        n_ref, n_heard, n_hit = n_ref + a, n_heard + b, n_hit + len(matches)
    precision, recall = n_hit / max(n_heard, 1), n_hit / max(n_ref, 1)
    return 2 * n_hit / max(n_ref + n_heard, 1), precision, recall, n_ref


def _mean(values: Sequence[float] | np.ndarray) -> float:
    return float(np.mean(values)) if len(values) else float("nan")


def figures(takes: list[Scored], bias_s: float | None = None) -> Figures:
    """Pooled figures of a group of takes."""
    errors: list[float] = []
    intervals: list[float] = []
    sd_errors: list[float] = []
    delays: list[float] = []
    for take in takes:
        reference, heard = merged(take.reference_s), np.sort(take.heard_s)
        matches = sorted(_counted(take, 0.0, 0.05)[2])
        error = np.array([heard[j] - reference[i] for i, j in matches])
        errors.extend(error)
        order = np.argsort(take.heard_s)
        if take.delay_s.size:
            delays.extend(take.delay_s[order][j] - reference[i] for i, j in matches)
        step = [(b[1], a[1], a[0]) for a, b in itertools.pairwise(matches) if b[0] == a[0] + 1]
        if step:
            now = np.array([heard[j] - heard[k] for j, k, _ in step])
            true = np.array([reference[i + 1] - reference[i] for _, _, i in step])
            intervals.extend(np.abs(now - true))
            if len(step) > 4:
                sd_errors.append(abs(now.std(ddof=1) - true.std(ddof=1)))
    all_errors = np.array(errors) if errors else np.zeros(1)
    bias = float(np.median(all_errors)) if bias_s is None else bias_s
    f50, precision, recall, n_ref = _f(takes, 0.0, 0.05)
    f25 = _f(takes, bias, 0.025)[0]
    return Figures(
        n_ref,
        f50,
        precision,
        recall,
        f25,
        1e3 * bias,
        1e3 * _mean(np.abs(all_errors - bias)),
        1e3 * float(np.std(all_errors)),
        1e3 * _mean(intervals),
        1e3 * _mean(sd_errors),
        1e3 * float(np.median(delays)) if delays else float("nan"),
        1e3 * float(np.percentile(delays, 95)) if delays else float("nan"),
    )


def table(rows: dict[str, Figures]) -> str:
    """Markdown."""
    out = [
        "| set | n | F50 | P | R | F25 | bias | MAE | SD | interval | SD-IOI | delay |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, x in rows.items():
        out.append(
            f"| {name} | {x.n_reference} | {x.f50:.3f} | {x.precision:.3f} | {x.recall:.3f} | "
            f"{x.f25:.3f} | {x.bias:+.1f} | {x.mae:.1f} | {x.sd:.1f} | {x.interval:.1f} | "
            f"{x.sd_ioi:.1f} | {x.delay_median:.0f}/{x.delay_p95:.0f} |"
        )
    return "\n".join(out)
