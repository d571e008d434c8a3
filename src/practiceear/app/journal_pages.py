"""The journal for the terminal app: one take a page, in words, with its recording."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from practiceear.tui.player import JournalPage, SummaryText

if TYPE_CHECKING:
    from practiceear.journal.connection import Journal
    from practiceear.journal.listing import GroupedTake
    from practiceear.journal.records import TakeRecord

NO_GRID = "Its grid is not kept, so no deviation is drawn; measured is the tempo with most notes."


class JournalPages:
    """The pages of a player's journal; opened for every page, since takes are added meanwhile."""

    def unfinished(self) -> str:
        """Which takes were cut off while they were recorded, in words; empty where none were."""
        from practiceear.app.recorded_takes import unfinished_words

        return unfinished_words()

    def recover(self, progress: Callable[[str], None]) -> Iterator[str]:
        """Complete them from their recordings; yields what is done, in words."""
        from practiceear.app.recorded_takes import recover_all

        return recover_all(progress)

    def newest(self) -> JournalPage | None:
        """The take that was played last; None where there is none."""
        from practiceear.journal.listing import grouped_takes

        with _own_journal() as journal:
            placed = grouped_takes(journal)
            return _page(journal, placed[-1]) if placed else None

    def turned(self, take_id: int, n_pages: int) -> JournalPage | None:
        """The take at an offset from another; None beyond either end."""
        from practiceear.journal.listing import grouped_takes

        with _own_journal() as journal:
            placed = grouped_takes(journal)
            numbers = [grouped.take.take_id for grouped in placed]
            if take_id not in numbers:  # deleted meanwhile
                return _page(journal, placed[-1]) if placed else None
            there = numbers.index(take_id) + n_pages
            return _page(journal, placed[there]) if 0 <= there < len(placed) else None


def _own_journal() -> Journal:
    from practiceear.files import journal_folder
    from practiceear.journal.connection import has_journal, read_journal, scratch_journal

    folder = journal_folder()
    return read_journal(folder) if has_journal(folder) else scratch_journal()


def _page(journal: Journal, placed: GroupedTake) -> JournalPage:
    setup = placed.take.setup
    return JournalPage(
        take_id=placed.take.take_id,
        number=placed.number,
        n_takes=placed.n_takes,
        began=setup.started.at[:16].replace("T", " "),
        instrument=setup.instrument,
        program=setup.program,
        text=_text(journal, placed.take),
        recording=_recording(journal, placed.take),
        is_tempo_steady=setup.is_tempo_steady,
    )


def _text(journal: Journal, take: TakeRecord) -> SummaryText:
    from practiceear.journal.reading import measures_of, remarks_of
    from practiceear.reports.journal_lines import measure_lines, played_words, said_lines

    remarks = [
        remark
        for remark in remarks_of(journal, session_id=take.session_id)
        if remark.take_id in (None, take.take_id)  # a remark on the session counts for each
    ]
    measured = measure_lines(take, measures_of(journal, take.take_id))
    finding = take.finding or f"{take.n_notes} notes were heard."
    played = [played_words(take)] if take.setup.is_tempo_steady else [played_words(take), NO_GRID]
    later = _sessions_since(journal, take)
    return SummaryText(finding, [*played, *said_lines(remarks), *later, *measured])


def _sessions_since(journal: Journal, take: TakeRecord) -> list[str]:
    """Sessions between this take and the next one in which nothing could be played."""
    from practiceear.journal.listing import listed_session
    from practiceear.journal.reading import TakeFilter, list_takes, sessions_without_takes
    from practiceear.reports.journal_lines import list_lines

    began, day = take.setup.started.utc_s, take.setup.started.local_day
    starts_s = [
        later.setup.started.utc_s for later in list_takes(journal, TakeFilter(since_day=day))
    ]
    next_s = min((start_s for start_s in starts_s if start_s > began), default=math.inf)
    numbers = [
        number
        for number, session in sessions_without_takes(journal, day)
        if began < session.started.utc_s < next_s
    ]
    return list_lines(listed_session(journal, number, []) for number in numbers) if numbers else []


def _recording(journal: Journal, take: TakeRecord) -> Path | None:
    path = journal.audio_folder / take.audio_name if take.audio_name else None
    return path if path is not None and path.is_file() else None
