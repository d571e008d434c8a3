"""The playing screen: beat, spread and one sign, to be read from where a violinist stands."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Container

from practiceear.live.snapshot import LivePhase, LiveSnapshot
from practiceear.tui import play_views
from practiceear.tui.judgement import BigNumber, Judgement, judge
from practiceear.tui.player import LivePlayer, Setup
from practiceear.tui.screens.base import AppScreen
from practiceear.tui.widgets.beat_display import BeatDisplay, BeatView
from practiceear.tui.widgets.big_number import BigNumberDisplay
from practiceear.tui.widgets.breath_cue import BreathCue, BreathView, breath_view
from practiceear.tui.widgets.level_meter import LevelMeter, LevelView, level_view
from practiceear.tui.widgets.lines import HeadLine, HeadView, KeyLine, Notice, NoticeView
from practiceear.tui.widgets.note_strip import NoteStrip, StripView, strip_view
from practiceear.tui.widgets.state_band import BandView, StateBand

POLLS_PER_S = 25.0
KEYS = (("space", "stop"), ("esc", "leave"), ("?", "help"), ("q", "quit"))
OPENING = BandView(explanation="opening the microphone ...")


class PlayScreen(AppScreen):
    """Shows one take while it is played."""

    def __init__(self, setup: Setup) -> None:
        super().__init__()
        self.setup = setup
        self._player: LivePlayer | None = None
        self._judgement = Judgement.UNKNOWN
        self._calm_key: tuple[LivePhase, int] | None = None
        self._number: BigNumber | None = None
        self.has_ended = False
        self.is_left = False

    def compose(self) -> ComposeResult:
        """From top to bottom; the stylesheet leaves out what a small screen has no room for."""
        yield HeadLine(HeadView((self.setup.instrument,)), id="head")
        yield Notice(NoticeView(), id="notice")
        with Container(id="figures"):
            yield BeatDisplay(BeatView(), id="beat")
            yield BigNumberDisplay(BigNumber("", ()), id="number")
        yield BreathCue(BreathView(), id="breath")
        yield StateBand(OPENING, id="band")
        yield NoteStrip(StripView(), id="strip")
        yield LevelMeter(LevelView(), id="level")
        yield KeyLine(KEYS)

    def on_mount(self) -> None:
        """Open the devices and look at them 25 times a second."""
        program = self.setup.program
        self.set_class(program is None, "-no-metronome")
        self.set_class(program is not None and program.is_silent, "-silent")
        self.set_class(self.setup.is_quiet, "-quiet")
        self.set_class(program is not None and program.breath is not None, "-breath")
        self.query_one("#breath").display = False
        if not self.ear_app.is_fake_clock:
            self.set_interval(1.0 / POLLS_PER_S, self.poll)
        self.ear_app.open_player(self, self.setup)

    def attach(self, player: LivePlayer) -> None:
        """Show this player from now on."""
        self._player = player
        self.poll()

    def poll(self) -> None:
        """Look at the take and show what changed."""
        if self._player is None or self.has_ended or self.is_left or self.ear_app.is_leaving:
            return
        snapshot = self._player.snapshot()
        self._show(snapshot, self._player.banner)
        if snapshot.phase in play_views.ENDED:
            self.has_ended = True
            self.ear_app.review_take(self, self._player, snapshot.warning)

    def action_main(self) -> None:
        """End the take."""
        if self._player is not None and not self.has_ended:
            self.ear_app.stop_player(self._player)

    def end_if_unsaved(self, *, is_asked: bool) -> bool:
        """End a take that is recorded nowhere, so that its summary is seen; whether it was one.

        With ``is_asked``, because of other takes, any take that is played.
        """
        if self._player is None or not (is_asked or not self._player.snapshot().is_recording):
            return False
        self.action_main()
        return True

    def action_back(self) -> None:
        """Leave the take without a summary; its recording is kept."""
        self.is_left = True
        self.ear_app.close_player()
        self.ear_app.leave_take(self)

    def _show(self, snapshot: LiveSnapshot, banner: str) -> None:
        setup = self.setup
        self.query_one("#head", HeadLine).show(play_views.head_view(setup, snapshot))
        self.query_one("#notice", Notice).show(play_views.notice_view(setup, snapshot, banner))
        self.query_one("#beat", BeatDisplay).show(play_views.beat_view(setup, snapshot))
        self.query_one("#level", LevelMeter).show(level_view(snapshot))
        self._show_breath(snapshot)
        self._show_judgement(snapshot)

    def _show_breath(self, snapshot: LiveSnapshot) -> None:
        cue = self.query_one("#breath", BreathCue)
        cue.display = snapshot.breath_phase is not None
        if snapshot.breath_phase is not None:
            cue.show(breath_view(snapshot.breath_phase))

    def _show_judgement(self, snapshot: LiveSnapshot) -> None:
        is_playing = snapshot.phase is LivePhase.PLAYING
        is_hidden = self.setup.is_quiet and is_playing
        band = self.query_one("#band", StateBand)
        band.display = not is_hidden
        if not is_hidden:
            self.query_one("#strip", NoteStrip).show(strip_view(snapshot))
        self._calm_down(snapshot)
        judgement = Judgement.UNKNOWN if self.setup.is_quiet else self._judgement
        band.show(play_views.band_view(self.setup, snapshot, judgement))
        if self._number is not None:
            self.query_one("#number", BigNumberDisplay).show(self._number)

    def _calm_down(self, snapshot: LiveSnapshot) -> None:
        """Renew number and sign once a second: faster they could not be read."""
        key = (snapshot.phase, int(snapshot.elapsed_s))
        is_judged = self._number is not None and bool(self._number.number)
        if key == self._calm_key and is_judged and self._judgement is not Judgement.UNKNOWN:
            return
        self._calm_key = key
        self._judgement = judge(snapshot, self._judgement)
        self._number = play_views.number_view(self.setup, snapshot)
