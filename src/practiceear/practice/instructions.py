"""A session's instructions to the player, and the events that answer them.

Moments are seconds of the session's own clock.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from practiceear.live.snapshot import LivePhase, LiveSnapshot
from practiceear.metronome.program import GapClick, MetronomeProgram
from practiceear.practice.drill import Drill
from practiceear.practice.rest import DETECTION_RULES
from practiceear.practice.steps import (
    RunSummary,
    Step,
    bar_length_s,
    quiet_after_s,
    run_length_s,
)

PLANNED = "planned"
PLAYER = "player"
UNANSWERED = "no answer"
"""Rules of instructions that are none of ``practice.advice``."""

# Instructions: what is to be done now.


def _program(
    drill: Drill | None, bpm: float, gap: GapClick | None = None
) -> MetronomeProgram | None:
    """The metronome of a drill; None for long tones, which have no click."""
    if drill is None or drill.tone_s is not None:
        return None
    return MetronomeProgram(bpm, drill.meter, drill.subdivision, gap=gap)


@dataclass(frozen=True, slots=True)
class Play:
    """Play a run."""

    step: Step
    bpm: float  # never above the plan's ceiling
    number: int  # which run of the step, from 1
    n_runs: int  # 0 where the step goes by time
    longest_s: float  # the take ends then, whatever is played
    gap: GapClick | None = None  # silent bars
    is_excursion: bool = False  # another tempo is only visited

    @property
    def program(self) -> MetronomeProgram | None:
        """The metronome; None for long tones, which have no click."""
        return _program(self.step.drill, self.bpm, self.gap)

    def is_run_over(self, snapshot: LiveSnapshot) -> bool:
        """Whether its take can end: all notes were played and none follows, or its time is over.

        A take by itself ends only after seconds of silence; a player with both hands at the
        instrument should not have to wait for that after every run.
        """
        if snapshot.elapsed_s >= self.longest_s:
            return True
        n_notes = len(self.step.drill.notes) if self.step.drill is not None else 0
        if not self.n_runs or not n_notes or snapshot.phase is not LivePhase.PLAYING:
            return False
        if not snapshot.notes or snapshot.n_notes < PLAYED_SHARE * n_notes:
            return False
        return snapshot.elapsed_s - snapshot.notes[-1].onset_s >= quiet_after_s(self.bpm)


PLAYED_SHARE = 0.9
"""Share of a run's notes after which it may be over: some may be too soft to be detected."""


@dataclass(frozen=True, slots=True)
class Breathe:
    """Wait some seconds between runs; the result may be shown by itself or on request."""

    until_s: float
    step: Step
    is_result_shown: bool = False
    may_show_result: bool = False


@dataclass(frozen=True, slots=True)
class Rest:
    """Rest; the rule is ``planned``, or that of ``practice.advice`` or ``DueRest``."""

    began_s: float
    until_s: float
    rule: str

    @property
    def may_be_left_out(self) -> bool:
        """Whether the player may leave it out: only where detected notes alone ask for it."""
        return self.rule in DETECTION_RULES


