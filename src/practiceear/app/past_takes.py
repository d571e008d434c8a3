"""Takes of before: recordings, heard and completed; and the journal, one take a page.

A crash or a power cut leaves a partial recording and a take in the journal without an end. It
is measured as any recorded take; a recording that cannot be read stays where it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from practiceear.errors import OutputError, PracticeEarError, TakeError, program_fault
from practiceear.settings import LiveOptions
from practiceear.tui.player import JournalPage, SummaryText, TakePlayback

if TYPE_CHECKING:
    from practiceear.analysis.review import TakeReview
    from practiceear.audio.blocks import AudioBlock
    from practiceear.audio.takefile import TakeFile
    from practiceear.journal.connection import Journal
    from practiceear.journal.listing import GroupedTake
    from practiceear.journal.records import TakeRecord
    from practiceear.settings import Exercise

MOST_PAGES = 999

REMARK = "Recovered: the program or the machine stopped while it was played; its end may be missing"

NO_GRID = "Its grid is not kept, so no deviation is drawn; measured is the tempo with most notes."


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


class JournalPages:
    """The pages of a player's journal; opened for every page, since takes are added meanwhile."""

    def unfinished(self) -> str:
        """Which takes were cut off while they were recorded, in words; empty where none were."""
        return unfinished_words()

    def recover(self, progress: Callable[[str], None]) -> Iterator[str]:
        """Complete them from their recordings; yields what is done, in words."""
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
