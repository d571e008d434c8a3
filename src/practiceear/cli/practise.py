"""``practiceear plan`` and ``practiceear practise``: today's session of a plan, shown or played."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from practiceear.cli.chosen_journal import (
    JournalFolder,
    JournalOrArchive,
    choose_journal,
    journal_to_read,
)
from practiceear.cli.option_groups import option, options_of
from practiceear.cli.options import stream_options
from practiceear.cli.terminal import EndSignals, is_interactive, print_error
from practiceear.errors import DeviceError, ExitCode, UsageError
from practiceear.plain_text import printable, printable_lines

if TYPE_CHECKING:
    from practiceear.app.take_backend import LiveBackend
    from practiceear.audio.blocks import StreamOptions
    from practiceear.practice.plan import PracticePlan
    from practiceear.practice.session_limits import PastPractice
    from practiceear.practice.session_run import SessionRun
    from practiceear.practice.session_writer import JournaledSession
    from practiceear.settings import LiveOptions

PlanFile = Annotated[
    Path, typer.Argument(metavar="PLAN", readable=False, help="A plan: a TOML file.")
]
Today = Annotated[
    str | None, option("--today", "DAY", "As if it were that day, such as 2026-03-05.")
]
Plain = Annotated[bool, option("--plain", None, "Lines of text instead of a screen.")]
Demo = Annotated[
    bool,
    option(
        "--demo", None, "The built-in demo take plays instead of you; kept in a journal of its own."
    ),
]
NoRecord = Annotated[bool, option("--no-record", None, "Do not keep the recordings.")]

Drill = Annotated[str | None, option("--drill", "NAME", "Of this drill only.")]
HtmlTarget = Annotated[str | None, option("--html", "FILE", "One page, to print or to send.")]
Details = Annotated[bool, option("--details", None, "With the last days of every drill.")]

DEMO_FOLDER = "demo"


def plan(plan_file: PlanFile, today: Today = None, journal: JournalOrArchive = None) -> int:
    """Check a plan and show today's session, step by step.

    Exit code 2: the plan has a mistake, which is named, or it allows no session on that day.
    """
    from practiceear.cli.plan_lines import plan_lines
    from practiceear.practice.schedule import todays_steps

    chosen, day = _read(plan_file), _day(today)
    past = _past(chosen, day, journal)
    steps = todays_steps(chosen, day, is_assessment_due=past.due is not None, past=past)
    print(printable_lines(plan_lines(chosen, steps, past, day)))
    return ExitCode.OK


def progress(
    drill: Drill = None,
    html_target: HtmlTarget = None,
    details: Details = False,
    journal: JournalOrArchive = None,
) -> int:
    """Say what weeks of practice changed: pain and effort first, then evenness."""
    from practiceear.practice.progress import read_progress
    from practiceear.reports.progress_lines import progress_lines

    with journal_to_read(journal) as opened:
        found = read_progress(opened, date.today(), drill=drill)
    if html_target is not None:
        from practiceear.reports.progress_page import progress_page
        from practiceear.reports.write import write_report

        write_report(html_target, progress_page(found))
        return ExitCode.OK
    print(printable_lines(progress_lines(found, is_detailed=details)))
    return ExitCode.OK


def practise(
    plan_file: PlanFile,
    devices: StreamOptions = options_of(stream_options),
    no_record: NoRecord = False,
    plain: Plain = False,
    demo: Demo = False,
    journal: JournalFolder = None,
) -> int:
    """Play today's session of a plan, hands-free; all of it is kept in the journal.

    Without a terminal, or with --plain, in lines of text: type s to leave a step out, p to
    pause, q to end, each with Enter. Exit code 8: the journal cannot be used; nothing is
    played then. Exit code 7: there is no microphone,
    or it stopped; what was played until then is kept.
    """
    from practiceear.app.past_takes import recover_and_print
    from practiceear.instruments.registry import refuse_unknown
    from practiceear.settings import LiveOptions

    choose_journal(journal)
    chosen = _read(plan_file)
    refuse_unknown(chosen.instrument)
    if not demo:
        recover_and_print()
    run = _todays_session(chosen, is_demo=demo)
    setup = LiveOptions(
        instrument=chosen.instrument,
        stream=devices if demo else _with_whole_names(devices),
        is_quiet=True,
        is_recording=not (no_record or demo),
    )
    is_plain = plain or not is_interactive()
    play = _practise_plainly if is_plain else _practise_on_screen
    with EndSignals() as signals:
        code = _play_and_save(_begin(run, setup, is_demo=demo), setup, play, signals, is_demo=demo)
    return signals.exit_code or code


def _play_and_save(
    session: JournaledSession,
    setup: LiveOptions,
    play: Callable[..., int],
    signals: EndSignals,
    *,
    is_demo: bool,
) -> int:
    """Play a session and save it, whatever ended it."""
    from practiceear.app.take_backend import DemoBackend, LiveBackend
    from practiceear.app.take_saving import print_removed

    is_fast = play is _practise_plainly
    backend = DemoBackend(is_real_time=not is_fast) if is_demo else LiveBackend()
    try:
        code = play(session, setup, backend, signals, is_demo=is_demo)
    finally:
        session.writer.close()
        print_removed(session.writer.n_removed)
    if backend.exit_code is ExitCode.DEVICE:  # reported when it happened
        return code
    for problem in backend.problems:
        print_error(f"{problem}.")
    return backend.exit_code or code


def _with_whole_names(devices: StreamOptions) -> StreamOptions:
    """The devices by the whole names that the journal stores; None without a loudspeaker.

    DeviceError without a microphone, or without the requested one.
    """
    from practiceear.audio.devices import choose_device

    named = replace(devices, microphone=choose_device("input", devices.microphone).label)
    try:
        return replace(named, loudspeaker=choose_device("output", devices.loudspeaker).label)
    except DeviceError:
        if devices.loudspeaker is not None:
            raise
    return named


def _read(plan_file: Path) -> PracticePlan:
    from practiceear.files import data_folder
    from practiceear.practice.drill import FOLDER, load_drills
    from practiceear.practice.plan import read_plan

    return read_plan(plan_file, load_drills(data_folder() / FOLDER))


def _day(text: str | None) -> date:
    if text is None:
        return datetime.now().astimezone().date()
    from practiceear.moments import read_day

    try:
        return read_day(text)
    except ValueError:
        raise UsageError(f"{text!r} is no day", "Give it as 2026-03-05") from None


def _past(chosen: PracticePlan, day: date, journal: Path | None) -> PastPractice:
    """What the journal knows up to a day; looking makes no journal where there is none."""
    from practiceear.practice.read_past import read_past

    now = datetime.now().astimezone()
    with journal_to_read(journal) as opened:
        return read_past(opened, chosen, datetime.combine(day, now.timetz()))


def _journal_folder(*, is_demo: bool) -> Path:
    """Where the session is saved; a demo is nobody's practice, so it has its own."""
    from practiceear.files import journal_folder

    return journal_folder() / DEMO_FOLDER if is_demo else journal_folder()


