"""Recognises the clicks of a metronome that is not one's own among confirmed onsets.

A short high note and a click cannot be told apart by one sound. A metronome can: it repeats its
sound, or its two sounds, at an interval that no hand keeps. Once four clicks have shown it, its
grid says when the next one is due, over pauses and beneath notes. Nothing is taken for a click
whose sound differs from the metronome's, however well it falls on the beat.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from practiceear.onset.event import OnsetArray, OnsetKind
from practiceear.rhythm.grid import BoolArray
from practiceear.units import FloatArray, IntArray

Sound = npt.NDArray[np.float32]
"""Mean levels log10(1 + m) of the bands just after an onset, shape (n_bands,)."""

FEWEST_CLICKS = 4
SHORTEST_S, LONGEST_S = 0.15, 2.2
"""Interval of the clicks: 27 a minute to eighths at 200."""

LEAST_CLICK_LIKE = 0.3
"""What is less like a click than this is none, wherever it falls."""

CLICK_LIKE, SHARE_OF_CLICK_LIKE = 0.45, 0.75
"""A sound on the grid that is not just the click's is as much like a click as the others are:
a note that begins together with a click is less."""

CLICK_LIKE_ALONE = 0.8
"""Of instruments without struck tones: from here on a sound is no note even alone."""

SAME_SOUND = 0.28
"""Difference of two sounds of one metronome: 25 kinds of clicks in rooms differ by at most 0.14
from beat to beat, up to 0.27 where they are as soft as the room; a piano's neighbouring keys by
0.35 to 0.6."""

SAME_ON_GRID, ITS_VERY_SOUND = 0.3, 0.12
"""The same where the sound comes when a click is due; and where it can be nothing else."""

LIKE_ITS_ECHO = 0.45

LEAST_EVIDENCE = 10.0
MACHINE_S = ((0.0005, 0.3), (0.0008, 0.3), (0.0012, 0.25), (0.0018, 0.15))
HAND_S = ((0.003, 0.05), (0.005, 0.1), (0.008, 0.2), (0.014, 0.35), (0.025, 0.3))
"""Spreads about equal intervals, and how often each is met: of a metronome's clicks as they are
detected, and of repeated notes. Nobody was measured below 3 ms."""

NATS_A_CLICK_LIKENESS, UNDECIDED_CLICK_LIKE, MOST_OF_CLICK_LIKENESS = 6.0, 0.45, 7.0
NATS_A_STRANGER, NATS_A_MISS, NATS_A_STRAY, MOST_OF_STRAYS = 3.0, 1.0, 3.0, 30.0
LONGEST_WALK_S, HIDES_S = 30.0, 0.05
NATS_A_PART, PART_WITHIN_S, CLICK_LIKE_DRUM = 3.0, 0.0025, 0.75
STRAYS_S = 8.0
"""A metronome's sound was not heard off its beats either, so long before its first click."""

REACH_S, LEAST_SPREAD_S, FURTHEST_REACH_S = 0.002, 0.0004, 0.02
MOST_SPREAD_S = 0.0028
"""Members of a grid that spread by more are played by a hand after all."""

COUNT_IN_SPREAD_S = 0.002
"""Clicks that count in, before notes hide the others, are so equal."""

ADOPTED_AFTER, ADOPTED_WITHIN_S = 3, 0.002
ECHO_S, ECHO_WITHIN_S, FEWEST_ECHOES, ECHOES_AMONG = 0.15, 0.0025, 3, 16

_MOST_SOUNDS, _MOST_EXAMPLES = 3, 4
_N_FITTED, _MOST_WALKED, _MOST_WEIGHED, _MOST_MISSED = 24, 40, 16, 5
_FIRST_TOLERANCE_S, _TOLERANCE_S = 0.005, 0.004
_BENEATH_S = 4.0
_LEAST_POWER = 0.1
_ABOVE, _FEWEST_ABOVE = 0.2, 4
_PARTS = (2, 3, 4, 6)
_GAINS = np.arange(-1.6, 0.85, 0.1)
_SAME_TEMPO = 0.003
_MOST_REMEMBERED = 100_000
_ONE_METRONOME_S = 60.0


