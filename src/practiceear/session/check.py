"""Runs fixtures and holds them against thresholds: what CI asks."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

from practiceear.audio.takefile import TakeFile
from practiceear.errors import TakeError, UsageError
from practiceear.files import read_text
from practiceear.session.expectation import changes, expectation_of, read_expectation
from practiceear.session.fixture import LARGEST_FILE_BYTES, Fixture
from practiceear.session.review import load_profile, review_take
from practiceear.session.scoring import Score, score_fixture
from practiceear.session.snapshot import SessionSnapshot

THRESHOLDS_NAME = "thresholds.toml"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What a fixture must reach; NaN asks for nothing.

    Attributes
    ----------
    f_50_min, f_25_min
        Least F-measures.
    bias_max_s, spread_max_s
        Largest constant error and largest SD of the onset times.
    delay_max_s
        Largest median delay of the live call.
    sd_ioi_error_max_s
        Largest error of the reported SD of the inter-onset intervals, either way.
    n_false_max
        Most heard onsets that nobody played.
    """

    f_50_min: float = math.nan
    f_25_min: float = math.nan
    bias_max_s: float = math.nan
    spread_max_s: float = math.nan
    delay_max_s: float = math.nan
    sd_ioi_error_max_s: float = math.nan
    n_false_max: float = math.nan


@dataclass(frozen=True, slots=True)
class Verdict:
    """One checked fixture.

    Attributes
    ----------
    score
        How well it was heard.
    shortfalls
        Thresholds that were missed, in words.
    changes
        What is reported otherwise than expected, in words.
    """

    name: str
    score: Score
    shortfalls: tuple[str, ...]
    changes: tuple[str, ...]

    @property
    def is_passed(self) -> bool:
        """Whether nothing fell short and nothing changed."""
        return not (self.shortfalls or self.changes)


def read_thresholds(folder: Path) -> dict[str, Thresholds]:
    """Read ``thresholds.toml``: a table ``default`` and one a fixture that differs.

    Raises
    ------
    TakeError
        Where the file is missing or broken.
    UsageError
        Where it names no threshold or no fixture.
    """
    path = folder / THRESHOLDS_NAME
    try:
        tables = tomllib.loads(read_text(path, LARGEST_FILE_BYTES))
    except (OSError, ValueError) as error:
        raise TakeError(
            f"{path} cannot be read ({error})", "Write one; see recordings/README.md"
        ) from error
    known = {field.name for field in fields(Thresholds)}
    default = tables.get("default", {})
    merged: dict[str, Thresholds] = {}
    for name, table in {"default": {}, **tables}.items():
        if name != "default" and not (folder / name).is_dir():
            raise UsageError(f"{path}: there is no fixture {name}", "Check the name of its table")
        for key, value in table.items():
            if key not in known or not isinstance(value, (int, float)):
                raise UsageError(
                    f"{path}: {key} = {value!r} in [{name}] is not a threshold",
                    f"Use numbers for {', '.join(sorted(known))}",
                )
        merged[name] = Thresholds(**{**default, **table})
    return merged


def hear_fixture(fixture: Fixture) -> SessionSnapshot:
    """Review the fixture's recording as any take."""
    take = TakeFile(fixture.take_path)
    profile = load_profile(fixture.instrument or None)
    return review_take(take, take, profile, fixture.exercise).snapshot


def check_fixture(fixture: Fixture, thresholds: Thresholds) -> Verdict:
    """Hear a fixture, score it, and compare with its thresholds and what was expected."""
    snapshot = hear_fixture(fixture)
    score = score_fixture(fixture, snapshot)
    return Verdict(
        name=fixture.name,
        score=score,
        shortfalls=_shortfalls(score, thresholds),
        changes=changes(read_expectation(fixture.folder), expectation_of(snapshot)),
    )


def _shortfalls(score: Score, thresholds: Thresholds) -> tuple[str, ...]:
    """What fell short; a figure that cannot be had falls short of any threshold for it."""
    least = (("f_50", thresholds.f_50_min), ("f_25", thresholds.f_25_min))
    most = (
        ("bias_s", thresholds.bias_max_s),
        ("spread_s", thresholds.spread_max_s),
        ("delay_s", thresholds.delay_max_s),
        ("sd_ioi_error_s", thresholds.sd_ioi_error_max_s),
        ("n_false", thresholds.n_false_max),
    )
    short = [
        f"{key} {getattr(score, key):.3f} < {bound:g}"
        for key, bound in least
        if not math.isnan(bound) and not getattr(score, key) >= bound
    ]
    short += [
        f"{key} {getattr(score, key):.4f} > {bound:g}"
        for key, bound in most
        if not math.isnan(bound) and not abs(getattr(score, key)) <= bound
    ]
    return tuple(short)
