"""A rest: calm, with the time that is left; or a run that is only imagined."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Container

from practiceear.practice.instructions import Order, Rehearse, Rest
from practiceear.reports import practice_words as words
from practiceear.tui.judgement import BigNumber
from practiceear.tui.screens.stage import KEYS, STAYING_KEYS, STOP, StageScreen
from practiceear.tui.widgets.beat_display import BeatDisplay, BeatView
from practiceear.tui.widgets.big_number import BigNumberDisplay
from practiceear.tui.widgets.lines import HeadLine, KeyLine, Notice, NoticeView, TextBlock, TextView
from practiceear.tui.widgets.state_band import BandView, StateBand

REST_ADVICE = "Put the instrument down. It goes on by itself."
IMAGINE_ADVICE = "Hands still: hear every note in your mind, in time."
NOT_YET = "It is time to rest: s leaves it out."
STAYS = f"{words.REST_STAYS}; esc ends the session."


class RestScreen(StageScreen):
    """Shows a rest, or a silent rehearsal."""

    def __init__(self) -> None:
        super().__init__()
        self._notice = ""

    def compose(self) -> ComposeResult:
        """Where one is, what to do, time, why, stop."""
        yield HeadLine(self.head(), id="head")
        yield Notice(NoticeView(), id="notice")
        yield StateBand(BandView(), id="band")
        with Container(id="figures"):
            yield BeatDisplay(BeatView(), id="beat")
            yield BigNumberDisplay(BigNumber("", ()), id="number")
        yield TextBlock(TextView(), id="text")
        yield StateBand(STOP, id="stop")
        yield KeyLine(KEYS, id="keys")

    def on_mount(self) -> None:
        """Show what there is."""
        self.is_ready = True
        self.show_order(self.practice_app.now)

    def show_order(self, order: Order) -> None:
        """Show the rest or the rehearsal."""
        if not self.is_ready:
            return
        self._notice = ""
        has_beat = isinstance(order, Rehearse) and order.program is not None
        self.set_class(not has_beat, "-still")
        text = self.query_one("#text", TextBlock)
        match order:
            case Rest():
                app = self.practice_app
                finding = (app.finding,) if app.is_result_due else ()
                text.show(TextView(words.rest_words(order), None, (REST_ADVICE, *finding)))
                band = BandView(words=words.large_words(order))
                self.query_one("#band", StateBand).show(band)
                keys = KEYS if order.may_be_left_out else STAYING_KEYS
                self.query_one("#keys", KeyLine).show(keys)
            case Rehearse():
                self.query_one("#keys", KeyLine).show(KEYS)
                text.show(TextView(IMAGINE_ADVICE, order.drill))
        self.poll()

    def poll(self) -> None:
        """Show the time that is left, and the beat of a rehearsal."""
        if not self.is_ready:
            return
        app = self.practice_app
        now_s = app.session_s()
        self.query_one("#head", HeadLine).show(self.head())
        match app.now:
            case Rest() as rest:
                self.query_one("#notice", Notice).show(NoticeView(banner=self._notice))
                self._show_left(rest.until_s - now_s)
            case Rehearse() as rehearsal:
                self._show_rehearsal(rehearsal, now_s)

    def _show_rehearsal(self, rehearsal: Rehearse, now_s: float) -> None:
        place = rehearsal.beat_at(now_s)
        is_begun = now_s >= rehearsal.began_s
        self._show_left(rehearsal.until_s - now_s if is_begun else rehearsal.length_s)
        self.query_one("#notice", Notice).show(NoticeView(self.practice_app.warning))
        self.query_one("#band", StateBand).show(_band(rehearsal, place))
        self.query_one("#beat", BeatDisplay).show(_beat(rehearsal, place))

    def _show_left(self, left_s: float) -> None:
        number = BigNumber(words.clock_words(left_s), ("left",))
        self.query_one("#number", BigNumberDisplay).show(number)

    def action_main(self) -> None:
        """Not by the pedal, which is easily touched: a rest has its own key, if any."""
        match self.practice_app.now:
            case Rest() as rest:
                self._notice = NOT_YET if rest.may_be_left_out else STAYS
                self.poll()
            case _:
                self.practice_app.go_on()

    def action_skip(self) -> None:
        """Leave a rehearsal out, or a rest that only the ear asks for."""
        match self.practice_app.now:
            case Rest(may_be_left_out=False):
                self._notice = STAYS
                self.poll()
            case _:
                self.practice_app.skip_step()


def _band(rehearsal: Rehearse, place: tuple[int, int] | None) -> BandView:
    if rehearsal.program is None or (place is not None and place[0] >= 0):
        return BandView(words=words.large_words(rehearsal))
    if place is None:
        return BandView(words="READY", explanation="the count-in comes")
    return BandView(words="COUNT IN", explanation="imagine it from the next bar on")


def _beat(rehearsal: Rehearse, place: tuple[int, int] | None) -> BeatView:
    meter = rehearsal.drill.meter
    beat = None if place is None else place[1]
    # Wide: after the count-in nothing is heard of it.
    return BeatView(beat, meter.n_beats, meter.accented_beats, is_wide=True)