@dataclass(frozen=True, slots=True)
class Rehearse:
    """Imagine the next run: the count-in sounds, then the beat is only seen."""

    drill: Drill
    bpm: float
    began_s: float = math.nan  # of the count-in; NaN until the loudspeaker is open

    @property
    def program(self) -> MetronomeProgram | None:
        """The metronome; None for long tones, which have no click."""
        return _program(self.drill, self.bpm)

    @property
    def bar_s(self) -> float:
        """Length of a bar."""
        return bar_length_s(self.drill, self.bpm)

    @property
    def length_s(self) -> float:
        """Length of the count-in and the run together."""
        program = self.program
        count_in_s = program.n_count_in_bars * self.bar_s if program is not None else 0.0
        return count_in_s + run_length_s(self.drill, self.bpm)

    @property
    def until_s(self) -> float:
        """Its end; NaN until its beginning is known."""
        return self.began_s + self.length_s

    def bar_starts_s(self) -> dict[int, float]:
        """Start of each bar, those of the count-in being below 0; none without a metronome.

        The last bar may be cut short by the end.
        """
        if self.program is None:
            return {}
        n_before = self.program.n_count_in_bars
        n_bars = math.ceil(round(self.length_s / self.bar_s, 6))
        return {k - n_before: self.began_s + k * self.bar_s for k in range(n_bars)}

    def beat_at(self, now_s: float) -> tuple[int, int] | None:
        """Bar, below 0 in the count-in, and beat from 0; None before it and without a metronome."""
        if self.program is None or not now_s >= self.began_s:
            return None
        n_beats = self.drill.meter.n_beats
        n_passed = int((now_s - self.began_s) * self.bpm / 60.0)
        return n_passed // n_beats - self.program.n_count_in_bars, n_passed % n_beats


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask for effort and pain."""

    is_planned: bool = True  # by a step of the session
    is_first: bool = False  # before anything is played: only pain, to compare with
    before: Rest | Paused | None = None  # what is interrupted, and resumed after the answer


@dataclass(frozen=True, slots=True)
class Paused:
    """Wait until the player resumes."""

    began_s: float
    before: Play | Breathe | Rest | Rehearse


@dataclass(frozen=True, slots=True)
class Stopped:
    """The session ended early; the rule is that of ``practice.advice``, or the player."""

    rule: str


@dataclass(frozen=True, slots=True)
class Done:
    """The session is over."""


Instruction = Play | Breathe | Rest | Rehearse | Ask | Paused | Stopped | Done

# Events: what can happen. Those that end a run carry its summary; None: nothing was recorded.


@dataclass(frozen=True, slots=True)
class RunEnded:
    """A run was played to its end."""

    summary: RunSummary | None = None


@dataclass(frozen=True, slots=True)
class TimeUp:
    """The time of a breath, rest or rehearsal is over, or the player goes on earlier."""


@dataclass(frozen=True, slots=True)
class CountInBegins:
    """The count-in of a rehearsal is ready: its first beat comes after so many seconds."""

    in_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Answered:
    """Effort and pain, 0 to 10, else ValueError; None where the player skipped the question."""

    effort: float | None = None
    pain: float | None = None

    def __post_init__(self) -> None:
        for number in (self.effort, self.pain):
            if number is not None and not 0.0 <= number <= LARGEST_ANSWER:
                raise ValueError(f"an answer is 0 to {LARGEST_ANSWER:g}, not {number}")


@dataclass(frozen=True, slots=True)
class Skip:
    """Leave this step out."""

    summary: RunSummary | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """End the session: the player wants to, or a question cannot be answered."""

    summary: RunSummary | None = None
    rule: str = PLAYER


@dataclass(frozen=True, slots=True)
class Pause:
    """Interrupt; a run that was begun does not count."""

    summary: RunSummary | None = None


@dataclass(frozen=True, slots=True)
class Resume:
    """The pause is over."""


@dataclass(frozen=True, slots=True)
class ReportNow:
    """The player wants to report effort and pain now."""

    summary: RunSummary | None = None


@dataclass(frozen=True, slots=True)
class ShowResult:
    """The player wants to see the last result."""


Event = (
    RunEnded
    | TimeUp
    | CountInBegins
    | Answered
    | Skip
    | Stop
    | Pause
    | Resume
    | ReportNow
    | ShowResult
)

EndingEvent = RunEnded | Skip | Stop | Pause | ReportNow
"""Events that end a run."""

Ending = type[EndingEvent]


def later_ending(before: Ending, after: Ending) -> Ending:
    """Return the event of a run's end after two keys: the later one counts.

    But nothing overrides `Stop`, and only `Stop` overrides `ReportNow`.
    """
    is_overridden = before is not Stop and (before is not ReportNow or after is Stop)
    return after if is_overridden else before


# Answers: lines and screens read them here, so that the same rule holds for both.

LARGEST_ANSWER = 10.0
SKIP_WORDS = ("s", "skip")
NUMBER = re.compile(r"(0|[1-9]\d{0,2})([.,]\d{1,3})?", re.ASCII)
"""Without leading zeros: 0/10 typed without its stroke is not 10."""


class UnreadableAnswerError(ValueError):
    """The text is neither a number from 0 to 10 nor a skip: the question is asked again."""


def read_answer(typed: str) -> float | None:
    """Return the number that was typed, with a point or a comma; None for one of `SKIP_WORDS`.

    Raises UnreadableAnswerError where it is neither a number from 0 to 10 nor a skip.
    """
    text = typed.strip().lower()
    if text in SKIP_WORDS:
        return None
    if NUMBER.fullmatch(text) is None:
        raise UnreadableAnswerError(text)
    number = float(text.replace(",", "."))
    if number > LARGEST_ANSWER:
        raise UnreadableAnswerError(text)
    return number
