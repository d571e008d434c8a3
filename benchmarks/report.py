"""Results as markdown for people and as JSON for programs."""

from __future__ import annotations

import json
import math
import platform
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.cpu import BLOCK_SAMPLES, CpuCost
from benchmarks.negatives import NegativeScore, by_group
from benchmarks.peers import Peer
from benchmarks.profiles import ABOUT_OWN_PROFILE, OWN_PROFILE
from benchmarks.rules import RULES, Figures

ALL_NOTES = "all notes"

GROUPS = (  # name of a column or row, and the families in it
    (ALL_NOTES, ("bowed", "plucked", "struck", "reed", "flute", "brass", "unknown")),
    ("bowed", ("bowed",)),
    ("winds", ("reed", "flute", "brass")),
    ("plucked and piano", ("plucked", "struck")),
    ("plucked", ("plucked",)),
    ("piano", ("struck",)),
    ("reed", ("reed",)),
    ("flute", ("flute",)),
    ("brass", ("brass",)),
    ("tap", ("tap",)),
)


@dataclass(frozen=True, slots=True)
class FolderResult:
    """All detectors on one folder.

    Attributes
    ----------
    figures
        By detector, then by group of families or tier.
    tiers
        Which of the groups are tiers.
    treated
        By treatment, then by detector: all notes (taps where there are only taps).
    false_per_min
        By detector, on the takes in which nobody plays; empty where there are none.
    """

    label: str
    n_takes: int
    duration_s: float
    figures: dict[str, dict[str, Figures]]
    tiers: tuple[str, ...]
    treated: dict[str, dict[str, Figures]]
    false_per_min: dict[str, float]


@dataclass(frozen=True, slots=True)
class BenchResult:
    """One run."""

    peers: tuple[Peer, ...]
    absent: tuple[str, ...]
    folders: tuple[FolderResult, ...]
    negatives: dict[str, list[NegativeScore]]
    held: dict[str, list[NegativeScore]]
    cpu: tuple[CpuCost, ...]
    notes: tuple[str, ...]


def as_json(result: BenchResult) -> str:
    """Everything, times in seconds; what there is not is null."""
    tree = {
        "versions": _versions(),
        "rules": RULES,
        "peers": {peer.name: peer.about for peer in result.peers},
        "absent": list(result.absent),
        "notes": list(result.notes),
        "folders": [asdict(folder) for folder in result.folders],
        "negatives": _scores(result.negatives),
        "held": _scores(result.held),
        "cpu": [asdict(cost) for cost in result.cpu],
    }
    return json.dumps(_without_nan(tree), indent=1, ensure_ascii=False) + "\n"


def as_markdown(result: BenchResult) -> str:
    """The report: rules first, then a table a question."""
    parts = ["# Onset detectors compared", "", *_opening(result)]
    for folder in result.folders:
        parts += ["", f"## {folder.label}", "", *_folder(folder)]
    if result.negatives:
        parts += ["", "## Where little or nothing should be heard", "", *_NEGATIVES_HEAD]
        parts += _negatives(result.negatives)
    if result.held:
        parts += ["", "## Real notes held long", "", *_HELD_HEAD, *_by_sound(result.held)]
    if result.cpu:
        parts += ["", "## CPU", "", *_cpu(result.cpu)]
    return "\n".join(parts) + "\n"


def _scores(scores: dict[str, list[NegativeScore]]) -> dict[str, list[dict[str, object]]]:
    return {name: [asdict(score) for score in each] for name, each in scores.items()}


def publish(text: str, markdown: Path | None) -> None:
    """Print a report, and write it to a file where one is named."""
    if markdown:
        markdown.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    """Lines of a markdown table; the first column is text, the others are numbers."""
    names = list(head)
    lines = ["| " + " | ".join(names) + " |", "|---" + "|---:" * (len(names) - 1) + "|"]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


def number(value: float, digits: int = 1, scale: float = 1.0) -> str:
    """A number with so many digits, or a dash where there is none."""
    return f"{scale * value:.{digits}f}" if math.isfinite(value) else "–"


