"""Weeks of practice in lines of text: the body first, then what changed beyond chance."""

from __future__ import annotations

import math
from collections.abc import Sequence

from practiceear.metrics.catalogue import MetricKey
from practiceear.practice.assessment import MOST_DAYS, AssessedDrill, Variation, Verdict
from practiceear.practice.body import WeekLoad
from practiceear.practice.progress import (
    DrillAtTempo,
    DrillRetention,
    Progress,
    TempoCost,
)
from practiceear.practice.trend import FEWEST_DAYS, Change
from practiceear.reports.journal_lines import (
    body_advice,
    body_headline,
    body_lines,
    day_words,
    of_ten,
)
from practiceear.reports.words import counted, number

NO_DIAGNOSIS = "These are numbers about sound and time. They are not a diagnosis."
EMPTY = "The journal holds no drill yet: play one with practiceear practise."
NOTHING_YET = "No drill was played yet."
NO_CHANGE = "No change in evenness that I can be sure of."
MIXED = "Some drills are becoming less uneven, but others may be becoming more uneven."
MEASURES = {
    MetricKey.MEDIAL_SD_IOI: "medial unevenness of runs",
    MetricKey.SD_IOI: "unevenness between notes",
}
ASSESSED_HEAD = ("assessment", "when", "evenness", "between", "takes", "room", "effort")
LATEST_POINTS = 6
LATEST_WEEKS = 8
LATEST_DAYS = 14
WIDE_PERCENT = 25.0
"""An interval that reaches further in a week tells a player nothing."""

ABOUT_AS_EVEN = (0.8, 1.25)


def progress_lines(progress: Progress, *, is_detailed: bool = False) -> list[str]:
    """Pain, effort and stops; the headline; drills, assessments, tempo, retention and load.

    ``is_detailed``: with the last days of every drill.
    """
    body = [*body_lines(progress.body), *body_advice(progress.body)]
    evenness = evenness_sentences(progress)
    lines = [*body, *_apart(body), *evenness, *_apart(evenness)]
    drills = [drill_lines(drill, is_detailed=is_detailed) for drill in progress.drills]
    lines_of_drills = [line for some in drills for line in some if f"{line}." not in evenness]
    lines += [*lines_of_drills, *_apart(lines_of_drills), *assessed_lines(progress.assessed)]
    for some in (cost_lines(progress.costs), retention_lines(progress.retained)):
        lines += [*some, *_apart(some)]
    return [*lines, *load_lines(progress), *_said_lines(progress), "", NO_DIAGNOSIS]


def _apart(before: Sequence[str]) -> list[str]:
    """An empty line after what is not empty."""
    return [""] if before else []


def headline(progress: Progress) -> str:
    """The sentences that matter most: no better than the worst drill or the body allows."""
    return " ".join([*body_headline(progress.body), *evenness_sentences(progress)])


def evenness_sentences(progress: Progress) -> list[str]:
    """What changed; empty where it became better while the body did not allow it."""
    if not (progress.drills or progress.assessed):
        return [empty_words(progress)]
    if progress.body.is_well or progress.change is Change.WORSE:
        return _changes(progress)
    return []  # beside pain nothing is praised: what became more even stands with its drill


def empty_words(progress: Progress) -> str:
    """That there is no drill to show."""
    if progress.only_drill is not None:
        return f"The journal holds nothing of {progress.only_drill} yet."
    return NOTHING_YET if progress.body.is_in_pain else EMPTY


def _changes(progress: Progress) -> list[str]:
    change = progress.change
    if change is Change.TOO_FEW:
        return [f"Too early for a trend: it takes {FEWEST_DAYS} days of one drill at one tempo."]
    if change is Change.WITHIN_CHANCE:
        is_mixed = any(drill.trend.change is Change.BETTER for drill in progress.drills)
        return [MIXED if is_mixed else NO_CHANGE]
    named = [drill for drill in progress.drills if drill.trend.change is change]
    sentences = [_most_changed(named, len(progress.drills))] if named else []
    for assessment in progress.assessed:
        if assessment.verdicts and assessment.verdicts[-1].change is change:
            sentences.append(f"{drill_name(assessment)}: {verdict_words(assessment.verdicts[-1])}.")
    return sentences


def _most_changed(drills: Sequence[DrillAtTempo], n_all: int) -> str:
    """How many drills changed, and the one of them that changed most."""
    most = max(drills, key=lambda drill: abs(drill.trend.percent_a_week))
    found = f"{drill_name(most)}: {trend_words(most)}."
    if n_all == 1:
        return found
    direction = "less" if most.trend.change is Change.BETTER else "more"
    verb = "is" if len(drills) == 1 else "are"
    these = f"{len(drills)} of {n_all} drills {verb} becoming {direction} uneven"
    return f"{these}{', most of all' if len(drills) > 1 else ':'} {found}"


