"""What a session tells the player to do now, and what can happen then."""

from __future__ import annotations

import math
from dataclasses import dataclass

from practiceear.metronome.program import GapClick, MetronomeProgram
from practiceear.practice.answers import LARGEST_ANSWER
from practiceear.practice.drill import Drill
from practiceear.practice.heard_run import HeardRun
from practiceear.practice.rest import HEARD_RULES
from practiceear.practice.schedule import Step, run_length_s

# Orders: what is to be done now. Moments are seconds of the session's own clock.


@dataclass(frozen=True, slots=True)
class Play:
    """Play a run.

    Attributes
    ----------
    step
        Which it belongs to.
    bpm
        Its tempo, never above the plan's ceiling.
    number, n_runs
        Which run of the step, from 1; n_runs is 0 where the step goes by time.
    longest_s
        The take ends after so long, whatever is played.
    gap
        Silent bars; None without.
    is_excursion
        Whether another tempo is only visited.
    """

    step: Step
    bpm: float
    number: int
    n_runs: int
    longest_s: float
    gap: GapClick | None = None
    is_excursion: bool = False

    @property
    def program(self) -> MetronomeProgram | None:
        """The metronome; None for long tones, which have no click."""
        drill = self.step.drill
        if drill is None or drill.tone_s is not None:
            return None
        return MetronomeProgram(self.bpm, drill.meter, drill.subdivision, gap=self.gap)


@dataclass(frozen=True, slots=True)
class Breathe:
    """Some seconds between runs; the result is shown where it is time for it."""

    until_s: float
    step: Step
    is_result_shown: bool = False
    may_ask: bool = False


@dataclass(frozen=True, slots=True)
class Rest:
    """A rest.

    Attributes
    ----------
    began_s, until_s
        When.
    rule
        Why: ``planned``, or the rule of ``practice.rest`` that asks for it.
    """

    began_s: float
    until_s: float
    rule: str

    @property
    def may_be_left_out(self) -> bool:
        """Whether the player may leave it out: only where nobody but the ear asks for it."""
        return self.rule in HEARD_RULES


@dataclass(frozen=True, slots=True)
class Rehearse:
    """Imagine the next run: the count-in sounds, then the beat is only seen.

    Attributes
    ----------
    drill, bpm
        What is imagined, and how fast.
    began_s
        When the count-in begins; NaN until that is known, for a loudspeaker is opened first.
    """

    drill: Drill
    bpm: float
    began_s: float = math.nan

    @property
    def program(self) -> MetronomeProgram | None:
        """The metronome; None for long tones, which have no click."""
        if self.drill.tone_s is not None:
            return None
        return MetronomeProgram(self.bpm, self.drill.meter, self.drill.subdivision)

    @property
    def bar_s(self) -> float:
        """How long a bar is."""
        return self.drill.meter.n_beats * 60.0 / self.bpm

    @property
    def length_s(self) -> float:
        """Of the count-in and the run together."""
        program = self.program
        count_in_s = program.n_count_in_bars * self.bar_s if program is not None else 0.0
        return count_in_s + run_length_s(self.drill, self.bpm)

    @property
    def until_s(self) -> float:
        """When it is over; NaN until it is known when it begins."""
        return self.began_s + self.length_s

    def bar_starts_s(self) -> dict[int, float]:
        """When each bar begins, the bars of the count-in being below 0; none without a metronome.

        The last one may be cut short by the end.
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
    """Ask for effort and pain.

    Attributes
    ----------
    is_planned
        False where the player wished to say it.
    is_first
        Before anything is played: only pain, with which a later one is compared.
    before
        The rest or pause in which it is asked, and which goes on after the answer.
    """

    is_planned: bool = True
    is_first: bool = False
    before: Rest | Paused | None = None


@dataclass(frozen=True, slots=True)
class Paused:
    """Nothing, until the player goes on."""

    began_s: float
    before: Play | Breathe | Rest | Rehearse


@dataclass(frozen=True, slots=True)
class Stopped:
    """The session is over before its end; the rule is that of ``practice.rest``, or the player."""

    rule: str


@dataclass(frozen=True, slots=True)
class Done:
    """The session is over."""


Order = Play | Breathe | Rest | Rehearse | Ask | Paused | Stopped | Done

PLANNED = "planned"
PLAYER = "player"
UNANSWERED = "no answer"

# Events: what can happen. Those that end a run bring what was heard of it; None: nothing.


@dataclass(frozen=True, slots=True)
class RunEnded:
    """A run was played to its end."""

    heard: HeardRun | None = None


@dataclass(frozen=True, slots=True)
class TimeUp:
    """The time of a breath, rest or rehearsal is over, or the player goes on before."""


@dataclass(frozen=True, slots=True)
class CountInBegins:
    """The count-in of a rehearsal is ready: its first beat comes after so many seconds."""

    in_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Answered:
    """Effort and pain, 0 to 10; None where the player skipped the question.

    Raises
    ------
    ValueError
        Where a number is not 0 to 10: it is no answer.
    """

    effort: float | None = None
    pain: float | None = None

    def __post_init__(self) -> None:
        for number in (self.effort, self.pain):
            if number is not None and not 0.0 <= number <= LARGEST_ANSWER:
                raise ValueError(f"an answer is 0 to {LARGEST_ANSWER:g}, not {number}")


@dataclass(frozen=True, slots=True)
class Skip:
    """Leave this step out."""

    heard: HeardRun | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """End the session: the player wishes it, or a question cannot be answered."""

    heard: HeardRun | None = None
    rule: str = PLAYER


@dataclass(frozen=True, slots=True)
class Pause:
    """Interrupt; a run that was begun does not count."""

    heard: HeardRun | None = None


@dataclass(frozen=True, slots=True)
class GoOn:
    """The pause is over."""


@dataclass(frozen=True, slots=True)
class WishToSay:
    """The player wants to say effort and pain now."""

    heard: HeardRun | None = None


@dataclass(frozen=True, slots=True)
class ResultAsked:
    """The player wants to see the last result."""


Event = (
    RunEnded
    | TimeUp
    | CountInBegins
    | Answered
    | Skip
    | Stop
    | Pause
    | GoOn
    | WishToSay
    | ResultAsked
)
