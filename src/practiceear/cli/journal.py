"""``practiceear journal``: what was played over the years, on this machine only."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from practiceear.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from practiceear.journal.connection import Journal
    from practiceear.journal.reading import TakeFilter

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


Since = Annotated[str | None, typer.Option("--since", metavar="DAY", help="Such as 2026-03-01.")]
Until = Annotated[str | None, typer.Option("--until", metavar="DAY", help="The last day.")]
Drill = Annotated[str | None, typer.Option("--drill", metavar="NAME", help="Of this drill only.")]
Tag = Annotated[str | None, typer.Option("--tag", metavar="TAG", help="With this tag only.")]
Number = Annotated[int, typer.Argument(metavar="TAKE", help="Its number in the list.")]
Numbers = Annotated[list[int], typer.Argument(metavar="TAKE...", help="Numbers in the list.")]


@contextmanager
def open_own_journal() -> Iterator[Journal]:
    """The journal of this player, for as long as it is needed."""
    from practiceear.journal.connection import open_journal
    from practiceear.session.folders import data_folder

    with open_journal(data_folder()) as journal:
        if journal.copied_to is not None:
            print(
                f"practiceear: the journal was brought up to date; a copy of the old one is"
                f" {journal.copied_to}",
                file=sys.stderr,
            )
        yield journal


@journal_app.command("list")
def list_(
    since: Since = None,
    until: Until = None,
    drill: Drill = None,
    tag: Tag = None,
    most: Annotated[int, typer.Option("--most", metavar="N", help="The newest N.", min=1)] = 20,
) -> int:
    """List takes with what was said in their sessions, the newest last."""
    from practiceear.journal.listing import listed_sessions
    from practiceear.reports.journal_lines import list_lines

    wanted = _filter(since, until, drill, tag, most)
    with open_own_journal() as journal:
        print("\n".join(list_lines(listed_sessions(journal, wanted))))
    return ExitCode.OK


@journal_app.command()
def show(
    take: Annotated[
        int | None, typer.Argument(metavar="TAKE", help="Its number in the list.")
    ] = None,
    session: Annotated[
        int | None,
        typer.Option("--session", metavar="N", help="A session instead, with all that was said."),
    ] = None,
) -> int:
    """Show a take with all its measures and remarks, or a session."""
    from practiceear.journal.listing import listed_session
    from practiceear.journal.reading import find_take, measures_of, remarks_of
    from practiceear.reports.journal_lines import session_lines, whole_take_lines

    if (take is None) == (session is None):
        raise UsageError("one take or one session can be shown", "Give a number, or --session N")
    with open_own_journal() as journal:
        if session is not None:
            print("\n".join(session_lines(listed_session(journal, session))))
        elif take is not None:
            found, measures = find_take(journal, take), measures_of(journal, take)
            remarks = remarks_of(journal, session_id=found.session_id)
            said = [one for one in remarks if one.take_id in (None, take)]
            print("\n".join(whole_take_lines(found, measures, said)))
    return ExitCode.OK


@journal_app.command()
def tag(take: Number, word: Annotated[str, typer.Argument(metavar="TAG", help="One word.")]) -> int:
    """Tag a take."""
    from practiceear.journal.records import RemarkKind

    _remark(take, RemarkKind.TAG, text=word)
    return ExitCode.OK


@journal_app.command()
def say(
    take: Number,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="A remark; may be empty.")] = "",
    effort: Annotated[
        float | None, typer.Option("--effort", metavar="0..10", help="How hard it was.")
    ] = None,
    pain: Annotated[
        float | None, typer.Option("--pain", metavar="0..10", help="How much it hurt.")
    ] = None,
) -> int:
    """Write down effort, pain or a remark for a take."""
    from practiceear.journal.records import RemarkKind

    if not text and effort is None and pain is None:
        raise UsageError("there is nothing to write down", "Give a text, --effort or --pain")
    for kind, number in ((RemarkKind.EFFORT, effort), (RemarkKind.PAIN, pain)):
        if number is not None:
            _remark(take, kind, number=number)
    if text:
        _remark(take, RemarkKind.NOTE, text=text)
    return ExitCode.OK


@journal_app.command()
def export(
    since: Since = None,
    until: Until = None,
    drill: Drill = None,
    tag: Tag = None,
    json_target: Annotated[
        str | None, typer.Option("--json", metavar="FILE", help="One object a session; - prints.")
    ] = None,
    csv_target: Annotated[
        str | None,
        typer.Option(
            "--csv",
            metavar="FILE",
            help="One row a take, with its session's pain and effort; - prints.",
        ),
    ] = None,
    zip_target: Annotated[
        Path | None, typer.Option("--zip", metavar="FILE", help="Everything, with recordings.")
    ] = None,
) -> int:
    """Export sessions for a teacher, a therapist or another machine.

    Sessions that ended before anything was played are in it, with what was said in them.
    """
    from practiceear.journal.archive import write_archive
    from practiceear.journal.listing import listed_sessions
    from practiceear.journal.portable import session_object
    from practiceear.reports.body_lines import counted
    from practiceear.reports.journal_lines import sessions_csv
    from practiceear.reports.write import write_report

    if not (json_target or csv_target or zip_target):
        raise UsageError("nothing says where to export to", "Give --json, --csv or --zip")
    with open_own_journal() as journal:
        listed = listed_sessions(journal, _filter(since, until, drill, tag, None))
        sessions = sorted(one.number for one in listed)
        chosen = {take.take_id for one in listed for take in one.takes}
        if csv_target:
            write_report(csv_target, sessions_csv(listed))
        if json_target:
            objects = [session_object(journal, one, chosen) for one in sessions]
            text = json.dumps(objects, allow_nan=False, ensure_ascii=False, indent=1)
            write_report(json_target, text + "\n")
        if zip_target:
            write_archive(journal, sessions, zip_target, chosen)
    if "-" not in (json_target, csv_target):
        print(f"{counted(len(chosen), 'take')} of {counted(len(sessions), 'session')} exported.")
    return ExitCode.OK


@journal_app.command(name="import")
def import_(
    archive: Annotated[Path, typer.Argument(metavar="FILE.zip", help="Made by export --zip.")],
) -> int:
    """Import an export; what is known already stays."""
    from practiceear.journal.archive import import_archive

    with open_own_journal() as journal:
        found = import_archive(journal, archive)
    known = f", {found.n_known} known already" if found.n_known else ""
    print(
        f"{found.n_sessions} sessions with {found.n_takes} takes and {found.n_recordings}"
        f" recordings imported{known}."
    )
    return ExitCode.OK


@journal_app.command()
def delete(
    takes: Numbers,
    is_sure: Annotated[
        bool, typer.Option("--yes", help="Without it only what would go is listed.")
    ] = False,
) -> int:
    """Delete takes with their recordings; they cannot be brought back."""
    from practiceear.journal.reading import find_take
    from practiceear.journal.writing import delete_take
    from practiceear.reports.journal_lines import take_lines

    with open_own_journal() as journal:
        found = [find_take(journal, one) for one in takes]
        print("\n".join(take_lines(found)))
        if not is_sure:
            print("Nothing is deleted yet: say it again with --yes.")
            return ExitCode.OK
        for one in found:
            delete_take(journal, one.take_id)
    print(f"{len(found)} deleted.")
    return ExitCode.OK


@journal_app.command()
def tidy(
    most_gb: Annotated[
        float | None,
        typer.Option("--keep-gb", metavar="N", help="Recordings up to so much; else 10.", min=0),
    ] = None,
) -> int:
    """Remove the oldest recordings without a tag beyond a size.

    Takes and their numbers stay. Whenever a take is recorded the same is done beyond 10 GB.
    """
    from practiceear.journal.recordings import MOST_GB, remove_oldest

    kept_gb = MOST_GB if most_gb is None else most_gb
    with open_own_journal() as journal:
        n_removed, left_bytes = remove_oldest(journal, kept_gb * 1e9)
    print(f"{n_removed} recordings removed, {left_bytes / 1e9:.2f} GB kept.")
    return ExitCode.OK


@journal_app.command()
def salvage() -> int:
    """Save what can be read of a damaged journal.

    The damaged file is kept.
    """
    from practiceear.journal.salvage import salvage_journal
    from practiceear.session.folders import data_folder

    found = salvage_journal(data_folder())
    saved = ", ".join(f"{number} {table}s" for table, number in found.n_saved.items())
    print(f"Saved: {saved}.")
    print(
        f"Reading failed {found.n_skips} times, {found.n_orphans} rows had lost what they belong"
        f" to. The damaged file is kept: {found.damaged}"
    )
    return ExitCode.OK


def _filter(
    since: str | None, until: str | None, drill: str | None, tag: str | None, most: int | None
) -> TakeFilter:
    from practiceear.journal.reading import TakeFilter

    return TakeFilter(since_day=_day(since), until_day=_day(until), drill=drill, tag=tag, most=most)


def _day(text: str | None) -> str | None:
    from datetime import date

    try:
        return None if text is None else date.fromisoformat(text).isoformat()
    except ValueError:
        raise UsageError(f"{text!r} is no day", "Write it as 2026-03-01") from None


def _remark(take_id: int, kind: object, *, number: float | None = None, text: str = "") -> None:
    from practiceear.journal.reading import find_take
    from practiceear.journal.records import Moment, Remark, RemarkKind
    from practiceear.journal.writing import add_remark

    try:
        remark = Remark(
            Moment.now().utc_s, RemarkKind(kind), number=number, text=text, take_id=take_id
        )
    except ValueError as error:
        raise UsageError(str(error), "Give a number from 0 to 10") from error
    with open_own_journal() as journal:
        found = find_take(journal, take_id)
        add_remark(journal, found.session_id, remark)
