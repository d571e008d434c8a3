"""From a snapshot to what each part of the playing screen shows."""

from __future__ import annotations

import math

from practiceear.live.snapshot import LivePhase, LiveSnapshot
from practiceear.tui.judgement import BigNumber, Judgement, spread_in_words
from practiceear.tui.player import Setup
from practiceear.tui.widgets.beat_display import BeatView
from practiceear.tui.widgets.lines import HeadView, NoticeView
from practiceear.tui.widgets.state_band import BandView

SOFTEST_GOOD_PEAK_DBFS = -34.0
"""Below this the noise of a laptop's microphone comes close."""

ENDED = (LivePhase.FINISHED, LivePhase.FAILED)


def head_view(setup: Setup, snapshot: LiveSnapshot) -> HeadView:
    """Where one stands: bar, tempo, instrument; time and recording at the right."""
    left = [] if snapshot.bar is None else [_bar_words(snapshot.bar)]
    if snapshot.bpm is not None:
        left.append(f"{snapshot.bpm:.4g} bpm")
    left.append(setup.instrument)
    if snapshot.n_gaps:
        left.insert(0, f"sound lost {_times(snapshot.n_gaps)}")
    right = [clock(snapshot.elapsed_s)]
    if snapshot.is_recording:
        right.append("◉ REC")
    return HeadView(tuple(left), tuple(right))


def _bar_words(bar: int) -> str:
    return "count-in" if bar < 0 else f"bar {bar + 1}"


def _times(n_times: int) -> str:
    return "once" if n_times == 1 else f"{n_times} times"


def clock(elapsed_s: float) -> str:
    """Minutes and seconds."""
    minutes, seconds = divmod(int(elapsed_s), 60)
    return f"{minutes}:{seconds:02d}"


def notice_view(setup: Setup, snapshot: LiveSnapshot, banner: str) -> NoticeView:
    """What is wrong just now; else what the click does; else what the take is."""
    if not snapshot.warning and is_click_resting(setup, snapshot):
        return NoticeView(banner="The click rests: you are in time." + (banner and f" {banner}"))
    return NoticeView(snapshot.warning, banner)


def is_beat_hidden(setup: Setup, snapshot: LiveSnapshot) -> bool:
    """Whether the bar is silent on purpose: the player keeps the beat, so it is not shown."""
    program = setup.program
    if program is None or program.is_silent or snapshot.bar is None:
        return False
    return snapshot.phase is LivePhase.PLAYING and not program.is_bar_audible(snapshot.bar)


def is_click_resting(setup: Setup, snapshot: LiveSnapshot) -> bool:
    """Whether the click is silent because all is in time."""
    is_due = (
        setup.program is not None
        and not setup.program.is_silent
        and not is_beat_hidden(setup, snapshot)
    )
    is_playing = snapshot.phase is LivePhase.PLAYING
    return is_playing and is_due and setup.quiet_when_in_time and not snapshot.is_click_audible


def beat_view(setup: Setup, snapshot: LiveSnapshot) -> BeatView:
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


def band_view(setup: Setup, snapshot: LiveSnapshot, judgement: Judgement) -> BandView:
    """The sign, or where one stands while there is none."""
    match snapshot.phase:
        case LivePhase.READY:
            starts = (
                "begins with your first note" if setup.program is None else "the count-in comes"
            )
            return BandView(words="READY", explanation=starts)
        case LivePhase.COUNT_IN:
            return BandView(words="COUNT IN", explanation="play from the next bar on")
        case LivePhase.PLAYING:
            return BandView(judgement, explanation="listening ...")
        case LivePhase.FINISHED:
            return BandView(explanation="listening to the take once more ...")
        case LivePhase.FAILED:
            return BandView(explanation="the sound stopped coming; looking at what was heard ...")


def number_view(setup: Setup, snapshot: LiveSnapshot) -> BigNumber:
    """The spread; before it the level check; when quiet the bar, or the time without one."""
    if snapshot.phase is LivePhase.READY:
        return _level_advice(snapshot)
    if snapshot.phase is LivePhase.COUNT_IN:
        return BigNumber("", ())
    if not setup.is_quiet:
        return spread_in_words(snapshot)
    if snapshot.bar is None:
        return BigNumber(clock(snapshot.elapsed_s), ())
    return BigNumber(str(snapshot.bar + 1), ("bar",))


def _level_advice(snapshot: LiveSnapshot) -> BigNumber:
    if snapshot.is_clipping:
        return BigNumber("", ("too loud", "turn the input down"))
    if snapshot.peak_dbfs >= SOFTEST_GOOD_PEAK_DBFS:
        return BigNumber("", ("the level is good", ""))
    if snapshot.peak_dbfs == -math.inf:
        return BigNumber("", ("nothing heard yet", "play a loud note to check the level"))
    return BigNumber("", ("soft", "play a loud note to check the level"))
