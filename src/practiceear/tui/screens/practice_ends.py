"""Before and after a session: what is to come, and what became of it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from practiceear.practice.instructions import Order
from practiceear.practice.schedule import Step
from practiceear.reports import practice_words as words
from practiceear.tui.screens.help import HelpScreen
from practiceear.tui.screens.stage import StageScreen
from practiceear.tui.widgets.lines import (
    HeadLine,
    HeadView,
    KeyLine,
    Notice,
    NoticeView,
    TextBlock,
    TextView,
)
from practiceear.tui.widgets.state_band import BandView, StateBand

BEGIN_KEYS = (("space", "begin"), ("?", "help"), ("q", "quit"))
END_KEYS = (("space", "leave"), ("?", "help"), ("q", "leave"))
KEPT = "All that was played and said is kept in your journal."
HELP_TEXT = """\
[b]Keys of a practice session[/b]
[b]space[/b] or the [b]pedal[/b]   begin; this run is over; go on. A rest is not cut short by it.
[b]esc[/b] or [b]q[/b]             stop: the session ends, and all that was played is kept
[b]s[/b]                    leave this step out; a rest that the plan asks for stays
[b]p[/b]                    pause; a run that was begun is played again
[b]a[/b]                    say effort and pain now: a number from 0 to 10 and Enter
[b]r[/b]                    show what was heard, in the breath after a run

You need no key at all: it counts in, hears when a run is over, breathes, and goes on.

Results are shown after every run at first, then after every third, then when you ask:
what is told every time is not learned. An assessment tells nothing until its end, so
that it can be compared with the next; nor does the run as in a concert, before the end.

It rests and stops by the rules of your plan, and stopping wins over everything. Nothing
here is a diagnosis: where it hurts, stop, and ask somebody who knows."""


class BeginScreen(StageScreen):
    """What is to be done today; the main key begins."""

    def compose(self) -> ComposeResult:
        """Head, notice, steps, begin."""
        plan = self.practice_app.run_of_session.plan
        lines = tuple(_step_words(one) for one in self.practice_app.run_of_session.steps)
        yield HeadLine(self.head(), id="head")
        yield Notice(NoticeView(banner=self.practice_app.banner), id="notice")
        title = f"{plan.name}, by {plan.author}"
        pain = words.after_pain_words(plan, self.practice_app.run_of_session.past.after_pain)
        notes = (pain, "") if pain else ()
        yield TextBlock(TextView(title, None, (*notes, *lines, words.NO_DIAGNOSIS)), id="plan")
        yield StateBand(BandView(words="BEGIN: SPACE"), id="band")
        yield KeyLine(BEGIN_KEYS, id="keys")

    def show_order(self, order: Order) -> None:
        """Nothing changes before it begins."""

    def action_main(self) -> None:
        """Begin."""
        self.practice_app.begin()


class EndScreen(StageScreen):
    """How the session ended; the main key leaves."""

    def compose(self) -> ComposeResult:
        """Head, sign, why, keys."""
        app = self.practice_app
        order = app.now
        why = words.end_words(app.run_of_session)
        lines = [app.finding] if app.is_result_due else []
        lines += [app.count_words(), KEPT if app.error is None else ""]
        yield HeadLine(self.head(), id="head")
        yield Notice(NoticeView(str(app.error) if app.error else ""), id="notice")
        yield StateBand(BandView(words=words.large_words(order)), id="band")
        yield TextBlock(TextView(why, None, tuple(lines)), id="text")
        yield KeyLine(END_KEYS, id="keys")

    def show_order(self, order: Order) -> None:
        """Nothing changes any more."""

    def action_main(self) -> None:
        """Leave."""
        self.practice_app.leave()

    def action_back(self) -> None:
        """Leave."""
        self.practice_app.leave()


class PracticeHelpScreen(HelpScreen):
    """The help for a practice session."""

    def compose(self) -> ComposeResult:
        """Head, text, keys."""
        yield HeadLine(HeadView(("Help",)))
        with VerticalScroll(id="scroll", can_focus=True):
            yield Static(HELP_TEXT, id="help")
        yield KeyLine((("space", "close"), ("↑ ↓", "more")))


def _step_words(step: Step) -> str:
    minutes = f"{step.length_s / 60.0:4.1f} min  {step.kind.value}"
    if step.drill is None:
        return minutes
    tempo = f", {step.bpm:g} bpm" if step.drill.tone_s is None else ""
    runs = f", {step.n_runs} runs" if step.n_runs > 1 else ""
    return f"{minutes}: {step.drill.title}{tempo}{runs}"
