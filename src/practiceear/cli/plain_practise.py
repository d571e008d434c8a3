"""A practice session in lines of text, and its time: real, or that of a demo."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from practiceear.cli.line_input import QUIT, TypedLines, UnansweredError, answer_to
from practiceear.live.snapshot import LivePhase
from practiceear.moments import clock_words
from practiceear.practice.instructions import (
    Answered,
    Ask,
    Breathe,
    CountInBegins,
    Event,
    Pause,
    Paused,
    Play,
    Rehearse,
    ReportNow,
    Rest,
    Resume,
    RunEnded,
    ShowResult,
    Skip,
    Stop,
    TimeUp,
    later_ending,
)
from practiceear.reports import practice_words as words
from practiceear.tui.player import begin_count_in

if TYPE_CHECKING:
    from practiceear.practice.session_writer import JournaledSession
    from practiceear.settings import LiveOptions
    from practiceear.tui.player import Describe, LivePlayer, TakeBackend


class PracticeClock(Protocol):
    """The time of a session."""

    def now_s(self) -> float:
        """Seconds since it began."""

    def wait(self, time_s: float) -> None:
        """Let time pass."""

    def played(self, duration_s: float) -> None:
        """A take of that length was played."""


class WallClock:
    """Real time."""

    def __init__(self) -> None:
        self._began_s = time.monotonic()

    def now_s(self) -> float:
        """Seconds since it was made."""
        return time.monotonic() - self._began_s

    def wait(self, time_s: float) -> None:
        """Sleep."""
        time.sleep(time_s)

    def played(self, duration_s: float) -> None:
        """Nothing: the time has passed by itself."""


class DemoClock:
    """The time of a demo, in which takes and rests last no longer than they must."""

    def __init__(self) -> None:
        self._now_s = 0.0

    def now_s(self) -> float:
        """Seconds that would have passed."""
        return self._now_s

    def wait(self, time_s: float) -> None:
        """Jump."""
        self._now_s += time_s

    def played(self, duration_s: float) -> None:
        """Jump by the length of the take."""
        self._now_s += duration_s


POLL_S = 0.05

Ending = Skip | Stop | Pause | ReportNow
KeyEvent = Ending | TimeUp | ShowResult

KEY_EVENTS: dict[str, type[Ending]] = {
    "s": Skip,
    QUIT: Stop,
    "p": Pause,
    "a": ReportNow,
}
REHEARSAL_EVENTS: dict[str, type[KeyEvent]] = {**KEY_EVENTS, "": TimeUp}
BREATH_EVENTS: dict[str, type[KeyEvent]] = {**REHEARSAL_EVENTS, "r": ShowResult}


class PlainPractice:
    """Plays a session of practice and reports in lines of text.

    ``setup``: devices and instrument (the metronome comes from the session); ``describe`` puts a
    review into words; ``clock``: real time, or a demo's. ``is_failed``: the microphone stopped, and
    the session could not go on.
    """

    def __init__(
        self,
        session: JournaledSession,
        backend: TakeBackend,
        setup: LiveOptions,
        describe: Describe,
        clock: PracticeClock,
    ) -> None:
        self._session, self._backend, self._setup = session, backend, setup
        self._describe, self._clock = describe, clock
        self._typed = TypedLines(BREATH_EVENTS)
        self.is_failed = False
        self._finding = ""
        self._shown_drill = ""
        self._poll_s = POLL_S if isinstance(clock, WallClock) else POLL_S / 10.0

    def lines(self) -> Iterator[str]:
        """Play the session; yields what is done, in words."""
        run = self._session.run
        pain = words.after_pain_words(run.plan, run.past.after_pain)
        if pain and not run.is_over:
            yield pain
        while not run.is_over:
            match run.now:
                case Play() as play:
                    yield from self._play(play)
                case Breathe() as breath:
                    yield from self._breathe(breath)
                case Rest() as rest:
                    yield from self._rest(rest)
                case Rehearse() as rehearsal:
                    yield from self._rehearse(rehearsal)
                case Ask() as ask:
                    yield from self._ask(ask)
                case Paused():
                    yield "Pause. p goes on, q ends."
                    self._feed(self._wait_in_pause())
        if run.is_result_due:
            yield self._finding
        yield words.end_words(run)

    def stop(self) -> None:
        """End the session at the player's request."""
        self._feed(Stop())

    def end_from_outside(self) -> None:
        """End the session as if q had been typed, from a signal's handler."""
        self._typed.end()

    def _feed(self, event: Event) -> None:
        self._session.feed(event, self._clock.now_s())

    def _play(self, play: Play) -> Iterator[str]:
        yield words.play_words(play) + "."
        drill = play.step.drill
        if drill is not None and drill.name != self._shown_drill:
            self._shown_drill = drill.name
            yield from words.note_rows(drill, 76)
            if drill.listen_for:
                yield drill.listen_for
        going_on = words.going_on_words(self._session.run)
        if going_on:
            yield going_on
        self._session.writer.check()
        setup = replace(self._setup, program=play.program, is_quiet=True)
        player = self._backend.new_player(setup)
        try:
            player.start()
            devices = setup.stream.microphone, setup.stream.loudspeaker
            self._session.begin_take(play, *devices, player.played())
            ending = self._wait_for_end(play, player)
            review = player.summary()
        finally:
            player.close()
        self._finding = self._describe(review).finding if review else words.NOTHING_HEARD
        picture = player.snapshot()
        if picture.phase is LivePhase.FAILED:
            yield f"Note: {picture.warning.rstrip('.?')}."
            ending = Pause
            self.is_failed = True
        elif player.problem:
            yield f"Note: {player.problem}."
        heard = self._session.end_take(play, review, self._finding, is_whole=ending is RunEnded)
        self._clock.played(heard.duration_s if heard is not None else 0.0)
        self._feed(ending(heard))

    def _wait_for_end(self, play: Play, player: LivePlayer) -> type[RunEnded | Ending]:
        ending: type[RunEnded | Ending] = RunEnded
        is_stopping = False
        try:
            while (picture := player.snapshot()).phase not in (
                LivePhase.FINISHED,
                LivePhase.FAILED,
            ):
                typed = self._typed.key()
                is_typed = typed == "" or typed in KEY_EVENTS
                if typed is not None:
                    ending = later_ending(ending, KEY_EVENTS.get(typed, ending))
                if (is_typed or play.is_run_over(picture)) and not is_stopping:
                    is_stopping = True
                    player.stop()
                time.sleep(self._poll_s)
        except KeyboardInterrupt:  # the session ends, and what was played is saved
            player.stop()
            _wait_until_ended(player)
            return Stop
        return ending

    def _breathe(self, breath: Breathe) -> Iterator[str]:
        if breath.is_result_shown:
            yield self._finding
        rung = words.rung_words(self._session.run)
        if rung:
            yield f"Next: {rung}."
        self._feed(self._wait_until(breath.until_s, BREATH_EVENTS) or TimeUp())

    def _rest(self, rest: Rest) -> Iterator[str]:
        left = clock_words(rest.until_s - self._clock.now_s())
        yield f"{words.rest_words(rest)} {left} minutes."
        event = self._wait_until(rest.until_s) or TimeUp()  # no Enter cuts it short
        if isinstance(event, Skip) and not rest.may_be_left_out:
            yield f"{words.REST_STAYS}; q ends the session."
        self._feed(event)

    def _rehearse(self, rehearsal: Rehearse) -> Iterator[str]:
        """Count in, audibly where possible; yields the bars as they pass."""
        yield words.rehearsal_words(rehearsal)
        begun = begin_count_in(self._backend, self._setup, rehearsal)
        try:
            if begun.warning:
                yield f"Note: {begun.warning}"
            self._feed(CountInBegins(begun.lead_s))
            if isinstance(self._session.run.now, Rehearse):
                yield from self._imagine(self._session.run.now)
        finally:
            if begun.sound is not None:
                begun.sound.close()

    def _imagine(self, rehearsal: Rehearse) -> Iterator[str]:
        for bar, starts_s in rehearsal.bar_starts_s().items():
            event = self._wait_until(starts_s, REHEARSAL_EVENTS)
            if event is not None:
                self._feed(event)
                return
            yield words.bar_words(bar)
        self._feed(self._wait_until(rehearsal.until_s, REHEARSAL_EVENTS) or TimeUp())

    def _wait_until(
        self, until_s: float, keys: Mapping[str, type[KeyEvent]] = KEY_EVENTS
    ) -> KeyEvent | None:
        """Let time pass until then, or until one of the keys is typed; return what that means."""
        while (left_s := until_s - self._clock.now_s()) > 0.0:
            typed = self._typed.key()
            if typed is not None and typed in keys:
                return keys[typed]()
            self._clock.wait(min(left_s, POLL_S) if isinstance(self._clock, WallClock) else left_s)
        return None

    def _wait_in_pause(self) -> Event:
        """Wait until somebody goes on or ends; where nobody can type, it ends."""
        while True:
            is_closed = self._typed.is_closed  # read first: what was typed before must count
            typed = self._typed.key()
            if typed in ("p", ""):
                self.is_failed = False
                return Resume()
            if typed in KEY_EVENTS:
                return KEY_EVENTS[typed]()
            if is_closed and typed is None:
                return Stop()
            time.sleep(POLL_S)

    def _ask(self, ask: Ask) -> Iterator[str]:
        self._typed.forget_typed()
        effort = None
        try:
            if not ask.is_first:
                effort = yield from answer_to(f"{words.EFFORT_QUESTION}.", self._typed)
            question = f"{words.PAIN_QUESTION}. {words.NO_DIAGNOSIS}"
            pain = yield from answer_to(question, self._typed)
        except UnansweredError as error:
            self._session.write_answers(Answered(effort))
            self._feed(Stop(rule=error.rule))
        except KeyboardInterrupt:
            self._session.write_answers(Answered(effort))
            raise
        else:
            self._feed(Answered(effort, pain))


def _wait_until_ended(player: LivePlayer, within_s: float = 5.0) -> None:
    until_s = time.monotonic() + within_s
    while time.monotonic() < until_s:
        if player.snapshot().phase in (LivePhase.FINISHED, LivePhase.FAILED):
            return
        time.sleep(POLL_S)