def drill_name(drill: DrillAtTempo | AssessedDrill) -> str:
    """A drill with its tempo and its instrument."""
    tempo = "" if drill.bpm is None else f" at {drill.bpm:g}"
    return f"{drill.drill}{tempo} ({drill.instrument})"


def drill_lines(drill: DrillAtTempo, *, is_detailed: bool) -> list[str]:
    """One drill at one tempo, with its last days where details are asked for."""
    if not is_detailed:
        return [f"{drill_name(drill)}: {trend_words(drill)}"]
    lines = [f"{drill_name(drill)}: {trend_words(drill)}{trend_numbers(drill)}"]
    for point in drill.points[-LATEST_POINTS:]:
        low, high = 1000 * point.low, 1000 * point.high
        lines.append(
            f"  {point.day}  {number(1000 * point.value)} ms {MEASURES[drill.key]},"
            f" {number(low)} to {number(high)} ({counted(point.n_takes, 'take')})"
        )
    return lines


def trend_words(drill: DrillAtTempo) -> str:
    """What the days say together."""
    found = drill.trend
    days = counted(found.n_days, "day")
    if found.change is Change.TOO_FEW:
        missing = FEWEST_DAYS - found.n_days
        return f"{days} so far, {missing} more needed for a trend"
    if found.change is not Change.WITHIN_CHANCE:
        changed = changed_words(found.percent_a_week, found.low, found.high, " each week")
        return f"{changed}, {days}"
    if _is_wide(found.low, found.high):
        return f"no trend to be seen yet: its {days} differ too much from each other"
    return (
        f"no change that I can be sure of, {between_words(found.low, found.high)} each week, {days}"
    )


def trend_numbers(drill: DrillAtTempo) -> str:
    """The interval of a trend where its words leave it out."""
    found = drill.trend
    if found.change is not Change.WITHIN_CHANCE or not _is_wide(found.low, found.high):
        return ""
    return f" ({found.low:+.0f} to {found.high:+.0f} % a week)"


def _is_wide(low: float, high: float) -> bool:
    return low < -WIDE_PERCENT or high > WIDE_PERCENT


def changed_words(percent: float, low: float, high: float, when: str = "") -> str:
    """A change that is beyond chance, such as ``5 % less uneven each week (4 to 6 %)``."""
    direction = "less" if percent < 0.0 else "more"
    first, last = sorted((abs(low), abs(high)))
    return (
        f"{_rounded(percent)} % {direction} uneven{when} ({_rounded(first)} to {_rounded(last)} %)"
    )


def between_words(low: float, high: float) -> str:
    """An interval that holds no change: from a little better to a little worse."""
    return f"between {_rounded(low)} % less and {_rounded(high)} % more uneven"


def _rounded(percent: float) -> str:
    """A percentage without its sign and without figures that nobody needs."""
    value = abs(percent)
    decimals = 0 if value >= 2.5 else 1 if value >= 0.25 else 2
    return f"{round(value, decimals):g}"


def assessed_lines(assessed: Sequence[AssessedDrill]) -> list[str]:
    """Baseline and reassessments, each with its room, its time of day and its effort."""
    lines = []
    for assessment in assessed:
        lines.append(assessed_title(assessment))
        for at in range(len(assessment.sessions)):
            lines.append("  " + ", ".join(cell for cell in assessed_cells(assessment, at) if cell))
        sentences = [*verdict_sentences(assessment), *room_sentences(assessment)]
        lines += [*(f"  {sentence}" for sentence in sentences), ""]
    return lines


def assessed_title(drill: AssessedDrill) -> str:
    """Which drill was assessed."""
    return f"Assessments of {drill_name(drill)}"


def assessed_cells(drill: AssessedDrill, at: int) -> tuple[str, ...]:
    """What is known of one assessment, as in ASSESSED_HEAD; empty where it is not known."""
    session, point = drill.sessions[at], drill.sessions[at].point
    return (
        "baseline" if session.stage == 0 else "reassessment",
        f"{session.started.local_day} {session.started.at[11:16]}",
        f"{number(1000 * point.value)} ms {MEASURES[drill.key]}",
        f"{number(1000 * point.low)} to {number(1000 * point.high)} ms",
        counted(point.n_takes, "take"),
        f"room {session.noise_dbfs:.0f} dBFS" if math.isfinite(session.noise_dbfs) else "",
        "" if session.effort is None else f"effort {of_ten(session.effort)}",
    )


def verdict_sentences(drill: AssessedDrill) -> list[str]:
    """Each reassessment against the baseline, and how many days would tell more."""
    sentences = [
        f"Reassessment of {stage[0].started.local_day}: {verdict_words(verdict)}."
        for stage, verdict in zip(drill.stages[1:], drill.verdicts, strict=True)
    ]
    advice = _what_would_tell(drill.verdicts[-1]) if drill.verdicts else ""
    return [*sentences, advice] if advice else sentences


