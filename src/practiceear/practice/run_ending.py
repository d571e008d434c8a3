"""When a run has been played: all its notes were heard and none follows, or its time is over.

A take ends by itself after seconds of silence; a player with both hands at the instrument
should not have to wait for that after every run.
"""

from __future__ import annotations

from practiceear.live.snapshot import LivePhase, LiveSnapshot
from practiceear.practice.instructions import Pause, Play, RunEnded, Skip, Stop, WishToSay
from practiceear.practice.schedule import quiet_after_s

Ending = type[RunEnded | Skip | Stop | Pause | WishToSay]
"""What a run's end means."""

HEARD_SHARE = 0.9
"""Of the notes of a run: some may be too soft to be heard."""


def is_run_over(play: Play, picture: LiveSnapshot) -> bool:
    """Whether the take of a run can be ended.

    Parameters
    ----------
    play
        What was to be played.
    picture
        Of the take, as it is now.
    """
    if picture.elapsed_s >= play.longest_s:
        return True
    drill = play.step.drill
    is_counted = play.n_runs > 0 and drill is not None and len(drill.notes) > 0
    if not is_counted or drill is None or picture.phase is not LivePhase.PLAYING:
        return False
    if not picture.notes or picture.n_notes < HEARD_SHARE * len(drill.notes):
        return False
    return picture.elapsed_s - picture.notes[-1].onset_s >= quiet_after_s(play.bpm)


def later_ending(before: Ending, after: Ending) -> Ending:
    """Return what the end of a run means where one key after another was pressed.

    The later one counts, but nothing undoes a stop, and only a stop the wish to say what hurts.
    """
    is_undone = before is not Stop and (before is not WishToSay or after is Stop)
    return after if is_undone else before
