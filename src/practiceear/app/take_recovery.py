"""Completes takes that were cut off while they were recorded, from their recordings.

A crash or a power cut leaves a partial recording and a take in the journal without an end. It
is measured as any recorded take; a recording that cannot be read stays where it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from practiceear.errors import PracticeEarError, program_fault

if TYPE_CHECKING:
    from practiceear.analysis.review import TakeReview
    from practiceear.journal.connection import Journal
    from practiceear.journal.records import TakeRecord

REMARK = "Recovered: the program or the machine stopped while it was played; its end may be missing"


def began_words(take: TakeRecord) -> str:
    """Which take it is, in words: ``2026-03-01 18:00 (violin)``."""
    setup = take.setup
    return f"{setup.started.at[:16].replace('T', ' ')} ({setup.instrument})"


def recover_and_print() -> None:
    """Recover all takes that were cut off and print how it went; errors as for `recover_all`."""
    for line in recover_all(lambda _words: None):
        print(line, flush=True)


def recover_all(progress: Callable[[str], None]) -> Iterator[str]:
    """Recover all takes that were cut off; yield before each what is done, then how it went.

    ``progress`` receives in words how much of a recording was analysed. JournalError where the
    journal cannot be read or written.
    """
    from practiceear.folders import journal_folder
    from practiceear.journal.connection import open_journal
    from practiceear.journal.writing import unfinished_recordings

    with open_journal(journal_folder()) as journal:
        for take in unfinished_recordings(journal):
            yield f"The take of {began_words(take)} was cut off. Recovering it ..."
            yield _recovered(journal, take, progress)


def unfinished_words() -> str:
    """Which takes were cut off while they were recorded, in words; empty where none were."""
    from practiceear.folders import journal_folder
    from practiceear.journal.connection import FILE_NAME, open_journal
    from practiceear.journal.writing import unfinished_recordings

    if not (journal_folder() / FILE_NAME).is_file():
        return ""
    with open_journal(journal_folder()) as journal:
        takes = unfinished_recordings(journal)
    if not takes:
        return ""
    if len(takes) > 1:
        return f"{len(takes)} recordings were cut off."
    return f"The take of {began_words(takes[0])} was cut off."


def _recovered(journal: Journal, take: TakeRecord, progress: Callable[[str], None]) -> str:
    """Complete a take from its recording; return how that went, in words."""
    from practiceear.app.recorded_takes import RecordedTakes
    from practiceear.journal.writing import cut_off_take
    from practiceear.reports.words import counted
    from practiceear.tui.player import CancelledError

    path = journal.audio_folder / str(take.audio_name)
    try:
        review = RecordedTakes().review(path, take.setup.exercise, progress)
        _complete(journal, take, review)
    except CancelledError:
        raise
    except Exception as error:  # it is not tried again: its notes and its recording stay
        reason = error if isinstance(error, PracticeEarError) else program_fault(error)
        n_kept, is_there = counted(take.n_notes, "note"), path.is_file()
        cut_off_take(journal, take.take_id, path.stat().st_size if is_there else None)
        stays = f"Its recording stays: {path}" if is_there else "Its recording is gone"
        return f"Take {take.take_id} keeps its {n_kept}. {stays}. ({reason})"
    from practiceear.moments import clock_words

    n_notes = counted(len(review.snapshot.notes), "note")
    lasted = clock_words(review.duration_s)
    return f"Recovered as take {take.take_id} of the journal: {n_notes} in {lasted}."


def _complete(journal: Journal, take: TakeRecord, review: TakeReview) -> None:
    from practiceear.journal.from_review import own_loud_level_dbfs, take_result
    from practiceear.journal.reading import recent_levels_dbfs
    from practiceear.journal.records import Moment, Remark, RemarkKind
    from practiceear.journal.writing import add_remark, end_take, transaction
    from practiceear.reports.headline import finding

    levels = recent_levels_dbfs(journal, take.setup.instrument, take.setup.input_device)
    path = journal.audio_folder / str(take.audio_name)
    result = take_result(
        review,
        finding(review),
        loud_level_dbfs=own_loud_level_dbfs(levels),
        audio_name=path.name,
        audio_bytes=path.stat().st_size,
    )
    remark = Remark(Moment.now().utc_s, RemarkKind.NOTE, text=REMARK, take_id=take.take_id)
    with transaction(journal):
        end_take(journal, take.take_id, result)
        add_remark(journal, take.session_id, remark)
