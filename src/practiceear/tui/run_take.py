"""The take of one run: opened, watched, ended and measured, in threads beside the screen."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

from practiceear.errors import PracticeEarError, program_fault
from practiceear.live.snapshot import LivePhase, LiveSnapshot
from practiceear.practice.instructions import Pause, Play, Rehearse, RunEnded
from practiceear.practice.run_ending import Ending, is_run_over, later_ending
from practiceear.reports.practice_words import NOTHING_HEARD
from practiceear.tui.player import CountIn, Describe, LivePlayer, Setup, TakeBackend

if TYPE_CHECKING:
    from practiceear.analysis.review import TakeReview
    from practiceear.journal.running_take import PlayedNotes


@dataclass(frozen=True, slots=True)
class BegunCountIn:
    """A count-in that has begun.

    Attributes
    ----------
    sound
        What is heard, to be closed at the end; None where it is only seen.
    lead_s
        So long from now its first beat comes.
    warning
        Why it is not heard, where it should have been; may be empty.
    """

    sound: CountIn | None = None
    lead_s: float = 0.0
    warning: str = ""


def begin_count_in(backend: TakeBackend, setup: Setup, rehearsal: Rehearse) -> BegunCountIn:
    """Let the count-in of a rehearsal sound, if it can; may take seconds."""
    if rehearsal.program is None:
        return BegunCountIn()
    sound = None
    try:
        sound = backend.new_count_in(replace(setup, program=rehearsal.program))
        return BegunCountIn() if sound is None else BegunCountIn(sound, sound.start())
    except PracticeEarError as error:
        if sound is not None:
            sound.close()
        return BegunCountIn(warning=f"The count-in is only seen: {error}")


ENDED = (LivePhase.FINISHED, LivePhase.FAILED)


class TakeHost(Protocol):
    """Who plays the session; all is told in its own thread."""

    def run_in_thread(self, job: Callable[[], None]) -> None:
        """Do something slow in a thread of its own."""

    def call_on_ui(self, job: Callable[[], None]) -> None:
        """Do something that a thread brought about, unless all is over."""

    def take_opened(self, play: Play, played: PlayedNotes) -> bool:
        """The devices are open and notes come; return whether the take may go on."""

    def take_refused(self, error: PracticeEarError, ending: Ending) -> None:
        """They could not be opened; ``ending`` is what was wished meanwhile."""

    def take_reviewed(
        self, play: Play, review: TakeReview | None, finding: str, warning: str, ending: Ending
    ) -> None:
        """The run is over and measured."""

    def count_in_begins(self, rehearsal: Rehearse, lead_s: float, warning: str) -> None:
        """The count-in of a rehearsal comes after so long; heard, if nothing warns of that."""


class RunTakes:
    """Takes of runs and count-ins of rehearsals, one at a time.

    Parameters
    ----------
    host
        Who is told.
    backend
        Where takes begin.
    setup
        Devices and instrument.
    describe
        Puts a review into words.
    """

    def __init__(
        self, host: TakeHost, backend: TakeBackend, setup: Setup, describe: Describe
    ) -> None:
        self._host, self._backend = host, backend
        self._setup, self._describe = setup, describe
        self._player: LivePlayer | None = None
        self._ending: Ending | None = None
        self._is_reviewing = False
        self._rehearsal: Rehearse | None = None
        self._count_in: CountIn | None = None
        self._devices_lock = threading.Lock()  # opened and closed by one thread at a time

    @property
    def picture(self) -> LiveSnapshot | None:
        """The take as it is now; None without one."""
        return self._player.snapshot() if self._player is not None else None

    @property
    def banner(self) -> str:
        """What must be known of the take; may be empty."""
        return self._player.banner if self._player is not None else ""

    @property
    def is_ending(self) -> bool:
        """Whether the run is over and is being measured."""
        return self._ending is not None

    def open(self, play: Play) -> None:
        """Open the devices for a run."""
        self._ending = None
        self._host.run_in_thread(partial(self._open, play))

    def _open(self, play: Play) -> None:
        player = None
        try:
            setup = replace(self._setup, program=play.program, is_quiet=True)
            player = self._backend.new_player(setup)
            with self._devices_lock:
                self._fall_silent()
                player.start()
        except PracticeEarError as error:
            if player is not None:
                self._give_back(player)
            self._host.call_on_ui(partial(self._refused, error))
            return
        self._host.call_on_ui(partial(self._opened, play, player))
        if self._player is not player:  # the app is leaving
            self._give_back(player)

    def _opened(self, play: Play, player: LivePlayer) -> None:
        if not self._host.take_opened(play, player.played()):
            return
        self._player = player
        if self._ending is not None:  # it was wished while the devices were opened
            self._host.run_in_thread(player.stop)

    def _refused(self, error: PracticeEarError) -> None:
        ending, self._ending = self._ending or Pause, None
        self._host.take_refused(error, ending)

    def end(self, ending: Ending) -> None:
        """End the run; while it is measured another key may be pressed, see `later_ending`."""
        is_first = self._ending is None
        self._ending = later_ending(self._ending or ending, ending)
        if is_first and self._player is not None:
            self._host.run_in_thread(self._player.stop)

    def look(self, play: Play) -> None:
        """Look whether the run is over."""
        player = self._player
        if player is None or self._is_reviewing:
            return
        picture = player.snapshot()
        if picture.phase in ENDED:
            self._is_reviewing = True
            self._ending = self._ending or RunEnded
            if picture.phase is LivePhase.FAILED and self._ending is RunEnded:
                self._ending = Pause
            self._host.run_in_thread(partial(self._review, play, player, picture.warning))
        elif self._ending is None and is_run_over(play, picture):
            self.end(RunEnded)

    def _review(self, play: Play, player: LivePlayer, warning: str) -> None:
        review = None
        finding = NOTHING_HEARD
        try:
            review = player.summary()
            warning = player.problem or warning
            finding = self._describe(review).finding if review is not None else NOTHING_HEARD
        except PracticeEarError as error:
            warning = str(error)
        except Exception as error:  # the session goes on, and its recording is kept
            warning = program_fault(error)
        finally:
            self._give_back(player)
        self._host.call_on_ui(partial(self._reviewed, play, review, finding, warning))

    def _reviewed(self, play: Play, review: TakeReview | None, finding: str, warning: str) -> None:
        ending, self._ending = self._ending or RunEnded, None
        self._player, self._is_reviewing = None, False
        self._host.take_reviewed(play, review, finding, warning, ending)

    def begin_rehearsal(self, rehearsal: Rehearse) -> None:
        """Let its count-in sound."""
        self._rehearsal = rehearsal
        self._host.run_in_thread(partial(self._sound_count_in, rehearsal))

    def _sound_count_in(self, rehearsal: Rehearse) -> None:
        with self._devices_lock:
            self._fall_silent()
            if self._rehearsal is not rehearsal:  # left out before its turn came
                return
            begun = begin_count_in(self._backend, self._setup, rehearsal)
            self._count_in = begun.sound
        self._host.call_on_ui(
            partial(self._host.count_in_begins, rehearsal, begun.lead_s, begun.warning)
        )
        if self._rehearsal is not rehearsal:  # left out, or the app is leaving
            self._give_count_in_back()

    def end_rehearsal(self) -> None:
        """Give its loudspeaker back, in the midst of the count-in too."""
        self._rehearsal = None
        self._host.run_in_thread(self._give_count_in_back)

    def _give_count_in_back(self) -> None:
        with self._devices_lock:
            self._fall_silent()

    def _fall_silent(self) -> None:
        count_in, self._count_in = self._count_in, None
        if count_in is not None:
            count_in.close()

    def close(self) -> None:
        """Give the devices back, whatever there is."""
        self._rehearsal = None
        self._fall_silent()
        if self._player is not None:
            self._player.close()

    def _give_back(self, player: LivePlayer) -> None:
        with self._devices_lock:
            player.close()
