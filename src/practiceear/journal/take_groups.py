"""Takes as they were played one after the other: the third of eight of one sitting."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from practiceear.journal.connection import Journal
from practiceear.journal.reading import list_sessions, list_takes
from practiceear.journal.records import SessionKind, TakeRecord


@dataclass(frozen=True, slots=True)
class GroupedTake:
    """A take and its place among those it was played with.

    Attributes
    ----------
    take
        The take.
    number, n_takes
        Which one it is, from 1 on, and how many there are.

    Raises
    ------
    ValueError
        Where it is none of them.
    """

    take: TakeRecord
    number: int
    n_takes: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.n_takes:
            raise ValueError(f"there is no take {self.number} of {self.n_takes}")


def grouped_takes(journal: Journal) -> list[GroupedTake]:
    """Return all takes as they were played, the oldest first, imported ones among them.

    A sitting is a session of a plan or an assessment. Each free take is written down as a
    session of its own, so the free ones that follow each other on one day are one sitting.
    """
    is_free = {at: one.kind is SessionKind.FREE for at, one in list_sessions(journal)}
    takes = sorted(list_takes(journal), key=lambda one: (one.setup.started.utc_s, one.take_id))

    def sitting(take: TakeRecord) -> str | int:
        is_alone = is_free[take.session_id]
        return take.setup.started.local_day if is_alone else take.session_id

    placed = []
    for _, members in groupby(takes, key=sitting):
        together = list(members)
        placed += [GroupedTake(one, at, len(together)) for at, one in enumerate(together, 1)]
    return placed
