"""Recorded takes: heard as set up on the screens, played again, put on a page, completed.

A crash or a power cut leaves a partial recording and a take in the journal without an end. It
is measured as any recorded take; a recording that cannot be read stays where it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from practiceear.errors import OutputError, PracticeEarError, TakeError, program_fault
from practiceear.settings import LiveOptions
from practiceear.tui.player import TakePlayback

if TYPE_CHECKING:
    from practiceear.analysis.review import TakeReview
    from practiceear.audio.blocks import AudioBlock
    from practiceear.audio.takefile import TakeFile
    from practiceear.journal.connection import Journal
    from practiceear.journal.records import TakeRecord
    from practiceear.settings import Exercise

MOST_PAGES = 999

REMARK = "Recovered: the program or the machine stopped while it was played; its end may be missing"


class RecordedTakes:
    """The takes on disk, as the screens see them."""

    def folder(self) -> Path:
        """Where takes are saved; OutputError where there is no such folder."""
        from practiceear.files import takes_folder

        return takes_folder()

    def review(self, path: Path, exercise: Exercise, progress: Callable[[str], None]) -> TakeReview:
        """Analyse a take as ``practiceear review`` does; TakeError if unreadable or silent."""
        from practiceear.analysis.review import review_take
        from practiceear.audio.blocks import ObservedSource
        from practiceear.audio.takefile import TakeFile
        from practiceear.instruments.registry import load_profile

        try:
            take = TakeFile(path)
            profile = load_profile(exercise.instrument)
            source = ObservedSource(take, partial(_reporting, take, progress))
            return review_take(take, source, profile, exercise)
        except OSError as error:
            reason = error.strerror or str(error)
            raise TakeError(
                f"{path} cannot be read on: {reason}", "Check the disk it is on"
            ) from error

    def playback(self, path: Path, duration_s: float, setup: LiveOptions) -> TakePlayback:
        """A take that can be heard; TakeError where it cannot be read."""
        from practiceear.audio.take_player import TakePlayer

        return TakePlayer(path, duration_s, setup.stream.loudspeaker)

    def write_page(self, review: TakeReview, path: Path) -> Path:
        """Write the page of a take beside it, or into the takes folder where that cannot be.

        An existing page stays: it may hold somebody's corrections. TakeError where the take can no
        longer be read, OutputError where no page can be written.
        """
        from practiceear.reports.page.page import write_review_page
        from practiceear.reports.write import refuse_target

        target = _free_name(path.parent, path.stem).absolute()
        try:
            refuse_target(str(target), [path])
        except OutputError:
            target = _free_name(self.folder(), path.stem).absolute()
        write_review_page(str(target), review, path, None, has_audio=True)
        return target


def _reporting(
    take: TakeFile, progress: Callable[[str], None], blocks: Iterator[AudioBlock]
) -> Iterator[AudioBlock]:
    """Deliver a take's blocks, reporting every hundredth, or every second, of them."""
    reported = ""
    for block in blocks:
        heard_s = block.end_sample / take.rate_hz
        words = f"{heard_s:.0f} s heard"
        if take.duration_s:
            words = f"{min(100.0 * heard_s / take.duration_s, 100.0):.0f} %"
        if words != reported:
            reported = words
            progress(words)
        yield block
    progress("heard, now measured")


def _free_name(folder: Path, stem: str) -> Path:
    for number in range(1, MOST_PAGES + 1):
        target = folder / (f"{stem}.html" if number == 1 else f"{stem}-{number}.html")
        if not target.exists():
            return target
    raise OutputError(f"{folder} holds {MOST_PAGES} pages of {stem}", "Remove some of them")


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
    from practiceear.files import journal_folder
    from practiceear.journal.connection import open_journal
    from practiceear.journal.writing import unfinished_recordings

    with open_journal(journal_folder()) as journal:
        for take in unfinished_recordings(journal):
            yield f"The take of {began_words(take)} was cut off. Recovering it ..."
            yield _recovered(journal, take, progress)


def unfinished_words() -> str:
    """Which takes were cut off while they were recorded, in words; empty where none were."""
    from practiceear.files import journal_folder
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
