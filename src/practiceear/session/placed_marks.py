"""The marks of a take as somebody wants them, and how they differ from what was heard."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from practiceear.errors import UsageError
from practiceear.session.edits import Mark, MarkEdit, Remark, TakeEdits
from practiceear.units import FloatArray

SAME_S = 0.0005  # other programs round times, or put labels on samples of another rate
FURTHEST_MOVE_S = 0.03
"""A mark nearer than this to a note that was heard is that note, moved."""

FEWEST_KNOWN_SHARE = 0.5
"""Where fewer marks belong to a note that was heard, they are surely another take's."""


@dataclass(frozen=True, slots=True)
class PlacedMarks:
    """All marks of one take, as another program keeps them.

    Attributes
    ----------
    name
        The file they come from.
    take_name, sha256
        The take, as in ``TakeEdits``.
    time_s
        Where every note shall begin.
    remarks
        What was said about moments of the take.
    """

    name: str
    take_name: str
    sha256: str
    time_s: tuple[float, ...]
    remarks: tuple[Remark, ...] = ()

    def beside(self, onset_s: FloatArray) -> TakeEdits:
        """The corrections that make these marks out of the onsets that were heard.

        Parameters
        ----------
        onset_s
            The detector's onsets in order, shape (n_notes,).

        Raises
        ------
        UsageError
            Where fewer than half of the marks, or of the notes heard, have a partner.
        """
        pairs = _nearest_pairs(np.array(self.time_s, dtype=np.float64), onset_s)
        if len(pairs) < FEWEST_KNOWN_SHARE * max(len(self.time_s), len(onset_s)):
            raise UsageError(
                f"{self.name} does not fit {self.take_name}: {len(pairs)} of its"
                f" {len(self.time_s)} labels are near one of the {len(onset_s)} notes heard",
                "Name the take that was labelled, and the same --instrument",
            )
        marks = [
            Mark(MarkEdit.MOVE, float(onset_s[note]), self.time_s[mark])
            for mark, note in pairs.items()
            if abs(self.time_s[mark] - onset_s[note]) > SAME_S
        ]
        marks += [
            Mark(MarkEdit.ADD, time_s) for i, time_s in enumerate(self.time_s) if i not in pairs
        ]
        known = set(pairs.values())
        marks += [
            Mark(MarkEdit.DELETE, float(time_s))
            for i, time_s in enumerate(onset_s)
            if i not in known
        ]
        in_order = tuple(sorted(marks, key=lambda mark: (mark.time_s, mark.do)))
        return TakeEdits(self.take_name, self.sha256, in_order, self.remarks)


def _nearest_pairs(mark_s: FloatArray, onset_s: FloatArray) -> dict[int, int]:
    """Which mark is which note, the nearest pairs first; each belongs to one pair at most."""
    first = np.searchsorted(onset_s, mark_s - FURTHEST_MOVE_S)
    end = np.searchsorted(onset_s, mark_s + FURTHEST_MOVE_S, side="right")
    near = sorted(
        (abs(float(mark_s[mark] - onset_s[note])), mark, note)
        for mark in range(len(mark_s))
        for note in range(int(first[mark]), int(end[mark]))
    )
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for _, mark, note in near:
        if mark not in pairs and note not in taken:
            pairs[mark] = note
            taken.add(note)
    return pairs
