"""``practiceear live``: play, and see at once how even you are.

In lines of text, one comes when there is something to say, at most one every few seconds:
nobody can listen to more while playing.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from practiceear.cli.chosen_journal import JournalFolder, choose_journal
from practiceear.cli.option_groups import option, options_of
from practiceear.cli.options import live_options
from practiceear.cli.terminal import EndSignals, is_interactive, print_error
from practiceear.errors import DeviceError, ExitCode, JournalError, MissingError, UsageError
from practiceear.plain_text import printable

if TYPE_CHECKING:
    from practiceear.journal.running_take import RunningTake
    from practiceear.live.session import LiveSession
    from practiceear.live.snapshot import LiveSnapshot
    from practiceear.settings import LiveOptions

Plain = Annotated[
    bool, option("--plain", None, "Lines of text instead of a screen; ends with the report.")
]
Demo = Annotated[bool, option("--demo", None, "The built-in demo take plays instead of you.")]

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
    is_plain = plain or not is_interactive()
    play = _play_plainly if is_plain else _play_on_screen
    with EndSignals() as signals:
        code = play(options, signals, is_demo=is_demo)
    return signals.exit_code or code


def _is_demo_due(options: LiveOptions) -> bool:
    """Whether nothing can be heard here and no device was named."""
    from practiceear.audio.devices import choose_device

    if options.stream.microphone is not None:
        return False
    try:
        choose_device("input")
    except (DeviceError, MissingError) as error:
        print_error(f"{error} The built-in demo take plays instead.")
        return True
    return False


def _play_plainly(options: LiveOptions, signals: EndSignals, *, is_demo: bool) -> int:
    from practiceear.app.past_takes import recover_and_print
    from practiceear.app.take_saving import begin_keeping
    from practiceear.cli.terminal import prepare_pipeline
    from practiceear.live.opening import (
        open_demo,
        open_live,
        prepare_live,
        start_checked,
    )
    from practiceear.settings import DEMO_NAME

    prepare_pipeline()
    if not is_demo:
        with suppress(JournalError):  # it is reported at the end, and is no reason not to play
            recover_and_print()
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
    """Save the take, print its review and where it is saved; return the exit code."""
    from practiceear.app.take_saving import end_take, print_removed
    from practiceear.reports.text import review_text

    ended = end_take(session, name, running)  # first: nothing may be lost while it is printed
    print()
    if ended.review is not None:
        print(review_text(ended.review), end="", flush=True)
    if alarms := false_alarm_words(session.stream.exchange.counts.n_stumbles):
        print(alarms)
    if running is not None and ended.number is not None:
        print(f"In the journal: take {ended.number}.")
        print_removed(ended.n_removed)
    writer = session.plan.writer
    if writer is not None and writer.is_kept:
        what = "Part of the take" if writer.error else "The take"
        print(f"{what} is kept: {printable(str(writer.path))}")
    for problem in ended.problems:
        print_error(f"{problem}.")
    return ended.exit_code


def _play_on_screen(options: LiveOptions, signals: EndSignals, *, is_demo: bool) -> int:
    from practiceear.app.take_backend import DemoBackend, LiveBackend
    from practiceear.app.take_saving import print_removed, summary_text
    from practiceear.files import log_path
    from practiceear.settings import DEMO_PROGRAM
    from practiceear.tui.app import PracticeEarApp
    from practiceear.tui.base_app import native_output_to

    setup = replace(
        options,
        instrument=options.instrument or DEFAULT_INSTRUMENT,
        program=DEMO_PROGRAM if is_demo else options.program,
        is_recording=options.is_recording and not is_demo,
    )
    backend = DemoBackend() if is_demo else LiveBackend(is_kept=True)
    with native_output_to(log_path()):
        app = PracticeEarApp(backend, setup, describe=summary_text)
        signals.then = app.end_from_outside
        app.run()
    print_removed(backend.n_removed)
    for problem in backend.problems:
        print_error(f"{problem}.")
    return ExitCode.INTERNAL if app.return_code else backend.exit_code


LINE_EVERY_S = 5.0
POLL_S = 0.05


def plain_lines(session: LiveSession) -> Iterator[str]:
    """Say how a started session goes, until it ends."""
    program = session.plan.options.program
    if program is not None and program.n_count_in_bars:
        bars = "bar" if program.n_count_in_bars == 1 else "bars"
        yield f"Count-in: {program.n_count_in_bars} {bars} of {program.meter} at {program.bpm:g}."
    else:
        yield "Listening. Play when you like."
    warning, last_line_s = "", 0.0
    has_started = False
    while not session.is_finished:
        picture = session.snapshot()
        if picture.n_notes and not has_started:
            has_started, last_line_s = True, picture.elapsed_s
            yield "First note heard."
        if picture.warning and picture.warning != warning:
            yield f"Note: {picture.warning}."
        warning = picture.warning
        if has_started and picture.elapsed_s - last_line_s >= LINE_EVERY_S:
            last_line_s = picture.elapsed_s
            yield spoken(picture)
        time.sleep(POLL_S)
    if session.snapshot().warning and session.snapshot().warning != warning:
        yield f"Note: {session.snapshot().warning}."


def false_alarm_words(n_stumbles: int) -> str:
    """Say that the sound system spoke of losses that were none; empty where it did not."""
    if not n_stumbles:
        return ""
    times = "once" if n_stumbles == 1 else f"{n_stumbles} times"
    return f"Note: the sound system said {times} that sound was lost, but none was missing there."


def spoken(picture: LiveSnapshot) -> str:
    """One moment in words: where, how many notes, early or late, how steady."""
    from practiceear.tui.judgement import milliseconds

    bar = f"Bar {picture.bar + 1}" if picture.bar is not None else f"{picture.elapsed_s:.0f} s"
    notes = "1 note" if picture.n_notes == 1 else f"{picture.n_notes} notes"
    parts = [f"{bar}: {notes}", *_early_or_late(picture)]
    if not math.isnan(picture.spread_s):
        what = "varying from note to note" if picture.bpm is None else "varying"
        value, low, high = (
            milliseconds(value_s)
            for value_s in (picture.spread_s, picture.spread_low_s, picture.spread_high_s)
        )
        parts.append(f"{what} by about {value} ms, between {low} and {high}")
    return ", ".join(parts) + "."


def _early_or_late(picture: LiveSnapshot) -> list[str]:
    """What the sign on the screen says, with its amount; nothing where it says nothing."""
    from practiceear.tui.judgement import Judgement, judge, lately, off_beats_apart

    if (apart := off_beats_apart(picture)) is not None:
        beats, others = apart
        return [f"beats {_amount(beats.late_s)}", f"off-beats {_amount(others.late_s)}"]
    match judge(picture):
        case Judgement.EARLY | Judgement.LATE:
            return [_amount(lately(picture).late_s)]
        case Judgement.UNKNOWN:
            return []
        case judgement:
            return [judgement.value]


def _amount(late_s: float) -> str:
    from practiceear.metrics.on_time import INNER_S

    late_ms = round(1000.0 * abs(late_s))
    if late_ms <= 1000.0 * INNER_S:
        return "on time"
    return f"{late_ms} ms {'late' if late_s > 0.0 else 'early'}"
