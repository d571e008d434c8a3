"""``practiceear instruments``: what can be listened to."""

from __future__ import annotations

from typing import Annotated

import typer

from practiceear.errors import ExitCode, PracticeEarError
from practiceear.plain_text import printable, printable_lines

Names = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME...]", help="Tell all about these.")
]
Test = Annotated[
    bool, typer.Option("--test", help="Test a profile as its author should: a made-up take.")
]


def instruments(names: Names = None, is_tested: Test = False) -> int:
    """List the instruments, or tell all about some.

    With --test, exit code 1 where a profile does not keep what it promises.
    """
    from practiceear.instruments.registry import instrument_sources, load_instrument

    if not names and not is_tested:
        for name, package in instrument_sources().items():
            print(printable(name if package == "practiceear" else f"{name}  (from {package})"))
        return ExitCode.OK
    from practiceear.reports.instrument_words import instrument_lines

    code = ExitCode.OK
    for name in names or instrument_sources():
        try:
            profile = load_instrument(name)
        except PracticeEarError as error:
            if names and len(names) == 1:
                raise
            from practiceear.cli.error_output import complain

            code = ExitCode(complain(error))
            continue
        print(printable_lines(instrument_lines(profile)))
        if is_tested:
            from practiceear.fixtures.conformance import broken_promises

            broken = broken_promises(profile)
            print(
                printable_lines(f"  BROKEN        {one}" for one in broken)
                or "  tested        passed"
            )
            code = ExitCode.REGRESSION if broken else code
    return code