def verdict_words(verdict: Verdict) -> str:
    """What a reassessment says of the time since the baseline."""
    if verdict.change is Change.WITHIN_CHANCE:
        return (
            "no change from the baseline that I can be sure of,"
            f" {between_words(verdict.low, verdict.high)}, as {variation_words(verdict.variation)}"
        )
    return changed_words(verdict.percent, verdict.low, verdict.high, " than at the baseline")


def variation_words(variation: Variation) -> str:
    """How much days differ, and whether that is a guess."""
    percent = 100.0 * math.expm1(variation.sd)
    if variation.is_guess:
        return f"days may differ by about {percent:.0f} % anyway (a cautious guess so far)"
    return f"days differ by about {percent:.0f} % anyway"


def _what_would_tell(verdict: Verdict) -> str:
    """How many days of assessment would show a change of a fifth; empty where they did."""
    if verdict.change is not Change.WITHIN_CHANCE:
        return ""
    needed = verdict.n_days_to_see
    if needed is None:
        return (
            f"To see a change of 20 % would take more than {MOST_DAYS} days of assessment each"
            " time: look at the days of practice instead."
        )
    before, now = verdict.n_days
    if min(before, now) >= needed:
        return "A change of 20 % would most likely have been seen."
    so_far = "not 1" if before == now == 1 else f"not {before} at the baseline and {now} now"
    return f"To see a change of 20 % takes about {needed} days of assessment each time, {so_far}."


def room_sentences(drill: AssessedDrill) -> list[str]:
    """Where rooms differ so much that they may explain a difference."""
    return [
        f"On {session.started.local_day} the room was {abs(drill.room_rise_db(at)):.0f} dB"
        f" {'louder' if drill.room_rise_db(at) > 0.0 else 'quieter'} than at the baseline:"
        " a difference may be the room's."
        for at, session in enumerate(drill.sessions)
        if drill.may_be_the_room(at)
    ]


def cost_lines(costs: Sequence[TempoCost]) -> list[str]:
    """What tempo costs: unevenness at each tempo."""
    return [
        f"What tempo costs, {cost.drill} ({cost.instrument}), unevenness as a share of the note: "
        + ", ".join(f"{cv:.1f} % at {bpm:g} ({counted(n, 'take')})" for bpm, cv, n in cost.tempos)
        for cost in costs
    ]


def retention_lines(retained: Sequence[DrillRetention]) -> list[str]:
    """What was left of a day's evenness on the next day."""
    return [
        f"{retention.drill} ({retention.instrument}): {retention_words(retention)}."
        for retention in retained
    ]


def retention_words(retention: DrillRetention) -> str:
    """How days began after the days before them."""
    kept = retention.overnight
    known = f"{100 * kept.ratio:.0f} % as even, {counted(kept.n, 'pair')} of days"
    if not math.isfinite(kept.low):
        return f"too few days in a row to tell how much was kept overnight ({known})"
    known = known.replace(" even,", f" even, {100 * kept.low:.0f} to {100 * kept.high:.0f} %,")
    if kept.high < 1.0:
        return f"days began more uneven than the days before had ended ({known})"
    if kept.low > 1.0:
        return f"days began more even than the days before had ended ({known})"
    if ABOUT_AS_EVEN[0] <= kept.low and kept.high <= ABOUT_AS_EVEN[1]:
        return f"days began about as even as the days before had ended ({known})"
    return f"too few days in a row to tell how much was kept overnight ({known})"


def load_lines(progress: Progress) -> list[str]:
    """Minutes of the last weeks, and whether they grew."""
    if not progress.weeks:
        return ["Nothing was played yet."]
    weeks = ", ".join(f"{week.sounding_s / 60:.0f}" for week in progress.weeks[-LATEST_WEEKS:])
    lines = [f"Minutes of sound in each week, the last one to {progress.today}: {weeks}"]
    growth = _growth_words(progress.weeks[-1])
    return [*lines, growth] if growth else lines


def _growth_words(week: WeekLoad) -> str:
    if week.growth is None:
        return ""
    percent = 100.0 * week.growth
    if abs(percent) < 0.5:
        return "You played as much in the last week as in the weeks before."
    direction = "more" if percent > 0.0 else "less"
    words = f"You played {abs(percent):.0f} % {direction} in the last week than in those before."
    return (
        f"{words} More than a tenth more is sudden: take it slowly."
        if week.grew_too_fast
        else words
    )


def _said_lines(progress: Progress) -> list[str]:
    """Pain, effort, stops and notes of the last days on which something was said."""
    said = [(practice_day.day, day_words(practice_day)) for practice_day in progress.days]
    lines = [f"  {day}  {words}" for day, words in said if words][-LATEST_DAYS:]
    return ["", "What was said, day by day:", *lines] if lines else []
