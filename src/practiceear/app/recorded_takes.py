"""Recorded takes for the screens: heard as set up there, played again, put on a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from practiceear.errors import OutputError, TakeError
from practiceear.settings import LiveOptions
from practiceear.tui.player import TakePlayback

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from practiceear.analysis.review import TakeReview
    from practiceear.audio.blocks import AudioBlock
    from practiceear.audio.takefile import TakeFile
    from practiceear.settings import Exercise

MOST_PAGES = 999


class RecordedTakes:
    """The takes on disk, as the screens see them."""

    def folder(self) -> Path:
        """Where takes are saved; OutputError where there is no such folder."""
        from practiceear.folders import takes_folder

        return takes_folder()

    def review(self, path: Path, exercise: Exercise, progress: Callable[[str], None]) -> TakeReview:
        """Analyse a take as ``practiceear review`` does; TakeError if unreadable or silent."""
        from practiceear.analysis.review import review_take
        from practiceear.audio.blocks import ObservedSource
        from practiceear.audio.takefile import TakeFile
        from practiceear.instruments.registry import load_profile

        try:
            take = TakeFile(path)
            profile = load_profile(exercise.instrument)
            source = ObservedSource(take, partial(_reporting, take, progress))
            return review_take(take, source, profile, exercise)
        except OSError as error:
            reason = error.strerror or str(error)
            raise TakeError(
                f"{path} cannot be read on: {reason}", "Check the disk it is on"
            ) from error

    def playback(self, path: Path, duration_s: float, setup: LiveOptions) -> TakePlayback:
        """A take that can be heard; TakeError where it cannot be read."""
        from practiceear.audio.take_player import TakePlayer

        return TakePlayer(path, duration_s, setup.stream.loudspeaker)

    def write_page(self, review: TakeReview, path: Path) -> Path:
        """Write the page of a take beside it, or into the takes folder where that cannot be.

        An existing page stays: it may hold somebody's corrections. TakeError where the take can no
        longer be read, OutputError where no page can be written.
        """
        from practiceear.reports.page.page import write_review_page
        from practiceear.reports.write import refuse_target

        target = _free_name(path.parent, path.stem).absolute()
        try:
            refuse_target(str(target), [path])
        except OutputError:
            target = _free_name(self.folder(), path.stem).absolute()
        write_review_page(str(target), review, path, None, has_audio=True)
        return target


def _reporting(
    take: TakeFile, progress: Callable[[str], None], blocks: Iterator[AudioBlock]
) -> Iterator[AudioBlock]:
    """Deliver a take's blocks, reporting every hundredth, or every second, of them."""
    reported = ""
    for block in blocks:
        heard_s = block.end_sample / take.rate_hz
        words = f"{heard_s:.0f} s heard"
        if take.duration_s:
            words = f"{min(100.0 * heard_s / take.duration_s, 100.0):.0f} %"
        if words != reported:
            reported = words
            progress(words)
        yield block
    progress("heard, now measured")


def _free_name(folder: Path, stem: str) -> Path:
    for number in range(1, MOST_PAGES + 1):
        target = folder / (f"{stem}.html" if number == 1 else f"{stem}-{number}.html")
        if not target.exists():
            return target
    raise OutputError(f"{folder} holds {MOST_PAGES} pages of {stem}", "Remove some of them")