@dataclass(frozen=True, slots=True)
class HeardMetronome:
    """Clicks that were left out.

    Attributes
    ----------
    first_s, last_s
        When the first and the last one sound.
    per_minute
        Clicks a minute; NaN where they were known by their sound alone.
    n_clicks
        How many of its clicks were heard, or half heard.
    """

    first_s: float
    last_s: float
    per_minute: float
    n_clicks: int


def at_gain(levels: Sound, gains: FloatArray) -> FloatArray:
    """Band levels log10(1 + m) of a sound played louder by powers of ten; (n_gains, n_bands)."""
    magnitudes = np.power(10.0, levels.astype(np.float64)) - 1.0
    return np.asarray(np.log10(1.0 + np.power(10.0, gains)[:, None] * np.maximum(magnitudes, 0.0)))


def difference(heard: Sound, click: Sound, beneath: Sound | None = None) -> float:
    """How much two sounds differ at the most similar loudness, as a share of what is heard.

    Root mean square over the bands of the difference, over that of the sound: 1 is nothing alike.
    ``beneath`` is a note that may sound on below the click: it may add to any band as much as it
    has itself, but the click must stand out of it somewhere (else the answer is infinite).
    """
    least = at_gain(click, _GAINS)
    most = least
    if beneath is not None:
        under = np.power(10.0, beneath.astype(np.float64))
        most = np.log10(np.power(10.0, least) + under - 1.0)
    off = np.sum((heard - np.clip(heard, least, most)) ** 2, axis=1)
    off = np.sqrt(off / (0.5 * (np.sum(heard**2) + np.sum(least**2, axis=1)) + _LEAST_POWER))
    if beneath is not None:
        stands_out = np.count_nonzero(least > beneath + _ABOVE, axis=1)
        off[stands_out < _FEWEST_ABOVE] = math.inf
    return float(np.min(off))


@dataclass(slots=True)
class _Sounds:
    """The sounds of a metronome, each by some examples."""

    examples: list[list[Sound]] = field(default_factory=list)

    def nearest(self, heard: Sound, beneath: Sound | None = None) -> tuple[int, float]:
        """Number of the sound that ``heard`` is most like, and how much it differs from it."""
        offs = [
            min(difference(heard, example, beneath) for example in examples)
            for examples in self.examples
        ]
        best = int(np.argmin(offs))
        return best, offs[best]

    def learn(self, heard: Sound, which: int) -> None:
        """Keep one more example of a sound."""
        if len(self.examples[which]) < _MOST_EXAMPLES:
            self.examples[which].append(heard)


@dataclass(frozen=True, slots=True)
class _Grid:
    """Equal intervals fitted to onsets: beat ``middle`` is at ``time_s``."""

    time_s: float
    middle: float
    period_s: float
    spread_s: float
    n: int
    sum_squares: float  # of the beats about their middle

    @classmethod
    def fit(cls, beats: Sequence[int], times_s: Sequence[float]) -> _Grid:
        """Fit by least squares to at least two onsets."""
        n = len(beats)  # so few that plain sums are quicker than arrays
        middle, mean_s = sum(beats) / n, sum(times_s) / n
        from_middle = [beat - middle for beat in beats]
        sum_squares = sum(beat * beat for beat in from_middle)
        products = zip(from_middle, times_s, strict=True)
        period_s = sum(beat * (time_s - mean_s) for beat, time_s in products) / sum_squares
        off_s = [
            time_s - mean_s - period_s * beat
            for beat, time_s in zip(from_middle, times_s, strict=True)
        ]
        spread_s = math.sqrt(sum(off * off for off in off_s) / max(1, n - 2))
        return cls(mean_s, middle, period_s, spread_s, n, sum_squares)

    def due_s(self, beat: int) -> float:
        """When a beat is due."""
        return self.time_s + (beat - self.middle) * self.period_s

    def place(self, time_s: float) -> tuple[int, float]:
        """The nearest beat, and how much later than that a moment is."""
        beat = round((time_s - self.time_s) / self.period_s + self.middle)
        return beat, time_s - self.due_s(beat)

    def reach_s(self, beat: int) -> float:
        """How far off a click may be: the grid is less certain far from what it was fitted to."""
        spread_s = max(self.spread_s, LEAST_SPREAD_S)
        error_s = spread_s * math.sqrt(1.0 / self.n + (beat - self.middle) ** 2 / self.sum_squares)
        return REACH_S + 3.0 * math.hypot(spread_s, error_s)


