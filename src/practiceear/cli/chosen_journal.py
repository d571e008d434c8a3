"""The journal that a command works with: the player's own, one of a folder, or an archive."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from practiceear.cli.option_groups import option
from practiceear.cli.terminal import print_error
from practiceear.errors import UsageError
from practiceear.plain_text import printable

if TYPE_CHECKING:
    from practiceear.journal.archive_reading import ArchiveContent
    from practiceear.journal.connection import Journal

ARCHIVE_ENDING = ".zip"

JournalFolder = Annotated[
    Path | None, option("--journal", "FOLDER", "A journal of its own, such as one for each player.")
]
JournalOrArchive = Annotated[
    Path | None,
    option(
        "--journal",
        "FOLDER|FILE.zip",
        "Another journal: its folder, or an export, which is only read.",
    ),
]


def choose_journal(chosen: Path | None) -> None:
    """Choose the journal of a folder for the command; None: the player's own.

    UsageError where an archive or another file is named.
    """
    from practiceear import files

    if chosen is not None and is_archive(chosen):
        raise UsageError(
            f"{chosen} is an export, and those are only read",
            "Name a folder, or import it into one: practiceear journal import",
        )
    if chosen is not None and chosen.is_file():
        raise UsageError(
            f"{chosen} is a file", "Name the folder of a journal, or an export that ends in .zip"
        )
    files.choose_journal(chosen)


def is_archive(path: Path) -> bool:
    """Whether a path names an export, and not the folder of a journal."""
    return path.suffix.lower() == ARCHIVE_ENDING and not path.is_dir()


@contextmanager
def journal_to_read(chosen: Path | None) -> Iterator[Journal]:
    """The journal that was chosen, to be read only: nothing is made where there is none."""
    from practiceear.files import journal_folder
    from practiceear.journal.archive import open_archive
    from practiceear.journal.connection import has_journal, read_journal, scratch_journal

    if chosen is not None and is_archive(chosen):
        with open_archive(chosen) as journal:
            yield journal
        return
    choose_journal(chosen)
    folder = journal_folder()
    is_new = chosen is None and not has_journal(folder)  # nothing was played yet
    with scratch_journal() if is_new else read_journal(folder) as journal:
        _report_migration(journal)
        yield journal


@contextmanager
def journal_to_write(chosen: Path | None, *, is_new: bool = False) -> Iterator[Journal]:
    """The journal that was chosen; one of a named folder is made only where ``is_new``."""
    from practiceear.errors import JournalError
    from practiceear.files import journal_folder
    from practiceear.journal.connection import has_journal, open_journal

    choose_journal(chosen)
    folder = journal_folder()
    if chosen is not None and not is_new and not has_journal(folder):
        raise JournalError(f"there is no journal in {folder}", "Check the folder's name")
    with open_journal(folder) as journal:
        _report_migration(journal)
        yield journal


def _report_migration(journal: Journal) -> None:
    if journal.copied_to is not None:
        print_error(
            f"the journal was brought up to date; a copy of the old one is {journal.copied_to}"
        )


def may_merge(content: ArchiveContent, archive: Path) -> bool:
    """Ask whether an archive of which the journal knows nothing is the same person's.

    UsageError without a terminal.
    """
    from practiceear.files import journal_folder

    shares = f"shares no session with the journal in {journal_folder()}"
    if not sys.stdin.isatty():
        raise UsageError(
            f"{archive} {shares}: it may be another person's",
            "Give --yes if both are the same person's, or --journal FOLDER to keep them apart",
        )
    days = sorted(entry.day for entry in content.entries)
    span = days[0] if days[0] == days[-1] else f"{days[0]} to {days[-1]}"
    takes = "1 take" if content.n_takes == 1 else f"{content.n_takes} takes"
    print(printable(f"{archive} holds {takes}, {span}."))
    print(printable(f"It {shares}, so it may be another person's."))
    print("Are both the same person's, to become one journal? [y/n] ", end="", flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")
