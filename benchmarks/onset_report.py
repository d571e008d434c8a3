"""Results of `onsets.py` as markdown for people and as JSON for programs."""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version

from benchmarks.cpu import BLOCK_SAMPLES, CpuCost
from benchmarks.known_peers import ABOUT as ABOUT_KNOWN
from benchmarks.negatives import NegativeScore, by_group
from benchmarks.peers import Peer
from benchmarks.profiles import ABOUT_OWN_PROFILE, OWN_PROFILE
from benchmarks.recall import Recall
from benchmarks.report import milliseconds, number, share, table
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


DetectorRecalls = dict[str, dict[str, Recall]]
"""Recall by detector, then by band."""


@dataclass(frozen=True, slots=True)
class SetFigures:
    """All detectors on takes that are pooled under one name; each has its own constant."""

    label: str
    figures: dict[str, Figures]


@dataclass(frozen=True, slots=True)
class ScaleResult:
    """All detectors on scales.

    Attributes
    ----------
    has_soundfont
        Whether there were scales of the SoundFont.
    recalls
        By instrument: recall by detector and band of pitch.
    false_per_min
        By detector, over all scales; empty where there were none.
    """

    has_soundfont: bool
    recalls: dict[str, DetectorRecalls]
    false_per_min: dict[str, float]


@dataclass(frozen=True, slots=True)
class BenchResult:
    """One run; what was not wanted is empty or None.

    Attributes
    ----------
    sets
        Everything together, each group of sets and each set.
    intervals, pitches
        By group: recall by the shorter interval to a neighbour, and by pitch.
    each
        By take, then by detector.
    """

    peers: tuple[Peer, ...]
    absent: tuple[str, ...]
    sets: tuple[SetFigures, ...]
    folders: tuple[FolderResult, ...]
    intervals: dict[str, DetectorRecalls]
    pitches: dict[str, DetectorRecalls]
    each: dict[str, dict[str, Figures]]
    scales: ScaleResult | None
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
        "sets": [asdict(one) for one in result.sets],
        "folders": [asdict(folder) for folder in result.folders],
        "intervals": _plain(result.intervals),
        "pitches": _plain(result.pitches),
        "each": {
            take: {name: asdict(figures) for name, figures in each.items()}
            for take, each in result.each.items()
        },
        "scales": asdict(result.scales) if result.scales else None,
        "negatives": _scores(result.negatives),
        "held": _scores(result.held),
        "cpu": [asdict(cost) for cost in result.cpu],
    }
    return json.dumps(_without_nan(tree), indent=1, ensure_ascii=False) + "\n"


def as_markdown(result: BenchResult) -> str:
    """The report: rules first, then a table a question."""
    parts = ["# Onset detectors compared", "", *_opening(result)]
    if result.sets:
        parts += ["", "## All sets", "", *_all_sets(result.sets)]
    if result.intervals:
        parts += ["", "## Fast notes", "", *_INTERVALS_HEAD, *_by_band(result.intervals)]
    if result.pitches:
        parts += ["", "## High and low notes", "", *_PITCHES_HEAD, *_by_band(result.pitches)]
    if result.scales:
        parts += ["", "## Scales to the top", "", *_scales(result.scales)]
    for folder in result.folders:
        parts += ["", f"## {folder.label}", "", *_folder(folder)]
    if result.each:
        parts += ["", "## Take by take", "", *_each_take(result.each)]
    if result.negatives:
        parts += ["", "## Where little or nothing should be heard", "", *_NEGATIVES_HEAD]
        parts += _negatives(result.negatives)
    if result.held:
        parts += ["", "## Real notes held long", "", *_HELD_HEAD, *_by_sound(result.held)]
    if result.cpu:
        parts += ["", "## CPU", "", *_cpu(result.cpu)]
    return "\n".join(parts) + "\n"


def _plain(recalls: dict[str, DetectorRecalls]) -> dict[str, dict[str, dict[str, list[int]]]]:
    """Each recall as notes found and notes played."""
    return {
        label: {
            name: {band: [one.n_found, one.n_played] for band, one in bands.items()}
            for name, bands in of_label.items()
        }
        for label, of_label in recalls.items()
    }


def _scores(scores: dict[str, list[NegativeScore]]) -> dict[str, list[dict[str, object]]]:
    return {name: [asdict(score) for score in each] for name, each in scores.items()}