@dataclass(slots=True)
class _Train:
    """One metronome at one tempo: its clicks, its sounds, and what follows each click."""

    beats: list[int]
    members: list[int]  # numbers of onsets, in order
    times_s: list[float]
    sounds: _Sounds
    grid: _Grid
    strangers: list[int] = field(default_factory=list)  # on the grid, of another sound
    followers: list[tuple[int, float, int]] = field(default_factory=list)  # beat, delay, onset
    echoes: list[tuple[float, Sound]] = field(default_factory=list)
    n_echoes: int = 0
    is_over: bool = False

    def is_due(self, time_s: float) -> bool:
        """Whether a click is due."""
        beat, off_s = self.grid.place(time_s)
        return abs(off_s) <= min(self.grid.reach_s(beat), FURTHEST_REACH_S)

    def add(self, onset: int, time_s: float) -> None:
        """Add a click after all others or before them, and fit the grid to it and its like."""
        beat, _ = self.grid.place(time_s)
        at = len(self.beats) if not self.beats or time_s > self.times_s[-1] else 0
        self.beats.insert(at, beat)
        self.members.insert(at, onset)
        self.times_s.insert(at, time_s)
        near = slice(-_N_FITTED, None) if at else slice(0, _N_FITTED)
        self.grid = _Grid.fit(self.beats[near], self.times_s[near])

    def check(self, time_s: float) -> None:
        """End the train where a hand plays after all, or nothing was heard for too long."""
        beat, _ = self.grid.place(time_s)
        is_hand = len(self.beats) >= 4 * FEWEST_CLICKS and self.grid.spread_s > MOST_SPREAD_S
        self.is_over = is_hand or self.grid.reach_s(beat) > FURTHEST_REACH_S


_Found = tuple[float, list[int], list[int], list[list[int]]]
"""Evidence for a train in nats, its beats, its onsets, and these by sound."""


