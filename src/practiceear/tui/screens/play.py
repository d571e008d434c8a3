"""The playing screen: beat, spread and one sign, to be read from where a violinist stands."""

from __future__ import annotations

import math
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Container
from textual.message import Message

from practiceear.live.snapshot import LivePhase, LiveSnapshot
from practiceear.moments import clock_words
from practiceear.settings import LiveOptions
from practiceear.tui.judgement import BigNumber, Judgement, judge, spread_in_words
from practiceear.tui.player import LivePlayer
from practiceear.tui.screens.base import AppScreen
from practiceear.tui.widgets.band import BandView, NoteStrip, StateBand, StripView, strip_view
from practiceear.tui.widgets.big_number import (
    BeatDisplay,
    BeatView,
    BigNumberDisplay,
    BreathCue,
    BreathView,
    breath_view,
)
from practiceear.tui.widgets.lines import (
    HeadLine,
    HeadView,
    KeyLine,
    LevelBar,
    LevelView,
    Notice,
    NoticeView,
    level_view,
)

ENDED = (LivePhase.FINISHED, LivePhase.FAILED)
SOFTEST_GOOD_PEAK_DBFS = -34.0
"""Below this the noise of a laptop's microphone comes close."""

KEYS = (("space", "stop"), ("esc", "leave"), ("?", "help"), ("q", "quit"))
OPENING = BandView(explanation="opening the microphone ...")


class PlayScreen(AppScreen):
    """Shows one take while it is played; ``is_left`` once nobody waits for its summary."""

    POLLS_PER_S = 25.0

    @dataclass
    class PlayerRequested(Message):
        """The devices are to be opened and given to the screen."""

        screen: PlayScreen

    @dataclass
    class StopRequested(Message):
        """The take is to end."""

        player: LivePlayer

    @dataclass
    class Ended(Message):
        """The take is over; ``warning`` says what went wrong, if anything did."""

        screen: PlayScreen
        player: LivePlayer
        warning: str

    def __init__(self, setup: LiveOptions) -> None:
        super().__init__()
        self.setup = setup
        self._has_ended = self.is_left = False
        self._player: LivePlayer | None = None
        self._judgement = Judgement.UNKNOWN
        self._calm_key: tuple[LivePhase, int] | None = None
        self._number: BigNumber | None = None

    def compose(self) -> ComposeResult:
        """From top to bottom; the stylesheet leaves out what a small screen has no room for."""
        yield HeadLine(HeadView((self.setup.instrument or "",)), id="head")
        yield Notice(NoticeView(), id="notice")
        with Container(id="figures"):
            yield BeatDisplay(BeatView(), id="beat")
            yield BigNumberDisplay(BigNumber("", ()), id="number")
        yield BreathCue(BreathView(), id="breath")
        yield StateBand(OPENING, id="band")
        yield NoteStrip(StripView(), id="strip")
        yield LevelBar(LevelView(), id="level")
        yield KeyLine(KEYS)

    def on_mount(self) -> None:
        """Ask for the devices."""
        program = self.setup.program
        self.set_class(program is None, "-no-metronome")
        self.set_class(program is not None and program.is_silent, "-silent")
        self.set_class(self.setup.is_quiet, "-quiet")
        self.set_class(program is not None and program.breath is not None, "-breath")
        self.query_one("#breath").display = False
        self.post_message(self.PlayerRequested(self))

    def attach(self, player: LivePlayer) -> None:
        """Show this player from now on."""
        self._player = player
        self.poll()

    def poll(self) -> None:
        """Look at the take and show what changed."""
        if self._player is None or self._has_ended or self.is_left:
            return
        snapshot = self._player.snapshot()
        self._show(snapshot, self._player.banner)
        if snapshot.phase in ENDED:
            self._has_ended = True
            self.post_message(self.Ended(self, self._player, snapshot.warning))

    def action_main(self) -> None:
        """End the take."""
        if self._player is not None and not self._has_ended:
            self.post_message(self.StopRequested(self._player))

    def end_if_unsaved(self, *, even_if_recorded: bool) -> bool:
        """End a take that is recorded nowhere, so that its summary is seen; whether it was one.

        With ``even_if_recorded``, any take that is played.
        """
        if self._player is None or not (
            even_if_recorded or not self._player.snapshot().is_recording
        ):
            return False
        self.action_main()
        return True

    def action_back(self) -> None:
        """Leave the take without a summary; its recording stays."""
        if not self.is_left:
            self.is_left = True
            self.post_message(self.BackRequested(self))

    def _show(self, snapshot: LiveSnapshot, banner: str) -> None:
        setup = self.setup
        self.show("head", head_view(setup, snapshot))
        self.show("notice", notice_view(setup, snapshot, banner))
        self.show("beat", beat_view(setup, snapshot))
        self.show("level", level_view(snapshot))
        self._show_breath(snapshot)
        self._show_judgement(snapshot)

    def _show_breath(self, snapshot: LiveSnapshot) -> None:
        cue = self.query_one("#breath", BreathCue)
        cue.display = snapshot.breath_phase is not None
        if snapshot.breath_phase is not None:
            cue.show(breath_view(snapshot.breath_phase))

    def _show_judgement(self, snapshot: LiveSnapshot) -> None:
        is_hidden = self.setup.is_quiet and snapshot.phase is LivePhase.PLAYING
        band = self.query_one("#band", StateBand)
        band.display = not is_hidden
        if not is_hidden:
            self.show("strip", strip_view(snapshot))
        self._calm_down(snapshot)
        judgement = Judgement.UNKNOWN if self.setup.is_quiet else self._judgement
        band.show(band_view(self.setup, snapshot, judgement))
        if self._number is not None:
            self.show("number", self._number)

    def _calm_down(self, snapshot: LiveSnapshot) -> None:
        """Renew number and sign once a second: faster they could not be read."""
        key = (snapshot.phase, int(snapshot.elapsed_s))
        is_judged = self._number is not None and bool(self._number.number)
        if key == self._calm_key and is_judged and self._judgement is not Judgement.UNKNOWN:
            return
        self._calm_key = key
        self._judgement = judge(snapshot, self._judgement)
        self._number = number_view(self.setup, snapshot)


