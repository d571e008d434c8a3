"""Sessions as they are listed, with their takes and remarks, and takes in groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from practiceear.journal.connection import Journal
from practiceear.journal.reading import (
    TakeFilter,
    find_session,
    list_sessions,
    list_takes,
    remarks_of,
    sessions_without_takes,
)
from practiceear.journal.records import Remark, SessionKind, SessionRecord, TakeRecord


@dataclass(frozen=True, slots=True)
class ListedSession:
    """A session with the takes that pass the filter, and all remarks on it and on its takes."""

    number: int
    record: SessionRecord
    takes: tuple[TakeRecord, ...]
    remarks: tuple[Remark, ...]


def listed_session(
    journal: Journal, number: int, takes: Sequence[TakeRecord] | None = None
) -> ListedSession:
    """Return a session with some of its takes, or with all; UsageError for an unknown number."""
    record = find_session(journal, number)
    shown = list_takes(journal, TakeFilter(session_id=number)) if takes is None else takes
    remarks = remarks_of(journal, session_id=number)
    return ListedSession(number, record, tuple(shown), tuple(remarks))


def listed_sessions(journal: Journal, take_filter: TakeFilter) -> list[ListedSession]:
    """Return the sessions of the takes that pass a filter, and those without takes, in order.

    A session without takes has no drill, instrument or tag: a filter of these drops it.
    """
    takes: dict[int, list[TakeRecord]] = {}
    for take in list_takes(journal, take_filter):
        takes.setdefault(take.session_id, []).append(take)
    numbers = list(takes)
    if take_filter.drill is take_filter.tag is take_filter.instrument is None:
        without = sessions_without_takes(journal, take_filter.since_day, take_filter.until_day)
        numbers += [number for number, _ in without]
    listed = [listed_session(journal, number, takes.get(number, [])) for number in numbers]
    listed.sort(key=lambda session: session.record.started.utc_s)
    return _newest(listed, take_filter.most)


def _newest(listed: list[ListedSession], most: int | None) -> list[ListedSession]:
    """The newest sessions with so many takes, one without takes being worth one."""
    if most is None:
        return listed
    left, first = most, len(listed)
    while first > 0 and left > 0:
        first -= 1
        left -= max(1, len(listed[first].takes))
    return listed[first:]


@dataclass(frozen=True, slots=True)
class GroupedTake:
    """A take and its place, from 1 on, among those it was played with."""

    take: TakeRecord
    number: int
    n_takes: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.n_takes:
            raise ValueError(f"there is no take {self.number} of {self.n_takes}")


def grouped_takes(journal: Journal) -> list[GroupedTake]:
    """Return all takes as they were played, the oldest first, imported ones among them.

    A group is a session of a plan or an assessment. Each free take is written down as a
    session of its own, so the free ones that follow each other on one day are one group.
    """
    is_free = {
        number: session.kind is SessionKind.FREE for number, session in list_sessions(journal)
    }
    takes = sorted(list_takes(journal), key=lambda take: (take.setup.started.utc_s, take.take_id))

    def group_of(take: TakeRecord) -> str | int:
        is_alone = is_free[take.session_id]
        return take.setup.started.local_day if is_alone else take.session_id

    placed = []
    for _, members in groupby(takes, key=group_of):
        together = list(members)
        n_takes = len(together)
        placed += [GroupedTake(take, at, n_takes) for at, take in enumerate(together, 1)]
    return placed