class MetronomeRecogniser:
    """Tells clicks from notes, onset by onset in order of time.

    What `add` answers is known at once, what `is_click` answers with all that has come since:
    the first clicks of a metronome show what they were by the fourth.

    Parameters
    ----------
    rate_hz
        Samples per second of the onsets.
    has_struck_tones
        Whether the instrument makes notes that sound like a click; where it makes none, a sound
        that is very much like a click is none of its notes, whether it repeats or not.
    """

    def __init__(self, rate_hz: int, *, has_struck_tones: bool = True) -> None:
        self._rate_hz = rate_hz
        self._has_struck_tones = has_struck_tones
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._time_s: list[float] = []
        self._onset_sample: list[int] = []
        self._click_like: list[float] = []
        self._sound: list[Sound] = []
        self._train_of: list[_Train | None] = []
        self._is_alone: list[bool] = []
        self._n_onsets = 0
        self._trains: list[_Train] = []
        self._differences: dict[tuple[int, int], float] = {}

    def add(self, onsets: OnsetArray) -> BoolArray:
        """Take in what was heard, or half heard; return whether each is known for a click by now.

        Parameters
        ----------
        onsets
            dtype ``ONSET``, shape (n,), in order: confirmed ones, and half-heard ones, which are
            no notes but may be the clicks between those that were heard.
        """
        return np.array([self._add(onset) for onset in onsets], dtype=np.bool_)

    def is_click(self, onset_sample: IntArray) -> BoolArray:
        """Whether each of the onsets taken in, named by its sample, was a click after all."""
        clicks = {
            sample
            for sample, train, is_alone in zip(
                self._onset_sample, self._train_of, self._is_alone, strict=True
            )
            if train is not None or is_alone
        }
        return np.array([int(sample) in clicks for sample in onset_sample], dtype=np.bool_)

    @property
    def newest_metronome(self) -> HeardMetronome | None:
        """The metronome that clicked last, at its newest tempo; None before the first."""
        train = max(self._trains, key=lambda train: train.times_s[-1], default=None)
        if train is None:
            return None
        first_s, last_s = train.times_s[0], train.times_s[-1]
        return HeardMetronome(first_s, last_s, 60.0 / train.grid.period_s, len(train.members))

    def metronomes(self) -> tuple[HeardMetronome, ...]:
        """What was left out so far, in order of time; one entry for each metronome and tempo."""
        found: list[HeardMetronome] = []
        for train in self._trains:
            at = [i for i, of in enumerate(self._train_of) if of is train]
            per_minute = 60.0 / _Grid.fit(train.beats, train.times_s).period_s
            found.append(
                HeardMetronome(self._time_s[at[0]], self._time_s[at[-1]], per_minute, len(at))
            )
        alone_s = [
            time_s
            for time_s, train, is_alone in zip(
                self._time_s, self._train_of, self._is_alone, strict=True
            )
            if is_alone and train is None
        ]
        found += [HeardMetronome(time_s, time_s, math.nan, 1) for time_s in alone_s]
        return _joined(sorted(found, key=lambda heard: heard.first_s))

    def _add(self, onset: np.void) -> bool:
        i, time_s = len(self._time_s), float(onset["onset_sample"]) / self._rate_hz
        is_onset = bool(onset["kind"] == OnsetKind.CONFIRMED)
        if not is_onset and not onset["click_like"] >= CLICK_LIKE:
            return False
        if i:  # the one that was half heard may have been found a little too late
            time_s = max(time_s, self._time_s[-1])
        self._time_s.append(time_s)
        self._onset_sample.append(int(onset["onset_sample"]))
        self._click_like.append(float(onset["click_like"]))
        self._sound.append(onset["sound"].copy())
        self._train_of.append(None)
        # Of the first onset after silence the network cannot say how like a click it is.
        is_very_like = not self._has_struck_tones and self._click_like[i] >= CLICK_LIKE_ALONE
        is_alone = self._n_onsets > 0 and is_onset and is_very_like
        self._n_onsets += is_onset
        self._is_alone.append(is_alone)
        live = [train for train in self._trains if not train.is_over]
        for train in live:
            train.check(time_s)
        live = [train for train in live if not train.is_over]
        if any(self._joins(i, train) for train in live):
            return True
        if any(self._is_echo(i, len(train.members) - 1, train) for train in live):
            return True
        if self._click_like[i] >= LEAST_CLICK_LIKE:
            self._learn_train(i)
        return self._train_of[i] is not None or is_alone

    def _joins(self, i: int, train: _Train) -> bool:
        """Whether onset ``i`` is a click of ``train``; if so it becomes one."""
        if not train.is_due(self._time_s[i]) or self._click_like[i] < LEAST_CLICK_LIKE:
            return False
        which, off = train.sounds.nearest(self._sound[i])
        if off > ITS_VERY_SOUND:
            usual = float(np.mean([self._click_like[k] for k in train.members[-_N_FITTED:]]))
            if self._click_like[i] < max(CLICK_LIKE, SHARE_OF_CLICK_LIKE * usual):
                return False
        if off <= SAME_ON_GRID:
            train.sounds.learn(self._sound[i], which)
        elif train.sounds.nearest(self._sound[i], self._beneath(i))[1] > SAME_ON_GRID:
            return self._adopts(i, train)
        self._enter(i, train)
        return True

    def _enter(self, i: int, train: _Train) -> None:
        train.add(i, self._time_s[i])
        self._train_of[i] = train

    def _beneath(self, i: int) -> Sound | None:
        """Sound of the last note before an onset, which may still sound."""
        for j in range(i - 1, -1, -1):
            if self._time_s[i] - self._time_s[j] > _BENEATH_S:
                break
            if self._train_of[j] is None and not self._is_alone[j]:
                return self._sound[j]
        return None

    def _adopts(self, i: int, train: _Train) -> bool:
        """Whether a train makes another sound that keeps to its grid its own: that of onset i."""
        if abs(train.grid.place(self._time_s[i])[1]) > ADOPTED_WITHIN_S:
            return False
        alike = [j for j in train.strangers if self._train_of[j] is None and self._is_alike(j, i)]
        train.strangers.append(i)
        if len(alike) + 1 < ADOPTED_AFTER or len(train.sounds.examples) >= _MOST_SOUNDS:
            return False
        train.sounds.examples.append([self._sound[j] for j in (*alike[-_MOST_EXAMPLES:], i)])
        for j in alike:
            self._train_of[j] = train
        self._enter(i, train)
        return True

    def _is_echo(self, i: int, of: int, train: _Train) -> bool:
        """Whether onset ``i`` is a click of ``train``, number ``of``, detected a second time.

        It sounds like what is left of the click, or follows it as others have followed theirs.
        """
        if self._click_like[i] < 0.5 * LEAST_CLICK_LIKE:
            return False
        delay_s = self._time_s[i] - train.times_s[of]
        if not 0.0 < delay_s <= ECHO_S:
            return False
        is_known = any(
            abs(delay_s - known_s) <= ECHO_WITHIN_S
            and difference(self._sound[i], sound) <= SAME_SOUND
            for known_s, sound in train.echoes
        )
        click = self._sound[train.members[of]]
        is_like_click = difference(self._sound[i], click) <= LIKE_ITS_ECHO
        is_softer = float(np.sum(self._sound[i])) < float(np.sum(click))
        if is_known or (is_like_click and is_softer):
            self._train_of[i] = train
            return True
        train.followers.append((train.beats[of], delay_s, i))
        return self._learn_echo(i, train)

    def _learn_echo(self, i: int, train: _Train) -> bool:
        beat, delay_s, _ = train.followers[-1]
        recent = [
            j
            for of_beat, other_s, j in train.followers
            if beat - of_beat < ECHOES_AMONG
            and abs(other_s - delay_s) <= ECHO_WITHIN_S
            and self._train_of[j] is None
            and self._is_alike(j, i)
        ]
        if len(recent) < FEWEST_ECHOES:
            return False
        train.echoes.append((delay_s, self._sound[i]))
        for j in recent:
            self._train_of[j] = train
        return True

    def _learn_train(self, i: int) -> None:
        """Look for a train whose newest click is onset ``i``; if there is one, it is begun."""
        loose = self._loose_before(i)
        best: _Found | None = None
        for j in reversed(loose):
            period_s = self._time_s[i] - self._time_s[j]
            if period_s > LONGEST_S:
                break
            if period_s < SHORTEST_S:
                continue
            best = self._better(best, *self._walk_back(i, j, loose), loose)
        for first in range(len(loose) - FEWEST_CLICKS + 2):
            best = self._better(best, *self._after_notes(i, loose[first:]), loose)
        if best is not None and best[0] >= LEAST_EVIDENCE:
            self._begin(best[1], best[2], best[3])

    def _better(
        self,
        best: _Found | None,
        beats: list[int],
        members: list[int],
        n_missed: int,
        loose: list[int],
    ) -> _Found | None:
        """The better supported of the best train so far and of another, if any."""
        if len(members) < FEWEST_CLICKS:
            return best
        evidence, kept, classes = self._evidence(beats, members, loose)
        evidence -= NATS_A_MISS * n_missed
        if best is not None and evidence <= best[0]:
            return best
        return evidence, [beats[k] for k in kept], [members[k] for k in kept], classes

    def _after_notes(self, i: int, loose: list[int]) -> tuple[list[int], list[int], int]:
        """Beats and onsets of a bar counted in, the first of ``loose``, that onset ``i`` goes on.

        Notes hid all clicks between them; no members where that is not so.
        """
        members = loose[: FEWEST_CLICKS - 1]
        beats = list(range(len(members)))
        times_s = [self._time_s[k] for k in members]
        grid = _Grid.fit(beats, times_s)
        is_counted_in = (
            SHORTEST_S <= grid.period_s <= LONGEST_S and grid.spread_s <= COUNT_IN_SPREAD_S
        )
        beat, off_s = grid.place(self._time_s[i])
        if not is_counted_in or abs(off_s) > min(grid.reach_s(beat), FURTHEST_REACH_S):
            return [], [], 0
        between = range(len(members), beat)
        n_missed = sum(not self._is_hidden(grid.due_s(other)) for other in between)
        if n_missed > _MOST_MISSED:
            return [], [], 0
        return [*beats, beat], [*members, i], n_missed

    def _loose_before(self, i: int) -> list[int]:
        """The onsets before ``i`` that may be clicks of a train not known yet, in order."""
        loose = []
        for j in range(i - 1, -1, -1):
            if self._time_s[i] - self._time_s[j] > LONGEST_WALK_S:
                break
            if self._train_of[j] is None and self._click_like[j] >= LEAST_CLICK_LIKE:
                loose.append(j)
        return loose[::-1]

    def _walk_back(self, i: int, j: int, loose: list[int]) -> tuple[list[int], list[int], int]:
        """Beats and onsets at equal intervals before ``i``, of which ``j`` is the nearest.

        And how many beats nothing was heard on: a note there hides a click.
        """
        loose_s = [self._time_s[k] for k in loose]
        beats, members, n_missed, n_between = [0, -1], [i, j], 0, 0
        for beat in range(-2, -_MOST_WALKED, -1):
            times_s = [self._time_s[k] for k in members]
            due_s = _Grid.fit(beats, times_s).due_s(beat)
            k = _nearest(loose_s, due_s)
            tolerance_s = _FIRST_TOLERANCE_S if len(members) == 2 else _TOLERANCE_S
            if k is not None and abs(loose_s[k] - due_s) <= tolerance_s:
                beats.append(beat)
                members.append(loose[k])
                n_between = n_missed
            elif not self._is_hidden(due_s):
                n_missed += 1
            if n_missed > _MOST_MISSED or len(members) >= _MOST_WEIGHED:
                break
        return beats[::-1], members[::-1], n_between

    def _is_hidden(self, due_s: float) -> bool:
        """Whether a note begins so near to a moment that a click there would not be heard."""
        first = bisect_left(self._time_s, due_s - HIDES_S)
        end = bisect_left(self._time_s, due_s + HIDES_S)
        return any(self._click_like[k] < LEAST_CLICK_LIKE for k in range(first, end))

    def _evidence(
        self, beats: list[int], members: list[int], loose: list[int]
    ) -> tuple[float, list[int], list[list[int]]]:
        """Nats for a metronome against a hand; which of the members, and by sounds.

        Of least squares residuals under two spreads, of how much like a click they sound, and
        against it of other sounds on its grid, of missed beats, and of its sound off the grid.
        """
        if self._nats(beats, members) < LEAST_EVIDENCE - NATS_A_MISS * _MOST_MISSED:
            return -math.inf, [], []  # before the sounds, which take longer to compare
        classes = self._by_sound(members)
        main = len(classes[0])
        if main < min(FEWEST_CLICKS - 1, len(members)):
            return -math.inf, [], []
        of_train = classes[:2]
        kept = sorted(k for of_sound in of_train for k in of_sound)
        if len(kept) < FEWEST_CLICKS:
            return -math.inf, [], []
        nats = self._nats([beats[k] for k in kept], [members[k] for k in kept])
        nats -= NATS_A_STRANGER * (len(members) - len(kept))
        if nats < LEAST_EVIDENCE:
            return -math.inf, [], []
        grid = _Grid.fit([beats[k] for k in kept], [self._time_s[members[k]] for k in kept])
        nats -= self._against(members[classes[0][-1]], members, grid)
        nats -= NATS_A_PART * self._n_parts(members, grid, loose)
        return nats, kept, [[members[k] for k in of_sound] for of_sound in of_train]

    def _nats(self, beats: list[int], members: list[int]) -> float:
        """Evidence of the times and of how much like clicks they sound, whatever the sounds."""
        grid = _Grid.fit(beats, [self._time_s[k] for k in members])
        n_free = len(members) - 2
        nats = _log_likelihood(grid.spread_s, n_free, MACHINE_S)
        nats -= _log_likelihood(grid.spread_s, n_free, HAND_S)
        likeness = sum(self._click_like[k] - UNDECIDED_CLICK_LIKE for k in members)
        return nats + min(NATS_A_CLICK_LIKENESS * likeness, MOST_OF_CLICK_LIKENESS)

    def _is_alike(self, i: int, j: int) -> bool:
        """Whether two onsets have the same sound."""
        pair = (min(i, j), max(i, j))
        if pair not in self._differences:
            if len(self._differences) >= _MOST_REMEMBERED:
                self._differences.clear()
            self._differences[pair] = difference(self._sound[pair[0]], self._sound[pair[1]])
        return self._differences[pair] <= SAME_SOUND

    def _by_sound(self, members: list[int]) -> list[list[int]]:
        """Places in ``members``, grouped by sound, the commonest sound first."""
        rest, classes = list(range(len(members))), []
        while rest:
            alike = {
                k: [other for other in rest if self._is_alike(members[other], members[k])]
                for k in rest
            }
            leader = max(rest, key=lambda k: len(alike[k]))
            classes.append(alike[leader])
            rest = [k for k in rest if k not in alike[leader]]
        return sorted(classes, key=len, reverse=True)

    def _against(self, click: int, members: list[int], grid: _Grid) -> float:
        """Nats against a train from all that sounds like its click and is none of its members.

        Off its beats and their echoes it speaks most against it; on a beat, but less like a
        click, it may be a note together with a click.
        """
        first_s = self._time_s[members[0]]
        nats = 0.0
        for j in range(bisect_left(self._time_s, first_s - STRAYS_S), members[-1]):
            if self._train_of[j] is not None or j in members or not self._is_alike(j, click):
                continue
            time_s = self._time_s[j]
            earlier_s = [self._time_s[k] for k in members if self._time_s[k] < time_s]
            if abs(grid.place(time_s)[1]) <= _TOLERANCE_S:
                nats += NATS_A_MISS if time_s > first_s else 0.0
            elif not earlier_s or time_s - earlier_s[-1] > ECHO_S:
                nats += NATS_A_STRAY
        return min(nats, MOST_OF_STRAYS)

    def _n_parts(self, members: list[int], grid: _Grid, loose: list[int]) -> int:
        """How many onsets, hardly clicks, divide the beats as exactly: a machine plays notes."""
        n_parts = 0
        for j in loose:
            if not members[0] < j < members[-1] or j in members:
                continue
            of_beat = (self._time_s[j] - grid.time_s) / grid.period_s + grid.middle
            off_s = min(
                abs(of_beat * parts - round(of_beat * parts)) * grid.period_s / parts
                for parts in _PARTS
            )
            n_parts += off_s <= PART_WITHIN_S and self._click_like[j] < CLICK_LIKE_DRUM
        return n_parts

    def _begin(self, beats: list[int], members: list[int], classes: list[list[int]]) -> None:
        times_s = [self._time_s[k] for k in members]
        sounds = _Sounds([[self._sound[k] for k in of_sound[-4:]] for of_sound in classes])
        train = _Train(beats, members, times_s, sounds, _Grid.fit(beats, times_s))
        self._trains.append(train)
        for k in members:
            self._train_of[k] = train
        self._look_back(train)
        for of, member in enumerate(list(train.members)):
            for j in range(member + 1, len(self._time_s)):
                if self._time_s[j] - train.times_s[of] > ECHO_S:
                    break
                if self._train_of[j] is None:
                    self._is_echo(j, of, train)
        train.grid = _Grid.fit(train.beats[-_N_FITTED:], train.times_s[-_N_FITTED:])

    def _look_back(self, train: _Train) -> None:
        """Find the clicks of a train before those that showed it."""
        for j in range(train.members[0] - 1, -1, -1):
            beat, _ = train.grid.place(self._time_s[j])
            if train.grid.reach_s(beat) > FURTHEST_REACH_S:
                break
            if self._train_of[j] is None:
                self._joins(j, train)


