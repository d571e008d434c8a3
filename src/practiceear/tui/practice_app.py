"""The terminal app of a practice session: one screen for what is to be done now.

What is slow, opening devices and measuring, is done in threads beside it; the session itself
is only touched by the app's own thread.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import App

from practiceear.errors import JournalError, PracticeEarError
from practiceear.live.snapshot import LiveSnapshot
from practiceear.practice.instructions import (
    Answered,
    Ask,
    Breathe,
    CountInBegins,
    Done,
    Event,
    GoOn,
    Order,
    Pause,
    Paused,
    Play,
    Rehearse,
    Rest,
    ResultAsked,
    RunEnded,
    Skip,
    Stop,
    Stopped,
    TimeUp,
    WishToSay,
)
from practiceear.practice.run_ending import Ending
from practiceear.practice.session_run import SessionRun
from practiceear.practice.session_writer import KeptSession
from practiceear.tui.player import Describe, Setup, TakeBackend
from practiceear.tui.run_take import RunTakes
from practiceear.tui.screens.ask import AskScreen
from practiceear.tui.screens.practice import PracticeScreen
from practiceear.tui.screens.practice_ends import BeginScreen, EndScreen, PracticeHelpScreen
from practiceear.tui.screens.preparing import PreparingScreen
from practiceear.tui.screens.rest import RestScreen
from practiceear.tui.screens.stage import StageScreen
from practiceear.tui.widgets.lines import HeadView

if TYPE_CHECKING:
    from practiceear.analysis.review import TakeReview
    from practiceear.journal.running_take import PlayedNotes

POLLS_PER_S = 25.0


class PracticeApp(App[None]):
    """Plays a session.

    Parameters
    ----------
    backend
        Where takes begin.
    setup
        Devices and instrument; the metronome comes from the session.
    kept
        The session and its journal.
    describe
        Puts a review into words.
    is_fake_clock
        For tests: nothing is looked at by itself, only when `poll` is called, and
        `fake_time_s` is the time.

    Attributes
    ----------
    error
        What ended the session before its time; None where nothing did.
    warning
        What is wrong just now; may be empty.
    finding
        What was heard of the last run, in one sentence.
    """

    TITLE = "PracticeEar"
    CSS_PATH: ClassVar[list[str]] = ["practiceear.tcss", "practice.tcss"]  # type: ignore[assignment]
    ENABLE_COMMAND_PALETTE: ClassVar[bool] = False
    ALLOW_SELECT: ClassVar[bool] = False

    def __init__(
        self,
        backend: TakeBackend,
        setup: Setup,
        kept: KeptSession,
        *,
        describe: Describe,
        is_fake_clock: bool = False,
    ) -> None:
        super().__init__()
        self.animation_level = "none"
        self.is_fake_clock, self.fake_time_s = is_fake_clock, 0.0
        self.error: PracticeEarError | None = None
        self.warning = self.finding = ""
        self.n_runs = 0
        self._backend, self._setup, self._kept = backend, setup, kept
        self._takes = RunTakes(self, backend, setup, describe)
        self._began_s: float | None = None
        self._is_leaving = self._is_preparing = self._is_ended_from_outside = False
        self._events_loop: asyncio.AbstractEventLoop | None = None

    # What the screens look at.

    @property
    def run_of_session(self) -> SessionRun:
        """The session."""
        return self._kept.run

    @property
    def now(self) -> Order:
        """What is to be done now."""
        return self._kept.run.now

    @property
    def picture(self) -> LiveSnapshot | None:
        """The take as it is now; None without one."""
        return self._takes.picture

    @property
    def is_ending(self) -> bool:
        """Whether the run is over and is being measured."""
        return self._takes.is_ending

    @property
    def banner(self) -> str:
        """What must be known of the take; may be empty."""
        return self._takes.banner

    @property
    def is_result_due(self) -> bool:
        """Whether the last finding may still be shown where no breath followed it."""
        return bool(self.finding) and self._kept.run.is_result_due

    def clock_s(self) -> float:
        """Seconds of a clock that never runs backwards."""
        return self.fake_time_s if self.is_fake_clock else time.monotonic()

    def session_s(self) -> float:
        """Seconds since the session began."""
        return 0.0 if self._began_s is None else self.clock_s() - self._began_s

    def head_view(self) -> HeadView:
        """The plan, the step, and about how long it still takes."""
        run = self._kept.run
        at = min(run.at + 1, len(run.steps))
        left_s = sum(one.length_s for one in run.steps[run.at :])
        right = () if run.is_over else (f"about {max(1, round(left_s / 60.0))} min left",)
        return HeadView((run.plan.name, f"step {at} of {len(run.steps)}"), right)

    def count_words(self) -> str:
        """How much was played."""
        runs = "1 run was" if self.n_runs == 1 else f"{self.n_runs} runs were"
        return f"{runs} played."

    # Beginning and end.

    def on_mount(self) -> None:
        """Make the ear ready first."""
        self._events_loop = asyncio.get_running_loop()
        if not self.is_fake_clock:
            self.set_interval(1.0 / POLLS_PER_S, self.poll)
        self.push_screen(PreparingScreen())
        if self._is_ended_from_outside:
            self.call_later(self._end)

    def end_from_outside(self) -> None:
        """End the session, save it and leave, from a signal's handler, at any time."""
        self._is_ended_from_outside = True
        if self._events_loop is not None:
            self._events_loop.call_soon_threadsafe(self._end)

    def _end(self) -> None:
        """End the session; where a run is being played, the app leaves once it is saved."""
        if self._is_preparing:
            self._is_leaving = True
        elif self._began_s is None or self._kept.run.is_over:
            self.leave()
        elif isinstance(stage := self._stage, AskScreen):
            stage.action_back()
        else:
            self.stop_session()

    def prepare_ear(self) -> None:
        """Make the ear ready, in a thread."""
        self._is_preparing = True
        self.run_in_thread(self._prepare)

    def _prepare(self) -> None:
        try:
            self._backend.prepare(lambda text: self.call_on_ui(partial(self._tell, text)))
        except PracticeEarError as error:
            self.call_on_ui(partial(self._preparing_failed, error))
            return
        finally:
            self._is_preparing = False
            if self._is_leaving:
                self.call_from_thread(self.exit)
        self.call_on_ui(partial(self._show, BeginScreen()))

    def _tell(self, text: str) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, PreparingScreen):
                screen.tell(text)

    def _preparing_failed(self, error: PracticeEarError) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, PreparingScreen):
                screen.fail(error)

    def begin(self) -> None:
        """The clock starts."""
        if self._began_s is None:
            self._began_s = self.clock_s()
            self._follow()

    def leave(self) -> None:
        """All is over."""
        self._is_leaving = True
        self.exit()

    async def action_quit(self) -> None:
        """Stop the session first, so that its end is seen; then leave."""
        if self._is_preparing:  # a compiler at work cannot be stopped
            self._tell("leaving as soon as it is done")
        self._end()

    def action_help_quit(self) -> None:
        """Ctrl-C quits, as it does everywhere."""
        self.run_worker(self.action_quit())

    def action_help(self) -> None:
        """Show the help, once."""
        if not isinstance(self.screen, PracticeHelpScreen):
            self.push_screen(PracticeHelpScreen())

    def on_unmount(self) -> None:
        """Give the devices back, whatever ended the app; nothing can be ended any more."""
        self._events_loop = None
        self._takes.close()

    # What the keys do.

    def go_on(self) -> None:
        """The run, the breath or the pause is over."""
        match self.now:
            case Play():
                self._takes.end(RunEnded)
            case Breathe() | Rehearse():
                self._feed(TimeUp())
            case Paused():
                self._feed(GoOn())

    def skip_step(self) -> None:
        """Leave the step out."""
        self._wish(Skip)

    def stop_session(self) -> None:
        """End the session; before it began, leave."""
        if self._began_s is None:
            self.leave()
        else:
            self._wish(Stop)

    def pause(self) -> None:
        """Interrupt, or go on."""
        if isinstance(self.now, Paused):
            self._feed(GoOn())
        else:
            self._wish(Pause)

    def say(self) -> None:
        """Say effort and pain now."""
        self._wish(WishToSay)

    def ask_for_result(self) -> None:
        """Show the last result."""
        self._feed(ResultAsked())

    def answer(self, effort: float | None, pain: float | None) -> None:
        """Take in what was said."""
        self._feed(Answered(effort, pain))

    def stop_unanswered(self, effort: float | None) -> None:
        """End the session at a question; ``effort`` was answered before it."""
        if isinstance(self.now, Ask):
            self._kept.write_answers(Answered(effort))
        self.stop_session()

    def _wish(self, event: type[Skip | Stop | Pause | WishToSay]) -> None:
        if self._began_s is None:
            return
        if isinstance(self.now, Play):
            self._takes.end(event)
        else:
            self._feed(event())

    # What is done now.

    def poll(self) -> None:
        """Look at the take and at the clock."""
        if self._began_s is None or self._kept.run.is_over:
            return
        match self.now:
            case Play() as play:
                self._takes.look(play)
            case Breathe() | Rest() | Rehearse() as wait:
                if self.session_s() >= wait.until_s:
                    self._feed(TimeUp())
        for screen in self.screen_stack:
            if isinstance(screen, StageScreen):
                screen.poll()

    def _feed(self, event: Event) -> None:
        if self._began_s is None:
            return
        before = self.now
        now = self._kept.feed(event, self.session_s())
        if isinstance(before, Rehearse) and not isinstance(now, Rehearse):
            self._takes.end_rehearsal()
        if now is not before:
            self._follow()

    def _follow(self) -> None:
        """Show what is to be done now, and begin it."""
        order = self.now
        if self._is_ended_from_outside and self._kept.run.is_over:
            self.leave()
            return
        if isinstance(order, Play):
            try:
                self._kept.writer.check()  # nothing is played that could not be kept
            except JournalError as error:
                self._fail(error)
                return
            self._takes.open(order)
        elif isinstance(order, Rehearse) and math.isnan(order.began_s):
            self._takes.begin_rehearsal(order)
        wanted = _screen_for(self.now)
        stage = self._stage
        if type(stage) is wanted:
            stage.show_order(self.now)
        else:
            self._show(wanted())

    @property
    def _stage(self) -> StageScreen | None:
        """The screen of what is done now, which the help may lie over; None before the first."""
        return next((one for one in self.screen_stack if isinstance(one, StageScreen)), None)

    def _show(self, screen: StageScreen) -> None:
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self.push_screen(screen)

    # What the takes tell.

    def take_opened(self, play: Play, played: PlayedNotes) -> bool:
        """The devices are open: the take is written down; False where that fails."""
        try:
            devices = self._setup.input_device, self._setup.output_device
            self._kept.begin_take(play, *devices, played)
        except JournalError as error:
            self._fail(error)
            return False
        self.warning = ""
        return True

    def take_refused(self, error: PracticeEarError, ending: Ending) -> None:
        """The devices could not be opened: it waits, unless something else was wished."""
        self.warning = str(error)
        self._feed(ending())

    def take_reviewed(
        self, play: Play, review: TakeReview | None, finding: str, warning: str, ending: Ending
    ) -> None:
        """A run is over and measured: it is written down, and the session goes on."""
        self.finding, self.warning = finding, warning
        is_whole = ending is RunEnded
        heard = self._kept.end_take(play, review, finding, is_whole=is_whole)
        self.n_runs += is_whole
        self._feed(ending(heard))

    def count_in_begins(self, rehearsal: Rehearse, lead_s: float, warning: str) -> None:
        """Time runs from the first beat on, unless the rehearsal was left meanwhile."""
        if self.now is rehearsal:
            self.warning = warning
            self._feed(CountInBegins(lead_s))

    def _fail(self, error: PracticeEarError) -> None:
        """What is played could not be kept: it ends."""
        self.error = error
        self._kept.feed(Stop(), self.session_s())
        self._follow()

    # Threads.

    def run_in_thread(self, job: Callable[[], None]) -> None:
        """Do something slow in a thread of its own."""
        self.run_worker(job, thread=True, group="aside")

    def call_on_ui(self, job: Callable[[], None]) -> None:
        """Do something on the screen that a thread brought about, unless all is over."""
        if not self._is_leaving and self.is_running:
            self.call_from_thread(lambda: None if self._is_leaving else job())


def _screen_for(order: Order) -> type[StageScreen]:
    match order:
        case Rest() | Rehearse():
            return RestScreen
        case Ask():
            return AskScreen
        case Stopped() | Done():
            return EndScreen
        case _:
            return PracticeScreen
