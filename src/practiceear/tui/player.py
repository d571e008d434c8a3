"""What the terminal app needs from the rest of the house: takes, live and recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from practiceear.errors import PracticeEarError

if TYPE_CHECKING:
    from pathlib import Path

    from practiceear.analysis.review import TakeReview
    from practiceear.journal.running_take import PlayedNotes
    from practiceear.live.calibration_store import StoredCalibration
    from practiceear.live.snapshot import LiveSnapshot
    from practiceear.live.sound_check import SoundPicture
    from practiceear.metronome.program import MetronomeProgram
    from practiceear.practice.instructions import Rehearse
    from practiceear.settings import Exercise, LiveOptions


@dataclass(frozen=True, slots=True)
class DeviceChoice:
    """A microphone or loudspeaker that can be chosen.

    Attributes
    ----------
    name
        How the program asks for it.
    label
        How it is shown.
    is_default
        Whether the system takes it where none is named.
    """

    name: str
    label: str
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class SummaryText:
    """What is said about a take: the one sentence that matters, and the measures below it."""

    finding: str
    lines: Sequence[str]


Describe = Callable[["TakeReview"], SummaryText]
"""Puts a review into words."""


class CancelledError(Exception):
    """Raised by who is told of progress, where what is done is no longer wanted."""


class LivePlayer(Protocol):
    """One live take."""

    banner: str
    """What must be known about the take all the time, such as that it is a demo; may be empty."""

    problem: str
    """What went wrong with the take, known after `summary`; may be empty."""

    @property
    def recording(self) -> Path | None:
        """The file of the take, once it has ended; None where it was not recorded."""

    def start(self) -> None:
        """Open the devices and begin; called once, may take seconds.

        Raises
        ------
        PracticeEarError
            Where that cannot be done.
        """

    def snapshot(self) -> LiveSnapshot:
        """The picture of this moment: cheap, safe from any thread, asked for 25 times a second."""

    def played(self) -> PlayedNotes:
        """Its notes so far; asked for after `start`."""

    def stop(self) -> None:
        """End the take, as the player wishes: FINISHED follows."""

    def close(self) -> None:
        """Give the devices back; never hangs, may be called in any state and more than once."""

    def summary(self) -> TakeReview | None:
        """What was heard, after FINISHED or FAILED, saved; may take seconds.

        None where nothing was heard, or it could not be measured.
        """


class CountIn(Protocol):
    """A count-in that sounds, and nothing after it."""

    def start(self) -> float:
        """Let it sound; return how many seconds from now its first click comes.

        Raises
        ------
        PracticeEarError
            Where that cannot be done.
        """

    def close(self) -> None:
        """Fall silent; never hangs, may be called more than once."""


class SoundCheck(Protocol):
    """A microphone that is listened to before a take."""

    calibration: StoredCalibration | None
    """What was measured with these devices once; None where nothing was."""

    is_bluetooth: bool
    """Whether one of them is wireless."""

    def picture(self) -> SoundPicture:
        """What it hears just now: cheap, from any thread."""

    def close(self) -> None:
        """Give the microphone back; never hangs, may be called more than once."""


class TakePlayback(Protocol):
    """A recorded take that can be heard; all but `play` and `close` return at once."""

    @property
    def position_s(self) -> float:
        """Which second of the take is heard just now."""

    @property
    def is_playing(self) -> bool:
        """Whether it sounds."""

    @property
    def error(self) -> PracticeEarError | None:
        """Why it fell silent, until `play` is called again; None where it did not."""

    def play(self) -> None:
        """Sound from the position on, or from the beginning at the end; may take seconds.

        Raises
        ------
        PracticeEarError
            Where there is no loudspeaker that can be used.
        """

    def pause(self) -> None:
        """Fall silent; the position stays."""

    def seek(self, position_s: float) -> None:
        """Go to a place; it goes on sounding from there if it sounded."""

    def close(self) -> None:
        """Give the loudspeaker back; may take seconds, never hangs, may be called twice."""


class TakeSource(Protocol):
    """What can be done with takes on disk; all of it may take seconds."""

    def folder(self) -> Path:
        """Where takes are kept.

        Raises
        ------
        PracticeEarError
            Where there is no such folder.
        """

    def review(self, path: Path, exercise: Exercise, progress: Callable[[str], None]) -> TakeReview:
        """Hear and measure a take, telling ``progress`` how far it is; what that raises ends it.

        Raises
        ------
        PracticeEarError
            Where it cannot be read.
        """

    def playback(self, path: Path, duration_s: float, setup: LiveOptions) -> TakePlayback:
        """A take that can be heard; nothing is opened yet.

        Raises
        ------
        PracticeEarError
            Where it cannot be read.
        """

    def write_page(self, review: TakeReview, path: Path) -> Path:
        """Write the page of a take beside it, or to where takes are kept; return its name.

        Raises
        ------
        PracticeEarError
            Where it cannot be written.
        """


@dataclass(frozen=True, slots=True)
class JournalPage:
    """A take as the journal shows it.

    Attributes
    ----------
    take_id
        Its number in the journal.
    number, n_takes
        Which one it is among the takes of its session, from 1 on, and how many these are.
    began
        Day and time, ``2026-03-01 18:00``, where it was played.
    instrument
        Name of the profile it was heard with.
    program
        The metronome it was played to; None without one, and where its tempo changed.
    is_tempo_steady
        Whether it did not change.
    text
        What was found, and what was said of it.
    recording
        Its file; None where none is kept.
    """

    take_id: int
    number: int
    n_takes: int
    began: str
    instrument: str
    program: MetronomeProgram | None
    text: SummaryText
    recording: Path | None
    is_tempo_steady: bool = True


class PastTakes(Protocol):
    """The journal as it is turned through; all of it reads a disk."""

    def unfinished(self) -> str:
        """Say which takes were cut off while they were recorded; empty where none were.

        Raises
        ------
        PracticeEarError
            Where the journal cannot be read.
        """

    def recover(self, progress: Callable[[str], None]) -> Iterator[str]:
        """Complete them from their recordings, saying what is done; slow.

        Raises
        ------
        PracticeEarError
            Where the journal cannot be written.
        """

    def newest(self) -> JournalPage | None:
        """The take that was played last; None where there is none.

        Raises
        ------
        PracticeEarError
            Where the journal cannot be read.
        """

    def turned(self, take_id: int, n_pages: int) -> JournalPage | None:
        """The take so many before (negative) or after another one; None beyond either end.

        Raises
        ------
        PracticeEarError
            Where the journal cannot be read.
        """


class TakeBackend(Protocol):
    """Where takes begin."""

    @property
    def takes(self) -> TakeSource:
        """The takes on disk."""

    @property
    def journal(self) -> PastTakes:
        """The takes that were played before."""

    def instruments(self) -> list[str]:
        """Names of the instruments that can be listened for."""

    def devices(self) -> tuple[list[DeviceChoice], list[DeviceChoice]]:
        """Inputs and outputs that are there now.

        Raises
        ------
        PracticeEarError
            Where they cannot be listed.
        """

    def prepare(self, progress: Callable[[str], None]) -> None:
        """Make the ear ready, telling ``progress`` what is being done; slow, called in a thread.

        Raises
        ------
        PracticeEarError
            Where something is missing.
        """

    def listen_in(self, setup: LiveOptions) -> SoundCheck | None:
        """Listen to the microphone before a take; None where none is used. May take seconds.

        Raises
        ------
        PracticeEarError
            Where it cannot be opened.
        """

    def new_count_in(self, setup: LiveOptions) -> CountIn | None:
        """The count-in of the setup's metronome; None where nothing can sound. May take seconds.

        Raises
        ------
        PracticeEarError
            Where the devices cannot be opened.
        """

    def new_player(self, setup: LiveOptions) -> LivePlayer:
        """A take that has not begun.

        Raises
        ------
        PracticeEarError
            Where the setup cannot be played.
        """


NOTHING_HEARD = "Nothing was heard."


@dataclass(frozen=True, slots=True)
class ReviewedTake:
    """A take and what can be done with it.

    Attributes
    ----------
    review
        What was heard; None where nothing was.
    text
        The review in words.
    path
        Its file; None where it was not recorded.
    playback
        It, to be heard again; None where that cannot be.
    error
        Why it cannot be heard although it was recorded.
    is_opened
        Whether it was chosen from the disk, not played just now.
    number
        Which one it is of the takes that are kept nowhere; None for all others.
    """

    review: TakeReview | None = None
    text: SummaryText = SummaryText(NOTHING_HEARD, ())
    path: Path | None = None
    playback: TakePlayback | None = None
    error: PracticeEarError | None = None
    is_opened: bool = False
    number: int | None = None


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


def begin_count_in(backend: TakeBackend, setup: LiveOptions, rehearsal: Rehearse) -> BegunCountIn:
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