def _todays_session(chosen: PracticePlan, *, is_demo: bool) -> SessionRun:
    """Today's session, after what the journal knows."""
    from practiceear.journal.connection import open_journal
    from practiceear.practice.read_past import read_past
    from practiceear.practice.schedule import todays_steps
    from practiceear.practice.session_limits import AfterPain
    from practiceear.practice.session_run import SessionRun

    now = datetime.now().astimezone()
    with open_journal(_journal_folder(is_demo=is_demo)) as journal:
        past = read_past(journal, chosen, now)
    if is_demo:  # nobody tires of it, and nobody hurts
        rested = replace(past, n_sessions_today=0, since_last_s=None, recent_takes=())
        past = replace(
            rested, sounding_s=0.0, loud_s=0.0, efforts=(), pains=(), after_pain=AfterPain()
        )
    steps = todays_steps(
        chosen,
        now.date(),
        n_sessions_today=past.n_sessions_today,
        since_last_s=past.since_last_s,
        is_assessment_due=past.due is not None,
        past=past,
    )
    return SessionRun(chosen, steps, past)


def _begin(run: SessionRun, setup: LiveOptions, *, is_demo: bool) -> JournaledSession:
    """Begin today's session in the journal."""
    from practiceear.journal.connection import open_journal
    from practiceear.journal.from_review import own_loud_level_dbfs
    from practiceear.journal.reading import recent_levels_dbfs
    from practiceear.journal.records import Moment, SessionKind, SessionRecord
    from practiceear.practice.session_writer import JournaledSession, SessionWriter
    from practiceear.practice.steps import StepKind

    folder, plan = _journal_folder(is_demo=is_demo), run.plan
    with open_journal(folder) as journal:
        levels_dbfs = recent_levels_dbfs(journal, plan.instrument, setup.stream.microphone)
    kind, due = SessionKind.PLAN, run.past.due
    if due is not None and any(step.kind is StepKind.ASSESSMENT for step in run.steps):
        kind = SessionKind.REASSESSMENT if due.week else SessionKind.BASELINE
    record = SessionRecord(Moment.now(), kind, plan.name, plan.sha256)
    return JournaledSession(run, SessionWriter(folder, record), own_loud_level_dbfs(levels_dbfs))


def _practise_plainly(
    session: JournaledSession,
    setup: LiveOptions,
    backend: LiveBackend,
    signals: EndSignals,
    *,
    is_demo: bool,
) -> int:
    from practiceear.app.take_saving import summary_text
    from practiceear.cli.plain_practise import DemoClock, PlainPractice, WallClock
    from practiceear.cli.terminal import prepare_pipeline

    prepare_pipeline()
    backend.prepare(lambda _words: None)
    if is_demo:
        print("Demo: a violin plays its scale at 66 whatever the step says; nothing is waited for.")
    clock = DemoClock() if is_demo else WallClock()
    practice = PlainPractice(session, backend, setup, summary_text, clock)
    signals.then = practice.end_from_outside
    try:
        for line in practice.lines():
            print(printable(line), flush=True)
    except KeyboardInterrupt:  # between runs: the player's way to end
        practice.stop()
        print("The session is ended; all that was played is kept.")
    return ExitCode.DEVICE if practice.is_failed else ExitCode.OK


def _practise_on_screen(
    session: JournaledSession,
    setup: LiveOptions,
    backend: LiveBackend,
    signals: EndSignals,
    *,
    is_demo: bool,
) -> int:
    del is_demo  # its backend plays it
    from practiceear.app.take_saving import summary_text
    from practiceear.files import log_path
    from practiceear.tui.base_app import native_output_to
    from practiceear.tui.practice_app import PracticeApp

    with native_output_to(log_path()):
        app = PracticeApp(backend, setup, session, describe=summary_text)
        signals.then = app.end_from_outside
        app.run()
    if app.view.error is not None:
        raise app.view.error
    return ExitCode.INTERNAL if app.return_code else ExitCode.OK
