"""How well our detector and its peers hear when notes begin: `make bench`.

Examples
--------
    python -m benchmarks.onsets
    python -m benchmarks.onsets --folders takes --parts takes,intervals,pitch
    python -m benchmarks.onsets --folders "my takes=takes/a,takes/b" --markdown out.md
    python -m benchmarks.onsets --peers "practiceear confirmed,aubio" --parts takes,scales
    python -m benchmarks.onsets --samples notes --json out.json
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np
import platformdirs

from benchmarks.cpu import RATE_HZ, CpuCost, measure_cpu
from benchmarks.held import held_notes
from benchmarks.kept_detections import keeping
from benchmarks.known_peers import KnownOnsets, find_known, known_detections
from benchmarks.negatives import NegativeScore, NegativeSet, negative_sets, score_negatives
from benchmarks.onset_report import (
    ALL_NOTES,
    GROUPS,
    BenchResult,
    DetectorRecalls,
    FolderResult,
    ScaleResult,
    SetFigures,
    as_json,
    as_markdown,
)
from benchmarks.peers import CONFIRMED, PEERS, Peer
from benchmarks.profiles import OWN_PROFILE, told_detector
from benchmarks.recall import (
    INTERVAL_BANDS,
    PITCH_BANDS,
    Band,
    pitch_midi,
    recall_by,
    shorter_interval_s,
)
from benchmarks.report import publish
from benchmarks.rules import Figures, Hearing, constant_bias_s, false_s, figures_of, hear, missed_s
from benchmarks.scales import sampled_scales, soundfont_is_here, soundfont_scales
from benchmarks.sets import groups_of
from benchmarks.takes import Take, TakeGroup, TakeOptions
from benchmarks.treatments import Treatment, treatments
from practiceear.audio.blocks import Samples
from practiceear.errors import PracticeEarError, UsageError
from practiceear.units import FloatArray

FIXTURES = Path(__file__).resolve().parent.parent / "recordings" / "fixtures"
KEPT = platformdirs.user_cache_path("practiceear-benchmarks")
CPU_SOUND_S = 30.0
TAP = "tap"
PARTS = {
    "takes": "figures of every set, group, family and tier",
    "intervals": "recall by the shorter interval to a neighbour",
    "pitch": "recall by pitch, where it is known",
    "each": "figures of every take",
    "treatments": "the same takes changed; hears each eleven times more",
    "scales": "two octaves to the top of instruments, from single notes",
    "negatives": "clicks, noises, tones in which little or nothing is to be heard",
    "held": "real notes held long; needs --samples",
    "cpu": "time, beside aubio's default",
}

Named = TypeVar("Named")

Hearings = dict[str, list[Hearing]]
"""By detector, in order of the takes."""


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark as the command line says; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        result = _run(options)
    except PracticeEarError as error:
        sys.stderr.write(f"{error.message}\n{error.hint}\n")
        return 2
    if options.json:
        options.json.write_text(as_json(result), encoding="utf-8")
    publish(as_markdown(result), options.markdown)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").splitlines()[0],
        epilog="parts: " + "; ".join(f"{name} = {about}" for name, about in PARTS.items()),
    )
    parser.add_argument(
        "--folders", nargs="+", default=[f"recordings/fixtures={FIXTURES}"], metavar="[LABEL=]DIR",
        help="folders of takes, below each of which lie sets; several behind one label (A,B) "
        "share one constant bias",
    )  # fmt: skip
    parser.add_argument("--parts", default=",".join(PARTS), help="joined by commas; default: all")
    parser.add_argument("--peers", default="", help="names, joined by commas; default: all")
    parser.add_argument(
        "--family", action="append", default=[], metavar="PART=FAMILY",
        help="family of the takes whose SET/TAKE holds PART",
    )  # fmt: skip
    parser.add_argument(
        "--leave-out", action="append", default=[], metavar="PART:FROM-TO",
        help="score takes whose SET/TAKE holds PART a second time without these seconds",
    )  # fmt: skip
    parser.add_argument(
        "--samples", type=Path, metavar="DIR",
        help="single notes with a samples.csv, for scales and held notes",
    )  # fmt: skip
    parser.add_argument(
        "--fetch", action="store_true", help="fetch the SoundFont for scales if it is not here"
    )
    parser.add_argument("--note", action="append", default=[], help="a line for the report's head")
    parser.add_argument("--markdown", type=Path, help="write the report here too")
    parser.add_argument("--json", type=Path, help="write everything here")
    parser.add_argument("--errors", action="store_true", help="list misses and false ones")
    parser.add_argument("--kept", type=Path, default=KEPT, help="where detections are kept")
    return parser


def _run(options: argparse.Namespace) -> BenchResult:
    parts = _chosen(options.parts, {name: name for name in PARTS}, "part")
    wanted = _chosen(options.peers, {peer.name: peer for peer in PEERS}, "peer")
    installed = [peer for peer in wanted if peer.is_installed]
    if not installed:
        raise UsageError("none of the peers is installed", "make bench installs aubio")
    peers = tuple(keeping(peer, options.kept) for peer in installed)
    changes = treatments() if "treatments" in parts else ()
    heard: dict[str, Hearings] = {}
    folders, sounds = [], []
    is_heard = bool(set(parts) & {"takes", "intervals", "pitch", "each", "treatments"})
    for group, known in _groups(options) if is_heard or "cpu" in parts else ():
        takes = group.read()
        sounds += [take for take in takes if take.rate_hz == RATE_HZ][:4]
        if is_heard:
            heard[group.label] = _hearings(takes, peers, known, options.kept)
            treated = _treated(takes, changes, peers)
            folders.append(_folder(group.label, heard[group.label], treated))
    if options.errors:
        _write_errors(heard)
    held = held_notes(options.samples) if "held" in parts and options.samples else []
    return BenchResult(
        peers=peers,
        absent=tuple(peer.name for peer in wanted if not peer.is_installed),
        sets=tuple(_sets(heard)) if "takes" in parts else (),
        folders=tuple(folders) if set(parts) & {"takes", "treatments"} else (),
        intervals=_recalls(heard, shorter_interval_s, INTERVAL_BANDS, "intervals" in parts),
        pitches=_recalls(heard, pitch_midi, PITCH_BANDS, "pitch" in parts),
        each=_each_take(heard) if "each" in parts else {},
        scales=_scales(options, peers) if "scales" in parts else None,
        negatives=_scored(peers, negative_sets() if "negatives" in parts else []),
        held=_scored(peers, held),
        cpu=tuple(_cpu(installed, sounds)) if "cpu" in parts else (),
        notes=tuple(options.note),
    )


def _chosen(names: str, known: dict[str, Named], what: str) -> tuple[Named, ...]:
    if not names:
        return tuple(known.values())
    wanted = [name.strip() for name in names.split(",")]
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise UsageError(f"no {what} {', '.join(unknown)}", f"One of {', '.join(known)}")
    return tuple(known[name] for name in wanted)


def _groups(options: argparse.Namespace) -> Iterator[tuple[TakeGroup, KnownOnsets]]:
    """Groups of takes, and what is kept of detectors that are not here."""
    take_options = _take_options(options)
    for text in options.folders:
        label, separator, paths = text.partition("=")
        folders = tuple(Path(path) for path in (paths if separator else text).split(","))
        for folder in folders:
            if not folder.is_dir():
                raise UsageError(f"{folder} is not a folder", "Give a folder of takes")
        if separator or len(folders) > 1:
            name = label if separator else folders[0].name
            yield TakeGroup(name, folders, take_options), find_known(folders[0].parent)
            continue
        known = find_known(folders[0])
        for group in groups_of(folders[0], take_options):
            yield group, known


def _take_options(options: argparse.Namespace) -> TakeOptions:
    families, left_out = [], []
    try:
        for text in options.family:
            part, family = text.rsplit("=", 1)
            families.append((part, family))
        for text in options.leave_out:
            part, passage = text.rsplit(":", 1)
            start, end = passage.split("-")
            left_out.append((part, float(start), float(end)))
    except ValueError as error:
        raise UsageError(f"{text!r} cannot be understood", "See --help") from error
    return TakeOptions(tuple(families), tuple(left_out))


def _hearings(
    takes: list[Take], peers: tuple[Peer, ...], known: KnownOnsets, kept: Path
) -> Hearings:
    """Every detector on every take, and ours under profiles of its own if any take has one."""
    hearings = {}
    told = [told_detector(take) for take in takes]
    for peer in peers:
        hearings[peer.name] = [_heard_by(peer, take) for take in takes]
        if peer.name == CONFIRMED.name and any(one is not CONFIRMED for one in told):
            hearings[OWN_PROFILE] = [
                _heard_by(keeping(one, kept), take) for one, take in zip(told, takes, strict=True)
            ]
    for name, detections in known_detections(known, takes).items():
        hearings[name] = [hear(take, one) for take, one in zip(takes, detections, strict=True)]
    return hearings


def _heard_by(peer: Peer, take: Take) -> Hearing:
    return hear(take, peer.detect(take.samples, take.rate_hz))


def _treated(
    takes: list[Take], changes: tuple[Treatment, ...], peers: tuple[Peer, ...]
) -> dict[str, dict[str, Figures]]:
    """Figures of the notes by treatment, then by detector."""
    figures: dict[str, dict[str, Figures]] = {}
    notes = [take for take in takes if take.family != TAP] or takes
    for treatment in changes:
        changed = [treatment.change(take) for take in notes]
        hearings = {peer.name: [_heard_by(peer, take) for take in changed] for peer in peers}
        figures[treatment.name] = {name: _pooled(heard) for name, heard in hearings.items()}
    return figures


def _sets(heard: dict[str, Hearings]) -> Iterator[SetFigures]:
    """All notes together, each group, with and without what is left out, and its sets."""
    if len(heard) > 1:
        yield _set_figures("all notes", _all_notes(heard))
    for label, hearings in heard.items():
        yield _set_figures(label, hearings)
        if any(one.take.left_out_s for one in next(iter(hearings.values()))):
            yield _set_figures(f"{label}, passages left out", {
                name: [hear(one.take, one.heard, one.take.left_out_s) for one in each]
                for name, each in hearings.items()
            })  # fmt: skip
        datasets = dict.fromkeys(one.take.dataset for one in next(iter(hearings.values())))
        for dataset in datasets if len(datasets) > 1 else ():
            yield _set_figures(f"– {dataset}", _of_dataset(hearings, dataset))


def _set_figures(label: str, hearings: Hearings) -> SetFigures:
    return SetFigures(label, {name: _pooled(heard) for name, heard in hearings.items()})


def _pooled(hearings: list[Hearing]) -> Figures:
    return figures_of(hearings, constant_bias_s(hearings))


def _of_dataset(hearings: Hearings, dataset: str) -> Hearings:
    return {
        name: [one for one in heard if one.take.dataset == dataset]
        for name, heard in hearings.items()
    }


def _without_taps(hearings: Hearings) -> Hearings:
    return {
        name: [one for one in heard if one.take.family != TAP] for name, heard in hearings.items()
    }


def _all_notes(heard: dict[str, Hearings]) -> Hearings:
    """All groups together without taps, of detectors that heard all of them."""
    groups = [_without_taps(hearings) for hearings in heard.values()]
    groups = [group for group in groups if any(group.values())]
    names = [name for name in (groups[0] if groups else {}) if all(name in one for one in groups)]
    return {name: [one for group in groups for one in group[name]] for name in names}


def _recalls(
    heard: dict[str, Hearings],
    value_of: Callable[[Hearing], FloatArray],
    bands: tuple[Band, ...],
    is_wanted: bool,
) -> dict[str, DetectorRecalls]:
    """Recall by band of each detector: of all notes, and of each group that has notes."""
    if not is_wanted:
        return {}
    of_groups = {label: _all_notes({label: hearings}) for label, hearings in heard.items()}
    if len(of_groups) > 1:
        of_groups = {ALL_NOTES: _all_notes(heard), **of_groups}
    recalls = {
        label: {name: recall_by(each, value_of, bands) for name, each in hearings.items()}
        for label, hearings in of_groups.items()
    }
    return {label: of for label, of in recalls.items() if _n_played(of)}


def _n_played(recalls: DetectorRecalls) -> int:
    return sum(one.n_played for each in recalls.values() for one in each.values())


def _each_take(heard: dict[str, Hearings]) -> dict[str, dict[str, Figures]]:
    """Figures by take, then by detector, each with its own constant."""
    figures: dict[str, dict[str, Figures]] = {}
    for hearings in heard.values():
        for name, each in hearings.items():
            for one in each:
                figures.setdefault(one.take.name, {})[name] = _pooled([one])
    return figures


def _folder(label: str, hearings: Hearings, treated: dict[str, dict[str, Figures]]) -> FolderResult:
    takes = [one.take for one in next(iter(hearings.values()))]
    tiers = sorted({take.tier for take in takes if len(take.reference_s) and take.is_exact})
    false_per_min = {name: _false_per_min(heard) for name, heard in hearings.items()}
    return FolderResult(
        label=label,
        n_takes=len(takes),
        duration_s=sum(take.duration_s for take in takes),
        figures={name: _by_group(heard, tiers) for name, heard in hearings.items()},
        tiers=tuple(tiers),
        treated=treated,
        false_per_min={name: rate for name, rate in false_per_min.items() if np.isfinite(rate)},
    )


def _false_per_min(hearings: list[Hearing]) -> float:
    """In the takes in which nobody plays; NaN where there is none."""
    unplayed = [one for one in hearings if not len(one.take.reference_s)]
    minutes = sum(one.take.duration_s for one in unplayed) / 60.0
    return sum(len(false_s(one)) for one in unplayed) / minutes if unplayed else float("nan")


def _by_group(hearings: list[Hearing], tiers: list[str]) -> dict[str, Figures]:
    """Figures of one detector: all notes, each family, each tier."""
    notes = [one for one in hearings if one.take.family != TAP]
    taps = [one for one in hearings if one.take.family == TAP]
    note_bias_s, tap_bias_s = constant_bias_s(notes), constant_bias_s(taps)
    grouped = {}
    for name, families in GROUPS:
        members = [one for one in hearings if one.take.family in families]
        if name == ALL_NOTES:  # with the takes in which only clicks sound
            members = notes
        grouped[name] = figures_of(members, tap_bias_s if name == TAP else note_bias_s)
    for tier in tiers:
        grouped[tier] = figures_of([one for one in notes if one.take.tier == tier], note_bias_s)
    return grouped


def _write_errors(heard: dict[str, Hearings]) -> None:
    for hearings in heard.values():
        for name, each in hearings.items():
            for one in each:
                missed = " ".join(f"{time_s:.2f}" for time_s in missed_s(one))
                false = " ".join(f"{time_s:.2f}" for time_s in false_s(one))
                sys.stderr.write(f"{name}: {one.take.name}: missed {missed}; false {false}\n")


def _scales(options: argparse.Namespace, peers: tuple[Peer, ...]) -> ScaleResult:
    has_font = options.fetch or soundfont_is_here()
    takes = [*soundfont_scales()] if has_font else []
    takes += [*sampled_scales(options.samples)] if options.samples else []
    hearings = {peer.name: [_heard_by(peer, take) for take in takes] for peer in peers}
    minutes = sum(take.duration_s for take in takes) / 60.0
    return ScaleResult(
        has_soundfont=has_font,
        recalls={
            take.name: {
                name: recall_by([each[i]], pitch_midi, PITCH_BANDS)
                for name, each in hearings.items()
            }
            for i, take in enumerate(takes)
        },
        false_per_min={
            name: sum(len(false_s(one)) for one in each) / minutes
            for name, each in hearings.items()
            if takes
        },
    )


def _scored(peers: tuple[Peer, ...], sets: list[NegativeSet]) -> dict[str, list[NegativeScore]]:
    return {peer.name: score_negatives(peer, sets) for peer in peers} if sets else {}


def _cpu(peers: list[Peer], takes: list[Take]) -> list[CpuCost]:
    sound: Samples = np.concatenate([take.samples for take in takes])
    sound = np.ascontiguousarray(sound[: round(CPU_SOUND_S * RATE_HZ)])
    return measure_cpu(peers, sound)


if __name__ == "__main__":
    sys.exit(main())