def _opening(result: BenchResult) -> list[str]:
    lines = ["Rules, the same for every detector:", "", *RULES.splitlines(), ""]
    about = {peer.name: peer.about for peer in result.peers}
    run_here = list(about)
    about[OWN_PROFILE] = ABOUT_OWN_PROFILE
    names = dict.fromkeys(run_here)
    for one in result.sets:
        names |= dict.fromkeys(one.figures)
    for folder in result.folders:
        names |= dict.fromkeys(folder.figures)
    lines += [f"- **{name}**: {about.get(name, ABOUT_KNOWN)}" for name in names]
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


def _all_sets(sets: tuple[SetFigures, ...]) -> list[str]:
    """Accuracy, recall and delay: a row a set, a column a detector."""
    lines = ["F ±50 / F ±25 after bias / MAE in ms.", "", *_set_table(sets, _accuracy)]
    lines += ["", "Recall / precision.", "", *_set_table(sets, _recall_precision)]
    lines += ["", "Delay, median / 95 %, in ms.", ""]
    causal = {
        name
        for one in sets
        for name, figures in one.figures.items()
        if math.isfinite(figures.delay_median_s)
    }
    return lines + _set_table(sets, _delay, causal)


def _set_table(
    sets: tuple[SetFigures, ...], cell: Callable[[Figures], str], wanted: set[str] | None = None
) -> list[str]:
    names = dict.fromkeys(name for one in sets for name in one.figures)
    chosen = [name for name in names if wanted is None or name in wanted]
    rows = [
        [
            one.label,
            str(next(iter(one.figures.values())).n_played),
            *_row(one.figures, chosen, cell),
        ]
        for one in sets
    ]
    return table(["takes", "notes", *chosen], rows)


def _row(
    figures: Mapping[str, Figures], names: list[str], cell: Callable[[Figures], str]
) -> list[str]:
    return [cell(figures[name]) if name in figures else "–" for name in names]


_INTERVALS_HEAD = (
    "Recall (±50 ms) by the interval from a note to the nearer of its neighbours.",
    "",
)
_PITCHES_HEAD = (
    "Recall (±50 ms) by pitch, where it is known; notes that count as one by the lowest.",
    "",
)


def _by_band(recalls: dict[str, DetectorRecalls]) -> list[str]:
    """A row a group and band, a column a detector."""
    names = list(dict.fromkeys(name for each in recalls.values() for name in each))
    rows = []
    for label, each in recalls.items():
        first = next(iter(each.values()))
        rows += [
            [
                f"{label}: {band}",
                str(played.n_played),
                *(_share_of(each, name, band) for name in names),
            ]
            for band, played in first.items()
            if played.n_played
        ]
    return table(["notes", "played", *names], rows)


def _share_of(recalls: DetectorRecalls, name: str, band: str) -> str:
    return share(recalls[name][band].share) if name in recalls else "–"


def _scales(result: ScaleResult) -> list[str]:
    lines = [
        "Chromatic scales through the two highest octaves, up and down, 300 ms a note, dry, from",
        "single notes: how many were heard (±50 ms).",
    ]
    if not result.has_soundfont:
        lines += ["Without FluidR3, which is not here: --fetch fetches it."]
    if not result.recalls:
        return lines
    names = list(result.false_per_min)
    pooled = _summed(result.recalls.values())
    rows = [
        [f"{label}: {band}", *(f"{each[name][band].n_found} of {one.n_played}" for name in names)]
        for label, each in {"all": pooled, **result.recalls}.items()
        for band, one in each[names[0]].items()
        if one.n_played
    ]
    rows.append(["all: false onsets a minute", *map(number, result.false_per_min.values())])
    return [*lines, "", *table(["scale", *names], rows)]


def _summed(recalls: Iterable[DetectorRecalls]) -> DetectorRecalls:
    """All scales together."""
    pooled: DetectorRecalls = {}
    for each in recalls:
        for name, bands in each.items():
            mine = pooled.setdefault(name, {})
            for band, one in bands.items():
                before = mine.get(band, Recall(0, 0))
                mine[band] = Recall(before.n_found + one.n_found, before.n_played + one.n_played)
    return pooled


def _each_take(each: dict[str, dict[str, Figures]]) -> list[str]:
    names = list(dict.fromkeys(name for figures in each.values() for name in figures))
    rows = [
        [take, str(next(iter(figures.values())).n_played), *_row(figures, names, _in_short)]
        for take, figures in each.items()
    ]
    head = ["F ±50 / F ±25 after the take's own bias / recall / precision.", ""]
    return head + table(["take", "notes", *names], rows)


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


def _recall_precision(one: Figures) -> str:
    return f"{share(one.recall)} / {share(one.precision)}"


def _in_short(one: Figures) -> str:
    return f"{share(one.f_50)} / {share(one.f_25_after_bias)} / {_recall_precision(one)}"


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
