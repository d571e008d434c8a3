"""What the terminal app needs from the rest of the house: takes, live and recorded.

All methods that open, read or write something may take seconds, and raise `PracticeEarError`
where that cannot be done. Every ``close`` never hangs, and may be called in any state and more
than once.
"""

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
    """A microphone or loudspeaker; the default one is taken where none is named."""

    name: str
    label: str
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class SummaryText:
    """What is reported of a take: the one sentence that matters, and the measures below it."""

    finding: str
    lines: Sequence[str]


Describe = Callable[["TakeReview"], SummaryText]
"""Puts a review into words."""

Progress = Callable[[str], None]
"""Shows how far something is; may raise `CancelledError`."""


class CancelledError(Exception):
    """Raised by a progress callback to cancel the work."""


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
        """Open the devices and begin; called once."""

    def snapshot(self) -> LiveSnapshot:
        """The picture of this moment: cheap, from any thread, needed 25 times a second."""

    def played(self) -> PlayedNotes:
        """Its notes so far, after `start`."""

    def stop(self) -> None:
        """End the take: FINISHED follows."""

    def close(self) -> None:
        """Give the devices back."""

    def summary(self) -> TakeReview | None:
        """The review, after FINISHED or FAILED, saved; None where nothing could be measured."""


class CountIn(Protocol):
    """A count-in that sounds, and nothing after it."""

    def start(self) -> float:
        """Let it sound; return how many seconds from now its first click comes."""

    def close(self) -> None:
        """Fall silent."""


class MicrophoneCheck(Protocol):
    """A microphone that is listened to before a take."""

    calibration: StoredCalibration | None
    """What was measured with these devices once; None where nothing was."""

    is_bluetooth: bool
    """Whether one of them is wireless."""

    def picture(self) -> SoundPicture:
        """What it hears just now: cheap, from any thread."""

    def close(self) -> None:
        """Give the microphone back."""


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
        """Sound from the position on, or from the beginning at the end."""

    def pause(self) -> None:
        """Fall silent; the position stays."""

    def seek(self, position_s: float) -> None:
        """Go to a place; it goes on sounding from there if it sounded."""

    def close(self) -> None:
        """Give the loudspeaker back."""


class TakeSource(Protocol):
    """Takes on disk."""

    def folder(self) -> Path:
        """The folder that takes are saved in."""

    def review(self, path: Path, exercise: Exercise, progress: Progress) -> TakeReview:
        """Measure a take."""

    def playback(self, path: Path, duration_s: float, setup: LiveOptions) -> TakePlayback:
        """A take that can be heard; nothing is opened yet."""

    def write_page(self, review: TakeReview, path: Path) -> Path:
        """Write the page of a take beside it, or to where takes are saved; return its name."""


@dataclass(frozen=True, slots=True)
class JournalPage:
    """A take as the journal shows it.

    ``number``, ``n_takes``: which one it is among the takes of its session, from 1 on, and how many
    these are. ``program``: the metronome it was played to; None without one, and where its tempo
    changed.
    """

    take_id: int
    number: int
    n_takes: int
    began: str  # day and time, ``2026-03-01 18:00``, where it was played
    instrument: str  # name of the profile it was heard with
    program: MetronomeProgram | None
    text: SummaryText  # what was found, and what was reported of it
    recording: Path | None  # its file; None where there is none
    is_tempo_steady: bool = True


class PastTakes(Protocol):
    """The journal as it is turned through."""

    def unfinished(self) -> str:
        """Say which takes were cut off while they were recorded; empty where none were."""

    def recover(self, progress: Progress) -> Iterator[str]:
        """Complete them from their recordings, yielding what is done."""

    def newest(self) -> JournalPage | None:
        """The take that was played last; None where there is none."""

    def turned(self, take_id: int, n_pages: int) -> JournalPage | None:
        """The take so many before (negative) or after another one; None beyond either end."""


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
        """Inputs and outputs that are there now."""

    def prepare(self, progress: Progress) -> None:
        """Make the detector ready; called in a thread."""

    def listen_in(self, setup: LiveOptions) -> MicrophoneCheck | None:
        """Listen to the microphone before a take; None where none is used."""

    def new_count_in(self, setup: LiveOptions) -> CountIn | None:
        """The count-in of the setup's metronome; None where nothing can sound."""

    def new_player(self, setup: LiveOptions) -> LivePlayer:
        """A take that has not begun."""


NOTHING_HEARD = "Nothing was heard."


@dataclass(frozen=True, slots=True)
class ReviewedTake:
    """A take with all that its summary needs.

    ``playback``, ``error``: it, to be heard again; why it cannot be although it was recorded.
    ``number``: which one it is of the takes that were not recorded; None for all others.
    """

    review: TakeReview | None = None  # None where nothing was heard
    text: SummaryText = SummaryText(NOTHING_HEARD, ())  # it is frozen
    path: Path | None = None  # its file; None where it was not recorded
    playback: TakePlayback | None = None
    error: PracticeEarError | None = None
    is_opened: bool = False  # whether it was chosen from the disk, not played just now
    number: int | None = None


@dataclass(frozen=True, slots=True)
class BegunCountIn:
    """A count-in whose first beat comes ``lead_s`` from now.

    ``sound``: to be closed at the end; None where it is only seen. ``warning``: why it is not
    heard, where it should have been; may be empty.
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