def share(value: float) -> str:
    """A share of 1 as `.912`."""
    if not math.isfinite(value):
        return "–"
    return f"{value:.3f}".removeprefix("0") if value < 1 else "1.00"


def milliseconds(value_s: float) -> str:
    """Seconds as milliseconds with one digit."""
    return number(value_s, 1, 1000.0)


def _opening(result: BenchResult) -> list[str]:
    lines = ["Rules, the same for every detector:", "", *RULES.splitlines(), ""]
    lines += [f"- **{peer.name}**: {peer.about}" for peer in result.peers]
    if any(OWN_PROFILE in folder.figures for folder in result.folders):
        lines += [f"- **{OWN_PROFILE}**: {ABOUT_OWN_PROFILE}"]
    if result.absent:
        lines += ["", f"Not installed here, so not run: {', '.join(result.absent)}."]
    versions = ", ".join(f"{name} {text}" for name, text in _versions().items())
    return [*lines, *(("", *result.notes) if result.notes else ()), "", f"Versions: {versions}."]


def _folder(folder: FolderResult) -> list[str]:
    minutes = folder.duration_s / 60.0
    lines = [f"{folder.n_takes} takes, {minutes:.1f} minutes.", ""]
    first = next(iter(folder.figures.values()))
    main = ALL_NOTES if first[ALL_NOTES].n_played else "tap"
    if first[main].n_played:
        rows = [(name, *_overall(one[main])) for name, one in folder.figures.items()]
        lines += table(_OVERALL_HEAD, rows)
        lines += ["", "By family: F ±50 / F ±25 after bias / MAE in ms.", ""]
        lines += _cells(folder, [name for name, _families in GROUPS[1:]], _accuracy)
        lines += ["", "Timing by family: bias / SD / interval error / SD-IOI MAE in ms.", ""]
        lines += _cells(folder, [name for name, _families in GROUPS[1:]], _timing)
        lines += ["", "Delay by family: median / 95 % of the delays in ms.", ""]
        lines += _cells(folder, [name for name, _families in GROUPS[1:]], _delay)
    if folder.tiers:
        lines += ["", "By tier: F ±50 / F ±25 after bias / MAE in ms.", ""]
        lines += _cells(folder, list(folder.tiers), _accuracy)
    if folder.treated:
        lines += ["", "The same takes changed: F ±50.", "", *_treated(folder, main)]
    if folder.false_per_min:
        lines += ["", "False onsets a minute in takes where nobody plays (clicks not counted):", ""]
        each = [f"{name} {number(rate)}" for name, rate in folder.false_per_min.items()]
        lines += [", ".join(each) + "."]
    return lines


_OVERALL_HEAD = (
    "detector", "notes", "F ±50 / ±25", "after bias", "recall", "precision", "bias", "SD", "MAE",
    "interval error", "SD-IOI bias / MAE", "delay median / p95", "clicks heard",
)  # fmt: skip


def _overall(one: Figures) -> list[str]:
    delay = _delay(one)
    if math.isfinite(one.delay_from_onset_median_s):
        median_ms = milliseconds(one.delay_from_onset_median_s)
        delay += f" ({median_ms} / {milliseconds(one.delay_from_onset_p95_s)})"
    clicks = f"{one.n_clicks_heard} of {one.n_lonely_clicks}" if one.n_lonely_clicks else "–"
    return [
        str(one.n_played), f"{share(one.f_50)} / {share(one.f_25)}",
        f"{share(one.f_50_after_bias)} / {share(one.f_25_after_bias)}", share(one.recall),
        share(one.precision), milliseconds(one.bias_s), milliseconds(one.sd_s),
        milliseconds(one.mae_s), milliseconds(one.interval_error_s),
        f"{milliseconds(one.sd_ioi_bias_s)} / {milliseconds(one.sd_ioi_mae_s)}", delay, clicks,
    ]  # fmt: skip


def _cells(folder: FolderResult, groups: list[str], cell: Callable[[Figures], str]) -> list[str]:
    """One row a detector, one column a group that has notes."""
    first = next(iter(folder.figures.values()))
    present = [name for name in groups if name in first and first[name].n_played]
    head = ["detector", *(f"{name} ({first[name].n_played})" for name in present)]
    rows = [[name, *(cell(one[group]) for group in present)]
            for name, one in folder.figures.items()]  # fmt: skip
    return table(head, rows)


