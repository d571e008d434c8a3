"""A session as it is played: events in, instructions out, by one table of transitions.

Nothing here opens a device, reads a clock or draws: moments are passed in, so that a session of
an hour can be played in a test. Stopping overrides everything; after it no event leads back to
playing.
"""

from __future__ import annotations

from practiceear.practice import session_moves as to
from practiceear.practice.advice import Advice
from practiceear.practice.instructions import (
    Answered,
    Ask,
    Breathe,
    CountInBegins,
    EndingEvent,
    Event,
    Instruction,
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
    Stopped,
    TimeUp,
)
from practiceear.practice.session_state import SessionState

TRANSITIONS: dict[type[Instruction], dict[type[Event], to.Handler]] = {
    Play: {
        RunEnded: to.end_run,
        Skip: to.leave_step,
        Pause: to.pause,
        ReportNow: to.ask,
        Stop: to.stop,
    },
    Breathe: {
        TimeUp: to.begin_step,
        ShowResult: to.show_result,
        Skip: to.leave_breath,
        Pause: to.pause,
        ReportNow: to.ask,
        Stop: to.stop,
    },
    Rest: {
        TimeUp: to.end_rest,
        Skip: to.leave_rest_out,
        Pause: to.pause,
        ReportNow: to.ask,
        Stop: to.stop,
    },
    Rehearse: {
        CountInBegins: to.begin_count_in,
        TimeUp: to.leave_step,
        Skip: to.leave_step,
        Pause: to.pause,
        ReportNow: to.ask,
        Stop: to.stop,
    },
    Ask: {
        Answered: to.answer,
        Skip: to.skip_question,
        Stop: to.stop,
    },
    Paused: {
        Resume: to.resume,
        TimeUp: to.resume,
        Skip: to.skip_paused,
        ReportNow: to.ask,
        Stop: to.stop,
    },
}
"""The handler of each event that can answer an instruction; all others change nothing.

`Stopped` and `Done` are final. After every event, rules of ``advice.py`` may stop the session.
"""


class SessionRun(SessionState):
    """One session."""

    def feed(self, event: Event, at_s: float) -> Instruction:
        """Take an event; return the instruction that follows.

        ``at_s``: seconds since the session began; never decreases.
        """
        if self.is_over:
            return self.now
        if isinstance(self.now, Play | Breathe):
            self.load.add_playing(at_s - self.clock_s)
        self.clock_s = at_s
        handler = TRANSITIONS[type(self.now)].get(type(event))
        if handler is not None:
            if isinstance(event, EndingEvent) and event.summary is not None:
                self.load.sounding_s += event.summary.sounding_s
                self.load.loud_s += event.summary.loud_s
            handler(self, self.now, event)
        reason = self.advice()
        if reason.advice is Advice.STOP and not self.is_over:
            self.now = Stopped(reason.rule)
        return self.now