def _log_likelihood(spread_s: float, n_free: int, mixture: Sequence[tuple[float, float]]) -> float:
    """Of normal residuals under a mixture of standard deviations, but for a constant."""
    nats = np.array(
        [
            math.log(share) - n_free * (math.log(sd_s) + 0.5 * (spread_s / sd_s) ** 2)
            for sd_s, share in mixture
        ]
    )
    return float(np.logaddexp.reduce(nats))


def _nearest(times_s: list[float], time_s: float) -> int | None:
    """Number of the moment nearest to ``time_s`` among ``times_s``, in order."""
    at = bisect_left(times_s, time_s)
    near = [k for k in (at - 1, at) if 0 <= k < len(times_s)]
    return min(near, key=lambda k: abs(times_s[k] - time_s), default=None)


def _joined(heard: Iterable[HeardMetronome]) -> tuple[HeardMetronome, ...]:
    """Put together what is one metronome at one tempo, such as before and after a pause."""
    joined: list[HeardMetronome] = []
    for one in heard:
        for k, other in enumerate(joined):
            is_alone = math.isnan(one.per_minute) and math.isnan(other.per_minute)
            is_same = abs(one.per_minute - other.per_minute) < _SAME_TEMPO * one.per_minute
            if one.first_s - other.last_s < _ONE_METRONOME_S and (is_alone or is_same):
                joined[k] = HeardMetronome(
                    other.first_s,
                    max(one.last_s, other.last_s),
                    other.per_minute,
                    one.n_clicks + other.n_clicks,
                )
                break
        else:
            joined.append(one)
    return tuple(joined)