def _accuracy(one: Figures) -> str:
    return f"{share(one.f_50)} / {share(one.f_25_after_bias)} / {milliseconds(one.mae_s)}"


def _timing(one: Figures) -> str:
    values_s = (one.bias_s, one.sd_s, one.interval_error_s, one.sd_ioi_mae_s)
    return " / ".join(milliseconds(value_s) for value_s in values_s)


def _delay(one: Figures) -> str:
    if not math.isfinite(one.delay_median_s):
        return "–"
    return f"{milliseconds(one.delay_median_s)} / {milliseconds(one.delay_p95_s)}"


_NEGATIVES_HEAD = (
    "False onsets a minute. Where tones sound, one onset is allowed for each; how many of",
    "the tones were heard stands in brackets.",
    "",
)
_HELD_HEAD = (
    "False onsets a minute beyond one at the start of each note; how many starts were heard",
    "stands in brackets.",
    "",
)


def _negatives(scores: dict[str, list[NegativeScore]]) -> list[str]:
    """Groups of sounds, then each sound of those that have several."""
    first = next(iter(scores.values()))
    lines = [*_by_sound(scores), "", "By kind, where a set has several:", ""]
    return lines + table(
        ["sound", *scores],
        [
            [f"{score.group}: {score.name}", *(_rate(each[i]) for each in scores.values())]
            for i, score in enumerate(first)
            if score.name
        ],
    )


def _by_sound(scores: dict[str, list[NegativeScore]]) -> list[str]:
    """One row a group of sounds, one column a detector."""
    grouped = {name: by_group(each) for name, each in scores.items()}
    first = next(iter(grouped.values()))
    return table(
        ["sound", "seconds", *grouped],
        [
            [score.group, number(score.duration_s, 0), *(_rate(g[i]) for g in grouped.values())]
            for i, score in enumerate(first)
        ],
    )


def _treated(folder: FolderResult, main: str) -> list[str]:
    """One row a treatment, the untouched takes first; one column a detector."""
    names = list(next(iter(folder.treated.values())))
    untouched = {name: folder.figures[name][main] for name in names}
    rows = {"as they are": untouched, **folder.treated}
    return table(
        ["takes", *names],
        [[label, *(share(each[name].f_50) for name in names)] for label, each in rows.items()],
    )


def _rate(score: NegativeScore) -> str:
    heard = f" ({score.n_heard} of {score.n_allowed})" if score.n_allowed else ""
    return number(score.false_per_min) + heard


def _cpu(costs: tuple[CpuCost, ...]) -> list[str]:
    lines = [
        "Milliseconds of CPU a second of audio at 44.1 kHz, one thread, fed",
        f"{BLOCK_SAMPLES} samples at a time or in whole hops; × is the ratio to aubio's default",
        "fed the same way in the same run (for detectors that need the whole take: to aubio fed",
        "in hops). The least of five runs. Called and confirmed onsets come from one detector.",
        "",
    ]
    return lines + table(
        ["detector", "64 samples", "×", "whole hops", "×", "whole take", "×"],
        [
            [
                cost.name,
                number(cost.blocks_s, 2, 1000), number(cost.blocks_ratio, 1),
                number(cost.hops_s, 2, 1000), number(cost.hops_ratio, 1),
                number(cost.whole_s, 2, 1000), number(cost.whole_ratio, 1),
            ]
            for cost in costs
        ],
    )  # fmt: skip


def _versions() -> dict[str, str]:
    found = {"Python": platform.python_version()}
    names = ("practiceear", "aubio-ledfx", "aubio", "librosa", "essentia", "madmom",
             "numba", "numpy", "mir_eval")  # fmt: skip
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _without_nan(tree: object) -> object:
    if isinstance(tree, dict):
        return {key: _without_nan(value) for key, value in tree.items()}
    if isinstance(tree, (list, tuple)):
        return [_without_nan(value) for value in tree]
    if isinstance(tree, float) and not math.isfinite(tree):
        return None
    return round(tree, 6) if isinstance(tree, float) else tree
