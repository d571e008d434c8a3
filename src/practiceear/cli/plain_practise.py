"""A practice session as lines of text: for screen readers, pipes and machines without a terminal.

Lines typed in are its keys: s leaves a step out, p pauses, q ends; a number answers a question.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from practiceear.app.practice_clocks import PracticeClock, WallClock
from practiceear.cli.line_input import QUIT, TypedLines, UnansweredError, answer_to
from practiceear.live.snapshot import LivePhase
from practiceear.practice.instructions import (
    Answered,
    Ask,
    Breathe,
    CountInBegins,
    Event,
    GoOn,
    Pause,
    Paused,
    Play,
    Rehearse,
    Rest,
    ResultAsked,
    RunEnded,
    Skip,
    Stop,
    TimeUp,
    WishToSay,
)
from practiceear.practice.run_ending import is_run_over, later_ending
from practiceear.reports import practice_words as words
from practiceear.tui.player import begin_count_in

if TYPE_CHECKING:
    from practiceear.practice.session_writer import KeptSession
    from practiceear.settings import LiveOptions
    from practiceear.tui.player import Describe, LivePlayer, TakeBackend

POLL_S = 0.05

Wish = Skip | Stop | Pause | WishToSay
KeyEvent = Wish | TimeUp | ResultAsked

KEY_EVENTS: dict[str, type[Wish]] = {
    "s": Skip,
    QUIT: Stop,
    "p": Pause,
    "a": WishToSay,
}
REHEARSAL_EVENTS: dict[str, type[KeyEvent]] = {**KEY_EVENTS, "": TimeUp}
BREATH_EVENTS: dict[str, type[KeyEvent]] = {**REHEARSAL_EVENTS, "r": ResultAsked}


class PlainPractice:
    """Plays a session and says what is done.

    Parameters
    ----------
    kept
        The session and its journal.
    backend
        Where takes begin.
    setup
        Devices and instrument; the metronome comes from the session.
    describe
        Puts a review into words.
    clock
        Real time, or that of a demo.

    Attributes
    ----------
    is_failed
        Whether the microphone stopped, and the session could not go on.
    """

    def __init__(
        self,
        kept: KeptSession,
        backend: TakeBackend,
        setup: LiveOptions,
        describe: Describe,
        clock: PracticeClock,
    ) -> None:
        self._kept, self._backend, self._setup = kept, backend, setup
        self._describe, self._clock = describe, clock
        self._typed = TypedLines(BREATH_EVENTS)
        self.is_failed = False
        self._finding = ""
        self._said_drill = ""
        self._poll_s = POLL_S if isinstance(clock, WallClock) else POLL_S / 10.0

    def lines(self) -> Iterator[str]:
        """Play the session; say what is done."""
        run = self._kept.run
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
        """End the session, as the player wishes."""
        self._feed(Stop())

    def end_from_outside(self) -> None:
        """End the session as if q had been typed, from a signal's handler."""
        self._typed.end()

    def _feed(self, event: Event) -> None:
        self._kept.feed(event, self._clock.now_s())

    def _play(self, play: Play) -> Iterator[str]:
        yield words.play_words(play) + "."
        drill = play.step.drill
        if drill is not None and drill.name != self._said_drill:
            self._said_drill = drill.name
            yield from words.note_rows(drill, 76)
            if drill.listen_for:
                yield drill.listen_for
        going_on = words.going_on_words(self._kept.run)
        if going_on:
            yield going_on
        self._kept.writer.check()
        setup = replace(self._setup, program=play.program, is_quiet=True)
        player = self._backend.new_player(setup)
        try:
            player.start()
            devices = setup.stream.microphone, setup.stream.loudspeaker
            self._kept.begin_take(play, *devices, player.played())
            wish = self._wait_for_end(play, player)
            review = player.summary()
        finally:
            player.close()
        self._finding = self._describe(review).finding if review else words.NOTHING_HEARD
        picture = player.snapshot()
        if picture.phase is LivePhase.FAILED:
            yield f"Note: {picture.warning.rstrip('.?')}."
            wish = Pause
            self.is_failed = True
        elif player.problem:
            yield f"Note: {player.problem}."
        heard = self._kept.end_take(play, review, self._finding, is_whole=wish is RunEnded)
        self._clock.played(heard.duration_s if heard is not None else 0.0)
        self._feed(wish(heard))

    def _wait_for_end(self, play: Play, player: LivePlayer) -> type[RunEnded | Wish]:
        wish: type[RunEnded | Wish] = RunEnded
        is_stopping = False
        try:
            while (picture := player.snapshot()).phase not in (
                LivePhase.FINISHED,
                LivePhase.FAILED,
            ):
                typed = self._typed.key()
                is_typed = typed == "" or typed in KEY_EVENTS
                if typed is not None:
                    wish = later_ending(wish, KEY_EVENTS.get(typed, wish))
                if (is_typed or is_run_over(play, picture)) and not is_stopping:
                    is_stopping = True
                    player.stop()
                time.sleep(self._poll_s)
        except KeyboardInterrupt:  # the session ends, and what was played is kept
            player.stop()
            _wait_until_ended(player)
            return Stop
        return wish

    def _breathe(self, breath: Breathe) -> Iterator[str]:
        if breath.is_result_shown:
            yield self._finding
        rung = words.rung_words(self._kept.run)
        if rung:
            yield f"Next: {rung}."
        self._feed(self._wait_until(breath.until_s, BREATH_EVENTS) or TimeUp())

    def _rest(self, rest: Rest) -> Iterator[str]:
        left = words.clock_words(rest.until_s - self._clock.now_s())
        yield f"{words.rest_words(rest)} {left} minutes."
        event = self._wait_until(rest.until_s) or TimeUp()  # no Enter cuts it short
        if isinstance(event, Skip) and not rest.may_be_left_out:
            yield f"{words.REST_STAYS}; q ends the session."
        self._feed(event)

    def _rehearse(self, rehearsal: Rehearse) -> Iterator[str]:
        """Count in, heard where that can be, and say the bars as they pass."""
        yield words.rehearsal_words(rehearsal)
        begun = begin_count_in(self._backend, self._setup, rehearsal)
        try:
            if begun.warning:
                yield f"Note: {begun.warning}"
            self._feed(CountInBegins(begun.lead_s))
            if isinstance(self._kept.run.now, Rehearse):
                yield from self._imagine(self._kept.run.now)
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
            is_closed = self._typed.is_closed  # asked first: what was typed before must count
            typed = self._typed.key()
            if typed in ("p", ""):
                self.is_failed = False
                return GoOn()
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
            self._kept.write_answers(Answered(effort))
            self._feed(Stop(rule=error.rule))
        except KeyboardInterrupt:
            self._kept.write_answers(Answered(effort))
            raise
        else:
            self._feed(Answered(effort, pain))


def _wait_until_ended(player: LivePlayer, within_s: float = 5.0) -> None:
    until_s = time.monotonic() + within_s
    while time.monotonic() < until_s:
        if player.snapshot().phase in (LivePhase.FINISHED, LivePhase.FAILED):
            return
        time.sleep(POLL_S)
