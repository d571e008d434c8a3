"""A run and the breath after it: what to do now, large, with notes and fingering below."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Container

from practiceear.live.snapshot import LivePhase, LiveSnapshot
from practiceear.practice.instructions import Breathe, Order, Paused, Play
from practiceear.reports import practice_words as words
from practiceear.tui.judgement import BigNumber
from practiceear.tui.play_views import beat_view
from practiceear.tui.player import Setup
from practiceear.tui.screens.stage import KEYS, STOP, StageScreen
from practiceear.tui.widgets.beat_display import BeatDisplay, BeatView
from practiceear.tui.widgets.big_number import BigNumberDisplay
from practiceear.tui.widgets.level_meter import LevelMeter, LevelView, level_view
from practiceear.tui.widgets.lines import HeadLine, KeyLine, Notice, NoticeView, TextBlock, TextView
from practiceear.tui.widgets.state_band import BandView, StateBand

PLAY_KEYS = (("space", "this run is over"), *KEYS)
BREATH_KEYS = (("space", "go on"), ("r", "result"), *KEYS)
PAUSE_KEYS = (("space", "go on"), *KEYS)


class PracticeScreen(StageScreen):
    """Shows one run after the other; nothing is judged while one plays."""

    def compose(self) -> ComposeResult:
        """From top to bottom: where one is, what to do, beat and numbers, notes, stop."""
        yield HeadLine(self.head(), id="head")
        yield Notice(NoticeView(), id="notice")
        yield StateBand(BandView(), id="band")
        with Container(id="figures"):
            yield BeatDisplay(BeatView(), id="beat")
            yield BigNumberDisplay(BigNumber("", ()), id="number")
        yield TextBlock(TextView(), id="text")
        yield LevelMeter(LevelView(), id="level")
        yield StateBand(STOP, id="stop")
        yield KeyLine(PLAY_KEYS, id="keys")

    def on_mount(self) -> None:
        """Show what there is."""
        self.is_ready = True
        self.show_order(self.practice_app.now)

    def show_order(self, order: Order) -> None:
        """Show a run, a breath or a pause."""
        if not self.is_ready:
            return
        self.query_one("#head", HeadLine).show(self.head())
        self.query_one("#notice", Notice).show(NoticeView(self.practice_app.warning))
        match order:
            case Play():
                self._show_play(order)
            case Breathe():
                self._show_breath(order)
            case Paused():
                self._show_pause()
        self.poll()

    def _show_play(self, play: Play) -> None:
        drill = play.step.drill
        self.set_class(play.program is None, "-still")
        self._keys(PLAY_KEYS)
        listen_for = drill.listen_for if drill is not None else ""
        lines = tuple(
            filter(None, (words.going_on_words(self.practice_app.run_of_session), listen_for))
        )
        self.query_one("#text", TextBlock).show(TextView(words.play_words(play), drill, lines))
        self.query_one("#band", StateBand).show(BandView(explanation="opening the microphone ..."))
        run = f"run {play.number} of {play.n_runs}" if play.n_runs else "as you like"
        tempo = "" if play.program is None else f"{play.bpm:.4g}"
        self.query_one("#number", BigNumberDisplay).show(
            BigNumber(tempo, ("bpm" if tempo else run, run))
        )

    def _show_breath(self, breath: Breathe) -> None:
        self.set_class(True, "-still")
        self._keys(BREATH_KEYS if breath.may_ask else PAUSE_KEYS)
        app = self.practice_app
        lines = []
        if breath.is_result_shown:
            lines.append(app.finding)
        elif breath.may_ask:
            lines.append("How was it? Decide first; then r shows what was heard.")
        rung = words.rung_words(app.run_of_session)
        if rung:
            lines.append(f"Next: {rung}.")
        self.query_one("#text", TextBlock).show(TextView(lines=tuple(lines)))
        self.query_one("#band", StateBand).show(BandView(words=words.large_words(breath)))

    def _show_pause(self) -> None:
        self.set_class(True, "-still")
        self._keys(PAUSE_KEYS)
        self.query_one("#band", StateBand).show(BandView(words="PAUSE"))
        self.query_one("#number", BigNumberDisplay).show(BigNumber("", ("pause", "space goes on")))
        self.query_one("#text", TextBlock).show(TextView())

    def _keys(self, keys: tuple[tuple[str, str], ...]) -> None:
        self.query_one("#keys", KeyLine).show(keys)

    def poll(self) -> None:
        """Show the beat and the level, or how long the breath still is."""
        if not self.is_ready:
            return
        app = self.practice_app
        match app.now:
            case Play() as play:
                self._show_take(play, app.picture)
            case Breathe() as breath:
                left_s = breath.until_s - app.session_s()
                number = BigNumber(words.clock_words(left_s), ("until the next",))
                self.query_one("#number", BigNumberDisplay).show(number)
                self.query_one("#level", LevelMeter).show(LevelView())

    def _show_take(self, play: Play, picture: LiveSnapshot | None) -> None:
        self.query_one("#head", HeadLine).show(self.head())
        if picture is None:
            self.query_one("#beat", BeatDisplay).show(BeatView())
            return
        app = self.practice_app
        setup = Setup(app.run_of_session.plan.instrument, play.program)
        self.query_one("#beat", BeatDisplay).show(beat_view(setup, picture))
        self.query_one("#level", LevelMeter).show(level_view(picture))
        self.query_one("#notice", Notice).show(NoticeView(picture.warning, app.banner))
        self.query_one("#band", StateBand).show(_band(play, picture, is_ending=app.is_ending))


def _band(play: Play, picture: LiveSnapshot, *, is_ending: bool) -> BandView:
    if is_ending or picture.phase in (LivePhase.FINISHED, LivePhase.FAILED):
        return BandView(explanation="keeping what you played ...")
    match picture.phase:
        case LivePhase.READY:
            starts = "the count-in comes" if play.program else "begins with your first note"
            return BandView(words="READY", explanation=starts)
        case LivePhase.COUNT_IN:
            return BandView(words="COUNT IN", explanation="play from the next bar on")
        case _:
            return BandView(words=words.large_words(play))
