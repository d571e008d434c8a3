"""The screens of a practice session in their order: begin, a run and its breath, a rest, end."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Container

from practiceear.live.snapshot import LivePhase, LiveSnapshot
from practiceear.moments import clock_words
from practiceear.practice.instructions import Breathe, Instruction, Paused, Play, Rehearse, Rest
from practiceear.practice.steps import Step
from practiceear.reports import practice_words as words
from practiceear.settings import LiveOptions
from practiceear.tui.judgement import BigNumber
from practiceear.tui.screens.play import ENDED, beat_view, start_view
from practiceear.tui.screens.session import (
    KEYS,
    STAYING_KEYS,
    STOP,
    Command,
    SessionView,
    StageScreen,
)
from practiceear.tui.widgets.band import BandView, StateBand
from practiceear.tui.widgets.big_number import BeatDisplay, BeatView, BigNumberDisplay
from practiceear.tui.widgets.lines import (
    HeadLine,
    HeadView,
    KeyLine,
    LevelBar,
    LevelView,
    Notice,
    NoticeView,
    TextBlock,
    TextView,
    level_view,
)

BEGIN_KEYS = (("space", "begin"), ("?", "help"), ("q", "quit"))
END_KEYS = (("space", "leave"), ("?", "help"), ("q", "leave"))
ALL_KEPT = "All that was played and said is kept in your journal."
PLAY_KEYS = (("space", "this run is over"), *KEYS)
BREATH_KEYS = (("space", "go on"), ("r", "result"), *KEYS)
PAUSE_KEYS = (("space", "go on"), *KEYS)
REST_ADVICE = "Put the instrument down. It goes on by itself."
IMAGINE_ADVICE = "Hands still: hear every note in your mind, in time."
NOT_YET = "It is time to rest: s leaves it out."
STAYS = f"{words.REST_STAYS}; esc ends the session."


class BeginScreen(StageScreen):
    """What is to be done today; the main key begins."""

    MAIN = Command.BEGIN

    def compose(self) -> ComposeResult:
        """Head, notice, steps, begin."""
        run = self.session.run
        pain = words.after_pain_words(run.plan, run.past.after_pain)
        lines = [*((pain, "") if pain else ()), *map(_step_words, run.steps), words.NO_DIAGNOSIS]
        yield HeadLine(self.head(), id="head")
        yield Notice(NoticeView(banner=self.session.banner), id="notice")
        title = f"{run.plan.name}, by {run.plan.author}"
        yield TextBlock(TextView(title, None, tuple(lines)), id="plan")
        yield StateBand(BandView(words="BEGIN: SPACE"), id="band")
        yield KeyLine(BEGIN_KEYS, id="keys")


def _step_words(step: Step) -> str:
    minutes = f"{step.length_s / 60.0:4.1f} min  {step.kind.value}"
    if step.drill is None:
        return minutes
    tempo = f", {step.bpm:g} bpm" if step.drill.tone_s is None else ""
    runs = f", {step.n_runs} runs" if step.n_runs > 1 else ""
    return f"{minutes}: {step.drill.title}{tempo}{runs}"


def _compose_top(head: HeadView) -> ComposeResult:
    yield HeadLine(head, id="head")
    yield Notice(NoticeView(), id="notice")
    yield StateBand(BandView(), id="band")
    with Container(id="figures"):
        yield BeatDisplay(BeatView(), id="beat")
        yield BigNumberDisplay(BigNumber("", ()), id="number")
    yield TextBlock(TextView(), id="text")


class PracticeScreen(StageScreen):
    """Shows one run after the other; nothing is judged while one plays."""

    def compose(self) -> ComposeResult:
        """From top to bottom: where one is, what to do, beat and numbers, notes, stop."""
        yield from _compose_top(self.head())
        yield LevelBar(LevelView(), id="level")
        yield StateBand(STOP, id="stop")
        yield KeyLine(PLAY_KEYS, id="keys")

    def show_order(self, order: Instruction) -> None:
        """Show a run, a breath or a pause."""
        self.show("head", self.head())
        self.show("notice", NoticeView(self.session.warning))
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
        self.show("keys", PLAY_KEYS)
        listen_for = drill.listen_for if drill is not None else ""
        lines = tuple(filter(None, (words.going_on_words(self.session.run), listen_for)))
        self.show("text", TextView(words.play_words(play), drill, lines))
        self.show("band", BandView(explanation="opening the microphone ..."))
        run = f"run {play.number} of {play.n_runs}" if play.n_runs else "as you like"
        tempo = "" if play.program is None else f"{play.bpm:.4g}"
        self.show("number", BigNumber(tempo, ("bpm" if tempo else run, run)))

    def _show_breath(self, breath: Breathe) -> None:
        self.set_class(True, "-still")
        self.show("keys", BREATH_KEYS if breath.may_show_result else PAUSE_KEYS)
        session = self.session
        lines = []
        if breath.is_result_shown:
            lines.append(session.finding)
        elif breath.may_show_result:
            lines.append("How was it? Decide first; then r shows what was heard.")
        if rung := words.rung_words(session.run):
            lines.append(f"Next: {rung}.")
        self.show("text", TextView(lines=tuple(lines)))
        self.show("band", BandView(words=words.large_words(breath)))

    def _show_pause(self) -> None:
        self.set_class(True, "-still")
        self.show("keys", PAUSE_KEYS)
        self.show("band", BandView(words="PAUSE"))
        self.show("number", BigNumber("", ("pause", "space goes on")))
        self.show("text", TextView())

    def poll(self) -> None:
        """Show the beat and the level, or how long the breath still is."""
        session = self.session
        match session.now:
            case Play() as play:
                self._show_take(play, session.picture)
            case Breathe() as breath:
                left_s = breath.until_s - session.session_s()
                number = BigNumber(clock_words(left_s), ("until the next",))
                self.show("number", number)
                self.show("level", LevelView())

    def _show_take(self, play: Play, picture: LiveSnapshot | None) -> None:
        self.show("head", self.head())
        if picture is None:
            self.show("beat", BeatView())
            return
        session = self.session
        setup = LiveOptions(session.run.plan.instrument, play.program)
        self.show("beat", beat_view(setup, picture))
        self.show("level", level_view(picture))
        self.show("notice", NoticeView(picture.warning, session.banner))
        band = _play_band(play, picture, is_ending=session.ending is not None)
        self.show("band", band)


def _play_band(play: Play, picture: LiveSnapshot, *, is_ending: bool) -> BandView:
    if is_ending or picture.phase in ENDED:
        return BandView(explanation="keeping what you played ...")
    if picture.phase is LivePhase.PLAYING:
        return BandView(words=words.large_words(play))
    return start_view(picture.phase, has_metronome=play.program is not None)


class RestScreen(StageScreen):
    """Shows a rest, or a silent rehearsal."""

    def __init__(self, session: SessionView) -> None:
        super().__init__(session)
        self._notice = ""

    def compose(self) -> ComposeResult:
        """Where one is, what to do, time, why, stop."""
        yield from _compose_top(self.head())
        yield StateBand(STOP, id="stop")
        yield KeyLine(KEYS, id="keys")

    def show_order(self, order: Instruction) -> None:
        """Show the rest or the rehearsal."""
        self._notice = ""
        has_beat = isinstance(order, Rehearse) and order.program is not None
        self.set_class(not has_beat, "-still")
        match order:
            case Rest():
                session = self.session
                finding = (session.finding,) if session.is_result_due else ()
                self.show("text", TextView(words.rest_words(order), None, (REST_ADVICE, *finding)))
                self.show("band", BandView(words=words.large_words(order)))
                self.show("keys", KEYS if order.may_be_left_out else STAYING_KEYS)
            case Rehearse():
                self.show("keys", KEYS)
                self.show("text", TextView(IMAGINE_ADVICE, order.drill))
        self.poll()

    def poll(self) -> None:
        """Show the time that is left, and the beat of a rehearsal."""
        session = self.session
        now_s = session.session_s()
        self.show("head", self.head())
        match session.now:
            case Rest() as rest:
                self.show("notice", NoticeView(banner=self._notice))
                self._show_left(rest.until_s - now_s)
            case Rehearse() as rehearsal:
                self._show_rehearsal(rehearsal, now_s)

    def _show_rehearsal(self, rehearsal: Rehearse, now_s: float) -> None:
        place = rehearsal.beat_at(now_s)
        is_begun = now_s >= rehearsal.began_s
        self._show_left(rehearsal.until_s - now_s if is_begun else rehearsal.length_s)
        self.show("notice", NoticeView(self.session.warning))
        self.show("band", _rehearsal_band(rehearsal, place))
        meter = rehearsal.drill.meter
        beat = None if place is None else place[1]
        # Wide: after the count-in nothing is heard of it.
        self.show("beat", BeatView(beat, meter.n_beats, meter.accented_beats, is_wide=True))

    def _show_left(self, left_s: float) -> None:
        self.show("number", BigNumber(clock_words(left_s), ("left",)))

    def action_main(self) -> None:
        """Not by the pedal, which is easily touched: a rest has its own key, if any."""
        match self.session.now:
            case Rest() as rest:
                self._notice = NOT_YET if rest.may_be_left_out else STAYS
                self.poll()
            case _:
                super().action_main()

    def action_skip(self) -> None:
        """Leave a rehearsal out, or a rest that only the measurements ask for."""
        match self.session.now:
            case Rest(may_be_left_out=False):
                self._notice = STAYS
                self.poll()
            case _:
                super().action_skip()


def _rehearsal_band(rehearsal: Rehearse, place: tuple[int, int] | None) -> BandView:
    if rehearsal.program is None or (place is not None and place[0] >= 0):
        return BandView(words=words.large_words(rehearsal))
    if place is None:
        return BandView(words="READY", explanation="the count-in comes")
    return BandView(words="COUNT IN", explanation="imagine it from the next bar on")


class EndScreen(StageScreen):
    """How the session ended; the main key leaves."""

    MAIN = BACK = Command.LEAVE

    def compose(self) -> ComposeResult:
        """Head, sign, why, keys."""
        session = self.session
        played = "1 run was" if session.n_runs == 1 else f"{session.n_runs} runs were"
        lines = [session.finding] if session.is_result_due else []
        lines += [f"{played} played.", ALL_KEPT if session.error is None else ""]
        text = TextView(words.end_words(session.run), None, tuple(lines))
        yield HeadLine(self.head(), id="head")
        yield Notice(NoticeView(str(session.error or "")), id="notice")
        yield StateBand(BandView(words=words.large_words(session.now)), id="band")
        yield TextBlock(text, id="text")
        yield KeyLine(END_KEYS, id="keys")
