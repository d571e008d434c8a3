"""``practiceear live``: play, and see at once how even you are."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from practiceear.app.chosen_journal import JournalFolder, choose_journal
from practiceear.cli import live_options as options
from practiceear.cli.end_signals import EndSignals
from practiceear.cli.options import Instrument
from practiceear.errors import DeviceError, ExitCode, JournalError, MissingError, UsageError
from practiceear.plain_text import printable

if TYPE_CHECKING:
    from practiceear.analysis.review import TakeReview
    from practiceear.journal.running_take import RunningTake
    from practiceear.live.session import LiveSession
    from practiceear.live.wish import LiveWish
    from practiceear.tui.player import SummaryText

Plain = Annotated[
    bool, typer.Option("--plain", help="Lines of text instead of a screen; ends with the report.")
]
Demo = Annotated[bool, typer.Option("--demo", help="The built-in demo take plays instead of you.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No judgement on the screen while you play.")]
NoRecord = Annotated[bool, typer.Option("--no-record", help="Do not keep the take.")]

DEFAULT_INSTRUMENT = "violin"


def live(
    instrument: Instrument = None,
    bpm: options.LiveBpm = None,
    beats: options.LiveBeats = "4",
    subdivision: options.LiveNotes = "1",
    count_in: options.CountIn = 1,
    gap: options.Gap = None,
    tempo_change: options.TempoChanges = None,
    click_slots: options.Slots = False,
    volume: options.Volume = -12.0,
    silent: options.Silent = False,
    breath: options.Breath = None,
    quiet_when_in_time: options.QuietInTime = False,
    microphone: options.InputDevice = None,
    loudspeaker: options.OutputDevice = None,
    quiet: Quiet = False,
    no_record: NoRecord = False,
    plain: Plain = False,
    demo: Demo = False,
    journal: JournalFolder = None,
) -> int:
    """Play, and see at once how even you are.

    Without a terminal, or with --plain, in lines of text. Where there is no microphone, the
    built-in demo take plays. Exit code 7: the microphone that was asked for cannot be used,
    or stopped; what was heard until then is reported.
    """
    from practiceear.audio.stream import StreamWish
    from practiceear.instruments.registry import refuse_unknown
    from practiceear.live.wish import LiveWish

    choose_journal(journal)
    if demo:
        options.refuse_beside_demo(
            {
                "--instrument": instrument,
                "--bpm": bpm,
                "--gap": gap,
                "--tempo-change": tempo_change,
                "--breath": breath,
                "--input": microphone,
                "--output": loudspeaker,
            }
        )
    program = options.program_of(
        bpm,
        beats,
        subdivision,
        count_in=count_in,
        gap=gap,
        tempo_change=tempo_change,
        click_slots=click_slots,
        volume=volume,
        silent=silent,
        breath=breath,
    )
    refuse_unknown(instrument)
    if quiet_when_in_time and program is None and not demo:
        raise UsageError("--quiet-when-in-time means nothing without a metronome", "Give --bpm too")
    wish = LiveWish(
        instrument=instrument,
        program=program,
        is_recording=not no_record,
        is_quiet_when_in_time=quiet_when_in_time,
        stream=StreamWish(microphone=microphone, loudspeaker=loudspeaker),
    )
    is_demo = demo or _is_demo_due(wish)
    with EndSignals() as signals:
        if plain or not (sys.stdin.isatty() and sys.stdout.isatty()):
            code = _play_plainly(wish, signals, is_demo=is_demo)
        else:
            code = _play_on_screen(wish, signals, is_demo=is_demo, is_quiet=quiet)
    return signals.exit_code or code


def _is_demo_due(wish: LiveWish) -> bool:
    """Whether nothing can be heard here and nobody asked for a device by name."""
    from practiceear.audio.devices import choose_device

    if wish.stream.microphone is not None:
        return False
    try:
        choose_device("input")
    except (DeviceError, MissingError) as error:
        print(f"practiceear: {error} The built-in demo take plays instead.", file=sys.stderr)
        return True
    return False


def _play_plainly(wish: LiveWish, signals: EndSignals, *, is_demo: bool) -> int:
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
    from practiceear.live.wish import DEMO_NAME

    prepare_pipeline()
    if not is_demo:
        with suppress(JournalError):  # it is said at the end, and is no reason not to play
            recover_aloud()
    prepare_live()
    if is_demo:
        print(f"Demo: {DEMO_NAME} plays, a violin, a scale in sixteenths at 66.", flush=True)
        session = open_demo(is_quiet_when_in_time=wish.is_quiet_when_in_time)
    else:
        session = open_live(wish)
        print(f"Listening with {printable(session.stream.input_name)}.", flush=True)
    signals.then = session.stop
    start_checked(session)
    running = begin_keeping(session) if wish.is_recording and not is_demo else None
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


def _play_on_screen(wish: LiveWish, signals: EndSignals, *, is_demo: bool, is_quiet: bool) -> int:
    from practiceear.app.take_backend import DemoBackend, LiveBackend
    from practiceear.app.take_saving import say_removed
    from practiceear.folders import log_path
    from practiceear.live.wish import DEMO_PROGRAM
    from practiceear.tui.app import PracticeEarApp
    from practiceear.tui.player import Setup
    from practiceear.tui.terminal import native_output_to

    setup = Setup(
        instrument=wish.instrument or DEFAULT_INSTRUMENT,
        program=DEMO_PROGRAM if is_demo else wish.program,
        input_device=wish.stream.microphone,
        output_device=wish.stream.loudspeaker,
        is_quiet=is_quiet,
        quiet_when_in_time=wish.is_quiet_when_in_time,
        is_recording=wish.is_recording and not is_demo,
    )
    backend = DemoBackend(wish) if is_demo else LiveBackend(wish, is_kept=True)
    with native_output_to(log_path()):
        app = PracticeEarApp(backend, setup, describe=_summary)
        signals.then = app.end_from_outside
        app.run()
    say_removed(backend.n_removed)
    for problem in backend.problems:
        print(f"practiceear: {problem}.", file=sys.stderr)
    return ExitCode.INTERNAL if app.return_code else backend.exit_code
