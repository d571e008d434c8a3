"""The tree of commands; each verb has its own file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from practiceear import __version__
from practiceear.audio.container import may_be_take
from practiceear.cli import (
    check,
    devices,
    export,
    journal,
    live,
    practise,
    review,
)
from practiceear.cli.chosen_journal import choose_journal
from practiceear.cli.option_groups import option, with_option_groups
from practiceear.cli.options import refuse_beside_demo
from practiceear.cli.terminal import print_error
from practiceear.errors import ExitCode, UsageError

app = typer.Typer(
    name="practiceear",
    help="Hears how even your notes are in time, loudness and length.",
    add_completion=False,
    rich_markup_mode=None,  # plain help: starts fast and reads well aloud
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    with_option_groups(live.live, refuse_beside_demo),
    practise.plan,
    with_option_groups(practise.practise, refuse_beside_demo),
    with_option_groups(review.review),
    with_option_groups(review.compare),
    export.onsets,
    with_option_groups(export.export),
    check.check,
    check.instruments,
    practise.progress,
    with_option_groups(devices.calibrate),
    devices.devices,
    devices.doctor,
):
    app.command(command.__name__)(command)
app.add_typer(journal.journal_app, name="journal")

OPTIONAL_VALUES = {"--json": ".json", "--csv": ".csv"}
"""Options that may stand without a file, and how a file after them must end."""


@app.callback(invoke_without_command=True)
def practiceear(
    context: typer.Context,
    is_version_wanted: Annotated[
        bool, option("--version", None, "Print the version and stop.", is_eager=True)
    ] = False,
) -> None:
    """Hears how even your notes are in time, loudness and length."""
    if is_version_wanted:
        print(f"practiceear {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(context.get_help())


def parse_and_run(arguments: Sequence[str]) -> int:
    """Parse the command line, run its command and return the exit code.

    Not through Typer's own runner, which ends the process on some errors by itself.
    """
    command = typer.main.get_command(app)
    try:
        with command.make_context("practiceear", with_values(arguments)) as context:
            return int(command.invoke(context) or ExitCode.OK)
    except typer.Exit as done:
        return done.exit_code
    except typer.Abort:
        raise KeyboardInterrupt from None
    except TyperException as error:
        at = getattr(error, "ctx", None)
        verb = at.command_path if at else "practiceear"
        message = _in_plain_words(" ".join(error.format_message().split()).rstrip("."))
        print_error(f"{message}. See {verb} --help.")
        return ExitCode.USAGE
    finally:
        choose_journal(None)


def _in_plain_words(message: str) -> str:
    """The parser's words for a wrong number, as a musician would say it."""
    named, is_whole_number_due, _ = message.partition(": Input should be a valid integer")
    return f"{named}: it must be a whole number" if is_whole_number_due else message


def with_values(arguments: Sequence[str]) -> list[str]:
    """Give ``--json`` and ``--csv`` the value ``-`` (standard output) where they have none.

    What follows is taken for their file only if it ends as such a file does: in
    ``review --json take.wav`` the take must never be taken for the report's target.
    """
    completed: list[str] = []
    for position, argument in enumerate(arguments):
        following = arguments[position + 1] if position + 1 < len(arguments) else ""
        ending = OPTIONAL_VALUES.get(argument)
        if ending and following != "-" and not following.lower().endswith(ending):
            _refuse_odd_target(argument, following, ending)
            completed.append(f"{argument}=-")
        else:
            completed.append(argument)
    return completed


def _refuse_odd_target(option: str, following: str, ending: str) -> None:
    """Raise where what follows an option is no take and was surely meant as its file."""
    path = Path(following)
    try:
        is_take = not following or following.startswith("-") or path.is_file() or path.is_dir()
        is_take = is_take or may_be_take(path)
    except (OSError, ValueError):
        is_take = True  # reviewing it will say what is wrong
    if not is_take:
        raise UsageError(
            f"{following} is no take, and as a report its name should end in {ending}",
            f"Write {option}={following} to use it all the same",
        )