def head_view(setup: LiveOptions, snapshot: LiveSnapshot) -> HeadView:
    """Bar, tempo and instrument; time and recording at the right."""
    left = [setup.instrument or ""]
    if snapshot.bpm is not None:
        left.insert(0, f"{snapshot.bpm:.4g} bpm")
    if snapshot.bar is not None:
        left.insert(0, "count-in" if snapshot.bar < 0 else f"bar {snapshot.bar + 1}")
    if n := snapshot.n_gaps:
        left.insert(0, "sound lost once" if n == 1 else f"sound lost {n} times")
    right = [clock_words(int(snapshot.elapsed_s)), *(["◉ REC"] if snapshot.is_recording else [])]
    return HeadView(tuple(left), tuple(right))


def notice_view(setup: LiveOptions, snapshot: LiveSnapshot, banner: str) -> NoticeView:
    """What is wrong just now; else what the click does; else what the take is."""
    if not snapshot.warning and is_click_resting(setup, snapshot):
        return NoticeView(banner="The click rests: you are in time." + (banner and f" {banner}"))
    return NoticeView(snapshot.warning, banner)


def is_beat_hidden(setup: LiveOptions, snapshot: LiveSnapshot) -> bool:
    """Whether the bar is silent on purpose: the player keeps the beat, so it is not shown."""
    program = setup.program
    if program is None or program.is_silent or snapshot.bar is None:
        return False
    return snapshot.phase is LivePhase.PLAYING and not program.is_bar_audible(snapshot.bar)


def is_click_resting(setup: LiveOptions, snapshot: LiveSnapshot) -> bool:
    """Whether the click is silent because all is in time."""
    program = setup.program
    if program is None or program.is_silent or is_beat_hidden(setup, snapshot):
        return False
    is_playing = snapshot.phase is LivePhase.PLAYING
    return is_playing and setup.is_quiet_when_in_time and not snapshot.is_click_audible


def beat_view(setup: LiveOptions, snapshot: LiveSnapshot) -> BeatView:
    """The beat of the bar."""
    program = setup.program
    if program is None:
        return BeatView()
    return BeatView(
        beat=None if snapshot.phase in ENDED else snapshot.beat,
        n_beats=snapshot.n_beats,
        accented_beats=program.meter.accented_beats,
        note="silent bar" if is_beat_hidden(setup, snapshot) else "",
        is_wide=program.is_silent,
    )


def start_view(phase: LivePhase, *, has_metronome: bool) -> BandView:
    """What comes before the first note."""
    if phase is LivePhase.COUNT_IN:
        return BandView(words="COUNT IN", explanation="play from the next bar on")
    starts = "the count-in comes" if has_metronome else "begins with your first note"
    return BandView(words="READY", explanation=starts)


def band_view(setup: LiveOptions, snapshot: LiveSnapshot, judgement: Judgement) -> BandView:
    """The sign, or what happens while there is none."""
    match snapshot.phase:
        case LivePhase.PLAYING:
            return BandView(judgement, explanation="listening ...")
        case LivePhase.FINISHED:
            return BandView(explanation="listening to the take once more ...")
        case LivePhase.FAILED:
            return BandView(explanation="the sound stopped coming; looking at what was heard ...")
        case phase:
            return start_view(phase, has_metronome=setup.program is not None)


def number_view(setup: LiveOptions, snapshot: LiveSnapshot) -> BigNumber:
    """The spread; before it the level check; when quiet the bar, or the time without one."""
    if snapshot.phase is LivePhase.READY:
        return BigNumber("", _level_advice(snapshot))
    if snapshot.phase is LivePhase.COUNT_IN:
        return BigNumber("", ())
    if not setup.is_quiet:
        return spread_in_words(snapshot)
    if snapshot.bar is None:
        return BigNumber(clock_words(int(snapshot.elapsed_s)), ())
    return BigNumber(str(snapshot.bar + 1), ("bar",))


def _level_advice(snapshot: LiveSnapshot) -> tuple[str, str]:
    if snapshot.is_clipping:
        return "too loud", "turn the input down"
    if snapshot.peak_dbfs >= SOFTEST_GOOD_PEAK_DBFS:
        return "the level is good", ""
    is_silent = snapshot.peak_dbfs == -math.inf
    return "nothing heard yet" if is_silent else "soft", "play a loud note to check the level"
