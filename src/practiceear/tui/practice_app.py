"""The terminal app of a practice session: one screen for what is to be done now."""

from __future__ import annotations

from textual import on

from practiceear.practice.instructions import (
    Answered,
    Ask,
    Done,
    Instruction,
    Rehearse,
    ReportNow,
    Rest,
    ShowResult,
    Skip,
    Stop,
    Stopped,
)
from practiceear.practice.session_writer import JournaledSession
from practiceear.settings import LiveOptions
from practiceear.tui.base_app import LEAVING, BaseApp
from practiceear.tui.player import Describe, TakeBackend
from practiceear.tui.practice_session import PracticeSession
from practiceear.tui.screens.plain import PracticeHelpScreen, PreparingScreen
from practiceear.tui.screens.practice import BeginScreen, EndScreen, PracticeScreen, RestScreen
from practiceear.tui.screens.session import AskScreen, Command, StageScreen

POLLS_PER_S = 25.0


class PracticeApp(BaseApp):
    """Shows a session, and passes on what its screens request.

    The metronome comes from the session, devices and instrument from ``setup``.
    """

    HELP_SCREEN = PracticeHelpScreen

    def __init__(
        self,
        backend: TakeBackend,
        setup: LiveOptions,
        kept: JournaledSession,
        *,
        describe: Describe,
        is_fake_clock: bool = False,
    ) -> None:
        super().__init__(backend, is_fake_clock=is_fake_clock)
        self.session = PracticeSession(
            self, kept, backend, setup, describe=describe, show=self._show_now
        )
        self.view = self.session.view

    # Beginning and end.

    def on_mount(self) -> None:
        """Make the detector ready first."""
        if not self.is_fake_clock:
            self.set_interval(1.0 / POLLS_PER_S, self.poll)
        self.push_screen(PreparingScreen())

    def show_prepared(self) -> None:
        """Show what is to come."""
        self._show(BeginScreen(self.view))

    def close_devices(self) -> None:
        """Give the devices back, whatever there is."""
        self.session.takes.close()

    def save_and_leave(self) -> None:
        """End the session; where a run is being played, leave once it is saved."""
        if self.is_preparing:
            self.is_leaving = True
        elif not self.session.is_begun or self.view.run.is_over:
            self._leave()
        elif isinstance(stage := self._stage, AskScreen):
            stage.action_back()
        else:
            self.session.request(Stop)

    def _leave(self) -> None:
        self.is_leaving = True
        self.exit()

    async def action_quit(self) -> None:
        """Stop the session first, so that its end is seen; then leave."""
        if self.is_preparing:  # a compiler at work cannot be stopped
            self.show_progress(LEAVING)
        self.save_and_leave()

    # What the screens request.

    @on(StageScreen.Commanded)
    def _obey(self, message: StageScreen.Commanded) -> None:
        match message.command:
            case Command.BEGIN:
                self.session.begin()
            case Command.GO_ON:
                self.session.go_on()
            case Command.SKIP:
                self.session.request(Skip)
            case Command.PAUSE:
                self.session.pause()
            case Command.SAY:
                self.session.request(ReportNow)
            case Command.SHOW_RESULT:
                self.session.feed(ShowResult())
            case Command.STOP if self.session.is_begun:
                self.session.request(Stop)
            case _:
                self._leave()

    @on(AskScreen.Answered)
    def _answer(self, message: AskScreen.Answered) -> None:
        self.session.feed(Answered(message.effort, message.pain))

    @on(AskScreen.Abandoned)
    def _stop_unanswered(self, message: AskScreen.Abandoned) -> None:
        self.session.stop_unanswered(message.effort)

    # What is shown.

    def poll(self) -> None:
        """Look at the take and at the clock, and show what has changed."""
        if not self.session.is_begun or self.view.run.is_over:
            return
        self.session.poll()
        if self._stage is not None and self._stage.is_ready:
            self._stage.poll()

    def _show_now(self) -> None:
        if self.is_ended_from_outside and self.view.run.is_over:
            self._leave()
            return
        wanted = _screen_for(self.view.now)
        stage = self._stage
        if type(stage) is not wanted:
            self._show(wanted(self.view))
        elif stage.is_ready:
            stage.show_order(self.view.now)

    @property
    def _stage(self) -> StageScreen | None:
        """The screen of what is done now, which the help may lie over; None before the first."""
        stages = (screen for screen in self.screen_stack if isinstance(screen, StageScreen))
        return next(stages, None)

    def _show(self, screen: StageScreen) -> None:
        self.show_over(self.screen_stack[0], screen)


def _screen_for(order: Instruction) -> type[StageScreen]:
    match order:
        case Rest() | Rehearse():
            return RestScreen
        case Ask():
            return AskScreen
        case Stopped() | Done():
            return EndScreen
        case _:
            return PracticeScreen
