"""``practiceear journal``: what was played over the years, on this machine only."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from practiceear.cli.chosen_journal import (
    JournalFolder,
    JournalOrArchive,
    choose_journal,
    is_archive,
    journal_to_read,
    journal_to_write,
    may_merge,
)
from practiceear.cli.option_groups import option, options_of, with_option_groups
from practiceear.errors import ExitCode, UsageError
from practiceear.plain_text import printable_lines

if TYPE_CHECKING:
    from practiceear.journal.reading import TakeFilter
    from practiceear.journal.records import RemarkKind

journal_app = typer.Typer(
    help="List, tag, export, import and delete what was played.",
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@journal_app.callback(invoke_without_command=True)
def journal(context: typer.Context) -> None:
    """List, tag, export, import and delete what was played."""
    if context.invoked_subcommand is None:
        print(context.get_help())


Since = Annotated[str | None, option("--since", "DAY", "Such as 2026-03-01.")]
Until = Annotated[str | None, option("--until", "DAY", "The last day.")]
Drill = Annotated[str | None, option("--drill", "NAME", "Of this drill only.")]
Tag = Annotated[str | None, option("--tag", "TAG", "With this tag only.")]


def take_filter(
    since: Since = None, until: Until = None, drill: Drill = None, tag: Tag = None
) -> TakeFilter:
    """Which takes are meant."""
    from practiceear.journal.reading import TakeFilter

    return TakeFilter(since_day=_day(since), until_day=_day(until), drill=drill, tag=tag)


Number = Annotated[int, typer.Argument(metavar="TAKE", help="Its number in the list.")]
Numbers = Annotated[list[int], typer.Argument(metavar="TAKE...", help="Numbers in the list.")]


def list_(
    chosen: TakeFilter = options_of(take_filter),
    most: Annotated[int, option("--most", "N", "The newest N.", min=1)] = 20,
    journal: JournalOrArchive = None,
) -> int:
    """List takes with what was said in their sessions, the newest last."""
    from practiceear.journal.listing import listed_sessions
    from practiceear.reports.journal_lines import list_lines

    with journal_to_read(journal) as opened:
        listed = listed_sessions(opened, replace(chosen, most=most))
        print(printable_lines(list_lines(listed)))
    return ExitCode.OK


def show(
    take: Annotated[
        int | None,
        typer.Argument(metavar="TAKE", help="Its number in the list."),
    ] = None,
    session: Annotated[
        int | None, option("--session", "N", "A session instead, with all that was said.")
    ] = None,
    journal: JournalOrArchive = None,
) -> int:
    """Show a take with all its measures and remarks, or a session."""
    from practiceear.journal.listing import listed_session
    from practiceear.journal.reading import find_take, measures_of, remarks_of
    from practiceear.reports.journal_lines import session_lines, whole_take_lines

    if (take is None) == (session is None):
        raise UsageError("one take or one session can be shown", "Give a number, or --session N")
    with journal_to_read(journal) as opened:
        if session is not None:
            lines = session_lines(listed_session(opened, session))
        elif take is not None:
            found, measures = find_take(opened, take), measures_of(opened, take)
            remarks = remarks_of(opened, session_id=found.session_id)
            of_take = [remark for remark in remarks if remark.take_id in (None, take)]
            lines = whole_take_lines(found, measures, of_take)
    print(printable_lines(lines))
    return ExitCode.OK


def tag(
    take: Number,
    word: Annotated[str, typer.Argument(metavar="TAG", help="One word.")],
    journal: JournalFolder = None,
) -> int:
    """Tag a take."""
    from practiceear.journal.records import RemarkKind

    _add_remarks(journal, take, [(RemarkKind.TAG, None, word)])
    return ExitCode.OK


def note(
    take: Number,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="A remark; may be empty.")] = "",
    effort: Annotated[float | None, option("--effort", "0..10", "How hard it was.")] = None,
    pain: Annotated[float | None, option("--pain", "0..10", "How much it hurt.")] = None,
    journal: JournalFolder = None,
) -> int:
    """Write down effort, pain or a remark for a take."""
    from practiceear.journal.records import RemarkKind

    numbers = ((RemarkKind.EFFORT, effort), (RemarkKind.PAIN, pain))
    remarks: list[tuple[RemarkKind, float | None, str]] = [
        (kind, number, "") for kind, number in numbers if number is not None
    ]
    if text:
        remarks.append((RemarkKind.NOTE, None, text))
    if not remarks:
        raise UsageError("there is nothing to write down", "Give a text, --effort or --pain")
    _add_remarks(journal, take, remarks)
    return ExitCode.OK


def export(
    chosen: TakeFilter = options_of(take_filter),
    json_target: Annotated[
        str | None, option("--json", "FILE", "One object a session; - prints.")
    ] = None,
    csv_target: Annotated[
        str | None,
        option("--csv", "FILE", "One row a take, with its session's pain and effort; - prints."),
    ] = None,
    zip_target: Annotated[
        Path | None, option("--zip", "FILE", "Everything, with recordings.")
    ] = None,
    journal: JournalOrArchive = None,
) -> int:
    """Export sessions for a teacher, a therapist or another machine.

    Sessions that ended before anything was played are in it, with what was said in them.
    """
    from practiceear.journal.archive import write_archive
    from practiceear.journal.export_format import session_object
    from practiceear.journal.listing import listed_sessions
    from practiceear.reports.journal_lines import sessions_csv
    from practiceear.reports.words import counted
    from practiceear.reports.write import write_report

    if not (json_target or csv_target or zip_target):
        raise UsageError("nothing says where to export to", "Give --json, --csv or --zip")
    if zip_target and journal is not None and is_archive(journal):
        raise UsageError(f"{journal} is an export already", "Copy the file")
    with journal_to_read(journal) as opened:
        listed = listed_sessions(opened, chosen)
        sessions = sorted(session.number for session in listed)
        takes = {take.take_id for session in listed for take in session.takes}
        if csv_target:
            write_report(csv_target, sessions_csv(listed))
        if json_target:
            objects = [session_object(opened, number, takes) for number in sessions]
            text = json.dumps(objects, allow_nan=False, indent=1)
            write_report(json_target, text + "\n")
        if zip_target:
            write_archive(opened, sessions, zip_target, takes)
    if "-" not in (json_target, csv_target):
        print(f"{counted(len(takes), 'take')} of {counted(len(sessions), 'session')} exported.")
    return ExitCode.OK


def import_(
    archive: Annotated[Path, typer.Argument(metavar="FILE.zip", help="Made by export --zip.")],
    is_sure: Annotated[bool, option("--yes", None, "It is the same person's: do not ask.")] = False,
    journal: JournalFolder = None,
) -> int:
    """Import an export; what is known already stays.

    An export of which the journal knows no session may be another person's: it asks before both
    become one. With --journal every person has a journal of their own; to look at an export
    without importing it, give it to --journal of list, show, progress or plan.
    """
    from practiceear.journal.archive import import_archive
    from practiceear.reports.words import counted

    with journal_to_write(journal, is_new=True) as opened:
        found = import_archive(
            opened, archive, lambda content: is_sure or may_merge(content, archive)
        )
    if found is None:
        print("Nothing is imported.")
        return ExitCode.OK
    known = f", {found.n_known} known already" if found.n_known else ""
    print(
        f"{counted(found.n_sessions, 'session')} with {counted(found.n_takes, 'take')} and"
        f" {counted(found.n_recordings, 'recording')} imported{known}."
    )
    return ExitCode.OK


def delete(
    takes: Numbers,
    is_sure: Annotated[
        bool, option("--yes", None, "Without it only what would go is listed.")
    ] = False,
    journal: JournalFolder = None,
) -> int:
    """Delete takes with their recordings; they cannot be brought back."""
    from practiceear.journal.reading import find_take
    from practiceear.journal.writing import delete_take
    from practiceear.reports.journal_lines import take_lines

    with journal_to_write(journal) as opened:
        found = [find_take(opened, number) for number in takes]
        print(printable_lines(take_lines(found)))
        if not is_sure:
            print("Nothing is deleted yet: say it again with --yes.")
            return ExitCode.OK
        for take in found:
            delete_take(opened, take.take_id)
    print(f"{len(found)} deleted.")
    return ExitCode.OK


def prune(
    most_gb: Annotated[
        float | None, option("--keep-gb", "N", "Recordings up to so much; else 10.", min=0)
    ] = None,
    journal: JournalFolder = None,
) -> int:
    """Remove the oldest recordings without a tag beyond a size.

    Takes and their numbers stay. Whenever a take is recorded the same is done beyond 10 GB.
    """
    from practiceear.journal.writing import MOST_GB, prune_recordings
    from practiceear.reports.words import counted

    limit_gb = MOST_GB if most_gb is None else most_gb
    if not math.isfinite(limit_gb):
        raise UsageError(f"{limit_gb} is no size", "Give a number of GB, such as --keep-gb 10")
    with journal_to_write(journal) as opened:
        n_removed, left_bytes = prune_recordings(opened, limit_gb * 1e9)
    print(f"{counted(n_removed, 'recording')} removed, {left_bytes / 1e9:.2f} GB kept.")
    return ExitCode.OK


def recover(journal: JournalFolder = None) -> int:
    """Save what can be read of a damaged journal.

    The damaged file is kept.
    """
    from practiceear.files import journal_folder
    from practiceear.journal.recovery import recover_journal
    from practiceear.reports.words import counted

    choose_journal(journal)
    found = recover_journal(journal_folder())
    saved = ", ".join(counted(number, table) for table, number in found.n_saved.items())
    print(f"Saved: {saved}.")
    print(
        f"Reading failed {counted(found.n_skips, 'time')}, {counted(found.n_orphans, 'row')} had"
        f" lost what they belong to. The damaged file is kept: {found.damaged}"
    )
    return ExitCode.OK


def _day(text: str | None) -> str | None:
    from practiceear.moments import read_day

    try:
        return None if text is None else read_day(text).isoformat()
    except ValueError:
        raise UsageError(f"{text!r} is no day", "Write it as 2026-03-01") from None


def _add_remarks(
    chosen: Path | None, take_id: int, given: list[tuple[RemarkKind, float | None, str]]
) -> None:
    """Add all remarks to a take, or none."""
    from practiceear.journal.reading import find_take
    from practiceear.journal.records import Moment, Remark
    from practiceear.journal.writing import add_remark, transaction

    now_s = Moment.now().utc_s
    try:
        remarks = [Remark(now_s, *remark, take_id=take_id) for remark in given]
    except ValueError as error:
        raise UsageError(str(error), "Say it again") from error
    with journal_to_write(chosen) as opened:
        found = find_take(opened, take_id)
        with transaction(opened):
            for remark in remarks:
                add_remark(opened, found.session_id, remark)


COMMANDS: dict[str, Callable[..., int]] = {
    "list": list_,
    "show": show,
    "tag": tag,
    "say": note,
    "export": export,
    "import": import_,
    "delete": delete,
    "tidy": prune,
    "salvage": recover,
}
for name, command in COMMANDS.items():
    journal_app.command(name)(with_option_groups(command))
