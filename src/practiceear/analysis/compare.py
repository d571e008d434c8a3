"""Takes compared with the first of them, measure by measure.

One question comes first: is the playing more even than before? The others stand beside
it. Asking many questions finds a difference by chance, so they share the 5 % of takes that
are alike in everything and may still be called different: evenness has 3 %, all others
together 2 %, and more takes than two share both.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from practiceear.analysis.review import TakeReview
from practiceear.analysis.snapshot import SessionSnapshot
from practiceear.errors import UsageError
from practiceear.metrics.catalogue import MetricKey
from practiceear.metrics.comparison import Comparison, Scale, compare, shared_confidence
from practiceear.metrics.metric import Metric

HEADLINE_CHANCE = 0.03
OTHERS_CHANCE = 0.02
"""Shares of takes alike in everything in which evenness, or any other measure, is called
different all the same. Together 5 %; evenness has the larger part, for it is what is asked."""

LIKE_TEMPO = 0.05
"""Tempos that differ by less are alike: a spread that grows with the note's length (Repp 1997)
then differs by 5 % at most, which two takes of 1,600 notes each just show."""

_OTHER_TEMPO = "the tempos differ: only shares of a note's length can be compared"
_OTHER_INSTRUMENT = "the instruments differ: only shares of a note's length can be compared"


@dataclass(frozen=True, slots=True, eq=False)
class ComparedTake:
    """One take beside the first.

    Attributes
    ----------
    review
        The take.
    headline
        Whether it is more or less even: SD-IOI, or its share of the note's length where
        tempo or instrument differ.
    others
        All other measures that both takes have.
    warnings
        What makes the two hard to compare, in words for the player.
    """

    review: TakeReview
    headline: Comparison
    others: tuple[Comparison, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class TakesCompared:
    """Two takes or more, each beside the first."""

    first: TakeReview
    others: tuple[ComparedTake, ...]


def compare_reviews(reviews: Sequence[TakeReview]) -> TakesCompared:
    """Compare each take with the first.

    Raises
    ------
    UsageError
        Where there are fewer than two.
    """
    if len(reviews) < 2:
        raise UsageError("there is nothing to compare one take with", "Name two takes or more")
    first, *rest = reviews
    pairs = [_Pair(first.snapshot, review.snapshot) for review in rest]
    n_others = sum(len(pair.questions()) for pair in pairs)
    headline = shared_confidence(len(rest), HEADLINE_CHANCE)
    others = shared_confidence(max(1, n_others), OTHERS_CHANCE)
    return TakesCompared(
        first,
        tuple(
            ComparedTake(
                review, pair.headline(headline), pair.others(others), tuple(pair.warnings())
            )
            for review, pair in zip(rest, pairs, strict=True)
        ),
    )


def note_length_s(snapshot: SessionSnapshot) -> float:
    """How long the notes that should be equal are, in seconds; NaN where there are none."""
    ioi_s = snapshot.intervals.ioi_s
    return float(np.median(ioi_s)) if ioi_s.size else math.nan


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two takes, and what about them can be compared."""

    first: SessionSnapshot
    second: SessionSnapshot

    @property
    def is_like_tempo(self) -> bool:
        """Whether notes are about equally long in both, as far as is known."""
        lengths_s = note_length_s(self.first), note_length_s(self.second)
        if not all(math.isfinite(length_s) for length_s in lengths_s):
            return True
        return abs(math.log(lengths_s[1] / lengths_s[0])) <= math.log1p(LIKE_TEMPO)

    @property
    def is_like_instrument(self) -> bool:
        """Whether both were heard as the same instrument."""
        return self.first.profile.name == self.second.profile.name

    @property
    def headline_key(self) -> MetricKey:
        """The measure of evenness that tempo and instrument allow."""
        is_alike = self.is_like_tempo and self.is_like_instrument
        return MetricKey.SD_IOI if is_alike else MetricKey.CV_IOI

    def warnings(self) -> list[str]:
        """What makes the two hard to compare."""
        warnings: list[str] = []
        if not self.is_like_tempo:
            lengths_ms = [
                round(1000.0 * note_length_s(snapshot)) for snapshot in (self.first, self.second)
            ]
            warnings.append(
                f"the notes are {lengths_ms[0]} and {lengths_ms[1]} ms long: evenness is compared"
                " as a share of that, and fast notes scatter more for their length"
            )
        if not self.is_like_instrument:
            warnings.append(
                f"{self.first.profile.name} and {self.second.profile.name} are not heard equally"
                " exactly: a difference may be the detector's"
            )
        return warnings

    def headline(self, confidence: float) -> Comparison:
        """Compare evenness."""
        key = self.headline_key
        return compare(self.first.metrics[key], self.second.metrics[key], confidence)

    def questions(self) -> list[MetricKey]:
        """The other measures that can be compared, by key."""
        return [
            comparison.key
            for comparison in self.others(1.0 - OTHERS_CHANCE)
            if not comparison.is_unavailable
        ]

    def others(self, confidence: float) -> tuple[Comparison, ...]:
        """Compare all other measures that both takes have."""
        left_out = {
            self.headline_key,
            MetricKey.CV_IOI,
        }  # to ask the same in per cent is no question
        return tuple(
            self._compare(first, self.second.metrics[first.key], confidence)
            for first in self.first.compared
            if first.key not in left_out
        )

    def _compare(self, first: Metric, second: Metric, confidence: float) -> Comparison:
        found = compare(first, second, confidence)
        if found.is_unavailable or not first.key.info.grows_with_length:
            return found
        if not self.is_like_tempo or not self.is_like_instrument:
            reason = _OTHER_INSTRUMENT if self.is_like_tempo else _OTHER_TEMPO
            return Comparison(first, second, Scale.DIFFERENCE, confidence=confidence, reason=reason)
        return found
