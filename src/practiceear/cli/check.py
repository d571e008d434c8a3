"""``practiceear check`` and ``instruments``: fixtures heard again, profiles listed and tested."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from practiceear.cli.option_groups import option
from practiceear.cli.options import JsonTarget
from practiceear.errors import ExitCode, PracticeEarError, UsageError
from practiceear.plain_text import printable, printable_lines

Folder = Annotated[
    Path, typer.Argument(metavar="[DIR]", help="A folder of fixtures, or one fixture.")
]
Update = Annotated[
    bool, option("--update", None, "Take what is reported now as expected from now on.")
]


def check(
    folder: Folder = Path("recordings/fixtures"),
    json_target: JsonTarget = None,
    update: Update = False,
) -> int:
    """Hear every fixture and hold it against its thresholds.

    Exit code 1 where a fixture falls short of a threshold or reports other than expected.
    """
    from practiceear.cli.terminal import prepare_pipeline
    from practiceear.fixtures.check import check_fixture, read_thresholds
    from practiceear.fixtures.fixture import find_fixtures, read_fixture
    from practiceear.reports.detector_lines import check_table
    from practiceear.reports.json import check_json
    from practiceear.reports.write import STANDARD_OUTPUT, refuse_target, write_report

    if update and json_target is not None:
        raise UsageError("--update prints no JSON", "Check without it, then update")
    folder = folder.resolve()
    folders = find_fixtures(folder)
    thresholds = read_thresholds(folder if folders != [folder] else folder.parent)
    if json_target is not None:
        refuse_target(json_target, [])
    prepare_pipeline()
    if update:
        return _update(folders)
    default = thresholds["default"]
    verdicts = [
        check_fixture(read_fixture(path), thresholds.get(path.name, default)) for path in folders
    ]
    if json_target is not None:
        write_report(json_target, check_json(verdicts))
    if json_target != STANDARD_OUTPUT:
        print(check_table(verdicts), end="")
    is_passed = all(verdict.is_passed for verdict in verdicts)
    return ExitCode.OK if is_passed else ExitCode.REGRESSION


def _update(folders: list[Path]) -> int:
    from practiceear.fixtures.check import hear_fixture
    from practiceear.fixtures.fixture import (
        EXPECTED_NAME,
        expectation_of,
        expectation_text,
        read_fixture,
    )
    from practiceear.reports.write import write_report

    for folder in folders:
        snapshot = hear_fixture(read_fixture(folder))
        write_report(str(folder / EXPECTED_NAME), expectation_text(expectation_of(snapshot)))
        print(f"{printable(folder.name)}: {len(snapshot.notes)} onsets are expected from now on.")
    return ExitCode.OK


Names = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME...]", help="Tell all about these.")
]
Test = Annotated[
    bool, option("--test", None, "Test a profile as its author should: a made-up take.")
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
    from practiceear.reports.detector_lines import instrument_lines

    code = ExitCode.OK
    for name in names or instrument_sources():
        try:
            profile = load_instrument(name)
        except PracticeEarError as error:
            if names and len(names) == 1:
                raise
            from practiceear.cli.terminal import complain

            code = ExitCode(complain(error))
            continue
        print(printable_lines(instrument_lines(profile)))
        if is_tested:
            from practiceear.fixtures.conformance import broken_promises

            broken = broken_promises(profile)
            print(
                printable_lines(f"  BROKEN        {promise}" for promise in broken)
                or "  tested        passed"
            )
            code = ExitCode.REGRESSION if broken else code
    return code
