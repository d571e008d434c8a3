"""The tree of commands; each verb has its own file."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import click
import typer

from practiceear import __version__
from practiceear.cli import check, instruments, onsets, review
from practiceear.errors import ExitCode

app = typer.Typer(
    name="practiceear",
    help="Hears how even your notes are in time, loudness and length.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # plain help: starts fast and reads well aloud
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("review")(review.review)
app.command("onsets")(onsets.onsets)
app.command("check")(check.check)
app.command("instruments")(instruments.instruments)

OPTIONAL_VALUES = {"--json": ".json", "--csv": ".csv"}
"""Options that may stand without a file, and how a file after them must end."""


@app.callback()
def practiceear(
    is_version_wanted: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.", is_eager=True)
    ] = False,
) -> None:
    """Hears how even your notes are in time, loudness and length."""
    if is_version_wanted:
        print(f"practiceear {__version__}")
        raise typer.Exit


def parse_and_run(arguments: Sequence[str]) -> int:
    """Parse the command line, run its command and return the exit code."""
    try:
        code = app(with_values(arguments), prog_name="practiceear", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message())
        return ExitCode.USAGE
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "practiceear"
        message = error.format_message().rstrip(".")
        print(f"practiceear: {message}. See {command} --help.", file=sys.stderr)
        return ExitCode.USAGE
    except click.exceptions.Abort:
        raise KeyboardInterrupt from None
    return int(code or ExitCode.OK)


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
            completed.append(f"{argument}=-")
        else:
            completed.append(argument)
    return completed
