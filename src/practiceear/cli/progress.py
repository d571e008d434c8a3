"""``practiceear progress``: what weeks of practice changed, beyond chance or not."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from practiceear.errors import ExitCode

Drill = Annotated[str | None, typer.Option("--drill", metavar="NAME", help="Of this drill only.")]
HtmlTarget = Annotated[
    str | None, typer.Option("--html", metavar="FILE", help="One page, to print or to send.")
]


Details = Annotated[bool, typer.Option("--details", help="With the last days of every drill.")]


def progress(drill: Drill = None, html_target: HtmlTarget = None, details: Details = False) -> int:
    """Say what weeks of practice changed: pain and effort first, then evenness."""
    from practiceear.cli.journal import open_own_journal
    from practiceear.practice.progress import read_progress
    from practiceear.reports.progress_lines import progress_lines

    with open_own_journal() as journal:
        found = read_progress(journal, date.today(), drill=drill)
    if html_target is not None:
        from practiceear.reports.sheet.progress_page import progress_page
        from practiceear.reports.write import write_report

        write_report(html_target, progress_page(found))
        return ExitCode.OK
    print("\n".join(progress_lines(found, is_detailed=details)))
    return ExitCode.OK
