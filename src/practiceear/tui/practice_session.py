"""A practice session as it is played: its takes, its journal and what its screens look at.

The session itself is only touched by the app's own thread; opening devices and measuring are
done in threads beside it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from practiceear.errors import JournalError, PracticeEarError, program_fault
from practiceear.live.snapshot import LivePhase
from practiceear.practice.instructions import (
    Answered,
    Ask,
    Breathe,
    CountInBegins,
    Ending,
    Event,
    Pause,
    Paused,
    Play,
    Rehearse,
    Rest,
    Resume,
    RunEnded,
    Stop,
    TimeUp,
    later_ending,
)
from practiceear.practice.session_writer import JournaledSession
from practiceear.settings import LiveOptions
from practiceear.tui.base_app import BaseApp, Devices
from practiceear.tui.player import (
    NOTHING_HEARD,
    Describe,
    LivePlayer,
    TakeBackend,
    begin_count_in,
)
from practiceear.tui.screens.play import ENDED
from practiceear.tui.screens.session import SessionView

if TYPE_CHECKING:
    from practiceear.analysis.review import TakeReview
    from practiceear.journal.running_take import PlayedNotes


class PracticeSession:
    """Passes events to a session and carries out its instructions.

    ``show`` is called when something else is to be done; screens look at ``view``.
    """

    def __init__(
        self,
        app: BaseApp,
        kept: JournaledSession,
        backend: TakeBackend,
        setup: LiveOptions,
        *,
        describe: Describe,
        show: Callable[[], None],
    ) -> None:
        self.kept = kept
        self.view = SessionView(kept.run, app.clock_s)
        self.takes = RunTakes(app, self, backend, setup, describe)
        self._setup, self._show = setup, show

    @property
    def is_begun(self) -> bool:
        """Whether the clock runs."""
        return self.view.began_s is not None

    def begin(self) -> None:
        """Start the clock."""
        if not self.is_begun:
            self.view.began_s = self.view.clock_s()
            self._follow()

    # What happens.

    def go_on(self) -> None:
        """The run, the breath or the pause is over."""
        match self.view.now:
            case Play():
                self.takes.end(RunEnded)
            case Breathe() | Rehearse():
                self.feed(TimeUp())
            case Paused():
                self.feed(Resume())

    def request(self, event: Ending) -> None:
        """Do what the player wants; a run is ended first."""
        if not self.is_begun:
            return
        if isinstance(self.view.now, Play):
            self.takes.end(event)
        else:
            self.feed(event())

    def pause(self) -> None:
        """Interrupt, or go on."""
        if isinstance(self.view.now, Paused):
            self.feed(Resume())
        else:
            self.request(Pause)

    def stop_unanswered(self, effort: float | None) -> None:
        """End the session at a question; ``effort`` was answered before it."""
        if isinstance(self.view.now, Ask):
            self.kept.write_answers(Answered(effort))
        self.request(Stop)

    def poll(self) -> None:
        """Look at the take and at the clock."""
        match self.view.now:
            case Play() as play:
                self.takes.poll(play)
            case Breathe() | Rest() | Rehearse() as wait:
                if self.view.session_s() >= wait.until_s:
                    self.feed(TimeUp())

    def feed(self, event: Event) -> None:
        """Take in what happened, and do what follows."""
        if not self.is_begun:
            return
        before = self.view.now
        now = self.kept.feed(event, self.view.session_s())
        if isinstance(before, Rehearse) and not isinstance(now, Rehearse):
            self.takes.end_rehearsal()
        if now is not before:
            self._follow()

    def _follow(self) -> None:
        """Begin what is to be done now, and show it."""
        order = self.view.now
        if isinstance(order, Play):
            try:
                self.kept.writer.check()  # nothing is played that could not be saved
            except JournalError as error:
                self._fail(error)
                return
            self.takes.open(order)
        elif isinstance(order, Rehearse) and math.isnan(order.began_s):
            self.takes.begin_rehearsal(order)
        self._show()

    def _fail(self, error: PracticeEarError) -> None:
        """What is played could not be saved: end the session."""
        self.view.error = error
        self.kept.feed(Stop(), self.view.session_s())
        self._follow()

    # What its takes report.

    def take_opened(self, play: Play, played: PlayedNotes) -> bool:
        """The devices are open: write the take down; False where that fails."""
        try:
            devices = self._setup.stream.microphone, self._setup.stream.loudspeaker
            self.kept.begin_take(play, *devices, played)
        except JournalError as error:
            self._fail(error)
            return False
        self.view.warning = ""
        return True

    def take_failed(self, error: PracticeEarError, ending: Ending) -> None:
        """The devices could not be opened: it waits, unless something else was requested."""
        self.view.warning = str(error)
        self.feed(ending())

    def take_reviewed(
        self, play: Play, review: TakeReview | None, finding: str, warning: str, ending: Ending
    ) -> None:
        """A run is over and measured: write it down, and go on."""
        self.view.finding, self.view.warning = finding, warning
        is_whole = ending is RunEnded
        heard = self.kept.end_take(play, review, finding, is_whole=is_whole)
        self.view.n_runs += is_whole
        self.feed(ending(heard))

    def count_in_begins(self, rehearsal: Rehearse, lead_s: float, warning: str) -> None:
        """Time runs from the first beat on, unless the rehearsal was left meanwhile."""
        if self.view.now is rehearsal:
            self.view.warning = warning
            self.feed(CountInBegins(lead_s))


class RunTakes:
    """Takes of runs and count-ins of rehearsals, one at a time.

    The view's ``player`` and ``ending`` are set here.
    """

    def __init__(
        self,
        app: BaseApp,
        session: PracticeSession,
        backend: TakeBackend,
        setup: LiveOptions,
        describe: Describe,
    ) -> None:
        self._app, self._session, self._view = app, session, session.view
        self._backend, self._setup, self._describe = backend, setup, describe
        self._devices = Devices()
        self._is_reviewing = False
        self._rehearsal: Rehearse | None = None

    def open(self, play: Play) -> None:
        """Open the devices for a run."""
        self._view.ending = None
        self._app.run_in_thread(self._open, play)

    def _open(self, play: Play) -> None:
        player = None
        try:
            setup = replace(self._setup, program=play.program, is_quiet=True)
            player = self._backend.new_player(setup)
            with self._devices.lock:
                self._devices.hold(None)
                player.start()
        except PracticeEarError as error:
            if player is not None:
                self._give_back(player)
            self._app.call_on_ui(self._fail_to_open, error)
            return
        self._app.call_on_ui(self._attach, play, player)
        if self._view.player is not player:  # the app is leaving
            self._give_back(player)

    def _attach(self, play: Play, player: LivePlayer) -> None:
        if not self._session.take_opened(play, player.played()):
            return
        self._view.player = player
        if self._view.ending is not None:  # requested while the devices were opened
            self._app.run_in_thread(player.stop)

    def _fail_to_open(self, error: PracticeEarError) -> None:
        ending, self._view.ending = self._view.ending or Pause, None
        self._session.take_failed(error, ending)

    def end(self, ending: Ending) -> None:
        """End the run; while it is measured another key may be pressed, see `later_ending`."""
        is_first = self._view.ending is None
        self._view.ending = later_ending(self._view.ending or ending, ending)
        if is_first and self._view.player is not None:
            self._app.run_in_thread(self._view.player.stop)

    def poll(self, play: Play) -> None:
        """Look whether the run is over."""
        player = self._view.player
        if player is None or self._is_reviewing:
            return
        picture = player.snapshot()
        if picture.phase in ENDED:
            self._is_reviewing = True
            self._view.ending = self._view.ending or RunEnded
            if picture.phase is LivePhase.FAILED and self._view.ending is RunEnded:
                self._view.ending = Pause
            self._app.run_in_thread(self._review, play, player, picture.warning)
        elif self._view.ending is None and play.is_run_over(picture):
            self.end(RunEnded)

    def _review(self, play: Play, player: LivePlayer, warning: str) -> None:
        review, finding = None, NOTHING_HEARD
        try:
            review = player.summary()
            warning = player.problem or warning
            finding = self._describe(review).finding if review is not None else NOTHING_HEARD
        except PracticeEarError as error:
            warning = str(error)
        except Exception as error:  # the session goes on, and its recording stays
            warning = program_fault(error)
        finally:
            self._give_back(player)
        self._app.call_on_ui(self._end_review, play, review, finding, warning)

    def _end_review(
        self, play: Play, review: TakeReview | None, finding: str, warning: str
    ) -> None:
        ending, self._view.ending = self._view.ending or RunEnded, None
        self._view.player, self._is_reviewing = None, False
        self._session.take_reviewed(play, review, finding, warning, ending)

    def begin_rehearsal(self, rehearsal: Rehearse) -> None:
        """Let its count-in sound."""
        self._rehearsal = rehearsal
        self._app.run_in_thread(self._sound_count_in, rehearsal)

    def _sound_count_in(self, rehearsal: Rehearse) -> None:
        with self._devices.lock:
            self._devices.hold(None)
            if self._rehearsal is not rehearsal:  # left out before its turn came
                return
            begun = begin_count_in(self._backend, self._setup, rehearsal)
            self._devices.hold(begun.sound)
        self._app.call_on_ui(self._session.count_in_begins, rehearsal, begun.lead_s, begun.warning)
        if self._rehearsal is not rehearsal:  # left out, or the app is leaving
            self._silence()

    def end_rehearsal(self) -> None:
        """Give its loudspeaker back, in the midst of the count-in too."""
        self._rehearsal = None
        self._app.run_in_thread(self._silence)

    def _silence(self) -> None:
        with self._devices.lock:
            self._devices.hold(None)

    def close(self) -> None:
        """Give the devices back, whatever there is."""
        self._rehearsal = None
        self._devices.hold(None)
        if self._view.player is not None:
            self._view.player.close()

    def _give_back(self, player: LivePlayer) -> None:
        with self._devices.lock:
            player.close()
