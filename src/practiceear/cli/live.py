"""``practiceear live``: play, and see at once how even you are."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from practiceear.app.chosen_journal import JournalFolder, choose_journal
from practiceear.cli.end_signals import EndSignals
from practiceear.cli.option_groups import options_of
from practiceear.cli.options import live_options
from practiceear.errors import DeviceError, ExitCode, JournalError, MissingError, UsageError
from practiceear.plain_text import printable

if TYPE_CHECKING:
    from practiceear.analysis.review import TakeReview
    from practiceear.journal.running_take import RunningTake
    from practiceear.live.session import LiveSession
    from practiceear.settings import LiveOptions
    from practiceear.tui.player import SummaryText

Plain = Annotated[
    bool, typer.Option("--plain", help="Lines of text instead of a screen; ends with the report.")
]
Demo = Annotated[bool, typer.Option("--demo", help="The built-in demo take plays instead of you.")]

DEFAULT_INSTRUMENT = "violin"


def live(
    options: LiveOptions = options_of(live_options),
    plain: Plain = False,
    demo: Demo = False,
    journal: JournalFolder = None,
) -> int:
    """Play, and see at once how even you are.

    Without a terminal, or with --plain, in lines of text. Where there is no microphone, the
    built-in demo take plays. Exit code 7: the microphone that was asked for cannot be used,
    or stopped; what was heard until then is reported.
    """
    choose_journal(journal)
    if options.is_quiet_when_in_time and options.program is None and not demo:
        raise UsageError("--quiet-when-in-time means nothing without a metronome", "Give --bpm too")
    is_demo = demo or _is_demo_due(options)
    is_plain = plain or not (sys.stdin.isatty() and sys.stdout.isatty())
    play = _play_plainly if is_plain else _play_on_screen
    with EndSignals() as signals:
        code = play(options, signals, is_demo=is_demo)
    return signals.exit_code or code


def _is_demo_due(options: LiveOptions) -> bool:
    """Whether nothing can be heard here and nobody asked for a device by name."""
    from practiceear.audio.devices import choose_device

    if options.stream.microphone is not None:
        return False
    try:
        choose_device("input")
    except (DeviceError, MissingError) as error:
        print(f"practiceear: {error} The built-in demo take plays instead.", file=sys.stderr)
        return True
    return False


def _play_plainly(options: LiveOptions, signals: EndSignals, *, is_demo: bool) -> int:
    from practiceear.app.take_recovery import recover_aloud
    from practiceear.app.take_saving import begin_keeping
    from practiceear.cli.plain_live import plain_lines
    from practiceear.cli.startup_progress import prepare_pipeline
    from practiceear.live.opening import (
        open_demo,
        open_live,
        prepare_live,
        start_checked,
    )
    from practiceear.settings import DEMO_NAME

    prepare_pipeline()
    if not is_demo:
        with suppress(JournalError):  # it is said at the end, and is no reason not to play
            recover_aloud()
    prepare_live()
    if is_demo:
        print(f"Demo: {DEMO_NAME} plays, a violin, a scale in sixteenths at 66.", flush=True)
        session = open_demo(is_quiet_when_in_time=options.is_quiet_when_in_time)
    else:
        session = open_live(options)
        print(f"Listening with {printable(session.stream.input_name)}.", flush=True)
    signals.then = session.stop
    start_checked(session)
    running = begin_keeping(session) if options.is_recording and not is_demo else None
    try:
        for line in plain_lines(session):
            print(printable(line), flush=True)
    except KeyboardInterrupt:  # the player's way to end a take
        session.stop()
        session.join(5.0)
    finally:
        session.close()
    return _report(session, DEMO_NAME if is_demo else "the take just played", running)


def _report(session: LiveSession, name: str, running: RunningTake | None) -> int:
    """Save the take, print its review and where it is kept; return the exit code."""
    from practiceear.app.take_saving import end_take, say_removed
    from practiceear.cli.plain_live import false_alarm_words
    from practiceear.reports.text import review_text

    ended = end_take(session, name, running)  # first: nothing may be lost while it is printed
    print()
    if ended.review is not None:
        print(review_text(ended.review), end="", flush=True)
    if alarms := false_alarm_words(session.stream.exchange.counts.n_stumbles):
        print(alarms)
    if running is not None and ended.number is not None:
        print(f"In the journal: take {ended.number}.")
        say_removed(running.n_removed)
    writer = session.plan.writer
    if writer is not None and writer.is_kept:
        kept = "Part of the take" if writer.error else "The take"
        print(f"{kept} is kept: {printable(str(writer.path))}")
    for problem in ended.problems:
        print(f"practiceear: {printable(problem)}.", file=sys.stderr)
    return ended.exit_code


def _summary(review: TakeReview) -> SummaryText:
    from practiceear.reports.headline import finding
    from practiceear.reports.text import lines_below_finding
    from practiceear.tui.player import SummaryText

    return SummaryText(finding(review), lines_below_finding(review))


def _play_on_screen(options: LiveOptions, signals: EndSignals, *, is_demo: bool) -> int:
    from practiceear.app.take_backend import DemoBackend, LiveBackend
    from practiceear.app.take_saving import say_removed
    from practiceear.folders import log_path
    from practiceear.settings import DEMO_PROGRAM
    from practiceear.tui.app import PracticeEarApp
    from practiceear.tui.terminal import native_output_to

    setup = replace(
        options,
        instrument=options.instrument or DEFAULT_INSTRUMENT,
        program=DEMO_PROGRAM if is_demo else options.program,
        is_recording=options.is_recording and not is_demo,
    )
    backend = DemoBackend() if is_demo else LiveBackend(is_kept=True)
    with native_output_to(log_path()):
        app = PracticeEarApp(backend, setup, describe=_summary)
        signals.then = app.end_from_outside
        app.run()
    say_removed(backend.n_removed)
    for problem in backend.problems:
        print(f"practiceear: {problem}.", file=sys.stderr)
    return ExitCode.INTERNAL if app.return_code else backend.exit_code
